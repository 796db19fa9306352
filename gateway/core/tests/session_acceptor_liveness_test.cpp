// Session test cases 4, 5 and 6, the accepting side: Heartbeat, TestRequest, silence.
#include "session_acceptor.hpp"

using namespace gw::session;
using namespace gw::test;

TEST(scenario_4a_heartbeat_is_sent_when_nothing_else_was) {
    Acceptor s(config_of(Role::acceptor), "6");
    s.pass(6 * second - 1);
    CHECK_SENT(s);
    s.pass(1);
    CHECK_SENT(s, "35=0|34=2|49=ISLD|52=|56=TW|");
}

TEST(scenario_4b_test_request_is_answered_with_its_id) {
    Acceptor s;
    s.in("35=1|34=2|" + h2 + "112=HELLO|");
    CHECK_SENT(s, "35=0|34=2|49=ISLD|52=|56=TW|112=HELLO|");
    s.in("35=1|34=3|" + h2);
    CHECK_SENT(s, "35=3|34=3|49=ISLD|52=|56=TW|45=3|58=Required tag missing|371=112|372=1|373=1|");
}

TEST(scenario_5_heartbeat_that_answers_measures_the_round_trip) {
    Acceptor s(config_of(Role::acceptor), "10");
    s.pass(12 * second);
    CHECK_SENT(s, "35=0|34=2|49=ISLD|52=|56=TW|", "35=1|34=3|49=ISLD|52=|56=TW|112=3|");
    s.now_ns += second / 2;
    s.in(heartbeat(2, "112=3|"));
    CHECK_EQ(s.state().liveness, Liveness::quiet);
    REQUIRE(s.noticed(NoticeKind::round_trip));
    CHECK_EQ(s.notices.back().a, static_cast<std::uint64_t>(second / 2));
}

TEST(scenario_6_silence_is_asked_about_and_then_ended) {
    Config config = config_of(Role::acceptor);
    config.test_req_id = "TEST";
    Acceptor s(std::move(config), "6");
    s.pass(6 * second);
    s.in(heartbeat(2));
    s.pass(6 * second);
    CHECK_SENT(s, "35=0|34=2|49=ISLD|52=|56=TW|", "35=0|34=3|49=ISLD|52=|56=TW|");
    s.pass(1'200'000'000);
    CHECK_SENT(s, "35=1|34=4|49=ISLD|52=|56=TW|112=TEST|");
    s.in(heartbeat(3, "112=TEST|"));
    s.pass(7'200'000'000);
    CHECK_SENT(s, "35=0|34=5|49=ISLD|52=|56=TW|", "35=1|34=6|49=ISLD|52=|56=TW|112=TEST|");
    CHECK(!s.hung_up);
    s.pass(7'200'000'000);
    CHECK_SENT(s);
    CHECK(s.hung_up);
    CHECK(s.noticed(NoticeKind::test_request_timeout));
}

TEST(scenario_6_no_interval_means_no_heartbeats) {
    Acceptor s(config_of(Role::acceptor), "0");
    CHECK_EQ(s.session.next_deadline_ns(), Session::never_ns);
    s.pass(3600 * second);
    CHECK_SENT(s);
    CHECK(!s.hung_up);
}

TEST_MAIN

TEST(clock_that_is_set_back_holds_up_no_heartbeat) {
    Acceptor s(config_of(Role::acceptor), "6");
    s.pass(3 * second);
    s.now_ns -= 600 * second;
    CHECK(s.session.is_tick_due(s.now_ns));
    s.tick();
    CHECK_SENT(s);
    CHECK(!s.session.is_tick_due(s.now_ns));
    s.pass(6 * second);
    CHECK_SENT(s, "35=0|34=2|49=ISLD|52=|56=TW|");
}

TEST(clock_that_is_set_back_holds_up_no_question_about_silence) {
    Acceptor s(config_of(Role::acceptor), "6");
    s.now_ns -= 600 * second;
    s.tick();
    s.pass(7'200'000'000);
    CHECK_SENT(s, "35=0|34=2|49=ISLD|52=|56=TW|", "35=1|34=3|49=ISLD|52=|56=TW|112=3|");
    s.now_ns -= 600 * second;
    s.tick();
    CHECK(!s.hung_up);
    s.pass(7'200'000'000);
    CHECK(s.hung_up);
}
