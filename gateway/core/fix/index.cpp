#include "fix/index.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "fix/checksum.hpp"
#include "fix/tags.hpp"

namespace gw::fix {
namespace {

constexpr char soh = '\x01';
constexpr std::size_t block_size = 64;
// A field has at least an equals sign and a separator.
constexpr std::size_t fields_a_block_max = block_size / 2;

// One bit a byte of a block.
struct Marks {
    std::uint64_t separators = 0;
    std::uint64_t equals = 0;
};

#define GW_INLINE [[gnu::always_inline]] inline

#if defined(__SSE2__)
using Sum = __m128i;

GW_INLINE void take(__m128i bytes, unsigned seen, unsigned shift, Marks& marks, Sum& sum) {
    const auto separators =
        static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(soh))));
    const auto equals =
        static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('='))));
    marks.separators |= std::uint64_t{separators >> seen} << shift;
    marks.equals |= std::uint64_t{equals >> seen} << shift;
    sum = _mm_add_epi64(sum, _mm_sad_epu8(bytes, _mm_setzero_si128()));
}

// The marks among the first `left` bytes, at most block_size of them; adds the bytes to `sum`.
// Precondition: at least 16 bytes of the text end where the `left` bytes end.
GW_INLINE Marks scan_block(const char* at, std::size_t left, Sum& sum) {
    Marks marks;
    const __m128i* const words = reinterpret_cast<const __m128i*>(at);
    if (left >= block_size) [[likely]] {
        take(_mm_loadu_si128(words), 0, 0, marks, sum);
        take(_mm_loadu_si128(words + 1), 0, 16, marks, sum);
        take(_mm_loadu_si128(words + 2), 0, 32, marks, sum);
        take(_mm_loadu_si128(words + 3), 0, 48, marks, sum);
        return marks;
    }
    unsigned done = 0;
    for (; left - done >= 16; done += 16) take(_mm_loadu_si128(words + done / 16), 0, done, marks, sum);
    if (const auto rest = static_cast<unsigned>(left) - done; rest > 0)
        take(detail::load_tail(at + left, rest), 16 - rest, done, marks, sum);
    return marks;
}

GW_INLINE Sum zero_sum() {
    return _mm_setzero_si128();
}
GW_INLINE std::uint64_t total(Sum sum) {
    return detail::total(sum);
}
#else
using Sum = std::uint64_t;

GW_INLINE Marks scan_block(const char* at, std::size_t left, Sum& sum) {
    Marks marks;
    for (std::size_t i = 0; i < std::min(left, block_size); ++i) {
        sum += static_cast<std::uint8_t>(at[i]);
        marks.separators |= std::uint64_t{at[i] == soh} << i;
        marks.equals |= std::uint64_t{at[i] == '='} << i;
    }
    return marks;
}

GW_INLINE Sum zero_sum() {
    return 0;
}
GW_INLINE std::uint64_t total(Sum sum) {
    return sum;
}
#endif

// Writes the places of the bits and returns how many there are. Eight are written at once, whether they are
// there or not: the count decides what stays. Precondition: room for fields_a_block_max.
GW_INLINE std::size_t write_places(std::uint64_t bits, std::size_t base, Field* out,
                                   std::uint32_t Field::*member) {
    constexpr std::size_t at_once = 8;
    const auto found = static_cast<std::size_t>(std::popcount(bits));
    const auto first = static_cast<std::uint32_t>(base);
    std::size_t i = 0;
    for (; i < at_once; ++i, bits &= bits - 1)
        out[i].*member = first + static_cast<std::uint32_t>(std::countr_zero(bits));
    for (; i < found && i < fields_a_block_max; ++i, bits &= bits - 1)
        out[i].*member = first + static_cast<std::uint32_t>(std::countr_zero(bits));
    return found;
}

// The end of field i as its length, its first equals sign as its offset. Adding the bits where fields begin
// to the bits that are no equals sign carries each through to the first equals sign behind it; those inside
// values fall out. Incomplete where the two do not pair up or find no room.
GW_INLINE FastIndex find_places(std::string_view text, std::span<Field> fields) {
    std::size_t ends = 0;
    std::size_t tags = 0;
    std::uint64_t begins_next =
        1;  // a field begins with the next block, or has not found its equals sign yet
    bool room = true;
    Sum sum = zero_sum();
    for (std::size_t base = 0; base < text.size(); base += block_size) {
        const Marks marks = scan_block(text.data() + base, text.size() - base, sum);
        const std::uint64_t begins = marks.separators << 1 | begins_next;
        unsigned long long carried = 0;
        const bool open = __builtin_uaddll_overflow(~marks.equals, begins, &carried);
        begins_next = marks.separators >> 63 | std::uint64_t{open};
        room = room && fields.size() >= std::max(ends, tags) + fields_a_block_max;
        if (!room) continue;
        ends += write_places(marks.separators, base, fields.data() + ends, &Field::length);
        tags += write_places(carried & marks.equals, base, fields.data() + tags, &Field::offset);
    }
    return {room && ends == tags, static_cast<std::uint8_t>(total(sum)), ends};
}

// The four bytes before the equals sign are one word; what does not belong to the tag is shifted out, the
// digits are added up in pairs. Whatever is unusual is collected and looked at once at the end: a size other
// than one to four, a byte that is no digit, a leading zero, a tag that may announce data. True where there
// was nothing.
GW_INLINE bool read_tags(const char* bytes, std::span<Field> fields, const DataTags& data_tags) {
    std::uint32_t unusual = 0;  // bits of 0x80808080
    std::uint32_t sizes = 0;
    std::uint64_t announces = 0;
    // The first field begins 8=FIX, so that four bytes lie before every other equals sign.
    std::uint32_t begin = fields[0].length + 1;
    fields[0] = {tag::begin_string, 2, fields[0].length - 2};
    for (Field& field : fields.subspan(1)) {
        const std::uint32_t equals = field.offset;
        const std::uint32_t end = field.length;
        std::uint32_t word;
        std::memcpy(&word, bytes + equals - 4, sizeof word);
        const std::uint32_t size = equals - begin;
        const std::uint32_t shift = (4 - size) * 8 & 31;
        const std::uint32_t leading = (word ^ 0x30303030U) >> shift;
        const std::uint32_t digits = leading << shift;
        unusual |= digits | (digits + 0x76767676U) | ((leading & 0xFF) - 1);
        sizes |= size - 1;
        const std::uint32_t pairs = digits * (10U * 256 + 1) >> 8 & 0x00FF00FFU;
        const std::uint32_t number = pairs * (100U * 65536 + 1) >> 16;
        announces |= data_tags.filter_bits(number);
        field = {number, equals + 1, end - equals - 1};
        begin = end + 1;
    }
    return (unusual & 0x80808080U) == 0 && sizes <= 3 && (announces & 1) == 0;
}

GW_INLINE FastIndex index_here(std::string_view text, std::span<Field> fields, const DataTags& data_tags) {
    FastIndex index = find_places(text, fields);
    if (std::endian::native != std::endian::little) index.complete = false;
    index.complete = index.complete && read_tags(text.data(), fields.first(index.count), data_tags);
    return index;
}

}  // namespace

FastIndex index_any_cpu(std::string_view text, std::span<Field> fields, const DataTags& data_tags) {
    return index_here(text, fields, data_tags);
}

namespace {

struct Variants {
    std::array<IndexVariant, 3> list{};
    std::size_t count = 0;

    void add(const char* name, IndexFunction index) { list[count++] = {name, index}; }
};

Variants find_variants() {
    Variants found;
#if defined(__x86_64__)
    if (has_avx512_index()) found.add("avx512", index_avx512);
    if (has_avx2_index()) found.add("avx2", index_avx2);
#endif
    found.add("any", index_any_cpu);
    return found;
}

// Before this file's constructors have run, the one that runs everywhere.
constinit IndexFunction chosen = index_any_cpu;
[[maybe_unused]] const bool has_chosen = (chosen = index_variants().front().index, true);

}  // namespace

std::span<const IndexVariant> index_variants() {
    static const Variants variants = find_variants();
    return std::span(variants.list).first(variants.count);
}

void force_index(const IndexVariant& variant) {
    chosen = variant.index;
}

FastIndex index_fast(std::string_view text, std::span<Field> fields, const DataTags& data_tags) {
    return chosen(text, fields, data_tags);
}

}  // namespace gw::fix
