// Prices, quantities and money: a signed 64-bit mantissa with a fixed scale of 1e-8.
//
// Why fixed and not floating: every price and quantity that venues use fits in +-92 billion with eight
// places, addition and comparison are one instruction, and nothing is ever rounded in silence. What does not
// fit is refused by `parse`.
#pragma once

#include <algorithm>
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <ostream>
#include <string_view>

#include "base/digits.hpp"

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
    // text_size_max bytes; those behind the text are overwritten too.
    std::size_t format(char* out) const { return static_cast<std::size_t>(write(out).end - out); }
    [[nodiscard]] Written write(char* out) const {
        // The magnitude as unsigned, so that the smallest int64 needs no special case.
        const std::uint64_t magnitude =
            raw_ < 0 ? 0 - static_cast<std::uint64_t>(raw_) : static_cast<std::uint64_t>(raw_);
        const std::uint64_t units = magnitude / static_cast<std::uint64_t>(scale);
        const std::uint64_t fraction = magnitude - units * static_cast<std::uint64_t>(scale);
        std::uint64_t sum = 0;
        if (raw_ < 0) {
            *out++ = '-';
            sum = '-';
        }
        const Written whole = write_unsigned(out, units);
        sum += whole.sum;
        if (fraction == 0) return {whole.end, sum};
        *whole.end = '.';
        return write_fraction(whole.end + 1, fraction, sum + '.');
    }

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
    // Its eight places without the zeros at their end. Most prices have two places at most, which is told
    // without looking at digits. Precondition: 0 < fraction < scale.
    static Written write_fraction(char* out, std::uint64_t fraction, std::uint64_t sum) {
        static_assert(places == 8);
        constexpr std::uint64_t hundredth = 1'000'000;
        if (const std::uint64_t hundredths = fraction / hundredth; hundredths * hundredth == fraction) {
            const std::uint64_t text = three_digits[hundredths] >> 8;
            const bool one = (text >> 8) == '0';
            out[0] = static_cast<char>(text & 0xFF);
            out[1] = static_cast<char>(text >> 8);
            return {out + (one ? 1 : 2), sum + (text & 0xFF) + (one ? 0 : text >> 8)};
        }
        const std::uint64_t digits = eight_digits(fraction);
        const int trailing = std::countl_zero(digits) / 8;
        const std::uint64_t text = (digits | ascii_zeros) << 8 * trailing >> 8 * trailing;
        store_eight(out, text);
        return {out + (places - trailing), sum + sum_of_bytes(text)};
    }

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
