// Who may wait at the door.
#include "net/admission.hpp"

#include "check.hpp"
#include "net/address.hpp"

using namespace gw::net;

namespace {

constexpr std::int64_t second = 1'000'000'000;

std::string address(unsigned number) {
    return "10.0." + std::to_string(number / 256) + "." + std::to_string(number % 256);
}

}  // namespace

TEST(connections_of_one_address_are_bounded_and_others_get_in) {
    Admission door({10, 2, 100, 1000, 1000});
    CHECK(door.enter("10.0.0.1", 0) == Refusal::none);
    CHECK(door.enter("10.0.0.1", 0) == Refusal::none);
    CHECK(door.enter("10.0.0.1", 0) == Refusal::too_many_of_address);
    CHECK(door.enter("10.0.0.2", 0) == Refusal::none);
    door.leave("10.0.0.1");
    CHECK(door.enter("10.0.0.1", 0) == Refusal::none);
    CHECK_EQ(door.waiting(), 3U);
}

TEST(connections_in_total_are_bounded) {
    Admission door({3, 2, 100, 1000, 1000});
    for (unsigned at = 0; at < 3; ++at) CHECK(door.enter(address(at), 0) == Refusal::none);
    CHECK(door.enter(address(3), 0) == Refusal::too_many_waiting);
    CHECK_EQ(door.waiting(), 3U);
}

TEST(pace_of_an_address_is_bounded_and_recovers_with_time) {
    Admission door({100, 100, 60, 1000, 1000});
    for (unsigned at = 0; at < 60; ++at) {
        CHECK(door.enter("10.0.0.1", 0) == Refusal::none);
        door.leave("10.0.0.1");
    }
    CHECK(door.enter("10.0.0.1", 0) == Refusal::too_fast);
    CHECK(door.enter("10.0.0.2", 0) == Refusal::none);
    CHECK(door.enter("10.0.0.1", second + second / 10) == Refusal::none);  // one a second
    CHECK(door.enter("10.0.0.1", second + second / 10) == Refusal::too_fast);
}

TEST(addresses_of_one_ipv6_network_count_as_one) {
    Admission door({10, 1, 100, 1000, 1000});
    CHECK(door.enter("2001:db8::1", 0) == Refusal::none);
    CHECK(door.enter("2001:db8::2", 0) == Refusal::too_many_of_address);
    CHECK(door.enter("2001:db8:0:1::1", 0) == Refusal::none);
    door.leave("2001:db8::77");
    CHECK(door.enter("2001:db8::2", 0) == Refusal::none);
}

TEST(memory_of_addresses_is_bounded) {
    Admission door({100'000, 10, 2, 1000, 1000});
    for (unsigned at = 0; at < Admission::addresses_max; ++at) {
        CHECK(door.enter(address(at), 0) == Refusal::none);
        door.leave(address(at));
    }
    CHECK(door.enter("192.0.2.1", 0) == Refusal::too_fast);
    CHECK(door.enter("192.0.2.1", 61 * second) == Refusal::none);  // the others are at rest again
}

TEST(address_ranges_hold_what_is_in_them) {
    const auto range = AddressRange::parse("192.0.2.128/25");
    REQUIRE(range.has_value());
    CHECK(range->holds("192.0.2.129"));
    CHECK(!range->holds("192.0.2.127"));
    CHECK(!range->holds("2001:db8::1"));
    const auto one = AddressRange::parse("2001:db8::7");
    REQUIRE(one.has_value());
    CHECK(one->holds("2001:db8:0::7"));
    CHECK(!one->holds("2001:db8::8"));
    CHECK(AddressRange::parse("0.0.0.0/0")->holds("203.0.113.9"));
    for (const char* wrong : {"", "x", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8x", "10.0.0.0/-1", "::/129"})
        CHECK(!AddressRange::parse(wrong).has_value());
}

TEST_MAIN
