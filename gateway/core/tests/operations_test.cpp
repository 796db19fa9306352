// What operators decide of orders and positions.
#include "working_order.hpp"

using namespace gw;
using gw::test::Answer;
using gw::test::Working;
using gw::test::World;
using Error = engine::Engine::ResolveError;
using schema::OrderStatus;
using schema::PositionAdjustmentKind;

namespace {

// An order that the venue has not answered, and whose session was lost.
struct Lost : World {
    Answer answer;
    Lost() {
        up();
        answer = submit("o1");
        engine->disconnected(0, "cut", now);
    }
    Error resolve(OrderStatus outcome, const char* cum = "0", const char* average = "0") {
        std::uint64_t lsn = 0;
        return engine->resolve({1, outcome, *Decimal::parse(cum), *Decimal::parse(average), "phone", "ann"},
                               now, lsn);
    }
    [[nodiscard]] std::string reserved() const {
        return test::show(engine->ledger().positions()[1].open_buy);
    }
};

std::string realized(const World& w) {
    return test::show(*w.engine->ledger().positions()[1].realized.to_decimal());
}

}  // namespace

TEST(unknown_order_ends_by_an_operators_decision) {
    Lost w;
    CHECK_EQ(w.status(1), std::string("UNKNOWN"));
    CHECK_EQ(w.reserved(), std::string("100"));
    CHECK(w.resolve(OrderStatus::canceled) == Error::none);
    CHECK_EQ(w.status(1), std::string("CANCELED"));
    CHECK_EQ(w.reserved(), std::string("0"));
    CHECK_EQ(w.engine->ledger().unknown_order_count(), 0U);
    const std::uint64_t hash = w.engine->ledger().state_hash();
    w.crash();
    CHECK_EQ(w.engine->ledger().state_hash(), hash);
}

TEST(decision_with_what_has_traded_gives_way_to_the_real_fill) {
    Lost w;
    CHECK(w.resolve(OrderStatus::filled) == Error::outcome);  // nothing has traded here
    CHECK(w.resolve(OrderStatus::filled, "100", "99.5") == Error::none);
    CHECK_EQ(w.status(1), std::string("FILLED"));
    CHECK_EQ(w.net(), std::string("100"));
    w.log_on();
    w.report(w.answer.cl_ord_id, "E1", 'F', '2', "32=100|31=99.4|14=100|");
    CHECK_EQ(w.net(), std::string("100"));
    CHECK_EQ(w.order(1).average_price(), *Decimal::parse("99.4"));
}

TEST(fill_after_a_decision_still_counts) {
    Lost w;
    CHECK(w.resolve(OrderStatus::not_sent) == Error::none);
    w.log_on();
    w.report(w.answer.cl_ord_id, "E1", 'F', '1', "32=40|31=100|14=40|38=100|");
    CHECK_EQ(w.net(), std::string("40"));
    CHECK_EQ(w.status(1), std::string("PARTIALLY_FILLED"));
}

TEST(order_that_works_is_taken_as_known_again) {
    Lost w;
    CHECK(w.resolve(OrderStatus::new_) == Error::none);
    CHECK_EQ(w.status(1), std::string("PENDING_NEW"));
    CHECK_EQ(w.reserved(), std::string("100"));
}

TEST(decision_where_there_is_no_doubt_is_refused_and_changes_nothing) {
    Working w;
    const std::uint64_t hash = w.engine->ledger().state_hash();
    std::uint64_t lsn = 0;
    CHECK(w.engine->resolve({1, OrderStatus::canceled, {}, {}, "r", "ann"}, w.now, lsn) ==
          Error::not_in_doubt);
    CHECK(w.engine->resolve({9, OrderStatus::canceled, {}, {}, "r", "ann"}, w.now, lsn) ==
          Error::unknown_order);
    CHECK_EQ(w.engine->ledger().state_hash(), hash);
}

TEST(outcome_that_does_not_go_with_what_has_traded_is_refused) {
    Lost w;
    CHECK(w.resolve(OrderStatus::unknown) == Error::outcome);
    CHECK(w.resolve(OrderStatus::rejected, "10", "100") == Error::outcome);
    CHECK(w.resolve(OrderStatus::not_sent, "10", "100") == Error::outcome);
    CHECK_EQ(w.status(1), std::string("UNKNOWN"));
    CHECK_EQ(w.net(), std::string("0"));
}

TEST(replace_whose_answer_is_lost_for_good_ends_by_an_operators_decision) {
    Working w;
    w.trade("E1", "100", "100", '2');
    const Answer up = w.replace("r1", 1, "150");
    CHECK_EQ(w.status(1), std::string("PENDING_REPLACE"));
    std::uint64_t lsn = 0;
    const auto resolve = [&](OrderStatus outcome) {
        return w.engine->resolve({1, outcome, {}, {}, "phone", "ann"}, w.now, lsn);
    };
    CHECK(resolve(OrderStatus::filled) == Error::none);
    CHECK_EQ(w.status(1), std::string("FILLED"));
    CHECK_EQ(w.reserved(), std::string("0"));
    CHECK_EQ(w.engine->ledger().open_order_count(), 0U);
    CHECK(resolve(OrderStatus::filled) == Error::not_in_doubt);
    // The venue did it all the same, and says so late: its word is the better evidence.
    w.report(up.cl_ord_id, "E2", '5', '1', "41=" + w.answer.cl_ord_id + "|38=150|14=100|151=50|6=100|");
    CHECK_EQ(w.status(1), std::string("PARTIALLY_FILLED"));
    CHECK_EQ(w.reserved(), std::string("50"));
}

TEST(order_that_works_by_an_operators_decision_goes_on_from_the_terms_in_force) {
    Working w;
    w.replace("r1", 1, "150");
    CHECK_EQ(w.reserved(), std::string("150"));
    std::uint64_t lsn = 0;
    CHECK(w.engine->resolve({1, OrderStatus::new_, {}, {}, "phone", "ann"}, w.now, lsn) == Error::none);
    CHECK_EQ(w.status(1), std::string("NEW"));
    CHECK_EQ(w.reserved(), std::string("100"));
    w.cancel("c1", 1);
    CHECK(w.last_sent().find("41=" + w.answer.cl_ord_id + "|") != std::string::npos);
}

TEST(cancel_orders_sends_one_cancel_for_each_open_order_that_fits) {
    Working w;
    schema::NewOrder other = World::new_order("o2");
    other.strategy = "t";
    w.submit(other);
    schema::NewOrder bobs = World::new_order("o3");
    bobs.account = "B1";
    w.submit(bobs, "bob");
    CHECK_EQ(w.engine->cancel_orders({"alice", "A1", "t", ""}, w.now), 1U);
    CHECK_EQ(w.status(2), std::string("PENDING_CANCEL"));
    CHECK_EQ(w.engine->cancel_orders({"alice", "", "", "ACME"}, w.now), 1U);  // order 2 has one under way
    CHECK_EQ(w.engine->cancel_orders({"alice", "", "", ""}, w.now), 0U);
    CHECK_EQ(w.sent("35=F|"), 2U);
    CHECK_EQ(w.status(3), std::string("PENDING_NEW"));
    CHECK_EQ(w.engine->cancel_orders({"nobody", "", "", ""}, w.now), 0U);
}

TEST(start_of_day_sets_a_position_and_a_correction_adds_to_it) {
    Working w;
    w.trade("E1", "30", "30");
    using Kind = PositionAdjustmentKind;
    const auto adjust = [&](Kind kind, const char* quantity, const char* price) {
        return w.engine->adjust_position(
            {kind, "A1", "s", "ACME", *Decimal::parse(quantity), *Decimal::parse(price), "statement", "ann"},
            w.now);
    };
    CHECK(adjust(Kind::start_of_day, "-50", "90").lsn != 0);
    CHECK_EQ(w.net(), std::string("-50"));
    CHECK_EQ(w.reserved(), std::string("70"));  // the open order's
    CHECK_EQ(realized(w), std::string("0"));
    CHECK(adjust(Kind::correction, "20", "80").lsn != 0);
    CHECK_EQ(w.net(), std::string("-30"));
    CHECK_EQ(realized(w), std::string("200"));
    const std::uint64_t hash = w.engine->ledger().state_hash();
    w.crash();
    CHECK_EQ(w.engine->ledger().state_hash(), hash);
}

TEST(adjustment_of_what_is_not_configured_is_refused) {
    Working w;
    engine::Engine::Adjustment adjustment{
        PositionAdjustmentKind::correction, "A1", "s", "NONE", {}, {}, "r", "ann"};
    CHECK(!w.engine->adjust_position(adjustment, w.now).known);
    adjustment.instrument = "ACME";
    adjustment.account = "A9";
    CHECK(!w.engine->adjust_position(adjustment, w.now).known);
}

TEST_MAIN
