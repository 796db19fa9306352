#include "engine/venue_profile.hpp"

namespace gw::engine {

// Where nothing is said, a venue takes what its version of FIX can say.
VenueProfile::VenueProfile() {
    order_types.fill(true);
    times_in_force.fill(true);
    terms.fill(true);
}

std::string_view name_of(MassCancelScope scope) {
    switch (scope) {
        case MassCancelScope::all:
            return "all";
        case MassCancelScope::account:
            return "account";
        case MassCancelScope::instrument:
            return "instrument";
        case MassCancelScope::instrument_side:
            return "instrument_side";
        case MassCancelScope::count:
            break;
    }
    return "";
}

std::string_view name_of(Term term) {
    switch (term) {
        case Term::stop_price:
            return "stop_price";
        case Term::display_quantity:
            return "display_quantity";
        case Term::min_quantity:
            return "min_quantity";
        case Term::offset:
            return "offset";
        case Term::expire_time:
            return "expire_time";
        case Term::expire_date:
            return "expire_date";
        case Term::exec_inst:
            return "exec_inst";
        case Term::target_strategy:
            return "target_strategy";
        case Term::strategy_parameters:
            return "strategy_parameters";
        case Term::count:
            break;
    }
    return "";
}

}  // namespace gw::engine
