// Resets that are cut off before the counterparty's agreement is known.
#include "session_both_roles.hpp"

using namespace gw::session;
using namespace gw::test;

namespace {

// An acceptor that expects 5, has asked for a reset and lost the connection.
struct CutOff : LoggedOn {
    CutOff() : LoggedOn(config_of(Role::acceptor)) {
        for (int seq = 2; seq < 5; ++seq) receive_message("0", seq);
        send("8", {{11, "x"}});
        sent.clear();
        session.decide_reset(now_ns, step);
        commit();
        CHECK_SENT(*this, ours("A", 1, "98=0|108=30|141=Y|"));
        disconnect();
        connect();
    }
};

}  // namespace

TEST(reset_that_did_not_arrive_is_asked_for_in_the_acceptors_answer) {
    CutOff s;
    s.in("35=A|34=6|" + s.p + "98=0|108=30|");
    CHECK_SENT(s, s.ours("A", 1, "98=0|108=30|141=Y|"));
    CHECK(!Session::can_send(s.state()));
    s.in("35=A|34=1|" + s.p + "98=0|108=30|141=Y|");
    CHECK_SENT(s);
    CHECK_EQ(s.state().next_in, 2U);
    CHECK_EQ(s.state().next_out, 2U);
    CHECK(Session::can_send(s.state()));
}

TEST(reset_whose_answer_was_lost_goes_on_from_the_new_numbers) {
    CutOff s;
    // It counts anew: number 1 was its agreement, 2 an order, both lost with the connection.
    s.in("35=A|34=3|" + s.p + "98=0|108=30|");
    CHECK_SENT(s, s.ours("A", 2, "98=0|108=30|"), s.ours("2", 3, "7=2|16=0|"));
    s.receive_order(2, "43=Y|", "122=<TIME>|");
    CHECK_EQ(s.delivered_seqs, (std::vector<std::uint64_t>{2}));
    CHECK_EQ(s.state().next_in, 4U);
}

TEST(reset_that_is_cut_off_is_met_by_the_counterpartys_own) {
    CutOff s;
    s.in("35=A|34=1|" + s.p + "98=0|108=30|141=Y|");
    CHECK_SENT(s, s.ours("A", 1, "98=0|108=30|141=Y|"));
    CHECK_EQ(s.state().next_in, 2U);
    CHECK_EQ(s.state().next_out, 2U);
    CHECK(!s.state().reset_next_logon);
}

TEST(reset_that_is_cut_off_survives_a_restart) {
    CutOff before;
    Driver s(config_of(Role::acceptor));
    s.session.recover(before.state().next_in, before.state().next_out, before.state().reset_next_logon);
    s.connect();
    s.in("35=A|34=9|49=TW|52=<TIME>|56=ISLD|98=0|108=30|");
    CHECK_SENT(s, "35=A|34=1|49=ISLD|52=|56=TW|98=0|108=30|141=Y|");
}

TEST(reset_of_an_acceptor_that_is_logged_out_is_asked_for_at_the_next_logon) {
    Driver s(config_of(Role::acceptor));
    s.session.recover(7, 9);
    s.session.decide_reset(s.now_ns, s.step);
    s.commit();
    s.connect();
    s.in("35=A|34=7|49=TW|52=<TIME>|56=ISLD|98=0|108=30|");
    CHECK_SENT(s, "35=A|34=1|49=ISLD|52=|56=TW|98=0|108=30|141=Y|");
}

TEST(reset_by_arrangement_needs_no_question) {
    Driver s(config_of(Role::acceptor));
    s.session.recover(7, 9);
    s.session.decide_reset(s.now_ns, s.step);
    s.commit();
    s.connect();
    s.in("35=A|34=1|49=TW|52=<TIME>|56=ISLD|98=0|108=30|");
    CHECK_SENT(s, "35=A|34=1|49=ISLD|52=|56=TW|98=0|108=30|");
}

TEST(reset_that_is_not_answered_ends_the_session_in_both_roles) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        s.session.decide_reset(s.now_ns, s.step);
        s.commit();
        s.take();
        CHECK(!s.send("D", {{11, "x"}}));
        s.pass(config.logon_timeout_ms * 1'000'000 - 1);
        CHECK(!s.hung_up);
        s.pass(1);
        CHECK(s.hung_up);
        CHECK_SENT(s, s.ours("5", 2, "58=ResetSeqNumFlag(141) was not answered|"));
        CHECK(s.state().reset_next_logon);
    });
}

TEST(reset_takes_what_is_under_way_under_the_old_numbers_in_both_roles) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        s.session.decide_reset(s.now_ns, s.step);
        s.commit();
        s.receive_order(2);
        CHECK_EQ(s.delivered_seqs, (std::vector<std::uint64_t>{2}));
        s.in("35=A|34=1|" + s.p + "98=0|108=30|141=Y|");
        s.receive_order(2);
        CHECK_EQ(s.delivered_seqs, (std::vector<std::uint64_t>{2, 2}));
        CHECK(s.send("D", {{11, "x"}}));
    });
}

TEST_MAIN
