// A drop copy session beside the order session: every fill counts once, whichever tells of it first.
#include <functional>
#include <string>

#include "working_order.hpp"

using namespace gw;
using gw::test::Working;
using gw::test::World;

namespace {

engine::Settings with_copy(const std::function<void(engine::VenueProfile&)>& change = nullptr) {
    engine::Settings settings = test::engine_settings();
    engine::SessionSettings copy = settings.sessions[0];
    copy.name = "COPY";
    copy.drop_copy = true;
    settings.sessions.push_back(copy);
    settings.venues[0].drop_copies = {"COPY"};
    if (change) change(settings.venues[0].profile);
    return settings;
}

struct Copied : Working {
    std::uint64_t copy_seq = 1;

    explicit Copied(engine::Settings with = with_copy()) : Working(std::move(with)) { connect_copy(); }
    void connect_copy() {
        engine->connected(1, now);
        copy("35=A|98=0|108=30|");
        engine->tick(now);
        wire.sent.clear();
    }
    void copy(const std::string& body) {
        const std::size_t type_end = body.find('|') + 1;
        const std::string full = body.substr(0, type_end) + "34=" + std::to_string(copy_seq++) +
                                 "|49=ISLD|52=<TIME>|56=TW|" + body.substr(type_end);
        const std::string bytes = test::framed(settings.sessions[1].config.begin_string, full, now);
        CHECK_EQ(engine->received(1, bytes, now), bytes.size());
    }
    void copied(const std::string& cl_ord_id, const std::string& exec_id, char exec_type, char status,
                const std::string& more = "") {
        copy(std::string("35=8|37=V-") + cl_ord_id + "|11=" + cl_ord_id + "|17=" + exec_id +
             "|150=" + exec_type + "|39=" + status + "|55=ACME|54=1|" + more);
    }
    void copied_trade(const std::string& exec_id, const std::string& quantity, const std::string& cum,
                      const std::string& more = "") {
        copied(answer.cl_ord_id, exec_id, 'F', '1',
               "32=" + quantity + "|31=100|14=" + cum + "|38=100|797=Y|" + more);
    }
    [[nodiscard]] const engine::Counters& counters() const { return engine->counters(); }
    void check_recovers() {
        const std::uint64_t hash = engine->ledger().state_hash();
        crash();
        CHECK_EQ(engine->ledger().state_hash(), hash);
    }
};

}  // namespace

TEST(drop_copy_session_is_ready_without_asking_anything) {
    Copied w;
    CHECK(w.engine->venue_session(1).phase == schema::SessionState::ready);
    for (int at = 0; at < 40; ++at) {
        w.now += test::second;
        w.engine->tick(w.now);
    }
    for (const std::string& sent : w.wire.sent) CHECK(sent.find("35=H") == std::string::npos);
}

TEST(fill_on_the_copy_first_and_on_the_order_session_later_counts_once) {
    Copied w;
    w.copied_trade("E1", "40", "40");
    CHECK_EQ(w.cum(), std::string("40"));
    CHECK_EQ(w.counters().drop_copy_executions, 1U);
    w.trade("E1", "40", "40");
    CHECK_EQ(w.cum(), std::string("40"));
    CHECK_EQ(w.net(), std::string("40"));
    CHECK_EQ(w.counters().duplicate_executions, 1U);
    w.check_recovers();
}

TEST(fill_on_the_order_session_first_and_on_the_copy_later_counts_once) {
    Copied w;
    w.trade("E1", "40", "40");
    w.copied_trade("E1", "40", "40");
    w.copied_trade("E1", "40", "40", "43=Y|122=20261127-10:00:00|");
    CHECK_EQ(w.cum(), std::string("40"));
    CHECK_EQ(w.counters().drop_copy_executions, 0U);
    w.check_recovers();
}

TEST(fill_counts_once_over_a_restart_between_its_two_sources) {
    for (const bool copy_first : {true, false}) {
        Copied w;
        const auto tell = [&w](bool by_copy) {
            if (by_copy)
                w.copied_trade("E1", "40", "40", "43=Y|122=20261127-10:00:00|");
            else
                w.report(w.answer.cl_ord_id, "E1", 'F', '1',
                         "32=40|31=100|14=40|38=100|43=Y|122=20261127-10:00:00|");
        };
        tell(copy_first);
        w.restart();
        w.log_on();
        w.connect_copy();
        tell(!copy_first);
        CHECK_EQ(w.cum(), std::string("40"));
        CHECK_EQ(w.net(), std::string("40"));
    }
}

TEST(fill_that_the_order_session_lost_is_known_by_the_copy_alone) {
    Copied w;
    w.copied_trade("E1", "40", "40");
    w.copied_trade("E2", "60", "100");
    CHECK_EQ(w.status(1), std::string("FILLED"));
    CHECK_EQ(w.net(), std::string("100"));
    CHECK_EQ(w.reserved(), std::string("0"));
    std::size_t told = 0;
    w.for_each_event<schema::ExecutionReported>(
        [&told](const auto& event) { told += event.drop_copy == "COPY" ? 1U : 0U; });
    CHECK_EQ(told, 2U);
}

TEST(order_session_that_is_behind_the_copy_is_no_difference) {
    Copied w;
    w.copied_trade("E1", "40", "40");
    w.report(w.answer.cl_ord_id, "A1", '0', '0', "38=100|14=0|151=100|");  // of before the fill
    CHECK(!w.order(1).status_differs);
    CHECK_EQ(w.counters().report_differences, 0U);
    w.copied_trade("E2", "10", "50");
    w.trade("E1", "40", "40");
    CHECK(!w.order(1).status_differs);
    // An answer to a question is: the venue counts less than both sessions have told.
    w.report(w.answer.cl_ord_id, "0", 'I', '1', "38=100|14=40|151=60|");
    CHECK(w.order(1).status_differs);
}

TEST(copy_that_is_ahead_tells_of_a_fill_that_is_missing) {
    Copied w;
    w.copied_trade("E2", "10", "50");  // 40 came by no session
    CHECK_EQ(w.cum(), std::string("10"));
    CHECK(w.order(1).status_differs);
}

TEST(state_that_a_copy_tells_late_changes_nothing) {
    Copied w;
    w.replace("r1", 1, "200");
    w.report(w.last_sent().substr(w.last_sent().find("|11=") + 4, w.answer.cl_ord_id.size()), "R1", '5', '0',
             "41=" + w.answer.cl_ord_id + "|38=200|14=0|151=200|44=100|");
    CHECK_EQ(test::show(w.order(1).quantity), std::string("200"));
    w.copied(w.answer.cl_ord_id, "D1", 'D', '0', "38=100|14=0|151=100|44=100|378=3|");  // restated, of before
    w.copied(w.answer.cl_ord_id, "N1", '0', '0', "38=100|14=0|151=100|");
    w.copied(w.answer.cl_ord_id, "I1", 'I', '0', "38=100|14=0|151=100|");
    CHECK_EQ(test::show(w.order(1).quantity), std::string("200"));
    CHECK_EQ(w.status(1), std::string("NEW"));
}

TEST(cancel_that_the_order_session_lost_is_known_by_the_copy) {
    Copied w;
    w.cancel("c1", 1);
    w.copied(w.answer.cl_ord_id, "C1", '4', '4', "41=" + w.answer.cl_ord_id + "|14=0|151=0|38=100|");
    CHECK_EQ(w.status(1), std::string("CANCELED"));
    CHECK_EQ(w.reserved(), std::string("0"));
}

TEST(bust_on_either_session_takes_the_fill_out_once) {
    Copied w;
    w.trade("E1", "40", "40");
    w.copied(w.answer.cl_ord_id, "B1", 'H', '0', "19=E1|14=0|38=100|");
    w.report(w.answer.cl_ord_id, "B1", 'H', '0', "19=E1|14=0|38=100|");
    CHECK_EQ(w.net(), std::string("0"));
    CHECK_EQ(w.counters().orphan_executions, 0U);
}

TEST(execution_key_is_where_the_profile_says_that_copies_have_it) {
    Copied w(with_copy([](auto& profile) {
        profile.drop_copy_exec_id_tag = 527;
        profile.drop_copy_cl_ord_id_tag = 526;
    }));
    w.trade("E1", "40", "40");
    w.copied("theirs", "DC-77", 'F', '1', "32=40|31=100|14=40|38=100|527=E1|526=" + w.answer.cl_ord_id + "|");
    CHECK_EQ(w.cum(), std::string("40"));
    w.copied("theirs", "DC-78", 'F', '1', "32=10|31=100|14=50|38=100|527=E2|526=" + w.answer.cl_ord_id + "|");
    CHECK_EQ(w.cum(), std::string("50"));
}

TEST(copy_with_other_content_is_kept_apart_and_counted) {
    Copied w;
    w.trade("E1", "40", "40");
    w.copied_trade("E1", "41", "41");
    CHECK_EQ(w.cum(), std::string("40"));
    CHECK_EQ(w.counters().conflicting_executions, 1U);
}

TEST(order_that_is_not_ours_becomes_an_external_one_with_its_fills) {
    Copied w;
    const std::string other = "35=8|37=ZZ|11=desk-1|1=A1|55=ACME|54=1|";
    w.copy(other + "17=X0|150=0|39=0|38=10|14=0|151=10|");
    w.copy(other + "17=X1|150=F|39=1|38=10|32=4|31=100|14=4|151=6|");
    w.copy(other + "17=X2|150=4|39=4|38=10|14=4|151=0|");
    CHECK_EQ(w.counters().external_orders, 1U);
    CHECK_EQ(w.status(2), std::string("CANCELED"));
    CHECK_EQ(test::show(w.engine->ledger().positions()[2].net()), std::string("4"));
    w.copy(
        "35=8|37=YY|11=desk-2|1=A1|55=ACME|54=1|17=Y1|150=4|39=4|38=10|14=0|151=0|");  // never seen: nothing
    CHECK_EQ(w.counters().orphan_executions, 0U);
    w.check_recovers();
}

TEST(nothing_is_sent_on_a_drop_copy_session) {
    Copied w;
    CHECK(w.submit("o2").denial == schema::DenialCode::unspecified);
    w.cancel("c1", 1);
    w.copied("nobody", "T1", 'F', '1', "32=10|31=100|14=10|38=10|37=|");
    std::size_t orders = 0;
    for (const std::string& sent : w.wire.sent)
        orders +=
            sent.starts_with("35=D|") || sent.starts_with("35=F|") || sent.starts_with("35=Q|") ? 1U : 0U;
    CHECK_EQ(orders, 2U);
}

TEST(silence_and_loss_of_the_copy_say_nothing_of_an_order) {
    Copied w;
    w.engine->disconnected(1, "lost", w.now);
    CHECK_EQ(w.status(1), std::string("NEW"));
    CHECK(w.phase() == schema::SessionState::ready);
    CHECK(w.submit("o2").denial == schema::DenialCode::unspecified);
}

TEST_MAIN
