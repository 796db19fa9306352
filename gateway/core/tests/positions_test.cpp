// Positions against a plain, slow model: fractions in long double are not exact enough, so the model keeps
// the average cost as a fraction of 128-bit integers in small numbers.
#include <cstdint>
#include <cstdlib>
#include <numeric>
#include <random>

#include "check.hpp"
#include "order/position.hpp"

using namespace gw;

namespace {

// An exact fraction; the tests keep numbers small enough for 64 bits after reduction.
struct Fraction {
    __extension__ typedef __int128 wide;
    wide n = 0;
    wide d = 1;
    static wide gcd(wide a, wide b) {
        while (b != 0) {
            const wide rest = a % b;
            a = b;
            b = rest;
        }
        return a < 0 ? -a : a;
    }
    [[nodiscard]] Fraction reduced() const {
        const wide g = gcd(n, d);
        return g == 0 ? Fraction{0, 1} : Fraction{n / g, d / g};
    }
    friend Fraction operator+(const Fraction& a, const Fraction& b) {
        return Fraction{a.n * b.d + b.n * a.d, a.d * b.d}.reduced();
    }
    friend Fraction operator*(const Fraction& a, std::int64_t by) {
        return Fraction{a.n * by, a.d}.reduced();
    }
    friend Fraction operator-(const Fraction& a, const Fraction& b) { return a + b * -1; }
    [[nodiscard]] Fraction over(std::int64_t by) const {
        return by < 0 ? Fraction{-n, d * -by}.reduced() : Fraction{n, d * by}.reduced();
    }
    [[nodiscard]] double value() const { return static_cast<double>(n) / static_cast<double>(d); }
};

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

TEST_MAIN
