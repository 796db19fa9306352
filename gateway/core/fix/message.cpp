#include "fix/message.hpp"

#include <bit>
#include <cstring>
#include <limits>

#include "fix/checksum.hpp"
#include "fix/frame.hpp"
#include "fix/tags.hpp"

namespace gw::fix {
namespace {

constexpr char soh = '\x01';
constexpr std::size_t block_size = 64;
constexpr std::size_t none = std::numeric_limits<std::size_t>::max();
constexpr std::size_t tag_digits_max = 9;
// 8=FIX.4.0<SOH>9=5<SOH>35=0<SOH>10=ddd<SOH>
constexpr std::size_t message_size_min = 10 + 4 + 5 + trailer_size;

// One bit a byte of a block: where the separators are, where the equals signs are.
struct Masks {
    std::uint64_t separators = 0;
    std::uint64_t equals = 0;
};

#if defined(__SSE2__)
using Sum = __m128i;

Masks scan_block(const char* at, Sum& sum) {
    const __m128i separator = _mm_set1_epi8(soh);
    const __m128i equals = _mm_set1_epi8('=');
    Masks masks;
    for (unsigned i = 0; i < block_size / 16; ++i) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + 16 * i));
        sum = _mm_add_epi64(sum, _mm_sad_epu8(bytes, _mm_setzero_si128()));
        const auto bits = [&](__m128i wanted) {
            return static_cast<std::uint64_t>(
                static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, wanted))));
        };
        masks.separators |= bits(separator) << (16 * i);
        masks.equals |= bits(equals) << (16 * i);
    }
    return masks;
}

Sum zero_sum() {
    return _mm_setzero_si128();
}
std::uint64_t total(Sum sum) {
    return static_cast<std::uint64_t>(_mm_cvtsi128_si64(sum)) +
           static_cast<std::uint64_t>(_mm_cvtsi128_si64(_mm_srli_si128(sum, 8)));
}
#else
using Sum = std::uint64_t;

Masks scan_block(const char* at, Sum& sum) {
    Masks masks;
    for (unsigned i = 0; i < block_size; ++i) {
        sum += static_cast<std::uint8_t>(at[i]);
        masks.separators |= std::uint64_t{at[i] == soh} << i;
        masks.equals |= std::uint64_t{at[i] == '='} << i;
    }
    return masks;
}

Sum zero_sum() {
    return 0;
}
std::uint64_t total(Sum sum) {
    return sum;
}
#endif

// The number before the equals sign; 0 for what is none. "-1" becomes its two's complement.
std::uint32_t parse_tag(const char* at, std::size_t length) {
    const bool negative = length > 1 && *at == '-';
    if (negative) {
        ++at;
        --length;
    }
    if (length == 0 || length > tag_digits_max || (*at == '0' && length > 1)) return 0;
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < length; ++i) {
        const auto digit = static_cast<std::uint32_t>(static_cast<unsigned char>(at[i])) - '0';
        if (digit > 9) return 0;
        number = number * 10 + digit;
    }
    return negative ? 0U - number : number;
}

bool digits_only(std::string_view text) {
    for (const char c : text)
        if (c < '0' || c > '9') return false;
    return true;
}

}  // namespace

std::optional<std::int64_t> parse_int(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    if (text.empty() || text.size() > 19) return std::nullopt;
    std::uint64_t value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + static_cast<std::uint64_t>(c - '0');
    }
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return std::nullopt;
    const auto magnitude = static_cast<std::int64_t>(value);
    return negative ? -magnitude : magnitude;
}

// One pass: 64 bytes at a time become two bit masks and a part of the checksum; each separator bit ends a
// field whose first equals bit ends the tag. `skip_to` jumps over separators that lie inside a data field.
ParseError Message::index(const DataTags& data_tags, std::size_t body_end, std::uint8_t& sum) {
    const char* const bytes = text_.data();
    const std::size_t size = text_.size();
    Field* const fields = storage_.data();
    const std::size_t fields_max = storage_.size();
    std::size_t count = 0;
    std::size_t begin = 0;
    std::size_t equals = none;
    std::size_t skip_to = 0;
    std::uint32_t data_tag = 0;
    std::uint32_t length_tag = 0;
    std::size_t data_length = 0;
    Sum running = zero_sum();
    const auto note = [&](DefectKind kind, std::uint32_t number) {
        if (defect_.kind == DefectKind::none) defect_ = {kind, number};
    };

    for (std::size_t base = 0; base < size; base += block_size) {
        Masks masks;
        if (size - base >= block_size) {
            masks = scan_block(bytes + base, running);
        } else {
            std::array<char, block_size> padded{};
            std::memcpy(padded.data(), bytes + base, size - base);
            masks = scan_block(padded.data(), running);
        }
        for (; masks.separators != 0; masks.separators &= masks.separators - 1) {
            const auto bit = static_cast<unsigned>(std::countr_zero(masks.separators));
            const std::size_t end = base + bit;
            if (end < skip_to) continue;
            if (equals == none && masks.equals != 0) {
                const std::size_t first = base + static_cast<unsigned>(std::countr_zero(masks.equals));
                if (first < end) equals = first;
            }
            const std::uint32_t number = equals == none ? 0 : parse_tag(bytes + begin, equals - begin);
            if (data_tag != 0 && number == data_tag) {
                const std::size_t data_end = equals + 1 + data_length;
                if (data_end >= body_end || bytes[data_end] != soh) {
                    note(DefectKind::data_length, length_tag);
                } else if (data_end > end) {
                    skip_to = data_end;
                    continue;
                } else if (data_end < end) {
                    note(DefectKind::data_length, length_tag);
                }
            }
            if (count == fields_max) return ParseError::too_many_fields;
            const std::size_t offset = equals == none ? begin : equals + 1;
            fields[count++] = {number, static_cast<std::uint32_t>(offset),
                               static_cast<std::uint32_t>(end - offset)};
            if (number == 0 || number > static_cast<std::uint32_t>(std::numeric_limits<std::int32_t>::max()))
                [[unlikely]]
                note(DefectKind::invalid_tag, number);
            data_tag = data_tags.data_tag_of(number);
            if (data_tag != 0) [[unlikely]] {
                const auto announced = parse_int({bytes + offset, end - offset});
                length_tag = number;
                data_length = announced && *announced >= 0 ? static_cast<std::size_t>(*announced) : size;
                if (data_length > size) data_length = size;
            }
            masks.equals &= ~((std::uint64_t{2} << bit) - 1);
            begin = end + 1;
            equals = none;
        }
        if (equals == none && masks.equals != 0)
            equals = base + static_cast<unsigned>(std::countr_zero(masks.equals));
    }
    count_ = count;
    sum = static_cast<std::uint8_t>(total(running));
    return ParseError::none;
}

ParseError Message::parse(std::string_view text, const DataTags& data_tags) {
    count_ = 0;
    text_ = {};
    defect_ = {};
    if (text.size() < message_size_min) return ParseError::too_short;
    const std::size_t body_end = text.size() - trailer_size;
    const std::string_view trailer = text.substr(body_end);
    if (!trailer.starts_with("10=") || trailer.back() != soh || text[body_end - 1] != soh ||
        !digits_only(trailer.substr(3, 3)))
        return ParseError::check_sum_malformed;

    text_ = text;
    std::uint8_t sum = 0;
    ParseError error = index(data_tags, body_end, sum);
    if (error == ParseError::none) {
        const unsigned stated = static_cast<unsigned>(trailer[3] - '0') * 100 +
                                static_cast<unsigned>(trailer[4] - '0') * 10 +
                                static_cast<unsigned>(trailer[5] - '0');
        for (const char c : trailer) sum = static_cast<std::uint8_t>(sum - static_cast<std::uint8_t>(c));
        if (stated != sum) error = ParseError::check_sum_mismatch;
    }
    if (error == ParseError::none) {
        if (count_ < 4 || storage_[0].tag != tag::begin_string || storage_[1].tag != tag::body_length ||
            storage_[2].tag != tag::msg_type) {
            error = ParseError::header_out_of_order;
        } else {
            const std::size_t body_begin = storage_[1].offset + storage_[1].length + 1;
            const auto stated = parse_int(value(storage_[1]));
            if (!stated || static_cast<std::size_t>(*stated) != body_end - body_begin)
                error = ParseError::body_length_mismatch;
        }
    }
    if (error != ParseError::none) {
        count_ = 0;
        text_ = {};
        defect_ = {};
    }
    return error;
}

std::string_view Message::whole(std::size_t i) const {
    const std::size_t begin = i == 0 ? 0 : storage_[i - 1].offset + storage_[i - 1].length + 1;
    return text_.substr(begin, storage_[i].offset + storage_[i].length + 1 - begin);
}

std::optional<std::string_view> Message::get(std::uint32_t number) const {
    const Field* field = find(number);
    if (field == nullptr) return std::nullopt;
    return value(*field);
}

std::optional<std::int64_t> Message::get_int(std::uint32_t number) const {
    const Field* field = find(number);
    return field == nullptr ? std::nullopt : parse_int(value(*field));
}

std::optional<Decimal> Message::get_decimal(std::uint32_t number) const {
    const Field* field = find(number);
    return field == nullptr ? std::nullopt : Decimal::parse(value(*field));
}

std::optional<bool> Message::get_bool(std::uint32_t number) const {
    const Field* field = find(number);
    if (field == nullptr) return std::nullopt;
    const std::string_view text = value(*field);
    if (text == "Y") return true;
    if (text == "N") return false;
    return std::nullopt;
}

std::optional<char> Message::get_char(std::uint32_t number) const {
    const Field* field = find(number);
    if (field == nullptr || field->length != 1) return std::nullopt;
    return text_[field->offset];
}

std::optional<std::int64_t> Message::get_timestamp_ns(std::uint32_t number) const {
    const Field* field = find(number);
    return field == nullptr ? std::nullopt : parse_timestamp(value(*field));
}

std::string_view describe(ParseError error) {
    switch (error) {
        case ParseError::none:
            return "none";
        case ParseError::too_short:
            return "message is too short";
        case ParseError::check_sum_malformed:
            return "CheckSum(10) is not three digits at the end";
        case ParseError::check_sum_mismatch:
            return "CheckSum(10) does not match";
        case ParseError::header_out_of_order:
            return "the first three fields are not 8, 9, 35";
        case ParseError::body_length_mismatch:
            return "BodyLength(9) does not match";
        case ParseError::too_many_fields:
            return "message has more fields than the limit";
    }
    return "unknown";
}

}  // namespace gw::fix
