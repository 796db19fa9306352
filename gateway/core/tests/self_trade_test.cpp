// Orders that would trade with own ones: denied, or what rests is canceled, or the order is reduced.
#include "limits_fixture.hpp"

using namespace gw;
using gw::test::Answer;
using gw::test::LimitsRequest;
using gw::test::World;
using schema::CrossingPolicy;
using schema::DenialCode;
using schema::LimitKind;
using schema::Side;

namespace {

void set(World& w, CrossingPolicy policy, std::string level = "firm") {
    LimitsRequest request;
    request.add("own", std::move(level), LimitKind::self_trade, "");
    request.last().crossing = policy;
    CHECK_EQ(w.engine->set_limits(request.bytes(), "tester", w.now).fault, std::string());
}
Answer submit(World& w, const std::string& id, Side side, std::string_view quantity, std::string_view price,
              std::string_view strategy = "s") {
    schema::NewOrder order = World::new_order(id, quantity, price);
    order.side = side;
    order.strategy = strategy;
    return w.submit(order);
}
Answer rest(World& w, const std::string& id, Side side, std::string_view quantity, std::string_view price,
            std::string_view strategy = "s") {
    const Answer answer = submit(w, id, side, quantity, price, strategy);
    REQUIRE(answer.denial == DenialCode::unspecified);
    w.report(answer.cl_ord_id, "E-" + id, '0', '0');
    return answer;
}

}  // namespace

TEST(crossing_order_is_denied_and_one_that_does_not_cross_passes) {
    World w;
    w.up();
    set(w, CrossingPolicy::deny);
    rest(w, "s1", Side::sell, "10", "101");
    rest(w, "s2", Side::sell, "10", "102");
    CHECK(submit(w, "b1", Side::buy, "1", "100.99").denial == DenialCode::unspecified);
    const Answer denied = submit(w, "b2", Side::buy, "1", "101");
    CHECK(denied.denial == DenialCode::self_trade);
    CHECK_EQ(denied.limit_name, std::string("own"));
    CHECK_EQ(denied.observed, std::string("101"));
    CHECK(submit(w, "b3", Side::buy, "1", "").denial == DenialCode::self_trade);  // at any price
    CHECK(submit(w, "s3", Side::sell, "1", "100.99").denial == DenialCode::self_trade);
    CHECK(submit(w, "s4", Side::sell, "1", "101").denial == DenialCode::unspecified);
}

TEST(orders_of_the_limits_level_are_looked_at_alone) {
    World w;
    w.up();
    set(w, CrossingPolicy::deny, "strategy:s");
    rest(w, "s1", Side::sell, "10", "101", "t");
    CHECK(submit(w, "b1", Side::buy, "1", "101", "s").denial == DenialCode::unspecified);
    rest(w, "s2", Side::sell, "10", "102", "s");
    CHECK(submit(w, "b2", Side::buy, "1", "102", "s").denial == DenialCode::self_trade);
    CHECK(submit(w, "b3", Side::buy, "1", "102", "t").denial == DenialCode::unspecified);
}

TEST(ended_orders_are_left_out_and_pending_cancels_and_replaces_are_not) {
    World w;
    w.up();
    set(w, CrossingPolicy::deny);
    const Answer sale = rest(w, "s1", Side::sell, "10", "105");
    CHECK(w.replace("r1", sale.order_id, "10", "101").denial == DenialCode::unspecified);
    CHECK(submit(w, "b1", Side::buy, "1", "101").denial == DenialCode::self_trade);  // it may be done by now
    w.venue("35=9|37=V-" + sale.cl_ord_id + "|11=" +
            w.last_sent().substr(
                w.last_sent().find("|11=") + 4,
                w.last_sent().find('|', w.last_sent().find("|11=") + 4) - w.last_sent().find("|11=") - 4) +
            "|41=" + sale.cl_ord_id + "|39=0|434=2|102=0|");
    CHECK(submit(w, "b2", Side::buy, "1", "101").denial == DenialCode::unspecified);
    CHECK(w.cancel("c1", sale.order_id).denial == DenialCode::unspecified);
    CHECK(submit(w, "b3", Side::buy, "1", "105").denial == DenialCode::self_trade);
    w.report(sale.cl_ord_id, "E9", '4', '4');
    CHECK(submit(w, "b4", Side::buy, "1", "105").denial == DenialCode::unspecified);
}

TEST(resting_orders_are_canceled_ahead_of_the_order_that_crosses_them) {
    World w;
    w.up();
    set(w, CrossingPolicy::cancel_resting);
    rest(w, "s1", Side::sell, "10", "101");
    rest(w, "s2", Side::sell, "10", "102");
    rest(w, "s3", Side::sell, "10", "103");
    w.wire.sent.clear();
    CHECK(submit(w, "b1", Side::buy, "1", "102").denial == DenialCode::unspecified);
    REQUIRE(w.wire.sent.size() == 3);
    CHECK(w.wire.sent[0].starts_with("35=F"));
    CHECK(w.wire.sent[1].starts_with("35=F"));
    CHECK(w.wire.sent[2].starts_with("35=D"));
    CHECK_EQ(unsigned{w.order(1).pending_cancels}, 1U);
    CHECK_EQ(unsigned{w.order(2).pending_cancels}, 1U);
    CHECK_EQ(unsigned{w.order(3).pending_cancels}, 0U);
    w.wire.sent.clear();
    CHECK(submit(w, "b2", Side::buy, "1", "102").denial == DenialCode::unspecified);
    CHECK_EQ(w.wire.sent.size(), 1U);  // no cancel twice
}

TEST(cancel_both_denies_the_order_and_cancels_what_rests) {
    World w;
    w.up();
    set(w, CrossingPolicy::cancel_both);
    rest(w, "s1", Side::sell, "10", "101");
    w.wire.sent.clear();
    CHECK(submit(w, "b1", Side::buy, "1", "101").denial == DenialCode::self_trade);
    CHECK_EQ(w.sent("35=F"), 1U);
    CHECK_EQ(w.sent("35=D"), 0U);
}

TEST(decrement_takes_off_what_the_order_would_trade_with) {
    World w;
    w.up();
    set(w, CrossingPolicy::decrement);
    rest(w, "s1", Side::sell, "10", "101");
    rest(w, "s2", Side::sell, "15", "102");
    rest(w, "s3", Side::sell, "99", "103");
    const Answer answer = submit(w, "b1", Side::buy, "40", "102");
    CHECK(answer.denial == DenialCode::unspecified);
    CHECK_EQ(w.order(answer.order_id).quantity, Decimal::from_units(15));
    CHECK_EQ(w.sent("35=F"), 0U);
    CHECK(submit(w, "b2", Side::buy, "25", "102").denial == DenialCode::self_trade);  // nothing is left
}

TEST(crossing_is_seen_after_a_crash) {
    World w;
    w.up();
    set(w, CrossingPolicy::deny);
    rest(w, "s1", Side::sell, "10", "101");
    w.restart();
    w.log_on();
    w.engine->tick(w.now + 60'000'000'000);
    CHECK(submit(w, "b1", Side::buy, "1", "101").denial == DenialCode::self_trade);
}

TEST(crossings_are_those_of_a_plain_search) {
    World w;
    w.checks_checkpoints = false;
    w.up();
    set(w, CrossingPolicy::deny);
    std::uint64_t seed = 7;
    const auto draw = [&seed](std::uint64_t below) {
        seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
        return (seed >> 33) % below;
    };
    for (int step = 0; step < 600; ++step) {
        const std::string id = "o" + std::to_string(step);
        const Side side = draw(2) == 0 ? Side::buy : Side::sell;
        const auto cents = static_cast<std::int64_t>(9'900 + draw(200));
        const Decimal price = Decimal::from_raw(cents * 1'000'000);
        bool crosses = false;
        for (order::OrderId other = 1; other <= w.engine->ledger().order_count(); ++other) {
            const order::Order& order = w.order(other);
            if (!order.open() || order.buys() == (side == Side::buy)) continue;
            crosses = crosses || (side == Side::buy ? order.price <= price : order.price >= price);
        }
        std::array<char, 24> text;
        const Answer answer = submit(w, id, side, "1", {text.data(), price.format(text.data())});
        CHECK_EQ(answer.denial == DenialCode::self_trade, crosses);
        if (answer.denial == DenialCode::unspecified) {
            w.report(answer.cl_ord_id, "E" + id, '0', '0');
            if (draw(3) == 0) w.report(answer.cl_ord_id, "C" + id, '4', '4');
        }
        w.now += 1'000'000;
    }
}

TEST(crossing_policies_that_make_no_sense_are_refused) {
    World w;
    w.up();
    LimitsRequest request;
    request.add("own", "firm", LimitKind::self_trade, "");
    request.last().crossing = static_cast<CrossingPolicy>(9);
    CHECK(w.engine->set_limits(request.bytes(), "t", w.now).fault.find("crossing: expected") !=
          std::string::npos);
    request.last().crossing = CrossingPolicy::cancel_both;
    request.last().action = schema::LimitAction::halt;
    CHECK(w.engine->set_limits(request.bytes(), "t", w.now).fault.find("action: crossing says") !=
          std::string::npos);
    LimitsRequest size;
    size.add("size", "firm", LimitKind::max_order_quantity, "1");
    size.last().crossing = CrossingPolicy::deny;
    CHECK(w.engine->set_limits(size.bytes(), "t", w.now).fault.find("crossing: a limit of kind") !=
          std::string::npos);
}

TEST_MAIN
