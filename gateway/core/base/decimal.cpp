#include "base/decimal.hpp"

#include <algorithm>

namespace gw {

Decimal::ParseError Decimal::parse(std::string_view text, Decimal& out) {
    if (text.empty()) return ParseError::empty;
    std::size_t at = 0;
    const bool negative = text[0] == '-';
    if (negative || text[0] == '+') ++at;

    std::uint64_t mantissa = 0;
    int fraction_digits = -1;  // -1: before the point
    bool any_digit = false;
    bool overflow = false;
    for (; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '.') {
            if (fraction_digits >= 0) return ParseError::malformed;
            fraction_digits = 0;
            continue;
        }
        if (c < '0' || c > '9') return ParseError::malformed;
        any_digit = true;
        const auto digit = static_cast<std::uint64_t>(c - '0');
        if (fraction_digits >= places) {
            overflow = overflow || digit != 0;
            continue;
        }
        if (mantissa > (std::numeric_limits<std::uint64_t>::max() - digit) / 10) {
            overflow = true;  // go on, so that garbage behind it is still called malformed
            continue;
        }
        mantissa = mantissa * 10 + digit;
        if (fraction_digits >= 0) ++fraction_digits;
    }
    if (!any_digit) return ParseError::malformed;
    for (int i = std::max(fraction_digits, 0); i < places && !overflow; ++i) {
        if (mantissa > std::numeric_limits<std::uint64_t>::max() / 10) overflow = true;
        mantissa *= 10;
    }
    if (overflow || mantissa > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        return ParseError::out_of_range;
    const auto value = static_cast<std::int64_t>(mantissa);
    out = from_raw(negative ? -value : value);
    return ParseError::none;
}

std::ostream& operator<<(std::ostream& out, Decimal value) {
    char text[Decimal::text_size_max];
    return out << std::string_view(text, value.format(text));
}

}  // namespace gw
