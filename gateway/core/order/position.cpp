#include "order/position.hpp"

#include <algorithm>

#include "base/checked.hpp"

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
    if (quantity.is_positive())
        add_or_saturate(position.bought, quantity, position.saturated);
    else
        add_or_saturate(position.sold, -quantity, position.saturated);
    const bool reduces =
        (net.is_positive() && quantity.is_negative()) || (net.is_negative() && quantity.is_positive());
    if (!reduces) {
        add_or_saturate(position.cost, Product(quantity, price), position.saturated);
        return;
    }
    const Decimal closed = std::min(net.magnitude(), quantity.magnitude());
    const Decimal closed_signed =
        net.is_positive() ? closed : -closed;  // the part of the old position that is closed
    const Product cost_closed =
        Product::from_raw(share(position.cost.raw(), closed.raw(), net.magnitude().raw()));
    add_or_saturate(position.realized, Product(closed_signed, price), position.saturated);
    add_or_saturate(position.realized, Product{} - cost_closed, position.saturated);
    position.cost -= cost_closed;
    const Decimal opened = quantity + closed_signed;  // what goes through zero
    add_or_saturate(position.cost, Product(opened, price), position.saturated);
}

void open_position(Position& position, Decimal quantity, Decimal price) {
    position.bought = quantity.is_positive() ? quantity : Decimal{};
    position.sold = quantity.is_negative() ? -quantity : Decimal{};
    position.cost = Product(quantity, price);
    position.realized = position.carried = Product{};
    position.saturated = false;
}

void carry_realized(Position& position, Decimal old_multiplier) {
    if (const auto money = checked_scaled(position.realized, old_multiplier))
        add_or_saturate(position.carried, *money, position.saturated);
    else
        position.saturated = true;
    position.realized = Product{};
}

void split_position(Position& position, Decimal new_units, Decimal old_units) {
    const auto split = [&](Decimal quantity) {
        const auto fits = checked_ratio(quantity, new_units, old_units);
        position.saturated = position.saturated || !fits;
        return fits.value_or(quantity);
    };
    const Decimal net = split(position.net());
    position.bought = split(position.bought);
    position.sold = position.bought - net;
    if (net.is_zero()) position.cost = Product{};  // less than the last place is left
}

Decimal entry_price(const Position& position) {
    const Decimal net = position.net();
    return net.is_zero() ? Decimal{} : position.cost.divided_by(net);
}

std::optional<Product> realized_profit(const Position& position, Decimal multiplier) {
    const auto money = checked_scaled(position.realized, multiplier);
    return money ? checked_sum(*money, position.carried) : std::nullopt;
}

std::optional<Product> unrealized_profit(const Position& position, Decimal price, Decimal multiplier) {
    const auto gained = checked_sum(Product(position.net(), price), Product{} - position.cost);
    return gained ? checked_scaled(*gained, multiplier) : std::nullopt;
}

MoneyText::MoneyText(Product amount) : begin_(size_max) {
    const bool negative = amount.raw() < 0;
    __extension__ using Unsigned = unsigned __int128;
    Unsigned rest =
        negative ? Unsigned{0} - static_cast<Unsigned>(amount.raw()) : static_cast<Unsigned>(amount.raw());
    bool significant = false;  // zeros behind the last digit after the point are left out
    for (int place = 0; place < 2 * Decimal::places; ++place, rest /= 10) {
        const auto digit = static_cast<char>('0' + static_cast<int>(rest % 10));
        significant = significant || digit != '0';
        if (significant) text_[--begin_] = digit;
    }
    if (significant) text_[--begin_] = '.';
    do {
        text_[--begin_] = static_cast<char>('0' + static_cast<int>(rest % 10));
        rest /= 10;
    } while (rest != 0);
    if (negative) text_[--begin_] = '-';
}

}  // namespace gw::order
