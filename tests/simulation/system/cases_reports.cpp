// Known failures of other systems around what venues report.

#include "cases.hpp"

namespace gw::simulation {

// A cancel-replace that is seen half-way counts both orders.
void replace_half_way_doubles_exposure(Script& s) {
    const std::uint64_t id = s.submit(100, 10'000);
    s.accept();
    (void)s.replace(id, 120);
    s.expect_reserved(id, 120);
    s.crash_and_restart();
    s.expect_reserved(id, 120);
    s.venue().set_manual_fate(Venue::Fate::lost);
    s.accept();  // done, and its report is lost
    s.venue().set_manual_fate(Venue::Fate::sent);
    s.lose_connection();
    s.reconnect();
    s.expect_status(id, "NEW");
    s.expect_reserved(id, 120);
    s.expect(s.order(id).quantity == Decimal::from_units(120), "the new terms are in force");
    s.finish();
}

// A partial fill during a modify brings the old leaves back.
void partial_fill_during_a_modify(Script& s) {
    const std::uint64_t id = s.submit(100, 10'000);
    s.accept();
    (void)s.replace(id, 150);
    s.fill(0, 30);
    s.expect_status(id, "PENDING_REPLACE");
    s.expect(s.order(id).leaves() == Decimal::from_units(70), "the old terms hold until the venue answers");
    s.accept();
    s.expect_status(id, "PARTIALLY_FILLED");
    s.expect(s.order(id).leaves() == Decimal::from_units(120), "what is left is of the new terms");
    s.expect_net(30);
    s.finish();
}

// A fill is inferred just before the real one comes, and both count.
void inferred_fill_just_before_the_real_one(Script& s) {
    const std::uint64_t id = s.submit(100, 10'000);
    s.accept();
    s.fill(0, 30, Venue::Fate::lost);
    const FixText real = s.venue().said().back();
    s.fill(0, 20);
    s.run(30);
    s.expect(s.execution_ids("INFERRED").size() == 1, "a fill is inferred");
    s.expect_cum(id, 50);
    s.say_again(real);
    s.expect_cum(id, 50);
    s.expect_net(50);
    s.crash_and_restart();
    s.expect_cum(id, 50);
    s.finish();
}

// Traded in part, then canceled, and reported as filled.
void partial_then_cancel(Script& s) {
    const std::uint64_t id = s.submit(100, 10'000);
    s.accept();
    s.fill(0, 30);
    (void)s.cancel(id);
    s.accept();
    s.expect_status(id, "CANCELED");
    s.expect_cum(id, 30);
    s.expect_net(30);
    s.finish();
}

void bust_before_its_fill(Script& s) {
    const std::uint64_t id = s.submit(100, 10'000);
    s.accept();
    const std::size_t execution = s.fill(0, 30, Venue::Fate::lost);
    const FixText late = s.venue().said().back();
    s.bust(execution);
    s.expect_cum(id, 0);
    s.say_again(late);
    s.expect_cum(id, 0);
    s.expect_net(0);
    s.finish();
}

void accounts_are_kept_apart(Script& s) {
    (void)s.submit(100, 10'000, true, "A1");
    s.accept();
    (void)s.submit(100, 10'000, false, "A2");
    s.accept();
    s.fill(0, 60);
    s.fill(1, 60);
    s.expect_net(60, "A1");
    s.expect_net(-60, "A2");
    s.finish();
}

// One frame with a fill is lost although the stream is healthy.
void one_fill_lost_on_a_healthy_stream(Script& s) {
    const std::uint64_t id = s.submit(100, 10'000);
    s.accept();
    s.fill(0, 30, Venue::Fate::lost);
    s.expect_cum(id, 0);
    (void)s.cancel(id);
    s.accept();
    s.run(60);
    s.expect_status(id, "CANCELED");
    s.expect_cum(id, 30);
    s.expect_net(30);
    s.finish();
}

// "New" and the fill come three times more after the order has ended.
void replays_after_the_end(Script& s) {
    const std::uint64_t id = s.submit(100, 10'000);
    s.accept();
    const FixText acknowledged = s.venue().said().back();
    s.fill(0, 100);
    const FixText traded = s.venue().said().back();
    s.expect_status(id, "FILLED");
    for (int i = 0; i < 3; ++i) {
        s.say_again(acknowledged);
        s.say_again(traded);
        s.expect_status(id, "FILLED");
        s.expect_cum(id, 100);
        s.expect_net(100);
    }
    s.run(60);
    s.expect_status(id, "FILLED");
    s.finish();
}

// A fill for an id that nobody knows is thrown away.
void fill_for_an_unknown_id(Script& s) {
    FixText report("8");
    report.add(37, "ELSEWHERE-1").add(11, "PHONE-1").add(17, "X-1").add(150, 'F').add(39, '1').add(1, "A1");
    report.add(55, instrument_name(0)).add(54, '1').add(38, "100").add(32, "40").add(31, "100.00");
    report.add(151, "60").add(14, "40").add(6, "100.00");
    s.say_again(report);
    s.expect_net(40, "A1", "(external)");
    s.expect_net(0, "A1", "s1");
    s.say_again(report);
    s.expect_net(40, "A1", "(external)");
    s.crash_and_restart();
    s.expect_net(40, "A1", "(external)");
}

// "Not open for cancel" is taken for dead.
void not_open_for_cancel(Script& s) {
    const std::uint64_t id = s.submit(100, 10'000);
    s.accept();
    (void)s.cancel(id);
    s.refuse(0, "not open for cancel");
    s.expect_status(id, "NEW");
    s.expect_reserved(id, 100);
    s.fill(0, 100);
    s.expect_status(id, "FILLED");
    s.expect_net(100);
    s.finish();
}

// The venue's sum is not ours, and all that happens is a line in a log.
void mismatch_that_is_only_logged(Script& s) {
    const std::uint64_t id = s.submit(100, 10'000);
    s.accept();
    s.fill(0, 30, Venue::Fate::lost);
    const std::size_t before = s.sent("H");
    s.fill(0, 20);
    s.run(1);
    s.expect(s.sent("H") > before, "the venue is asked at once");
    s.run(30);
    s.expect_cum(id, 50);
    s.expect_net(50);
    s.finish();
}

// A fill that was counted comes again, and what it had released is released once more.
void replay_of_a_fill_fires_a_linked_order(Script& s) {
    const std::uint64_t entry = s.submit_bracket(100, 10'000);
    s.accept();
    s.fill(0, 40);
    const FixText fill = s.venue().said().back();
    s.expect(s.sent("D") == 3, "the exits are released, for what was filled");
    s.accept();
    s.accept();
    for (int times = 0; times < 3; ++times) s.say_again(fill);
    s.crash_and_restart();
    s.say_again(fill);
    s.expect_cum(entry, 40);
    s.expect_net(40);
    s.expect(s.sent("D") == 3 && s.sent("G") == 0, "nothing more is sent for a fill that is told again");
    s.expect_reserved(entry + 1, 40);
    s.expect_reserved(entry + 2, 40);
    s.fill(1, 40);  // the take profit
    const FixText exit = s.venue().said().back();
    s.say_again(exit);
    s.expect(s.sent("F") == 1, "the stop is canceled once");
    s.accept();
    s.say_again(exit);
    s.expect_status(entry + 2, "CANCELED");
    s.expect_net(0);
    s.finish();
}

// A fill is told again under another ExecID, and counts twice.
void fill_again_under_another_id(Script& s) {
    const std::uint64_t id = s.submit(100, 10'000);
    s.accept();
    s.fill(0, 30);
    FixText again = s.venue().said().back();
    again.set(17, again.get(17) + "-AGAIN");
    s.say_again(again);
    s.expect_cum(id, 30);
    s.expect_net(30);
    s.run(60);
    s.expect(s.sent("H") == 1, "the venue is asked, and its answer settles it");
    s.fill(0, 70);
    s.expect_status(id, "FILLED");
    s.finish();
}

}  // namespace gw::simulation
