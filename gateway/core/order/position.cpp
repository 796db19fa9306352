#include "order/position.hpp"

#include <algorithm>

namespace gw::order {

namespace {

// cost x part / whole, rounded towards zero, without overflow: |cost| < 2^126, so the product needs the
// split.
int128 share(int128 cost, std::int64_t part, std::int64_t whole) {
    const int128 quotient = cost / whole;
    const int128 remainder = cost % whole;  // |remainder| < 2^63, so remainder x part fits
    return quotient * part + remainder * part / whole;
}

}  // namespace

void book_trade(Position& position, Decimal quantity, Decimal price) {
    const Decimal net = position.net();
    if (quantity.is_positive()) {
        position.bought += quantity;
    } else {
        position.sold -= quantity;
    }
    const bool reduces =
        (net.is_positive() && quantity.is_negative()) || (net.is_negative() && quantity.is_positive());
    if (!reduces) {
        position.cost += Product(quantity, price);
        return;
    }
    const Decimal closed = std::min(net.magnitude(), quantity.magnitude());
    const Decimal closed_signed =
        net.is_positive() ? closed : -closed;  // the part of the old position that is closed
    const Product cost_closed =
        Product::from_raw(share(position.cost.raw(), closed.raw(), net.magnitude().raw()));
    position.realized += Product(closed_signed, price) - cost_closed;
    position.cost -= cost_closed;
    const Decimal opened = quantity + closed_signed;  // what goes through zero
    position.cost += Product(opened, price);
}

Decimal entry_price(const Position& position) {
    const Decimal net = position.net();
    return net.is_zero() ? Decimal{} : position.cost.divided_by(net);
}

}  // namespace gw::order
