#include "order/link.hpp"

#include <algorithm>

#include "order/ledger.hpp"

namespace gw::order {

namespace {

Decimal round_down(Decimal quantity, Decimal lot) {
    if (lot.is_zero()) return quantity;
    return Decimal::from_raw(quantity.raw() - quantity.raw() % lot.raw());
}

// What a link looks at, by the places of its orders.
class LinkView {
  public:
    LinkView(const Ledger& ledger, const Link& link, const std::array<Lot, link_orders_max>& lots)
        : ledger_(ledger), link_(link), lots_(lots) {}

    [[nodiscard]] const Order& order(std::size_t leg) const { return ledger_.order(link_.legs[leg].order); }
    [[nodiscard]] std::size_t count() const { return link_.count; }
    [[nodiscard]] std::size_t first_exit() const { return link_.has_parent() ? 1 : 0; }
    [[nodiscard]] bool exits_exclude() const { return link_.kind != LinkKind::oto; }

    // What the parent has traded, as far as its children may follow it: all of it once any of them was sent.
    [[nodiscard]] Decimal basis() const {
        const Order& parent = order(0);
        if (link_.release == ReleasePolicy::in_proportion) return parent.cum_quantity;
        const bool done = parent.execution == Execution::filled || (!parent.open() && !parent.held());
        for (std::size_t leg = 1; leg < count(); ++leg)
            if (!order(leg).held() && !link_.legs[leg].asked.is_zero()) return parent.cum_quantity;
        return done ? parent.cum_quantity : Decimal{};
    }

    // OrderQty(38) that this order should have.
    [[nodiscard]] Decimal target(std::size_t leg) const {
        if (!link_.sizes(leg)) return link_.legs[leg].quantity;
        if (link_.kind == LinkKind::oto) return round_down(in_proportion(leg, basis()), lots_[leg].size);
        const Decimal budget = link_.has_parent() ? basis() : link_.legs[0].quantity;
        const Decimal others = traded_by_others(leg);
        // An order that has itself traded meanwhile goes on for what is left.
        const bool ends = others.is_positive() && order(leg).cum_quantity.is_zero();
        if (link_.on_partial_fill == PartialFillPolicy::cancel && ends) return Decimal{};
        return round_down(std::max(budget - others, Decimal{}), lots_[leg].size);
    }

    // More than the link was for.
    [[nodiscard]] Decimal overfill() const {
        Decimal sum;
        if (!exits_exclude()) {
            for (std::size_t leg = 1; leg < count(); ++leg)
                sum +=
                    std::max(order(leg).cum_quantity - in_proportion(leg, order(0).cum_quantity), Decimal{});
            return sum;
        }
        for (std::size_t leg = first_exit(); leg < count(); ++leg) sum += order(leg).cum_quantity;
        const Decimal budget = link_.has_parent() ? order(0).cum_quantity : link_.legs[0].quantity;
        return std::max(sum - budget, Decimal{});
    }

    // Whether this order will never be sent: what it waits for has ended without it.
    [[nodiscard]] bool is_pointless(std::size_t leg) const {
        if (!link_.sizes(leg)) return false;
        if (exits_exclude() && traded_by_others(leg).is_positive()) return true;  // and its target is nothing
        if (!link_.has_parent()) return false;
        const Order& parent = order(0);
        return !parent.open() && !parent.held();
    }

    // Whether an order on which this one's quantity hangs may have traded without our knowing.
    [[nodiscard]] bool is_uncertain(std::size_t leg) const {
        for (std::size_t other = 0; other < count(); ++other) {
            const bool matters = other != leg && (exits_exclude() || other == 0) && link_.sizes(leg);
            if (matters && order(other).open() && order(other).certainty == Certainty::unknown) return true;
        }
        return false;
    }

    [[nodiscard]] bool is_below_minimum(std::size_t leg, Decimal quantity) const {
        return quantity < lots_[leg].minimum;
    }

  private:
    [[nodiscard]] Decimal traded_by_others(std::size_t leg) const {
        Decimal sum;
        for (std::size_t other = first_exit(); other < count(); ++other)
            if (other != leg) sum += order(other).cum_quantity;
        return sum;
    }
    [[nodiscard]] Decimal in_proportion(std::size_t leg, Decimal traded) const {
        return traded.is_zero()
                   ? Decimal{}
                   : Product(link_.legs[leg].quantity, traded).divided_by(link_.legs[0].quantity);
    }

    const Ledger& ledger_;
    const Link& link_;
    const std::array<Lot, link_orders_max>& lots_;
};

// What makes an order smaller: never put off by doubt about another.
LinkAction shrink(const LinkView& view, const Link& link, std::uint8_t leg) {
    const Order& order = view.order(leg);
    if (!link.sizes(leg) || order.held() || !order.open() || order.pending_cancels != 0) return {};
    const Decimal target = view.target(leg);
    if (target <= order.cum_quantity) return {LinkActionKind::cancel, leg, target};
    if (target < link.legs[leg].asked && order.pending_requests() == 0)
        return {LinkActionKind::resize, leg, target};
    return {};
}

// What sends an order, ends it unsent, or makes it bigger.
LinkAction grow(const LinkView& view, const Link& link, std::uint8_t leg) {
    const Order& order = view.order(leg);
    const Decimal target = view.target(leg);
    if (order.held()) {
        const bool due = target.is_positive() && !view.is_below_minimum(leg, target);
        if (due && !view.is_uncertain(leg)) return {LinkActionKind::release, leg, target};
        if (!due && view.is_pointless(leg)) return {LinkActionKind::end_held, leg, {}};
        return {};
    }
    const bool lives = order.open() || order.execution == Execution::filled;
    const bool wanted = link.sizes(leg) && target > link.legs[leg].asked && target > order.cum_quantity;
    if (lives && wanted && order.pending_requests() == 0 && order.certainty == Certainty::known &&
        order.execution != Execution::pending_new && !view.is_uncertain(leg))
        return {LinkActionKind::resize, leg, target};
    return {};
}

}  // namespace

LinkAction next_action(const Ledger& ledger, const Link& link, const std::array<Lot, link_orders_max>& lots,
                       unsigned passed_over) {
    const LinkView view(ledger, link, lots);
    if (const Decimal excess = view.overfill(); excess > link.overfilled)
        return {LinkActionKind::report_overfill, 0, excess};
    const auto first_of = [&](auto&& rule) {
        LinkAction action;
        for (std::uint8_t leg = 0; leg < link.count && action.kind == LinkActionKind::none; ++leg)
            if ((passed_over & (1U << leg)) == 0 && !link.legs[leg].stuck) action = rule(view, link, leg);
        return action;
    };
    const LinkAction smaller = first_of(shrink);
    return smaller.kind != LinkActionKind::none ? smaller : first_of(grow);
}

}  // namespace gw::order
