// A fill that the session refuses for its time, and a reset under way: what the engine makes of it.
#include "engine_fixture.hpp"

using namespace gw;
using namespace gw::test;

namespace {

engine::Settings checking_time() {
    engine::Settings settings = engine_settings();
    settings.sessions[0].config.check_sending_time = true;
    return settings;
}

std::string fill(const std::string& cl_ord_id, int seq, const std::string& time,
                 const std::string& front = "", const std::string& extra = "") {
    return "35=8|34=" + std::to_string(seq) + "|" + front + "49=ISLD|52=" + time + "|56=TW|" + extra +
           "37=V|11=" + cl_ord_id + "|17=F1|150=F|39=1|55=ACME|54=1|32=40|31=100|14=40|151=60|6=100|";
}

}  // namespace

TEST(fill_refused_for_its_time_counts_once_after_the_next_logon) {
    for (const bool crash : {false, true}) {
        World w(checking_time());
        w.up();
        const Answer order = w.submit("a");
        w.deliver(framed("FIX.4.4", fill(order.cl_ord_id, 2, "<TIME-300>"), w.now));
        CHECK_EQ(w.sent("35=3|"), 1U);
        CHECK_EQ(w.sent("35=5|"), 1U);
        CHECK_EQ(w.net(), "0");
        CHECK_EQ(w.engine->counters().orphan_executions, 0U);
        if (crash) {
            w.restart();
        } else {
            w.deliver(framed("FIX.4.4", "35=5|34=3|49=ISLD|52=<TIME>|56=TW|", w.now));
            w.engine->disconnected(0, "", w.now);
        }
        w.engine->connected(0, w.now);
        w.wire.sent.clear();
        w.deliver(framed("FIX.4.4", "35=A|34=4|49=ISLD|52=<TIME>|56=TW|98=0|108=30|", w.now));
        CHECK_EQ(w.sent("35=2|"), 1U);
        w.deliver(framed("FIX.4.4", fill(order.cl_ord_id, 2, "<TIME>", "43=Y|", "122=<TIME-300>|"), w.now));
        w.deliver(framed("FIX.4.4", "35=4|34=3|43=Y|49=ISLD|52=<TIME>|56=TW|122=<TIME>|123=Y|36=5|", w.now));
        CHECK_EQ(w.net(), "40");
        CHECK_EQ(w.engine->counters().fills, 1U);
        CHECK_EQ(w.engine->counters().duplicate_executions, 0U);
    }
}

TEST(order_is_denied_while_a_reset_is_under_way) {
    World w;
    w.up();
    const Answer open = w.submit("open");
    w.report(open.cl_ord_id, "E1", '0', '0', "14=0|151=100|6=0|38=100|");
    CHECK(w.phase() == schema::SessionState::ready);
    CHECK(w.engine->reset(0, true, {"op", "why"}, w.now).verdict == engine::Engine::Verdict::done);
    CHECK(w.phase() == schema::SessionState::reconciling);
    CHECK(w.submit("a").denial == schema::DenialCode::session_reconciling);
    CHECK(w.cancel("c", open.order_id).denial == schema::DenialCode::session_reconciling);
    CHECK(w.engine->reset(0, true, {"op", "why"}, w.now).verdict == engine::Engine::Verdict::refused);
    CHECK(w.engine->next_deadline_ns() > w.now);

    // Agreed: the open order is asked about before new ones are taken.
    w.venue_seq = 1;
    w.wire.sent.clear();
    w.venue("35=A|98=0|108=30|141=Y|");
    w.engine->tick(w.now);
    CHECK_EQ(w.sent("35=H|"), 1U);
    w.report(open.cl_ord_id, "0", 'I', '0', "14=0|151=100|6=0|38=100|");
    w.engine->tick(w.now);
    CHECK(w.phase() == schema::SessionState::ready);
    CHECK(w.submit("b").denial == schema::DenialCode::unspecified);
}

TEST(reset_that_a_crash_cuts_off_is_asked_for_again) {
    World w;
    w.up();
    CHECK(w.engine->reset(0, false, {"op", "why"}, w.now).verdict == engine::Engine::Verdict::done);
    w.restart();
    w.engine->connected(0, w.now);
    CHECK_EQ(w.last_sent(), "35=A|34=1|49=TW|52=|56=ISLD|98=0|108=30|141=Y|");
    w.venue_seq = 1;
    w.venue("35=A|98=0|108=30|141=Y|");
    w.restart();
    w.engine->connected(0, w.now);
    CHECK_EQ(w.last_sent(), "35=A|34=2|49=TW|52=|56=ISLD|98=0|108=30|");
}

TEST_MAIN
