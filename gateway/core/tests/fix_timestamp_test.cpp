#include "check.hpp"
#include "fix/timestamp.hpp"

using namespace gw::fix;

namespace {

std::string formatted(std::int64_t ns, TimePrecision precision) {
    char text[timestamp_size_max];
    return {text, format_timestamp(ns, precision, text)};
}

}  // namespace

TEST(timestamp_every_precision_round_trips) {
    const std::int64_t ns = 1795255200123456789;
    CHECK_EQ(formatted(ns, TimePrecision::seconds), "20261121-10:00:00");
    CHECK_EQ(formatted(ns, TimePrecision::milliseconds), "20261121-10:00:00.123");
    CHECK_EQ(formatted(ns, TimePrecision::microseconds), "20261121-10:00:00.123456");
    CHECK_EQ(formatted(ns, TimePrecision::nanoseconds), "20261121-10:00:00.123456789");
    CHECK_EQ(parse_timestamp("20261121-10:00:00.123456789").value(), ns);
    CHECK_EQ(parse_timestamp("20261121-10:00:00.1").value(), 1795255200100000000);
}

TEST(timestamp_every_day_of_four_centuries_round_trips) {
    for (std::int64_t day = 0; day < 106'000; ++day) {
        const std::int64_t ns = (day * 86'400 + 3723) * 1'000'000'000;
        if (parse_timestamp(formatted(ns, TimePrecision::seconds)) != ns) {
            CHECK_EQ(formatted(ns, TimePrecision::seconds), "a date that parses back");
            return;
        }
    }
}

TEST(timestamp_leap_second_is_read_as_the_next_minute) {
    CHECK_EQ(parse_timestamp("20161231-23:59:60").value(), parse_timestamp("20170101-00:00:00").value());
}

TEST(timestamp_that_is_none_gives_nothing) {
    for (const char* text :
         {"", "20261121", "20261121-10:00", "20261121-10:00:61", "20261121-24:00:00", "20260229-00:00:00",
          "20261301-00:00:00", "20261100-00:00:00", "19691231-23:59:59", "22620101-00:00:00",
          "20261121-10:00:00.", "20261121-10:00:00.1234567890", "20261121-10:00:00,123", "20261121 10:00:00",
          "2026112a-10:00:00", "20261121-10:00:00Z", "20261121-1a:00:00"})
        CHECK(!parse_timestamp(text).has_value());
    CHECK(parse_timestamp("20240229-00:00:00").has_value());
}

TEST(timestamp_cache_agrees_with_the_plain_form_across_its_borders) {
    TimestampCache cache;
    const std::int64_t start = 1795305599'998'000'000;  // just before midnight
    for (std::int64_t step = 0; step < 4'000; ++step) {
        const std::int64_t ns = start + step * 500'000;
        CHECK_EQ(cache.format(ns, TimePrecision::milliseconds), formatted(ns, TimePrecision::milliseconds));
    }
    for (const TimePrecision p :
         {TimePrecision::seconds, TimePrecision::nanoseconds, TimePrecision::microseconds})
        CHECK_EQ(cache.format(start, p), formatted(start, p));
    // Time that steps back is formatted as given.
    CHECK_EQ(cache.format(0, TimePrecision::milliseconds), "19700101-00:00:00.000");
}

TEST_MAIN
