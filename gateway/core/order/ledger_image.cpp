// The tables by which the ledger finds things, made anew from what an image brought back.

#include "order/ledger_image.hpp"

#include "base/hash.hpp"

namespace gw::order {

static_assert(Imaged<Order> && Imaged<Request> && Imaged<Fill> && Imaged<Position> && Imaged<Terms> &&
                  Imaged<Link> && Imaged<Question> && Imaged<InstrumentFacts> && Imaged<Charge> &&
                  Imaged<PositionCharges> && Imaged<PositionBatch>,
              "a member was added: list it in ledger_image.hpp, or checkpoints lose it");

void Ledger::rebuild(const std::vector<ImageNumber>& by_venue_id) {
    for (RequestId id = 1; id <= requests_.size(); ++id) {
        const Request& request = requests_[id];
        const std::string_view text = request.client_request_id.view();
        if (!text.empty()) request_index_.insert(request_hash(request.client, text), id);
    }
    for (std::uint64_t id = 1; id <= fills_.size(); ++id) {
        if (fills_[id].order == 0) continue;
        fill_index_.insert(fills_[id].key_low, id);
        fills_[id].reported = ++reported_fills_;
    }
    for (std::uint64_t id = 1; id <= positions_.size(); ++id) {
        const Position& p = positions_[id];
        position_index_.insert(position_hash(p.account, p.strategy, p.instrument), id);
    }
    restore_chains();
    for (const ImageNumber& number : by_venue_id) {
        const Order& order = orders_[number.value];
        venue_order_index_.insert(venue_order_hash(order.venue, order.venue_order_id.view()), number.value);
    }
    open_orders_ = unknown_orders_ = 0;
    for (OrderId id = 1; id <= orders_.size(); ++id) {
        const Before now = before(orders_[id]);
        open_orders_ += now.open ? 1U : 0U;
        unknown_orders_ += now.unknown ? 1U : 0U;
    }
    rebuild_reservations();
}

// A checkpoint of an older version does not have all of it.
void Ledger::rebuild_reservations() {
    for (std::uint64_t id = 1; id <= positions_.size(); ++id) {
        Position& p = positions_[id];
        p.open_buy = p.open_sell = p.open_unpriced = p.open_short = Decimal{};
        p.open_notional = Product{};
        p.open_orders = 0;
    }
    for (OrderId id = 1; id <= orders_.size(); ++id) {
        Order& order = orders_[id];
        order.reserved = order.reserved_price = Decimal{};
        update_reservation(order);
        if (order.position != 0 && order.open()) ++positions_[order.position].open_orders;
    }
}

std::uint64_t Ledger::oldest_pending_lsn() const {
    std::uint64_t oldest = ~std::uint64_t{0};
    for (RequestId id = 1; id <= requests_.size(); ++id)
        if (requests_[id].state == RequestState::pending) oldest = std::min(oldest, requests_[id].lsn);
    return oldest;
}

}  // namespace gw::order
