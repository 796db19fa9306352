// Orders that the venue promises to cancel on disconnect: in doubt until it says so, and an alarm where it
// did not.
#include "working_order.hpp"

using namespace gw;
using gw::test::Answer;
using gw::test::Working;
using gw::test::World;

namespace {

constexpr std::int64_t within_s = 10;

engine::Settings promising() {
    engine::Settings settings = test::engine_settings();
    engine::VenueProfile& profile = settings.venues[0].profile;
    profile.cancel_on_disconnect_ms = within_s * 1000;
    profile.kept_on_disconnect[static_cast<std::size_t>(schema::TimeInForce::gtc)] = true;
    return settings;
}

struct Promised : Working {
    Answer kept;
    Promised() : Working(promising()) {
        schema::NewOrder order = new_order("gtc");
        order.time_in_force = schema::TimeInForce::gtc;
        kept = submit(order);
        report(kept.cl_ord_id, "E-gtc", '0', '0', "38=100|14=0|151=100|");
    }
    void lose() { engine->disconnected(0, "lost", now); }
    void back_after(std::int64_t seconds) {
        now += seconds * test::second;
        engine->tick(now);
        wire.sent.clear();
        log_on();
    }
    void says(const Answer& of, char status) {
        const bool ended = status == '4';
        report(of.cl_ord_id, "0", 'I', status, std::string("38=100|14=0|151=") + (ended ? "0|" : "100|"));
    }
    void wait(unsigned seconds) {
        for (unsigned at = 0; at < seconds; ++at) {
            now += test::second;
            engine->tick(now);
        }
    }
    [[nodiscard]] std::uint64_t broken() const { return engine->counters().cancel_promises_broken; }
};

}  // namespace

TEST(promised_orders_are_unknown_and_others_as_they_were) {
    Promised w;
    w.lose();
    CHECK_EQ(w.status(1), std::string("UNKNOWN"));
    CHECK_EQ(w.status(2), std::string("NEW"));
    CHECK_EQ(w.reserved(), std::string("200"));  // a promise is no evidence
    const std::uint64_t hash = w.engine->ledger().state_hash();
    w.crash();
    CHECK_EQ(w.engine->ledger().state_hash(), hash);
}

TEST(promise_that_was_kept_ends_the_order_by_the_venue_s_word) {
    Promised w;
    w.lose();
    w.back_after(20);
    CHECK_EQ(w.sent("35=H|"), 2U);
    w.says(w.answer, '4');
    w.says(w.kept, '0');
    CHECK_EQ(w.status(1), std::string("CANCELED"));
    CHECK_EQ(w.status(2), std::string("NEW"));
    CHECK_EQ(w.broken(), 0U);
    CHECK_EQ(w.reserved(), std::string("100"));
}

TEST(order_that_works_after_the_time_is_over_breaks_the_promise_and_works_on) {
    Promised w;
    w.lose();
    w.back_after(within_s + 1);
    w.says(w.answer, '0');
    w.says(w.kept, '0');
    CHECK_EQ(w.status(1), std::string("NEW"));
    CHECK_EQ(w.broken(), 1U);
    w.says(w.answer, '0');
    w.wait(25);
    CHECK_EQ(w.broken(), 1U);
    const std::uint64_t hash = w.engine->ledger().state_hash();
    w.crash();
    CHECK_EQ(w.engine->ledger().state_hash(), hash);
}

TEST(order_that_works_before_the_time_is_over_is_asked_about_again_then) {
    Promised w;
    w.lose();
    w.back_after(2);
    w.says(w.answer, '0');
    w.says(w.kept, '0');
    CHECK_EQ(w.status(1), std::string("NEW"));
    CHECK_EQ(w.broken(), 0U);
    CHECK_EQ(w.sent("35=H|"), 2U);
    w.wait(within_s - 2);
    CHECK_EQ(w.sent("35=H|"), 3U);
    w.says(w.answer, '0');
    CHECK_EQ(w.broken(), 1U);
    CHECK_EQ(w.status(1), std::string("NEW"));
}

TEST(order_that_is_canceled_late_but_in_time_keeps_the_promise) {
    Promised w;
    w.lose();
    w.back_after(2);
    w.says(w.answer, '0');
    w.says(w.kept, '0');
    w.report(w.answer.cl_ord_id, "C1", '4', '4', "38=100|14=0|151=0|");
    w.wait(20);
    CHECK_EQ(w.broken(), 0U);
    CHECK_EQ(w.status(1), std::string("CANCELED"));
}

TEST(fill_before_the_venue_canceled_counts) {
    Promised w;
    w.lose();
    w.back_after(20);
    w.trade("F1", "40", "40");
    w.report(w.answer.cl_ord_id, "C1", '4', '4', "38=100|14=40|151=0|");
    CHECK_EQ(w.cum(), std::string("40"));
    CHECK_EQ(w.status(1), std::string("CANCELED"));
}

TEST_MAIN
