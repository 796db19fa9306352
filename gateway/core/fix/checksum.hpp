// CheckSum(10): the sum of all bytes before the trailer, modulo 256.
#pragma once

#include <cstdint>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace gw::fix {

// SSE2 is part of every x86-64, so no dispatch is needed; AVX2 was measured and gains nothing at message
// sizes.
[[nodiscard]] inline std::uint8_t sum_bytes(std::string_view bytes) {
    const char* at = bytes.data();
    std::size_t left = bytes.size();
    std::uint64_t sum = 0;
#if defined(__SSE2__)
    __m128i total = _mm_setzero_si128();
    for (; left >= 16; at += 16, left -= 16)
        total = _mm_add_epi64(
            total, _mm_sad_epu8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at)), _mm_setzero_si128()));
    sum = static_cast<std::uint64_t>(_mm_cvtsi128_si64(total)) +
          static_cast<std::uint64_t>(_mm_cvtsi128_si64(_mm_srli_si128(total, 8)));
#endif
    for (; left > 0; ++at, --left) sum += static_cast<std::uint8_t>(*at);
    return static_cast<std::uint8_t>(sum);
}

}  // namespace gw::fix
