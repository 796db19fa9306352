// What may be open, held and owed: at the limit, over it, and what a refusal leaves as it was.
#include "limits_fixture.hpp"

using namespace gw;
using gw::test::Answer;
using gw::test::LimitsRequest;
using gw::test::World;
using schema::DenialCode;
using schema::LimitKind;
using schema::Side;
using schema::TradingState;

namespace {

constexpr auto none = DenialCode::unspecified;

void set(World& w, const LimitsRequest& request) {
    CHECK_EQ(w.engine->set_limits(request.bytes(), "tester", w.now).fault, std::string());
}

schema::NewOrder order_of(std::string_view id, Side side, std::string_view quantity,
                          std::string_view price = "100", std::string_view strategy = "s") {
    schema::NewOrder order = World::new_order(id, quantity, price);
    order.side = side;
    order.strategy = strategy;
    return order;
}

// The venue takes the order and fills so much of it.
void fill(World& w, const Answer& answer, const std::string& exec_id, const std::string& quantity,
          const std::string& of, const std::string& price = "100") {
    const bool all = quantity == of;
    w.report(answer.cl_ord_id, exec_id, 'F', all ? '2' : '1',
             "38=" + of + "|32=" + quantity + "|31=" + price + "|14=" + quantity + "|");
}

void halt(World& w, std::string_view level, TradingState state) {
    CHECK(w.engine->set_trading_state(level, state, "test", "tester", false, w.now).known);
}

std::string used(World& w, std::string_view name) {
    std::string buffer(64 * 1024, '\0');
    pb::Writer out(buffer);
    w.engine->limit_utilization("", out);
    pb::Reader in(out.written());
    while (in.next()) {
        schema::LimitUtilization one;
        CHECK(one.decode(in.bytes()));
        if (one.name == name)
            return test::show(one.value.value) + " of " + test::show(one.limit.value) + ", " +
                   test::show(one.share_percent.value) + " %";
    }
    return "none";
}

}  // namespace

TEST(open_orders_are_counted_from_acceptance_to_their_end) {
    World w;
    w.up();
    set(w, LimitsRequest().add("open", "account:A1", LimitKind::open_orders, "").count(2));
    const Answer first = w.submit("o1", "1");
    CHECK(w.submit("o2", "1").denial == none);
    const std::uint64_t accepted = w.engine->ledger().open_order_count();
    const Answer third = w.submit("o3", "1");
    CHECK(third.denial == DenialCode::max_open_orders);
    CHECK_EQ(third.limit_name, std::string("open"));
    CHECK_EQ(third.observed, std::string("3"));
    CHECK_EQ(third.allowed, std::string("2"));
    CHECK_EQ(w.engine->ledger().open_order_count(), accepted);
    CHECK_EQ(used(w, "open"), std::string("2 of 2, 100 %"));
    CHECK(w.replace("r1", 1, "2").denial == none);  // it is open already
    w.report(first.cl_ord_id, "E1", '4', '4', "14=0|");
    CHECK_EQ(used(w, "open"), std::string("1 of 2, 50 %"));
    CHECK(w.submit("o4", "1").denial == none);
}

TEST(open_notional_holds_replaces_at_the_larger_terms_and_judges_the_difference) {
    World w;
    w.up();
    set(w, LimitsRequest().add("notional", "firm", LimitKind::open_notional, "10000"));
    const Answer order = w.submit("o1", "60");  // 6000
    w.report(order.cl_ord_id, "E1", '0', '0', "38=60|");
    CHECK(w.submit("o2", "41").denial == DenialCode::max_open_notional);
    const Answer over = w.replace("r1", 1, "101");
    CHECK(over.denial == DenialCode::max_open_notional);
    CHECK_EQ(over.observed, std::string("10100"));
    const Answer replaced = w.replace("r2", 1, "100");  // 10000, though 6000 of it is held already
    CHECK(replaced.denial == none);
    CHECK_EQ(used(w, "notional"), std::string("10000 of 10000, 100 %"));
    CHECK(w.submit("o3", "1").denial == DenialCode::max_open_notional);
    w.venue("35=9|37=V|11=" + replaced.cl_ord_id + "|41=" + order.cl_ord_id + "|39=0|434=2|102=0|");
    CHECK_EQ(used(w, "notional"), std::string("6000 of 10000, 60 %"));
    CHECK(w.submit("o4", "40").denial == none);
}

TEST(market_orders_are_held_at_the_reference_and_revalued_with_it) {
    World w;
    w.up();
    set(w, LimitsRequest().add("notional", "instrument:ACME", LimitKind::open_notional, "10000"));
    CHECK(w.submit(order_of("o1", Side::buy, "50", "")).denial == none);
    CHECK_EQ(used(w, "notional"), std::string("5000 of 10000, 50 %"));
    CHECK(w.engine->set_reference_price("ACME", *Decimal::parse("120"), w.now).known);
    CHECK_EQ(used(w, "notional"), std::string("6000 of 10000, 60 %"));
}

TEST(position_is_the_worst_case_of_fills_and_open_orders_in_each_direction) {
    World w;
    w.up();
    set(w, LimitsRequest().add("position", "account:A1", LimitKind::position, "100"));
    const Answer buy = w.submit(order_of("b1", Side::buy, "60"));
    fill(w, buy, "F1", "60", "60");
    CHECK(w.submit(order_of("b2", Side::buy, "40")).denial == none);  // 60 held, 40 open
    const Answer over = w.submit(order_of("b3", Side::buy, "1", "100", "other"));
    CHECK(over.denial == DenialCode::max_position);  // strategies of one account are one position
    CHECK_EQ(over.observed, std::string("101"));
    CHECK(w.submit(order_of("s1", Side::sell, "160")).denial == none);  // 60 - 160
    CHECK(w.submit(order_of("s2", Side::sell, "1")).denial == DenialCode::max_position);
    CHECK(w.submit(order_of("s3", Side::sell_short, "1")).denial == DenialCode::max_position);
}

TEST(unknown_orders_keep_what_they_hold) {
    World w;
    w.up();
    set(w, LimitsRequest().add("position", "firm", LimitKind::position, "100"));
    CHECK(w.submit("o1", "100").denial == none);
    w.engine->disconnected(0, "cut", w.now);
    CHECK_EQ(w.status(1), std::string("UNKNOWN"));
    CHECK_EQ(used(w, "position"), std::string("100 of 100, 100 %"));
}

TEST(exposures_are_gross_net_long_and_short_in_the_worst_case) {
    World w;
    w.up();
    set(w, LimitsRequest()
               .add("gross", "firm", LimitKind::gross_exposure, "20000")
               .add("net", "firm", LimitKind::net_exposure, "20000")
               .add("long", "firm", LimitKind::long_exposure, "9000")
               .add("short", "firm", LimitKind::short_exposure, "5000")
               .add("power", "account:A1", LimitKind::buying_power, "8000"));
    fill(w, w.submit(order_of("b1", Side::buy, "50")), "F1", "50", "50");
    CHECK(w.submit(order_of("s1", Side::sell, "70")).denial == none);
    CHECK_EQ(used(w, "gross"), std::string("5000 of 20000, 25 %"));
    CHECK_EQ(used(w, "net"), std::string("5000 of 20000, 25 %"));
    CHECK_EQ(used(w, "long"), std::string("5000 of 9000, 55.55555556 %"));
    CHECK_EQ(used(w, "short"), std::string("2000 of 5000, 40 %"));
    const Answer power = w.submit(order_of("b2", Side::buy, "31"));
    CHECK(power.denial == DenialCode::insufficient_buying_power);
    CHECK_EQ(power.observed, std::string("8100"));
    CHECK(w.submit(order_of("s2", Side::sell, "31")).denial == DenialCode::max_exposure);
    CHECK(w.submit(order_of("s3", Side::sell, "30")).denial == none);
}

TEST(order_that_makes_nothing_worse_passes_a_limit_that_is_broken) {
    World w;
    w.up();
    fill(w, w.submit(order_of("b1", Side::buy, "50")), "F1", "50", "50");
    set(w, LimitsRequest().add("gross", "firm", LimitKind::gross_exposure, "1000"));
    CHECK(w.submit(order_of("b2", Side::buy, "1")).denial == DenialCode::max_exposure);
    CHECK(w.submit(order_of("s1", Side::sell, "50")).denial == none);
}

TEST(exposure_without_a_reference_is_denied_unless_the_limit_says_otherwise) {
    World w;
    w.up();
    LimitsRequest request;
    request.add("gross", "account:A1", LimitKind::gross_exposure, "1000");
    set(w, request);
    schema::NewOrder bare = World::new_order("o1", "1", "5");
    bare.instrument = "BARE";
    // The firm's collar needs a reference too, and comes first.
    CHECK(w.submit(bare).denial == DenialCode::no_reference_price);
}

TEST(exposure_limits_cannot_stand_on_clients) {
    World w;
    w.up();
    const std::string fault =
        w.engine
            ->set_limits(LimitsRequest().add("x", "client:alice", LimitKind::gross_exposure, "1").bytes(),
                         "tester", w.now)
            .fault;
    CHECK(fault.find("cannot stand on clients") != std::string::npos);
}

TEST(reducing_takes_only_what_brings_the_position_nearer_to_zero) {
    World w;
    w.up();
    fill(w, w.submit(order_of("b1", Side::buy, "50")), "F1", "50", "50");
    halt(w, "account:A1", TradingState::reducing);
    const Answer more = w.submit(order_of("b2", Side::buy, "1"));
    CHECK(more.denial == DenialCode::trading_reducing);
    CHECK_EQ(more.level, std::string("account:A1"));
    CHECK(w.submit(order_of("s0", Side::sell, "1", "100", "other")).denial == DenialCode::trading_reducing);
    CHECK(w.submit(order_of("s1", Side::sell, "30")).denial == none);
    CHECK(w.submit(order_of("s2", Side::sell, "21")).denial == DenialCode::trading_reducing);  // past zero
    CHECK(w.submit(order_of("s3", Side::sell, "20")).denial == none);
    CHECK(w.cancel("c1", w.engine->ledger().order_count()).denial == none);  // cancels pass
}

TEST(states_hold_at_strategy_and_desk_and_outlive_a_crash) {
    engine::Settings settings = test::engine_settings();
    settings.accounts.push_back({"A1", "equities"});
    World w(settings);
    w.up();
    CHECK(w.submit(order_of("o1", Side::buy, "1")).denial == none);
    halt(w, "strategy:s", TradingState::halted);
    CHECK_EQ(w.submit(order_of("o2", Side::buy, "1")).level, std::string("strategy:s"));
    CHECK(w.submit(order_of("o3", Side::buy, "1", "100", "t")).denial == none);
    halt(w, "desk:equities", TradingState::halted);
    CHECK_EQ(w.submit(order_of("o4", Side::buy, "1", "100", "t")).level, std::string("desk:equities"));
    w.restart();
    w.log_on();
    w.engine->tick(w.now + 60'000'000'000);
    halt(w, "strategy:s", TradingState::active);
    CHECK_EQ(w.submit(order_of("o5", Side::buy, "1")).level, std::string("desk:equities"));
    CHECK(!w.engine->set_trading_state("desk:none", TradingState::halted, "x", "y", false, w.now).known);
}

TEST(kill_switch_of_a_desk_cancels_its_orders_alone) {
    engine::Settings settings = test::engine_settings();
    settings.accounts.push_back({"A1", "equities"});
    World w(settings);
    w.up();
    const Answer mine = w.submit(order_of("o1", Side::buy, "1"));
    w.report(mine.cl_ord_id, "E1", '0', '0', "38=1|");
    schema::NewOrder other = World::new_order("o2", "1");
    other.account = "B1";
    const Answer theirs = w.submit(other, "bob");
    w.report(theirs.cl_ord_id, "E2", '0', '0', "38=1|");
    const auto result =
        w.engine->set_trading_state("desk:equities", TradingState::halted, "test", "tester", true, w.now);
    CHECK_EQ(result.cancels, 1U);
    CHECK_EQ(w.status(mine.order_id), std::string("PENDING_CANCEL"));
    CHECK_EQ(w.status(theirs.order_id), std::string("NEW"));
}

TEST_MAIN
