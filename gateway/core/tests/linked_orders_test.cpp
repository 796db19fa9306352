// Orders that hang together: OCO, OTO and brackets, through partial fills, refusals, busts, replays, doubt
// and restarts.
#include "linked_fixture.hpp"

using namespace gw;
using gw::test::Answer;
using gw::test::Linked;
using gw::test::World;
using schema::LinkKind;
using schema::PartialFillPolicy;
using schema::ReleasePolicy;

// --- acceptance

TEST(oco_is_accepted_as_a_whole_and_all_of_it_is_sent) {
    Linked w;
    w.wire.flushed.clear();
    const Answer answer = w.oco();
    CHECK_EQ(w.wire.sent.size(), 2U);
    CHECK_EQ(w.sent("35=D|"), 2U);
    CHECK_EQ(w.wire.flushed.size(), 1U);
    CHECK_EQ(answer.order_id, 1U);
    CHECK_EQ(w.status(1), std::string("PENDING_NEW"));
    CHECK_EQ(w.status(2), std::string("PENDING_NEW"));
    CHECK_EQ(w.last_results.size(), 2U);
    CHECK_EQ(w.last_results[1].order_id, 2U);
    CHECK(w.wire.sent[1].find("11=" + w.last_results[1].cl_ord_id + "|") != std::string::npos);
}

TEST(children_are_held_and_the_venue_does_not_see_them) {
    Linked w;
    w.bracket();
    CHECK_EQ(w.sent("35=D|"), 1U);
    CHECK_EQ(w.status(1), std::string("PENDING_NEW"));
    CHECK_EQ(w.status(2), std::string("HELD"));
    CHECK_EQ(w.status(3), std::string("HELD"));
    CHECK_EQ(w.engine->ledger().open_order_count(), 1U);
    CHECK_EQ(w.engine->ledger().positions()[1].open_sell,
             Decimal{});  // not yet at the venue: nothing reserved
}

TEST(one_bad_order_refuses_the_link_and_none_is_made) {
    Linked w;
    w.leg("b").price.text = "500";  // outside the collar
    const Answer answer = w.submit_linked(LinkKind::oco, {"a", "b"});
    CHECK(answer.denial == schema::DenialCode::price_collar);
    CHECK_EQ(w.engine->ledger().order_count(), 0U);
    CHECK_EQ(w.wire.sent.size(), 0U);
    const Answer again = w.submit_linked(LinkKind::oco, {"a", "b"});
    CHECK(again.duplicate);
    CHECK(again.denial == schema::DenialCode::price_collar);
}

TEST(orders_that_do_not_go_together_are_refused) {
    const auto refused = [](auto&& change, LinkKind kind, const std::vector<std::string>& ids) {
        Linked w;
        for (const std::string& id : ids) (void)w.leg(id);
        change(w);
        const Answer answer = w.submit_linked(kind, ids);
        CHECK(answer.denial == schema::DenialCode::invalid_link);
        CHECK_EQ(w.engine->ledger().order_count(), 0U);
        CHECK_EQ(w.wire.sent.size(), 0U);
    };
    const auto nothing = [](Linked&) {};
    refused(nothing, LinkKind::oco, {"a"});
    refused(nothing, LinkKind::oto, {"a"});
    refused(nothing, LinkKind::bracket, {"a", "b"});
    refused(nothing, LinkKind::bracket, {"a", "b", "c"});  // exits on the entry's side
    refused(nothing, LinkKind::unspecified, {"a", "b"});
    refused([](Linked& w) { w.leg("b").quantity.text = "50"; }, LinkKind::oco, {"a", "b"});
    refused([](Linked& w) { w.leg("b").side = schema::Side::sell; }, LinkKind::oco, {"a", "b"});
    refused([](Linked& w) { w.leg("b").strategy = "other"; }, LinkKind::oco, {"a", "b"});
}

TEST(ids_are_used_once) {
    Linked w;
    w.submit("a");
    const Answer answer = w.submit_linked(LinkKind::oco, {"a", "b"});
    CHECK(answer.denial == schema::DenialCode::client_request_id_reused);
    CHECK(w.submit_linked(LinkKind::oco, {"c", "c"}, "L2").denial ==
          schema::DenialCode::client_request_id_reused);
}

TEST(link_sent_again_is_answered_as_before) {
    Linked w;
    const Answer first = w.oco();
    const auto results = w.last_results;
    const std::size_t sent = w.wire.sent.size();
    w.restart();
    const Answer again = w.oco();
    CHECK(again.duplicate);
    CHECK_EQ(again.lsn, first.lsn);
    CHECK_EQ(w.last_results.size(), results.size());
    CHECK_EQ(w.last_results[1].order_id, results[1].order_id);
    CHECK_EQ(w.last_results[1].cl_ord_id, results[1].cl_ord_id);
    CHECK_EQ(w.engine->ledger().order_count(), 2U);
    CHECK_EQ(sent, 2U);
    w.leg("a").price.text = "99";
    CHECK(w.oco().denial == schema::DenialCode::client_request_id_reused);
}

// --- one cancels the other

TEST(full_fill_of_one_cancels_the_other) {
    Linked w;
    w.oco();
    w.work({1, 2});
    w.fill(1, "100");
    CHECK_EQ(w.sent("35=F|"), 1U);
    CHECK(w.last_sent().find("41=" + w.cl_ord_id(2) + "|") != std::string::npos);
    CHECK_EQ(w.status(2), std::string("PENDING_CANCEL"));
    w.settle();
    CHECK_EQ(w.sent("35=F|"), 1U);
}

TEST(partial_fill_of_one_reduces_the_other) {
    Linked w;
    w.oco();
    w.work({1, 2});
    w.fill(1, "40");
    CHECK_EQ(w.sent("35=G|"), 1U);
    CHECK(w.last_sent().find("|38=60|") != std::string::npos);
    w.accept_replace(2, "60");
    w.fill(1, "60");
    CHECK_EQ(w.sent("35=G|"), 1U);
    CHECK_EQ(w.sent("35=F|"), 1U);
}

TEST(fills_during_a_reduction_are_followed_by_another) {
    Linked w;
    w.oco();
    w.work({1, 2});
    w.fill(1, "40");
    w.fill(1, "20");
    CHECK_EQ(w.sent("35=G|"), 1U);  // one at a time
    w.accept_replace(2, "60");
    CHECK_EQ(w.sent("35=G|"), 2U);
    CHECK(w.last_sent().find("|38=40|") != std::string::npos);
}

TEST(partial_fill_of_one_cancels_the_other_where_the_policy_says_so) {
    Linked w;
    w.oco(PartialFillPolicy::cancel);
    w.work({1, 2});
    w.fill(1, "1");
    CHECK_EQ(w.sent("35=F|"), 1U);
    CHECK_EQ(w.sent("35=G|"), 0U);
    w.fill(1, "10");
    w.settle();
    CHECK_EQ(w.sent("35=F|"), 1U);
}

TEST(fill_told_again_does_nothing_again) {
    Linked w;
    w.oco();
    w.work({1, 2});
    w.fill(1, "40", "E-once");
    w.accept_replace(2, "60");
    const std::size_t sent = w.wire.sent.size();
    for (int again = 0; again < 3; ++again)
        w.report(w.cl_ord_id(1), "E-once", 'F', '1', "32=40|31=100|14=40|38=100|");
    w.settle();
    CHECK_EQ(w.wire.sent.size(), sent);
}

TEST(both_filled_at_once_is_reported_with_the_excess) {
    Linked w;
    w.oco();
    w.work({1, 2});
    w.fill(1, "100");
    w.fill(2, "100");  // crossed with the cancel
    CHECK_EQ(w.engine->ledger().link(1).overfilled, *Decimal::parse("100"));
    CHECK_EQ(w.engine->counters().link_problems, 1U);
    w.restart();
    w.log_on();
    w.settle();
    CHECK_EQ(w.engine->counters().link_problems, 1U);  // once, over restarts as well
    CHECK_EQ(w.net(), std::string("200"));
}

TEST(order_that_the_venue_rejects_leaves_the_other) {
    Linked w;
    w.oco();
    w.report(w.cl_ord_id(1), "E", '8', '8', "38=100|14=0|151=0|");
    w.work({2});
    w.settle();
    CHECK_EQ(w.sent("35=F|"), 0U);
    CHECK_EQ(w.status(2), std::string("NEW"));
}

TEST(bust_gives_the_other_its_quantity_back) {
    Linked w;
    w.oco();
    w.work({1, 2});
    w.fill(1, "40", "E1");
    w.accept_replace(2, "60");
    w.report(w.cl_ord_id(1), "E2", 'H', '0', "19=E1|38=100|14=0|151=100|");
    CHECK(w.last_sent().starts_with("35=G|"));
    CHECK(w.last_sent().find("|38=100|") != std::string::npos);
    w.accept_replace(2, "100");
    CHECK_EQ(w.sent("35=G|"), 2U);
}

TEST(refused_reductions_are_tried_again_and_then_reported) {
    Linked w;
    w.oco();
    w.work({1, 2});
    w.fill(1, "40");
    std::size_t asked = w.sent("35=G|");
    CHECK_EQ(asked, 1U);
    for (int refusal = 0; refusal < 5; ++refusal) {
        w.reject_last(2);
        CHECK_EQ(w.sent("35=G|"), asked);  // not at once
        w.wait(60);
        if (w.sent("35=G|") != asked) asked = w.sent("35=G|");
    }
    CHECK_EQ(asked, 5U);
    CHECK_EQ(w.engine->counters().link_problems, 1U);
    w.wait(600);
    CHECK_EQ(w.sent("35=G|"), 5U);
    CHECK(w.engine->ledger().link(1).legs[1].stuck);
    w.fill(1, "10");  // what is due now is another quantity; the venue has refused, so a person looks
    w.fill(2, "10");  // the venue speaks of the order again: it may take it now
    CHECK_EQ(w.sent("35=G|"), 7U);  // and the other gives up what this one has traded
}

TEST(client_changes_the_price_of_a_linked_order_and_not_its_quantity) {
    Linked w;
    w.oco();
    w.work({1, 2});
    CHECK(w.replace("r1", 2, "50").denial == schema::DenialCode::quantity_is_linked);
    const Answer priced = w.replace("r2", 2, "", "99");
    CHECK(priced.denial == schema::DenialCode::unspecified);
    w.fill(1, "40");  // the reduction waits for the venue's answer to the price
    CHECK_EQ(w.sent("35=G|"), 1U);
    w.report(priced.cl_ord_id, "R1", '5', '0', "41=" + w.cl_ord_id(2) + "|38=100|44=99|14=0|151=100|");
    CHECK_EQ(w.sent("35=G|"), 2U);
    CHECK(w.last_sent().find("|38=60|") != std::string::npos);
    CHECK(w.last_sent().find("|44=99|") != std::string::npos);
}

TEST(client_cancels_one_and_the_other_works_on) {
    Linked w;
    w.oco();
    w.work({1, 2});
    w.cancel("c1", 1);
    w.report(w.cl_ord_id(1), "C1", '4', '4', "38=100|14=0|151=0|");
    w.settle();
    CHECK_EQ(w.sent("35=F|"), 1U);
    CHECK_EQ(w.status(2), std::string("NEW"));
    w.fill(2, "40");
    w.settle();
    CHECK_EQ(w.sent("35=F|") + w.sent("35=G|"), 1U);
}

// --- one triggers the other

TEST(children_are_released_by_the_full_fill) {
    Linked w;
    w.bracket();
    w.work({1});
    w.fill(1, "60");
    CHECK_EQ(w.sent("35=D|"), 1U);
    w.fill(1, "40");
    CHECK_EQ(w.sent("35=D|"), 3U);
    CHECK_EQ(w.status(2), std::string("PENDING_NEW"));
    CHECK(w.last_sent().find("|38=100|") != std::string::npos);
    CHECK(w.last_sent().find("|99=90|") != std::string::npos);  // the stop has its terms
    CHECK_EQ(w.engine->ledger().positions()[1].open_sell, *Decimal::parse("200"));
}

TEST(children_are_released_in_proportion_and_grow_with_the_parent) {
    Linked w;
    w.bracket(ReleasePolicy::in_proportion);
    w.work({1});
    w.fill(1, "40");
    CHECK_EQ(w.sent("35=D|"), 3U);
    CHECK_EQ(test::show(w.order(2).quantity), std::string("40"));
    w.work({2, 3}, "40");
    w.fill(1, "60");
    CHECK_EQ(w.sent("35=G|"), 2U);
    w.accept_replace(2, "100");
    w.accept_replace(3, "100");
    w.fill(2, "30");  // the take profit trades: the stop shrinks
    CHECK_EQ(w.sent("35=G|"), 3U);
    CHECK(w.last_sent().find("|38=70|") != std::string::npos);
}

TEST(exit_of_a_bracket_cancels_the_other_exit) {
    Linked w;
    w.bracket();
    w.work({1});
    w.fill(1, "100");
    w.work({2, 3});
    w.fill(2, "100");
    CHECK_EQ(w.sent("35=F|"), 1U);
    CHECK(w.last_sent().find("41=" + w.cl_ord_id(3) + "|") != std::string::npos);
    CHECK_EQ(w.net(), std::string("0"));
    CHECK_EQ(w.engine->counters().link_problems, 0U);
}

TEST(oto_releases_in_the_proportion_of_the_quantities_and_whole_lots) {
    Linked w;
    w.leg("a");
    w.leg("b").quantity.text = "33";
    w.submit_linked(LinkKind::oto, {"a", "b"}, "L", PartialFillPolicy::unspecified,
                    ReleasePolicy::in_proportion);
    w.work({1});
    w.fill(1, "1");  // a third of a lot: nothing yet
    CHECK_EQ(w.sent("35=D|"), 1U);
    w.fill(1, "39");
    CHECK_EQ(w.sent("35=D|"), 2U);
    CHECK_EQ(test::show(w.order(2).quantity), std::string("13"));
    w.work({2}, "13");
    w.fill(1, "60");
    CHECK(w.last_sent().find("|38=33|") != std::string::npos);
}

TEST(parent_that_ends_untraded_ends_its_children_unsent) {
    for (const char end : {'4', '8', 'C'}) {
        Linked w;
        w.bracket();
        w.report(w.cl_ord_id(1), "X", end, end, "38=100|14=0|151=0|");
        CHECK_EQ(w.status(2), std::string("CANCELED"));
        CHECK_EQ(w.status(3), std::string("CANCELED"));
        CHECK_EQ(w.sent("35=D|"), 1U);
        const std::uint64_t hash = w.engine->ledger().state_hash();
        w.crash();
        CHECK_EQ(w.engine->ledger().state_hash(), hash);
    }
}

TEST(parent_that_ends_with_a_part_releases_the_children_for_it) {
    Linked w;
    w.bracket();
    w.work({1});
    w.fill(1, "30");
    w.report(w.cl_ord_id(1), "X", '4', '4', "38=100|14=30|151=0|");
    CHECK_EQ(w.sent("35=D|"), 3U);
    CHECK_EQ(test::show(w.order(2).quantity), std::string("30"));
    CHECK_EQ(test::show(w.order(3).quantity), std::string("30"));
}

TEST(bust_of_the_parent_shrinks_the_children) {
    Linked w;
    w.bracket();
    w.work({1});
    w.fill(1, "60", "P1");
    w.fill(1, "40", "P2");
    w.work({2, 3});
    w.report(w.cl_ord_id(1), "B1", 'H', '1', "19=P2|38=100|14=60|151=40|");
    CHECK_EQ(w.sent("35=G|"), 2U);
    CHECK(w.last_sent().find("|38=60|") != std::string::npos);
}

TEST(held_child_can_be_canceled_and_the_rest_goes_on) {
    Linked w;
    w.bracket();
    w.work({1});
    const Answer answer = w.cancel("c1", 2);
    CHECK(answer.denial == schema::DenialCode::unspecified);
    CHECK(answer.lsn != 0U);
    CHECK_EQ(w.status(2), std::string("CANCELED"));
    Answer again = w.cancel("c1", 2);
    CHECK(again.duplicate);
    again.duplicate = false;
    CHECK(again == answer);  // with no ClOrdID, as it was never sent
    CHECK(w.replace("r1", 3, "50").denial == schema::DenialCode::order_not_open);
    w.fill(1, "100");
    CHECK_EQ(w.sent("35=D|"), 2U);
    CHECK_EQ(w.status(3), std::string("PENDING_NEW"));
}

TEST(kill_switch_ends_held_orders_and_stops_releases) {
    Linked w;
    w.bracket();
    w.work({1});
    w.engine->set_trading_state("firm", schema::TradingState::halted, "test", "me", false, w.now);
    w.fill(1, "100");
    CHECK_EQ(w.sent("35=D|"), 1U);
    CHECK_EQ(w.status(2), std::string("HELD"));
    CHECK_EQ(w.engine->counters().link_problems, 2U);  // both children are due and may not go
    w.wait(10);
    CHECK_EQ(w.engine->counters().link_problems, 2U);
    w.engine->set_trading_state("firm", schema::TradingState::active, "test", "me", false, w.now);
    w.wait(1);
    CHECK_EQ(w.sent("35=D|"), 3U);

    Linked v;
    v.bracket();
    v.work({1});
    CHECK_EQ(
        v.engine->set_trading_state("firm", schema::TradingState::halted, "test", "me", true, v.now).cancels,
        3U);
    CHECK_EQ(v.status(2), std::string("CANCELED"));
    CHECK_EQ(v.status(3), std::string("CANCELED"));
}

// --- doubt and restarts

TEST(nothing_is_released_while_the_parent_is_unknown) {
    Linked w;
    w.bracket(ReleasePolicy::in_proportion);
    w.work({1});
    w.engine->set_trading_state("firm", schema::TradingState::halted, "test", "me", false, w.now);
    w.fill(1, "40");  // due, and not allowed
    CHECK(w.cancel("c1", 1).denial == schema::DenialCode::unspecified);
    w.engine->disconnected(0, "lost", w.now);
    CHECK_EQ(w.status(1), std::string("UNKNOWN"));
    w.engine->set_trading_state("firm", schema::TradingState::active, "test", "me", false, w.now);
    w.wire.sent.clear();
    w.log_on_unanswered();
    w.wait(60);
    CHECK_EQ(w.status(1), std::string("UNKNOWN"));
    CHECK_EQ(w.sent("35=D|"), 0U);
    w.report(w.cl_ord_id(1), "S1", 'I', '1', "38=100|14=40|151=60|");
    w.wait(1);
    CHECK_EQ(w.sent("35=D|"), 2U);
}

TEST(fill_that_came_while_the_session_could_not_send_is_followed_at_the_next_logon) {
    Linked w;
    w.oco();
    w.work({1, 2});
    w.wire.lost = true;
    w.fill(1, "100");  // the cancel is in the journal, and never reached the venue
    w.restart();
    w.log_on();
    w.settle();
    CHECK_EQ(w.cancels_decided(), 1U);
    CHECK_EQ(w.status(2), std::string("UNKNOWN"));
}

// The process dies behind every batch in turn: what was decided stays decided, and what was not is done once.
TEST(restart_at_any_point_takes_every_action_once) {
    std::size_t batches = 0;
    {
        Linked whole;
        whole.play_bracket();
        batches = whole.batch_count();
    }
    std::size_t followed = 0;
    for (std::size_t count = 1; count <= batches; ++count) {
        Linked w;
        w.play_bracket();
        w.keep_batches(count);
        if (w.engine->ledger().link_count() == 0) continue;
        w.come_back();
        const order::Order& entry = w.order(1);
        std::array<unsigned, 4> releases{};
        w.for_each_event<schema::OrderAccepted>([&](const auto& event) { ++releases[event.order_id]; });
        CHECK_EQ(releases[1], 1U);
        for (const order::OrderId exit : {2U, 3U}) {
            CHECK_EQ(releases[exit], entry.cum_quantity.is_zero() ? 0U : 1U);
            if (entry.cum_quantity.is_zero()) continue;
            const order::Order& other = w.order(exit == 2 ? 3 : 2);
            if (w.order(exit).open() && w.order(exit).pending_cancels == 0)
                CHECK_EQ(w.engine->ledger().link(1).legs[exit - 1].asked,
                         entry.cum_quantity - other.cum_quantity);
            ++followed;
        }
        const std::uint64_t hash = w.engine->ledger().state_hash();
        w.crash();
        CHECK_EQ(w.engine->ledger().state_hash(), hash);
    }
    CHECK(followed > 20U);
}

TEST(fill_without_its_action_in_the_journal_leads_to_it_after_the_restart) {
    Linked w;
    w.oco();
    w.work({1, 2});
    w.fill(1, "100");
    CHECK_EQ(w.cancels_decided(), 1U);
    w.keep_batches(w.batch_count() - 1);
    CHECK_EQ(w.cancels_decided(), 0U);
    CHECK_EQ(w.status(1), std::string("FILLED"));
    for (int restarts = 0; restarts < 2; ++restarts) {
        w.come_back();
        CHECK_EQ(w.cancels_decided(), 1U);
        w.crash();
    }
}

TEST_MAIN
