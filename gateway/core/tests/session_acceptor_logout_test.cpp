// Session test cases 12 and 13, the accepting side: Logout.
#include "session_acceptor.hpp"

using namespace gw::session;
using namespace gw::test;

TEST(scenario_12_logout_that_we_begin_waits_for_its_answer) {
    Acceptor s;
    s.session.decide_logout("end of day", s.now_ns, s.step);
    s.commit();
    CHECK_SENT(s, "35=5|34=2|49=ISLD|52=|56=TW|58=end of day|");
    CHECK(!s.hung_up);
    CHECK(!s.send("D", {{11, "x"}}));
    // A fill that is on its way still counts.
    s.in(order(2));
    CHECK_EQ(s.delivered.size(), 1U);
    s.in("35=5|34=3|" + h2);
    CHECK(s.hung_up);
    CHECK_SENT(s);
    CHECK_EQ(s.state().next_in, 4U);
}

TEST(scenario_13a_logout_without_answer_ends_after_its_timeout) {
    Acceptor s;
    s.session.decide_logout({}, s.now_ns, s.step);
    s.commit();
    s.pass(2 * second - 1);
    CHECK(!s.hung_up);
    s.pass(1);
    CHECK(s.hung_up);
}

TEST(scenario_13b_unsolicited_logout_is_answered_and_ended) {
    Acceptor s;
    s.in("35=5|34=2|" + h2);
    CHECK_SENT(s, "35=5|34=2|49=ISLD|52=|56=TW|");
    CHECK(s.hung_up);
    CHECK_EQ(s.state().next_in, 3U);
    CHECK_EQ(s.state().next_out, 3U);
    CHECK(s.noticed(NoticeKind::logged_out));
}

TEST(scenario_13b_logout_ahead_of_a_gap_is_answered_and_not_counted) {
    Acceptor s;
    s.in("35=5|34=11|" + h2);
    const auto sent = s.take();
    REQUIRE(!sent.empty());
    CHECK_EQ(sent.back(), "35=5|34=2|49=ISLD|52=|56=TW|");
    CHECK_EQ(sent.size(), 1U);
    CHECK(s.hung_up);
    CHECK_EQ(s.state().next_in, 2U);
}

TEST_MAIN
