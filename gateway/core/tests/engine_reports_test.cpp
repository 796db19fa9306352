// What venues say of orders, and what becomes of it.
#include "working_order.hpp"

using namespace gw;
using gw::test::Answer;
using gw::test::Working;
using gw::test::World;

TEST(order_is_acknowledged_and_filled_in_parts) {
    Working w;
    CHECK_EQ(w.status(1), std::string("NEW"));
    CHECK_EQ(w.reserved(), std::string("100"));
    w.trade("E1", "30", "30", '1', "99.5");
    CHECK_EQ(w.status(1), std::string("PARTIALLY_FILLED"));
    CHECK_EQ(w.reserved(), std::string("70"));
    w.trade("E2", "70", "100", '2', "100");
    CHECK_EQ(w.status(1), std::string("FILLED"));
    CHECK_EQ(w.net(), std::string("100"));
    CHECK_EQ(w.reserved(), std::string("0"));
    CHECK_EQ(w.order(1).average_price(), *Decimal::parse("99.85"));
    CHECK_EQ(w.engine->counters().fills, 2U);
}

TEST(execution_that_comes_twice_counts_once) {
    Working w;
    w.trade("E1", "30", "30");
    w.trade("E1", "30", "30");
    CHECK_EQ(w.cum(), std::string("30"));
    CHECK_EQ(w.net(), std::string("30"));
    CHECK_EQ(w.engine->counters().duplicate_executions, 1U);
}

TEST(execution_that_comes_twice_across_a_restart_counts_once) {
    Working w;
    w.trade("E1", "30", "30");
    w.restart();
    w.log_on();
    w.trade("E1", "30", "30");
    CHECK_EQ(w.cum(), std::string("30"));
    CHECK_EQ(w.engine->counters().duplicate_executions, 1U);
}

TEST(same_exec_id_with_other_content_is_quarantined) {
    Working w;
    w.trade("E1", "30", "30");
    w.trade("E1", "40", "40");
    CHECK_EQ(w.cum(), std::string("30"));
    CHECK_EQ(w.engine->counters().conflicting_executions, 1U);
    CHECK_EQ(w.engine->counters().orphan_executions, 1U);
}

TEST(fill_before_the_ack_counts) {
    World w;
    w.up();
    const Answer a = w.submit("o1");
    w.report(a.cl_ord_id, "E1", 'F', '1', "32=10|31=100|14=10|");
    CHECK_EQ(w.status(1), std::string("PARTIALLY_FILLED"));
    w.report(a.cl_ord_id, "E2", '0', '0', "14=10|");  // the ack comes late and takes nothing back
    CHECK_EQ(w.status(1), std::string("PARTIALLY_FILLED"));
    CHECK_EQ(w.net(), std::string("10"));
}

TEST(fill_after_cancel_still_counts) {
    Working w;
    const Answer c = w.cancel("c1", 1);
    CHECK_EQ(w.status(1), std::string("PENDING_CANCEL"));
    w.venue("35=8|37=V|11=" + c.cl_ord_id + "|41=" + w.answer.cl_ord_id +
            "|17=E1|150=4|39=4|55=ACME|54=1|14=0|");
    CHECK_EQ(w.status(1), std::string("CANCELED"));
    CHECK_EQ(w.reserved(), std::string("0"));
    w.trade("E2", "40", "40", '4');
    CHECK_EQ(w.status(1), std::string("CANCELED"));
    CHECK_EQ(w.net(), std::string("40"));
    CHECK_EQ(w.reserved(), std::string("0"));
}

TEST(fill_while_a_cancel_is_pending_keeps_the_cancel_pending) {
    Working w;
    w.cancel("c1", 1);
    w.trade("E1", "40", "40");
    CHECK_EQ(w.status(1), std::string("PENDING_CANCEL"));
    CHECK_EQ(w.cum(), std::string("40"));
}

TEST(cancel_reject_leaves_the_order_as_it_is) {
    Working w;
    const Answer c = w.cancel("c1", 1);
    w.trade("E1", "100", "100", '2');
    w.venue("35=9|37=V|11=" + c.cl_ord_id + "|41=" + w.answer.cl_ord_id + "|39=2|434=1|102=0|58=too late|");
    CHECK_EQ(w.status(1), std::string("FILLED"));
    CHECK_EQ(w.order(1).pending_requests(), 0U);
    CHECK_EQ(w.engine->counters().requests_rejected, 1U);
}

TEST(replace_that_is_accepted_changes_terms_and_reservation) {
    Working w;
    w.trade("E1", "30", "30");
    const Answer r = w.replace("r1", 1, "150", "101");
    CHECK_EQ(w.reserved(), std::string("120"));  // the larger of both terms
    CHECK_EQ(w.status(1), std::string("PENDING_REPLACE"));
    w.venue("35=8|37=V|11=" + r.cl_ord_id + "|41=" + w.answer.cl_ord_id +
            "|17=E2|150=5|39=1|55=ACME|54=1|38=150|44=101|14=30|151=120|");
    CHECK_EQ(w.status(1), std::string("PARTIALLY_FILLED"));
    CHECK_EQ(w.order(1).quantity, Decimal::from_units(150));
    CHECK_EQ(w.order(1).price, Decimal::from_units(101));
    w.venue("35=8|37=V|11=" + r.cl_ord_id + "|17=E3|150=F|39=2|55=ACME|54=1|32=120|31=101|14=150|");
    CHECK_EQ(w.status(1), std::string("FILLED"));
    CHECK_EQ(w.reserved(), std::string("0"));
}

TEST(fill_during_a_pending_replace_carries_the_old_terms) {
    Working w;
    const Answer r = w.replace("r1", 1, "150");
    w.trade("E1", "40", "40");
    CHECK_EQ(w.order(1).quantity, Decimal::from_units(100));
    CHECK_EQ(w.status(1), std::string("PENDING_REPLACE"));
    w.venue("35=8|37=V|11=" + r.cl_ord_id + "|41=" + w.answer.cl_ord_id +
            "|17=E2|150=5|39=1|55=ACME|54=1|38=150|44=100|14=40|");
    CHECK_EQ(w.order(1).leaves(), Decimal::from_units(110));
}

TEST(replace_at_or_below_cum_quantity_ends_filled) {
    Working w;
    w.trade("E1", "60", "60");
    const Answer r = w.replace("r1", 1, "60");
    w.venue("35=8|37=V|11=" + r.cl_ord_id + "|41=" + w.answer.cl_ord_id +
            "|17=E2|150=5|39=2|55=ACME|54=1|38=60|44=100|14=60|");
    CHECK_EQ(w.status(1), std::string("FILLED"));
    CHECK_EQ(w.reserved(), std::string("0"));
}

TEST(replace_reject_restores_terms_reservation_and_chain) {
    Working w;
    const Answer r = w.replace("r1", 1, "200");
    CHECK_EQ(w.reserved(), std::string("200"));
    w.venue("35=9|37=V|11=" + r.cl_ord_id + "|41=" + w.answer.cl_ord_id + "|39=0|434=2|102=2|58=no|");
    CHECK_EQ(w.reserved(), std::string("100"));
    CHECK_EQ(w.status(1), std::string("NEW"));
    w.cancel("c1", 1);
    CHECK(w.last_sent().find("41=" + w.answer.cl_ord_id + "|") != std::string::npos);
}

TEST(order_that_the_venue_rejects_is_rejected_and_releases_its_reservation) {
    World w;
    w.up();
    const Answer a = w.submit("o1");
    w.report(a.cl_ord_id, "E1", '8', '8', "103=1|58=unknown symbol|14=0|");
    CHECK_EQ(w.status(1), std::string("REJECTED"));
    CHECK_EQ(w.engine->ledger().open_order_count(), 0U);
    CHECK(w.engine->ledger().positions()[1].open_buy.is_zero());
}

TEST(business_reject_of_an_order_rejects_it) {
    World w;
    w.up();
    const Answer a = w.submit("o1");
    w.venue("35=j|45=2|372=D|379=" + a.cl_ord_id + "|380=4|58=not now|");
    CHECK_EQ(w.status(1), std::string("REJECTED"));
}

TEST(business_reject_without_a_reference_id_is_found_by_sequence_number) {
    World w;
    w.up();
    w.submit("o1");  // MsgSeqNum 2
    w.venue("35=j|45=2|372=D|380=6|58=not authorized|");
    CHECK_EQ(w.status(1), std::string("REJECTED"));
}

TEST(session_reject_of_an_order_rejects_it) {
    World w;
    w.up();
    w.submit("o1");  // MsgSeqNum 2
    w.venue("35=3|45=2|371=55|373=5|58=bad symbol|");
    CHECK_EQ(w.status(1), std::string("REJECTED"));
}

TEST(trade_bust_takes_back_and_correct_changes) {
    Working w;
    w.trade("E1", "30", "30", '1', "100");
    w.trade("E2", "20", "50", '1', "101");
    w.report(w.answer.cl_ord_id, "E3", 'H', '1', "19=E1|14=20|");
    CHECK_EQ(w.cum(), std::string("20"));
    CHECK_EQ(w.net(), std::string("20"));
    w.report(w.answer.cl_ord_id, "E3", 'H', '1', "19=E1|14=20|");  // twice: counted once
    CHECK_EQ(w.net(), std::string("20"));
    w.report(w.answer.cl_ord_id, "E4", 'G', '1', "19=E2|32=25|31=102|14=25|");
    CHECK_EQ(w.net(), std::string("25"));
    CHECK_EQ(w.order(1).average_price(), Decimal::from_units(102));
    CHECK_EQ(w.reserved(), std::string("75"));
}

TEST(unsolicited_report_is_found_by_the_venues_order_id) {
    Working w;
    w.venue("35=8|37=V-" + w.answer.cl_ord_id + "|17=E1|150=4|39=4|55=ACME|54=1|14=0|58=unsolicited|");
    CHECK_EQ(w.status(1), std::string("CANCELED"));
}

TEST(difference_in_cum_quantity_is_seen) {
    Working w;
    w.trade("E1", "30", "50");
    CHECK(w.order(1).status_differs);
    CHECK_EQ(w.cum(), std::string("30"));
}

TEST(venue_text_that_is_not_utf8_does_not_poison_the_events) {
    Working w;
    w.report(w.answer.cl_ord_id, "E1", '4', '4', "14=0|58=abgel\xf6scht\x80|");
    CHECK_EQ(w.status(1), std::string("CANCELED"));
    journal::Cursor cursor = w.journal->cursor(1);
    journal::Record record;
    bool seen = false;
    while (cursor.next(record))
        if (record.kind == journal::Kind::event &&
            record.payload.find("abgel?scht?") != std::string_view::npos)
            seen = true;
    CHECK(seen);
}

TEST(unsupported_message_is_answered_and_nothing_is_lost) {
    Working w;
    w.venue("35=R|131=Q1|146=1|55=ACME|");
    CHECK(w.last_sent().find("35=j") == 0);
    w.trade("E1", "30", "30");
    CHECK_EQ(w.cum(), std::string("30"));
}

TEST(old_dialect_is_translated) {
    Working w(test::engine_settings("FIX.4.2"));
    w.report(w.answer.cl_ord_id, "E1", '1', '1', "20=0|32=30|31=100|14=30|38=100|");
    CHECK_EQ(w.status(1), std::string("PARTIALLY_FILLED"));
    w.report(w.answer.cl_ord_id, "E2", '1', '0', "20=1|19=E1|14=0|38=100|");
    CHECK_EQ(w.cum(), std::string("0"));
    CHECK_EQ(w.status(1), std::string("NEW"));
    w.report(w.answer.cl_ord_id, "E3", '2', '2', "20=0|32=100|31=100|14=100|38=100|");
    CHECK_EQ(w.status(1), std::string("FILLED"));
}

TEST(recovery_gives_the_same_state_after_every_report) {
    Working w;
    const auto same = [&w] {
        const std::uint64_t before = w.engine->state_hash();
        const auto counts =
            std::pair(w.engine->ledger().open_order_count(), w.engine->ledger().unknown_order_count());
        engine::Settings settings = w.settings;
        // A second engine over the same journal: what it recovers must be what the first one holds.
        test::KeepingWire wire;
        engine::Engine other(settings, *w.journal, wire);
        CHECK(other.recover().empty());
        CHECK_EQ(other.ledger().state_hash(), w.engine->ledger().state_hash());
        CHECK(counts == std::pair(other.ledger().open_order_count(), other.ledger().unknown_order_count()));
        CHECK_EQ(w.engine->state_hash(), before);
    };
    same();
    w.trade("E1", "30", "30");
    same();
    const Answer r = w.replace("r1", 1, "150", "101");
    same();
    w.trade("E2", "10", "40");
    same();
    w.venue("35=8|37=V|11=" + r.cl_ord_id + "|41=" + w.answer.cl_ord_id +
            "|17=E4|150=5|39=1|55=ACME|54=1|38=150|44=101|14=40|");
    same();
    w.submit("bad", "0");
    same();
    w.cancel("c1", 1);
    w.cancel("c2", 1);
    same();
    w.report(w.answer.cl_ord_id, "E5", 'H', '1', "19=E1|14=10|");
    same();
    w.engine->disconnected(0, "cut", w.now);
    same();
    w.replace("nothing", 77, "1");
    same();
}

TEST_MAIN
