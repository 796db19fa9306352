#include "fix/timestamp.hpp"

#include <cassert>
#include <limits>

#include "base/digits.hpp"
#include "fix/checksum.hpp"

namespace gw::fix {
namespace {

constexpr std::int64_t ns_per_second = 1'000'000'000;
constexpr std::int64_t seconds_per_day = 86'400;
constexpr int year_max = 2261;  // the last whole year of int64 nanoseconds

// Days since 1970-01-01 of a proleptic Gregorian date (era arithmetic of 400 years, no tables).
constexpr std::int64_t days_from_civil(int year, int month, int day) {
    const int y = month <= 2 ? year - 1 : year;
    const int era = y / 400;
    const int year_of_era = y - era * 400;
    const int day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    const int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return static_cast<std::int64_t>(era) * 146'097 + day_of_era - 719'468;
}

struct Date {
    int year;
    int month;
    int day;
};

constexpr Date civil_from_days(std::int64_t days) {
    const std::int64_t shifted = days + 719'468;
    const std::int64_t era = shifted / 146'097;
    const int day_of_era = static_cast<int>(shifted - era * 146'097);
    const int year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
    const int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int shifted_month = (5 * day_of_year + 2) / 153;
    const int day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    const int month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
    const int year = static_cast<int>(era) * 400 + year_of_era + (month <= 2 ? 1 : 0);
    return {year, month, day};
}

constexpr int days_in_month(int year, int month) {
    constexpr std::array<int, 12> days = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month == 2 && leap ? 29 : days[static_cast<std::size_t>(month - 1)];
}

// -1 where one of the characters is no digit.
constexpr int digits(std::string_view text, std::size_t at, std::size_t count) {
    int value = 0;
    for (std::size_t i = at; i < at + count; ++i) {
        const char c = text[i];
        if (c < '0' || c > '9') return -1;
        value = value * 10 + (c - '0');
    }
    return value;
}

void write_date(char* out, std::int64_t day) {
    const Date date = civil_from_days(day);
    store_eight(out,
                eight_digits(static_cast<std::uint64_t>(date.year * 10'000 + date.month * 100 + date.day)) |
                    ascii_zeros);
    out[8] = '-';
}

// Eight digits with the colons among them: HH0MM0SS.
void write_time(char* out, int second_of_day) {
    const int value = second_of_day / 3600 * 1'000'000 + second_of_day / 60 % 60 * 1'000 + second_of_day % 60;
    constexpr std::uint64_t colons = (std::uint64_t{':' - '0'} << 16) | (std::uint64_t{':' - '0'} << 40);
    store_eight(out, (eight_digits(static_cast<std::uint64_t>(value)) | ascii_zeros) + colons);
}

constexpr std::int64_t unit_ns(TimePrecision precision) {
    switch (precision) {
        case TimePrecision::seconds:
            return ns_per_second;
        case TimePrecision::milliseconds:
            return 1'000'000;
        case TimePrecision::microseconds:
            return 1'000;
        case TimePrecision::nanoseconds:
            return 1;
    }
    return ns_per_second;
}

std::uint8_t write_fraction(char* out, std::int64_t ns_of_second, TimePrecision precision) {
    if (precision == TimePrecision::seconds) return 17;
    const int count = static_cast<int>(precision);
    out[17] = '.';
    const auto value = static_cast<std::uint32_t>(ns_of_second);
    // All nine decimals; what the precision leaves out is written and not counted.
    out[18] = static_cast<char>('0' + value / 100'000'000);
    store_eight(out + 19, eight_digits(value % 100'000'000) | ascii_zeros);
    return static_cast<std::uint8_t>(18 + count);
}

}  // namespace

std::optional<std::int64_t> parse_timestamp(std::string_view text) {
    if (text.size() < 17 || text[8] != '-' || text[11] != ':' || text[14] != ':') return std::nullopt;
    const int year = digits(text, 0, 4);
    const int month = digits(text, 4, 2);
    const int day = digits(text, 6, 2);
    const int hour = digits(text, 9, 2);
    const int minute = digits(text, 12, 2);
    const int second = digits(text, 15, 2);
    if (year < 1970 || year > year_max || month < 1 || month > 12 || day < 1 ||
        day > days_in_month(year, month))
        return std::nullopt;
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return std::nullopt;
    std::int64_t fraction = 0;
    if (text.size() > 17) {
        const std::size_t count = text.size() - 18;
        if (text[17] != '.' || text.size() == 18 || count > 9) return std::nullopt;
        const int value = digits(text, 18, count);
        if (value < 0) return std::nullopt;
        fraction = value;
        for (std::size_t i = count; i < 9; ++i) fraction *= 10;
    }
    const std::int64_t seconds =
        days_from_civil(year, month, day) * seconds_per_day + hour * 3600 + minute * 60 + second;
    return seconds * ns_per_second + fraction;
}

std::size_t format_timestamp(std::int64_t ns, TimePrecision precision, char* out) {
    assert(ns >= 0);
    const std::int64_t second = ns / ns_per_second;
    write_date(out, second / seconds_per_day);
    write_time(out + 9, static_cast<int>(second % seconds_per_day));
    return write_fraction(out, ns % ns_per_second, precision);
}

void TimestampCache::renew(std::int64_t ns, TimePrecision precision) {
    assert(ns >= 0);
    const std::int64_t second = ns / ns_per_second;
    if (second != second_) {
        const std::int64_t day = second / seconds_per_day;
        if (day != day_) write_date(text_.data(), day);
        write_time(text_.data() + 9, static_cast<int>(second % seconds_per_day));
        day_ = day;
        second_ = second;
    }
    size_ = write_fraction(text_.data(), ns % ns_per_second, precision);
    const std::int64_t unit = unit_ns(precision);
    begin_ns_ = ns / unit * unit;
    end_ns_ = begin_ns_ > std::numeric_limits<std::int64_t>::max() - unit ? ns : begin_ns_ + unit;
    precision_ = precision;
    sum_ = sum_bytes(text());
}

}  // namespace gw::fix
