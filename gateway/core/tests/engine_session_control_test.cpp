// What operators do with a session: it happens, it is journalled, and it holds over a crash.
#include "engine_fixture.hpp"

using namespace gw;
using gw::test::second;
using gw::test::World;
using schema::SessionAction;
using schema::SessionState;
using Verdict = engine::Engine::Verdict;

namespace {

const engine::Engine::Note note{"alice/ann", "venue asked for it", "what"};

struct Recorded {
    SessionAction action;
    std::string session, changed_by, reason, detail;
    std::uint64_t old_next_in, old_next_out, next_in, next_out;
    bool forced;
};

// The operators' commands that stand in the journal.
std::vector<Recorded> recorded(World& w) {
    std::vector<Recorded> all;
    journal::Cursor cursor = w.journal->cursor(w.journal->oldest_lsn());
    journal::Record record;
    while (cursor.next(record)) {
        if (record.kind != journal::Kind::event) continue;
        (void)engine::visit_record(record.payload, [&all](const auto& body, std::uint64_t, std::int64_t) {
            if constexpr (std::is_same_v<std::decay_t<decltype(body)>, schema::SessionControlled>)
                all.push_back({body.action, std::string(body.session), std::string(body.changed_by),
                               std::string(body.reason), std::string(body.detail), body.old_next_in,
                               body.old_next_out, body.next_in, body.next_out, body.forced});
        });
    }
    return all;
}

const session::State& state(World& w, std::size_t at = 0) {
    return w.engine->venue_session(at).protocol.state();
}

engine::SessionSettings second_session(std::string name = "OTHER") {
    engine::SessionSettings session = gw::test::engine_settings().sessions[0];
    session.name = std::move(name);
    session.config.target_comp_id = "OTHER";
    return session;
}

}  // namespace

TEST(logout_keeps_a_session_out_over_a_crash_until_its_logon) {
    World w;
    w.up();
    const auto result = w.engine->log_out(0, note, w.now);
    CHECK(result.verdict == Verdict::done);
    CHECK(result.lsn != 0);
    CHECK(w.last_sent().find("35=5") == 0);
    CHECK(!w.engine->wants(0));
    w.restart();
    CHECK(!w.engine->wants(0));
    CHECK_EQ(w.engine->venue_session(0).reason, std::string("logged out by the operator"));
    CHECK(w.engine->log_on(0, note, w.now).verdict == Verdict::done);
    CHECK(w.engine->wants(0));
    w.restart();
    CHECK(w.engine->wants(0));
}

TEST(command_is_journalled_with_who_why_old_and_new) {
    World w;
    w.start();
    const auto result = w.engine->set_sequences(0, 7, 9, note, w.now);
    CHECK(result.verdict == Verdict::done);
    const auto all = recorded(w);
    REQUIRE(all.size() == 1);
    CHECK(all[0].action == SessionAction::set_sequence);
    CHECK_EQ(all[0].session, std::string("VENUE"));
    CHECK_EQ(all[0].changed_by, std::string("alice/ann"));
    CHECK_EQ(all[0].reason, std::string("venue asked for it"));
    CHECK_EQ(all[0].detail, std::string("what"));
    CHECK_EQ(all[0].old_next_in, 1U);
    CHECK_EQ(all[0].old_next_out, 1U);
    CHECK_EQ(all[0].next_in, 7U);
    CHECK_EQ(all[0].next_out, 9U);
}

TEST(sequence_numbers_that_were_set_hold_over_a_crash_up_and_down) {
    World w;
    w.start();
    CHECK(w.engine->set_sequences(0, 70, 90, note, w.now).verdict == Verdict::done);
    w.restart();
    CHECK_EQ(state(w).next_in, 70U);
    CHECK_EQ(state(w).next_out, 90U);
    CHECK(w.engine->set_sequences(0, 3, 4, note, w.now).verdict == Verdict::done);
    w.restart();
    CHECK_EQ(state(w).next_in, 3U);
    CHECK_EQ(state(w).next_out, 4U);
    w.engine->connected(0, w.now);
    CHECK(w.last_sent().find("35=A|34=4|") == 0);
}

TEST(one_number_can_be_set_alone) {
    World w;
    w.start();
    CHECK(w.engine->set_sequences(0, std::nullopt, 9, note, w.now).verdict == Verdict::done);
    CHECK_EQ(state(w).next_in, 1U);
    CHECK_EQ(state(w).next_out, 9U);
    CHECK(w.engine->set_sequences(0, 5, std::nullopt, note, w.now).verdict == Verdict::done);
    CHECK_EQ(state(w).next_in, 5U);
    CHECK_EQ(state(w).next_out, 9U);
}

TEST(sequence_numbers_that_cannot_be_are_refused_and_change_nothing) {
    World w;
    w.start();
    const auto refused = [&](std::optional<std::uint64_t> in, std::optional<std::uint64_t> out) {
        const auto result = w.engine->set_sequences(0, in, out, note, w.now);
        return result.verdict == Verdict::refused && !result.why.empty() && result.lsn == 0;
    };
    CHECK(refused(std::nullopt, std::nullopt));
    CHECK(refused(0, std::nullopt));
    CHECK(refused(std::nullopt, 0));
    CHECK(refused(session::sequence_max + 1, std::nullopt));
    CHECK_EQ(state(w).next_in, 1U);
    CHECK_EQ(state(w).next_out, 1U);
    CHECK(recorded(w).empty());
}

TEST(next_out_can_only_be_raised_while_logged_on_and_next_in_not_be_set) {
    World w;
    w.up();
    CHECK_EQ(state(w).next_out, 2U);
    CHECK(w.engine->set_sequences(0, std::nullopt, 2, note, w.now).verdict == Verdict::refused);
    CHECK(w.engine->set_sequences(0, std::nullopt, 1, note, w.now).verdict == Verdict::refused);
    CHECK(w.engine->set_sequences(0, 9, std::nullopt, note, w.now).verdict == Verdict::refused);
    CHECK(w.engine->set_sequences(0, 9, 9, note, w.now).verdict == Verdict::refused);
    CHECK(w.wire.sent.empty());
    CHECK(w.engine->set_sequences(0, std::nullopt, 9, note, w.now).verdict == Verdict::done);
    CHECK(w.last_sent().find("35=4|34=2|") == 0);
    CHECK(w.last_sent().find("|36=9|") != std::string::npos);
    CHECK_EQ(state(w).next_out, 9U);
}

TEST(reset_while_logged_on_is_asked_for_at_once) {
    World w;
    w.up();
    CHECK(w.engine->reset(0, false, note, w.now).verdict == Verdict::done);
    CHECK(w.last_sent().find("35=A|34=1|") == 0);
    CHECK(w.last_sent().find("|141=Y|") != std::string::npos);
    w.venue("35=A|98=0|108=30|141=Y|", 1);
    CHECK_EQ(state(w).next_in, 2U);
    CHECK_EQ(state(w).next_out, 2U);
}

TEST(reset_of_a_session_that_is_down_comes_with_its_next_logon_also_after_a_crash) {
    World w;
    w.up();
    w.engine->disconnected(0, "cut", w.now);
    CHECK(w.engine->reset(0, false, note, w.now).verdict == Verdict::done);
    w.restart();
    w.wire.sent.clear();
    w.engine->connected(0, w.now);
    CHECK(w.last_sent().find("35=A|34=1|") == 0);
    CHECK(w.last_sent().find("|141=Y|") != std::string::npos);
    w.venue("35=A|98=0|108=30|141=Y|", 1);
    CHECK(w.phase() != SessionState::disconnected);
    // Agreed: the next logon goes on from there.
    w.engine->disconnected(0, "cut", w.now);
    w.restart();
    w.engine->connected(0, w.now);
    CHECK(w.last_sent().find("35=A|34=2|") == 0);
    CHECK(w.last_sent().find("|141=Y|") == std::string::npos);
}

TEST(reset_under_open_orders_needs_force) {
    World w;
    w.up();
    w.submit("o1");
    CHECK_EQ(w.engine->open_orders(0), 1U);
    const auto refused = w.engine->reset(0, false, note, w.now);
    CHECK(refused.verdict == Verdict::refused);
    CHECK(refused.why.find("open orders") != std::string_view::npos);
    CHECK_EQ(state(w).next_out, 3U);
    CHECK(w.engine->reset(0, true, note, w.now).verdict == Verdict::done);
    CHECK(recorded(w).back().forced);
}

TEST(reset_while_messages_are_missing_is_refused) {
    World w;
    w.up();
    w.venue("35=0|", w.venue_seq + 3);
    CHECK(w.engine->reset(0, true, note, w.now).verdict == Verdict::refused);
}

TEST(session_is_added_while_another_trades) {
    World w;
    w.up();
    const auto added = w.engine->add_session(second_session(), {"YV"}, nullptr, note, w.now);
    CHECK(added.verdict == Verdict::done);
    CHECK_EQ(added.session, 1U);
    CHECK_EQ(w.engine->session_count(), 2U);
    CHECK(w.submit("o1").denial == schema::DenialCode::unspecified);
    w.engine->connected(1, w.now);
    CHECK(w.last_sent().find("35=A|34=1|") == 0);
    CHECK(w.last_sent().find("|56=OTHER|") != std::string::npos);
    CHECK(recorded(w).back().action == SessionAction::add);
    CHECK(w.phase() == SessionState::ready);
}

TEST(session_that_is_there_or_a_venue_that_is_served_is_refused) {
    World w;
    w.start();
    CHECK(w.engine->add_session(second_session("VENUE"), {}, nullptr, note, w.now).verdict ==
          Verdict::refused);
    CHECK(w.engine->add_session(second_session(), {"XV"}, nullptr, note, w.now).verdict == Verdict::refused);
    CHECK_EQ(w.engine->session_count(), 1U);
    CHECK(recorded(w).empty());
}

TEST(sequence_numbers_outlive_removal_and_a_crash_and_the_venue_is_led_to_again) {
    World w;
    w.up();
    CHECK(w.engine->remove_session(0, false, note, w.now).verdict == Verdict::done);
    CHECK(w.last_sent().find("35=5") == 0);
    CHECK(!w.engine->wants(0));
    w.venue("35=5|");
    w.engine->disconnected(0, "logged out", w.now);
    w.engine->forget_session(0);
    CHECK(!w.engine->find_session("VENUE").has_value());
    CHECK(w.submit("o1").denial == schema::DenialCode::session_not_ready);

    const auto added = w.engine->add_session(w.settings.sessions[0], {}, nullptr, note, w.now);
    CHECK(added.verdict == Verdict::done);
    CHECK_EQ(added.session, 0U);  // the place that was left
    CHECK_EQ(state(w).next_in, 3U);
    CHECK_EQ(state(w).next_out, 3U);
    w.restart();
    CHECK_EQ(state(w).next_in, 3U);
    CHECK_EQ(state(w).next_out, 3U);
    w.log_on();
    CHECK(w.submit("o2").denial == schema::DenialCode::unspecified);
}

TEST(removal_under_open_orders_needs_force) {
    World w;
    w.up();
    w.submit("o1");
    CHECK(w.engine->remove_session(0, false, note, w.now).verdict == Verdict::refused);
    CHECK(w.phase() == SessionState::ready);
    CHECK(w.engine->remove_session(0, true, note, w.now).verdict == Verdict::done);
    CHECK(recorded(w).back().forced);
}

TEST(changed_session_goes_on_with_its_numbers) {
    World w;
    w.up();
    engine::SessionSettings changed = w.settings.sessions[0];
    changed.config.heartbeat_interval_s = 5;
    CHECK(w.engine->change_session(0, changed, false, note, w.now).verdict == Verdict::done);
    w.venue("35=5|");
    w.engine->disconnected(0, "logged out", w.now);
    w.engine->replace_session(0, changed, nullptr);
    CHECK(w.engine->wants(0));
    w.engine->connected(0, w.now);
    CHECK(w.last_sent().find("35=A|34=3|") == 0);
    CHECK(w.last_sent().find("|108=5|") != std::string::npos);
    CHECK(recorded(w).back().action == SessionAction::change);
}

TEST(another_counterparty_needs_force) {
    World w;
    w.up();
    engine::SessionSettings changed = w.settings.sessions[0];
    changed.config.target_comp_id = "SOMEBODY";
    CHECK(w.engine->change_session(0, changed, false, note, w.now).verdict == Verdict::refused);
    CHECK(w.phase() == SessionState::ready);
    CHECK(w.engine->change_session(0, changed, true, note, w.now).verdict == Verdict::done);
}

TEST(sessions_are_bounded) {
    World w;
    w.start();
    for (std::size_t at = 1; at < engine::sessions_max; ++at) {
        engine::SessionSettings session = second_session("S" + std::to_string(at));
        session.config.kept_bytes_max = 1024;
        session.config.kept_messages_max = 4;
        REQUIRE(w.engine->add_session(session, {}, nullptr, note, w.now).verdict == Verdict::done);
    }
    CHECK(w.engine->add_session(second_session("more"), {}, nullptr, note, w.now).verdict ==
          Verdict::refused);
    CHECK_EQ(w.engine->session_count(), engine::sessions_max);
}

TEST(silent_counterparty_is_asked_after_1_2_and_given_up_at_2_4_heartbeat_intervals) {
    World w;
    w.up();
    const std::int64_t heard = w.now;
    std::int64_t asked = 0;
    std::int64_t given_up = 0;
    for (int at = 1; at <= 100 && given_up == 0; ++at) {
        w.now = heard + at * second;
        w.engine->tick(w.now);
        if (asked == 0 && w.sent("35=1") != 0) asked = w.now;
        if (w.wire.disconnected) given_up = w.now;
    }
    CHECK_EQ(asked - heard, 36 * second);
    CHECK_EQ(given_up - heard, 72 * second);
    CHECK_EQ(w.phase(), SessionState::disconnected);
}

TEST(test_requests_measure_the_round_trip_and_the_clock_of_the_counterparty) {
    engine::Settings settings = gw::test::engine_settings();
    settings.sessions[0].config.measure_interval_ms = 10'000;
    World w(settings);
    w.up();
    w.now += 9 * second;
    w.engine->tick(w.now);
    CHECK_EQ(w.sent("35=1"), 0U);
    w.now += second;
    CHECK(w.engine->next_deadline_ns() <= w.now);
    w.engine->tick(w.now);
    CHECK_EQ(w.sent("35=1"), 1U);
    const std::int64_t sent_at = w.now;
    w.now += 40'000'000;
    w.venue("35=0|112=2|");  // its SendingTime(52) is in whole seconds: 20 ms before half the way
    const auto& vs = w.engine->venue_session(0);
    CHECK_EQ(vs.round_trip_ns, 40'000'000);
    CHECK_EQ(vs.clock_offset_ns, -20'000'000);
    CHECK_EQ(vs.round_trip_measured_ns, sent_at + 40'000'000);
    // Nobody waits for an answer that does not come: the next one is asked in its time.
    w.now = sent_at + 10 * second;
    w.engine->tick(w.now);
    CHECK_EQ(w.sent("35=1"), 2U);
    CHECK(w.phase() == SessionState::ready);
}

TEST_MAIN
