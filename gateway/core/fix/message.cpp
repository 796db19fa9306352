#include "fix/message.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "fix/frame.hpp"
#include "fix/index.hpp"
#include "fix/tags.hpp"

namespace gw::fix {
namespace {

constexpr char soh = '\x01';
constexpr std::size_t tag_digits_max = 9;
// 8=FIX.4.0<SOH>9=5<SOH>35=0<SOH>10=ddd<SOH>
constexpr std::size_t message_size_min = 10 + 4 + 5 + trailer_size;

// The number before the equals sign; 0 for what is none. "-1" becomes its two's complement.
std::uint32_t parse_any_tag(const char* at, std::size_t length) {
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

// Field by field, for what the fast index does not take: data fields, tags of more digits, anything wrong.
ParseError Message::index_any(const DataTags& data_tags, std::size_t body_end) {
    const std::string_view text = text_;
    std::uint32_t data_tag = 0;
    std::uint32_t length_tag = 0;
    std::size_t data_length = 0;
    const auto note = [&](DefectKind kind, std::uint32_t number) {
        if (defect_.kind == DefectKind::none) defect_ = {kind, number};
    };
    count_ = 0;
    for (std::size_t begin = 0; begin < text.size();) {
        if (count_ == storage_.size()) return ParseError::too_many_fields;
        std::size_t end = text.find(soh, begin);  // there is one: the text ends with it
        const std::size_t equals = text.substr(begin, end - begin).find('=');
        const bool has_tag = equals != std::string_view::npos;
        const std::size_t offset = has_tag ? begin + equals + 1 : begin;
        const std::uint32_t number = has_tag ? parse_any_tag(text.data() + begin, equals) : 0;
        if (number == 0 || tag_as_written(number) < 0) note(DefectKind::invalid_tag, number);
        if (number != 0 && number == data_tag) {
            const std::size_t data_end = offset + data_length;
            if (data_end < end || data_end >= body_end || text[data_end] != soh)
                note(DefectKind::data_length, length_tag);
            else
                end = data_end;
        }
        data_tag = data_tags.data_tag_of(number);
        if (data_tag != 0) {
            const auto announced = parse_int(text.substr(offset, end - offset));
            length_tag = number;
            data_length = announced && *announced >= 0
                              ? std::min(static_cast<std::size_t>(*announced), text.size())
                              : text.size();
        }
        storage_[count_++] = {number, static_cast<std::uint32_t>(offset),
                              static_cast<std::uint32_t>(end - offset)};
        begin = end + 1;
    }
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
    if (!text.starts_with("8=FIX")) return ParseError::header_out_of_order;

    text_ = text;
    const FastIndex fast = index_fast(text, storage_, data_tags);
    count_ = fast.count;
    std::uint8_t sum = fast.sum;
    ParseError error = fast.complete ? ParseError::none : index_any(data_tags, body_end);
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
