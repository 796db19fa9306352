#include "risk/resting.hpp"

#include <algorithm>

namespace gw::risk {

namespace {

// A treap's priorities: drawn from the order's number, so that the same orders give the same tree.
std::uint32_t rank(std::uint32_t node) {
    std::uint32_t x = node * 0x9e37'79b9U;
    x ^= x >> 15;
    x *= 0x85eb'ca6bU;
    return x ^ x >> 13;
}

bool rests(const order::Order& order, const order::Ledger& ledger) {
    if (!order.open() || order.held()) return false;
    return order.terms == 0 || ledger.terms(order.terms).stop_price.is_zero();
}

}  // namespace

std::int64_t Resting::key_of(const order::Order& order, const order::Ledger& ledger) {
    std::int64_t key = key_of(order.price, order.buys());
    if (order.pending_replaces == 0) return key;
    for (order::RequestId id = order.newest_request; id != 0 && id != order.live_request;
         id = ledger.request(id).builds_on) {
        const order::Request& request = ledger.request(id);
        if (request.kind == order::RequestKind::replace && request.state == order::RequestState::pending)
            key = std::min(key, key_of(request.price, order.buys()));
    }
    return key;
}

void Resting::rebuild(const order::Ledger& ledger, std::size_t orders_max, bool keeps) {
    keeps_ = keeps;
    roots_.clear();
    nodes_ = {};
    if (!keeps) return;
    nodes_.reserve(orders_max + 1);
    for (order::OrderId id = 1; id <= ledger.order_count(); ++id) update(id, ledger);
}

void Resting::update(order::OrderId id, const order::Ledger& ledger) {
    if (!keeps_) return;
    const auto node = static_cast<std::uint32_t>(id);
    if (node >= nodes_.size()) nodes_.resize(std::size_t{node} + 1);
    const order::Order& order = ledger.order(id);
    if (!rests(order, ledger)) return remove(node);
    const std::int64_t key = key_of(order, ledger);
    if (nodes_[node].root != 0 && nodes_[node].key == key) return;
    remove(node);
    nodes_[node].key = key;
    const std::size_t root = place(order.instrument, order.buys());
    if (root >= roots_.size()) roots_.resize(2 * root + 2);
    insert(node, root);
}

void Resting::insert(std::uint32_t node, std::size_t root) {
    nodes_[node].left = nodes_[node].right = 0;
    nodes_[node].root = static_cast<std::uint32_t>(root) + 1;
    std::uint32_t left = 0, right = 0;
    split(roots_[root], node, left, right);
    roots_[root] = merge(merge(left, node), right);
}

void Resting::remove(std::uint32_t node) {
    if (nodes_[node].root == 0) return;
    std::uint32_t* at = &roots_[nodes_[node].root - 1];
    while (*at != node) at = before(node, *at) ? &nodes_[*at].left : &nodes_[*at].right;
    *at = merge(nodes_[node].left, nodes_[node].right);
    nodes_[node].root = 0;
}

// Precondition: all of `a` comes before all of `b`.
std::uint32_t Resting::merge(std::uint32_t a, std::uint32_t b) {
    if (a == 0 || b == 0) return a + b;
    if (rank(a) > rank(b)) {
        nodes_[a].right = merge(nodes_[a].right, b);
        return a;
    }
    nodes_[b].left = merge(a, nodes_[b].left);
    return b;
}

// What comes before the order `at`, and what comes behind it.
void Resting::split(std::uint32_t node, std::uint32_t at, std::uint32_t& left, std::uint32_t& right) {
    if (node == 0) {
        left = right = 0;
    } else if (before(node, at)) {
        left = node;
        split(nodes_[node].right, at, nodes_[node].right, right);
    } else {
        right = node;
        split(nodes_[node].left, at, left, nodes_[node].left);
    }
}

}  // namespace gw::risk
