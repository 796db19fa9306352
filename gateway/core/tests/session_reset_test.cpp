// Starting the numbers anew: by agreement and by policy.
#include "session_acceptor.hpp"
#include "session_both_roles.hpp"

using namespace gw::session;
using namespace gw::test;

TEST(session_reset_inside_the_session_is_answered_and_starts_anew) {
    Acceptor s;
    for (int seq = 2; seq < 5; ++seq) s.in(heartbeat(seq));
    s.send("D", {{11, "x"}});
    s.sent.clear();
    s.in("35=A|34=1|" + h2 + "98=0|108=30|141=Y|");
    CHECK_SENT(s, "35=A|34=1|49=ISLD|52=|56=TW|98=0|108=30|141=Y|");
    CHECK_EQ(s.state().next_in, 2U);
    CHECK_EQ(s.state().next_out, 2U);
}

TEST(session_reset_that_is_not_accepted_ends_the_session) {
    Config config = config_of(Role::acceptor);
    config.reset.accept_from_peer = false;
    Acceptor s(std::move(config));
    s.in(heartbeat(2));
    s.in("35=A|34=1|" + h2 + "98=0|108=30|141=Y|");
    CHECK_SENT(s, "35=5|34=2|49=ISLD|52=|56=TW|58=ResetSeqNumFlag(141) is not accepted|");
    CHECK_EQ(s.state().next_in, 3U);
}

TEST(session_numbers_are_never_reset_by_default) {
    Acceptor s;
    s.in(heartbeat(2));
    s.disconnect();
    CHECK_EQ(s.state().next_in, 3U);
    CHECK_EQ(s.state().next_out, 2U);
    s.connect();
    s.in("35=A|34=3|" + h2 + "98=0|108=30|");
    CHECK_SENT(s, "35=A|34=2|49=ISLD|52=|56=TW|98=0|108=30|");
    s.in("35=5|34=4|" + h2);
    CHECK_EQ(s.state().next_in, 5U);
}

TEST(session_reset_policies_start_anew_where_they_say) {
    Config config = config_of(Role::acceptor);
    config.reset.on_logon = true;
    Driver a(config);
    a.session.recover(7, 9);
    a.connect();
    a.in("35=A|34=1|" + h2 + "98=0|108=30|");
    CHECK_SENT(a, "35=A|34=1|49=ISLD|52=|56=TW|98=0|108=30|");

    config.reset = {};
    config.reset.on_logout = true;
    Acceptor b(config);
    b.in("35=5|34=2|" + h2);
    CHECK_EQ(b.state().next_in, 1U);
    CHECK_EQ(b.state().next_out, 1U);

    config.reset = {};
    config.reset.on_disconnect = true;
    Acceptor c(config);
    c.disconnect();
    CHECK_EQ(c.state().next_in, 1U);
    CHECK_EQ(c.state().next_out, 1U);
}

TEST(session_reset_that_is_told_twice_is_answered_once) {
    in_both_roles([](Config config) {
        LoggedOn s(std::move(config));
        const auto wish = [&s] { s.receive_message("A", 1, "98=0|108=30|141=Y|"); };
        s.receive_message("0", 2);
        wish();
        CHECK_SENT(s, s.ours("A", 1, "98=0|108=30|141=Y|"));
        wish();
        CHECK_SENT(s);
        CHECK_EQ(s.state().next_in, 2U);
        CHECK_EQ(s.state().next_out, 2U);
        s.receive_message("0", 2);
        wish();  // of the same second, but with a message since: it wants one more
        CHECK_SENT(s, s.ours("A", 1, "98=0|108=30|141=Y|"));
    });
}

TEST(session_reset_whose_agreement_is_told_twice_is_over) {
    in_both_roles([](Config config) {
        LoggedOn s(std::move(config));
        s.receive_message("0", 2);
        s.session.decide_reset(s.now_ns, s.step);
        s.commit();
        CHECK_SENT(s, s.ours("A", 1, "98=0|108=30|141=Y|"));
        for (int times = 0; times < 2; ++times) s.receive_message("A", 1, "98=0|108=30|141=Y|");
        CHECK_SENT(s);
        CHECK_EQ(s.state().next_in, 2U);
        CHECK_EQ(s.state().next_out, 2U);
    });
}

TEST_MAIN
