// Overrides of one order: what it passes by them, once; what nothing is waived for; over a crash as well.
#include "limits_fixture.hpp"
#include "linked_fixture.hpp"
#include "rehearsed.hpp"

using namespace gw;
using gw::test::Answer;
using gw::test::LimitsRequest;
using gw::test::World;
using schema::DenialCode;
using schema::LimitAction;
using schema::LimitKind;
using schema::Side;

namespace {

constexpr std::int64_t second = 1'000'000'000;

void set(World& w, const std::string& name, LimitKind kind, std::string value,
         LimitAction action = LimitAction::unspecified, const std::string& level = "firm") {
    LimitsRequest request;
    request.add(name, level, kind, std::move(value)).action(action);
    CHECK_EQ(w.engine->set_limits(request.bytes(), "tester", w.now).fault, std::string());
}

struct Wanted {
    std::string client = "alice", client_order_id = "block", instrument = "ACME", quantity = "500",
                reason = "test";
    Side side = Side::buy;
    std::vector<std::string> limits = {"size"};
    std::uint64_t id = 1;
    std::int64_t hold_ns = 60 * second;
};

std::string bytes_of(const World& w, const Wanted& wanted) {
    schema::OrderOverrideGranted event;
    event.override_id = wanted.id;
    event.has_order = true;
    event.order.client = wanted.client;
    event.order.client_order_id = wanted.client_order_id;
    event.order.instrument = wanted.instrument;
    event.order.side = wanted.side;
    event.order.quantity.text = wanted.quantity;
    event.order.quantity.state = pb::DecimalText::State::malformed;  // written as it stands
    for (const std::string& name : wanted.limits) event.order.limits.add()->name = name;
    event.expires_at_ns = w.now + wanted.hold_ns;
    event.granted_by = "anna";
    event.approved_by = "bert";
    event.reason = wanted.reason;
    return World::encoded(event);
}
std::string grant(World& w, const Wanted& wanted = {}) {
    std::string fault;
    const std::string bytes = bytes_of(w, wanted);
    const auto result = w.engine->grant_order_override(bytes, false, w.now, fault);
    CHECK_EQ(result.lsn != 0, fault.empty());
    return fault;
}
std::size_t waiting(const World& w) {
    std::string buffer(64 * 1024, '\0');
    pb::Writer out(buffer);
    w.engine->order_overrides(out);
    std::size_t count = 0;
    for (pb::Reader in(out.written()); in.next();) ++count;
    return count;
}
std::uint64_t override_of(const World& w, std::string_view client_order_id) {
    std::uint64_t id = 0;
    w.for_each_event<schema::OrderAccepted>([&](const schema::OrderAccepted& event) {
        if (event.client_order_id == client_order_id) id = event.override_id;
    });
    return id;
}

// A size of at most 100, and an override that lets "block" be 500.
struct Block {
    World w;
    explicit Block(engine::Settings settings = test::engine_settings()) : w(std::move(settings)) {
        w.up();
        set(w, "size", LimitKind::max_order_quantity, "100");
    }
};

}  // namespace

TEST(one_order_passes_a_limit_by_its_override_and_uses_it_up) {
    Block b;
    World& w = b.w;
    CHECK(w.submit("before", "500").denial == DenialCode::max_order_quantity);
    CHECK_EQ(grant(w), std::string());
    CHECK(w.submit("other", "500").denial == DenialCode::max_order_quantity);
    CHECK_EQ(waiting(w), 1U);
    CHECK(w.submit("block", "500").denial == DenialCode::unspecified);
    CHECK_EQ(w.sent("35=D"), 1U);
    CHECK_EQ(override_of(w, "block"), 1U);
    CHECK_EQ(waiting(w), 0U);
    CHECK(w.submit("block", "500").duplicate);  // the first answer again, and no second order
    CHECK_EQ(w.sent("35=D"), 1U);
    CHECK(w.submit("after", "500").denial == DenialCode::max_order_quantity);
}

TEST(what_was_waived_is_told_with_its_numbers) {
    Block b;
    CHECK_EQ(grant(b.w), std::string());
    const Answer answer = b.w.submit("block", "500");
    std::size_t told = 0;
    b.w.for_each_event<schema::LimitBreached>([&](const schema::LimitBreached& event) {
        ++told;
        CHECK_EQ(event.order_id, answer.order_id);
        CHECK_EQ(std::string(event.limit_name), std::string("size"));
        CHECK_EQ(std::string(event.observed.text), std::string("500"));
        CHECK_EQ(std::string(event.allowed.text), std::string("100"));
        CHECK(event.action == LimitAction::deny);
    });
    CHECK_EQ(told, 1U);
}

TEST(order_that_would_have_passed_leaves_its_override) {
    Block b;
    CHECK_EQ(grant(b.w), std::string());
    CHECK(b.w.submit("block", "100").denial == DenialCode::unspecified);
    CHECK_EQ(override_of(b.w, "block"), 0U);
    CHECK_EQ(waiting(b.w), 1U);
}

TEST(order_that_differs_from_its_override_is_decided_as_any_other) {
    Block b;
    World& w = b.w;
    w.settings.clients[1].accounts.push_back("A1");
    CHECK_EQ(grant(w), std::string());
    CHECK(w.submit(World::new_order("block", "501")).denial == DenialCode::max_order_quantity);
    Wanted sale;
    sale.id = 2;
    sale.side = Side::sell;
    sale.client_order_id = "sale";
    CHECK_EQ(grant(w, sale), std::string());
    CHECK(w.submit("sale", "500").denial == DenialCode::max_order_quantity);
    CHECK_EQ(waiting(w), 2U);
}

TEST(override_waives_only_what_it_names) {
    Block b;
    World& w = b.w;
    set(w, "position", LimitKind::position, "200");
    CHECK_EQ(grant(w), std::string());
    const Answer denied = w.submit("block", "500");
    CHECK(denied.denial == DenialCode::max_position);  // what still does not hold
    CHECK_EQ(denied.limit_name, std::string("position"));
    CHECK_EQ(waiting(w), 1U);
    Wanted both;
    both.id = 2;
    both.client_order_id = "both";
    both.limits = {"size", "position"};
    CHECK_EQ(grant(w, both), std::string());
    CHECK(w.submit("both", "500").denial == DenialCode::unspecified);
}

TEST(kill_switch_and_the_instrument_are_never_waived) {
    Block b;
    World& w = b.w;
    CHECK_EQ(grant(w), std::string());
    (void)w.engine->set_trading_state("account:A1", schema::TradingState::halted, "t", "t", false, w.now);
    CHECK(w.submit("block", "500").denial == DenialCode::trading_halted);
    (void)w.engine->set_trading_state("account:A1", schema::TradingState::active, "t", "t", false, w.now);
    Wanted off_tick;
    off_tick.id = 2;
    off_tick.client_order_id = "tick";
    CHECK_EQ(grant(w, off_tick), std::string());
    CHECK(w.submit("tick", "500", "99.995").denial == DenialCode::price_not_on_tick);
    CHECK_EQ(waiting(w), 2U);
}

TEST(override_ends_with_its_time_and_by_a_person) {
    Block b;
    World& w = b.w;
    CHECK_EQ(grant(w), std::string());
    CHECK(grant(w, {.client_order_id = "second", .id = 2}).empty());
    w.now += 60 * second;
    CHECK(w.submit("block", "500").denial == DenialCode::max_order_quantity);
    CHECK(grant(w, {.client_order_id = "third", .id = 3}).empty());  // those whose time is over make room
    CHECK_EQ(waiting(w), 1U);
    CHECK(w.engine->end_order_override(3, "anna", "not needed", w.now).lsn != 0);
    CHECK(!w.engine->end_order_override(3, "anna", "again", w.now).known);
    CHECK(w.submit("third", "500").denial == DenialCode::max_order_quantity);
}

TEST(override_outlives_a_crash_and_is_used_once_however_often_the_process_dies) {
    Block b;
    World& w = b.w;
    CHECK_EQ(grant(w), std::string());
    w.restart();
    w.log_on();
    CHECK_EQ(waiting(w), 1U);
    CHECK(w.submit("block", "500").denial == DenialCode::unspecified);
    w.crash();
    CHECK_EQ(waiting(w), 0U);
    w.start();
    w.log_on();
    w.engine->tick(w.now + 60 * second);
    CHECK_EQ(waiting(w), 0U);
    CHECK(w.submit("again", "500").denial == DenialCode::max_order_quantity);
}

TEST(process_that_dies_before_the_order_is_journalled_leaves_the_override) {
    Block b;
    World& w = b.w;
    CHECK_EQ(grant(w), std::string());
    const std::size_t before = w.batch_count();
    CHECK(w.submit("block", "500").denial == DenialCode::unspecified);
    CHECK_EQ(waiting(w), 0U);
    w.keep_batches(before);
    CHECK_EQ(waiting(w), 1U);
}

TEST(order_that_is_reduced_keeps_its_quantity_by_an_override) {
    World w;
    w.up();
    set(w, "size", LimitKind::max_order_quantity, "100", LimitAction::resize);
    CHECK_EQ(grant(w), std::string());
    CHECK(w.submit("block", "500").denial == DenialCode::unspecified);
    CHECK_EQ(w.order(1).quantity, Decimal::from_units(500));
    CHECK(w.submit("next", "500").denial == DenialCode::unspecified);
    CHECK_EQ(w.order(2).quantity, Decimal::from_units(100));
}

TEST(limit_that_halts_does_not_halt_where_it_is_waived) {
    World w;
    w.up();
    set(w, "size", LimitKind::max_order_quantity, "100", LimitAction::halt);
    CHECK_EQ(grant(w), std::string());
    CHECK(w.submit("block", "500").denial == DenialCode::unspecified);
    CHECK(w.submit("small", "1").denial == DenialCode::unspecified);
}

TEST(order_that_waits_for_the_throttle_is_sent_by_its_override) {
    engine::Settings settings = test::engine_settings();
    settings.sessions[0].throttle = {1, second, 0, engine::OverLimit::wait, 10, 5 * second};
    Block b(std::move(settings));
    World& w = b.w;
    CHECK_EQ(grant(w), std::string());
    CHECK(w.submit("first", "1").denial == DenialCode::unspecified);
    CHECK(w.submit("block", "500").denial == DenialCode::unspecified);
    CHECK_EQ(w.sent("35=D"), 1U);
    CHECK_EQ(waiting(w), 0U);                                              // used
    CHECK(!w.engine->end_order_override(1, "anna", "late", w.now).known);  // and not to be taken back
    w.now += second;
    w.engine->tick(w.now);
    CHECK_EQ(w.sent("35=D"), 2U);
    CHECK(w.submit("block", "500").duplicate);
}

TEST(garbage_is_refused_with_its_place_and_changes_nothing) {
    Block b;
    World& w = b.w;
    set(w, "list", LimitKind::restricted, "", LimitAction::unspecified, "strategy:x");
    const auto refused = [&](const Wanted& wanted, std::string_view place) {
        const std::uint64_t hash = w.engine->state_hash();
        CHECK(grant(w, wanted).starts_with(place));
        CHECK_EQ(w.engine->state_hash(), hash);
    };
    refused({.client = "nobody"}, "client: ");
    refused({.client_order_id = ""}, "client_order_id: ");
    refused({.client_order_id = std::string(41, 'x')}, "client_order_id: ");
    refused({.instrument = "NONE"}, "instrument: ");
    refused({.quantity = "0"}, "quantity: ");
    refused({.quantity = "-1"}, "quantity: ");
    refused({.quantity = "NaN"}, "quantity: ");
    refused({.quantity = ""}, "quantity: ");
    refused({.reason = ""}, "reason: ");
    refused({.side = Side::unspecified}, "side: ");
    refused({.limits = {}}, "limits: ");
    refused({.limits = {"size", "none"}}, "limits: 'none'");
    refused({.limits = {"list"}}, "limits: 'list' is of kind RESTRICTED");
    refused({.id = 0}, "override_id: ");
    refused({.hold_ns = 0}, "expires_at: ");
    CHECK(w.submit("known", "1").denial == DenialCode::unspecified);
    refused({.client_order_id = "known"}, "client_order_id: 'known' is of a request");
    CHECK_EQ(grant(w), std::string());
    refused({.id = 1, .hold_ns = second}, "override_id: ");
    refused({.id = 2}, "client_order_id: 'block' has an override already");
}

TEST(so_many_overrides_wait_and_no_more) {
    Block b;
    World& w = b.w;
    w.checks_checkpoints = false;
    for (std::uint64_t id = 1; id <= risk::order_overrides_max; ++id)
        CHECK(grant(w, {.client_order_id = "o" + std::to_string(id), .id = id}).empty());
    CHECK(grant(w, {.client_order_id = "more", .id = 1000}).starts_with("overrides: at most 256"));
}

TEST(rehearsal_of_the_journal_denies_no_order_that_had_an_override) {
    Block b;
    CHECK_EQ(grant(b.w), std::string());
    CHECK(b.w.submit("block", "500").denial == DenialCode::unspecified);
    for (const engine::Rehearsed& each : test::rehearsed(b.w))
        CHECK(each.effect == engine::Effect::warned);  // and waived
}

// --- replaces

namespace {

std::uint64_t override_of_replace(const World& w, std::string_view id) {
    std::uint64_t found = 0;
    w.for_each_event<schema::ReplaceRequested>([&](const schema::ReplaceRequested& event) {
        if (event.client_request_id == id) found = event.override_id;
    });
    return found;
}
// An order of 50 that works.
Answer working(World& w) {
    const Answer answer = w.submit("work", "50");
    w.venue("35=8|37=V-1|11=" + answer.cl_ord_id + "|17=E-1|150=0|39=0|55=ACME|54=1|151=50|14=0|");
    return answer;
}

}  // namespace

TEST(one_replace_passes_a_limit_by_its_override_and_uses_it_up) {
    Block b;
    World& w = b.w;
    const Answer order = working(w);
    CHECK(w.replace("before", order.order_id, "400", "100").denial == DenialCode::max_order_quantity);
    CHECK_EQ(grant(w, {.client_order_id = "larger", .quantity = "400"}), std::string());
    CHECK(w.replace("larger", order.order_id, "401", "100").denial == DenialCode::max_order_quantity);
    CHECK(
        grant(w, {.client_order_id = "larger", .quantity = "400", .id = 2}).starts_with("client_order_id: "));
    CHECK_EQ(grant(w, {.client_order_id = "again", .quantity = "400", .id = 2}), std::string());
    CHECK(w.replace("other", order.order_id, "400", "100").denial == DenialCode::max_order_quantity);
    CHECK_EQ(w.sent("35=G"), 0U);
    CHECK(w.replace("again", order.order_id, "400", "100").denial == DenialCode::unspecified);
    CHECK_EQ(w.sent("35=G"), 1U);
    CHECK_EQ(override_of_replace(w, "again"), 2U);
    CHECK_EQ(waiting(w), 1U);  // that of a replace that was asked otherwise
    CHECK(w.replace("again", order.order_id, "400", "100").duplicate);
    CHECK_EQ(w.sent("35=G"), 1U);
}

TEST(replace_has_no_part_in_the_override_of_its_order) {
    Block b;
    World& w = b.w;
    CHECK_EQ(grant(w), std::string());
    const Answer order = w.submit("block", "500");
    CHECK(order.denial == DenialCode::unspecified);
    w.venue("35=8|37=V-1|11=" + order.cl_ord_id + "|17=E-1|150=0|39=0|55=ACME|54=1|151=500|14=0|");
    CHECK(w.replace("more", order.order_id, "600", "100").denial == DenialCode::max_order_quantity);
    CHECK(w.replace("price", order.order_id, "500", "101").denial == DenialCode::max_order_quantity);
    CHECK(w.replace("less", order.order_id, "100", "100").denial == DenialCode::unspecified);
}

TEST(override_of_a_replace_is_used_once_over_crashes_and_rehearsed_as_it_was) {
    Block b;
    World& w = b.w;
    const Answer order = working(w);
    CHECK_EQ(grant(w, {.client_order_id = "larger", .quantity = "400"}), std::string());
    const std::size_t before = w.batch_count();
    CHECK(w.replace("larger", order.order_id, "400", "100").denial == DenialCode::unspecified);
    CHECK_EQ(waiting(w), 0U);
    for (const engine::Rehearsed& each : test::rehearsed(w)) CHECK(each.effect == engine::Effect::warned);
    w.crash();
    CHECK_EQ(waiting(w), 0U);
    w.keep_batches(before);  // the replace was never journalled: the override is still there
    CHECK_EQ(waiting(w), 1U);
}

// --- what is asked ahead, and orders that hang together

namespace {

struct Asked {
    bool passes = false;
    std::uint64_t override_id = 0;
    std::size_t waived = 0, broken = 0;
};
Asked ask(World& w, const schema::NewOrder& order) {
    std::string buffer(64 * 1024, '\0');
    pb::Writer out(buffer);
    CHECK(w.engine->check_order_now("alice", World::encoded(order), w.now, out) ==
          engine::CommandError::none);
    namespace field = schema::number::CheckOrderResponse;
    Asked asked;
    for (pb::Reader in(out.written()); in.next();) {
        if (in.field() == field::passes) asked.passes = in.varint() != 0;
        if (in.field() == field::override_id) asked.override_id = in.varint();
        if (in.field() != field::limits) continue;
        schema::LimitCheck limit;
        CHECK(limit.decode(in.bytes()));
        asked.waived += limit.waived ? 1U : 0U;
        asked.broken += limit.holds ? 0U : 1U;
    }
    return asked;
}

}  // namespace

TEST(check_says_by_which_override_an_order_would_pass_and_does_not_use_it) {
    Block b;
    World& w = b.w;
    set(w, "position", LimitKind::position, "10000");
    const schema::NewOrder order = World::new_order("block", "500");
    CHECK(!ask(w, order).passes);
    CHECK_EQ(grant(w), std::string());
    const std::uint64_t hash = w.engine->state_hash();
    const Asked asked = ask(w, order);
    CHECK(asked.passes);
    CHECK_EQ(asked.override_id, 1U);
    CHECK_EQ(asked.waived, 1U);
    CHECK_EQ(asked.broken, 1U);
    CHECK_EQ(ask(w, World::new_order("other", "500")).override_id, 0U);
    CHECK_EQ(ask(w, World::new_order("block", "100")).override_id, 0U);
    CHECK(!ask(w, World::new_order("block", "501")).passes);
    CHECK_EQ(w.engine->state_hash(), hash);
    CHECK_EQ(waiting(w), 1U);
    CHECK(w.submit("block", "500").denial == DenialCode::unspecified);
    CHECK(!ask(w, order).passes);  // used up
}

TEST(orders_that_hang_together_are_told_that_their_override_is_not_for_them) {
    test::Linked w;
    set(w, "size", LimitKind::max_order_quantity, "50");
    CHECK(w.oco().denial == DenialCode::max_order_quantity);
    CHECK_EQ(grant(w, {.client_order_id = "b", .quantity = "100"}), std::string());
    const Answer first = w.submit_linked(schema::LinkKind::oco, {"b", "c"}, "M");
    CHECK(first.denial == DenialCode::override_not_for_linked);
    CHECK_EQ(first.limit_name, std::string("size"));
    CHECK_EQ(waiting(w), 1U);
    CHECK(w.submit("b", "100").denial == DenialCode::unspecified);  // by itself it passes
}

TEST_MAIN
