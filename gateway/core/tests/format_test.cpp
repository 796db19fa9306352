#include "fix/format.hpp"

#include "tests/check.hpp"

using gw::fix::FieldType;
using gw::fix::has_format;
using gw::fix::parse_count;

namespace {

void check(FieldType type, std::initializer_list<std::string_view> good,
           std::initializer_list<std::string_view> bad) {
    for (const auto value : good)
        if (!has_format(type, value))
            gw::test::fail(__FILE__, __LINE__, "should be accepted: " + std::string(value));
    for (const auto value : bad)
        if (has_format(type, value))
            gw::test::fail(__FILE__, __LINE__, "should be refused: " + std::string(value));
}

}  // namespace

TEST(format_integer_takes_sign_and_digits) {
    check(FieldType::integer, {"0", "-1", "007", "999999999999999999"},
          {"-", "+1", "1.0", "1 ", "x", "1234567890123456789"});
}

TEST(format_count_types_take_digits_only) {
    for (const auto type :
         {FieldType::length, FieldType::seq_num, FieldType::num_in_group, FieldType::tag_num})
        check(type, {"0", "12", "0012"}, {"-1", "+1", "1.0", "a", "1234567890123456789"});
}

TEST(format_decimal_types_take_digits_and_one_point) {
    for (const auto type : {FieldType::decimal, FieldType::quantity, FieldType::price,
                            FieldType::price_offset, FieldType::amount, FieldType::percentage})
        check(type, {"0", "002000.00", "-1.5", ".5", "5.", "-0.00000001"},
              {"+200.00", "1.2.3", ".", "-", "-.", "1e5", "1,5", " 1", "NaN", "--1"});
}

TEST(format_character_takes_one) {
    check(FieldType::character, {"1", " "}, {"11", "ab"});
}

TEST(format_boolean_takes_y_or_n) {
    check(FieldType::boolean, {"Y", "N"}, {"y", "1", "YES"});
}

TEST(format_day_of_month_takes_1_to_31) {
    check(FieldType::day_of_month, {"1", "01", "31"}, {"0", "32", "001", "-1", "a"});
}

TEST(format_utc_timestamp_takes_up_to_twelve_decimals) {
    check(FieldType::utc_timestamp,
          {"20260101-00:00:00", "20261231-23:59:60", "20260101-00:00:00.123", "20260101-00:00:00.123456",
           "20260101-00:00:00.123456789", "20260101-00:00:00.1", "20260101-00:00:00.123456789012",
           "20240229-12:00:00"},
          {"20040415", "20260101-24:00:00", "20260101-00:60:00", "20260101-00:00:61", "20260101-00:00:00.",
           "20260101-00:00:00.1234567890123", "20260101-00:00:00.12a", "20260101 00:00:00",
           "20261301-00:00:00", "20260230-00:00:00", "20230229-00:00:00", "20260101-0:00:00",
           "20260101-00:00", "2026010a-00:00:00", "20260101-00:00:00Z"});
}

TEST(format_date_types_take_a_real_day) {
    for (const auto type : {FieldType::utc_date, FieldType::local_mkt_date})
        check(
            type, {"20260131", "20000229", "20240229"},
            {"20260132", "20260100", "20260001", "19000229", "2026-01-01", "202601", "2026010", "a0260101"});
}

TEST(format_time_only_takes_a_time) {
    check(FieldType::utc_time_only, {"00:00:00", "23:59:59.999"},
          {"24:00:00", "0:00:00", "00:00", "00:00:00."});
}

TEST(format_month_year_takes_month_day_or_week) {
    check(FieldType::month_year, {"202601", "20260131", "202601w1", "202612w5"},
          {"2026", "202613", "20260132", "202601w0", "202601w6", "202601x1", "26-01"});
}

TEST(format_zoned_time_takes_utc_or_an_offset) {
    check(FieldType::tz_time_only,
          {"07:39Z", "02:39-05", "15:39+08", "13:09+05:30", "07:39:12.123Z", "07:39:12"},
          {"7:39Z", "07:39+5", "07:39+05:60", "07:39+15", "07:39X", "25:00Z", "07:39:1Z"});
    check(FieldType::tz_timestamp, {"20060901-07:39Z", "20060901-02:39:00.000-05", "20060901-13:09+05:30"},
          {"20060901", "20060901-", "20061301-07:39Z", "20060901 07:39Z"});
}

TEST(format_text_and_data_take_anything) {
    for (const auto type : {FieldType::string, FieldType::data, FieldType::multiple_string_value})
        check(type, {"x", "a b", "\x01=", "\xff"}, {});
}

TEST(parse_count_reads_digits_and_refuses_the_rest) {
    CHECK_EQ(parse_count("0").value_or(9), 0U);
    CHECK_EQ(parse_count("0003").value_or(9), 3U);
    CHECK_EQ(parse_count("000000000000000000123456789").value_or(9), 123456789U);
    for (const auto bad : {"", "-1", "+1", "1.0", " 1", "1000000000"}) CHECK(!parse_count(bad).has_value());
}

TEST_MAIN
