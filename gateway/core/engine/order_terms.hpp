// Whether the rare terms of an order fit together, and whether the venue takes them.
#pragma once

#include "engine/denial.hpp"
#include "engine/venue_profile.hpp"
#include "order/terms.hpp"

namespace gw::engine {

// What a command gives: valid values, terms that the venue takes and that go with type and time in force.
[[nodiscard]] bool check_terms(const schema::OrderTerms& terms, order::OrderType type,
                               order::TimeInForce time_in_force, const VenueProfile& profile,
                               DenialText& denial);
// All terms of the order together: nothing missing, no part above the whole.
[[nodiscard]] bool check_complete(const order::Terms& terms, order::OrderType type,
                                  order::TimeInForce time_in_force, Decimal quantity, DenialText& denial);

}  // namespace gw::engine
