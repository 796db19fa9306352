// CheckSum(10): the sum of all bytes before the trailer, modulo 256.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace gw::fix {

#if defined(__SSE2__)
namespace detail {

// For the last, partial sixteen bytes: load the sixteen that end with the text and blank those already seen.
inline constexpr std::array<std::uint8_t, 32> tail_mask = [] {
    std::array<std::uint8_t, 32> mask{};
    for (std::size_t i = 16; i < 32; ++i) mask[i] = 0xFF;
    return mask;
}();

// Precondition: 0 < left < 16, and at least 16 bytes end at `end`.
inline __m128i load_tail(const char* end, std::size_t left) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(end - 16));
    return _mm_and_si128(bytes, _mm_loadu_si128(reinterpret_cast<const __m128i*>(tail_mask.data() + left)));
}

inline std::uint64_t total(__m128i sums) {
    return static_cast<std::uint64_t>(_mm_cvtsi128_si64(sums)) +
           static_cast<std::uint64_t>(_mm_cvtsi128_si64(_mm_srli_si128(sums, 8)));
}

}  // namespace detail
#endif

// SSE2 is part of every x86-64, so it needs no dispatch.
[[nodiscard]] inline std::uint8_t sum_bytes(std::string_view bytes) {
    const char* at = bytes.data();
    std::size_t left = bytes.size();
    std::uint64_t sum = 0;
#if defined(__SSE2__)
    if (left >= 16) {
        const __m128i zero = _mm_setzero_si128();
        __m128i sums = zero;
        for (; left >= 16; at += 16, left -= 16)
            sums = _mm_add_epi64(sums,
                                 _mm_sad_epu8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at)), zero));
        if (left > 0) sums = _mm_add_epi64(sums, _mm_sad_epu8(detail::load_tail(at + left, left), zero));
        return static_cast<std::uint8_t>(detail::total(sums));
    }
#endif
    for (; left > 0; ++at, --left) sum += static_cast<std::uint8_t>(*at);
    return static_cast<std::uint8_t>(sum);
}

}  // namespace gw::fix
