// Calculated(39=B), and restatements by a corporate action.
#include "working_order.hpp"

using namespace gw;
using gw::test::Answer;
using gw::test::Working;
using gw::test::World;
using schema::PositionAdjustmentKind;

namespace {

std::string average(const World& w) {
    return test::show(w.order(1).average_price());
}

// Good till canceled, 100 at 100.
struct GoodTill : World {
    Answer answer;
    GoodTill() {
        up();
        schema::NewOrder order = new_order("o1");
        order.time_in_force = schema::TimeInForce::gtc;
        answer = submit(order);
        report(answer.cl_ord_id, "E0", '0', '0', "38=100|14=0|151=100|");
    }
    void trade(const std::string& exec_id, const std::string& quantity, const std::string& cum) {
        report(answer.cl_ord_id, exec_id, 'F', '1', "32=" + quantity + "|31=100|14=" + cum + "|");
    }
    [[nodiscard]] std::string reserved() const {
        return test::show(engine->ledger().positions()[1].open_buy);
    }
    void same_after_a_crash() {
        const std::uint64_t hash = engine->ledger().state_hash();
        crash();
        CHECK_EQ(engine->ledger().state_hash(), hash);
    }
};

}  // namespace

// --- calculated

TEST(filled_order_is_calculated_and_its_trades_stay) {
    Working w;
    w.trade("E1", "100", "100", '2');
    w.report(w.answer.cl_ord_id, "B1", 'B', 'B', "38=100|14=100|151=0|6=100|12=1.5|");
    CHECK_EQ(w.status(1), std::string("CALCULATED"));
    CHECK_EQ(w.net(), std::string("100"));
    CHECK(!w.order(1).status_differs);
    CHECK_EQ(w.cancel("c1", 1).denial, schema::DenialCode::order_not_open);
}

TEST(day_order_that_traded_in_part_is_over_when_it_is_calculated) {
    Working w;
    w.trade("E1", "30", "30");
    w.report(w.answer.cl_ord_id, "D1", '3', '3', "38=100|14=30|151=0|");
    w.report(w.answer.cl_ord_id, "B1", 'B', 'B', "38=100|14=30|151=0|");
    CHECK_EQ(w.status(1), std::string("CALCULATED"));
    CHECK_EQ(w.engine->ledger().open_order_count(), 0U);
    CHECK_EQ(w.reserved(), std::string("0"));
    CHECK_EQ(w.net(), std::string("30"));
}

TEST(gtc_order_that_was_calculated_sleeps_until_the_next_day) {
    GoodTill w;
    w.trade("E1", "30", "30");
    w.report(w.answer.cl_ord_id, "B1", 'B', 'B', "38=100|14=30|151=70|");
    CHECK_EQ(w.status(1), std::string("CALCULATED"));
    CHECK_EQ(w.engine->ledger().open_order_count(), 1U);
    CHECK_EQ(w.reserved(), std::string("70"));
    CHECK(!w.order(1).status_differs);
    w.report(w.answer.cl_ord_id, "D1", 'D', '1', "38=100|14=30|151=70|378=1|");
    CHECK_EQ(w.status(1), std::string("PARTIALLY_FILLED"));
    w.trade("E2", "20", "50");
    CHECK_EQ(w.net(), std::string("50"));
    w.same_after_a_crash();
}

TEST(gtc_order_that_was_calculated_can_be_canceled) {
    GoodTill w;
    w.report(w.answer.cl_ord_id, "B1", 'B', 'B', "38=100|14=0|151=100|");
    const Answer c = w.cancel("c1", 1);
    CHECK(c.denial == schema::DenialCode::unspecified);
    w.report(c.cl_ord_id, "C1", '4', '4', "41=" + w.answer.cl_ord_id + "|38=100|14=0|151=0|");
    CHECK_EQ(w.status(1), std::string("CANCELED"));
    CHECK_EQ(w.reserved(), std::string("0"));
}

TEST(late_fill_and_bust_of_a_calculated_order_count) {
    Working w;
    w.trade("E1", "60", "60");
    w.report(w.answer.cl_ord_id, "B1", 'B', 'B', "38=100|14=60|151=0|");
    w.report(w.answer.cl_ord_id, "H1", 'H', 'B', "19=E1|38=100|14=0|151=0|");
    CHECK_EQ(w.net(), std::string("0"));
    w.report(w.answer.cl_ord_id, "S1", 'I', 'B', "38=100|14=0|151=0|");
    CHECK_EQ(w.status(1), std::string("CALCULATED"));
    w.trade("E2", "10", "10");
    CHECK_EQ(w.net(), std::string("10"));
}

TEST(canceled_order_stays_canceled_when_its_trades_are_settled) {
    Working w;
    w.trade("E1", "60", "60");
    w.report(w.answer.cl_ord_id, "C1", '4', '4', "38=100|14=60|151=0|");
    w.report(w.answer.cl_ord_id, "B1", 'B', 'B', "38=100|14=60|151=0|");
    CHECK_EQ(w.status(1), std::string("CANCELED"));
}

// --- a stock split

TEST(split_restates_quantity_price_and_sums_and_leaves_the_position_alone) {
    GoodTill w;
    w.trade("E1", "20", "20");
    w.report(w.answer.cl_ord_id, "D1", 'D', '1', "38=200|44=50|14=40|151=160|6=50|378=0|");
    CHECK_EQ(test::show(w.order(1).quantity), std::string("200"));
    CHECK_EQ(test::show(w.order(1).price), std::string("50"));
    CHECK_EQ(test::show(w.order(1).cum_quantity), std::string("40"));
    CHECK_EQ(average(w), std::string("50"));
    CHECK_EQ(w.reserved(), std::string("160"));
    CHECK(!w.order(1).status_differs);
    CHECK_EQ(w.net(), std::string("20"));  // shares are adjusted by whoever keeps the books, with a reason
    CHECK(w.engine
              ->adjust_position({PositionAdjustmentKind::start_of_day, "A1", "s", "ACME",
                                 Decimal::from_units(40), Decimal::from_units(50), "2:1 split", "ann"},
                                w.now)
              .lsn != 0);
    w.report(w.answer.cl_ord_id, "E2", 'F', '1', "32=60|31=50|14=100|151=100|6=50|");
    CHECK_EQ(w.net(), std::string("100"));
    CHECK_EQ(average(w), std::string("50"));
    CHECK(!w.order(1).status_differs);
    w.same_after_a_crash();
}

TEST(split_that_is_told_twice_changes_nothing_more) {
    GoodTill w;
    w.trade("E1", "20", "20");
    for (const char* id : {"D1", "D1", "D2"})
        w.report(w.answer.cl_ord_id, id, 'D', '1', "38=200|44=50|14=40|151=160|6=50|378=0|");
    CHECK_EQ(test::show(w.order(1).cum_quantity), std::string("40"));
    CHECK_EQ(average(w), std::string("50"));
    CHECK_EQ(w.reserved(), std::string("160"));
}

TEST(reverse_split_restates_downwards_and_trades_go_on_from_there) {
    GoodTill w;
    w.trade("E1", "20", "20");
    w.report(w.answer.cl_ord_id, "D1", 'D', '1', "38=10|44=1000|14=2|151=8|6=1000|378=0|");
    CHECK_EQ(average(w), std::string("1000"));
    CHECK_EQ(w.reserved(), std::string("8"));
    w.report(w.answer.cl_ord_id, "E2", 'F', '2', "32=8|31=1000|14=10|151=0|6=1000|");
    CHECK_EQ(w.status(1), std::string("FILLED"));
    CHECK_EQ(w.reserved(), std::string("0"));
}

TEST(trade_of_before_a_split_that_comes_behind_it_makes_a_difference_and_not_a_guess) {
    GoodTill w;
    w.trade("E1", "20", "20");
    w.report(w.answer.cl_ord_id, "D1", 'D', '1', "38=200|44=50|14=60|151=140|6=50|378=0|");  // 10 unseen
    CHECK_EQ(test::show(w.order(1).cum_quantity), std::string("60"));
    CHECK_EQ(w.net(), std::string("20"));
    CHECK(w.order(1).status_differs);  // AvgPx says that a trade is missing
}

TEST(restatement_for_another_reason_does_not_change_what_has_traded) {
    GoodTill w;
    w.trade("E1", "20", "20");
    w.report(w.answer.cl_ord_id, "D1", 'D', '1', "38=50|14=40|151=10|378=5|");  // partial decline
    CHECK_EQ(test::show(w.order(1).quantity), std::string("50"));
    CHECK_EQ(test::show(w.order(1).cum_quantity), std::string("20"));
    CHECK(w.order(1).status_differs);  // 20 more have traded, and their report is missing
    CHECK_EQ(w.reserved(), std::string("30"));
}

TEST_MAIN
