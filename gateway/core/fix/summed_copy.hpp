// Copies the short runs that fields are made of and adds up their bytes on the way, from registers: a
// checksum that reads the message back has to wait until all of its small stores are in the cache.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/digits.hpp"
#include "fix/checksum.hpp"

namespace gw::fix::detail {

template <class Word>
Word load(const char* at) {
    Word word;
    std::memcpy(&word, at, sizeof word);
    return word;
}

// Precondition: 16 <= size <= 32.
inline void copy_summed_16(char* out, const char* from, std::size_t size, std::uint64_t& sum) {
#if defined(__SSE2__)
    // GCC 12 warns of reading past the end of short literals here, where none of them comes.
    asm("" : "+r"(from));
    const __m128i head = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    const __m128i tail = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + size - 16));
    const __m128i seen = _mm_loadu_si128(reinterpret_cast<const __m128i*>(tail_mask.data() + (size - 16)));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out), head);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + size - 16), tail);
    const __m128i zero = _mm_setzero_si128();
    sum += total(_mm_add_epi64(_mm_sad_epu8(head, zero), _mm_sad_epu8(_mm_and_si128(tail, seen), zero)));
#else
    std::memcpy(out, from, size);
    sum += sum_bytes({from, size});
#endif
}

// Two overlapping words; of the second, what the first has already is shifted out before it is added.
// Precondition: sizeof(Word) <= size < 2 * sizeof(Word).
template <class Word>
void copy_summed_words(char* out, const char* from, std::size_t size, std::uint64_t& sum) {
    const auto head = load<Word>(from);
    const auto tail = load<Word>(from + size - sizeof(Word));
    std::memcpy(out, &head, sizeof head);
    std::memcpy(out + size - sizeof(Word), &tail, sizeof tail);
    // In two steps, for the shift by all of a word's bits that size == sizeof(Word) asks for.
    constexpr std::size_t bits = 8;
    const std::size_t seen = 2 * sizeof(Word) - size;
    if constexpr (std::endian::native == std::endian::little) {
        sum += sum_of_bytes(head);
        sum += sum_of_bytes(static_cast<Word>(static_cast<Word>(tail >> bits * (seen - 1)) >> bits));
    } else {
        sum += sum_of_bytes(head);
        sum += sum_of_bytes(static_cast<Word>(static_cast<Word>(tail << bits * (seen - 1)) << bits));
    }
}

// Returns the end of the copy. `sum` gets the sum of the bytes modulo 256; its other bits mean nothing.
[[gnu::always_inline]] inline char* copy_summed(char* out, const char* from, std::size_t size,
                                                std::uint64_t& sum) {
    if (size >= 16) {
        if (size > 32) [[unlikely]] {
            std::memcpy(out, from, size);
            sum += sum_bytes({from, size});
        } else {
            copy_summed_16(out, from, size, sum);
        }
    } else if (size >= 8) {
        copy_summed_words<std::uint64_t>(out, from, size, sum);
    } else if (size >= 4) {
        copy_summed_words<std::uint32_t>(out, from, size, sum);
    } else if (size >= 2) {
        copy_summed_words<std::uint16_t>(out, from, size, sum);
    } else if (size == 1) {
        *out = *from;
        sum += static_cast<unsigned char>(*from);
    }
    return out + size;
}
[[gnu::always_inline]] inline char* copy_summed(char* out, std::string_view text, std::uint64_t& sum) {
    return copy_summed(out, text.data(), text.size(), sum);
}

// Without the sum. Returns the end of the copy.
[[gnu::always_inline]] inline char* copy_short(char* out, std::string_view text) {
    const std::size_t size = text.size();
    if (size >= 16 && size <= 32) {
        std::memcpy(out, text.data(), 16);
        std::memcpy(out + size - 16, text.data() + size - 16, 16);
    } else if (size >= 8 && size < 16) {
        std::memcpy(out, text.data(), 8);
        std::memcpy(out + size - 8, text.data() + size - 8, 8);
    } else {
        std::memcpy(out, text.data(), size);
    }
    return out + size;
}

}  // namespace gw::fix::detail
