#include <memory>
#include <vector>

#include "check.hpp"
#include "fix/encoder.hpp"
#include "fix/message.hpp"
#include "fix/secrets.hpp"

using namespace gw::fix;
using gw::Decimal;
using gw::test::shown;
using gw::test::wire;

namespace {

std::string_view encode(std::span<char> buffer) {
    Encoder out(buffer, "FIX.4.4", "D");
    out.field<34>(7).field<49>("SENDER").field(56, "TARGET").field<44>(Decimal::parse("12.5").value());
    out.field(38, Decimal::parse("100").value())
        .field<54>('1')
        .field(43, true)
        .field(9999, -5)
        .field<7>(~0ULL);
    out.field<52>(UtcTimestamp{1795255200123000000});
    return out.finish();
}

constexpr std::string_view expected =
    "8=FIX.4.4|9=120|35=D|34=7|49=SENDER|56=TARGET|44=12.5|38=100|54=1|43=Y|9999=-5|"
    "7=18446744073709551615|52=20261121-10:00:00.123|";

}  // namespace

TEST(encode_message_has_length_and_check_sum) {
    char buffer[512];
    const std::string_view text = encode(buffer);
    std::string head(shown(text).substr(0, text.size() - 7));
    head.replace(head.find("|9=") + 3, head.find("|35=") - head.find("|9=") - 3, "120");
    CHECK_EQ(head, std::string(expected));
    MessageBuffer<32> message;
    CHECK_EQ(message.parse(text), ParseError::none);
    CHECK_EQ(message.get_int(9999).value(), -5);
}

TEST(encode_into_every_size_of_buffer_never_writes_past_its_end) {
    char large[512];
    const std::string whole(encode(large));
    bool fitted = false;
    for (std::size_t size = 0; size < 256; ++size) {
        // Guard bytes behind the buffer, and an exact allocation for the address sanitizer.
        std::vector<char> bytes(size + 16, '#');
        const std::string_view text = encode(std::span(bytes).first(size));
        for (std::size_t i = size; i < bytes.size(); ++i) REQUIRE(bytes[i] == '#');
        CHECK(text.empty() || text == whole);
        CHECK(!fitted || !text.empty());
        fitted = fitted || !text.empty();
        const auto exact = std::make_unique<char[]>(size + 1);
        CHECK_EQ(encode({exact.get(), size}).empty(), text.empty());
    }
    CHECK(fitted);
}

TEST(encode_after_overflow_stays_overflowed) {
    char buffer[48];
    Encoder out(buffer, "FIX.4.4", "0");
    out.field(58, std::string(100, 'x')).field<34>("1");
    CHECK(out.overflowed());
    CHECK(out.finish().empty());
    Encoder closed;
    closed.field(1, "x").raw("y");
    CHECK(closed.finish().empty());
}

TEST(encode_text_of_every_length_is_exact) {
    for (std::size_t size = 0; size < 100; ++size) {
        std::string value;
        for (std::size_t i = 0; i < size; ++i) value += static_cast<char>('a' + i % 26);
        char buffer[256];
        Encoder out(buffer, "FIX.4.2", "B");
        out.field<58>(std::string_view(value)).field(148, value);
        MessageBuffer<16> message;
        REQUIRE(message.parse(out.finish()) == ParseError::none);
        CHECK_EQ(message.get(58).value(), value);
        CHECK_EQ(message.get(148).value(), value);
    }
}

TEST(encode_integers_of_every_width_are_exact) {
    std::uint64_t value = 1;
    for (int digits = 1; digits <= 19; ++digits, value *= 10) {
        for (const std::uint64_t v : {value - 1, value, value + 1}) {
            char buffer[256];
            Encoder out(buffer, "FIX.4.2", "B");
            out.field<34>(v).field(36, -static_cast<std::int64_t>(v));
            MessageBuffer<16> message;
            REQUIRE(message.parse(out.finish()) == ParseError::none);
            CHECK_EQ(message.get(34).value(), std::to_string(v));
            CHECK_EQ(message.get(36).value(), std::to_string(-static_cast<std::int64_t>(v)));
        }
    }
}

TEST(redact_logon_hides_the_secrets_and_still_parses) {
    char buffer[512];
    Encoder out(buffer, "FIX.4.4", "A");
    out.field<34>(1)
        .field<95>(3)
        .field(96, std::string_view("a\x01z", 3))
        .field<553>("user")
        .field<554>("hunter2");
    out.field<925>("next").field<5999>("token");
    const std::string original(out.finish());
    std::vector<char> copy(original.size());
    const std::uint32_t extra[] = {5999};
    const std::string_view redacted = redact(original, copy, extra);
    MessageBuffer<32> message;
    REQUIRE(message.parse(redacted) == ParseError::none);
    CHECK_EQ(message.get(96).value(), "***");
    CHECK_EQ(message.get(553).value(), "user");
    CHECK_EQ(message.get(554).value(), "*******");
    CHECK_EQ(message.get(925).value(), "****");
    CHECK_EQ(message.get(5999).value(), "*****");
}

TEST(redact_message_without_secrets_leaves_it_as_it_is) {
    const std::string original = wire("8=FIX.4.4|9=10|35=0|34=2|10=999|");
    std::vector<char> copy(original.size());
    CHECK_EQ(redact(original, copy), original);
    CHECK_EQ(redact("", {}), "");
}

TEST(redact_bytes_that_do_not_parse_hides_all_that_follows_the_tag) {
    for (const char* text : {"554=secret", "|554=secret|", "95=4000|96=secret|10=secret", "95=x|96=secret"}) {
        const std::string original = wire(text);
        std::vector<char> copy(original.size());
        CHECK_EQ(redact(original, copy).find("secret"), std::string_view::npos);
    }
}

TEST_MAIN
