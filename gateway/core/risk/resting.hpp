// Own orders that may trade, by instrument, side and price: what a new order is held against.
//
// Theory of operation. For each instrument and side a treap over the orders, the most aggressive price first.
// An order stands there at the most aggressive price of its terms in force and its replaces under way, for as
// long as the venue may trade it, also while its cancel is under way or its outcome is UNKNOWN. Stop orders
// do not: when they trade, only their trigger says. None of it is state of its own: it follows from the
// ledger.
//
// Kept only while a limit asks for it. No allocation from then on, except for an instrument seen the first
// time.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "order/ledger.hpp"

namespace gw::risk {

class Resting {
  public:
    // Anew, or nothing where `keeps` is false.
    void rebuild(const order::Ledger& ledger, std::size_t orders_max, bool keeps);
    // After an event has changed the order.
    void update(order::OrderId id, const order::Ledger& ledger);

    // Calls visit(id) for each order that one at `price` (zero: at any) would trade with, the best first,
    // while it returns true.
    template <class Visitor>
    void for_each_crossing(std::uint32_t instrument, bool buys, Decimal price, Visitor&& visit) const {
        const std::size_t at = place(instrument, !buys);
        if (at >= roots_.size()) return;
        const std::int64_t most =
            price.is_zero() ? std::numeric_limits<std::int64_t>::max() : key_of(price, !buys, -1);
        (void)walk(roots_[at], most, visit);
    }

  private:
    struct Node {
        std::int64_t key = 0;  // the smallest is the most aggressive
        std::uint32_t left = 0, right = 0;
        std::uint32_t root = 0;  // 1 + its place among the roots; 0: it is in none
    };

    [[nodiscard]] static std::size_t place(std::uint32_t instrument, bool buys) {
        return 2 * std::size_t{instrument} + (buys ? 1 : 0);
    }
    // Of an order that rests on this side; what has no price trades with everything. `sign` -1: of the price
    // that it has to reach.
    [[nodiscard]] static std::int64_t key_of(Decimal price, bool rests_as_buy, int sign = 1) {
        if (price.is_zero() && sign > 0) return std::numeric_limits<std::int64_t>::min();
        return rests_as_buy ? -price.raw() : price.raw();
    }
    [[nodiscard]] static std::int64_t key_of(const order::Order& order, const order::Ledger& ledger);
    [[nodiscard]] bool before(std::uint32_t a, std::uint32_t b) const {
        return nodes_[a].key != nodes_[b].key ? nodes_[a].key < nodes_[b].key : a < b;
    }
    template <class Visitor>
    bool walk(std::uint32_t node, std::int64_t most, Visitor& visit) const {
        if (node == 0) return true;
        if (!walk(nodes_[node].left, most, visit)) return false;
        if (nodes_[node].key > most) return false;
        if (!visit(order::OrderId{node})) return false;
        return walk(nodes_[node].right, most, visit);
    }
    void insert(std::uint32_t node, std::size_t root);
    void remove(std::uint32_t node);
    std::uint32_t merge(std::uint32_t a, std::uint32_t b);
    void split(std::uint32_t node, std::uint32_t at, std::uint32_t& left, std::uint32_t& right);

    bool keeps_ = false;
    std::vector<Node> nodes_;           // by order
    std::vector<std::uint32_t> roots_;  // by instrument and side
};

}  // namespace gw::risk
