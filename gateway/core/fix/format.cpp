#include "fix/format.hpp"

#include <cstddef>

namespace gw::fix {

namespace {

constexpr std::size_t kDigitsMax = 18;  // what fits a signed 64-bit integer for certain

constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

constexpr std::size_t digits(std::string_view text) noexcept {
    std::size_t count = 0;
    while (count < text.size() && is_digit(text[count])) ++count;
    return count;
}

constexpr bool all_digits(std::string_view text) noexcept {
    if (text.empty() || digits(text) != text.size()) return false;
    while (text.size() > 1 && text[0] == '0') text.remove_prefix(1);
    return text.size() <= kDigitsMax;
}

constexpr bool is_integer(std::string_view text) noexcept {
    if (text[0] == '-') text.remove_prefix(1);
    return all_digits(text);
}

// A minus sign at most, digits with at most one point among them, no exponent: `1`, `-1.50`, `.5`, `5.`
constexpr bool is_decimal(std::string_view text) noexcept {
    if (text[0] == '-') text.remove_prefix(1);
    const std::size_t whole = digits(text);
    if (whole == text.size()) return whole > 0;
    if (text[whole] != '.') return false;
    const std::string_view fraction = text.substr(whole + 1);
    return digits(fraction) == fraction.size() && whole + fraction.size() > 0;
}

// The number in two digits at `at`, or 100.
constexpr unsigned two(std::string_view text, std::size_t at) noexcept {
    if (at + 2 > text.size() || !is_digit(text[at]) || !is_digit(text[at + 1])) return 100;
    return static_cast<unsigned>(text[at] - '0') * 10 + static_cast<unsigned>(text[at + 1] - '0');
}

constexpr bool is_month(std::string_view text) noexcept {
    const unsigned month = two(text, 4);
    return two(text, 0) < 100 && two(text, 2) < 100 && month >= 1 && month <= 12;
}

constexpr bool is_date(std::string_view text) noexcept {
    constexpr unsigned days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (text.size() != 8 || !is_month(text)) return false;
    const unsigned day = two(text, 6);
    const unsigned month = two(text, 4);
    if (day < 1 || day > days[month - 1]) return false;
    if (month != 2 || day < 29) return true;
    const unsigned year = two(text, 0) * 100 + two(text, 2);
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

// HH:MM:SS with seconds up to 60 (a leap second); returns what follows it, or nothing.
constexpr std::optional<std::string_view> after_time(std::string_view text) noexcept {
    if (text.size() < 8 || text[2] != ':' || text[5] != ':') return std::nullopt;
    if (two(text, 0) > 23 || two(text, 3) > 59 || two(text, 6) > 60) return std::nullopt;
    return text.substr(8);
}

// 1 to 12 decimals. FIX names 3, 6, 9 and 12, but others are read as well, so they are no reason to refuse a
// message.
constexpr bool is_fraction(std::string_view text) noexcept {
    const std::size_t count = text.size() - 1;
    return text[0] == '.' && count >= 1 && count <= 12 && digits(text.substr(1)) == count;
}

constexpr bool is_time(std::string_view text) noexcept {
    const auto rest = after_time(text);
    return rest && (rest->empty() || is_fraction(*rest));
}

constexpr bool is_timestamp(std::string_view text) noexcept {
    return text.size() >= 17 && text[8] == '-' && is_date(text.substr(0, 8)) && is_time(text.substr(9));
}

// YYYYMM, YYYYMMDD or YYYYMMw1 to w5.
constexpr bool is_month_year(std::string_view text) noexcept {
    if (text.size() == 6) return is_month(text);
    if (text.size() == 8 && (text[6] == 'w' || text[6] == 'W'))
        return is_month(text) && text[7] >= '1' && text[7] <= '5';
    return is_date(text);
}

// Z, or a sign with hh or hh:mm.
constexpr bool is_zone(std::string_view text) noexcept {
    if (text.empty() || text == "Z") return true;
    if ((text[0] != '+' && text[0] != '-') || two(text, 1) > 14) return false;
    return text.size() == 3 || (text.size() == 6 && text[3] == ':' && two(text, 4) < 60);
}

// HH:MM[:SS[.fraction]] and a zone.
constexpr bool is_zoned_time(std::string_view text) noexcept {
    if (text.size() < 5 || text[2] != ':' || two(text, 0) > 23 || two(text, 3) > 59) return false;
    const std::size_t zone = text.find_first_of("Z+-");
    const std::string_view time = text.substr(0, zone);
    const std::string_view after = zone == std::string_view::npos ? std::string_view{} : text.substr(zone);
    return (time.size() == 5 || is_time(time)) && is_zone(after);
}

constexpr bool is_zoned_timestamp(std::string_view text) noexcept {
    return text.size() > 9 && text[8] == '-' && is_date(text.substr(0, 8)) && is_zoned_time(text.substr(9));
}

}  // namespace

std::optional<std::uint32_t> parse_count(std::string_view value) noexcept {
    if (value.empty() || digits(value) != value.size()) return std::nullopt;
    while (value.size() > 1 && value[0] == '0') value.remove_prefix(1);
    if (value.size() > 9) return std::nullopt;
    std::uint32_t count = 0;
    for (const char c : value) count = count * 10 + static_cast<std::uint32_t>(c - '0');
    return count;
}

bool has_format(FieldType type, std::string_view value) noexcept {
    switch (type) {
        case FieldType::string:
        case FieldType::multiple_char_value:
        case FieldType::multiple_string_value:
        case FieldType::data:
            return true;
        case FieldType::character:
            return value.size() == 1;
        case FieldType::boolean:
            return value == "Y" || value == "N";
        case FieldType::integer:
            return is_integer(value);
        case FieldType::length:
        case FieldType::seq_num:
        case FieldType::num_in_group:
        case FieldType::tag_num:
            return all_digits(value);
        case FieldType::day_of_month: {
            const auto day = parse_count(value);
            return day && *day >= 1 && *day <= 31 && value.size() <= 2;
        }
        case FieldType::decimal:
        case FieldType::quantity:
        case FieldType::price:
        case FieldType::price_offset:
        case FieldType::amount:
        case FieldType::percentage:
            return is_decimal(value);
        case FieldType::utc_timestamp:
            return is_timestamp(value);
        case FieldType::utc_time_only:
            return is_time(value);
        case FieldType::utc_date:
        case FieldType::local_mkt_date:
            return is_date(value);
        case FieldType::local_mkt_time:
            return is_time(value);
        case FieldType::month_year:
            return is_month_year(value);
        case FieldType::tz_time_only:
            return is_zoned_time(value);
        case FieldType::tz_timestamp:
            return is_zoned_timestamp(value);
    }
    return false;
}

}  // namespace gw::fix
