// Permissions, restricted lists, marking of short sales, and what was located for them.
#include "limits_fixture.hpp"

using namespace gw;
using gw::test::Answer;
using gw::test::LimitsRequest;
using gw::test::second;
using gw::test::World;
using schema::DenialCode;
using schema::LimitKind;
using schema::Side;

namespace {

constexpr DenialCode none = DenialCode::unspecified;

engine::Settings settings_of() {
    engine::Settings settings = test::engine_settings();
    settings.limits.clear();
    settings.clients = {{"alice", {"A1", "A2"}}, {"bob", {"B1"}}};
    return settings;
}

void set(World& w, const LimitsRequest& request) {
    CHECK_EQ(w.engine->set_limits(request.bytes(), "tester", w.now).fault, std::string());
}

std::string fault(World& w, const LimitsRequest& request) {
    return w.engine->set_limits(request.bytes(), "tester", w.now).fault;
}

schema::NewOrder order_of(std::string_view id, Side side, std::string_view quantity,
                          std::string_view account = "A1", std::string_view strategy = "s",
                          std::string_view instrument = "ACME") {
    schema::NewOrder order = World::new_order(id, quantity);
    order.side = side;
    order.account = account;
    order.strategy = strategy;
    order.instrument = instrument;
    return order;
}

void fill(World& w, const Answer& order, const std::string& exec_id, const std::string& quantity,
          const std::string& cum, const std::string& of) {
    const bool done = cum == of;
    w.report(order.cl_ord_id, exec_id, 'F', done ? '2' : '1',
             "32=" + quantity + "|31=100|14=" + cum + "|38=" + of + "|");
}

LimitsRequest permitted() {
    LimitsRequest request;
    request.add("one", "client:alice", LimitKind::permitted, "", "instrument:ACME");
    request.add("two", "client:alice", LimitKind::permitted, "", "strategy:s");
    request.add("three", "client:alice", LimitKind::permitted, "", "strategy:t");
    return request;
}

}  // namespace

TEST(permission_is_needed_for_each_kind_that_is_named_and_for_no_other) {
    World w(settings_of());
    w.up();
    set(w, permitted());
    CHECK(w.submit(order_of("a", Side::buy, "1")).denial == none);
    CHECK(w.submit(order_of("b", Side::buy, "1", "A2", "t")).denial == none);  // of accounts nothing is said
    const Answer strategy = w.submit(order_of("c", Side::buy, "1", "A1", "u"));  // a name of nobody
    CHECK(strategy.denial == DenialCode::not_permitted);
    CHECK_EQ(strategy.limit_name, std::string("permitted"));
    CHECK_EQ(strategy.level, std::string("client:alice"));
    const Answer instrument = w.submit(order_of("d", Side::buy, "1", "A1", "s", "BARE"));
    CHECK(instrument.denial == DenialCode::not_permitted);
    CHECK_EQ(instrument.level, std::string("client:alice+instrument:BARE"));
    CHECK(w.submit(order_of("e", Side::buy, "1", "B1", "u", "BARE"), "bob").denial == none);
    // What is open already may be replaced while it is permitted, and always canceled.
    set(w, LimitsRequest().remove("two"));
    CHECK(w.replace("r", 1, "2").denial == DenialCode::not_permitted);
    CHECK(w.cancel("k", 1).denial == none);
}

TEST(permission_may_stand_on_any_level_and_two_levels_of_one_pair_are_two_permissions) {
    World w(settings_of());
    w.up();
    LimitsRequest request;
    request.add("a", "account:A1", LimitKind::permitted, "", "order_type:LIMIT");
    request.add("b", "strategy:s", LimitKind::permitted, "", "account:A2");
    set(w, request);
    CHECK(w.submit(order_of("o1", Side::buy, "1", "A2")).denial == none);
    CHECK(w.submit(order_of("o2", Side::buy, "1", "A1")).denial == DenialCode::not_permitted);  // strategy s
    CHECK(w.submit(order_of("o3", Side::buy, "1", "A1", "t")).denial ==
          none);  // account A1 asks for no strategy
    schema::NewOrder market = order_of("o4", Side::buy, "1", "A1", "t");
    market.order_type = schema::OrderType::market;
    market.price = {};
    CHECK(w.submit(market).denial == DenialCode::not_permitted);
}

TEST(permission_that_is_disabled_or_removed_asks_for_nothing) {
    World w(settings_of());
    w.up();
    set(w, LimitsRequest().add("only", "client:alice", LimitKind::permitted, "", "instrument:BARE"));
    CHECK(w.submit(order_of("a", Side::buy, "1")).denial == DenialCode::not_permitted);
    set(w, LimitsRequest().remove("only"));
    CHECK(w.submit(order_of("b", Side::buy, "1")).denial == none);
}

TEST(permissions_and_short_sale_limits_that_are_garbage_are_refused) {
    World w(settings_of());
    w.up();
    const auto begins = [&](const LimitsRequest& request, std::string_view text) {
        const std::string said = fault(w, request);
        if (said.find(text) == std::string::npos) std::fprintf(stderr, "fault: %s\n", said.c_str());
        CHECK(said.find(text) != std::string::npos);
    };
    begins(LimitsRequest().add("p", "client:alice", LimitKind::permitted, ""), "second_level: expected");
    begins(LimitsRequest().add("p", "client:alice", LimitKind::permitted, "1", "instrument:ACME"), "value: ");
    begins(LimitsRequest().add("p", "client:alice", LimitKind::permitted, "", "instrument:NOPE"),
           "not configured");
    begins(LimitsRequest().add("p", "client:alice", LimitKind::permitted, "", "account:B1"),
           "no order falls");
    begins(LimitsRequest().add("p", "firm", LimitKind::permitted, "", "account:B1"), "every order falls");
    begins(LimitsRequest().add("l", "account:A1", LimitKind::locate, ""), "value: expected a number");
    begins(LimitsRequest().add("l", "account:A1", LimitKind::locate, "-1"), "value: expected zero or above");
    begins(LimitsRequest().add("l", "client:alice", LimitKind::locate, "1"), "cannot stand on clients");
    begins(LimitsRequest().add("m", "account:A1", LimitKind::short_sale_marking, "1"), "value: ");
    begins(LimitsRequest().add("m", "client:alice", LimitKind::short_sale_marking, ""), "cannot stand");
}

TEST(sale_beyond_the_position_has_to_be_marked_short) {
    World w(settings_of());
    w.up();
    set(w, LimitsRequest().add("mark", "account:A1", LimitKind::short_sale_marking, ""));
    const Answer none_held = w.submit(order_of("s0", Side::sell, "1"));
    CHECK(none_held.denial == DenialCode::short_sale_not_marked);
    CHECK_EQ(none_held.observed, std::string("1"));
    CHECK_EQ(none_held.allowed, std::string("0"));
    const Answer buy = w.submit(order_of("b1", Side::buy, "100"));
    CHECK(w.submit(order_of("s1", Side::sell, "1")).denial == DenialCode::short_sale_not_marked);  // not yet
    fill(w, buy, "E1", "60", "60", "100");
    const Answer sale =
        w.submit(order_of("s2", Side::sell, "50", "A1", "other"));  // one account, two strategies
    CHECK(sale.denial == none);
    CHECK(w.submit(order_of("s3", Side::sell, "11")).denial == DenialCode::short_sale_not_marked);
    CHECK(w.submit(order_of("s4", Side::sell_short, "11")).denial == none);
    const Answer replaced = w.replace("r1", sale.order_id, "61");
    CHECK(replaced.denial == DenialCode::short_sale_not_marked);
    CHECK(w.submit(order_of("s5", Side::sell, "1", "A2")).denial == none);  // another account is not asked
}

TEST(short_sales_of_a_day_are_held_against_what_was_located) {
    World w(settings_of());
    w.up();
    set(w, LimitsRequest().add("locate", "account:A1", LimitKind::locate, "100", "instrument:ACME"));
    CHECK(w.submit(order_of("l", Side::sell, "500")).denial == none);  // no short sale
    const Answer first = w.submit(order_of("s1", Side::sell_short, "60"));
    CHECK(first.denial == none);
    const Answer over = w.submit(order_of("s2", Side::sell_short, "41", "A1", "other"));
    CHECK(over.denial == DenialCode::no_locate);
    CHECK_EQ(over.observed, std::string("101"));
    CHECK_EQ(over.allowed, std::string("100"));
    CHECK_EQ(over.limit_name, std::string("locate"));
    fill(w, first, "E1", "20", "20", "60");
    CHECK(w.submit(order_of("s3", Side::sell_short, "41")).denial == DenialCode::no_locate);  // as before
    w.report(first.cl_ord_id, "E2", '4', '4', "14=20|38=60|");  // 40 come back, 20 are used
    const Answer second_sale = w.submit(order_of("s4", Side::sell_short, "80"));
    CHECK(second_sale.denial == none);
    CHECK(w.replace("r", second_sale.order_id, "81").denial == DenialCode::no_locate);
    // Bought back: what was located for the day is used all the same.
    const Answer cover = w.submit(order_of("b", Side::buy, "20"));
    fill(w, cover, "E3", "20", "20", "20");
    CHECK(w.submit(order_of("s5", Side::sell_short, "1")).denial == DenialCode::no_locate);
    // A bust gives it back.
    w.report(first.cl_ord_id, "E4", 'H', '4', "19=E1|14=0|38=60|");
    CHECK(w.submit(order_of("s6", Side::sell_short, "20")).denial == none);
    CHECK(w.submit(order_of("s7", Side::sell_short, "1")).denial == DenialCode::no_locate);
    CHECK(w.submit(order_of("s8", Side::sell_short, "1", "A2")).denial == none);
    CHECK_EQ(w.engine->reservation_fault(), std::string());
}

TEST(located_quantity_is_new_with_the_day_and_survives_a_restart) {
    World w(settings_of());
    w.settings.sessions[0].order_status_requests = false;
    w.up();
    set(w, LimitsRequest().add("locate", "account:A1", LimitKind::locate, "100"));
    const Answer first = w.submit(order_of("s1", Side::sell_short, "100"));
    fill(w, first, "E1", "100", "100", "100");
    CHECK(w.submit(order_of("s2", Side::sell_short, "1")).denial == DenialCode::no_locate);
    const std::uint64_t before = w.engine->state_hash();
    w.restart();
    CHECK_EQ(w.engine->state_hash(), before);
    CHECK_EQ(w.engine->reservation_fault(), std::string());
    w.venue_seq = 3;
    w.log_on();
    CHECK(w.submit(order_of("s3", Side::sell_short, "1")).denial == DenialCode::no_locate);
    w.now += order::day_ns;
    w.venue("35=0|");
    CHECK(w.submit(order_of("s4", Side::sell_short, "100")).denial == none);
    CHECK(w.submit(order_of("s5", Side::sell_short, "1")).denial == DenialCode::no_locate);
}

TEST_MAIN
