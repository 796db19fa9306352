// So many messages in an interval, room kept for cancels, and the same after a restart.
#include "engine_fixture.hpp"

using namespace gw;
using gw::test::Answer;
using gw::test::World;
using schema::DenialCode;

namespace {

constexpr std::int64_t ms = 1'000'000;

engine::Settings throttled(std::uint32_t messages, std::uint32_t reserved,
                           engine::OverLimit over = engine::OverLimit::deny) {
    engine::Settings settings = test::engine_settings();
    settings.sessions[0].throttle = {messages, 1'000 * ms, reserved, over};
    settings.sessions[0].order_status_requests = false;
    return settings;
}

DenialCode submit(World& w, int number) {
    return w.submit("o" + std::to_string(number)).denial;
}

}  // namespace

TEST(burst_above_the_limit_is_denied_and_nothing_of_it_is_sent) {
    World w(throttled(3, 0));
    w.up();
    for (int i = 0; i < 3; ++i) CHECK_EQ(submit(w, i), DenialCode::unspecified);
    const Answer denied = w.submit("o3");
    CHECK_EQ(denied.denial, DenialCode::throttled);
    CHECK_EQ(denied.level, std::string("session:VENUE"));
    CHECK_EQ(denied.allowed, std::string("3"));
    CHECK_EQ(w.sent("35=D"), 3U);
    CHECK_EQ(w.engine->counters().denied[static_cast<std::size_t>(DenialCode::throttled)], 1U);
    w.now += 1'000 * ms;
    CHECK_EQ(submit(w, 4), DenialCode::unspecified);
    CHECK_EQ(submit(w, 3), DenialCode::throttled);  // the same id has its answer for ever
}

TEST(no_interval_has_more_wherever_it_begins) {
    World w(throttled(4, 0));
    w.up();
    std::vector<std::int64_t> sent;
    for (int i = 0; i < 400; ++i) {
        w.now += (i * 37 % 90) * ms;
        if (submit(w, i) == DenialCode::unspecified) sent.push_back(w.now);
    }
    CHECK(sent.size() > 50);
    for (std::size_t at = 4; at < sent.size(); ++at) CHECK(sent[at] - sent[at - 4] >= 1'000 * ms);
}

TEST(cancels_pass_in_the_room_that_is_kept_for_them) {
    World w(throttled(3, 1));
    w.up();
    CHECK_EQ(submit(w, 0), DenialCode::unspecified);
    CHECK_EQ(submit(w, 1), DenialCode::unspecified);
    CHECK_EQ(submit(w, 2), DenialCode::throttled);
    CHECK_EQ(w.replace("r1", 1, "50").denial, DenialCode::throttled);
    CHECK_EQ(w.cancel("c1", 1).denial, DenialCode::unspecified);
    CHECK_EQ(w.cancel("c2", 2).denial, DenialCode::throttled);
    CHECK_EQ(w.sent("35=F"), 1U);
    CHECK_EQ(w.sent("35=G"), 0U);
    w.now += 1'000 * ms;
    CHECK_EQ(w.cancel("c3", 2).denial, DenialCode::unspecified);
}

TEST(kill_switch_cancels_are_never_held_back) {
    World w(throttled(3, 0));
    w.up();
    for (int i = 0; i < 3; ++i) submit(w, i);
    const auto result =
        w.engine->set_trading_state("firm", schema::TradingState::halted, "drill", "ops", true, w.now);
    CHECK_EQ(result.cancels, 3U);
    CHECK_EQ(w.sent("35=F"), 3U);
}

TEST(dropped_request_leaves_no_record_and_may_be_tried_again) {
    World w(throttled(1, 0, engine::OverLimit::drop));
    w.up();
    CHECK_EQ(submit(w, 0), DenialCode::unspecified);
    const std::uint64_t before = w.engine->state_hash();
    const std::uint64_t lsn = w.journal->committed_lsn();
    CHECK_EQ(submit(w, 1), DenialCode::throttled);
    CHECK_EQ(w.cancel("c1", 1).denial, DenialCode::throttled);
    CHECK_EQ(w.replace("r1", 1, "50").denial, DenialCode::throttled);
    CHECK_EQ(w.engine->state_hash(), before);
    CHECK_EQ(w.journal->committed_lsn(), lsn);
    w.now += 1'000 * ms;
    CHECK_EQ(submit(w, 1), DenialCode::unspecified);
}

TEST(what_was_sent_before_a_restart_counts) {
    World w(throttled(3, 0));
    w.up();
    w.now += 100 * ms;
    for (int i = 0; i < 2; ++i) submit(w, i);
    w.restart();
    w.venue_seq = 2;
    w.log_on();
    CHECK_EQ(submit(w, 2), DenialCode::unspecified);
    CHECK_EQ(submit(w, 3), DenialCode::throttled);
    w.now += 1'000 * ms;
    CHECK_EQ(submit(w, 4), DenialCode::unspecified);
}

TEST(session_messages_do_not_use_up_the_limit) {
    World w(throttled(1, 0));
    w.up();
    for (int i = 0; i < 5; ++i) w.venue("35=1|112=x|");
    CHECK_EQ(w.sent("35=0"), 5U);
    CHECK_EQ(submit(w, 0), DenialCode::unspecified);
}

TEST_MAIN
