// Windows on virtual time: when a session is up, and when its numbers start anew.
#include "engine_fixture.hpp"

using namespace gw;
using engine::DayReset;
using engine::SessionWindow;
using gw::test::second;
using gw::test::start_ns;
using gw::test::World;
using schema::SessionState;
using Verdict = engine::Engine::Verdict;

namespace {

constexpr std::int64_t minute = 60 * second;
constexpr std::int64_t hour = 60 * minute;
constexpr std::int64_t day = 24 * hour;

// From `start_ns` on, eight hours each day.
std::vector<SessionWindow> days(std::uint32_t count, std::int64_t length = 8 * hour) {
    std::vector<SessionWindow> windows;
    for (std::uint32_t at = 0; at < count; ++at)
        windows.push_back({start_ns + at * day, start_ns + at * day + length, 20260101 + at});
    return windows;
}

engine::Settings scheduled(std::vector<SessionWindow> windows, DayReset reset = DayReset::local) {
    engine::Settings settings = gw::test::engine_settings();
    settings.sessions[0].schedule = {true, reset, std::move(windows)};
    settings.sessions[0].config.reset.on_first_logon = reset == DayReset::logon;
    return settings;
}

struct Numbers {
    std::uint64_t in, out;
    friend bool operator==(const Numbers&, const Numbers&) = default;
};

Numbers numbers(World& w) {
    const session::State& state = w.engine->venue_session(0).protocol.state();
    return {state.next_in, state.next_out};
}

void at(World& w, std::int64_t now) {
    w.now = now;
    w.engine->tick(w.now);
}

void leave(World& w) {
    w.venue("35=5|");
    w.engine->disconnected(0, "logged out", w.now);
}

std::size_t resets(World& w) {
    std::size_t count = 0;
    journal::Cursor cursor = w.journal->cursor(w.journal->oldest_lsn());
    journal::Record record;
    while (cursor.next(record)) {
        if (record.kind != journal::Kind::event) continue;
        (void)engine::visit_record(record.payload, [&count](const auto& body, std::uint64_t, std::int64_t) {
            if constexpr (std::is_same_v<std::decay_t<decltype(body)>, schema::SessionWindowChanged>)
                count += body.reset ? 1U : 0U;
        });
    }
    return count;
}

}  // namespace

TEST(session_connects_in_its_window_and_logs_out_at_the_end) {
    World w(scheduled(days(2)));
    w.now = start_ns - second;
    w.start();
    w.engine->tick(w.now);
    CHECK(!w.engine->wants(0));
    CHECK_EQ(w.engine->venue_session(0).reason, std::string("outside its session hours"));
    CHECK_EQ(w.engine->next_deadline_ns(), start_ns);
    at(w, start_ns);
    CHECK(w.engine->wants(0));
    w.log_on();
    CHECK(w.phase() == SessionState::ready);
    CHECK(w.engine->next_deadline_ns() <= start_ns + 8 * hour);
    at(w, start_ns + 8 * hour);
    CHECK(!w.engine->wants(0));
    CHECK_EQ(w.phase(), SessionState::logging_out);
    CHECK_EQ(w.sent("35=5"), 1U);
    leave(w);
    at(w, start_ns + 9 * hour);
    CHECK(!w.engine->wants(0));
    at(w, start_ns + day);
    CHECK(w.engine->wants(0));
}

TEST(numbers_start_anew_once_with_each_day_where_the_policy_says_so) {
    World w(scheduled(days(4)));
    w.start();
    w.engine->tick(w.now);
    w.log_on();
    at(w, start_ns + 8 * hour);
    leave(w);
    CHECK(numbers(w) == (Numbers{3, 3}));
    at(w, start_ns + day);
    CHECK(numbers(w) == (Numbers{1, 1}));
    CHECK_EQ(resets(w), 1U);
    w.venue_seq = 1;
    w.log_on();
    CHECK(numbers(w) == (Numbers{2, 2}));
    // A lost connection in the middle of the day resets nothing.
    w.engine->disconnected(0, "cut", w.now);
    at(w, start_ns + day + hour);
    CHECK(numbers(w) == (Numbers{2, 2}));
    CHECK_EQ(resets(w), 1U);
}

TEST(restart_in_the_middle_of_a_window_resets_nothing) {
    World w(scheduled(days(4)));
    w.start();
    w.engine->tick(w.now);
    w.log_on();
    for (int again = 0; again < 3; ++again) {
        w.restart();
        at(w, w.now + hour);
        CHECK(w.engine->wants(0));
        CHECK(numbers(w) == (Numbers{2, 2}));
    }
    CHECK_EQ(resets(w), 0U);
}

TEST(boundary_that_was_missed_resets_once_also_through_restarts) {
    World w(scheduled(days(5)));
    w.start();
    w.engine->tick(w.now);
    w.log_on();
    w.crash();
    w.now = start_ns + 2 * day + hour;  // two boundaries later
    w.start();
    CHECK(numbers(w) == (Numbers{2, 2}));
    w.engine->tick(w.now);
    CHECK(numbers(w) == (Numbers{1, 1}));
    CHECK_EQ(resets(w), 1U);
    w.restart();  // before it came to a logon
    w.engine->tick(w.now);
    CHECK(numbers(w) == (Numbers{1, 1}));
    CHECK_EQ(resets(w), 1U);
    w.venue_seq = 1;
    w.log_on();
    w.restart();
    w.engine->tick(w.now);
    CHECK(numbers(w) == (Numbers{2, 2}));
    CHECK_EQ(resets(w), 1U);
}

TEST(windows_of_one_day_share_their_numbers) {
    World w(scheduled({{start_ns, start_ns + hour, 20260101},
                       {start_ns + 2 * hour, start_ns + 3 * hour, 20260101},
                       {start_ns + day, start_ns + day + hour, 20260102}}));
    w.start();
    w.engine->tick(w.now);
    w.log_on();
    at(w, start_ns + hour);
    leave(w);
    at(w, start_ns + 2 * hour);
    CHECK(w.engine->wants(0));
    CHECK(numbers(w) == (Numbers{3, 3}));
    at(w, start_ns + day);
    CHECK(numbers(w) == (Numbers{1, 1}));
    CHECK_EQ(resets(w), 1U);
}

TEST(day_that_follows_at_once_without_a_reset_logs_nobody_out) {
    World w(scheduled(days(3, day), DayReset::never));
    w.start();
    w.engine->tick(w.now);
    w.log_on();
    w.wire.sent.clear();
    for (std::int64_t now = start_ns + hour; now <= start_ns + day + hour; now += 20 * second) {
        w.venue("35=0|");
        at(w, now);
    }
    CHECK(w.phase() == SessionState::ready);
    CHECK_EQ(w.sent("35=5"), 0U);
    CHECK_EQ(w.sent("35=A"), 0U);
    CHECK(numbers(w).in > 100);
    CHECK_EQ(w.engine->venue_session(0).window.day, 20260102U);
}

TEST(day_that_follows_at_once_with_a_reset_logs_out_and_on_again) {
    World w(scheduled(days(3, day)));
    w.start();
    w.engine->tick(w.now);
    w.log_on();
    at(w, start_ns + day);
    CHECK_EQ(w.phase(), SessionState::logging_out);
    CHECK(!w.engine->wants(0));  // the old day's connection has to be gone
    CHECK_EQ(resets(w), 0U);
    leave(w);
    w.engine->tick(w.now);
    CHECK(w.engine->wants(0));
    CHECK_EQ(resets(w), 1U);
    CHECK(numbers(w) == (Numbers{1, 1}));
}

TEST(first_logon_of_a_day_carries_the_flag_until_something_was_received) {
    World w(scheduled(days(3), DayReset::logon));
    w.start();
    w.engine->tick(w.now);
    w.engine->connected(0, w.now);
    CHECK(w.last_sent().find("35=A|34=1|") == 0);
    CHECK(w.last_sent().find("|141=Y|") != std::string::npos);
    w.engine->disconnected(0, "cut before the answer", w.now);
    w.restart();
    w.engine->tick(w.now);
    w.engine->connected(0, w.now);
    CHECK(w.last_sent().find("35=A|34=1|") == 0);
    CHECK(w.last_sent().find("|141=Y|") != std::string::npos);
    w.venue("35=A|98=0|108=30|141=Y|", 1);
    w.engine->disconnected(0, "cut", w.now);
    w.engine->connected(0, w.now);
    CHECK(w.last_sent().find("35=A|34=2|") == 0);
    CHECK(w.last_sent().find("|141=Y|") == std::string::npos);
}

TEST(clock_that_steps_back_a_little_closes_nothing) {
    World w(scheduled(days(3)));
    w.start();
    w.engine->tick(w.now);
    w.log_on();
    at(w, start_ns - second);
    CHECK(w.phase() == SessionState::ready);
    CHECK(w.engine->wants(0));
}

TEST(clock_that_steps_back_a_day_does_not_begin_a_day_twice) {
    World w(scheduled(days(4)));
    w.start();
    w.engine->tick(w.now);
    at(w, start_ns + day);
    CHECK_EQ(resets(w), 1U);
    w.venue_seq = 1;
    w.log_on();
    at(w, start_ns + hour);
    leave(w);
    at(w, start_ns + hour + second);
    CHECK(w.engine->wants(0));
    CHECK(numbers(w) == (Numbers{3, 3}));
    w.engine->tick(w.now);
    at(w, start_ns + day + hour);
    at(w, start_ns + day + hour + second);
    CHECK(w.engine->wants(0));
    CHECK(numbers(w) == (Numbers{3, 3}));
    CHECK_EQ(resets(w), 1U);
}

TEST(journal_without_a_day_takes_the_first_one_as_it_is) {
    World w;
    w.up();
    CHECK(numbers(w) == (Numbers{2, 2}));
    w.settings = scheduled(days(3));
    w.restart();
    w.engine->tick(w.now);
    CHECK(w.engine->wants(0));
    CHECK(numbers(w) == (Numbers{2, 2}));
    CHECK_EQ(resets(w), 0U);
}

TEST(other_windows_of_the_same_schedule_change_nothing) {
    World w(scheduled(days(3)));
    w.start();
    w.engine->tick(w.now);
    w.log_on();
    CHECK(w.engine->set_windows(0, days(20), w.now).verdict == Verdict::done);
    w.engine->tick(w.now);
    CHECK(w.phase() == SessionState::ready);
    // New windows that come just after a boundary do not swallow the reset that is due.
    CHECK(w.engine->set_windows(0, days(20), start_ns + day).verdict == Verdict::done);
    at(w, start_ns + day);
    leave(w);
    w.engine->tick(w.now);
    CHECK_EQ(resets(w), 1U);
}

TEST(window_that_is_open_under_two_schedules_stays_open_without_a_reset) {
    World w(scheduled(days(3)));
    w.start();
    w.engine->tick(w.now);
    w.log_on();
    const SessionWindow wider{start_ns - day, start_ns + 2 * day, 20260102};
    CHECK(w.engine->change_windows(0, {wider}, {"alice", "why"}, w.now).verdict == Verdict::done);
    at(w, w.now + second);
    CHECK(w.phase() == SessionState::ready);
    CHECK(numbers(w) == (Numbers{2, 2}));
    CHECK_EQ(resets(w), 0U);
}

TEST(schedule_that_closes_an_open_session_logs_it_out) {
    World w(scheduled(days(3)));
    w.start();
    w.engine->tick(w.now);
    w.log_on();
    const SessionWindow later{start_ns + hour, start_ns + 2 * hour, 20260101};
    CHECK(w.engine->change_windows(0, {later}, {"alice", "why"}, w.now).verdict == Verdict::done);
    w.engine->tick(w.now);
    CHECK_EQ(w.phase(), SessionState::logging_out);
    CHECK(!w.engine->wants(0));
}

TEST(session_that_gets_a_schedule_while_it_is_up_goes_on_without_a_reset) {
    World w;
    w.up();
    engine::SessionSettings changed = scheduled(days(3)).sessions[0];
    CHECK(w.engine->change_session(0, changed, false, {"alice", "why"}, w.now).verdict == Verdict::done);
    leave(w);
    w.engine->replace_session(0, changed, nullptr);
    w.engine->tick(w.now);
    CHECK(w.engine->wants(0));
    CHECK(numbers(w) == (Numbers{3, 3}));
    CHECK_EQ(resets(w), 0U);
}

TEST(windows_that_are_not_in_order_are_refused) {
    World w(scheduled(days(3)));
    w.start();
    const auto refused = [&w](std::vector<SessionWindow> windows) {
        return w.engine->set_windows(0, windows, w.now).verdict == Verdict::refused &&
               w.engine->change_windows(0, windows, {"alice", "why"}, w.now).verdict == Verdict::refused;
    };
    CHECK(refused({{10, 5, 1}}));
    CHECK(refused({{10, 20, 1}, {15, 30, 1}}));
    CHECK(refused(std::vector<SessionWindow>(engine::windows_max + 1)));
    w.engine->tick(w.now);
    CHECK(w.engine->wants(0));
}

TEST(operator_keeps_a_session_out_of_its_window) {
    World w(scheduled(days(3)));
    w.start();
    w.engine->tick(w.now);
    CHECK(w.engine->wants(0));
    (void)w.engine->log_out(0, {"alice", "why"}, w.now);
    CHECK(!w.engine->wants(0));
    at(w, start_ns + day);
    CHECK(!w.engine->wants(0));
    (void)w.engine->log_on(0, {"alice", "why"}, w.now);
    CHECK(w.engine->wants(0));
}

TEST_MAIN
