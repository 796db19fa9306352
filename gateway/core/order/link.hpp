// Orders that hang together, and what their link has to do next.
//
// A link is never carried out by a flag that says "fired": what each order should be is worked out from what
// has traded, and what the link does about it is an event like any other. So a restart between a fill and
// what follows from it leads to the same action, once, and a fill that is told again leads to none.
#pragma once

#include <array>
#include <cstdint>

#include "base/decimal.hpp"
#include "order/order.hpp"

namespace gw::order {

using schema::LinkKind;
using schema::PartialFillPolicy;
using schema::ReleasePolicy;

class Ledger;

inline constexpr std::size_t link_orders_max = 4;
using LinkId = std::uint64_t;  // 1 ..: position in the ledger

struct LinkLeg {
    OrderId order = 0;
    Decimal quantity{};           // in full
    Decimal asked{};              // OrderQty(38) that the link asked the venue for last
    std::uint8_t refused = 0;     // requests of the link that the venue has refused, one after the other
    bool stuck = false;           // it was reported that the venue refuses
    bool release_denied = false;  // it was reported that the order may not be sent
};

struct Link {
    RequestId request = 0;  // by which the client made it
    std::uint64_t lsn = 0;
    std::uint32_t client = 0;
    LinkKind kind = LinkKind::unspecified;
    PartialFillPolicy on_partial_fill = PartialFillPolicy::unspecified;
    ReleasePolicy release = ReleasePolicy::unspecified;
    std::uint8_t count = 0;
    Decimal overfilled{};                         // the most that was reported
    std::array<LinkLeg, link_orders_max> legs{};  // in the order of the command: a parent is the first

    // Whether the first order is what the others wait for.
    [[nodiscard]] bool has_parent() const { return kind != LinkKind::oco; }
    // Whether the link decides this order's quantity.
    [[nodiscard]] bool sizes(std::size_t leg) const { return leg != 0 || !has_parent(); }
};

// What quantities of an order must be multiples of, and its least quantity.
struct Lot {
    Decimal size{}, minimum{};
};

enum class LinkActionKind : std::uint8_t {
    none,
    release,          // send a held order, with this quantity
    resize,           // replace an order to this quantity
    cancel,           // what is left of an order
    end_held,         // an order that will never be sent
    report_overfill,  // by this much in all
};

struct LinkAction {
    LinkActionKind kind = LinkActionKind::none;
    std::uint8_t leg = 0;
    Decimal quantity{};
};

// The next thing to do; none where nothing is, or the venue's answer has to come first. Applied, it leads to
// another. `passed_over` has a bit for each order that is to be left alone for now.
[[nodiscard]] LinkAction next_action(const Ledger& ledger, const Link& link,
                                     const std::array<Lot, link_orders_max>& lots, unsigned passed_over);

}  // namespace gw::order
