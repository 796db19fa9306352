// Positions at average cost.
#pragma once

#include "base/decimal.hpp"
#include "order/order.hpp"

namespace gw::order {

// Books a trade: `quantity` is positive for a buy and negative for a sale. A trade against the position
// realises profit at average cost; one that passes through zero closes the old side and opens the new one at
// its own price.
void book_trade(Position& position, Decimal quantity, Decimal price);

// Average price at which the net quantity was entered; zero when flat.
[[nodiscard]] Decimal entry_price(const Position& position);

}  // namespace gw::order
