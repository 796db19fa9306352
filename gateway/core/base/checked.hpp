// Arithmetic that says where a result does not fit, in place of wrapping around.
#pragma once

#include <limits>
#include <optional>

#include "base/decimal.hpp"

namespace gw {

inline constexpr int128 largest_int128 = ((int128{1} << 126) - 1) * 2 + 1;

[[nodiscard]] constexpr std::optional<Decimal> checked_sum(Decimal a, Decimal b) {
    std::int64_t sum = 0;
    if (__builtin_add_overflow(a.raw(), b.raw(), &sum)) return std::nullopt;
    return Decimal::from_raw(sum);
}

[[nodiscard]] constexpr std::optional<Product> checked_sum(Product a, Product b) {
    int128 sum = 0;
    if (__builtin_add_overflow(a.raw(), b.raw(), &sum)) return std::nullopt;
    return Product::from_raw(sum);
}

// money x factor at the scale of money, towards zero.
[[nodiscard]] constexpr std::optional<Product> checked_scaled(Product money, Decimal factor) {
    const int128 whole = money.raw() / Decimal::scale;
    const int128 rest = money.raw() % Decimal::scale;  // below 2^27: its product fits
    int128 scaled = 0;
    int128 sum = 0;
    if (__builtin_mul_overflow(whole, int128{factor.raw()}, &scaled)) return std::nullopt;
    if (__builtin_add_overflow(scaled, rest * factor.raw() / Decimal::scale, &sum)) return std::nullopt;
    return Product::from_raw(sum);
}

// number x above / below, towards zero; nothing where it does not fit. Precondition: below is not zero.
[[nodiscard]] constexpr std::optional<Decimal> checked_ratio(Decimal number, Decimal above, Decimal below) {
    const int128 units = int128{number.raw()} * above.raw() / below.raw();  // 2^63 x 2^63 fits
    if (units > std::numeric_limits<std::int64_t>::max() || units < std::numeric_limits<std::int64_t>::min())
        return std::nullopt;
    return Decimal::from_raw(static_cast<std::int64_t>(units));
}

// To the nearest 1e-8, half away from zero; nothing where it does not fit.
[[nodiscard]] constexpr std::optional<Decimal> rounded(Product value) {
    const int128 half = value.raw() < 0 ? -Decimal::scale / 2 : Decimal::scale / 2;
    int128 sum = 0;
    if (__builtin_add_overflow(value.raw(), half, &sum)) return std::nullopt;
    const int128 units = sum / Decimal::scale;
    if (units > std::numeric_limits<std::int64_t>::max() || units < std::numeric_limits<std::int64_t>::min())
        return std::nullopt;
    return Decimal::from_raw(static_cast<std::int64_t>(units));
}

// A sum that stays at the largest there is, and says so: the figure is wrong from then on, and is shown as
// wrong.
template <class Number>
constexpr void add_or_saturate(Number& sum, Number more, bool& saturated) {
    if (const auto fits = checked_sum(sum, more)) {
        sum = *fits;
        return;
    }
    saturated = true;
    const auto largest = [] {
        if constexpr (sizeof(Number) == sizeof(std::int64_t))
            return std::numeric_limits<std::int64_t>::max();
        else
            return largest_int128;
    }();
    sum = Number::from_raw(more.raw() < 0 ? -largest : largest);
}

}  // namespace gw
