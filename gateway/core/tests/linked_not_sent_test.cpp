// Linked orders that were released and never reached the venue.
#include "linked_fixture.hpp"

using namespace gw;
using gw::test::Linked;

TEST(released_child_that_was_not_sent_is_released_again_under_another_id) {
    Linked w;
    w.bracket();
    w.work({1});
    w.wire.lost = true;  // what the fill releases goes nowhere
    w.fill(1, "100");
    const std::string before = w.cl_ord_id(2);
    CHECK_EQ(w.status(2), std::string("PENDING_NEW"));
    w.now += 60 * test::second;
    w.crash();
    w.start();
    w.venue_seq = w.engine->venue_session(0).protocol.state().next_in;
    w.log_on();
    w.venue("35=2|7=1|16=0|");  // too old to be sent late: filled over
    CHECK_EQ(w.status(2), std::string("HELD"));
    CHECK_EQ(w.status(3), std::string("HELD"));
    // They were asked about before, and the venue does not know them.
    const std::string stop = w.cl_ord_id(3);
    for (const std::string& id : {before, stop})
        w.report(id, "0", 'I', '8', "38=100|14=0|151=0|58=no such order|");
    w.settle();
    CHECK_EQ(w.sent("35=D|"), 2U);
    CHECK(w.cl_ord_id(2) != before);
    w.report(before, "0", 'I', '8', "38=100|14=0|151=0|58=no such order|");  // late, and of the old id
    CHECK_EQ(w.status(2), std::string("PENDING_NEW"));
    CHECK_EQ(w.engine->ledger().positions()[1].open_sell, Decimal::from_units(200));
    w.work({2, 3});
    w.fill(2, "100");
    CHECK_EQ(w.sent("35=F|"), 1U);  // the stop is canceled
    CHECK_EQ(w.net(), std::string("0"));
    const std::uint64_t hash = w.engine->ledger().state_hash();
    w.crash();
    CHECK_EQ(w.engine->ledger().state_hash(), hash);
}

TEST(parent_that_was_not_sent_is_the_clients_to_send_again) {
    Linked w;
    w.wire.lost = true;
    w.bracket();
    w.now += 60 * test::second;
    w.crash();
    w.start();
    w.log_on();
    w.venue("35=2|7=1|16=0|");
    w.settle();
    CHECK_EQ(w.status(1), std::string("NOT_SENT"));
    CHECK_EQ(w.status(2), std::string("CANCELED"));
    CHECK_EQ(w.sent("35=D|"), 0U);
}

TEST_MAIN
