// Known failures of other systems around outages, restarts and silence.

#include "cases.hpp"

namespace gw::simulation {

// Retries run out, and the live order is called rejected.
void in_flight_retries_run_out(Script& s) {
    const std::uint64_t id = s.submit(100, 10'000);
    s.lose_connection();
    s.venue().set_manual_fate(Venue::Fate::lost);  // it answers nothing
    s.reconnect();
    s.run(120);
    s.expect_status(id, "UNKNOWN");
    s.expect_reserved(id, 100);
    s.expect(s.sent("H") <= 12, "questions are bounded");
    s.venue().set_manual_fate(Venue::Fate::sent);
    s.accept();
    s.expect_status(id, "NEW");
    s.fill(0, 40);
    s.expect_net(40);
    s.finish();
}

// An outage while a cancel is under way makes a cancel up.
void outage_during_a_cancel(Script& s) {
    const std::uint64_t id = s.submit(100, 10'000);
    s.accept();
    (void)s.cancel(id);
    s.lose_connection();
    s.expect_status(id, "UNKNOWN");
    s.expect_reserved(id, 100);
    s.fill(0, 30);  // while nobody listens
    s.reconnect();
    s.expect_cum(id, 30);
    s.expect(s.order(id).open(), "the order is open until the venue says otherwise");
    s.accept();  // the cancel
    s.expect_status(id, "CANCELED");
    s.expect_net(30);
    s.finish();
}

// A restart counts fills again, from a cache.
void restart_replays_fills(Script& s) {
    const std::uint64_t id = s.submit(100, 10'000);
    s.accept();
    s.fill(0, 30);
    for (int i = 0; i < 3; ++i) {
        s.crash_and_restart();
        s.expect_cum(id, 30);
        s.expect_net(30);
    }
    s.expect(s.execution_ids("").size() == 1, "the journal holds one execution");
    s.finish();
}

// Ids made up for what was not reported are others after each restart.
void synthetic_ids_differ_at_each_restart(Script& s) {
    const std::uint64_t id = s.submit(100, 10'000);
    s.accept();
    s.fill(0, 30, Venue::Fate::lost);
    s.fill(0, 20);  // its CumQty tells
    s.run(30);
    s.expect_cum(id, 50);
    const std::vector<std::string> before = s.execution_ids("INFERRED");
    s.expect(before.size() == 1, "one fill is inferred");
    for (int i = 0; i < 3; ++i) {
        s.crash_and_restart();
        s.run(30);
        s.expect(s.execution_ids("INFERRED") == before, "the inferred fill stays the same one");
        s.expect_cum(id, 50);
    }
    s.finish();
}

// A fill comes before the order has been stored.
void fill_before_the_order_is_stored(Script& s) {
    const std::uint64_t id = s.submit(100, 10'000);
    s.world().crash();               // with the order sent
    s.venue().fill(0, 100, 10'000);  // and filled before its acknowledgement
    s.run(12);
    s.expect_status(id, "FILLED");
    s.expect_cum(id, 100);
    s.expect_net(100);
    s.finish();
}

// Fills are dropped while a flag says that the session is not ready.
void fills_while_the_session_is_not_ready(Script& s) {
    const std::uint64_t id = s.submit(100, 10'000);
    s.accept();
    s.lose_connection();
    s.venue().set_manual_fate(Venue::Fate::lost);  // of its answers to status requests
    s.reconnect();
    s.expect(s.world().gateway().engine().venue_session(0).phase == schema::SessionState::reconciling,
             "the session is reconciling");
    s.venue().set_manual_fate(Venue::Fate::sent);
    s.fill(0, 60);
    s.expect_cum(id, 60);
    s.expect_net(60);
    s.finish();
}

// The original is sent again after its copy.
void original_after_its_resend(Script& s) {
    s.world().gateway().die_at_send(1);
    Command& command = s.client().submit("A1", "s1", instrument_name(0), true, 100, 10'000);
    s.world().send(s.client(), command);  // journalled, never on the wire
    s.expect(!s.world().gateway().running(), "the process has died");
    s.run(12);
    s.world().send(s.client(), command);  // the client was not answered
    s.run(1);
    s.expect(s.sent("D") == 0, "the original was never sent");
    s.expect(s.sent("D", true) <= 1, "it was sent once as a copy, or not at all");
    s.lose_connection();
    s.reconnect();
    s.expect(s.sent("D") == 0, "nor later");
    s.finish();
}

// A client that was not answered asks again under a new id, and nobody can tell.
void client_retry_with_a_new_id(Script& s) {
    Command& first = s.client().submit("A1", "s1", instrument_name(0), true, 100, 10'000);
    s.world().gateway().die_at_send(1);
    s.world().send(s.client(), first);  // journalled, and neither sent nor answered
    s.run(12);
    // What it should do: ask for its order by its own id. It is there, whatever became of the answer.
    std::vector<char> buffer(4'096);
    pb::Writer out(buffer);
    s.expect(s.world().gateway().engine().order(s.client().name(), 0, first.id, out),
             "the order is found by its id");
    // What it may do all the same: then they are two orders, and both are counted and reserved.
    const std::uint64_t second = s.submit(100, 10'000);
    s.world().send(s.client(), first);
    s.run(1);
    s.expect(first.answer && first.answer->order_id != second, "a new id is another order");
    s.expect(first.answer && first.answer->duplicate, "the same id is the same order");
    s.finish();
}

}  // namespace gw::simulation
