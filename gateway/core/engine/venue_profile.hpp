// What a venue takes and how it says it, as far as it differs from FIX's own way: filled from the
// configuration.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "order/charge.hpp"
#include "order/order.hpp"

namespace gw::engine {

// Terms of an order that a venue may not take.
enum class Term : std::uint8_t {
    stop_price,
    display_quantity,
    min_quantity,
    offset,
    expire_time,
    expire_date,
    exec_inst,
    target_strategy,
    strategy_parameters,
    count,
};
inline constexpr std::size_t term_count = static_cast<std::size_t>(Term::count);

[[nodiscard]] std::string_view name_of(Term term);

// Enumerations index these by number: none is above 15.
inline constexpr std::size_t order_type_max = 16;
inline constexpr std::size_t time_in_force_max = 16;

// A field that the venue wants in every new order and replace.
struct CustomField {
    std::uint32_t tag = 0;
    std::string value;
};

// What an OrderMassCancelRequest(q) may be limited to, where the venue takes them.
enum class MassCancelScope : std::uint8_t { all, account, instrument, instrument_side, count };
inline constexpr std::size_t mass_cancel_scope_count = static_cast<std::size_t>(MassCancelScope::count);
[[nodiscard]] std::string_view name_of(MassCancelScope scope);

struct VenueProfile {
    VenueProfile();

    std::array<bool, order_type_max> order_types{};
    std::array<bool, time_in_force_max> times_in_force{};
    std::array<bool, term_count> terms{};
    // The venue's own codes for OrdType(40) and TimeInForce(59); empty: FIX's.
    std::array<std::string, order_type_max> order_type_codes;
    std::array<std::string, time_in_force_max> time_in_force_codes;
    // The venue's own tags for terms; 0: FIX's.
    std::array<std::uint32_t, term_count> tags{};
    std::vector<CustomField> custom_fields;
    // ExecID(17) is unique per venue, and within that per account or trade date where the venue says so.
    bool exec_id_per_account = false;
    bool exec_id_per_trade_date = false;
    // DontKnowTrade(Q) for trades that fit no order or contradict what was reported before.
    bool dont_know_trades = false;
    // Orders that were not made here: kept as external orders, and whose they are. Empty: nobody's.
    bool adopt_orphans = true;
    std::string orphan_client, orphan_strategy;
    // How long a missing execution may take to come before it is inferred from CumQty(14); 0: it is not.
    std::int64_t inferred_fill_after_ms = 10'000;
    // Day orders end with the session's day: of which nothing was heard by then is UNKNOWN, and asked about.
    bool day_orders_end = true;
    // How long after ExpireTime(126) the venue may take to say that an order has expired.
    std::int64_t expiry_grace_ms = 10'000;
    // OrderMassCancelRequest(q) in place of many cancels, from FIX 4.3 on.
    std::array<bool, mass_cancel_scope_count> mass_cancel{};
    // OrderMassStatusRequest(AF) after a logon, before single questions, from FIX 4.3 on.
    bool mass_status = false;
    // TradingSessionID(336) of the TradingSessionStatus(h) that say in which phase the venue is; empty: none
    // do.
    std::string trading_session;
    // How reports tell of Commission(12) and MiscFees(136).
    order::ChargePolicy charges = order::ChargePolicy::per_fill;
    // Where a drop copy has the ExecID(17), ExecRefID(19) and ClOrdID(11) of the order session's report; 0:
    // where it has its own.
    std::uint32_t drop_copy_exec_id_tag = 0, drop_copy_exec_ref_id_tag = 0, drop_copy_cl_ord_id_tag = 0;
    // What the venue promises to cancel on a disconnect: within how long, and not which times in force. 0:
    // nothing.
    std::int64_t cancel_on_disconnect_ms = 0;
    std::array<bool, time_in_force_max> kept_on_disconnect{};

    [[nodiscard]] bool cancels_on_disconnect(order::TimeInForce time_in_force) const {
        return cancel_on_disconnect_ms != 0 && !kept_on_disconnect[static_cast<std::size_t>(time_in_force)];
    }

    [[nodiscard]] bool takes(order::OrderType type) const {
        return order_types[static_cast<std::size_t>(type)];
    }
    [[nodiscard]] bool takes(order::TimeInForce time_in_force) const {
        return times_in_force[static_cast<std::size_t>(time_in_force)];
    }
    [[nodiscard]] bool takes(Term term) const { return terms[static_cast<std::size_t>(term)]; }
    [[nodiscard]] std::uint32_t tag(Term term, std::uint32_t standard) const {
        const std::uint32_t own = tags[static_cast<std::size_t>(term)];
        return own != 0 ? own : standard;
    }
};

}  // namespace gw::engine
