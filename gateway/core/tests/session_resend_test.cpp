// Answers to a ResendRequest (session test case 8) and requests of our own in chunks.
#include "session_fixture.hpp"

using namespace gw::session;
using gw::test::config_of;
using gw::test::Driver;
using gw::test::second;

namespace {

const std::string h2 = "49=TW|52=<TIME>|56=ISLD|";

struct Acceptor : Driver {
    explicit Acceptor(Config config = config_of(Role::acceptor), Ports ports = {})
        : Driver(std::move(config), ports) {
        connect();
        in("35=A|34=1|" + h2 + "98=0|108=0|");
        sent.clear();
    }
    int seq = 2;
    void test_request() { in("35=1|34=" + std::to_string(seq++) + "|" + h2 + "112=HELLO|"); }
    void order(const std::string& symbol) { send("D", {{11, "ID"}, {55, symbol}}); }
    void ask(const std::string& begin, const std::string& end) {
        sent.clear();
        in("35=2|34=" + std::to_string(seq++) + "|" + h2 + "7=" + begin + "|16=" + end + "|");
    }
};

std::string resent(int number, const std::string& body) {
    return "35=D|34=" + std::to_string(number) + "|43=Y|49=ISLD|52=|56=TW|122=|" + body;
}

std::string fill(int from, int to) {
    return "35=4|34=" + std::to_string(from) + "|43=Y|49=ISLD|52=|56=TW|122=|36=" + std::to_string(to) +
           "|123=Y|";
}

}  // namespace

TEST(scenario_8_admin_messages_are_merged_into_one_gap_fill) {
    Acceptor s;
    for (int i = 0; i < 3; ++i) s.test_request();
    s.ask("1", "4");
    CHECK_SENT(s, fill(1, 5));
    s.ask("1", "0");
    CHECK_SENT(s, fill(1, 5));
}

TEST(scenario_8_orders_are_sent_again_with_admin_messages_filled) {
    Acceptor s;
    for (int i = 0; i < 3; ++i) s.test_request();  // 2 to 4
    s.order("INTC");                               // 5
    s.order("CDG");                                // 6
    s.test_request();                              // 7
    s.test_request();                              // 8
    s.order("IVP");                                // 9
    const std::string intc = resent(5, "11=ID|55=INTC|");
    const std::string cdg = resent(6, "11=ID|55=CDG|");
    const std::string ivp = resent(9, "11=ID|55=IVP|");
    s.ask("2", "4");
    CHECK_SENT(s, fill(2, 5));
    s.ask("2", "6");
    CHECK_SENT(s, fill(2, 5), intc, cdg);
    s.ask("2", "8");
    CHECK_SENT(s, fill(2, 5), intc, cdg, fill(7, 9));
    for (const char* end : {"9", "0", "5000"}) {
        s.ask("2", end);
        CHECK_SENT(s, fill(2, 5), intc, cdg, fill(7, 9), ivp);
    }
    s.test_request();
    CHECK_SENT(s, "35=0|34=10|49=ISLD|52=|56=TW|112=HELLO|");
    s.ask("9", "0");
    CHECK_SENT(s, ivp, fill(10, 11));
}

TEST(scenario_8_request_up_to_999999_means_all_in_the_old_versions) {
    Config config = config_of(Role::acceptor, "FIX.4.0");
    Acceptor s(std::move(config));
    s.order("INTC");
    s.ask("1", "999999");
    CHECK_SENT(s, fill(1, 2), resent(2, "11=ID|55=INTC|"));
}

TEST(scenario_8_resent_message_keeps_its_body_header_and_original_time) {
    Acceptor s;
    const HeaderField header[] = {{97, "Y"}, {115, "client"}, {128, "to"}, {9001, "venue"}};
    Config config = config_of(Role::acceptor);
    config.header_tags = {9001};
    Acceptor t(std::move(config));
    t.send("D",
           {{11, "ID"},
            {95, "4"},
            {96, std::string("a\x01"
                             "b\x01",
                             4)},
            {58, "text"}},
           header);
    const std::string original = t.sent[0];
    t.now_ns += 90 * second;
    t.ask("2", "2");
    REQUIRE(t.sent.size() == 1);
    const std::string copy = t.sent[0];
    gw::fix::MessageBuffer<> message;
    REQUIRE(message.parse(copy) == gw::fix::ParseError::none);
    CHECK_EQ(message.get(122).value(), "20261121-10:00:00.000");
    CHECK_EQ(message.get(52).value(), "20261121-10:01:30.000");
    CHECK_SENT(t,
               "35=D|34=2|43=Y|49=ISLD|52=|56=TW|97=Y|115=client|122=|128=to|9001=venue|11=ID|95=4|96=a|b||"
               "58=text|");
    // Again: the copy is made from what was first sent, not from a copy.
    t.ask("2", "2");
    gw::fix::MessageBuffer<> again;
    REQUIRE(again.parse(t.sent[0]) == gw::fix::ParseError::none);
    CHECK_EQ(again.get(122).value(), "20261121-10:00:00.000");
}

TEST(scenario_8_resent_after_the_clock_was_set_back_is_not_older_than_its_copy) {
    Acceptor s;
    s.order("INTC");
    s.now_ns -= 90 * second;
    s.ask("2", "2");
    REQUIRE(s.sent.size() == 1);
    gw::fix::MessageBuffer<> message;
    REQUIRE(message.parse(s.sent[0]) == gw::fix::ParseError::none);
    CHECK_EQ(message.get(52).value(), "20261121-09:58:30.000");
    CHECK_EQ(message.get(122).value(), "20261121-09:58:30.000");
}

TEST(scenario_8_resent_messages_take_no_new_number) {
    Acceptor s;
    s.order("INTC");
    const std::uint64_t before = s.state().next_out;
    s.ask("1", "0");
    for (const OutboundMessage& message : s.step.outbound()) CHECK(!message.takes_sequence());
    CHECK_EQ(s.state().next_out, before);
}

TEST(scenario_8_reject_is_sent_again_and_not_filled) {
    Acceptor s;
    s.in("35=0|34=2|49=TW|52=<TIME>|56=|");  // 2 is a Reject
    s.seq = 3;
    s.ask("1", "0");
    CHECK_SENT(
        s, fill(1, 2),
        "35=3|34=2|43=Y|49=ISLD|52=|56=TW|122=|45=2|58=Tag specified without a value|371=56|372=0|373=4|");
}

TEST(resend_of_a_range_that_was_never_sent_is_rejected) {
    Acceptor s;
    s.order("INTC");
    s.ask("4", "0");
    CHECK_SENT(s,
               "35=3|34=3|49=ISLD|52=|56=TW|45=2|58=Value is incorrect (out of range) for this "
               "tag|371=7|372=2|373=5|");
    s.ask("3", "2");
    CHECK_SENT(s,
               "35=3|34=4|49=ISLD|52=|56=TW|45=3|58=Value is incorrect (out of range) for this "
               "tag|371=16|372=2|373=5|");
    // The next number that we shall send: there is nothing to say, and nothing wrong.
    s.ask("5", "0");
    CHECK_SENT(s);
    CHECK_EQ(s.state().next_in, 5U);
}

TEST(resend_with_a_malformed_range_is_rejected) {
    Acceptor s;
    s.ask("x", "0");
    CHECK_SENT(s,
               "35=3|34=2|49=ISLD|52=|56=TW|45=2|58=Value is incorrect (out of range) for this "
               "tag|371=7|372=2|373=5|");
    s.in("35=2|34=3|" + h2 + "7=1|");
    CHECK_SENT(s, "35=3|34=3|49=ISLD|52=|56=TW|45=3|58=Required tag missing|371=16|372=2|373=1|");
}

TEST(resend_with_a_low_number_is_still_answered) {
    Acceptor s;
    s.order("INTC");
    s.in("35=2|34=1|" + h2 + "7=2|16=0|");
    const auto sent = s.take();
    CHECK_EQ(sent.back(), resent(2, "11=ID|55=INTC|"));
    CHECK(!s.hung_up);
    CHECK_EQ(s.state().next_in, 2U);
}

TEST(resend_of_a_message_that_the_store_lost_is_filled) {
    Acceptor s;
    s.order("INTC");
    s.order("CDG");
    s.store.sent.erase(2);
    s.ask("2", "0");
    CHECK_SENT(s, fill(2, 3), resent(3, "11=ID|55=CDG|"));
    CHECK(s.noticed(NoticeKind::resend_unavailable));
}

TEST(resend_of_a_stale_order_is_filled_and_reported) {
    struct Fresh : ResendPolicy {
        [[nodiscard]] bool may_resend(const gw::fix::Message& message, std::int64_t sent_at,
                                      std::int64_t now) const override {
            return message.msg_type() != "D" || now - sent_at < 30 * second;
        }
    } fresh;
    Acceptor s(config_of(Role::acceptor), {.resend_policy = &fresh});
    s.order("OLD");
    s.test_request();
    s.order("OLD");
    s.send("8", {{17, "fill"}});
    s.now_ns += 60 * second;
    s.order("NEW");
    s.ask("2", "0");
    CHECK_SENT(s, fill(2, 5), "35=8|34=5|43=Y|49=ISLD|52=|56=TW|122=|17=fill|", resent(6, "11=ID|55=NEW|"));
    CHECK_EQ(s.count(NoticeKind::not_resent), 2);
}

TEST(resend_is_paced_and_goes_on_by_ticks) {
    Config config = config_of(Role::acceptor);
    config.replay_messages_per_step = 3;
    Acceptor s(std::move(config));
    for (int i = 0; i < 8; ++i) s.order("X");  // 2 to 9
    s.ask("1", "0");
    CHECK_EQ(s.sent.size(), 3U);
    CHECK(s.session.replay_pending());
    CHECK(s.session.next_deadline_ns() <= s.now_ns);
    // A new message may go out between two slices.
    CHECK(s.send("D", {{11, "live"}}));
    s.tick();
    s.tick();
    CHECK(!s.session.replay_pending());
    const auto sent = s.take();
    REQUIRE(sent.size() == 10);
    CHECK_EQ(sent[0], fill(1, 2));
    CHECK_EQ(sent[3], "35=D|34=10|49=ISLD|52=|56=TW|11=live|");
    CHECK_EQ(sent[9], resent(9, "11=ID|55=X|"));
}

TEST(resend_gap_fill_grows_across_slices) {
    Config config = config_of(Role::acceptor);
    config.replay_messages_per_step = 2;
    Acceptor s(std::move(config));
    for (int i = 0; i < 6; ++i) s.test_request();
    s.order("X");
    s.ask("1", "0");
    while (s.session.replay_pending()) s.tick();
    CHECK_SENT(s, fill(1, 8), resent(8, "11=ID|55=X|"));
}

TEST(resend_asked_for_twice_at_once_covers_both_ranges) {
    Config config = config_of(Role::acceptor);
    config.replay_messages_per_step = 1;
    Acceptor s(std::move(config));
    for (int i = 0; i < 6; ++i) s.order("X");  // 2 to 7
    s.ask("2", "4");
    s.in("35=2|34=" + std::to_string(s.seq++) + "|" + h2 + "7=5|16=7|");
    while (s.session.replay_pending()) s.tick();
    std::vector<bool> seen(8);
    for (const std::string& text : s.take()) seen[static_cast<std::size_t>(text[8] - '0')] = true;
    for (std::size_t number = 2; number < 8; ++number) CHECK(seen[number]);
}

TEST(resend_larger_than_a_step_waits_for_the_next) {
    Acceptor s;
    const std::string large(60'000, 'x');
    for (int i = 0; i < 8; ++i) s.send("B", {{148, large}});  // 480 kB in all
    s.ask("2", "9");
    CHECK(s.session.replay_pending());
    while (s.session.replay_pending()) s.tick();
    CHECK_EQ(s.sent.size(), 8U);
    CHECK(!s.noticed(NoticeKind::resend_unavailable));
}

TEST(gap_is_requested_in_chunks_where_configured) {
    Config config = config_of(Role::acceptor);
    config.resend_chunk = 4;
    Acceptor s(std::move(config));
    const auto heartbeat = [&](int number) { s.in("35=0|34=" + std::to_string(number) + "|" + h2); };
    heartbeat(12);
    CHECK_SENT(s, "35=2|34=2|49=ISLD|52=|56=TW|7=2|16=5|");
    for (int number = 2; number < 6; ++number) heartbeat(number);
    CHECK_SENT(s, "35=2|34=3|49=ISLD|52=|56=TW|7=6|16=9|");
    s.in("35=4|34=6|43=Y|" + h2 + "122=<TIME>|36=10|123=Y|");
    CHECK_SENT(s, "35=2|34=4|49=ISLD|52=|56=TW|7=10|16=11|");
    heartbeat(10);
    heartbeat(11);
    CHECK_SENT(s);
    CHECK_EQ(s.state().next_in, 13U);
    CHECK_EQ(s.state().inbound, Inbound::in_sync);
}

TEST(next_expected_msg_seq_num_replaces_the_resend_request) {
    Config config = config_of(Role::acceptor);
    config.next_expected_msg_seq_num = true;
    Driver s(std::move(config));
    s.session.recover(3, 2);
    s.store.sent[1] = {"lost", 0, true};
    s.connect();
    s.in("35=A|34=5|" + h2 + "98=0|108=0|789=1|");
    // We say what we expect; they lack our 1, and our Logon for them lies ahead of it.
    CHECK_SENT(s, "35=A|34=2|49=ISLD|52=|56=TW|98=0|108=0|789=3|", fill(1, 3));
    CHECK_EQ(s.state().inbound, Inbound::recovering);
    s.in("35=4|34=3|43=Y|" + h2 + "122=<TIME>|36=6|123=Y|");
    CHECK_EQ(s.state().next_in, 6U);
    CHECK_EQ(s.state().inbound, Inbound::in_sync);
}

TEST(next_expected_msg_seq_num_beyond_what_was_sent_ends_the_session) {
    Config config = config_of(Role::acceptor);
    config.next_expected_msg_seq_num = true;
    Driver s(std::move(config));
    s.connect();
    s.in("35=A|34=1|" + h2 + "98=0|108=0|789=9|");
    CHECK_SENT(
        s,
        "35=5|34=1|49=ISLD|52=|56=TW|58=NextExpectedMsgSeqNum too high, expecting at most 1 but received 9|");
    CHECK(s.hung_up);
}

TEST_MAIN
