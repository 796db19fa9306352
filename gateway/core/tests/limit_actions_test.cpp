// What a breach does: warns, reduces the order, halts the level or lets it only reduce.
#include "limits_fixture.hpp"

using namespace gw;
using gw::test::Answer;
using gw::test::LimitsRequest;
using gw::test::World;
using schema::DenialCode;
using schema::LimitAction;
using schema::LimitKind;

namespace {

void set(World& w, const LimitsRequest& request) {
    CHECK_EQ(w.engine->set_limits(request.bytes(), "tester", w.now).fault, std::string());
}
std::string fault(World& w, const LimitsRequest& request) {
    return w.engine->set_limits(request.bytes(), "tester", w.now).fault;
}
LimitsRequest limit(LimitKind kind, std::string value, LimitAction action, std::string level = "firm") {
    LimitsRequest request;
    request.add("it", std::move(level), kind, std::move(value)).action(action);
    return request;
}

struct Breached {
    std::uint64_t order;
    std::string client, name, level, observed, allowed;
    LimitAction action;
};
std::vector<Breached> breached(const World& w) {
    std::vector<Breached> all;
    w.for_each_event<schema::LimitBreached>([&](const schema::LimitBreached& e) {
        all.push_back({e.order_id, std::string(e.client), std::string(e.limit_name), std::string(e.level),
                       std::string(e.observed.text), std::string(e.allowed.text), e.action});
    });
    return all;
}
struct State {
    std::string level, changed_by;
    schema::TradingState state;
};
std::vector<State> states(const World& w) {
    std::vector<State> all;
    w.for_each_event<schema::TradingStateChanged>([&](const schema::TradingStateChanged& e) {
        all.push_back({std::string(e.level), std::string(e.changed_by), e.state});
    });
    return all;
}

// A crash, a start, and a session that has given up asking about its orders.
void again(World& w) {
    w.restart();
    w.log_on();
    w.engine->tick(w.now + 60'000'000'000);
}

}  // namespace

TEST(warning_lets_the_order_pass_and_says_so_in_one_event) {
    World w;
    w.up();
    set(w, limit(LimitKind::max_order_quantity, "50", LimitAction::warn, "account:A1"));
    CHECK(w.submit("within", "50").denial == DenialCode::unspecified);
    CHECK(breached(w).empty());
    const Answer over = w.submit("over", "51");
    CHECK(over.denial == DenialCode::unspecified);
    CHECK_EQ(w.sent("35=D"), 2U);
    const auto all = breached(w);
    REQUIRE(all.size() == 1);
    CHECK_EQ(all[0].order, over.order_id);
    CHECK_EQ(all[0].client, std::string("alice"));
    CHECK_EQ(all[0].name, std::string("it"));
    CHECK_EQ(all[0].level, std::string("account:A1"));
    CHECK_EQ(all[0].observed, std::string("51"));
    CHECK_EQ(all[0].allowed, std::string("50"));
    CHECK(all[0].action == LimitAction::warn);
}

TEST(warning_of_a_replace_names_its_order_and_a_denied_order_warns_of_nothing) {
    World w;
    w.up();
    set(w, limit(LimitKind::max_order_quantity, "50", LimitAction::warn));
    const Answer answer = w.submit("o", "50");
    w.report(answer.cl_ord_id, "E1", '0', '0');
    CHECK(w.replace("r", answer.order_id, "60").denial == DenialCode::unspecified);
    REQUIRE(breached(w).size() == 1);
    CHECK_EQ(breached(w)[0].order, answer.order_id);
    CHECK(w.submit("denied", "1001").denial == DenialCode::max_order_quantity);
    CHECK_EQ(breached(w).size(), 1U);
}

TEST(resized_order_is_sent_with_what_the_limit_allows_and_the_reply_says_both) {
    World w;
    w.up();
    set(w, limit(LimitKind::max_order_notional, "1550", LimitAction::resize));
    const std::string request = World::framed_command(schema::number::Command::new_order,
                                                      World::encoded(World::new_order("o", "100")));
    const auto reply = [&] {
        std::string buffer(4096, '\0');
        pb::Writer out(buffer);
        CHECK(w.engine->command("alice", request, w.now, 0, out) == engine::CommandError::none);
        pb::Reader in(out.written());
        CHECK(in.next());
        schema::CommandResult result;
        CHECK(result.decode(in.bytes()));
        return std::pair(std::string(result.requested_quantity.text), std::string(result.quantity.text));
    };
    CHECK(reply() == std::pair(std::string("100"), std::string("15")));
    CHECK(w.last_sent().find("|38=15|") != std::string::npos);
    CHECK_EQ(w.order(1).quantity, Decimal::from_units(15));
    CHECK_EQ(w.order(1).reserved, Decimal::from_units(15));
    std::size_t accepted = 0;
    w.for_each_event<schema::OrderAccepted>([&](const schema::OrderAccepted& e) {
        ++accepted;
        CHECK_EQ(std::string(e.quantity.text), std::string("15"));
        CHECK_EQ(std::string(e.requested_quantity.text), std::string("100"));
        CHECK_EQ(std::string(e.resized_by), std::string("it"));
    });
    CHECK_EQ(accepted, 1U);
    // The same command again: the first answer, with both numbers.
    CHECK(reply() == std::pair(std::string("100"), std::string("15")));
    CHECK_EQ(w.sent("35=D"), 1U);
}

TEST(resize_goes_down_to_the_lot_and_never_below_the_minimum) {
    engine::Settings settings = test::engine_settings();
    settings.instruments[0].lot_size = Decimal::from_units(10);
    settings.instruments[0].min_quantity = Decimal::from_units(30);
    World w(settings);
    w.up();
    set(w, limit(LimitKind::max_order_quantity, "49", LimitAction::resize));
    CHECK(w.submit("o1", "100").denial == DenialCode::unspecified);
    CHECK_EQ(w.order(1).quantity, Decimal::from_units(40));
    set(w, limit(LimitKind::max_order_quantity, "29", LimitAction::resize));
    const Answer denied = w.submit("o2", "100");
    CHECK(denied.denial == DenialCode::max_order_quantity);
    CHECK_EQ(denied.observed, std::string("100"));
    CHECK_EQ(denied.allowed, std::string("29"));
}

TEST(resize_leaves_what_a_position_limit_has_left_and_then_denies) {
    World w;
    w.up();
    set(w, limit(LimitKind::position, "150", LimitAction::resize, "account:A1"));
    CHECK(w.submit("o1", "100").denial == DenialCode::unspecified);
    CHECK(w.submit("o2", "100").denial == DenialCode::unspecified);
    CHECK_EQ(w.order(2).quantity, Decimal::from_units(50));
    CHECK(w.submit("o3", "100").denial == DenialCode::max_position);
}

TEST(order_that_two_limits_reduce_keeps_to_both_and_one_that_denies_still_does) {
    World w;
    w.up();
    LimitsRequest request;
    request.add("size", "firm", LimitKind::max_order_quantity, "80").action(LimitAction::resize);
    request.add("value", "account:A1", LimitKind::max_order_notional, "2000").action(LimitAction::resize);
    request.add("list", "instrument:BARE", LimitKind::restricted, "");
    set(w, request);
    CHECK(w.submit("o1", "100").denial == DenialCode::unspecified);
    CHECK_EQ(w.order(1).quantity, Decimal::from_units(20));
    schema::NewOrder order = World::new_order("o2", "100");
    order.instrument = "BARE";
    CHECK(w.submit(order).denial == DenialCode::restricted);
}

TEST(replace_is_not_resized_and_what_is_shown_of_an_order_keeps_it_whole) {
    World w;
    w.up();
    set(w, limit(LimitKind::max_order_quantity, "50", LimitAction::resize));
    const Answer answer = w.submit("o", "40");
    w.report(answer.cl_ord_id, "E1", '0', '0');
    CHECK(w.replace("r", answer.order_id, "60").denial == DenialCode::max_order_quantity);
    schema::NewOrder iceberg = World::new_order("i", "60");
    iceberg.has_terms = true;
    iceberg.terms.display_quantity = Decimal::from_units(60);
    CHECK(w.submit(iceberg).denial == DenialCode::max_order_quantity);
}

TEST(breach_that_halts_denies_and_halts_its_level_until_a_person_lifts_it) {
    World w;
    w.up();
    set(w, limit(LimitKind::max_order_quantity, "50", LimitAction::halt, "strategy:s"));
    const std::uint64_t before = w.batch_count();
    CHECK(w.submit("over", "51").denial == DenialCode::max_order_quantity);
    CHECK_EQ(w.batch_count(), before + 1);  // the denial and the state stand or fall together
    REQUIRE(states(w).size() == 1);
    CHECK_EQ(states(w)[0].level, std::string("strategy:s"));
    CHECK_EQ(states(w)[0].changed_by, std::string("limit it"));
    CHECK(states(w)[0].state == schema::TradingState::halted);
    const Answer denied = w.submit("small", "1");
    CHECK(denied.denial == DenialCode::trading_halted);
    CHECK_EQ(denied.level, std::string("strategy:s"));
    CHECK_EQ(states(w).size(), 1U);
    schema::NewOrder other = World::new_order("other", "1");
    other.strategy = "t";
    CHECK(w.submit(other).denial == DenialCode::unspecified);
    again(w);
    CHECK(w.submit("small2", "1").denial == DenialCode::trading_halted);
    CHECK(w.engine
              ->set_trading_state("strategy:s", schema::TradingState::active, "looked at", "officer", false,
                                  w.now)
              .known);
    CHECK(w.submit("small3", "1").denial == DenialCode::unspecified);
}

TEST(breach_that_reduces_does_not_loosen_a_halt) {
    World w;
    w.up();
    set(w, limit(LimitKind::max_order_quantity, "50", LimitAction::reduce, "account:A1"));
    CHECK(w.submit("over", "51").denial == DenialCode::max_order_quantity);
    CHECK(w.submit("buy", "1").denial == DenialCode::trading_reducing);
    CHECK_EQ(states(w).size(), 1U);
    CHECK(states(w)[0].state == schema::TradingState::reducing);
}

TEST(replace_that_breaches_halts_as_well) {
    World w;
    w.up();
    set(w, limit(LimitKind::max_order_quantity, "50", LimitAction::halt, "client:alice"));
    const Answer answer = w.submit("o", "50");
    w.report(answer.cl_ord_id, "E1", '0', '0');
    CHECK(w.replace("r", answer.order_id, "60").denial == DenialCode::max_order_quantity);
    CHECK(w.submit("o2", "1").denial == DenialCode::trading_halted);
    CHECK(w.cancel("c", answer.order_id).denial == DenialCode::unspecified);
}

TEST(actions_that_do_not_go_with_their_kind_are_refused) {
    World w;
    w.up();
    CHECK(fault(w, limit(LimitKind::price_collar, "5", LimitAction::resize)).find("no smaller order") !=
          std::string::npos);
    CHECK(fault(w, limit(LimitKind::max_order_quantity, "5", static_cast<LimitAction>(9)))
              .find("action: expected") != std::string::npos);
}

TEST_MAIN
