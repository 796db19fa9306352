// The fast field index for processors that have AVX2 and BMI2, which is nearly all that lack AVX-512: 32
// bytes are looked at at once, and eight tags are read together.
//
// Places are found as in index.cpp, but ends and equals signs go to two arrays of their own, so that eight of
// each can be taken in one load.
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
#include <cstring>

#include "fix/checksum.hpp"

#define GW_AVX2 [[gnu::target("avx2,bmi,bmi2,popcnt")]]
#define GW_AVX2_INLINE [[gnu::target("avx2,bmi,bmi2,popcnt"), gnu::always_inline]] inline

namespace gw::fix {
namespace {

constexpr std::size_t block_size = 64;
constexpr std::size_t fields_a_block_max = block_size / 2;
constexpr std::size_t lanes = 8;
constexpr std::size_t fields_max = 256;  // of what is taken here: some 1.5 KiB on the stack

// One end or equals sign for each field; the first element is that before the first field.
struct Places {
    std::array<std::uint32_t, 1 + fields_max + fields_a_block_max> ends;
    std::array<std::uint32_t, 1 + fields_max + fields_a_block_max> equals;
};

struct Block {
    std::uint64_t separators = 0;
    std::uint64_t equals = 0;
};

GW_AVX2_INLINE std::uint64_t mask_of(__m256i found) {
    return static_cast<std::uint32_t>(_mm256_movemask_epi8(found));
}

GW_AVX2_INLINE void take(__m256i bytes, unsigned shift, Block& block, __m256i& sum) {
    block.separators |= mask_of(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('\x01'))) << shift;
    block.equals |= mask_of(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('='))) << shift;
    sum = _mm256_add_epi64(sum, _mm256_sad_epu8(bytes, _mm256_setzero_si256()));
}

// Precondition: room for fields_a_block_max.
GW_AVX2_INLINE std::size_t write_places(std::uint64_t bits, std::size_t base, std::uint32_t* out) {
    const auto found = static_cast<std::size_t>(std::popcount(bits));
    const auto first = static_cast<std::uint32_t>(base);
    std::size_t i = 0;
    for (; i < lanes; ++i, bits &= bits - 1)
        out[i] = first + static_cast<std::uint32_t>(std::countr_zero(bits));
    for (; i < found && i < fields_a_block_max; ++i, bits &= bits - 1)
        out[i] = first + static_cast<std::uint32_t>(std::countr_zero(bits));
    return found;
}

struct Findings {
    __m256i unusual;
    __m256i sizes;
    __m256i announces;
};

// The four bytes before each of eight equals signs. A gather does the same in more steps on many processors.
GW_AVX2_INLINE __m256i words_before(const char* text, const std::uint32_t* equals) {
    const auto word = [text](std::uint32_t at) {
        int bytes;
        std::memcpy(&bytes, text + at - 4, sizeof bytes);
        return bytes;
    };
    return _mm256_setr_epi32(word(equals[0]), word(equals[1]), word(equals[2]), word(equals[3]),
                             word(equals[4]), word(equals[5]), word(equals[6]), word(equals[7]));
}

GW_AVX2_INLINE __m256i load(const std::uint32_t* at) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
}

struct Words {
    __m256i tags, offsets, lengths;
};

// Eight words of (tag, offset, length) of eight fields: word i is of field `fields`[i], and the masks say
// which words are lengths and which are offsets.
template <int Lengths, int Offsets>
GW_AVX2_INLINE void store(__m256i* to, const Words& three, __m256i fields) {
    const __m256i tags = _mm256_permutevar8x32_epi32(three.tags, fields);
    const __m256i offsets = _mm256_permutevar8x32_epi32(three.offsets, fields);
    const __m256i lengths = _mm256_permutevar8x32_epi32(three.lengths, fields);
    _mm256_storeu_si256(to, _mm256_blend_epi32(_mm256_blend_epi32(tags, offsets, Offsets), lengths, Lengths));
}

// Decodes eight fields to `out`; `used` is all ones in the lanes that count.
GW_AVX2_INLINE void decode(__m256i words, const std::uint32_t* ends_at, const std::uint32_t* equals_at,
                           __m256i used, const DataTags& data_tags, Findings& found, Field* out) {
    const __m256i one = _mm256_set1_epi32(1);
    const __m256i ends = load(ends_at);
    const __m256i equals = load(equals_at);
    const __m256i begins = _mm256_add_epi32(load(ends_at - 1), one);
    const __m256i size = _mm256_sub_epi32(equals, begins);
    const __m256i shift = _mm256_and_si256(_mm256_slli_epi32(_mm256_sub_epi32(_mm256_set1_epi32(4), size), 3),
                                           _mm256_set1_epi32(31));
    const __m256i leading = _mm256_srlv_epi32(_mm256_xor_si256(words, _mm256_set1_epi32(0x30303030)), shift);
    const __m256i digits = _mm256_sllv_epi32(leading, shift);
    const __m256i odd =
        _mm256_or_si256(_mm256_or_si256(digits, _mm256_add_epi32(digits, _mm256_set1_epi32(0x76767676))),
                        _mm256_sub_epi32(_mm256_and_si256(leading, _mm256_set1_epi32(0xFF)), one));
    // Digits by 10 and 1, pairs by 100 and 1.
    const __m256i pairs = _mm256_maddubs_epi16(digits, _mm256_set1_epi16(1 << 8 | 10));
    const __m256i numbers = _mm256_madd_epi16(pairs, _mm256_set1_epi32(1 << 16 | 100));
    // Whatever the bytes are, the word's number is below 64.
    const __m256i word = _mm256_and_si256(_mm256_srli_epi32(numbers, 5), _mm256_set1_epi32(63));
    const __m256i filter =
        _mm256_i32gather_epi32(reinterpret_cast<const int*>(data_tags.filter().data()), word, 4);
    const __m256i bits = _mm256_srlv_epi32(filter, _mm256_and_si256(numbers, _mm256_set1_epi32(31)));
    found.unusual = _mm256_or_si256(found.unusual, _mm256_and_si256(used, odd));
    found.sizes = _mm256_or_si256(found.sizes, _mm256_and_si256(used, _mm256_sub_epi32(size, one)));
    found.announces = _mm256_or_si256(found.announces, _mm256_and_si256(used, bits));

    const __m256i offsets = _mm256_add_epi32(equals, one);
    const Words three{numbers, offsets, _mm256_sub_epi32(ends, offsets)};
    auto* to = reinterpret_cast<__m256i*>(out);
    store<0b00100100, 0b10010010>(to, three, _mm256_setr_epi32(0, 0, 0, 1, 1, 1, 2, 2));
    store<0b01001001, 0b00100100>(to + 1, three, _mm256_setr_epi32(2, 3, 3, 3, 4, 4, 4, 5));
    store<0b10010010, 0b01001001>(to + 2, three, _mm256_setr_epi32(5, 5, 6, 6, 6, 7, 7, 7));
}

static_assert(sizeof(Field) == 12 && offsetof(Field, tag) == 0 && offsetof(Field, offset) == 4 &&
              offsetof(Field, length) == 8);

}  // namespace

bool has_avx2_index() {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
           __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");
}

GW_AVX2 FastIndex index_avx2(std::string_view text, std::span<Field> fields, const DataTags& data_tags) {
    Places places;
    places.ends[0] = ~std::uint32_t{0};
    std::uint32_t* const ends = places.ends.data() + 1;
    std::uint32_t* const equals = places.equals.data() + 1;
    std::size_t count = 0;
    std::size_t tags = 0;
    std::uint64_t begins_next = 1;  // as in index.cpp
    __m256i sum = _mm256_setzero_si256();
    const char* at = text.data();
    for (std::size_t base = 0; base < text.size(); base += block_size, at += block_size) {
        const std::size_t left = text.size() - base;
        Block block;
        if (left >= block_size) [[likely]] {
            take(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(at)), 0, block, sum);
            take(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(at + 32)), 32, block, sum);
        } else {
            alignas(32) std::array<char, block_size> rest{};
            std::memcpy(rest.data(), at, left);
            take(_mm256_load_si256(reinterpret_cast<const __m256i*>(rest.data())), 0, block, sum);
            take(_mm256_load_si256(reinterpret_cast<const __m256i*>(rest.data() + 32)), 32, block, sum);
        }
        const std::uint64_t begins = block.separators << 1 | begins_next;
        unsigned long long carried = 0;
        const bool open = __builtin_uaddll_overflow(~block.equals, begins, &carried);
        begins_next = block.separators >> 63 | std::uint64_t{open};
        count += write_places(block.separators, base, ends + count);
        tags += write_places(carried & block.equals, base, equals + tags);
        if (std::max(count, tags) > fields_max) [[unlikely]]
            return index_any_cpu(text, fields, data_tags);
    }
    const __m128i halves = _mm_add_epi64(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
    const auto total = static_cast<std::uint8_t>(detail::total(halves));
    if (count != tags || count > fields.size()) return {false, total, 0};

    // The lanes behind the last field read what is there.
    const __m256i harmless = _mm256_set1_epi32(4);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(equals + count), harmless);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(ends + count), harmless);
    Findings found{_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256()};
    // Of 8=FIX no four bytes lie before the equals sign: its word is known.
    equals[0] = 4;
    __m256i words = _mm256_blend_epi32(words_before(text.data(), equals), _mm256_set1_epi32('8' << 24), 1);
    equals[0] = 1;
    for (std::size_t done = 0; done < count; done += lanes) {
        if (done != 0) words = words_before(text.data(), equals + done);
        const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
        const __m256i used = _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(count - done)), lane);
        std::array<Field, lanes> last;
        const bool fits = fields.size() - done >= lanes;
        decode(words, ends + done, equals + done, used, data_tags, found,
               fits ? fields.data() + done : last.data());
        if (!fits) [[unlikely]]
            std::copy_n(last.begin(), count - done, fields.begin() + static_cast<std::ptrdiff_t>(done));
    }
    const bool usual =
        _mm256_testz_si256(found.unusual, _mm256_set1_epi32(static_cast<int>(0x80808080U))) != 0 &&
        _mm256_testz_si256(found.sizes, _mm256_set1_epi32(~3)) != 0 &&
        _mm256_testz_si256(found.announces, _mm256_set1_epi32(1)) != 0;
    return {usual, total, count};
}

}  // namespace gw::fix

#endif
