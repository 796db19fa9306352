// Prices, quantities and money: a signed 64-bit mantissa with a fixed scale of 1e-8.
//
// Why fixed and not floating: every price and quantity that venues use fits in +-92 billion with eight
// places, addition and comparison are one instruction, and nothing is ever rounded in silence. What does not
// fit is refused by `parse`.
#pragma once

#include <algorithm>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <ostream>
#include <string_view>

namespace gw {

// GCC and clang both have it; -Wpedantic wants the marker.
__extension__ typedef __int128 int128;

class Decimal {
  public:
    static constexpr int places = 8;
    static constexpr std::int64_t scale = 100'000'000;
    static constexpr std::size_t text_size_max = 21;  // sign, 11 digits, point, 8 digits

    enum class ParseError : std::uint8_t { none, empty, malformed, out_of_range };

    constexpr Decimal() = default;
    static constexpr Decimal from_raw(std::int64_t mantissa) {
        Decimal d;
        d.raw_ = mantissa;
        return d;
    }
    // Precondition: |units| <= 92'233'720'368.
    static constexpr Decimal from_units(std::int64_t units) { return from_raw(units * scale); }

    // Reads `[+-]digits[.digits]`: no exponent, no spaces, at least one digit. More than eight places are
    // allowed only where the rest is zeros; anything that would be rounded is out_of_range.
    static ParseError parse(std::string_view text, Decimal& out);
    static std::optional<Decimal> parse(std::string_view text) {
        Decimal d;
        if (parse(text, d) != ParseError::none) return std::nullopt;
        return d;
    }

    // Writes the shortest exact form ("12.5", "-0.01", "300"), returns its length. Precondition:
    // text_size_max bytes.
    std::size_t format(char* out) const;

    [[nodiscard]] constexpr std::int64_t raw() const { return raw_; }
    [[nodiscard]] constexpr bool is_zero() const { return raw_ == 0; }
    [[nodiscard]] constexpr bool is_positive() const { return raw_ > 0; }
    [[nodiscard]] constexpr bool is_negative() const { return raw_ < 0; }
    // True where this is a whole multiple of `step`; a zero step allows everything.
    [[nodiscard]] constexpr bool is_multiple_of(Decimal step) const {
        return step.raw_ == 0 || raw_ % step.raw_ == 0;
    }

    friend constexpr auto operator<=>(Decimal, Decimal) = default;
    friend constexpr Decimal operator+(Decimal a, Decimal b) { return from_raw(a.raw_ + b.raw_); }
    friend constexpr Decimal operator-(Decimal a, Decimal b) { return from_raw(a.raw_ - b.raw_); }
    constexpr Decimal operator-() const { return from_raw(-raw_); }
    constexpr Decimal& operator+=(Decimal other) { return *this = *this + other; }
    constexpr Decimal& operator-=(Decimal other) { return *this = *this - other; }
    [[nodiscard]] constexpr Decimal magnitude() const { return raw_ < 0 ? -*this : *this; }

  private:
    std::int64_t raw_ = 0;
};

// A product of two decimals at scale 1e-16: price x quantity without loss. Sums of 10^6 of the largest still
// fit.
class Product {
  public:
    constexpr Product() = default;
    constexpr Product(Decimal a, Decimal b) : raw_(static_cast<int128>(a.raw()) * b.raw()) {}
    static constexpr Product from_raw(int128 raw) {
        Product p;
        p.raw_ = raw;
        return p;
    }

    [[nodiscard]] constexpr int128 raw() const { return raw_; }
    // Towards zero; nullopt where it does not fit a Decimal.
    [[nodiscard]] constexpr std::optional<Decimal> to_decimal() const {
        const int128 units = raw_ / Decimal::scale;
        if (units > std::numeric_limits<std::int64_t>::max() ||
            units < std::numeric_limits<std::int64_t>::min())
            return std::nullopt;
        return Decimal::from_raw(static_cast<std::int64_t>(units));
    }
    // This divided by a quantity, half away from zero: the average price of an amount. What does not fit a
    // Decimal becomes the largest one. Precondition: not zero.
    [[nodiscard]] constexpr Decimal divided_by(Decimal quantity) const {
        const int128 divisor = quantity.raw();
        const int128 half = divisor < 0 ? -(divisor / 2) : divisor / 2;
        const int128 numerator = raw_ < 0 ? raw_ - half : raw_ + half;
        const int128 most = std::numeric_limits<std::int64_t>::max();
        return Decimal::from_raw(static_cast<std::int64_t>(std::clamp(numerator / divisor, -most, most)));
    }

    friend constexpr auto operator<=>(Product, Product) = default;
    friend constexpr Product operator+(Product a, Product b) { return from_raw(a.raw_ + b.raw_); }
    friend constexpr Product operator-(Product a, Product b) { return from_raw(a.raw_ - b.raw_); }
    constexpr Product& operator+=(Product other) { return *this = *this + other; }
    constexpr Product& operator-=(Product other) { return *this = *this - other; }

  private:
    int128 raw_ = 0;
};

std::ostream& operator<<(std::ostream& out, Decimal value);

}  // namespace gw
