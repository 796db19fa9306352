// Trades that the venue's own sums contradict, fills that were inferred for nothing, and how often is asked.
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

void wait(World& w, std::int64_t seconds) {
    for (std::int64_t at = 0; at < seconds; ++at) {
        w.now += test::second;
        w.engine->tick(w.now);
    }
}

std::uint64_t hash_of(const World& w) {
    return w.engine->ledger().state_hash();
}

}  // namespace

TEST(more_orders_in_doubt_than_are_asked_about_at_once_are_all_asked_about) {
    constexpr std::size_t orders = 1'300;
    engine::Settings settings = test::engine_settings();
    settings.limits.clear();
    World w(settings);
    w.checks_checkpoints = false;  // long, and of one kind
    w.up();
    std::vector<std::string> ids;
    for (std::size_t at = 0; at < orders; ++at) ids.push_back(w.submit("o" + std::to_string(at)).cl_ord_id);
    for (const std::string& id : ids) w.report(id, "E" + id, '0', '0', "38=100|14=0|151=100|");
    for (const std::string& id : ids) w.report(id, "S" + id, 'I', '1', "38=100|14=10|151=90|");
    std::size_t asked = 0;
    for (int second = 0; second < 400; ++second) {
        wait(w, 1);
        const std::vector<std::string> sent = std::exchange(w.wire.sent, {});
        for (const std::string& message : sent) {
            if (message.find("35=H|") == std::string::npos) continue;
            ++asked;
            const std::size_t from = message.find("|11=") + 4;
            const std::string id = message.substr(from, message.find('|', from) - from);
            w.report(id, "A" + id, 'I', '0', "38=100|14=0|151=100|");
        }
    }
    CHECK_EQ(asked, orders);
    std::size_t differ = 0;
    for (order::OrderId id = 1; id <= w.engine->ledger().order_count(); ++id)
        differ += w.order(id).status_differs ? 1U : 0U;
    CHECK_EQ(differ, 0U);
}

// --- trades in question: reported again under another ExecID

TEST(trade_that_comes_again_under_another_exec_id_is_kept_aside_and_asked_about) {
    Working w;
    w.trade("E1", "30", "30");
    w.trade("E9", "30", "30");  // the venue's own sum leaves no room for it
    CHECK_EQ(w.cum(), std::string("30"));
    CHECK_EQ(w.net(), std::string("30"));
    CHECK_EQ(w.engine->counters().conflicting_executions, 1U);
    CHECK_EQ(w.engine->counters().fills, 1U);
    w.engine->tick(w.now);
    CHECK_EQ(w.sent("35=H|"), 1U);
    w.report(w.answer.cl_ord_id, "S1", 'I', '1', "38=100|14=30|151=70|6=100|");
    wait(w, 20);
    CHECK_EQ(w.sent("35=H|"), 1U);
    CHECK_EQ(w.cum(), std::string("30"));
    CHECK_EQ(w.reserved(), std::string("70"));
    w.trade("E9", "30", "30");  // and again
    CHECK_EQ(w.engine->counters().duplicate_executions, 1U);
    w.trade("E2", "20", "50");
    CHECK_EQ(w.cum(), std::string("50"));
    CHECK(!w.order(1).status_differs);
    const std::uint64_t hash = hash_of(w);
    w.crash();
    CHECK_EQ(hash_of(w), hash);
}

TEST(trade_in_question_counts_where_the_venues_sum_includes_it) {
    Working w;
    w.trade("E1", "30", "30");
    w.trade("E2", "20", "30");  // the venue's sum came late, and the trade is a real one
    CHECK_EQ(w.cum(), std::string("30"));
    w.report(w.answer.cl_ord_id, "S1", 'I', '1', "38=100|14=50|151=50|6=100|");
    CHECK_EQ(w.cum(), std::string("50"));
    CHECK_EQ(w.net(), std::string("50"));
    CHECK_EQ(w.engine->counters().fills, 2U);
    CHECK(!w.order(1).status_differs);
    CHECK(!w.order(1).in_question);
    w.trade("E2", "20", "50");
    CHECK_EQ(w.cum(), std::string("50"));
    wait(w, 100);
    CHECK_EQ(w.engine->counters().inferred_fills, 0U);
    const std::uint64_t hash = hash_of(w);
    w.crash();
    CHECK_EQ(hash_of(w), hash);
}

// Another execution is missing, so that the venue's sum leaves room for the copy.
TEST(trade_that_comes_again_under_another_exec_id_is_not_taken_for_one_that_is_missing) {
    Working w;
    w.trade("E2", "30", "70");  // 40 of before have not come
    w.trade("E2-R", "30", "70");
    CHECK_EQ(w.cum(), std::string("30"));
    CHECK_EQ(w.engine->counters().conflicting_executions, 1U);
    w.trade("E1", "40", "40");
    CHECK_EQ(w.cum(), std::string("70"));
    CHECK_EQ(w.net(), std::string("70"));
    w.report(w.answer.cl_ord_id, "S1", 'I', '1', "38=100|14=70|151=30|6=100|");
    CHECK(!w.order(1).status_differs);
    CHECK(!w.order(1).in_question);
    const std::uint64_t hash = hash_of(w);
    w.crash();
    CHECK_EQ(hash_of(w), hash);
}

TEST(trade_like_the_one_before_with_a_larger_sum_counts) {
    Working w;
    w.trade("E1", "30", "30");
    w.trade("E2", "30", "60");
    CHECK_EQ(w.cum(), std::string("60"));
}

TEST(late_execution_that_brings_our_sum_to_its_own_settles_no_difference) {
    Working w;
    w.trade("E1", "30", "30");
    w.report(w.answer.cl_ord_id, "X1", 'C', 'C', "38=100|14=80|151=0|6=100|");  // 50 have not come
    CHECK(w.order(1).status_differs);
    w.trade("E2", "20", "50");
    CHECK_EQ(w.cum(), std::string("50"));
    CHECK(w.order(1).status_differs);  // its report was made before the venue said 80
    wait(w, 100);                      // and nobody answers
    CHECK_EQ(w.cum(), std::string("80"));
    CHECK_EQ(w.net(), std::string("80"));
    CHECK(!w.order(1).status_differs);
}

TEST(execution_that_is_just_what_was_inferred_takes_its_place) {
    Working w(with_profile([](engine::VenueProfile& profile) { profile.inferred_fill_after_ms = 1'000; }));
    w.report(w.answer.cl_ord_id, "S1", 'I', '1', "38=100|14=70|151=30|6=100|");
    wait(w, 5);
    CHECK_EQ(w.cum(), std::string("70"));
    w.trade("E1", "70", "70");
    CHECK_EQ(w.cum(), std::string("70"));
    CHECK_EQ(w.net(), std::string("70"));
    CHECK(!w.order(1).in_question);
    CHECK_EQ(w.order(1).inferred_fill, 0U);
    w.trade("E1-R", "70", "70");  // and once more, under another id
    CHECK_EQ(w.cum(), std::string("70"));
}

TEST(execution_that_is_part_of_what_was_inferred_leaves_the_rest_missing) {
    Working w(with_profile([](engine::VenueProfile& profile) { profile.inferred_fill_after_ms = 1'000; }));
    w.report(w.answer.cl_ord_id, "S1", 'I', '1', "38=100|14=70|151=30|6=100|");
    wait(w, 5);
    CHECK_EQ(w.cum(), std::string("70"));  // inferred
    w.trade("E1", "40", "40");             // late: 30 more had been traded when the venue said 70
    CHECK_EQ(w.cum(), std::string("40"));
    CHECK(w.order(1).status_differs);
    const std::size_t asked = w.sent("35=H|");
    wait(w, 1);
    CHECK(w.sent("35=H|") > asked);
    w.report(w.answer.cl_ord_id, "S2", 'I', '1', "38=100|14=70|151=30|6=100|");
    wait(w, 20);
    CHECK_EQ(w.cum(), std::string("70"));
    CHECK_EQ(w.net(), std::string("70"));
    CHECK(!w.order(1).status_differs);
    const std::uint64_t hash = hash_of(w);
    w.crash();
    CHECK_EQ(hash_of(w), hash);
}

TEST(trade_in_question_counts_once_the_bust_that_explains_it_has_come) {
    Working w;
    w.trade("E1", "30", "30");
    w.trade("E2", "20", "20");  // E1 was busted, and that report is late
    CHECK_EQ(w.cum(), std::string("30"));
    w.report(w.answer.cl_ord_id, "H1", 'H', '0', "19=E1|14=0|151=100|");
    w.engine->tick(w.now);
    w.report(w.answer.cl_ord_id, "S1", 'I', '1', "38=100|14=20|151=80|6=100|");
    CHECK_EQ(w.cum(), std::string("20"));
    CHECK_EQ(w.net(), std::string("20"));
    CHECK(!w.order(1).in_question);
}

TEST(trade_in_question_counts_before_anything_is_inferred) {
    Working w;
    w.trade("E1", "30", "30");
    w.trade("E2", "20", "30");
    w.report(w.answer.cl_ord_id, "S1", 'I', '1', "38=100|14=30|151=70|");  // an answer that was under way
    CHECK(!w.order(1).in_question);
    w.trade("E3", "10", "60");
    wait(w, 100);
    CHECK_EQ(w.cum(), std::string("60"));
    CHECK_EQ(w.engine->counters().inferred_fills, 0U);
}

TEST(average_price_tells_a_trade_in_question_from_another_of_its_size) {
    Working w;
    w.trade("E1", "30", "30");
    w.trade("E9", "30", "30");
    w.report(w.answer.cl_ord_id, "S1", 'I', '1', "38=100|14=60|151=40|6=95|");  // another 30, at 90
    CHECK_EQ(w.cum(), std::string("30"));
    w.report(w.answer.cl_ord_id, "E2", 'F', '1', "32=30|31=90|14=60|151=40|6=95|");
    CHECK_EQ(w.cum(), std::string("60"));
    CHECK_EQ(w.order(1).average_price(), *Decimal::parse("95"));
}

TEST(bust_of_a_trade_in_question_ends_the_question) {
    Working w;
    w.trade("E1", "30", "30");
    w.trade("E9", "30", "30");
    w.report(w.answer.cl_ord_id, "H1", 'H', '1', "19=E9|14=30|151=70|");
    CHECK_EQ(w.cum(), std::string("30"));
    CHECK(!w.order(1).in_question);
    w.report(w.answer.cl_ord_id, "S1", 'I', '1', "38=100|14=30|151=70|");
    CHECK_EQ(w.cum(), std::string("30"));
}

TEST(report_whose_cum_quantity_leaves_its_own_trade_out_says_nothing_of_sums) {
    Working w;
    w.trade("E1", "30", "30");
    w.trade("E2", "20", "0");
    CHECK_EQ(w.cum(), std::string("50"));
    CHECK(w.order(1).status_differs);
}

TEST(trades_in_the_wrong_order_are_not_in_question) {
    Working w;
    w.trade("E3", "10", "60");
    w.trade("E1", "30", "30");
    w.trade("E2", "20", "50");
    CHECK_EQ(w.cum(), std::string("60"));
    CHECK_EQ(w.engine->counters().conflicting_executions, 0U);
}

TEST(inferred_fill_is_taken_back_where_the_venues_sum_falls) {
    Working w;
    w.report(w.answer.cl_ord_id, "E2", 'F', '1', "32=20|31=101|14=50|6=100.4|");
    wait(w, 12);
    CHECK_EQ(w.cum(), std::string("50"));
    // What it stood for was busted, and neither report came.
    w.report(w.answer.cl_ord_id, "S1", 'I', '1', "38=100|14=20|151=80|6=101|");
    CHECK_EQ(w.cum(), std::string("20"));
    CHECK_EQ(w.net(), std::string("20"));
    CHECK_EQ(w.reserved(), std::string("80"));
    CHECK(!w.order(1).status_differs);
    CHECK_EQ(w.order(1).inferred_fill, 0U);
    w.report(w.answer.cl_ord_id, "E1", 'F', '1', "32=30|31=100|14=30|");  // the real one, ever so late
    w.report(w.answer.cl_ord_id, "H1", 'H', '1', "19=E1|14=20|");
    CHECK_EQ(w.cum(), std::string("20"));
    CHECK_EQ(w.net(), std::string("20"));
    const std::uint64_t hash = hash_of(w);
    w.crash();
    CHECK_EQ(hash_of(w), hash);
}

TEST(inferred_fill_grows_where_more_is_missing) {
    Working w;
    w.report(w.answer.cl_ord_id, "E2", 'F', '1', "32=20|31=101|14=50|6=100.4|");
    wait(w, 12);
    CHECK_EQ(w.cum(), std::string("50"));  // of which 30 are inferred
    w.report(w.answer.cl_ord_id, "E4", 'F', '1', "32=5|31=102|14=75|6=100.4|");
    CHECK_EQ(w.cum(), std::string("55"));
    wait(w, 12);
    CHECK_EQ(w.cum(), std::string("75"));  // 50 now, at 100
    CHECK_EQ(w.net(), std::string("75"));
    CHECK_EQ(w.reserved(), std::string("25"));
    CHECK(!w.order(1).status_differs);
    const std::uint64_t hash = hash_of(w);
    w.crash();
    CHECK_EQ(hash_of(w), hash);
    w.start();
    w.log_on();
    w.report(w.answer.cl_ord_id, "E1", 'F', '1', "32=30|31=100|14=30|");
    w.report(w.answer.cl_ord_id, "E3", 'F', '1', "32=20|31=100|14=70|");
    CHECK_EQ(w.cum(), std::string("75"));  // the real ones, each once
    CHECK_EQ(w.net(), std::string("75"));
}

TEST(inferred_fill_stays_where_the_venue_does_not_know_the_order) {
    Working w;
    w.report(w.answer.cl_ord_id, "E2", 'F', '1', "32=20|31=101|14=50|6=100.4|");
    wait(w, 12);
    w.report(w.answer.cl_ord_id, "0", 'I', '8', "38=100|14=0|151=0|58=no such order|");
    CHECK_EQ(w.cum(), std::string("50"));
}

// --- how often is asked

TEST(difference_that_the_venue_does_not_settle_is_asked_about_so_often_and_no_more) {
    Working w(with_profile([](auto& profile) { profile.inferred_fill_after_ms = 0; }));
    const Answer c = w.cancel("c1", 1);
    const std::string ended = "38=100|14=30|6=100|151=0|";
    w.report(c.cl_ord_id, "E2", '4', '4', "41=" + w.answer.cl_ord_id + "|" + ended);
    std::size_t asked = 0;
    for (int logons = 0; logons < 40; ++logons) {
        w.engine->disconnected(0, "cut", w.now);
        w.now += test::second;
        w.wire.sent.clear();
        w.log_on();
        for (int at = 0; at < 20; ++at) {
            wait(w, 1);
            const std::size_t sent = w.sent("35=H|");
            asked += sent;
            for (std::size_t n = 0; n < sent; ++n) w.report(w.answer.cl_ord_id, "S", 'I', '4', ended);
            std::erase_if(w.wire.sent, [](const std::string& m) { return m.starts_with("35=H|"); });
        }
    }
    CHECK(asked >= 5 && asked <= 15);
    CHECK(w.order(1).status_differs);                                           // an operator's, from here on
    w.report(w.answer.cl_ord_id, "E1", 'F', '4', "32=20|31=100|14=40|151=0|");  // something new: asked anew
    wait(w, 1);
    CHECK_EQ(w.sent("35=H|"), 1U);
}

TEST(ended_order_that_the_venue_never_answers_for_does_not_hold_up_every_logon) {
    Working w(with_profile([](auto& profile) { profile.inferred_fill_after_ms = 0; }));
    const Answer c = w.cancel("c1", 1);
    w.report(c.cl_ord_id, "E2", '4', '4', "41=" + w.answer.cl_ord_id + "|38=100|14=30|6=100|151=0|");
    int asked = 0;
    for (int logons = 0; logons < 10; ++logons) {
        w.engine->disconnected(0, "cut", w.now);
        w.now += test::second;
        w.wire.sent.clear();
        w.log_on();
        asked += w.phase() == schema::SessionState::reconciling ? 1 : 0;
        w.now += 60 * test::second;
        w.engine->tick(w.now);
    }
    CHECK_EQ(asked, 3);
}

// Each of them asked before the last answer came: a resend brings them all at once.
TEST(answers_that_come_in_a_heap_do_not_end_the_asking) {
    Working w(with_profile([](auto& profile) { profile.inferred_fill_after_ms = 5'000; }));
    for (int at = 0; at < 40; ++at)
        w.report(w.answer.cl_ord_id, "S" + std::to_string(at), 'I', '1', "38=100|14=30|151=70|6=100|");
    w.crash();
    w.start();
    w.log_on();
    CHECK_EQ(w.sent("35=H|"), 1U);  // it is asked about still
    w.report(w.answer.cl_ord_id, "S", 'I', '1', "38=100|14=30|151=70|6=100|");
    CHECK_EQ(w.cum(), std::string("0"));
    wait(w, 10);
    CHECK_EQ(w.cum(), std::string("30"));
    CHECK_EQ(w.engine->counters().inferred_fills, 1U);
}

TEST(answers_that_come_in_a_heap_count_once_a_second_and_a_clock_set_back_counts) {
    Working w(with_profile([](auto& profile) { profile.inferred_fill_after_ms = 0; }));
    const auto answer = [&w] {
        w.report(w.answer.cl_ord_id, "S", 'I', '1', "38=100|14=30|151=70|6=100|");
        return int{w.order(1).unsettled_answers};
    };
    CHECK_EQ(answer(), 0);  // it tells something
    CHECK_EQ(answer(), 1);
    CHECK_EQ(answer(), 1);
    w.now += test::second - 1;
    CHECK_EQ(answer(), 1);
    w.now += 1;
    CHECK_EQ(answer(), 2);
    w.now -= 10 * test::second;
    CHECK_EQ(answer(), 3);
    CHECK_EQ(answer(), 3);
    const std::uint64_t hash = hash_of(w);
    w.crash();
    CHECK_EQ(hash_of(w), hash);
}

TEST(refused_cancel_during_a_logon_does_not_stand_for_the_answer_on_sums) {
    Working w(with_profile([](auto& profile) { profile.inferred_fill_after_ms = 1'000; }));
    w.report(w.answer.cl_ord_id, "S1", 'I', '2', "38=100|14=100|151=0|6=100|");  // 100 have not come
    w.crash();
    w.start();
    w.log_on();
    CHECK_EQ(w.sent("35=H|"), 1U);
    const Answer c = w.cancel("c1", 1);
    w.venue("35=9|37=V1|11=" + c.cl_ord_id + "|41=" + w.answer.cl_ord_id + "|39=2|434=1|102=0|");
    CHECK(w.phase() == schema::SessionState::ready);
    wait(w, 2);
    CHECK(w.sent("35=H|") > 1U);  // the first was never answered
    w.report(w.answer.cl_ord_id, "S2", 'I', '2', "38=100|14=100|151=0|6=100|");
    wait(w, 10);
    CHECK_EQ(w.cum(), std::string("100"));
    CHECK(!w.order(1).status_differs);
}

TEST_MAIN
