// New orders that wait for the throttle: sent in their turn, or known not to be.
#include "engine_fixture.hpp"

using namespace gw;
using gw::test::Answer;
using gw::test::World;
using schema::DenialCode;

namespace {

constexpr std::int64_t ms = 1'000'000;

engine::Settings waiting(std::uint32_t messages, std::uint32_t reserved = 0, std::uint32_t waiting_max = 10,
                         std::int64_t wait_max_ns = 5'000 * ms) {
    engine::Settings settings = test::engine_settings();
    settings.sessions[0].throttle = {messages,    1'000 * ms, reserved, engine::OverLimit::wait,
                                     waiting_max, wait_max_ns};
    settings.sessions[0].order_status_requests = false;
    return settings;
}

Answer submit(World& w, int number) {
    return w.submit("o" + std::to_string(number), "1");
}

std::string reserved(const World& w) {
    return test::show(w.engine->ledger().positions()[1].open_buy);
}

}  // namespace

TEST(waiting_orders_leave_in_their_turn_when_there_is_room) {
    World w(waiting(2));
    w.up();
    for (int i = 0; i < 5; ++i) {
        const Answer answer = submit(w, i);
        CHECK_EQ(answer.denial, DenialCode::unspecified);
        CHECK(answer.lsn != 0 && !answer.cl_ord_id.empty());
    }
    CHECK_EQ(w.sent("35=D"), 2U);
    CHECK_EQ(w.status(3), std::string("PENDING_NEW"));
    CHECK_EQ(reserved(w), std::string("5"));
    CHECK_EQ(w.engine->next_deadline_ns(), w.now + 1'000 * ms);
    w.now += 999 * ms;
    w.engine->tick(w.now);
    CHECK_EQ(w.sent("35=D"), 2U);
    w.now += 1 * ms;
    w.engine->tick(w.now);
    CHECK_EQ(w.sent("35=D"), 4U);
    // What comes later does not overtake what waits.
    CHECK_EQ(submit(w, 5).denial, DenialCode::unspecified);
    w.now += 1'000 * ms;
    w.engine->tick(w.now);
    CHECK_EQ(w.sent("35=D"), 6U);
    for (int i = 0; i < 6; ++i)
        CHECK(w.wire.sent[static_cast<std::size_t>(i)].find("|11=" + submit(w, i).cl_ord_id + "|") !=
              std::string::npos);
    CHECK(w.engine->take_began_waiting());
    CHECK(!w.engine->take_began_waiting());
}

TEST(waiting_order_that_was_sent_is_one_like_any_other) {
    World w(waiting(1));
    w.up();
    submit(w, 0);
    const Answer late = submit(w, 1);
    w.now += 1'000 * ms;
    w.engine->tick(w.now);
    w.report(late.cl_ord_id, "E1", 'F', '2', "32=1|31=100|14=1|151=0|6=100|38=1|");
    CHECK_EQ(w.status(2), std::string("FILLED"));
    const std::uint64_t hash = w.engine->ledger().state_hash();
    w.crash();
    CHECK_EQ(w.engine->ledger().state_hash(), hash);
}

TEST(cancels_overtake_what_waits_in_the_room_that_is_kept_for_them) {
    World w(waiting(2, 1));
    w.up();
    submit(w, 0);
    submit(w, 1);
    CHECK_EQ(w.sent("35=D"), 1U);
    CHECK_EQ(w.cancel("c", 1).denial, DenialCode::unspecified);
    CHECK_EQ(w.sent("35=F"), 1U);
    CHECK_EQ(w.sent("35=D"), 1U);
}

TEST(waiting_order_is_canceled_without_a_message) {
    World w(waiting(1));
    w.up();
    submit(w, 0);
    submit(w, 1);
    submit(w, 2);
    const Answer canceled = w.cancel("c", 2);
    CHECK_EQ(canceled.denial, DenialCode::unspecified);
    CHECK_EQ(w.status(2), std::string("NOT_SENT"));
    CHECK_EQ(reserved(w), std::string("2"));
    CHECK_EQ(w.sent("35=F"), 0U);
    const Answer again = w.cancel("c", 2);
    CHECK(again.duplicate && again.lsn == canceled.lsn);
    w.now += 1'000 * ms;
    w.engine->tick(w.now);
    CHECK_EQ(w.sent("35=D"), 2U);  // the one behind it
    CHECK(w.last_sent().find("|11=" + submit(w, 2).cl_ord_id + "|") != std::string::npos);
}

TEST(waiting_order_is_not_replaced) {
    World w(waiting(1));
    w.up();
    submit(w, 0);
    submit(w, 1);
    CHECK_EQ(w.replace("r", 2, "5").denial, DenialCode::throttled);
    CHECK_EQ(w.replace("s", 1, "5").denial, DenialCode::throttled);  // over the limit, and no new order
}

TEST(no_more_wait_than_may) {
    World w(waiting(1, 0, 2));
    w.up();
    for (int i = 0; i < 3; ++i) CHECK_EQ(submit(w, i).denial, DenialCode::unspecified);
    const Answer denied = submit(w, 3);
    CHECK_EQ(denied.denial, DenialCode::throttled);
    CHECK_EQ(denied.limit_name, std::string("throttle.waiting_max"));
    CHECK_EQ(denied.allowed, std::string("2"));
}

TEST(order_that_waits_too_long_is_never_sent) {
    World w(waiting(1, 0, 10, 500 * ms));
    w.up();
    submit(w, 0);
    submit(w, 1);
    CHECK_EQ(w.engine->next_deadline_ns(), w.now + 500 * ms);
    w.now += 500 * ms;
    w.engine->tick(w.now);
    CHECK_EQ(w.status(2), std::string("NOT_SENT"));
    w.now += 5'000 * ms;
    w.engine->tick(w.now);
    CHECK_EQ(w.sent("35=D"), 1U);
    CHECK_EQ(reserved(w), std::string("1"));
    CHECK_EQ(w.engine->counters().orders_not_sent, 1U);
}

TEST(order_waits_no_longer_than_its_clients_deadline) {
    World w(waiting(1));
    w.up();
    submit(w, 0);
    CHECK_EQ(w.submit(World::new_order("o1", "1"), "alice", w.now + 300 * ms).denial,
             DenialCode::unspecified);
    w.now += 1'000 * ms;  // there is room, and it is late
    w.engine->tick(w.now);
    CHECK_EQ(w.status(2), std::string("NOT_SENT"));
    CHECK_EQ(w.sent("35=D"), 1U);
}

TEST(what_waits_ends_with_the_session) {
    World w(waiting(1));
    w.up();
    submit(w, 0);
    submit(w, 1);
    w.engine->disconnected(0, "gone", w.now);
    CHECK_EQ(w.status(2), std::string("NOT_SENT"));
    CHECK_EQ(w.status(1), std::string("UNKNOWN"));
    w.now += 5'000 * ms;
    w.wire.sent.clear();
    w.log_on();
    w.engine->tick(w.now);
    CHECK_EQ(w.sent("35=D"), 0U);
}

TEST(what_waits_ends_with_the_process) {
    World w(waiting(1));
    w.up();
    submit(w, 0);
    submit(w, 1);
    const std::uint64_t hash = w.engine->ledger().state_hash();
    w.crash();
    CHECK_EQ(w.engine->ledger().state_hash(), hash);
    w.start();
    CHECK_EQ(w.status(2), std::string("NOT_SENT"));
    CHECK_EQ(w.status(1), std::string("UNKNOWN"));
    w.log_on();
    w.now += 5'000 * ms;
    w.engine->tick(w.now);
    CHECK_EQ(w.sent("35=D"), 0U);
    CHECK(submit(w, 1).duplicate);
}

TEST(kill_switch_holds_for_what_waits) {
    for (const bool cancel : {false, true}) {
        World w(waiting(1));
        w.up();
        submit(w, 0);
        submit(w, 1);
        (void)w.engine->set_trading_state("firm", schema::TradingState::halted, "why", "op", cancel, w.now);
        if (cancel) CHECK_EQ(w.status(2), std::string("NOT_SENT"));
        w.now += 1'000 * ms;
        w.engine->tick(w.now);
        CHECK_EQ(w.status(2), std::string("NOT_SENT"));
        CHECK_EQ(w.sent("35=D"), 1U);
        CHECK_EQ(w.sent("35=F"), cancel ? 1U : 0U);
    }
}

TEST(mass_cancel_ends_what_waits_without_a_word_to_the_venue) {
    engine::Settings settings = waiting(3, 1);
    settings.venues[0].profile.mass_cancel.fill(true);
    World w(settings);
    w.up();
    for (int i = 0; i < 4; ++i) submit(w, i);
    (void)w.engine->set_trading_state("firm", schema::TradingState::halted, "why", "op", true, w.now);
    CHECK_EQ(w.status(3), std::string("NOT_SENT"));
    CHECK_EQ(w.status(4), std::string("NOT_SENT"));
    CHECK_EQ(w.sent("35=q"), 1U);
    CHECK_EQ(reserved(w), std::string("2"));
}

TEST_MAIN
