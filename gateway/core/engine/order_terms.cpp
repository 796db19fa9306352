// Order types, times in force and rare terms: whether they fit together, and whether the venue takes them.

#include "engine/order_terms.hpp"

#include <algorithm>

#include "base/utf8.hpp"
#include "engine/command_parts.hpp"
#include "engine/engine_orders.hpp"
#include "engine/order_codes.hpp"

namespace gw::engine {

namespace {

using order::OrderType;
using order::TimeInForce;
using schema::DenialCode;

bool refuse(DenialText& denial, DenialCode code, std::string_view name, std::string_view observed,
            std::string_view allowed) {
    denial.refuse(code, name).observed(observed).allowed(allowed);
    return false;
}

struct Text {
    std::string_view name, value;
    std::size_t size_max;
};

bool check_text(const Text& text, DenialText& denial) {
    if (text.value.size() <= text.size_max && is_clean_text(text.value) &&
        text.value.find('\x01') == std::string_view::npos)
        return true;
    return refuse(denial, DenialCode::invalid_term, text.name, text.value, "a shorter text of clean UTF-8");
}

bool is_date(std::string_view text) {
    if (text.size() != 8 ||
        !std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }))
        return false;
    const int month = (text[4] - '0') * 10 + (text[5] - '0');
    const int day = (text[6] - '0') * 10 + (text[7] - '0');
    return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

bool check_values(const schema::OrderTerms& terms, DenialText& denial) {
    const struct {
        std::string_view name;
        const pb::DecimalText& value;
        bool signed_;
    } numbers[] = {{"stop_price", terms.stop_price, false},
                   {"display_quantity", terms.display_quantity, false},
                   {"min_quantity", terms.min_quantity, false},
                   {"offset", terms.offset, true}};
    for (const auto& number : numbers) {
        if (!number.value.present()) continue;
        if (number.signed_ && number.value.ok() && !number.value.value.is_zero()) continue;
        if (!check_positive(number.value, DenialCode::invalid_term, number.name, denial)) return false;
    }
    if (!is_known(terms.offset_type))
        return refuse(denial, DenialCode::invalid_term, "offset_type", {}, "PRICE, BASIS_POINTS or TICKS");
    if (!terms.expire_date.empty() && !is_date(terms.expire_date))
        return refuse(denial, DenialCode::invalid_term, "expire_date", terms.expire_date, "YYYYMMDD");
    const Text texts[] = {
        {"exec_inst", terms.exec_inst, order::exec_inst_size_max},
        {"target_strategy", terms.target_strategy, order::target_strategy_size_max},
        {"target_strategy_parameters", terms.target_strategy_parameters,
         order::target_strategy_parameters_size_max},
    };
    for (const Text& text : texts)
        if (!check_text(text, denial)) return false;
    for (const schema::StrategyParameter& parameter : terms.strategy_parameters) {
        if (parameter.name.empty())
            return refuse(denial, DenialCode::invalid_term, "strategy_parameters", {}, "a name for each");
        if (!check_text({"strategy_parameters", parameter.name, order::strategy_parameter_name_size_max},
                        denial) ||
            !check_text({"strategy_parameters", parameter.value, order::strategy_parameter_value_size_max},
                        denial))
            return false;
    }
    return true;
}

bool check_support(const schema::OrderTerms& terms, const VenueProfile& profile, DenialText& denial) {
    const struct {
        Term term;
        bool given;
    } all[] = {
        {Term::stop_price, terms.stop_price.present()},
        {Term::display_quantity, terms.display_quantity.present()},
        {Term::min_quantity, terms.min_quantity.present()},
        {Term::offset, terms.offset.present()},
        {Term::expire_time, terms.expire_time_ns != 0},
        {Term::expire_date, !terms.expire_date.empty()},
        {Term::exec_inst, !terms.exec_inst.empty()},
        {Term::target_strategy, !terms.target_strategy.empty() || !terms.target_strategy_parameters.empty()},
        {Term::strategy_parameters, terms.strategy_parameters.size() != 0}};
    for (const auto& [term, given] : all)
        if (given && !profile.takes(term))
            return refuse(denial, DenialCode::unsupported_term, name_of(term), {},
                          "a term that the venue takes");
    return true;
}

}  // namespace

bool check_terms(const schema::OrderTerms& terms, OrderType type, TimeInForce time_in_force,
                 const VenueProfile& profile, DenialText& denial) {
    if (!check_values(terms, denial) || !check_support(terms, profile, denial)) return false;
    if (terms.stop_price.present() && !order::has_trigger(type) && type != OrderType::trailing_stop)
        return refuse(denial, DenialCode::invalid_term, "stop_price", {},
                      "only with a stop, if-touched or trailing order");
    if (terms.offset.present() && type != OrderType::trailing_stop && type != OrderType::pegged)
        return refuse(denial, DenialCode::invalid_term, "offset", {}, "only with a trailing or pegged order");
    const bool expires = terms.expire_time_ns != 0 || !terms.expire_date.empty();
    if (expires && time_in_force != TimeInForce::gtd)
        return refuse(denial, DenialCode::invalid_term, "expire_time", {}, "only with GTD");
    return true;
}

bool check_complete(const order::Terms& terms, OrderType type, TimeInForce time_in_force, Decimal quantity,
                    DenialText& denial) {
    if (order::has_trigger(type) && terms.stop_price.is_zero())
        return refuse(denial, DenialCode::missing_term, "stop_price", {},
                      "this order type needs a stop price");
    if (type == OrderType::trailing_stop && terms.offset.is_zero())
        return refuse(denial, DenialCode::missing_term, "offset", {}, "a trailing stop needs an offset");
    const bool expires = terms.expire_time_ns != 0 || terms.expire_date != 0;
    if (time_in_force == TimeInForce::gtd && !expires)
        return refuse(denial, DenialCode::missing_term, "expire_time", {},
                      "GTD needs expire_time or expire_date");
    for (const auto& [name, part] :
         {std::pair<std::string_view, Decimal>{"display_quantity", terms.display_quantity},
          std::pair<std::string_view, Decimal>{"min_quantity", terms.min_quantity}}) {
        if (part <= quantity) continue;
        denial.refuse(DenialCode::invalid_term, name).observed(part).allowed(quantity);
        return false;
    }
    return true;
}

bool EngineOrders::check_type(const schema::NewOrder& command, const Route& route, DenialText& denial) const {
    if (command.order_type == OrderType::unspecified || !is_known(command.order_type))
        return refuse(denial, DenialCode::invalid_order_type, "order_type", {}, "MARKET, LIMIT, STOP, ...");
    if (!is_known(command.time_in_force))
        return refuse(denial, DenialCode::invalid_time_in_force, "time_in_force", {},
                      "DAY, GTC, IOC, FOK, OPG, GTX, GTD or CLS");
    const VenueProfile& profile = profile_of(route.venue);
    const std::size_t session = session_of_venue(route.venue);
    const unsigned version =
        session == no_session ? 44 : version_number(sessions_[session]->dialect.begin_string);
    const std::string_view venue = ledger_.names().venues.name(route.venue);
    if (!profile.takes(command.order_type) ||
        order_type_code(command.order_type, command.time_in_force, version, profile).code.empty()) {
        denial.level("venue:", venue);
        return refuse(denial, DenialCode::unsupported_order_type, "order_type", name_of(command.order_type),
                      "an order type that the venue takes");
    }
    if (!profile.takes(command.time_in_force) ||
        time_in_force_code(command.time_in_force, version, profile).empty()) {
        denial.level("venue:", venue);
        return refuse(denial, DenialCode::unsupported_time_in_force, "time_in_force",
                      name_of(command.time_in_force), "a time in force that the venue takes");
    }
    return true;
}

bool EngineOrders::check_prices(const schema::NewOrder& command, const Route& route,
                                DenialText& denial) const {
    const OrderType type = command.order_type;
    if (order::has_limit(type) && !command.price.present())
        return refuse(denial, DenialCode::missing_price, "price", {}, "this order type needs a price");
    if (!order::may_have_limit(type) && command.price.present())
        return refuse(denial, DenialCode::unexpected_price, "price", command.price.text,
                      "this order type takes no price");
    if (command.price.present() && !check_positive(command.price, DenialCode::invalid_price, "price", denial))
        return false;
    // What has no rare terms and needs none is most orders.
    const bool needs_terms = order::has_trigger(type) || type == OrderType::trailing_stop ||
                             command.time_in_force == TimeInForce::gtd;
    if (!command.has_terms && !needs_terms) return true;
    if (!check_terms(command.terms, type, command.time_in_force, profile_of(route.venue), denial))
        return false;
    if (!ledger_.has_room_for_terms())
        return refuse(denial, DenialCode::capacity_exhausted, "orders_max", {}, {});
    return check_complete(order::terms_of(command.terms), type, command.time_in_force, command.quantity.value,
                          denial);
}

}  // namespace gw::engine
