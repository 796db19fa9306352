// Session test case 20, and what is kept ahead of a gap.
#include "session_acceptor.hpp"

using namespace gw::session;
using namespace gw::test;

TEST(kept_store_that_is_full_drops_and_is_resent) {
    Config config = config_of(Role::acceptor);
    config.kept_messages_max = 2;
    Acceptor s(std::move(config));
    for (const int seq : {4, 5, 6}) s.in(order(seq));
    CHECK_EQ(s.session.kept_count(), 2U);
    CHECK(s.noticed(NoticeKind::kept_overflow));
    for (int seq = 2; seq < 7; ++seq) s.in(order(seq, "43=Y|122=<TIME>|"));
    CHECK_EQ(s.delivered_seqs, (std::vector<std::uint64_t>{2, 3, 4, 5, 6}));
}

TEST(kept_store_that_is_full_still_remembers_what_was_acted_upon) {
    Config config = config_of(Role::acceptor);
    config.kept_messages_max = 1;
    Acceptor s(std::move(config));
    s.in(order(4));
    s.in("35=2|34=5|" + h2 + "7=1|16=0|");
    s.in("35=2|34=6|" + h2 + "7=1|16=0|");
    CHECK(!s.noticed(NoticeKind::kept_overflow));
    for (const int seq : {2, 3}) s.in(order(seq, "43=Y|122=<TIME>|"));
    CHECK_EQ(s.state().next_in, 7U);
    CHECK_EQ(s.state().inbound, Inbound::in_sync);
}

TEST(gap_without_progress_is_asked_for_again) {
    Acceptor s(config_of(Role::acceptor), "0");
    s.in(heartbeat(5));
    s.sent.clear();
    s.pass(60 * second);
    CHECK_SENT(s, "35=2|34=3|49=ISLD|52=|56=TW|7=2|16=0|");
    CHECK(s.noticed(NoticeKind::gap_stalled));
}

TEST_MAIN
