// Numbers as decimal digits, several at a time: no loop over digits, no branch on how many there are. How
// many there are is known long before they are, so that what follows them need not wait.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace gw {

// Eight bytes in the order in which they are read, whatever the machine's.
inline void store_eight(char* out, std::uint64_t bytes) {
    for (unsigned i = 0; i < 8; ++i) out[i] = static_cast<char>(bytes >> 8 * i & 0xFF);
}

// The sum of a word's eight bytes.
[[nodiscard]] inline std::uint64_t sum_of_bytes(std::uint64_t word) {
#if defined(__SSE2__)
    const __m128i bytes = _mm_cvtsi64_si128(static_cast<long long>(word));
    return static_cast<std::uint64_t>(_mm_cvtsi128_si64(_mm_sad_epu8(bytes, _mm_setzero_si128())));
#else
    constexpr std::uint64_t even = 0x00FF'00FF'00FF'00FFU;
    const std::uint64_t pairs = (word & even) + (word >> 8 & even);
    return pairs * 0x0001'0001'0001'0001U >> 48;
#endif
}

inline constexpr std::uint64_t ascii_zeros = 0x3030'3030'3030'3030U;
inline constexpr std::uint64_t eight_digits_limit = 100'000'000;
inline constexpr std::size_t unsigned_size_max = 20;

// The digits of `value` as eight numbers of 0 to 9, one a byte, the first digit in the lowest.
// Precondition: value < eight_digits_limit.
//
// Halves by 10'000, by 100, by 10; each step divides all parts at once, by a multiplication that is exact for
// so few digits.
[[nodiscard]] constexpr std::uint64_t eight_digits(std::uint64_t value) {
    const std::uint64_t high = value * 109'951'163 >> 40;  // by 10'000
    const std::uint64_t fours = high | (value - high * 10'000) << 32;
    const std::uint64_t hundreds = (fours * 10'486 >> 20) & 0x0000'007F'0000'007FU;
    const std::uint64_t twos = hundreds | (fours - hundreds * 100) << 16;
    const std::uint64_t tens = (twos * 103 >> 10) & 0x000F'000F'000F'000FU;
    return tens | (twos - tens * 10) << 8;
}

// Three digits as text, the first in the lowest byte; the highest byte is zero.
inline constexpr std::array<std::uint32_t, 1000> three_digits = [] {
    std::array<std::uint32_t, 1000> made{};
    for (std::uint32_t i = 0; i < 1000; ++i)
        made[i] = 0x303030U + i / 100 + ((i / 10 % 10) << 8) + ((i % 10) << 16);
    return made;
}();

namespace detail {
inline constexpr std::array<std::uint64_t, 20> powers_of_ten = [] {
    std::array<std::uint64_t, 20> made{};
    std::uint64_t power = 1;
    for (std::uint64_t& each : made) {
        each = power;
        power *= 10;
    }
    return made;
}();
}  // namespace detail

// How many decimal digits `value` has; 1 for 0. By its bits, which tell to within one.
[[nodiscard]] constexpr unsigned count_digits(std::uint64_t value) {
    const std::uint64_t odd = value | 1;  // has as many digits, and at least one bit
    const unsigned bits = 64 - static_cast<unsigned>(std::countl_zero(odd));
    const unsigned about = bits * 1233 >> 12;
    return about + (odd >= detail::powers_of_ten[about] ? 1 : 0);
}

// Where a text ends, and the sum of its bytes: what a checksum needs without reading it again.
struct Written {
    char* end;
    std::uint64_t sum;
};

namespace detail {
[[nodiscard]] Written write_long_unsigned(char* out, std::uint64_t value);
}

// Writes `value` without leading zeros. Precondition: room for unsigned_size_max, or for eight where
// value < eight_digits_limit; what lies behind the end is overwritten too.
[[nodiscard]] inline Written write_unsigned(char* out, std::uint64_t value) {
    if (value >= eight_digits_limit) [[unlikely]]
        return detail::write_long_unsigned(out, value);
    const unsigned count = count_digits(value);
    const std::uint64_t text = (eight_digits(value) | ascii_zeros) >> (8 - count) * 8;
    store_eight(out, text);
    return {out + count, sum_of_bytes(text)};
}

}  // namespace gw
