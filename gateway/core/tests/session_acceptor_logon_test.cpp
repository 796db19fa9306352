// Session test case 1S: an acceptor and the first message.
#include "session_acceptor.hpp"

using namespace gw::session;
using namespace gw::test;

TEST(scenario_1s_valid_logon_is_answered_with_the_initiators_interval) {
    Driver s(Role::acceptor);
    s.connect();
    CHECK_SENT(s);
    s.in("35=A|34=1|49=TW|52=<TIME>|56=ISLD|98=0|108=17|");
    CHECK_SENT(s, "35=A|34=1|49=ISLD|52=|56=TW|98=0|108=17|");
    CHECK_EQ(s.state().link, Link::active);
    CHECK_EQ(s.state().next_in, 2U);
    CHECK(s.noticed(NoticeKind::logged_on));
}

TEST(scenario_1s_logon_ahead_is_answered_and_the_gap_requested) {
    Driver s(Role::acceptor);
    s.connect();
    s.in("35=A|34=5|49=TW|52=<TIME>|56=ISLD|98=0|108=30|");
    CHECK_SENT(s, "35=A|34=1|49=ISLD|52=|56=TW|98=0|108=30|", "35=2|34=2|49=ISLD|52=|56=TW|7=1|16=0|");
    CHECK_EQ(s.state().next_in, 1U);
    s.in("35=4|34=1|43=Y|" + h2 + "122=<TIME>|36=5|123=Y|");
    // The Logon itself has its place too.
    CHECK_EQ(s.state().next_in, 6U);
    CHECK_EQ(s.state().inbound, Inbound::in_sync);
}

TEST(scenario_1s_logon_that_is_not_ours_is_dropped_without_a_word) {
    for (const char* logon :
         {"35=A|34=1|49=WT|52=<TIME>|56=ISLD|98=0|108=30|", "35=A|34=1|49=TW|52=<TIME>|56=DLSI|98=0|108=30|",
          "35=A|34=1|49=TW|52=20010101-00:00:00|56=ISLD|98=0|108=30|",
          "35=A|34=1|49=TW|52=<TIME>|56=ISLD|98=0|", "35=A|34=1|49=TW|52=<TIME>|56=ISLD|98=0|108=-1|",
          "35=A|34=1|49=TW|52=<TIME>|56=ISLD|98=1|108=30|", "35=A|49=TW|52=<TIME>|56=ISLD|98=0|108=30|",
          "35=0|34=1|49=TW|52=<TIME>|56=ISLD|", "35=5|34=1|49=TW|52=<TIME>|56=ISLD|"}) {
        Driver s(Role::acceptor);
        s.connect();
        s.in(logon);
        CHECK_SENT(s);
        CHECK(s.hung_up);
        CHECK_EQ(s.state().link, Link::disconnected);
        CHECK(s.delivered.empty());
    }
}

TEST(scenario_1s_garbled_first_message_ends_the_connection) {
    Driver s(Role::acceptor);
    s.connect();
    s.receive(
        gw::test::wire("8=FIX.4.4|9=40|35=A|34=1|49=TW|52=20261121-10:00:00|56=ISLD|98=0|108=30|10=000|"));
    CHECK(s.hung_up);
    CHECK_SENT(s);
}

TEST(scenario_1s_fixt_logon_needs_default_appl_ver_id) {
    Driver s(config_of(Role::acceptor, "FIXT.1.1"));
    s.connect();
    s.in("35=A|34=1|49=TW|52=<TIME>|56=ISLD|98=0|108=30|");
    CHECK(s.hung_up);
    CHECK_SENT(s);
    Driver t(config_of(Role::acceptor, "FIXT.1.1"));
    t.connect();
    t.in("35=A|34=1|49=TW|52=<TIME>|56=ISLD|98=0|108=30|1137=9|");
    CHECK_SENT(t, "35=A|34=1|49=ISLD|52=|56=TW|98=0|108=30|1137=9|");
}

TEST(scenario_1s_no_logon_in_time_ends_the_connection) {
    Driver s(Role::acceptor);
    s.connect();
    s.pass(9 * second);
    CHECK(!s.hung_up);
    s.pass(2 * second);
    CHECK(s.hung_up);
}

TEST(scenario_1s_logon_with_a_low_number_is_told_and_ended) {
    Driver s(Role::acceptor);
    s.session.recover(5, 9);
    s.connect();
    s.in("35=A|34=2|49=TW|52=<TIME>|56=ISLD|98=0|108=30|");
    CHECK_SENT(s, "35=5|34=9|49=ISLD|52=|56=TW|58=MsgSeqNum too low, expecting 5 but received 2|");
    CHECK(s.hung_up);
    CHECK_EQ(s.state().next_in, 5U);
}

TEST_MAIN
