#include "base/decimal.hpp"

#include <cstdint>
#include <string>

#include "check.hpp"

using gw::Decimal;
using gw::Product;
using Error = gw::Decimal::ParseError;

namespace {

std::string text_of(Decimal d) {
    char out[Decimal::text_size_max];
    return {out, d.format(out)};
}

Error error_of(std::string_view text) {
    Decimal d;
    return Decimal::parse(text, d);
}

}  // namespace

TEST(decimal_parse_and_format_are_inverse) {
    for (const char* text : {"0", "1", "-1", "12.5", "-0.01", "0.00000001", "92233720368.54775807",
                             "-92233720368.54775807", "100", "99999.99999999"}) {
        const auto parsed = Decimal::parse(text);
        REQUIRE(parsed.has_value());
        CHECK_EQ(text_of(*parsed), std::string(text));
    }
}

TEST(decimal_parse_normalises_equal_values) {
    CHECK_EQ(*Decimal::parse("1.50"), *Decimal::parse("+01.5"));
    CHECK_EQ(*Decimal::parse("5."), Decimal::from_units(5));
    CHECK_EQ(*Decimal::parse(".5"), *Decimal::parse("0.5"));
    CHECK_EQ(*Decimal::parse("-0"), Decimal{});
    CHECK_EQ(*Decimal::parse("1.000000000000"), Decimal::from_units(1));
}

TEST(decimal_parse_refuses_what_is_no_number) {
    for (const char* text :
         {"abc", "1e5", "1.2.3", " 1", "1 ", "-", "+", ".", "1,000", "0x10", "NaN", "99999999999999999999x"})
        CHECK_EQ(error_of(text), Error::malformed);
    CHECK_EQ(error_of(""), Error::empty);
}

TEST(decimal_parse_refuses_what_does_not_fit) {
    for (const char* text : {"92233720368.54775808", "12345678901234567890", "0.000000001", "1.123456789",
                             "99999999999999999999999999999999999999"})
        CHECK_EQ(error_of(text), Error::out_of_range);
}

TEST(decimal_format_of_the_smallest_value_fits_its_buffer) {
    const Decimal smallest = Decimal::from_raw(INT64_MIN);
    CHECK_EQ(text_of(smallest), std::string("-92233720368.54775808"));
}

TEST(decimal_multiple_of_step_is_exact) {
    CHECK(Decimal::parse("10.05")->is_multiple_of(*Decimal::parse("0.01")));
    CHECK(!Decimal::parse("10.055")->is_multiple_of(*Decimal::parse("0.01")));
    CHECK(Decimal::parse("10.055")->is_multiple_of(Decimal{}));
}

TEST(product_of_the_largest_values_does_not_overflow) {
    const Decimal largest = Decimal::from_raw(INT64_MAX);
    CHECK(!Product(largest, largest).to_decimal().has_value());
    CHECK_EQ(*Product(*Decimal::parse("10.5"), Decimal::from_units(200)).to_decimal(),
             Decimal::from_units(2100));
}

TEST(product_divided_by_quantity_rounds_half_away_from_zero) {
    const Product third(Decimal::from_units(1), Decimal::from_units(1));
    CHECK_EQ(third.divided_by(Decimal::from_units(3)), *Decimal::parse("0.33333333"));
    const Product two_thirds(Decimal::from_units(2), Decimal::from_units(1));
    CHECK_EQ(two_thirds.divided_by(Decimal::from_units(3)), *Decimal::parse("0.66666667"));
    CHECK_EQ((Product() - two_thirds).divided_by(Decimal::from_units(3)), *Decimal::parse("-0.66666667"));
}

TEST_MAIN
