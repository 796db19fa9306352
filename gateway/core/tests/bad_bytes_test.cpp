// Bytes that are no message, or more of one than is allowed: the answer is the specification's, what comes
// behind them is taken, and no more waits than the largest message has.
#include "engine_fixture.hpp"

using namespace gw;
using namespace gw::session;
using gw::test::config_of;
using gw::test::Driver;
using gw::test::framed;
using gw::test::wire;

namespace {

std::string in_session(const Driver& driver, const std::string& type, std::uint64_t seq,
                       const std::string& body = "") {
    return framed("FIX.4.4", "35=" + type + "|34=" + std::to_string(seq) + "|49=TW|52=<TIME>|56=ISLD|" + body,
                  driver.now_ns);
}

struct LoggedOn : Driver {
    explicit LoggedOn(Config config = config_of(Role::acceptor)) : Driver(std::move(config)) {
        connect();
        in("35=A|34=1|49=TW|52=<TIME>|56=ISLD|98=0|108=30|");
        take();
        notices.clear();
    }
};

// A BodyLength(9) that is a lie: garbled, not answered, does not count; what follows is taken.
void check_passed_over(const std::string& bad) {
    LoggedOn d;
    d.receive(bad);
    CHECK(!d.hung_up);
    CHECK(d.sent.empty());
    CHECK_EQ(d.state().next_in, 2U);
    d.receive(in_session(d, "1", 2, "112=still there|"));
    CHECK_SENT(d, "35=0|34=2|49=ISLD|52=|56=TW|112=still there|");
    CHECK(d.noticed(NoticeKind::garbled));
    CHECK_EQ(d.waiting_bytes(), std::size_t{0});
}

std::string with_body_length(const std::string& length) {
    return wire("8=FIX.4.4|9=" + length + "|35=0|34=2|49=TW|52=20261121-10:00:00|56=ISLD|10=000|");
}

}  // namespace

TEST(body_length_of_2_to_the_31_is_passed_over) {
    check_passed_over(with_body_length("2147483648"));
    check_passed_over(with_body_length("2147483647"));
    check_passed_over(with_body_length("4294967296"));
}

TEST(body_length_negative_is_passed_over) {
    check_passed_over(with_body_length("-1"));
    check_passed_over(with_body_length("-2147483648"));
}

TEST(body_length_of_30_digits_is_passed_over) {
    check_passed_over(with_body_length(std::string(30, '1')));
    check_passed_over(with_body_length(std::string(30, '0')));
}

TEST(body_length_empty_or_no_number_is_passed_over) {
    check_passed_over(with_body_length(""));
    check_passed_over(with_body_length("0x20"));
    check_passed_over(with_body_length("6 "));
}

TEST(body_length_that_never_ends_waits_for_no_more_than_its_digits) {
    LoggedOn d;
    d.receive(wire("8=FIX.4.4|9="));
    for (int i = 0; i < 100'000; ++i) {
        d.receive("1");
        REQUIRE(d.waiting_bytes() < 64);
    }
    CHECK(!d.hung_up);
    d.receive(in_session(d, "1", 2, "112=still there|"));
    CHECK_SENT(d, "35=0|34=2|49=ISLD|52=|56=TW|112=still there|");
}

TEST(message_that_never_ends_waits_for_no_more_than_the_largest) {
    LoggedOn d;
    d.receive(wire("8=FIX.4.4|9=65000|35=B|58="));
    std::size_t most = 0;
    for (int i = 0; i < 300; ++i) {
        d.receive(std::string(1'000, 'x'));
        most = std::max(most, d.waiting_bytes());
    }
    CHECK(most <= fix::message_size_max_default + 1'000);
    CHECK(!d.hung_up);
}

TEST(million_tags_are_passed_over_as_too_large) {
    std::string body = "35=B|34=2|49=TW|52=20261121-10:00:00|56=ISLD|";
    for (int i = 0; i < 1'000'000; ++i) body += "1=1|";
    check_passed_over(framed("FIX.4.4", body, test::start_ns));
}

TEST(million_tags_in_pieces_never_wait_beyond_the_limit) {
    std::string body = "35=B|34=2|49=TW|52=20261121-10:00:00|56=ISLD|";
    for (int i = 0; i < 1'000'000; ++i) body += "1=1|";
    const std::string bytes = framed("FIX.4.4", body, test::start_ns);
    LoggedOn d;
    for (std::size_t at = 0; at < bytes.size(); at += 1'460) {
        d.receive(bytes.substr(at, 1'460));
        REQUIRE(d.waiting_bytes() <= fix::message_size_max_default);
    }
    d.receive(in_session(d, "1", 2, "112=still there|"));
    CHECK_SENT(d, "35=0|34=2|49=ISLD|52=|56=TW|112=still there|");
}

TEST(more_fields_than_allowed_end_the_session_with_a_logout_that_says_so) {
    LoggedOn d;
    // 8, 9, 35, 34, 49, 52, 56 and 10 are eight, 58 is one more.
    std::string body = "58=x|";
    for (std::size_t i = 0; i < fix::fields_max_default - 9; ++i) body += "1=1|";
    d.receive(in_session(d, "0", 2, body));
    CHECK(!d.hung_up);
    CHECK_EQ(d.state().next_in, 3U);
    d.receive(in_session(d, "0", 3, body + "1=1|"));
    CHECK_SENT(d, "35=5|34=2|49=ISLD|52=|56=TW|58=Message has more fields than allowed|");
    CHECK(d.hung_up);
    CHECK_EQ(d.state().next_in, 3U);
}

TEST(message_larger_than_the_session_allows_is_passed_over) {
    engine::Settings settings = test::engine_settings();
    settings.sessions[0].message_size_max = 500;
    test::World w(settings);
    w.up();
    const std::uint64_t expected = w.engine->venue_session(0).protocol.state().next_in;
    w.venue("35=B|148=h|58=" + std::string(500, 'x') + "|", expected);
    CHECK_EQ(w.engine->venue_session(0).protocol.state().next_in, expected);
    CHECK_EQ(w.engine->counters().garbled_in, 1U);
    w.venue("35=B|148=h|58=" + std::string(300, 'x') + "|", expected);
    CHECK_EQ(w.engine->venue_session(0).protocol.state().next_in, expected + 1);
}

TEST(message_split_at_every_byte_is_taken_once) {
    LoggedOn d;
    std::uint64_t seq = 2;
    const std::size_t size = in_session(d, "B", 999,
                                        "148=headline|95=5|96=a\x01"
                                        "b=c|")
                                 .size();
    for (std::size_t cut = 0; cut <= size; ++cut, ++seq) {
        const std::string bytes = in_session(d, "B", seq,
                                             "148=headline|95=5|96=a\x01"
                                             "b=c|");
        d.receive(bytes.substr(0, std::min(cut, bytes.size())));
        d.receive(bytes.substr(std::min(cut, bytes.size())));
        CHECK_EQ(d.state().next_in, seq + 1);
        CHECK_EQ(d.waiting_bytes(), std::size_t{0});
    }
    const std::string bytes = in_session(d, "B", seq, "148=headline|");
    for (const char c : bytes) d.receive({&c, 1});
    CHECK_EQ(d.state().next_in, seq + 1);
    CHECK_EQ(d.delivered.size(), size + 2);
    CHECK(d.sent.empty() && d.notices.empty());
}

// The rest of the message never comes: another follows. Whatever it costs is asked for again.
TEST(message_truncated_at_every_byte_costs_no_message) {
    LoggedOn whole;
    const std::string bytes = in_session(whole, "B", 2, "148=headline|58=some text|");
    for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
        LoggedOn d;
        d.receive(bytes.substr(0, cut));
        CHECK_EQ(d.state().next_in, 2U);
        for (std::uint64_t seq = 3; seq < 6; ++seq)
            d.receive(in_session(d, "B", seq, "148=" + std::to_string(seq) + "|"));
        CHECK(!d.hung_up);
        CHECK_EQ(d.state().next_in, 2U);
        CHECK(d.noticed(NoticeKind::resend_requested));
        // The counterparty resends from what was asked for.
        for (std::uint64_t seq = 2; seq < 6; ++seq)
            d.receive(in_session(d, "B", seq, "43=Y|122=<TIME>|148=" + std::to_string(seq) + "|"));
        CHECK_EQ(d.state().next_in, 6U);
        CHECK_EQ(d.delivered.size(), std::size_t{4});
        CHECK_EQ(d.waiting_bytes(), std::size_t{0});
    }
}

TEST(connection_cut_at_every_byte_changes_nothing) {
    LoggedOn whole;
    const std::string bytes = in_session(whole, "B", 2, "148=headline|58=some text|");
    for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
        LoggedOn d;
        d.receive(bytes.substr(0, cut));
        d.disconnect();
        d.forget_input();
        CHECK_EQ(d.state().next_in, 2U);
        CHECK(d.delivered.empty());
    }
}

TEST(every_byte_changed_to_every_kind_of_byte_breaks_nothing) {
    LoggedOn whole;
    const std::string bytes = in_session(whole, "B", 2, "148=headline|95=3|96=abc|");
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        for (const char c : {'\0', '\x01', '=', '0', '9', '-', '8', 'A', '\x7f', '\xff'}) {
            if (bytes[at] == c) continue;
            std::string changed = bytes;
            changed[at] = c;
            LoggedOn d;
            d.receive(changed);
            CHECK(d.delivered.empty());
            CHECK_EQ(d.state().next_in, 2U);
        }
    }
}

TEST(engine_counts_garbage_and_takes_the_report_behind_it) {
    test::World w;
    w.up();
    const test::Answer order = w.submit("o1");
    const std::uint64_t garbled = w.engine->counters().garbled_in;
    w.deliver(with_body_length("2147483648"));
    w.deliver(with_body_length(std::string(30, '1')));
    w.deliver("rubbish");
    w.report(order.cl_ord_id, "E0", '0', '0', "38=100|14=0|151=100|");
    CHECK(w.engine->counters().garbled_in > garbled);
    CHECK_EQ(w.status(1), std::string("NEW"));
}

TEST_MAIN
