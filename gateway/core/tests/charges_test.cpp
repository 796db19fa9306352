// Commission and fees: booked once with their fill, taken back by its bust, changed by its correction.
#include <map>
#include <string>

#include "order/position.hpp"
#include "working_order.hpp"

using namespace gw;
using gw::test::Working;
using gw::test::World;

namespace {

engine::Settings costing_settings(order::ChargePolicy policy = order::ChargePolicy::per_fill) {
    engine::Settings settings = test::engine_settings();
    settings.instruments[0].currency = "USD";
    settings.instruments[0].multiplier = Decimal::from_units(10);
    settings.limits[0].limits.max_order_notional = *Decimal::parse("500000");  // 100 of 100 x 10
    settings.venues[0].profile.charges = policy;
    return settings;
}

// "USD 3 0.5; EUR 0 1": currency, commission, fees; by name.
std::string charges(const World& w) {
    const order::Ledger& ledger = w.engine->ledger();
    std::map<std::string, std::string> all;
    for (std::uint32_t id = ledger.positions()[1].charges; id != 0; id = ledger.position_charges(id).next) {
        const order::PositionCharges& sums = ledger.position_charges(id);
        all[std::string(ledger.names().currencies.name(sums.currency))] =
            " " + std::string(order::MoneyText(sums.commission).view()) + " " +
            std::string(order::MoneyText(sums.fees).view());
    }
    std::string text;
    for (const auto& [currency, sums] : all) text += (text.empty() ? "" : "; ") + currency + sums;
    return text;
}

struct Costing : Working {
    explicit Costing(order::ChargePolicy policy = order::ChargePolicy::per_fill)
        : Working(costing_settings(policy)) {}
    void fill(const std::string& exec_id, const std::string& quantity, const std::string& cum,
              const std::string& cost, const std::string& more = "") {
        report(answer.cl_ord_id, exec_id, 'F', cum == "100" ? '2' : '1',
               "32=" + quantity + "|31=100|14=" + cum + "|38=100|" + cost + more);
    }
    [[nodiscard]] std::uint64_t incomplete() const { return engine->counters().charges_incomplete; }
    // A restart finds what is here.
    void check_recovers() {
        const std::uint64_t hash = engine->ledger().state_hash();
        const std::string before = charges(*this);
        crash();
        CHECK_EQ(engine->ledger().state_hash(), hash);
        CHECK_EQ(charges(*this), before);
    }
};

}  // namespace

TEST(commission_is_booked_once_with_its_fill) {
    Costing w;
    w.fill("E1", "30", "30", "12=1.5|13=3|479=EUR|");
    w.fill("E1", "30", "30", "12=1.5|13=3|479=EUR|", "43=Y|");
    CHECK_EQ(charges(w), std::string("EUR 1.5 0"));
    w.fill("E2", "30", "60", "12=-0.25|13=3|");  // a rebate, in the instrument's currency
    CHECK_EQ(charges(w), std::string("EUR 1.5 0; USD -0.25 0"));
    w.check_recovers();
}

TEST(commission_is_told_per_unit_or_in_percent) {
    Costing w;
    w.fill("E1", "30", "30", "12=0.02|13=1|");
    CHECK_EQ(charges(w), std::string("USD 0.6 0"));
    w.fill("E2", "20", "50", "12=0.0005|13=2|");  // of 20 x 100 x 10
    CHECK_EQ(charges(w), std::string("USD 10.6 0"));
    w.fill("E3", "10", "60", "12=0.01|13=6|");  // a point of a contract of ten
    CHECK_EQ(charges(w), std::string("USD 11.6 0"));
    CHECK_EQ(w.incomplete(), 0U);
}

TEST(fees_of_the_group_are_booked_in_their_currencies) {
    Costing w;
    w.fill("E1", "30", "30",
           "15=GBP|136=3|137=0.1|138=EUR|139=4|137=0.2|139=7|137=0.01|138=EUR|139=4|891=1|12=2|");
    CHECK_EQ(charges(w), std::string("EUR 0 0.4; GBP 2 0.2"));  // Currency(15) where the fee names none
    w.check_recovers();
}

TEST(bust_takes_back_what_its_fill_had_cost) {
    Costing w;
    w.fill("E1", "30", "30", "12=1|136=1|137=0.1|138=EUR|139=4|");
    w.fill("E2", "30", "60", "12=2|");
    w.report(w.answer.cl_ord_id, "E3", 'H', '1', "19=E1|14=30|");
    w.report(w.answer.cl_ord_id, "E3", 'H', '1', "19=E1|14=30|43=Y|");
    CHECK_EQ(charges(w), std::string("EUR 0 0; USD 2 0"));
    w.fill("E1", "30", "30", "12=1|", "43=Y|");  // the fill again: it stays busted
    CHECK_EQ(charges(w), std::string("EUR 0 0; USD 2 0"));
    w.check_recovers();
}

TEST(bust_that_comes_before_its_fill_leaves_no_cost) {
    Costing w;
    w.report(w.answer.cl_ord_id, "E3", 'H', '0', "19=E1|14=0|");
    w.fill("E1", "30", "30", "12=1|");
    CHECK_EQ(charges(w), std::string(""));
}

TEST(correction_changes_what_the_fill_had_cost) {
    Costing w;
    w.fill("E1", "30", "30", "12=1|136=1|137=0.1|139=4|");
    w.report(w.answer.cl_ord_id, "E2", 'G', '1', "19=E1|32=20|31=101|14=20|12=0.7|");
    CHECK_EQ(charges(w), std::string("USD 0.7 0"));
    w.report(w.answer.cl_ord_id, "E3", 'G', '1', "19=E2|32=20|31=102|14=20|");  // says nothing of cost
    CHECK_EQ(charges(w), std::string("USD 0.7 0"));
    w.report(w.answer.cl_ord_id, "E4", 'H', '0', "19=E3|14=0|");
    CHECK_EQ(charges(w), std::string("USD 0 0"));
    w.check_recovers();
}

TEST(cumulative_commission_is_booked_by_what_it_grew) {
    Costing w(order::ChargePolicy::cumulative);
    w.fill("E1", "30", "30", "12=3|");
    w.fill("E2", "30", "60", "12=5|136=1|137=1|139=4|");
    CHECK_EQ(charges(w), std::string("USD 5 1"));
    w.report(w.answer.cl_ord_id, "E3", 'H', '1', "19=E2|14=30|12=3|136=1|137=0|139=4|");
    CHECK_EQ(charges(w), std::string("USD 3 0"));
    w.fill("E4", "70", "100", "12=10|13=3|");
    CHECK_EQ(charges(w), std::string("USD 10 0"));
    w.check_recovers();
}

TEST(cumulative_commission_of_an_older_report_is_not_booked_again) {
    Costing w(order::ChargePolicy::cumulative);
    w.fill("E2", "30", "60", "12=5|");  // E1 is still on its way
    w.fill("E1", "30", "30", "12=3|");
    CHECK_EQ(charges(w), std::string("USD 5 0"));
}

TEST(cumulative_commission_per_unit_and_two_of_a_kind_are_sums) {
    Costing w(order::ChargePolicy::cumulative);
    w.fill("E1", "30", "30", "12=0.1|13=1|136=2|137=1|139=4|137=2|139=4|");
    CHECK_EQ(charges(w), std::string("USD 3 3"));
    w.fill("E2", "30", "60", "12=0.1|13=1|136=2|137=1|139=4|137=2|139=4|");
    CHECK_EQ(charges(w), std::string("USD 6 3"));
}

TEST(commission_of_a_report_that_computes_the_day_is_booked_where_it_is_cumulative) {
    Costing w(order::ChargePolicy::cumulative);
    w.fill("E1", "100", "100", "12=3|");
    w.report(w.answer.cl_ord_id, "E2", 'B', 'B', "14=100|38=100|151=0|12=4.5|");
    CHECK_EQ(charges(w), std::string("USD 4.5 0"));
    w.check_recovers();
}

TEST(venue_whose_profile_says_none_costs_nothing) {
    Costing w(order::ChargePolicy::none);
    w.fill("E1", "30", "30", "12=1|");
    CHECK_EQ(charges(w), std::string(""));
    CHECK_EQ(w.incomplete(), 0U);
}

TEST(what_cannot_be_booked_is_counted_and_the_fill_counts) {
    Costing w;
    w.fill("E1", "10", "10", "12=1|13=4|");            // waived: how much of it is not said
    w.fill("E2", "10", "20", "12=abc|");               // no number
    w.fill("E3", "10", "30", "12=0.123456789|");       // would have to be rounded
    w.fill("E4", "10", "40", "12=92233720368|13=1|");  // does not fit
    w.fill("E5", "10", "50", "12=1|479=dollars|");     // no currency
    CHECK_EQ(w.incomplete(), 4U);
    CHECK_EQ(w.cum(), std::string("50"));
    CHECK_EQ(charges(w), std::string("XXX 1 0"));
}

TEST(start_of_day_begins_with_the_costs_that_it_names) {
    Costing w;
    w.fill("E1", "30", "30", "12=1|");
    schema::Charge cost;
    cost.kind = schema::ChargeKind::fee;
    cost.amount = Decimal::from_units(2);
    cost.currency = "EUR";
    engine::Engine::Adjustment start{schema::PositionAdjustmentKind::start_of_day,
                                     "A1",
                                     "s",
                                     "ACME",
                                     Decimal::from_units(5),
                                     Decimal::from_units(90),
                                     "statement",
                                     "ann"};
    start.charges = {&cost, 1};
    CHECK(w.engine->adjust_position(start, w.now).lsn != 0);
    CHECK_EQ(charges(w), std::string("EUR 0 2; USD 0 0"));
    w.check_recovers();
}

TEST(fill_of_before_the_start_of_the_day_can_be_busted_after_it) {
    Costing w;
    w.fill("E1", "30", "30", "12=1|");
    const engine::Engine::Adjustment start{schema::PositionAdjustmentKind::start_of_day,
                                           "A1",
                                           "s",
                                           "ACME",
                                           Decimal::from_units(30),
                                           Decimal::from_units(100),
                                           "statement",
                                           "ann"};
    CHECK(w.engine->adjust_position(start, w.now).lsn != 0);
    w.report(w.answer.cl_ord_id, "E2", 'H', '0', "19=E1|14=0|");
    CHECK_EQ(w.net(), std::string("0"));
    CHECK_EQ(charges(w), std::string("USD -1 0"));  // it comes back today
    w.check_recovers();
}

TEST(rows_of_a_batch_are_taken_once_and_in_turn) {
    Costing w;
    engine::Engine::Adjustment row{schema::PositionAdjustmentKind::start_of_day,
                                   "A1",
                                   "s",
                                   "ACME",
                                   Decimal::from_units(5),
                                   Decimal::from_units(90),
                                   "statement",
                                   "ann"};
    row.batch_id = "2026-11-27";
    row.batch_row = 1;
    row.batch_hash = 7;
    CHECK(w.engine->adjust_position(row, w.now).lsn != 0);
    CHECK(w.engine->adjust_position(row, w.now).out_of_turn);
    row.batch_row = 3;
    CHECK(w.engine->adjust_position(row, w.now).out_of_turn);
    row.batch_row = 2;
    row.batch_hash = 8;
    CHECK(w.engine->adjust_position(row, w.now).out_of_turn);
    w.check_recovers();
    w.start();
    row.batch_hash = 7;
    CHECK(w.engine->adjust_position(row, w.now).lsn != 0);
}

TEST_MAIN
