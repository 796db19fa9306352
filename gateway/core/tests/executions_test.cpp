// Which executions count: the scope of ExecID, differences and what is inferred from them, orders that were
// not made here, trades that are not known.
#include <functional>

#include "working_order.hpp"

using namespace gw;
using gw::test::Answer;
using gw::test::Working;
using gw::test::World;

namespace {

engine::Settings with_profile(const std::function<void(engine::VenueProfile&)>& change) {
    engine::Settings settings = test::engine_settings();
    change(settings.venues[0].profile);
    return settings;
}

const order::Position& position(const World& w, std::uint64_t at) {
    return w.engine->ledger().positions()[at];
}

std::string name(const World& w, const char* of, const order::Position& p) {
    const order::LedgerNames& names = w.engine->ledger().names();
    return std::string(*of == 'a' ? names.accounts.name(p.account) : names.strategies.name(p.strategy));
}

void wait(World& w, std::int64_t seconds) {
    for (std::int64_t at = 0; at < seconds; ++at) {
        w.now += test::second;
        w.engine->tick(w.now);
    }
}

// A report of an order that was not made here.
std::string elsewhere(const std::string& exec_id, char exec_type, char status, const std::string& more) {
    return "35=8|37=ZZ|11=elsewhere|1=A1|17=" + exec_id + "|150=" + exec_type + "|39=" + status +
           "|55=ACME|54=1|" + more;
}

}  // namespace

// --- the execution key

TEST(same_exec_id_on_another_day_counts_where_the_profile_says_so) {
    Working w(with_profile([](auto& profile) { profile.exec_id_per_trade_date = true; }));
    w.report(w.answer.cl_ord_id, "E1", 'F', '1', "32=30|31=100|14=30|75=20261121|");
    w.report(w.answer.cl_ord_id, "E1", 'F', '1', "32=30|31=100|14=30|75=20261121|");
    CHECK_EQ(w.cum(), std::string("30"));
    w.report(w.answer.cl_ord_id, "E1", 'F', '1', "32=20|31=100|14=50|75=20261122|");
    CHECK_EQ(w.cum(), std::string("50"));
    w.report(w.answer.cl_ord_id, "E2", 'H', '1', "19=E1|14=30|75=20261122|");
    CHECK_EQ(w.cum(), std::string("30"));
    const std::uint64_t hash = w.engine->ledger().state_hash();
    w.crash();
    CHECK_EQ(w.engine->ledger().state_hash(), hash);
}

TEST(same_exec_id_on_another_day_is_a_conflict_where_the_profile_does_not) {
    Working w;
    w.report(w.answer.cl_ord_id, "E1", 'F', '1', "32=30|31=100|14=30|75=20261121|");
    w.report(w.answer.cl_ord_id, "E1", 'F', '1', "32=20|31=100|14=50|75=20261122|");
    CHECK_EQ(w.cum(), std::string("30"));
    CHECK_EQ(w.engine->counters().conflicting_executions, 1U);
}

TEST(same_exec_id_in_another_account_counts_where_the_profile_says_so) {
    for (const bool scoped : {true, false}) {
        engine::Settings settings = with_profile([&](auto& p) { p.exec_id_per_account = scoped; });
        settings.clients[0].accounts.push_back("A2");
        Working w(settings);
        schema::NewOrder second = World::new_order("o2");
        second.account = "A2";
        const Answer b = w.submit(second);
        w.trade("E1", "30", "30");
        w.report(b.cl_ord_id, "E1", 'F', '1', "32=20|31=100|14=20|");
        CHECK_EQ(test::show(w.order(2).cum_quantity), std::string(scoped ? "20" : "0"));
    }
}

// --- differences

TEST(missing_execution_is_asked_for_and_the_real_one_counts) {
    Working w;
    w.trade("E2", "20", "50");  // E1 with 30 is missing
    CHECK(w.order(1).status_differs);
    w.engine->tick(w.now);
    CHECK_EQ(w.sent("35=H|"), 1U);
    w.trade("E1", "30", "50");
    CHECK_EQ(w.cum(), std::string("50"));
    CHECK(!w.order(1).status_differs);
    wait(w, 60);
    CHECK_EQ(w.engine->counters().inferred_fills, 0U);
}

TEST(execution_that_never_comes_is_inferred_after_the_real_one_had_its_chance) {
    Working w;
    w.report(w.answer.cl_ord_id, "E2", 'F', '1', "32=20|31=101|14=50|6=100.4|");  // so 30 at 100 are missing
    wait(w, 9);
    CHECK_EQ(w.cum(), std::string("20"));
    wait(w, 3);
    CHECK_EQ(w.cum(), std::string("50"));
    CHECK_EQ(w.net(), std::string("50"));
    CHECK_EQ(w.order(1).average_price(), *Decimal::parse("100.4"));
    CHECK_EQ(w.engine->counters().inferred_fills, 1U);
    wait(w, 100);
    CHECK_EQ(w.engine->counters().inferred_fills, 1U);
    const std::uint64_t hash = w.engine->ledger().state_hash();
    w.crash();
    CHECK_EQ(w.engine->ledger().state_hash(), hash);
}

TEST(nothing_is_inferred_before_the_venue_had_time_to_answer) {
    Working w;
    w.report(w.answer.cl_ord_id, "E2", 'F', '1', "32=20|31=101|14=50|6=100.4|");
    w.engine->disconnected(0, "cut", w.now);
    w.now += 60 * test::second;  // there was no one to ask
    w.log_on();
    w.now += 11 * test::second;
    w.engine->tick(w.now);  // ready: the question goes out
    w.engine->tick(w.now);
    CHECK_EQ(w.cum(), std::string("20"));
    w.report(w.answer.cl_ord_id, "S1", 'I', '1', "14=20|6=101|");  // 30 were busted meanwhile
    wait(w, 100);
    CHECK_EQ(w.cum(), std::string("20"));
    CHECK_EQ(w.engine->counters().inferred_fills, 0U);
}

TEST(execution_of_an_ended_order_that_is_missing_is_asked_for_after_a_restart) {
    Working w;
    const Answer c = w.cancel("c1", 1);
    w.report(c.cl_ord_id, "E2", '4', '4', "41=" + w.answer.cl_ord_id + "|38=100|14=30|6=100|151=0|");
    CHECK_EQ(w.status(1), std::string("CANCELED"));
    w.restart();
    w.log_on();
    CHECK_EQ(w.sent("35=H"), 1U);
    w.report(w.answer.cl_ord_id, "S1", 'I', '4', "38=100|14=30|6=100|151=0|");
    wait(w, 20);
    CHECK_EQ(w.cum(), std::string("30"));
    CHECK_EQ(w.net(), std::string("30"));
    CHECK_EQ(w.status(1), std::string("CANCELED"));
}

TEST(inferred_fill_gives_way_to_the_real_one) {
    Working w;
    w.report(w.answer.cl_ord_id, "E2", 'F', '1', "32=20|31=101|14=50|6=100.4|");
    wait(w, 12);
    CHECK_EQ(w.cum(), std::string("50"));
    w.restart();
    w.log_on();
    w.report(w.answer.cl_ord_id, "E1", 'F', '1', "32=30|31=100.1|14=50|");  // at last, and at another price
    CHECK_EQ(w.cum(), std::string("50"));
    CHECK_EQ(w.net(), std::string("50"));
    CHECK_EQ(w.order(1).average_price(), *Decimal::parse("100.46"));
    w.report(w.answer.cl_ord_id, "E3", 'F', '1', "32=10|31=100|14=60|");
    CHECK_EQ(w.cum(), std::string("60"));
}

TEST(newer_execution_does_not_take_the_place_of_an_inferred_one) {
    Working w;
    w.report(w.answer.cl_ord_id, "E2", 'F', '1', "32=20|31=101|14=50|6=100.4|");
    wait(w, 12);
    w.report(w.answer.cl_ord_id, "E3", 'F', '1', "32=10|31=100|14=60|");
    CHECK_EQ(w.cum(), std::string("60"));
    w.report(w.answer.cl_ord_id, "E1", 'F', '1', "32=30|31=100|14=30|");
    CHECK_EQ(w.cum(), std::string("60"));
    CHECK_EQ(w.net(), std::string("60"));
}

TEST(nothing_is_inferred_where_the_profile_forbids_it) {
    Working w(with_profile([](auto& profile) { profile.inferred_fill_after_ms = 0; }));
    w.report(w.answer.cl_ord_id, "E2", 'F', '1', "32=20|31=101|14=50|6=100.4|");
    wait(w, 100);
    CHECK_EQ(w.cum(), std::string("20"));
    CHECK(w.order(1).status_differs);
}

TEST(order_that_the_venue_has_forgotten_is_unknown_until_somebody_knows_better) {
    Working w;
    w.trade("E1", "40", "40");
    const std::string forgotten = "38=100|14=0|151=0|58=no such order|";
    w.report(w.answer.cl_ord_id, "0", 'I', '8', forgotten);
    CHECK_EQ(w.status(1), std::string("UNKNOWN"));
    CHECK_EQ(w.cum(), std::string("40"));
    CHECK_EQ(w.reserved(), std::string("60"));
    for (int asked = 0; asked < 10; ++asked) {
        const std::size_t before = w.sent("35=H|");
        wait(w, 20);
        w.venue("35=0|");
        if (w.sent("35=H|") != before) w.report(w.answer.cl_ord_id, "0", 'I', '8', forgotten);
        CHECK_EQ(w.status(1), std::string("UNKNOWN"));
    }
    CHECK(w.sent("35=H|") <= 5U);  // asked so often and no more
    w.report(w.answer.cl_ord_id, "0", 'I', '1', "38=100|14=40|151=60|");
    CHECK_EQ(w.status(1), std::string("PARTIALLY_FILLED"));
    const std::uint64_t hash = w.engine->ledger().state_hash();
    w.crash();
    CHECK_EQ(w.engine->ledger().state_hash(), hash);
}

TEST(difference_in_leaves_or_average_price_alone_is_seen_and_asked_about) {
    Working w;
    w.report(w.answer.cl_ord_id, "E1", 'F', '1', "32=30|31=100|14=30|151=60|");
    CHECK(w.order(1).status_differs);
    w.report(w.answer.cl_ord_id, "E2", 'F', '1', "32=10|31=100|14=40|151=60|6=99|");
    CHECK(w.order(1).status_differs);
    w.report(w.answer.cl_ord_id, "E3", 'F', '1', "32=10|31=100|14=50|151=50|6=100.001|");  // rounding
    CHECK(!w.order(1).status_differs);
    CHECK_EQ(w.cum(), std::string("50"));
}

// --- orders that were not made here

TEST(report_for_no_known_order_makes_an_external_order_with_a_position_of_its_own) {
    Working w;
    w.trade("E1", "30", "30");
    w.venue(elsewhere("X1", '0', '0', "38=70|44=99|14=0|"));
    w.venue(elsewhere("X2", 'F', '1', "38=70|44=99|32=5|31=99|14=5|"));
    CHECK_EQ(w.engine->counters().external_orders, 1U);
    CHECK_EQ(w.engine->counters().orphan_executions, 0U);
    CHECK(w.order(2).external);
    CHECK_EQ(w.status(2), std::string("PARTIALLY_FILLED"));
    CHECK_EQ(w.net(), std::string("30"));
    CHECK_EQ(position(w, 2).net(), Decimal::from_units(5));
    CHECK_EQ(name(w, "account", position(w, 2)), std::string("A1"));
    CHECK_EQ(name(w, "strategy", position(w, 2)), std::string("(external)"));
    w.venue(elsewhere("X2", 'F', '1', "38=70|44=99|32=5|31=99|14=5|"));  // again
    CHECK_EQ(position(w, 2).net(), Decimal::from_units(5));
    const std::uint64_t hash = w.engine->ledger().state_hash();
    w.crash();
    CHECK_EQ(w.engine->ledger().state_hash(), hash);
    CHECK_EQ(w.engine->counters().external_orders, 1U);
}

TEST(external_order_can_be_claimed_by_a_strategy_and_canceled_under_its_own_id) {
    Working w(with_profile([](auto& profile) {
        profile.orphan_client = "alice";
        profile.orphan_strategy = "desk";
    }));
    w.venue(elsewhere("X1", 'F', '1', "38=70|44=99|32=5|31=99|14=5|"));
    CHECK_EQ(name(w, "strategy", position(w, 2)), std::string("desk"));
    const Answer c = w.cancel("c1", 2);
    CHECK(c.denial == schema::DenialCode::unspecified);
    CHECK(w.last_sent().find("|41=elsewhere|") != std::string::npos);
    w.venue("35=8|37=ZZ|11=" + c.cl_ord_id + "|41=elsewhere|17=X3|150=4|39=4|55=ACME|54=1|14=5|151=0|");
    CHECK_EQ(w.status(2), std::string("CANCELED"));
}

TEST(orphan_stays_an_orphan_where_the_profile_says_so) {
    Working w(with_profile([](auto& profile) { profile.adopt_orphans = false; }));
    w.venue(elsewhere("X1", 'F', '1', "38=70|44=99|32=5|31=99|14=5|"));
    CHECK_EQ(w.engine->counters().orphan_executions, 1U);
    CHECK_EQ(w.engine->ledger().order_count(), 1U);
}

TEST(reject_or_cancel_of_an_order_that_is_not_known_makes_no_order) {
    Working w;
    w.venue(elsewhere("X1", '8', '8', "38=70|14=0|"));
    w.venue(elsewhere("X2", '4', '4', "38=70|14=0|"));
    CHECK_EQ(w.engine->counters().orphan_executions, 2U);
    CHECK_EQ(w.engine->ledger().order_count(), 1U);
}

// --- trades that are not known

TEST(dont_know_trade_is_sent_where_the_profile_asks_for_it) {
    Working w(with_profile([](auto& profile) {
        profile.adopt_orphans = false;
        profile.dont_know_trades = true;
    }));
    w.venue(elsewhere("X1", 'F', '1', "38=70|44=99|32=5|31=99|14=5|"));
    CHECK(w.last_sent().starts_with("35=Q|"));
    for (const char* field : {"|37=ZZ|", "|17=X1|", "|127=D|", "|32=5|", "|31=99|"})
        CHECK(w.last_sent().find(field) != std::string::npos);
    w.trade("E1", "30", "30");
    w.trade("E1", "40", "40");
    CHECK(w.last_sent().find("|127=Z|") != std::string::npos);
    CHECK_EQ(w.cum(), std::string("30"));
}

TEST(report_whose_quantity_is_no_number_is_rejected_and_kept_aside) {
    engine::Settings settings = test::engine_settings();
    World w(settings);
    w.up();
    const Answer a = w.submit("o1");
    // Without a dictionary only what cannot be read at all is rejected: a tag that is no number.
    w.venue("35=8|37=V|11=" + a.cl_ord_id + "|17=E1|150=F|39=1|55=ACME|54=1|31=100|14=5|32x=5|");
    CHECK(w.last_sent().starts_with("35=3|"));
    CHECK_EQ(w.engine->counters().orphan_executions, 1U);
    w.report(a.cl_ord_id, "E2", 'F', '1', "32=abc|31=100|14=5|");  // readable, and no trade
    CHECK_EQ(w.engine->counters().orphan_executions, 2U);
    CHECK_EQ(test::show(w.order(1).cum_quantity), std::string("0"));
}

TEST_MAIN
