// Limits on what comes: rates, ratios, duplicates, repeated executions, sums within a period.
#include "limits_fixture.hpp"
#include "rehearsed.hpp"

using namespace gw;
using gw::test::Answer;
using gw::test::LimitsRequest;
using gw::test::World;
using schema::DenialCode;
using schema::LimitAction;
using schema::LimitKind;

namespace {

constexpr std::int64_t second_ns = 1'000'000'000;

std::string fault(World& w, const LimitsRequest& request) {
    return w.engine->set_limits(request.bytes(), "tester", w.now).fault;
}
void set(World& w, const LimitsRequest& request) {
    CHECK_EQ(fault(w, request), std::string());
}
LimitsRequest rate(std::uint32_t count, std::int64_t window_ns, std::string level = "strategy:s") {
    LimitsRequest request;
    request.add("rate", std::move(level), LimitKind::message_rate, "").count(count, window_ns);
    return request;
}
Answer submit_as(World& w, const std::string& id, std::string_view strategy,
                 std::string_view quantity = "1") {
    schema::NewOrder order = World::new_order(id, quantity);
    order.strategy = strategy;
    return w.submit(order);
}
bool passes(World& w, const std::string& id, std::string_view quantity = "1",
            std::string_view price = "100") {
    return w.submit(id, quantity, price).denial == DenialCode::unspecified;
}
void fill(World& w, const Answer& order, const std::string& exec_id, char side = '1') {
    w.venue("35=8|37=V-" + order.cl_ord_id + "|11=" + order.cl_ord_id + "|17=" + exec_id +
            "|150=F|39=2|55=ACME|54=" + side + "|32=1|31=100|14=1|151=0|6=100|");
}
std::string utilization(World& w, const std::string& level) {
    std::string buffer(16 * 1024, '\0');
    pb::Writer out(buffer);
    w.engine->limit_utilization(level, out);
    pb::Reader in(out.written());
    std::string all;
    while (in.next()) {
        schema::LimitUtilization row;
        CHECK(row.decode(in.bytes()));
        all += std::string(row.name) + "=" + std::string(row.value.text) + "/" + std::string(row.limit.text) +
               " " + std::string(row.share_percent.text) + "% " + std::string(row.instrument) + "\n";
    }
    return all;
}

// A crash, a start, and a session that has given up asking about its orders.
void again(World& w) {
    w.restart();
    w.log_on();
    w.engine->tick(w.now + 60'000'000'000);
}

}  // namespace

TEST(message_rate_denies_above_its_count_and_passes_when_the_window_has_passed) {
    World w;
    w.up();
    set(w, rate(3, second_ns));
    for (const char* id : {"1", "2", "3"}) CHECK(passes(w, id));
    const Answer denied = w.submit("4", "1");
    CHECK(denied.denial == DenialCode::message_rate);
    CHECK_EQ(denied.limit_name, std::string("rate"));
    CHECK_EQ(denied.level, std::string("strategy:s"));
    CHECK_EQ(denied.observed, std::string("4"));
    CHECK_EQ(denied.allowed, std::string("3"));
    CHECK(submit_as(w, "other", "t").denial == DenialCode::unspecified);
    w.now += second_ns - 1;
    CHECK(!passes(w, "5"));
    w.now += 1 + second_ns / 31;  // what is denied does not count
    CHECK(passes(w, "6"));
}

TEST(cancels_count_in_a_rate_and_are_never_denied) {
    World w;
    w.up();
    set(w, rate(3, second_ns));
    const Answer first = w.submit("1", "1"), second = w.submit("2", "1");
    w.report(first.cl_ord_id, "E1", '0', '0');
    w.report(second.cl_ord_id, "E2", '0', '0');
    CHECK(w.cancel("c1", first.order_id).denial == DenialCode::unspecified);
    CHECK(!passes(w, "3"));
    CHECK(w.cancel("c2", second.order_id).denial == DenialCode::unspecified);
    CHECK_EQ(w.sent("35=F"), 2U);
}

TEST(reserve_of_a_rate_is_for_replaces_that_reduce) {
    World w;
    w.up();
    LimitsRequest request = rate(3, second_ns);
    request.last().reserve = 1;
    set(w, request);
    const Answer first = w.submit("1", "10");
    w.report(first.cl_ord_id, "E1", '0', '0');
    CHECK(passes(w, "2"));
    const Answer denied = w.submit("3", "1");
    CHECK(denied.denial == DenialCode::message_rate);
    CHECK_EQ(denied.allowed, std::string("2"));
    CHECK(w.replace("up", first.order_id, "11").denial == DenialCode::message_rate);
    CHECK(w.replace("down", first.order_id, "9").denial == DenialCode::unspecified);
    CHECK(w.replace("down2", first.order_id, "8").denial == DenialCode::message_rate);
}

TEST(burst_of_a_rate_is_a_token_bucket_that_fills_again_at_its_pace) {
    World w;
    w.up();
    LimitsRequest request;
    request.add("rate", "client:alice", LimitKind::message_rate, "2").count(10, second_ns);
    set(w, request);
    CHECK(passes(w, "1"));
    CHECK(passes(w, "2"));
    CHECK_EQ(w.submit("3", "1").allowed, std::string("2"));
    w.now += second_ns / 10 - 1;
    CHECK(!passes(w, "4"));
    w.now += 1;
    CHECK(passes(w, "5"));
    CHECK(!passes(w, "6"));
    w.now += second_ns / 5;
    CHECK(passes(w, "7"));
    CHECK(passes(w, "8"));
    CHECK(!passes(w, "9"));
}

TEST(rate_that_halts_disables_the_strategy_until_a_person_enables_it) {
    World w;
    w.up();
    LimitsRequest request = rate(2, second_ns);
    request.action(LimitAction::halt);
    set(w, request);
    CHECK(passes(w, "1"));
    CHECK(passes(w, "2"));
    CHECK(w.submit("3", "1").denial == DenialCode::message_rate);
    w.now += 60 * second_ns;
    CHECK(w.submit("4", "1").denial == DenialCode::trading_halted);
    CHECK(submit_as(w, "other", "t").denial == DenialCode::unspecified);
    w.now -= 60 * second_ns;
    CHECK(
        w.engine
            ->set_trading_state("strategy:s", schema::TradingState::active, "mended", "officer", false, w.now)
            .known);
    CHECK(passes(w, "5"));  // what had stopped it is forgotten
}

TEST(rates_outlive_a_crash_and_a_change_of_their_terms) {
    World w;
    w.up();
    set(w, rate(4, 10 * second_ns));
    for (const char* id : {"1", "2", "3", "4"}) CHECK(passes(w, id));
    again(w);
    CHECK(!passes(w, "5"));
    set(w, rate(6, 10 * second_ns));  // more of the same window: what has come counts
    CHECK(passes(w, "6"));
    set(w, rate(6, 100 * second_ns));  // a longer window begins with what is remembered
    CHECK(passes(w, "7"));
    CHECK(!passes(w, "8"));
    w.now += 50 * second_ns;
    CHECK(!passes(w, "9"));
    set(w, rate(6, 10 * second_ns));  // a shorter one forgets what is older
    CHECK(passes(w, "10"));
    set(w, rate(1, 10 * second_ns, "account:A1"));  // of another level: begins anew
    CHECK(passes(w, "11"));
    CHECK(!passes(w, "12"));
}

TEST(limit_that_is_disabled_remembers_on) {
    World w;
    w.up();
    set(w, rate(2, second_ns));
    schema::Limit limit;
    limit.name = "rate";
    limit.level = "strategy:s";
    limit.kind = LimitKind::message_rate;
    limit.count = 2;
    limit.window_ns = second_ns;
    const auto with = [&](bool disabled) {
        limit.disabled = disabled;
        std::string bytes(1024, '\0');
        pb::Writer out(bytes);
        const auto at = out.open(schema::number::SetLimitsRequest::limits);
        limit.encode(out);
        out.close(at);
        out.bytes(schema::number::SetLimitsRequest::reason, "test");
        return std::string(out.written());
    };
    CHECK_EQ(w.engine->set_limits(with(true), "tester", w.now).fault, std::string());
    for (const char* id : {"1", "2", "3"}) CHECK(passes(w, id));
    CHECK_EQ(w.engine->set_limits(with(false), "tester", w.now).fault, std::string());
    CHECK(!passes(w, "4"));
}

TEST(duplicates_are_denied_from_their_count_on_within_the_window) {
    World w;
    w.up();
    LimitsRequest request;
    request.add("twice", "firm", LimitKind::duplicate_orders, "").count(2, second_ns);
    set(w, request);
    CHECK(passes(w, "1", "10"));
    CHECK(passes(w, "2", "10"));
    const Answer denied = w.submit("3", "10");
    CHECK(denied.denial == DenialCode::duplicate_order);
    CHECK_EQ(denied.limit_name, std::string("twice"));
    CHECK_EQ(denied.observed, std::string("3"));
    CHECK_EQ(denied.allowed, std::string("2"));
    CHECK(passes(w, "4", "11"));            // another quantity
    CHECK(passes(w, "5", "10", "100.01"));  // another price
    schema::NewOrder sale = World::new_order("6", "10");
    sale.side = schema::Side::sell;
    CHECK(w.submit(sale).denial == DenialCode::unspecified);  // another side
    schema::NewOrder bobs = World::new_order("7", "10");
    bobs.account = "B1";
    CHECK(w.submit(bobs, "bob").denial == DenialCode::unspecified);  // another client
    again(w);
    CHECK(!passes(w, "8", "10"));
    w.now += second_ns;
    CHECK(passes(w, "9", "10"));
}

TEST(repeated_executions_halt_the_strategy_with_the_fill_and_a_person_lets_it_trade_again) {
    World w;
    w.up();
    LimitsRequest request;
    request.add("throttle", "strategy:s", LimitKind::repeated_executions, "").count(2, 60 * second_ns);
    set(w, request);
    std::vector<Answer> orders;
    for (int at = 0; at < 4; ++at) orders.push_back(w.submit("o" + std::to_string(at), "1"));
    fill(w, orders[0], "F0");
    fill(w, orders[1], "F1");
    CHECK(passes(w, "still"));
    fill(w, orders[2], "F2");
    std::size_t breaches = 0;
    w.for_each_event<schema::LimitBreached>([&](const schema::LimitBreached& e) {
        ++breaches;
        CHECK_EQ(e.order_id, 0U);
        CHECK_EQ(std::string(e.observed.text), std::string("3"));
        CHECK(e.action == LimitAction::halt);
    });
    CHECK_EQ(breaches, 1U);
    CHECK(w.submit("over", "1").denial == DenialCode::trading_halted);
    again(w);
    w.now += 3600 * second_ns;
    CHECK(w.submit("over2", "1").denial == DenialCode::trading_halted);
    CHECK(
        w.engine
            ->set_trading_state("strategy:s", schema::TradingState::active, "mended", "officer", false, w.now)
            .known);
    CHECK(passes(w, "again"));
}

TEST(fill_whose_halt_was_not_journalled_halts_at_the_next_start) {
    World w;
    w.up();
    LimitsRequest request;
    request.add("throttle", "strategy:s", LimitKind::repeated_executions, "").count(1, 60 * second_ns);
    set(w, request);
    const Answer first = w.submit("1", "1"), second = w.submit("2", "1");
    fill(w, first, "F1");
    fill(w, second, "F2");
    w.keep_batches(w.batch_count() - 1);  // the process died between the fill and the halt
    w.start();
    w.log_on();
    CHECK(w.submit("3", "1").denial == DenialCode::trading_halted);
}

TEST(order_to_trade_ratio_is_judged_from_its_count_on) {
    World w;
    w.up();
    LimitsRequest request;
    request.add("ratio", "account:A1", LimitKind::order_to_trade_ratio, "2").count(4, 60 * second_ns);
    set(w, request);
    const Answer first = w.submit("1", "1");
    CHECK(passes(w, "2"));
    CHECK(passes(w, "3"));
    const Answer denied = w.submit("4", "1");
    CHECK(denied.denial == DenialCode::order_to_trade_ratio);
    CHECK_EQ(denied.observed, std::string("4"));
    CHECK_EQ(denied.allowed, std::string("2"));
    fill(w, first, "F1");
    CHECK(!passes(w, "5"));  // four for one fill
    w.now += 62 * second_ns;
    CHECK(passes(w, "6"));
}

TEST(cancel_ratio_denies_new_orders_and_no_cancel) {
    World w;
    w.up();
    LimitsRequest request;
    request.add("ratio", "account:A1", LimitKind::cancel_ratio, "0.5").count(2, 60 * second_ns);
    set(w, request);
    std::vector<Answer> orders;
    for (int at = 0; at < 3; ++at) {
        orders.push_back(w.submit("o" + std::to_string(at), "1"));
        w.report(orders.back().cl_ord_id, "E" + std::to_string(at), '0', '0');
    }
    CHECK(w.cancel("c0", orders[0].order_id).denial == DenialCode::unspecified);
    CHECK(passes(w, "p"));
    CHECK(w.cancel("c1", orders[1].order_id).denial == DenialCode::unspecified);
    CHECK(passes(w, "q"));  // two cancels of four orders
    CHECK(w.cancel("c2", orders[2].order_id).denial == DenialCode::unspecified);
    CHECK(w.submit("r", "1").denial == DenialCode::cancel_ratio);
}

TEST(accumulated_quantity_holds_for_each_instrument_and_is_resized) {
    World w;
    w.up();
    LimitsRequest request;
    request.add("sum", "account:A1", LimitKind::accumulated_quantity, "100")
        .count(0, 60 * second_ns)
        .action(LimitAction::resize);
    set(w, request);
    const Answer first = w.submit("1", "70");
    w.report(first.cl_ord_id, "E1", '0', '0');
    CHECK(w.replace("r", first.order_id, "80").denial == DenialCode::unspecified);  // ten more
    CHECK(passes(w, "2", "50"));
    CHECK_EQ(w.order(2).quantity, Decimal::from_units(20));
    CHECK(w.submit("3", "1").denial == DenialCode::accumulated_quantity);
    CHECK_EQ(utilization(w, "account:A1"), std::string("sum=100/100 100% ACME\n"));
    again(w);
    CHECK(w.submit("4", "1").denial == DenialCode::accumulated_quantity);
    w.now += 62 * second_ns;
    CHECK(passes(w, "5", "100"));
}

TEST(accumulated_notional_values_market_orders_at_the_reference_also_after_a_crash) {
    World w;
    w.up();
    LimitsRequest request;
    request.add("sum", "strategy:s", LimitKind::accumulated_notional, "1000").count(0, 60 * second_ns);
    set(w, request);
    CHECK(passes(w, "1", "6"));
    CHECK(passes(w, "2", "4", ""));
    const Answer denied = w.submit("3", "1");
    CHECK(denied.denial == DenialCode::accumulated_notional);
    CHECK_EQ(denied.observed, std::string("1100"));
    again(w);
    CHECK(w.submit("4", "1", "").denial == DenialCode::accumulated_notional);
    CHECK_EQ(utilization(w, "strategy:s"), std::string("sum=1000/1000 100% \n"));
}

TEST(utilization_of_rates_follows_the_window) {
    World w;
    w.up();
    set(w, rate(4, second_ns));
    CHECK(passes(w, "1"));
    CHECK_EQ(utilization(w, "strategy:s"), std::string("rate=1/4 25% \n"));
    w.now += 2 * second_ns;
    w.engine->tick(w.now);
    CHECK_EQ(utilization(w, "strategy:s"), std::string("rate=0/4 0% \n"));
}

TEST(garbage_of_limits_that_remember_is_refused) {
    World w;
    w.up();
    const auto refused = [&](LimitsRequest request, const char* why) {
        CHECK(fault(w, request).find(why) != std::string::npos);
    };
    refused(rate(0, second_ns), "count: expected 1 or more");
    refused(rate(1, 0), "window: expected a period");
    refused(rate(1, 1), "window: expected 1 ms to 7 days");
    LimitsRequest request = rate(3, second_ns);
    request.last().reserve = 3;
    refused(request, "reserve: expected less than count");
    request.last().reserve = 0;
    request.last().value = "4";
    refused(request, "value: expected how many may come at once");
    request.last().value = "1.5";
    refused(request, "value: expected how many may come at once");
    request.last().value = "2";
    request.last().reserve = 2;
    refused(request, "reserve: expected less than value");
    LimitsRequest many;
    many.add("d", "firm", LimitKind::duplicate_orders, "").count(65, second_ns);
    refused(many, "count: expected 1 to 64");
    LimitsRequest size;
    size.add("s", "firm", LimitKind::max_order_quantity, "1");
    size.last().reserve = 1;
    refused(size, "reserve: a limit of kind");
    LimitsRequest resize = rate(3, second_ns);
    resize.action(LimitAction::resize);
    refused(resize, "action: no smaller order passes");
}

TEST(rehearsal_judges_a_replace_by_what_it_asks_for_more) {
    World w;
    w.up();
    LimitsRequest request;
    request.add("sum", "account:A1", LimitKind::accumulated_quantity, "100").count(0, 60 * second_ns);
    set(w, request);
    const Answer first = w.submit("1", "70");
    w.report(first.cl_ord_id, "E1", '0', '0');
    CHECK(w.replace("r", first.order_id, "80").denial == DenialCode::unspecified);
    CHECK(test::rehearsed(w).empty());
}

TEST_MAIN
