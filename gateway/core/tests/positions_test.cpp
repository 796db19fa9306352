// Positions against a plain, slow model: fractions in long double are not exact enough, so the model keeps
// the average cost as a fraction of 128-bit integers in small numbers.
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>

#include "base/checked.hpp"
#include "check.hpp"
#include "fraction.hpp"
#include "order/position.hpp"

using namespace gw;
using gw::test::Fraction;

namespace {

// One unit after the other, at average cost: nothing is clever here.
struct Model {
    std::int64_t net = 0;
    Fraction cost;  // of the net quantity
    Fraction realized;

    void trade(std::int64_t quantity, std::int64_t price) {
        const std::int64_t step = quantity > 0 ? 1 : -1;
        for (std::int64_t left = std::abs(quantity); left != 0; --left) {
            const bool reduces = net != 0 && (net > 0) != (step > 0);
            if (reduces) {
                const Fraction unit = cost.over(net);  // the average price
                realized = realized + (Fraction{price, 1} - unit) * (net > 0 ? 1 : -1);
                cost = cost - unit * (net > 0 ? 1 : -1);
            } else {
                cost = cost + Fraction{price, 1} * step;
            }
            net += step;
        }
    }
};

bool near(double a, double b) {
    const double scale = std::max({1.0, std::abs(a), std::abs(b)});
    return std::abs(a - b) <= 1e-6 * scale;
}

double as_double(Decimal value) {
    return static_cast<double>(value.raw()) / 1e8;
}

}  // namespace

TEST(position_of_random_trades_is_the_models) {
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        std::mt19937_64 random(seed);
        order::Position position;
        Model model;
        for (int at = 0; at < 12; ++at) {
            std::int64_t quantity = static_cast<std::int64_t>(random() % 9) - 4;
            if (quantity == 0) quantity = 5;
            const auto price = static_cast<std::int64_t>(random() % 20 + 1);
            order::book_trade(position, Decimal::from_units(quantity), Decimal::from_units(price));
            model.trade(quantity, price);
            const std::string where = "seed " + std::to_string(seed) + " trade " + std::to_string(at);
            CHECK_EQ(where + test::show(position.net()), where + test::show(Decimal::from_units(model.net)));
            const double entry = model.net == 0 ? 0 : model.cost.over(model.net).value();
            CHECK(near(as_double(order::entry_price(position)), entry));
            CHECK(near(as_double(*position.realized.to_decimal()), model.realized.value()));
        }
    }
}

TEST(trade_and_its_bust_leave_no_quantity_behind) {
    order::Position position;
    order::book_trade(position, Decimal::from_units(10), Decimal::from_units(5));
    order::book_trade(position, Decimal::from_units(-4), Decimal::from_units(6));
    order::book_trade(position, Decimal::from_units(4), Decimal::from_units(6));
    order::book_trade(position, Decimal::from_units(-10), Decimal::from_units(5));
    CHECK(position.net().is_zero());
    CHECK(position.cost == Product{});
}

TEST(sum_that_does_not_fit_stays_at_the_largest_and_is_marked) {
    const Decimal most = Decimal::from_raw(std::numeric_limits<std::int64_t>::max());
    order::Position position;
    order::book_trade(position, most, Decimal::from_units(1));
    CHECK(!position.saturated);
    CHECK_EQ(position.net(), most);
    order::book_trade(position, Decimal::from_units(1), Decimal::from_units(1));
    CHECK(position.saturated);
    CHECK_EQ(position.bought, most);
    order::book_trade(position, -most, most);  // and nothing after it wraps around
    CHECK(position.net().is_zero());
}

TEST(profit_of_the_largest_trades_does_not_wrap_around) {
    const Decimal most = Decimal::from_raw(std::numeric_limits<std::int64_t>::max());
    order::Position position;
    for (int at = 0; at < 3; ++at) {
        order::book_trade(position, most, Decimal::from_raw(1));
        order::book_trade(position, -most, most);
        if (position.bought == most) order::open_position(position, {}, {});
    }
    CHECK(!order::realized_profit(position, most).has_value() || !position.saturated);
}

TEST(profit_is_in_money_by_the_multiplier) {
    order::Position position;
    order::book_trade(position, Decimal::from_units(3), *Decimal::parse("4000.25"));
    order::book_trade(position, Decimal::from_units(-1), *Decimal::parse("4010.25"));
    const Decimal fifty = Decimal::from_units(50);
    CHECK_EQ(order::MoneyText(*order::realized_profit(position, fifty)).view(), "500");
    CHECK_EQ(order::MoneyText(*order::unrealized_profit(position, *Decimal::parse("3999.75"), fifty)).view(),
             "-50");
    order::carry_realized(position, fifty);  // the contract is of 5 from here on
    order::book_trade(position, Decimal::from_units(-1), *Decimal::parse("4001.25"));
    CHECK_EQ(order::MoneyText(*order::realized_profit(position, Decimal::from_units(5))).view(), "505");
}

TEST(unrealized_profit_that_does_not_fit_is_none) {
    const Decimal most = Decimal::from_raw(std::numeric_limits<std::int64_t>::max());
    order::Position position;
    order::book_trade(position, most, Decimal::from_raw(1));
    CHECK(order::unrealized_profit(position, most, Decimal::from_units(1)).has_value());
    CHECK(!order::unrealized_profit(position, most, most).has_value());
}

TEST(money_is_shown_whole) {
    const auto text = [](int128 raw) { return std::string(order::MoneyText(Product::from_raw(raw)).view()); };
    CHECK_EQ(text(0), "0");
    CHECK_EQ(text(1), "0.0000000000000001");
    CHECK_EQ(text(-15'000'000'000'000'000), "-1.5");
    CHECK_EQ(text(int128{10'000'000'000'000'000} * 1'000'000'000'000), "1000000000000");
    CHECK_EQ(text(largest_int128), "17014118346046923173168.7303715884105727");
    CHECK_EQ(text(-largest_int128 - 1), "-17014118346046923173168.7303715884105728");
}

TEST_MAIN
