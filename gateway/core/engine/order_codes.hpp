// How FIX says order types and times in force, by version. Tables and look-ups, nothing else.
#pragma once

#include <cstdint>
#include <string_view>

#include "engine/venue_profile.hpp"
#include "order/order.hpp"

namespace gw::engine {

// Versions by number, 40 to 50: FIX 4.0 to 4.4 as they are, 50 for every application version over FIXT 1.1.
[[nodiscard]] constexpr unsigned version_number(std::string_view begin_string) {
    if (!begin_string.starts_with("FIX.4.") || begin_string.size() != 7) return 50;
    return 40 + static_cast<unsigned>(begin_string[6] - '0');
}

// OrdType(40) and, where it takes more than that, what ExecInst(18) says.
struct OrderTypeCode {
    std::string_view code;       // empty: this version cannot say it
    std::string_view exec_inst;  // to be added
    bool trigger_group =
        false;  // TriggerType(1100), TriggerAction(1101), TriggerPrice(1102) say when it starts
};
[[nodiscard]] OrderTypeCode order_type_code(order::OrderType type, order::TimeInForce time_in_force,
                                            unsigned version, const VenueProfile& profile);

// TimeInForce(59); empty: this version cannot say it.
[[nodiscard]] std::string_view time_in_force_code(order::TimeInForce time_in_force, unsigned version,
                                                  const VenueProfile& profile);

}  // namespace gw::engine
