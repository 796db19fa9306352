// Positions at average cost, in units of price times quantity: the contract multiplier comes in where money
// is shown, or where it changes.
//
// Nothing wraps around: what does not fit stays at the largest number there is, and the position is marked.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "base/decimal.hpp"
#include "order/order.hpp"

namespace gw::order {

// Books a trade: `quantity` is positive for a buy and negative for a sale. A trade against the position
// realises profit at average cost; one that passes through zero closes the old side and opens the new one at
// its own price.
void book_trade(Position& position, Decimal quantity, Decimal price);

// The position starts here: what was traded before is counted no more. Reservations are the open orders' and
// stay.
void open_position(Position& position, Decimal quantity, Decimal price);

// From now on another multiplier holds: what was realised is money of the old one.
void carry_realized(Position& position, Decimal old_multiplier);

// `new_units` for every `old_units`, both above zero: quantities are multiplied, towards zero at the last
// place. What it cost stays, so that the average price is divided, and what was realised stays.
void split_position(Position& position, Decimal new_units, Decimal old_units);

// Average price at which the net quantity was entered; zero when flat.
[[nodiscard]] Decimal entry_price(const Position& position);

// Money; nothing where it does not fit.
[[nodiscard]] std::optional<Product> realized_profit(const Position& position, Decimal multiplier);
// Of what is open, at this price.
[[nodiscard]] std::optional<Product> unrealized_profit(const Position& position, Decimal price,
                                                       Decimal multiplier);

// An amount as text, all of its sixteen places: it may be more than a Decimal holds.
class MoneyText {
  public:
    explicit MoneyText(Product amount);
    [[nodiscard]] std::string_view view() const { return {text_.data() + begin_, size_max - begin_}; }

  private:
    static constexpr std::size_t size_max = 48;  // a sign, 23 digits, a point, 16 digits
    std::array<char, size_max> text_{};
    std::size_t begin_;
};

}  // namespace gw::order
