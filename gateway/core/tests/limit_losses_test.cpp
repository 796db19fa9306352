// Limits on losses: broken by fills and prices, they set their level's state without an order being denied.
#include "limits_fixture.hpp"

using namespace gw;
using gw::test::Answer;
using gw::test::LimitsRequest;
using gw::test::World;
using schema::DenialCode;
using schema::LimitAction;
using schema::LimitKind;
using schema::Side;

namespace {

std::string fault(World& w, const LimitsRequest& request) {
    return w.engine->set_limits(request.bytes(), "tester", w.now).fault;
}
void set(World& w, LimitKind kind, std::string value, LimitAction action = LimitAction::unspecified,
         std::string level = "account:A1") {
    LimitsRequest request;
    request.add("loss", std::move(level), kind, std::move(value)).action(action);
    if (kind == LimitKind::loss_streak) {
        request.last().value.clear();
        request.last().count = 2;
    }
    CHECK_EQ(fault(w, request), std::string());
}
void price(World& w, const char* value) {
    CHECK(w.engine->set_reference_price("ACME", *Decimal::parse(value), w.now).known);
}
schema::NewOrder order_of(std::string_view id, Side side, std::string_view quantity) {
    schema::NewOrder order = World::new_order(id, quantity);
    order.side = side;
    return order;
}
// An order that is filled at once.
void trade(World& w, const std::string& id, Side side, const std::string& quantity, const std::string& at) {
    const Answer answer = w.submit(order_of(id, side, quantity));
    REQUIRE(answer.denial == DenialCode::unspecified);
    w.venue("35=8|37=V-" + answer.cl_ord_id + "|11=" + answer.cl_ord_id + "|17=F-" + id +
            "|150=F|39=2|55=ACME|54=" + (side == Side::buy ? "1" : "2") + "|32=" + quantity + "|31=" + at +
            "|14=" + quantity + "|151=0|6=" + at + "|");
}
Answer probe(World& w, const std::string& id, Side side = Side::buy) {
    return w.submit(order_of(id, side, "1"));
}
std::string used(World& w) {
    std::string buffer(4096, '\0');
    pb::Writer out(buffer);
    w.engine->limit_utilization("", out);
    pb::Reader in(out.written());
    schema::LimitUtilization row;
    if (!in.next()) return "none";
    CHECK(row.decode(in.bytes()));
    return std::string(row.value.text) + "/" + std::string(row.limit.text);
}
schema::TradingState state(World& w) {
    schema::TradingState last = schema::TradingState::active;
    w.for_each_event<schema::TradingStateChanged>([&](const auto& e) { last = e.state; });
    return last;
}
void again(World& w) {
    w.restart();
    w.log_on();
    w.engine->tick(w.now + 60'000'000'000);
}

}  // namespace

TEST(realized_loss_denies_above_its_value_and_lets_reduce) {
    World w;
    w.up();
    set(w, LimitKind::realized_loss, "50");
    trade(w, "b1", Side::buy, "10", "100");
    trade(w, "s1", Side::sell, "5", "90");  // 50 lost
    CHECK_EQ(used(w), std::string("50/50"));
    CHECK(probe(w, "p1").denial == DenialCode::unspecified);
    trade(w, "s2", Side::sell, "1", "99");
    const Answer denied = probe(w, "p2");
    CHECK(denied.denial == DenialCode::loss_limit);
    CHECK_EQ(denied.limit_name, std::string("loss"));
    CHECK_EQ(denied.observed, std::string("51"));
    CHECK_EQ(denied.allowed, std::string("50"));
    CHECK(probe(w, "out", Side::sell).denial == DenialCode::unspecified);
    again(w);
    CHECK(probe(w, "p3").denial == DenialCode::loss_limit);
    schema::NewOrder other = order_of("bob", Side::buy, "1");
    other.account = "B1";
    CHECK(w.submit(other, "bob").denial == DenialCode::unspecified);
}

TEST(unrealized_loss_follows_the_price_and_halts_with_it) {
    World w;
    w.up();
    set(w, LimitKind::unrealized_loss, "100", LimitAction::halt);
    trade(w, "b1", Side::buy, "10", "100");
    price(w, "90");
    CHECK(state(w) == schema::TradingState::active);
    CHECK(probe(w, "p1").denial == DenialCode::unspecified);
    price(w, "89.99");
    CHECK(state(w) == schema::TradingState::halted);  // nobody has ordered anything
    CHECK(probe(w, "p2").denial == DenialCode::trading_halted);
    std::size_t breaches = 0;
    w.for_each_event<schema::LimitBreached>([&](const schema::LimitBreached& e) {
        ++breaches;
        CHECK_EQ(std::string(e.observed.text), std::string("100.1"));
        CHECK_EQ(std::string(e.allowed.text), std::string("100"));
        CHECK(e.kind == LimitKind::unrealized_loss);
    });
    CHECK_EQ(breaches, 1U);
    price(w, "100");
    CHECK(probe(w, "p3").denial == DenialCode::trading_halted);  // a person lifts it, not the price
}

TEST(total_loss_is_both_and_reduces_the_level) {
    World w;
    w.up();
    set(w, LimitKind::total_loss, "100", LimitAction::reduce);
    trade(w, "b1", Side::buy, "10", "100");
    trade(w, "s1", Side::sell, "5", "90");  // 50 realized
    price(w, "90");                         // and 50 not
    CHECK(state(w) == schema::TradingState::active);
    price(w, "89");
    CHECK(state(w) == schema::TradingState::reducing);
    CHECK(probe(w, "p").denial == DenialCode::trading_reducing);
    CHECK(probe(w, "out", Side::sell).denial == DenialCode::unspecified);
}

TEST(drawdown_is_measured_from_the_days_high_also_after_a_crash) {
    World w;
    w.up();
    set(w, LimitKind::drawdown, "100");
    trade(w, "b1", Side::buy, "10", "100");
    price(w, "120");  // 200 gained
    price(w, "111");
    CHECK_EQ(used(w), std::string("90/100"));
    again(w);
    CHECK_EQ(used(w), std::string("90/100"));
    price(w, "109");
    const Answer denied = probe(w, "p");
    CHECK(denied.denial == DenialCode::loss_limit);
    CHECK_EQ(denied.observed, std::string("110"));
    // The day begins: the high is looked for anew.
    engine::Adjustment start;
    start.kind = schema::PositionAdjustmentKind::start_of_day;
    start.account = "A1";
    start.strategy = "s";
    start.instrument = "ACME";
    start.quantity = Decimal::from_units(10);
    start.price = *Decimal::parse("109");
    start.reason = "day";
    start.changed_by = "ops";
    CHECK(w.engine->adjust_position(start, w.now).known);
    CHECK_EQ(used(w), std::string("0/100"));
    CHECK(probe(w, "p2").denial == DenialCode::unspecified);
}

TEST(loss_streak_counts_trades_in_a_row_and_a_gain_ends_it) {
    World w;
    w.up();
    set(w, LimitKind::loss_streak, "", LimitAction::halt);
    trade(w, "b1", Side::buy, "100", "100");
    trade(w, "s1", Side::sell, "1", "99");
    trade(w, "s2", Side::sell, "1", "99");
    trade(w, "s3", Side::sell, "1", "101");
    trade(w, "s4", Side::sell, "1", "99");
    trade(w, "s5", Side::sell, "1", "99");
    CHECK_EQ(used(w), std::string("2/2"));
    again(w);
    CHECK_EQ(used(w), std::string("2/2"));
    trade(w, "s6", Side::sell, "1", "99");
    CHECK(state(w) == schema::TradingState::halted);
    CHECK(w.engine
              ->set_trading_state("account:A1", schema::TradingState::active, "seen", "officer", false, w.now)
              .known);
    CHECK_EQ(used(w), std::string("0/2"));
    CHECK(probe(w, "p").denial == DenialCode::unspecified);
}

TEST(bust_takes_the_loss_back) {
    World w;
    w.up();
    set(w, LimitKind::realized_loss, "40");
    trade(w, "b1", Side::buy, "10", "100");
    trade(w, "s1", Side::sell, "5", "90");
    CHECK(probe(w, "p1").denial == DenialCode::loss_limit);
    const order::OrderId id = 2;
    CHECK(w.order(id).side == Side::sell);
    std::string cl_ord_id;
    w.for_each_event<schema::OrderAccepted>([&](const schema::OrderAccepted& e) {
        if (e.order_id == id) cl_ord_id = e.cl_ord_id;
    });
    w.venue("35=8|37=V-" + cl_ord_id + "|11=" + cl_ord_id +
            "|17=B1|19=F-s1|150=H|39=0|55=ACME|54=2|32=5|31=90|14=0|151=5|6=0|");
    CHECK_EQ(used(w), std::string("0/40"));
    CHECK(probe(w, "p2").denial == DenialCode::unspecified);
}

TEST(limit_that_is_set_while_it_does_not_hold_acts_at_once) {
    World w;
    w.up();
    trade(w, "b1", Side::buy, "10", "100");
    price(w, "90");
    set(w, LimitKind::unrealized_loss, "99", LimitAction::halt, "firm");
    CHECK(state(w) == schema::TradingState::halted);
}

TEST(losses_cannot_stand_on_clients_or_order_types) {
    World w;
    w.up();
    for (const char* level : {"client:alice", "order_type:LIMIT"}) {
        LimitsRequest request;
        request.add("loss", level, LimitKind::total_loss, "1");
        CHECK(fault(w, request).find("cannot stand on clients or order types") != std::string::npos);
    }
}

TEST_MAIN
