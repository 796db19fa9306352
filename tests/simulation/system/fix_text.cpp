#include "fix_text.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace gw::simulation {
namespace {

constexpr char soh = '\x01';

unsigned sum_of(std::string_view bytes) {
    unsigned sum = 0;
    for (const char c : bytes) sum += static_cast<unsigned char>(c);
    return sum % 256;
}

bool to_number(std::string_view text, std::int64_t& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

const std::string* FixText::find(int tag) const {
    for (const auto& [number, value] : fields_)
        if (number == tag) return &value;
    return nullptr;
}

std::string FixText::get(int tag) const {
    const std::string* value = find(tag);
    return value != nullptr ? *value : std::string();
}

std::int64_t FixText::number(int tag) const {
    const std::string* value = find(tag);
    std::int64_t number = 0;
    return value != nullptr && to_number(*value, number) ? number : 0;
}

FixText& FixText::append(const FixText& other) {
    fields_.insert(fields_.end(), other.fields_.begin(), other.fields_.end());
    return *this;
}

void FixText::set(int tag, const std::string& value) {
    for (auto& [number, old] : fields_)
        if (number == tag) {
            old = value;
            return;
        }
    add(tag, value);
}

void FixText::remove(int tag) {
    std::erase_if(fields_, [tag](const auto& field) { return field.first == tag; });
}

std::string framed(const std::string& begin_string, const FixText& message) {
    std::string body;
    for (const auto& [tag, value] : message.fields()) body += std::to_string(tag) + "=" + value + soh;
    std::string bytes = "8=" + begin_string + soh + "9=" + std::to_string(body.size()) + soh + body;
    char trailer[8];
    std::snprintf(trailer, sizeof trailer, "10=%03u", sum_of(bytes));
    return bytes + trailer + soh;
}

Take take_message(std::string& buffer, FixText& message, std::string& problem) {
    const std::size_t length_at = buffer.find(soh);
    if (length_at == std::string::npos) return Take::incomplete;
    const std::size_t body_at = buffer.find(soh, length_at + 1);
    if (body_at == std::string::npos) return Take::incomplete;
    std::int64_t length = 0;
    const std::string_view length_text =
        std::string_view(buffer).substr(length_at + 1, body_at - length_at - 1);
    if (!buffer.starts_with("8=FIX") || !length_text.starts_with("9=") ||
        !to_number(length_text.substr(2), length) || length <= 0) {
        problem = "no BeginString and BodyLength where a message should begin";
        return Take::garbled;
    }
    constexpr std::size_t trailer_size = 7;
    const std::size_t trailer_at = body_at + 1 + static_cast<std::size_t>(length);
    if (buffer.size() < trailer_at + trailer_size) return Take::incomplete;
    char expected[8];
    std::snprintf(expected, sizeof expected, "10=%03u",
                  sum_of(std::string_view(buffer).substr(0, trailer_at)));
    if (buffer.compare(trailer_at, 6, expected) != 0 || buffer[trailer_at + 6] != soh) {
        problem = "CheckSum is not " + std::string(expected);
        return Take::garbled;
    }
    message = FixText();
    std::size_t at = body_at + 1;
    while (at < trailer_at) {
        const std::size_t end = buffer.find(soh, at);
        const std::size_t equals = buffer.find('=', at);
        std::int64_t tag = 0;
        if (equals >= end || !to_number(std::string_view(buffer).substr(at, equals - at), tag)) {
            problem = "a field without tag";
            return Take::garbled;
        }
        message.add(static_cast<int>(tag), buffer.substr(equals + 1, end - equals - 1));
        at = end + 1;
    }
    buffer.erase(0, trailer_at + trailer_size);
    return Take::message;
}

FixText parsed(std::string_view bytes) {
    std::string buffer(bytes);
    std::string problem;
    FixText message;
    return take_message(buffer, message, problem) == Take::message ? message : FixText();
}

std::string shown(std::string_view bytes) {
    std::string text(bytes);
    std::replace(text.begin(), text.end(), soh, '|');
    return text;
}

std::string utc(std::int64_t time_ns) {
    constexpr std::int64_t ns_per_ms = 1'000'000;
    constexpr std::int64_t ms_per_day = 86'400'000;
    const std::int64_t ms = time_ns / ns_per_ms;
    std::int64_t days = ms / ms_per_day;
    const std::int64_t in_day = ms % ms_per_day;
    const auto days_of = [](std::int64_t y) {
        return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0 ? 366 : 365;
    };
    std::int64_t year = 1970;
    for (; days >= days_of(year); ++year) days -= days_of(year);
    const int lengths[] = {31, days_of(year) == 366 ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int month = 0;
    for (; days >= lengths[month]; ++month) days -= lengths[month];
    char text[64];
    std::snprintf(text, sizeof text, "%04d%02d%02d-%02d:%02d:%02d.%03d", static_cast<int>(year), month + 1,
                  static_cast<int>(days + 1), static_cast<int>(in_day / 3'600'000),
                  static_cast<int>(in_day / 60'000 % 60), static_cast<int>(in_day / 1'000 % 60),
                  static_cast<int>(in_day % 1'000));
    return text;
}

std::string price_text(std::int64_t cents) {
    char text[32];
    std::snprintf(text, sizeof text, "%lld.%02lld", static_cast<long long>(cents / 100),
                  static_cast<long long>(cents % 100));
    return text;
}

std::int64_t cents_of(std::string_view text) {
    const std::size_t point = text.find('.');
    std::int64_t units = 0;
    std::int64_t cents = 0;
    (void)to_number(text.substr(0, point), units);
    if (point != std::string_view::npos) {
        std::string fraction(text.substr(point + 1, 2));
        fraction.resize(2, '0');
        (void)to_number(fraction, cents);
    }
    return units * 100 + cents;
}

}  // namespace gw::simulation
