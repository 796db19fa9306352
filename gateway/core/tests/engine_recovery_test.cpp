// Crashes, lost connections, and what is asked and sent afterwards.
#include "engine_fixture.hpp"

using namespace gw;
using gw::test::Answer;
using gw::test::second;
using gw::test::World;
using schema::DenialCode;
using schema::SessionState;

TEST(sequence_numbers_continue_after_a_crash) {
    World w;
    w.up();
    w.submit("o1");
    w.submit("o2");
    w.restart();
    CHECK_EQ(w.engine->venue_session(0).protocol.state().next_out, 4U);
    CHECK_EQ(w.engine->venue_session(0).protocol.state().next_in, 2U);
    w.engine->connected(0, w.now);
    CHECK(w.last_sent().find("35=A|34=4|49=TW|") == 0);
}

TEST(denied_order_keeps_its_account_and_instrument_through_a_restart) {
    World w;
    w.up();
    CHECK_EQ(w.submit("o1", "100000").denial, DenialCode::max_order_quantity);
    const std::uint64_t before = w.engine->ledger().state_hash();
    w.crash();
    CHECK_EQ(w.engine->ledger().names().accounts.name(w.order(1).account), std::string_view("A1"));
    CHECK_EQ(w.engine->ledger().names().instruments.name(w.order(1).instrument), std::string_view("ACME"));
    CHECK_EQ(w.engine->ledger().state_hash(), before);
}

TEST(order_lost_between_journal_and_wire_is_sent_once_on_request) {
    World w;
    w.up();
    w.wire.lost = true;
    const Answer lost = w.submit("o1");  // journalled as MsgSeqNum 2, never on the wire
    w.restart();
    CHECK_EQ(w.status(1), std::string("UNKNOWN"));
    w.log_on();
    w.venue("35=2|7=2|16=0|");  // the venue misses 2
    std::size_t copies = 0;
    for (const std::string& message : w.wire.sent)
        if (message.find("35=D") == 0) {
            ++copies;
            CHECK(message.find("|34=2|") != std::string::npos);
            CHECK(message.find("|43=Y|") != std::string::npos);
            CHECK(message.find("|11=" + lost.cl_ord_id + "|") != std::string::npos);
        }
    CHECK_EQ(copies, 1U);
}

TEST(order_that_went_out_on_this_connection_is_unknown_when_it_is_filled_over) {
    for (const bool resent : {false, true}) {
        World w;
        w.up();
        w.wire.lost = resent;  // not resent: the venue asks again for what it is just receiving
        const Answer a = w.submit("o1");
        w.wire.lost = false;
        if (resent) {
            w.restart();
            w.log_on();
            w.venue("35=2|7=2|16=0|");
            CHECK_EQ(w.sent("35=D"), 1U);
        }
        w.now += 60 * second;
        w.wire.sent.clear();
        w.venue("35=2|7=2|16=0|");  // too old by now
        CHECK_EQ(w.sent("35=D"), 0U);
        CHECK_EQ(w.status(1), std::string("UNKNOWN"));
        CHECK(!w.engine->ledger().positions()[1].open_buy.is_zero());
        w.engine->tick(w.now);
        CHECK(w.sent("35=H") >= 1U);
        w.report(a.cl_ord_id, "E1", '0', '0', "38=100|14=0|");
        CHECK_EQ(w.status(1), std::string("NEW"));
    }
}

TEST(order_that_is_too_old_is_filled_over_and_recorded_not_sent) {
    World w;
    w.up();
    w.wire.lost = true;
    w.submit("o1");
    w.now += 60 * second;
    w.restart();
    w.log_on();
    w.venue("35=2|7=2|16=0|");
    CHECK_EQ(w.sent("35=D"), 0U);
    CHECK(w.sent("35=4") >= 1U);
    CHECK_EQ(w.status(1), std::string("NOT_SENT"));
    CHECK_EQ(w.engine->counters().orders_not_sent, 1U);
    CHECK(w.engine->ledger().positions()[1].open_buy.is_zero());
}

TEST(order_that_a_venue_without_its_store_asks_for_again_is_unknown_and_not_taken_for_unsent) {
    World w;
    w.up();
    const Answer a = w.submit("o1");
    const Answer b = w.submit("o2");
    w.report(b.cl_ord_id, "E0", '0', '0', "38=100|14=0|");  // so it has had o1
    w.now += 60 * second;
    w.restart();
    w.log_on();
    w.venue("35=2|7=1|16=0|");  // it has lost what it knew of the session
    CHECK_EQ(w.sent("35=D"), 0U);
    CHECK_EQ(w.status(1), std::string("UNKNOWN"));
    CHECK_EQ(w.status(2), std::string("NEW"));
    CHECK_EQ(w.engine->counters().orders_not_sent, 0U);
    w.report(a.cl_ord_id, "S1", 'I', '0', "38=100|14=0|");
    CHECK_EQ(w.status(1), std::string("NEW"));
}

TEST(order_that_was_answered_is_not_sent_again) {
    World w;
    w.up();
    const Answer a = w.submit("o1");
    w.report(a.cl_ord_id, "E0", '0', '0', "38=100|14=0|");
    w.venue("35=2|7=2|16=0|");  // a venue that has forgotten what it answered
    CHECK_EQ(w.sent("35=D"), 1U);
    CHECK_EQ(w.status(1), std::string("NEW"));
}

TEST(lost_connection_makes_waiting_orders_unknown_and_asks_for_them) {
    World w;
    w.up();
    const Answer waiting = w.submit("o1");
    const Answer working = w.submit("o2");
    w.report(working.cl_ord_id, "E0", '0', '0', "38=100|14=0|");
    w.engine->disconnected(0, "cut", w.now);
    CHECK_EQ(w.status(1), std::string("UNKNOWN"));
    CHECK_EQ(w.status(2), std::string("NEW"));
    CHECK_EQ(w.engine->ledger().unknown_order_count(), 1U);
    CHECK(!w.engine->ledger().positions()[1].open_buy.is_zero());  // it keeps its reservation
    CHECK_EQ(w.phase(), SessionState::disconnected);

    w.wire.sent.clear();
    w.log_on();
    CHECK_EQ(w.phase(), SessionState::reconciling);
    CHECK_EQ(w.sent("35=H"), 2U);
    CHECK_EQ(w.submit("o3").denial, DenialCode::session_reconciling);
    CHECK_EQ(w.cancel("c1", 2).denial, DenialCode::unspecified);
    w.report(waiting.cl_ord_id, "S1", 'I', '0', "38=100|14=0|");
    CHECK_EQ(w.phase(), SessionState::reconciling);
    w.report(working.cl_ord_id, "S2", 'I', '0', "38=100|14=0|");
    CHECK_EQ(w.phase(), SessionState::ready);
    CHECK_EQ(w.status(1), std::string("NEW"));
    CHECK_EQ(w.submit("o4").denial, DenialCode::unspecified);
}

TEST(order_that_the_venue_never_saw_ends_rejected_by_its_word) {
    World w;
    w.up();
    const Answer a = w.submit("o1");
    w.engine->disconnected(0, "cut", w.now);
    w.log_on();
    w.report(a.cl_ord_id, "S1", 'I', '8', "103=5|58=unknown order|14=0|");
    CHECK_EQ(w.status(1), std::string("REJECTED"));
    CHECK_EQ(w.phase(), SessionState::ready);
}

TEST(working_order_that_the_venue_forgot_is_unknown_until_an_operator_decides) {
    World w;
    w.up();
    const Answer a = w.submit("o1");
    w.report(a.cl_ord_id, "E0", '0', '0', "38=100|14=0|");
    w.engine->disconnected(0, "cut", w.now);
    w.log_on();
    w.report(a.cl_ord_id, "S1", 'I', '8', "103=5|58=unknown order|14=0|");
    CHECK_EQ(w.status(1), std::string("UNKNOWN"));  // neither rejected nor as if nothing had been said
    CHECK(!w.engine->ledger().positions()[1].open_buy.is_zero());
    // It is asked about, a bounded number of times, and stays UNKNOWN by the same answer.
    w.wire.sent.clear();
    for (int passed = 0; passed < 120; ++passed) {
        w.now += second;
        w.engine->tick(w.now);
        if (w.last_sent().find("35=H") != 0) continue;
        w.report(a.cl_ord_id, "S" + std::to_string(2 + passed), 'I', '8', "103=5|58=unknown order|14=0|");
        w.wire.sent.push_back("answered");
    }
    CHECK_EQ(w.sent("35=H"), 5U);
    CHECK_EQ(w.status(1), std::string("UNKNOWN"));
    engine::Engine::Resolution resolution;
    resolution.order = 1;
    resolution.outcome = schema::OrderStatus::canceled;
    resolution.reason = "the venue's ledger";
    resolution.resolved_by = "operator";
    std::uint64_t lsn = 0;
    CHECK(w.engine->resolve(resolution, w.now, lsn) == engine::Engine::ResolveError::none);
    CHECK_EQ(w.status(1), std::string("CANCELED"));
    CHECK(w.engine->ledger().positions()[1].open_buy.is_zero());
}

TEST(status_under_the_cl_ord_id_of_a_pending_replace_shows_it_done) {
    World w;
    w.up();
    const Answer a = w.submit("o1");
    w.report(a.cl_ord_id, "E0", '0', '0', "38=100|14=0|");
    const Answer r = w.replace("r1", 1, "60", "101");
    w.engine->disconnected(0, "cut", w.now);  // and the report of the replace is lost with it
    w.log_on();
    w.report(r.cl_ord_id, "S1", 'I', 'E', "38=100|14=0|");
    CHECK_EQ(w.status(1), std::string("PENDING_REPLACE"));
    w.report(r.cl_ord_id, "S2", 'I', '0', "38=60|44=101|151=60|14=0|");
    CHECK_EQ(w.status(1), std::string("NEW"));
    CHECK_EQ(gw::test::show(w.order(1).quantity), std::string("60"));
    CHECK_EQ(gw::test::show(w.engine->ledger().positions()[1].open_buy), std::string("60"));
    CHECK(w.cancel("c1", 1).denial == DenialCode::unspecified);
    CHECK(w.last_sent().find("|41=" + r.cl_ord_id + "|") != std::string::npos);
}

TEST(order_canceled_before_its_ack_is_not_sent_again) {
    World w;
    w.up();
    const Answer a = w.submit("o1");
    const Answer c = w.cancel("c1", 1);
    w.report(c.cl_ord_id, "E1", '4', '4', "41=" + a.cl_ord_id + "|38=100|14=0|");
    CHECK_EQ(w.status(1), std::string("CANCELED"));
    w.wire.sent.clear();
    w.venue("35=2|7=2|16=0|");  // a venue that has lost what it had received
    CHECK_EQ(w.sent("35=D"), 0U);
}

TEST(venue_that_does_not_answer_leaves_the_order_unknown_and_the_session_ready_in_time) {
    World w;
    w.up();
    w.submit("o1");
    w.engine->disconnected(0, "cut", w.now);
    w.log_on();
    CHECK_EQ(w.phase(), SessionState::reconciling);
    w.now += 11 * second;
    w.engine->tick(w.now);
    CHECK_EQ(w.phase(), SessionState::ready);
    CHECK_EQ(w.status(1), std::string("UNKNOWN"));
}

TEST(venue_that_does_not_support_status_requests_is_not_asked_on) {
    World w;
    w.up();
    w.submit("o1");
    w.engine->disconnected(0, "cut", w.now);
    w.log_on();
    w.venue("35=j|45=4|372=H|380=3|58=not supported|");
    CHECK_EQ(w.phase(), SessionState::ready);
    CHECK_EQ(w.status(1), std::string("UNKNOWN"));
}

TEST(fill_that_was_missed_comes_by_resend_and_counts_once) {
    World w;
    w.up();
    const Answer a = w.submit("o1");
    w.report(a.cl_ord_id, "E0", '0', '0', "38=100|14=0|");  // seq 2
    w.engine->disconnected(0, "cut", w.now);
    w.engine->connected(0, w.now);
    w.venue("35=A|98=0|108=30|", 5);  // 3 and 4 were missed
    CHECK_EQ(w.sent("35=2"), 1U);
    w.engine->tick(w.now);
    CHECK_EQ(w.phase(), SessionState::reconciling);
    const std::string body = "37=V|11=" + a.cl_ord_id + "|55=ACME|54=1|";
    w.venue("35=8|43=Y|122=<TIME>|17=E1|150=F|39=1|32=30|31=100|14=30|" + body, 3);
    w.venue("35=8|43=Y|122=<TIME>|17=E2|150=F|39=2|32=70|31=100|14=100|" + body, 4);
    w.venue("35=8|43=Y|122=<TIME>|17=E1|150=F|39=1|32=30|31=100|14=30|" + body, 3);  // and again
    CHECK_EQ(w.status(1), std::string("FILLED"));
    CHECK_EQ(w.net(), std::string("100"));
    CHECK_EQ(w.engine->venue_session(0).protocol.state().next_in, 6U);
    w.engine->tick(w.now);
    CHECK_EQ(w.phase(), SessionState::ready);
    w.crash();
    CHECK_EQ(w.net(), std::string("100"));
}

TEST(reset_of_sequence_numbers_is_recovered) {
    World w;
    w.up();
    w.submit("o1");
    w.engine->disconnected(0, "cut", w.now);
    w.engine->connected(0, w.now);
    w.venue("35=A|98=0|108=30|141=Y|", 1);
    const auto before = w.engine->venue_session(0).protocol.state();
    w.crash();
    w.start();
    CHECK_EQ(w.engine->venue_session(0).protocol.state().next_in, before.next_in);
    CHECK_EQ(w.engine->venue_session(0).protocol.state().next_out, before.next_out);
    CHECK_EQ(before.next_in, 2U);
}

TEST(garbage_from_the_venue_costs_a_resend_and_no_fill) {
    World w;
    w.up();
    const Answer a = w.submit("o1");
    w.deliver(std::string("8=FIX.4.4\x01"
                          "9=5\x01"
                          "hello, this is not FIX") +
              std::string(1000, '\xff'));
    const std::string fill =
        "37=V|11=" + a.cl_ord_id + "|17=E1|150=F|39=2|55=ACME|54=1|32=100|31=100|14=100|";
    w.venue("35=8|" + fill, 2);  // swallowed: the garbled message's end is looked for in it
    CHECK(w.engine->counters().garbled_in > 0);
    w.venue("35=0|", 3);
    CHECK_EQ(w.last_sent(), std::string("35=2|34=3|49=TW|52=|56=ISLD|7=2|16=0|"));
    w.venue("35=8|43=Y|122=<TIME>|" + fill, 2);
    CHECK_EQ(w.status(1), std::string("FILLED"));
    CHECK_EQ(w.engine->venue_session(0).protocol.state().next_in, 4U);
}

TEST(journals_made_in_one_second_have_different_names) {
    World first;
    first.up();
    World other;
    other.now += 1;
    other.up();
    CHECK_EQ(first.engine->journal_id().size(), engine::cl_ord_id_prefix_size_max);
    CHECK(first.engine->journal_id() != other.engine->journal_id());
    CHECK(first.submit("o1").cl_ord_id != other.submit("o1").cl_ord_id);
    const std::string name = first.engine->journal_id();
    first.now += 5'000'000'000;
    first.restart();
    CHECK_EQ(first.engine->journal_id(), name);
}

TEST(passwords_do_not_reach_the_journal) {
    engine::Settings settings = test::engine_settings();
    settings.sessions[0].config.logon_fields.push_back({553, "user"});
    settings.sessions[0].config.logon_fields.push_back({554, "hunter2"});
    World w(settings);
    w.start();
    w.engine->connected(0, w.now);
    CHECK(w.last_sent().find("554=hunter2") != std::string::npos);
    journal::Cursor cursor = w.journal->cursor(1);
    journal::Record record;
    while (cursor.next(record)) CHECK(record.payload.find("hunter2") == std::string_view::npos);
}

TEST_MAIN
