// The fast field index for processors that have AVX-512 with VBMI2: places come from one compress
// instruction a block instead of a loop over bits, and sixteen tags are read at once.
//
// A block's separators and equals signs are two 64-bit masks. Which equals signs end a tag is one addition
// with carry, as in index.cpp. The places wait in two registers; whenever sixteen fields are there, they are
// decoded together. (In memory they would wait for their own stores.)
#include "fix/index.hpp"

#if defined(__x86_64__)

#if defined(__GNUC__) && !defined(__clang__)
// GCC 12 finds what its own intrinsics leave undefined on purpose (GCC bug 105593).
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>

#include "fix/checksum.hpp"

#define GW_AVX512 [[gnu::target("avx512f,avx512bw,avx512vl,avx512vbmi2,bmi,bmi2,popcnt")]]

namespace gw::fix {
namespace {

constexpr std::size_t block_size = 64;
constexpr std::size_t lanes = 16;
// Byte i is i.
constexpr std::array<std::uint8_t, 64> counting = [] {
    std::array<std::uint8_t, 64> made{};
    for (std::size_t i = 0; i < made.size(); ++i) made[i] = static_cast<std::uint8_t>(i);
    return made;
}();

// Where word i of sixteen (tag, offset, length) comes from, for the n-th of the three stores: first among
// tags and offsets, then of those and the lengths.
struct Interleave {
    alignas(64) std::array<std::array<std::uint32_t, lanes>, 3> pair{};
    alignas(64) std::array<std::array<std::uint32_t, lanes>, 3> with_length{};
};
constexpr Interleave interleave = [] {
    Interleave made{};
    for (std::uint32_t word = 0; word < 3 * lanes; ++word) {
        const std::uint32_t store = static_cast<std::uint32_t>(word / lanes);
        const std::uint32_t lane = word % lanes;
        const std::uint32_t field = word / 3;
        const std::uint32_t from_second = lanes;
        made.pair[store][lane] = word % 3 == 1 ? from_second + field : field;
        made.with_length[store][lane] = word % 3 == 2 ? from_second + field : lane;
    }
    return made;
}();

static_assert(sizeof(Field) == 12 && offsetof(Field, tag) == 0 && offsetof(Field, offset) == 4 &&
              offsetof(Field, length) == 8);

// The places of the first sixteen bits.
GW_AVX512 inline __m512i places(std::uint64_t bits, std::size_t base) {
    const __m512i found = _mm512_maskz_compress_epi8(bits, _mm512_loadu_si512(counting.data()));
    return _mm512_add_epi32(_mm512_cvtepu8_epi32(_mm512_castsi512_si128(found)),
                            _mm512_set1_epi32(static_cast<int>(base)));
}

// What is unusual is collected, as in index.cpp.
struct Findings {
    __m512i unusual;
    __m512i sizes;
    __m512i announces;
};

// Decodes the first `count` fields to `out`. `last` holds the end of the field before them in
// its highest lane. Precondition: 1 <= count <= 16;
// four bytes lie before every equals sign but the very first.
GW_AVX512 inline void decode(const char* text, __m512i ends, __m512i equals, std::size_t count, bool first,
                             __m512i last, const DataTags& data_tags, Findings& found, Field* out) {
    const auto used = static_cast<__mmask16>((1U << count) - 1);
    const __m512i one = _mm512_set1_epi32(1);
    const __m512i begins = _mm512_add_epi32(_mm512_alignr_epi32(ends, last, 15), one);
    // Of 8=FIX no four bytes lie before the equals sign: its word is known.
    const auto loaded = static_cast<__mmask16>(first ? used & ~1U : used);
    const __m512i words = _mm512_mask_i32gather_epi32(
        _mm512_maskz_set1_epi32(static_cast<__mmask16>(used & ~loaded), '8' << 24), loaded,
        _mm512_sub_epi32(equals, _mm512_set1_epi32(4)), text, 1);
    const __m512i size = _mm512_sub_epi32(equals, begins);
    const __m512i shift = _mm512_and_si512(_mm512_slli_epi32(_mm512_sub_epi32(_mm512_set1_epi32(4), size), 3),
                                           _mm512_set1_epi32(31));
    const __m512i leading = _mm512_srlv_epi32(_mm512_xor_si512(words, _mm512_set1_epi32(0x30303030)), shift);
    const __m512i digits = _mm512_sllv_epi32(leading, shift);
    const __m512i odd =
        _mm512_or_si512(_mm512_or_si512(digits, _mm512_add_epi32(digits, _mm512_set1_epi32(0x76767676))),
                        _mm512_sub_epi32(_mm512_and_si512(leading, _mm512_set1_epi32(0xFF)), one));
    // Digits by 10 and 1, pairs by 100 and 1.
    const __m512i pairs = _mm512_maddubs_epi16(digits, _mm512_set1_epi16(1 << 8 | 10));
    const __m512i numbers = _mm512_madd_epi16(pairs, _mm512_set1_epi32(1 << 16 | 100));

    // The filter's 64 words of 32 bits: two tables of 32, and bit 5 of the word's number says which.
    const auto& filter = data_tags.filter();
    const __m512i word = _mm512_and_si512(_mm512_srli_epi32(numbers, 5), _mm512_set1_epi32(63));
    const auto* const rows = reinterpret_cast<const __m512i*>(filter.data());
    const __m512i low =
        _mm512_permutex2var_epi32(_mm512_loadu_si512(rows), word, _mm512_loadu_si512(rows + 1));
    const __m512i high =
        _mm512_permutex2var_epi32(_mm512_loadu_si512(rows + 2), word, _mm512_loadu_si512(rows + 3));
    const __mmask16 upper = _mm512_test_epi32_mask(word, _mm512_set1_epi32(32));
    const __m512i bits = _mm512_srlv_epi32(_mm512_mask_blend_epi32(upper, low, high),
                                           _mm512_and_si512(numbers, _mm512_set1_epi32(31)));

    found.unusual = _mm512_mask_or_epi32(found.unusual, used, found.unusual, odd);
    found.sizes = _mm512_mask_or_epi32(found.sizes, used, found.sizes, _mm512_sub_epi32(size, one));
    found.announces = _mm512_mask_or_epi32(found.announces, used, found.announces, bits);

    const __m512i offsets = _mm512_add_epi32(equals, one);
    const __m512i lengths = _mm512_sub_epi32(ends, offsets);
    auto* to = reinterpret_cast<std::uint32_t*>(out);
    for (std::size_t store = 0; store < 3; ++store, to += lanes) {
        const __m512i pair =
            _mm512_permutex2var_epi32(numbers, _mm512_load_si512(interleave.pair[store].data()), offsets);
        const __m512i all =
            _mm512_permutex2var_epi32(pair, _mm512_load_si512(interleave.with_length[store].data()), lengths);
        const std::size_t left = 3 * count > store * lanes ? 3 * count - store * lanes : 0;
        const auto mask = static_cast<__mmask16>(left >= lanes ? 0xFFFFU : (1U << left) - 1);
        _mm512_mask_storeu_epi32(to, mask, all);
    }
}

}  // namespace

bool has_avx512_index() {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi2") &&
           __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
           __builtin_cpu_supports("popcnt");
}

GW_AVX512 FastIndex index_avx512(std::string_view text, std::span<Field> fields, const DataTags& data_tags) {
    __m512i ends = _mm512_setzero_si512();  // `waiting` fields that are not decoded yet
    __m512i equals = _mm512_setzero_si512();
    std::size_t waiting = 0;
    std::size_t done = 0;
    std::uint64_t begins_next = 1;
    std::size_t open_equals = 0;  // of a field whose end is in a later block
    std::size_t open = 0;         // 1 where there is one
    __m512i sum = _mm512_setzero_si512();
    __m512i last = _mm512_set1_epi32(-1);
    Findings found{_mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512()};
    for (std::size_t base = 0; base < text.size(); base += block_size) {
        const std::size_t left = std::min(text.size() - base, block_size);
        const __mmask64 present = ~std::uint64_t{0} >> (block_size - left);
        const __m512i bytes = _mm512_maskz_loadu_epi8(present, text.data() + base);
        const std::uint64_t separators = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('\x01'));
        const std::uint64_t signs = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('='));
        sum = _mm512_add_epi64(sum, _mm512_sad_epu8(bytes, _mm512_setzero_si512()));
        const std::uint64_t begins = separators << 1 | begins_next;
        unsigned long long carried = 0;
        const bool carry = __builtin_uaddll_overflow(~signs, begins, &carried);
        begins_next = separators >> 63 | std::uint64_t{carry};
        const std::uint64_t tag_ends = carried & signs;

        const auto count = static_cast<std::size_t>(std::popcount(separators));
        const std::size_t with_open = static_cast<std::size_t>(std::popcount(tag_ends)) + open;
        if (count > lanes || with_open - count > 1) [[unlikely]]  // too dense, or not in pairs
            return index_any_cpu(text, fields, data_tags);
        const __m512i new_ends = places(separators, base);
        const __m512i new_equals = _mm512_mask_blend_epi32(
            static_cast<__mmask16>(0 - open), places(tag_ends, base),
            _mm512_alignr_epi32(places(tag_ends, base), _mm512_set1_epi32(static_cast<int>(open_equals)),
                                15));
        open = with_open - count;
        if (tag_ends != 0) open_equals = base + 63 - static_cast<std::size_t>(std::countl_zero(tag_ends));

        const auto free = static_cast<__mmask16>(0xFFFFU << waiting);
        const __m512i all_ends = _mm512_mask_expand_epi32(ends, free, new_ends);
        const __m512i all_equals = _mm512_mask_expand_epi32(equals, free, new_equals);
        if (waiting + count >= lanes) {
            if (fields.size() - done < lanes) [[unlikely]]
                return {false, sum_bytes(text), 0};
            decode(text.data(), all_ends, all_equals, lanes, done == 0, last, data_tags, found,
                   fields.data() + done);
            last = all_ends;
            done += lanes;
            const auto taken = static_cast<__mmask16>(0xFFFFU << (lanes - waiting));
            ends = _mm512_maskz_compress_epi32(taken, new_ends);
            equals = _mm512_maskz_compress_epi32(taken, new_equals);
            waiting = waiting + count - lanes;
        } else {
            ends = all_ends;
            equals = all_equals;
            waiting += count;
        }
    }
    if (open != 0 || fields.size() - done < waiting) [[unlikely]]
        return {false, sum_bytes(text), 0};
    if (waiting > 0)
        decode(text.data(), ends, equals, waiting, done == 0, last, data_tags, found, fields.data() + done);
    const bool usual =
        _mm512_test_epi32_mask(found.unusual, _mm512_set1_epi32(static_cast<int>(0x80808080U))) == 0 &&
        _mm512_cmpgt_epu32_mask(found.sizes, _mm512_set1_epi32(3)) == 0 &&
        _mm512_test_epi32_mask(found.announces, _mm512_set1_epi32(1)) == 0;
    return {usual, static_cast<std::uint8_t>(_mm512_reduce_add_epi64(sum)), done + waiting};
}

}  // namespace gw::fix

#endif
