// Rules that order systems get wrong, one test each. docs/orders.md lists them.
#include "working_order.hpp"

using namespace gw;
using gw::test::Answer;
using gw::test::Working;
using gw::test::World;

namespace {

std::string replaced(const Working& w, const Answer& r, const std::string& quantity, const std::string& cum) {
    return "35=8|37=V|11=" + r.cl_ord_id + "|41=" + w.answer.cl_ord_id + "|17=R" + r.cl_ord_id +
           "|150=5|39=0|55=ACME|54=1|38=" + quantity + "|44=100|14=" + cum + "|";
}

std::size_t orphans(const World& w) {
    return w.engine->counters().orphan_executions;
}

}  // namespace

TEST(filled_order_can_be_replaced_up_and_lives_again) {
    Working w;
    w.trade("E1", "100", "100", '2');
    CHECK_EQ(w.status(1), std::string("FILLED"));
    CHECK(w.replace("r0", 1, "", "101").denial ==
          schema::DenialCode::order_not_open);  // nothing more is wanted
    const Answer r = w.replace("r1", 1, "150");
    CHECK(r.denial == schema::DenialCode::unspecified);
    CHECK_EQ(w.status(1), std::string("PENDING_REPLACE"));
    CHECK_EQ(w.reserved(), std::string("50"));
    w.venue(replaced(w, r, "150", "100"));
    CHECK_EQ(w.status(1), std::string("PARTIALLY_FILLED"));
    CHECK_EQ(w.reserved(), std::string("50"));
}

TEST(fill_that_crosses_a_replace_up_keeps_the_replace_and_its_reservation) {
    Working w;
    const Answer r = w.replace("r1", 1, "150");
    w.trade("E1", "100", "100", '2');  // filled at its old terms; the venue has yet to see the replace
    CHECK_EQ(w.status(1), std::string("PENDING_REPLACE"));
    CHECK_EQ(w.reserved(), std::string("50"));
    w.venue(replaced(w, r, "150", "100"));
    CHECK_EQ(w.status(1), std::string("PARTIALLY_FILLED"));
    CHECK_EQ(w.reserved(), std::string("50"));
}

TEST(fill_that_crosses_a_replace_up_that_is_refused_ends_filled) {
    Working w;
    const Answer r = w.replace("r1", 1, "150");
    w.trade("E1", "100", "100", '2');
    w.venue("35=9|37=V|11=" + r.cl_ord_id + "|41=" + w.answer.cl_ord_id + "|39=2|434=2|102=0|");
    CHECK_EQ(w.status(1), std::string("FILLED"));
    CHECK_EQ(w.reserved(), std::string("0"));
    CHECK_EQ(w.engine->ledger().open_order_count(), 0U);
}

TEST(fill_that_crosses_a_cancel_ends_the_cancel) {
    Working w;
    w.cancel("c1", 1);
    w.trade("E1", "100", "100", '2');
    CHECK_EQ(w.status(1), std::string("FILLED"));
    CHECK_EQ(w.order(1).pending_requests(), 0U);
}

TEST(reject_for_a_duplicate_cl_ord_id_does_not_kill_the_live_order) {
    Working w;
    w.trade("E1", "30", "30");
    w.report(w.answer.cl_ord_id, "E2", '8', '8', "103=6|58=duplicate|14=0|");
    CHECK_EQ(w.status(1), std::string("PARTIALLY_FILLED"));
    CHECK_EQ(w.reserved(), std::string("70"));
}

TEST(duplicate_reject_of_an_order_never_acknowledged_leaves_it_unknown_and_is_asked_about) {
    World w;
    w.up();
    const Answer a = w.submit("o1");
    w.report(a.cl_ord_id, "E1", '8', '8', "103=6|58=duplicate|14=0|");
    CHECK_EQ(w.status(1), std::string("UNKNOWN"));
    CHECK_EQ(test::show(w.engine->ledger().positions()[1].open_buy), std::string("100"));
    w.engine->tick(w.now);
    CHECK_EQ(w.sent("35=H|"), 1U);
    w.report(a.cl_ord_id, "E2", 'I', '1', "14=0|");  // the venue has it after all
    CHECK_EQ(w.status(1), std::string("NEW"));
}

TEST(questions_about_an_unknown_order_are_paced_and_bounded) {
    World w;
    w.up();
    const Answer a = w.submit("o1");
    w.report(a.cl_ord_id, "E1", '8', '8', "103=6|14=0|");
    for (int at = 0; at < 400; ++at) {
        w.now += test::second / 4;
        w.engine->tick(w.now);
    }
    CHECK_EQ(w.sent("35=H|"), 5U);
    CHECK_EQ(w.status(1), std::string("UNKNOWN"));  // silence is not a reject
}

TEST(poss_resend_is_answered_by_status_and_changes_nothing) {
    Working w;
    w.trade("E1", "30", "30");
    w.venue("35=8|97=Y|37=V-" + w.answer.cl_ord_id + "|11=" + w.answer.cl_ord_id +
            "|17=E2|150=I|39=1|55=ACME|54=1|38=100|14=30|151=70|");
    CHECK_EQ(w.status(1), std::string("PARTIALLY_FILLED"));
    CHECK_EQ(w.cum(), std::string("30"));
}

TEST(execution_sent_again_as_poss_resend_counts_once) {
    Working w;
    w.trade("E1", "30", "30");
    w.venue("35=8|97=Y|37=V-" + w.answer.cl_ord_id + "|11=" + w.answer.cl_ord_id +
            "|17=E1|150=F|39=1|55=ACME|54=1|32=30|31=100|38=100|14=30|151=70|");
    CHECK_EQ(w.cum(), std::string("30"));
    CHECK_EQ(w.net(), std::string("30"));
}

TEST(killed_remainder_of_ioc_comes_as_canceled_or_as_expired) {
    for (const char exec_type : {'4', 'C'}) {
        World w;
        w.up();
        schema::NewOrder order = w.new_order("o1");
        order.time_in_force = schema::TimeInForce::ioc;
        const Answer a = w.submit(order);
        w.report(a.cl_ord_id, "E1", 'F', '1', "32=40|31=100|14=40|38=100|");
        w.report(a.cl_ord_id, "E2", exec_type, exec_type, "14=40|151=0|");
        CHECK_EQ(w.status(1), std::string(exec_type == '4' ? "CANCELED" : "EXPIRED"));
        CHECK(w.engine->ledger().positions()[1].open_buy.is_zero());
        CHECK_EQ(w.net(), std::string("40"));
    }
}

TEST(cancel_reject_never_overwrites_filled) {
    Working w;
    const Answer c = w.cancel("c1", 1);
    w.trade("E1", "100", "100", '2');
    w.venue("35=9|37=NONE|11=" + c.cl_ord_id + "|41=" + w.answer.cl_ord_id + "|39=8|434=1|102=1|");
    CHECK_EQ(w.status(1), std::string("FILLED"));
}

TEST(cancel_reject_for_an_unknown_order_does_not_end_a_live_one) {
    Working w;
    const Answer c = w.cancel("c1", 1);
    w.venue("35=9|37=NONE|11=" + c.cl_ord_id + "|41=" + w.answer.cl_ord_id + "|39=8|434=1|102=1|");
    CHECK_EQ(w.status(1), std::string("UNKNOWN"));
    CHECK_EQ(w.reserved(), std::string("100"));
    w.engine->tick(w.now);
    CHECK_EQ(w.sent("35=H|"), 1U);
    w.trade("E1", "100", "100", '2');
    CHECK_EQ(w.status(1), std::string("FILLED"));
}

TEST(partial_fill_between_a_replace_and_its_ack_counts_in_both) {
    Working w;
    const Answer r = w.replace("r1", 1, "150");
    w.venue("35=8|37=V|11=" + r.cl_ord_id + "|41=" + w.answer.cl_ord_id +
            "|17=P1|150=E|39=E|55=ACME|54=1|38=100|14=0|");
    w.trade("E1", "60", "60", 'E');
    CHECK_EQ(w.order(1).leaves(), Decimal::from_units(40));
    w.venue(replaced(w, r, "150", "60"));
    CHECK_EQ(w.order(1).leaves(), Decimal::from_units(90));
    CHECK_EQ(w.cum(), std::string("60"));
}

TEST(replace_confirmed_again_does_not_bring_old_terms_back) {
    Working w;
    const Answer r1 = w.replace("r1", 1, "150");
    w.venue(replaced(w, r1, "150", "0"));
    const Answer r2 = w.replace("r2", 1, "50");
    w.venue(replaced(w, r2, "50", "0"));
    w.venue(replaced(w, r1, "150", "0"));  // replayed
    CHECK_EQ(w.order(1).quantity, Decimal::from_units(50));
    CHECK_EQ(w.reserved(), std::string("50"));
    w.cancel("c1", 1);
    CHECK(w.last_sent().find("|41=" + r2.cl_ord_id + "|") != std::string::npos);
}

TEST(replaces_confirmed_in_the_wrong_order_leave_the_later_terms_in_force) {
    Working w;
    const Answer r1 = w.replace("r1", 1, "150");
    const Answer r2 = w.replace("r2", 1, "50");
    w.venue(replaced(w, r2, "50", "0"));
    w.venue(replaced(w, r1, "150", "0"));  // late
    CHECK_EQ(w.order(1).quantity, Decimal::from_units(50));
    CHECK_EQ(w.order(1).pending_replaces, 0);
    CHECK_EQ(w.reserved(), std::string("50"));
    w.cancel("c1", 1);
    CHECK(w.last_sent().find("|41=" + r2.cl_ord_id + "|") != std::string::npos);
}

TEST(replace_that_is_confirmed_settles_those_it_builds_on) {
    Working w;
    w.replace("r1", 1, "150");  // done, and its report is lost
    const Answer r2 = w.replace("r2", 1, "50");
    w.venue(replaced(w, r2, "50", "0"));
    CHECK_EQ(w.order(1).pending_replaces, 0);
    CHECK_EQ(w.status(1), std::string("NEW"));
    CHECK_EQ(w.reserved(), std::string("50"));
    w.trade("E1", "50", "50", '2');
    CHECK_EQ(w.status(1), std::string("FILLED"));
    CHECK_EQ(w.reserved(), std::string("0"));
}

// --- busts and corrections

TEST(bust_that_comes_before_its_fill_takes_the_fill_out) {
    Working w;
    w.report(w.answer.cl_ord_id, "E9", 'H', '0', "19=E1|14=0|");
    CHECK_EQ(w.cum(), std::string("0"));
    w.trade("E1", "30", "0", '0');
    CHECK_EQ(w.cum(), std::string("0"));
    CHECK_EQ(w.net(), std::string("0"));
    CHECK_EQ(w.status(1), std::string("NEW"));
    w.trade("E1", "30", "0", '0');  // and again
    CHECK_EQ(w.net(), std::string("0"));
    w.trade("E2", "10", "10");
    CHECK_EQ(w.cum(), std::string("10"));
    CHECK(!w.order(1).status_differs);
    CHECK_EQ(orphans(w), 0U);
    const std::uint64_t hash = w.engine->ledger().state_hash();
    w.crash();
    CHECK_EQ(w.engine->ledger().state_hash(), hash);
}

TEST(correction_that_comes_before_its_fill_stands_in_its_place) {
    Working w;
    w.report(w.answer.cl_ord_id, "E9", 'G', '1', "19=E1|32=25|31=101|14=25|");
    CHECK_EQ(w.cum(), std::string("25"));
    w.trade("E1", "30", "25");
    CHECK_EQ(w.cum(), std::string("25"));
    CHECK_EQ(w.net(), std::string("25"));
}

TEST(bust_that_comes_twice_counts_once) {
    Working w;
    w.trade("E1", "30", "30");
    w.report(w.answer.cl_ord_id, "E9", 'H', '0', "19=E1|14=0|");
    w.report(w.answer.cl_ord_id, "E9", 'H', '0', "19=E1|14=0|");
    CHECK_EQ(w.net(), std::string("0"));
    CHECK_EQ(orphans(w), 0U);
    w.report(w.answer.cl_ord_id, "E10", 'H', '0',
             "19=E1|14=0|");  // by another report: somebody must look at it
    CHECK_EQ(w.net(), std::string("0"));
    CHECK_EQ(orphans(w), 1U);
}

TEST(bust_of_a_correction_by_its_own_exec_id_takes_the_trade_out) {
    Working w;
    w.trade("E1", "30", "30");
    w.report(w.answer.cl_ord_id, "E2", 'G', '1', "19=E1|32=25|31=100|14=25|");
    w.report(w.answer.cl_ord_id, "E3", 'G', '1', "19=E2|32=20|31=100|14=20|");
    CHECK_EQ(w.net(), std::string("20"));
    w.report(w.answer.cl_ord_id, "E4", 'H', '0', "19=E3|14=0|");
    CHECK_EQ(w.net(), std::string("0"));
    CHECK_EQ(w.status(1), std::string("NEW"));
}

TEST(bust_after_the_position_was_reversed_leaves_what_was_really_traded) {
    Working w;  // buys 100 in all
    w.trade("E1", "60", "60");
    w.trade("E2", "40", "100", '2');
    schema::NewOrder sale = w.new_order("o2", "150");
    sale.side = schema::Side::sell;
    const Answer s = w.submit(sale);
    w.venue("35=8|37=V2|11=" + s.cl_ord_id + "|17=S1|150=F|39=2|55=ACME|54=2|32=150|31=101|14=150|38=150|");
    CHECK_EQ(w.net(), std::string("-50"));
    w.report(w.answer.cl_ord_id, "E9", 'H', '1', "19=E1|14=40|");
    CHECK_EQ(w.net(), std::string("-110"));
    CHECK_EQ(w.cum(), std::string("40"));
    CHECK_EQ(w.status(1), std::string("PARTIALLY_FILLED"));
}

TEST(good_till_cancel_order_done_for_the_day_keeps_its_reservation_and_can_be_canceled) {
    World w;
    w.up();
    schema::NewOrder order = w.new_order("o1");
    order.time_in_force = schema::TimeInForce::gtc;
    const Answer a = w.submit(order);
    w.report(a.cl_ord_id, "E1", 'F', '1', "32=40|31=100|14=40|38=100|");
    w.report(a.cl_ord_id, "E2", '3', '3', "14=40|151=60|38=100|");
    CHECK_EQ(w.status(1), std::string("DONE_FOR_DAY"));
    CHECK_EQ(test::show(w.engine->ledger().positions()[1].open_buy), std::string("60"));
    CHECK_EQ(w.engine->ledger().open_order_count(), 1U);
    CHECK(w.cancel("c1", 1).denial == schema::DenialCode::unspecified);
}

TEST(order_that_the_venue_expires_at_the_end_of_the_session_releases_its_reservation) {
    Working w;
    w.trade("E1", "40", "40");
    w.report(w.answer.cl_ord_id, "E2", 'C', 'C', "14=40|151=0|");
    CHECK_EQ(w.status(1), std::string("EXPIRED"));
    CHECK_EQ(w.reserved(), std::string("0"));
}

// --- a replace that opens a filled order again, whose report is lost

namespace {

// Filled, and a replace up to 150 under way.
struct Reopening : Working {
    Answer up;
    Reopening() {
        trade("E1", "100", "100", '2');
        up = replace("r1", 1, "150");
    }
};

}  // namespace

TEST(status_of_a_reopened_order_that_has_ended_confirms_the_replace_and_ends_it) {
    for (const char status : {'4', 'C'}) {
        Reopening w;
        CHECK_EQ(w.reserved(), std::string("50"));
        w.report(w.up.cl_ord_id, "S1", 'I', status, "38=150|14=100|151=0|6=100|");
        CHECK_EQ(w.status(1), std::string(status == '4' ? "CANCELED" : "EXPIRED"));
        CHECK_EQ(test::show(w.order(1).quantity), std::string("150"));
        CHECK_EQ(w.reserved(), std::string("0"));
        CHECK_EQ(w.net(), std::string("100"));
        CHECK(!w.order(1).status_differs);
        CHECK_EQ(w.engine->ledger().open_order_count(), 0U);
        const std::uint64_t hash = w.engine->ledger().state_hash();
        w.crash();
        CHECK_EQ(w.engine->ledger().state_hash(), hash);
    }
}

TEST(cancel_of_a_reopened_order_ends_it_although_the_replace_was_never_confirmed) {
    Reopening w;
    w.report(w.up.cl_ord_id, "E2", '4', '4', "38=150|14=100|151=0|6=100|");
    CHECK_EQ(w.status(1), std::string("CANCELED"));
    CHECK_EQ(w.reserved(), std::string("0"));
    w.report(w.up.cl_ord_id, "E3", '5', '2', "41=" + w.answer.cl_ord_id + "|38=150|14=100|151=50|6=100|");
    CHECK_EQ(w.status(1), std::string("CANCELED"));  // told late: what ended stays ended
    CHECK_EQ(w.reserved(), std::string("0"));
}

// A replace up was done and its report is lost; the cancel that follows it says OrderQty(38).
TEST(late_fill_of_an_order_canceled_after_a_replace_that_was_never_told_leaves_it_canceled) {
    for (const bool fill_first : {false, true}) {
        Working w;
        const Answer up = w.replace("r1", 1, "170");
        const Answer c = w.cancel("c1", 1);
        if (fill_first) w.trade("E1", "100", "100", '2');
        w.report(c.cl_ord_id, "E2", '4', '4', "41=" + up.cl_ord_id + "|38=170|14=100|151=0|6=100|");
        CHECK_EQ(w.status(1), std::string("CANCELED"));
        CHECK_EQ(test::show(w.order(1).quantity), std::string("170"));
        if (!fill_first) w.trade("E1", "100", "100", '2');
        CHECK_EQ(w.status(1), std::string("CANCELED"));
        CHECK_EQ(w.cum(), std::string("100"));
        CHECK_EQ(w.net(), std::string("100"));
        CHECK_EQ(w.reserved(), std::string("0"));
        CHECK_EQ(w.engine->ledger().open_order_count(), 0U);
        const std::uint64_t hash = w.engine->ledger().state_hash();
        w.crash();
        CHECK_EQ(w.engine->ledger().state_hash(), hash);
    }
}

TEST(late_fill_of_an_order_that_the_venue_canceled_under_its_untold_replace_leaves_it_canceled) {
    Working w;
    const Answer up = w.replace("r1", 1, "170");
    w.trade("E1", "30", "30");
    w.report(up.cl_ord_id, "E3", '4', '4', "38=170|14=100|151=0|6=100|");
    w.trade("E2", "70", "100", '2');
    CHECK_EQ(w.status(1), std::string("CANCELED"));
    CHECK_EQ(w.cum(), std::string("100"));
}

TEST(cancel_that_says_what_has_traded_as_its_quantity_is_no_replace) {
    Working w;
    w.trade("E1", "40", "40");
    (void)w.replace("r1", 1, "40");
    w.report(w.answer.cl_ord_id, "E2", '4', '4', "38=40|14=40|151=0|");
    CHECK_EQ(w.status(1), std::string("CANCELED"));
    CHECK_EQ(w.cum(), std::string("40"));
}

TEST(cancel_with_the_old_quantity_does_not_take_a_pending_replace_for_done) {
    Working w;
    (void)w.replace("r1", 1, "170");
    w.report(w.answer.cl_ord_id, "E2", '4', '4', "38=100|14=0|151=0|");
    CHECK_EQ(w.status(1), std::string("CANCELED"));
    CHECK_EQ(test::show(w.order(1).quantity), std::string("100"));
}

TEST(suspended_order_keeps_its_reservation_trades_on_and_can_be_canceled) {
    Working w;
    w.report(w.answer.cl_ord_id, "E1", '9', '9', "38=100|14=0|151=100|");
    CHECK_EQ(w.status(1), std::string("SUSPENDED"));
    CHECK_EQ(w.reserved(), std::string("100"));
    w.trade("E2", "40", "40");
    CHECK_EQ(w.status(1), std::string("PARTIALLY_FILLED"));
    w.report(w.answer.cl_ord_id, "E3", '9', '9', "38=100|14=40|151=60|6=100|");
    CHECK_EQ(w.status(1), std::string("SUSPENDED"));
    CHECK_EQ(w.reserved(), std::string("60"));
    w.cancel("c1", 1);
    CHECK_EQ(w.sent("35=F|"), 1U);
}

TEST(status_of_a_reopened_order_that_waits_says_so) {
    Reopening w;
    w.report(w.up.cl_ord_id, "S1", 'I', '9', "38=150|14=100|151=50|6=100|");
    CHECK_EQ(w.status(1), std::string("SUSPENDED"));
    CHECK_EQ(w.reserved(), std::string("50"));
}

TEST_MAIN
