// Session test cases 10 and 11, the accepting side: SequenceReset.
#include "session_acceptor.hpp"

using namespace gw::session;
using namespace gw::test;

TEST(scenario_10_gap_fill_in_sequence_moves_the_number) {
    Acceptor s;
    s.in("35=4|34=2|" + h2 + "36=20|123=Y|");
    s.in("35=1|34=20|" + h2 + "112=HELLO|");
    CHECK_SENT(s, "35=0|34=2|49=ISLD|52=|56=TW|112=HELLO|");
}

TEST(scenario_10_gap_fill_ahead_is_kept_and_the_gap_requested) {
    Acceptor s;
    s.in("35=4|34=10|" + h2 + "36=20|123=Y|");
    s.in("35=1|34=20|" + h2 + "112=HELLO|");
    CHECK_SENT(s, "35=2|34=2|49=ISLD|52=|56=TW|7=2|16=0|");
    for (int seq = 2; seq < 10; ++seq) s.in(heartbeat(seq));
    CHECK_SENT(s, "35=0|34=3|49=ISLD|52=|56=TW|112=HELLO|");
    CHECK_EQ(s.state().next_in, 21U);
}

TEST(scenario_10_gap_fill_that_is_low_is_ignored_or_ends_the_session) {
    Acceptor s;
    s.in("35=4|34=1|43=Y|" + h2 + "122=<TIME-1>|36=20|123=Y|");
    CHECK_EQ(s.state().next_in, 2U);
    CHECK_SENT(s);
    s.in("35=4|34=1|" + h2 + "36=20|123=Y|");
    CHECK_SENT(s, "35=5|34=2|49=ISLD|52=|56=TW|58=MsgSeqNum too low, expecting 2 but received 1|");
    CHECK(s.hung_up);
}

TEST(scenario_10_gap_fill_that_does_not_move_is_rejected) {
    for (const char* new_seq_no : {"2", "1", "-5", "0", "99999999999999999999"}) {
        Acceptor s;
        s.in("35=4|34=2|" + h2 + "36=" + new_seq_no + "|123=Y|");
        const auto sent = s.take();
        REQUIRE(sent.size() == 1);
        CHECK(sent[0].starts_with("35=3|34=2|"));
        CHECK_EQ(s.state().next_in, 2U);
    }
}

TEST(scenario_11a_reset_to_a_higher_number_is_taken_whatever_its_own) {
    Acceptor s;
    s.in("35=4|34=0|" + h2 + "36=25|");
    s.in("35=1|34=25|" + h2 + "112=HELLO|");
    CHECK_SENT(s, "35=0|34=2|49=ISLD|52=|56=TW|112=HELLO|");
    s.in("35=4|34=700|" + h2 + "36=50|123=N|");
    CHECK_EQ(s.state().next_in, 50U);
    CHECK(s.noticed(NoticeKind::sequence_reset_in));
}

TEST(scenario_11b_reset_to_the_expected_number_changes_nothing) {
    Acceptor s;
    s.in("35=4|34=0|" + h2 + "36=2|");
    CHECK_SENT(s);
    CHECK_EQ(s.state().next_in, 2U);
}

TEST(scenario_11c_reset_to_a_lower_number_is_rejected) {
    Acceptor s;
    s.in("35=4|34=0|" + h2 + "36=1|");
    CHECK_SENT(
        s, "35=3|34=2|49=ISLD|52=|56=TW|45=0|58=Value is incorrect (out of range) for this tag|372=4|373=5|");
    CHECK_EQ(s.state().next_in, 2U);
}

TEST(scenario_11_reset_over_a_kept_order_still_delivers_it) {
    Acceptor s;
    s.in(order(5));
    s.in("35=4|34=0|" + h2 + "36=9|");
    CHECK_EQ(s.delivered_seqs, (std::vector<std::uint64_t>{5}));
    CHECK(s.noticed(NoticeKind::overtaken));
    CHECK_EQ(s.state().next_in, 9U);
    CHECK_EQ(s.state().inbound, Inbound::in_sync);
    CHECK_EQ(s.session.kept_count(), 0U);
}

TEST_MAIN
