// What clients ask for, and what they are told.
#include "engine_fixture.hpp"

using namespace gw;
using gw::test::Answer;
using gw::test::World;
using schema::DenialCode;

TEST(new_order_passes_and_is_on_the_wire) {
    World w;
    w.up();
    const Answer answer = w.submit("o1");
    CHECK_EQ(answer.denial, DenialCode::unspecified);
    CHECK_EQ(answer.order_id, 1U);
    CHECK(answer.lsn != 0);
    REQUIRE(w.wire.sent.size() == 1);
    CHECK_EQ(w.last_sent(), "35=D|34=2|49=TW|52=|56=ISLD|11=" + answer.cl_ord_id +
                                "|1=A1|21=1|55=ACME|54=1|60=20261121-10:00:00.000|38=100|40=2|44=100|59=0|");
    CHECK_EQ(w.status(1), std::string("PENDING_NEW"));
}

TEST(same_id_same_content_gives_the_first_answer_and_one_order) {
    World w;
    w.up();
    const Answer first = w.submit("o1");
    for (int i = 0; i < 1000; ++i) {
        Answer again = w.submit("o1");
        CHECK(again.duplicate);
        again.duplicate = false;
        CHECK(again == first);
    }
    CHECK_EQ(w.sent("35=D"), 1U);
    w.restart();
    w.venue_seq = 2;
    Answer after = w.submit("o1");
    CHECK(after.duplicate);
    after.duplicate = false;
    CHECK(after == first);
    CHECK_EQ(w.sent("35=D"), 0U);
}

TEST(same_id_other_content_is_refused_and_changes_nothing) {
    World w;
    w.up();
    const Answer first = w.submit("o1", "100", "100");
    const std::uint64_t before = w.engine->state_hash();
    const Answer other = w.submit("o1", "101", "100");
    CHECK_EQ(other.denial, DenialCode::client_request_id_reused);
    CHECK_EQ(other.order_id, first.order_id);
    CHECK_EQ(other.observed, std::string("o1"));
    CHECK_EQ(w.engine->state_hash(), before);
    CHECK_EQ(w.submit("o1", "100.00", "100.0").duplicate, true);  // the same numbers, written otherwise
}

TEST(ids_of_two_clients_do_not_meet) {
    World w;
    w.up();
    auto order = World::new_order("o1");
    CHECK_EQ(w.submit(order, "alice").order_id, 1U);
    order.account = "B1";
    const Answer bob = w.submit(order, "bob");
    CHECK_EQ(bob.order_id, 2U);
    CHECK(!bob.duplicate);
    CHECK_EQ(w.cancel("c1", 1, "bob").denial, DenialCode::unknown_order);
}

TEST(denied_order_keeps_its_answer_across_a_restart) {
    World w;
    w.up();
    const Answer first = w.submit("o1", "0");
    CHECK_EQ(first.denial, DenialCode::invalid_quantity);
    CHECK(first.order_id != 0);
    w.restart();
    Answer again = w.submit("o1", "0");
    CHECK(again.duplicate);
    again.duplicate = false;
    CHECK(again == first);
}

TEST(repeated_id_is_answered_as_before_whatever_the_checks_say_now) {
    World w;
    w.up();
    const Answer first = w.submit("o1");
    const Answer denied = w.submit("o2", "5000");
    CHECK_EQ(denied.denial, DenialCode::max_order_quantity);
    w.engine->set_trading_state("firm", schema::TradingState::halted, "test", "op", false, w.now);
    const std::uint64_t before = w.engine->state_hash();
    const auto repeated = [](Answer again) {
        CHECK(again.duplicate);
        again.duplicate = false;
        return again;
    };
    CHECK(repeated(w.submit("o1")) == first);
    CHECK(repeated(w.submit("o2", "5000")) == denied);
    CHECK_EQ(w.submit("o1", "101").denial, DenialCode::client_request_id_reused);
    CHECK_EQ(w.engine->state_hash(), before);
    w.engine->begin_shutdown(w.now);
    const std::uint64_t logout = w.journal->committed_lsn();
    CHECK(repeated(w.submit("o1")) == first);
    CHECK_EQ(w.submit("o1", "101").denial, DenialCode::client_request_id_reused);
    CHECK_EQ(w.submit("o3").denial, DenialCode::shutting_down);  // it comes before what the limits say
    CHECK_EQ(w.submit("o4", "0").denial, DenialCode::shutting_down);
    CHECK_EQ(w.journal->committed_lsn(), logout);
    CHECK_EQ(w.engine->ledger().order_count(), 2U);
}

TEST(bad_orders_are_denied_with_field_and_value) {
    struct Case {
        const char* name;
        void (*spoil)(schema::NewOrder&);
        DenialCode code;
        const char* limit_name;
        const char* observed;
    };
    const Case cases[] = {
        {"unknown instrument", [](auto& o) { o.instrument = "NOPE"; }, DenialCode::unknown_instrument,
         "instrument", "NOPE"},
        {"unknown account", [](auto& o) { o.account = "X9"; }, DenialCode::unknown_account, "account", "X9"},
        {"foreign account", [](auto& o) { o.account = "B1"; }, DenialCode::unknown_account, "account", "B1"},
        {"other venue", [](auto& o) { o.venue = "XX"; }, DenialCode::unknown_venue, "venue", "XX"},
        {"no side", [](auto& o) { o.side = schema::Side::unspecified; }, DenialCode::invalid_side, "side",
         ""},
        {"unknown side", [](auto& o) { o.side = static_cast<schema::Side>(77); }, DenialCode::invalid_side,
         "side", ""},
        {"no type", [](auto& o) { o.order_type = schema::OrderType::unspecified; },
         DenialCode::invalid_order_type, "order_type", ""},
        {"unknown tif", [](auto& o) { o.time_in_force = static_cast<schema::TimeInForce>(99); },
         DenialCode::invalid_time_in_force, "time_in_force", ""},
        {"zero", [](auto& o) { o.quantity.text = "0"; }, DenialCode::invalid_quantity, "quantity", "0"},
        {"negative", [](auto& o) { o.quantity.text = "-5"; }, DenialCode::invalid_quantity, "quantity", "-5"},
        {"no quantity", [](auto& o) { o.quantity.text = ""; }, DenialCode::invalid_quantity, "quantity", ""},
        {"quantity text", [](auto& o) { o.quantity.text = "ten"; }, DenialCode::invalid_quantity, "quantity",
         "ten"},
        {"20-digit price", [](auto& o) { o.price.text = "12345678901234567890"; }, DenialCode::invalid_price,
         "price", "12345678901234567890"},
        {"price with 9 places", [](auto& o) { o.price.text = "1.000000001"; }, DenialCode::invalid_price,
         "price", "1.000000001"},
        {"missing price", [](auto& o) { o.price.text = ""; }, DenialCode::missing_price, "price", ""},
        {"price on market", [](auto& o) { o.order_type = schema::OrderType::market; },
         DenialCode::unexpected_price, "price", "100"},
        {"off tick", [](auto& o) { o.price.text = "100.001"; }, DenialCode::price_not_on_tick, "tick_size",
         "100.001"},
        {"off lot", [](auto& o) { o.quantity.text = "1.5"; }, DenialCode::quantity_not_on_lot, "lot_size",
         "1.5"},
        {"no strategy", [](auto& o) { o.strategy = ""; }, DenialCode::invalid_strategy, "strategy", ""},
        {"too many", [](auto& o) { o.quantity.text = "1001"; }, DenialCode::max_order_quantity,
         "max_order_quantity", "1001"},
        {"too much", [](auto& o) { o.quantity.text = "501"; }, DenialCode::max_order_notional,
         "max_order_notional", "50100"},
        {"far off", [](auto& o) { o.price.text = "120.01"; }, DenialCode::price_collar,
         "price_collar_percent", "20.01"},
    };
    World w;
    w.up();
    int n = 0;
    for (const Case& c : cases) {
        const std::string id = "bad" + std::to_string(++n);
        schema::NewOrder order = World::new_order(id);
        c.spoil(order);
        const Answer answer = w.submit(order);
        if (answer.denial != c.code) std::fprintf(stderr, "case: %s\n", c.name);
        CHECK_EQ(answer.denial, c.code);
        CHECK_EQ(answer.limit_name, std::string(c.limit_name));
        CHECK_EQ(answer.observed, std::string(c.observed));
        CHECK(answer.order_id != 0);
        CHECK_EQ(w.status(answer.order_id), std::string("DENIED"));
    }
    CHECK(w.wire.sent.empty());
    CHECK_EQ(w.engine->ledger().open_order_count(), 0U);
    CHECK_EQ(w.submit("good").denial, DenialCode::unspecified);
}

TEST(price_at_the_collar_passes) {
    World w;
    w.up();
    CHECK_EQ(w.submit("a", "100", "120").denial, DenialCode::unspecified);
    CHECK_EQ(w.submit("b", "100", "80").denial, DenialCode::unspecified);
    CHECK_EQ(w.submit("c", "100", "79.99").denial, DenialCode::price_collar);
}

TEST(limit_without_reference_price_denies) {
    World w;
    w.up();
    schema::NewOrder order = World::new_order("a");
    order.instrument = "BARE";
    CHECK_EQ(w.submit(order).denial, DenialCode::no_reference_price);
    CHECK(w.engine->set_reference_price("BARE", *Decimal::parse("99.5"), w.now).lsn != 0);
    order.client_order_id = "b";
    CHECK_EQ(w.submit(order).denial, DenialCode::unspecified);
    w.restart();
    w.venue_seq = 2;
    w.log_on();
    order.client_order_id = "c";
    CHECK_EQ(w.submit(order).denial, DenialCode::session_reconciling);  // the first one is being asked about
}

TEST(ids_that_cannot_be_recorded_are_refused_without_record) {
    World w;
    w.up();
    const std::uint64_t before = w.engine->state_hash();
    CHECK_EQ(w.submit("").denial, DenialCode::invalid_client_request_id);
    CHECK_EQ(w.submit(std::string(41, 'x')).denial, DenialCode::invalid_client_request_id);
    CHECK_EQ(w.submit("\xff\xfe").denial, DenialCode::malformed_command);
    CHECK_EQ(w.submit("a\nb").denial, DenialCode::malformed_command);
    CHECK_EQ(w.submit(std::string(40, 'x')).denial, DenialCode::unspecified);
    CHECK(w.engine->state_hash() != before);
}

TEST(request_id_that_is_no_text_is_not_sent_back) {
    World w;
    w.up();
    schema::CancelCommand cancel;
    schema::ReplaceCommand replace;
    for (const std::string& id :
         {std::string("ab\xff\xfe"), std::string(3000, '\xff'), std::string("a\nb")}) {
        cancel.client_request_id = id;
        replace.client_request_id = id;
        for (const auto& request :
             {World::framed_command(schema::number::Command::cancel, World::encoded(cancel)),
              World::framed_command(schema::number::Command::replace, World::encoded(replace))}) {
            const auto answers = w.request(request);
            REQUIRE(answers.size() == 1);
            CHECK_EQ(answers[0].denial, DenialCode::invalid_client_request_id);
            CHECK_EQ(answers[0].id, std::string());
        }
    }
}

TEST(garbage_requests_are_refused_as_a_whole) {
    World w;
    w.up();
    const std::uint64_t before = w.engine->state_hash();
    CHECK(w.request("\x0a\xff garbage").empty());
    CHECK_EQ(w.last_error, engine::CommandError::not_a_request);
    const std::string good =
        World::framed_command(schema::number::Command::new_order, World::encoded(World::new_order("x")));
    CHECK(w.request(good + "\x0a\xff").empty());  // a good command before the damage is not acted upon
    CHECK_EQ(w.last_error, engine::CommandError::not_a_request);
    std::string many;
    for (unsigned i = 0; i <= engine::commands_max; ++i) many += World::framed_command(1, "");
    CHECK(w.request(many).empty());
    CHECK_EQ(w.last_error, engine::CommandError::too_many_commands);
    CHECK(w.request(good, "mallory").empty());
    CHECK_EQ(w.last_error, engine::CommandError::unknown_client);
    CHECK_EQ(w.engine->state_hash(), before);
    const auto odd = w.request(World::framed_command(9, "junk"));
    REQUIRE(odd.size() == 1);
    CHECK_EQ(odd[0].denial, DenialCode::malformed_command);
}

TEST(session_that_is_not_ready_denies) {
    World w;
    w.start();
    CHECK_EQ(w.submit("o1").denial, DenialCode::session_not_ready);
    w.log_on();
    CHECK_EQ(w.submit("o2").denial, DenialCode::unspecified);
    w.wire.backlog = w.wire.backlog_bytes_max(0) + 1;
    CHECK_EQ(w.submit("o3").denial, DenialCode::session_backlogged);
    CHECK_EQ(w.cancel("c", 2).denial, DenialCode::unspecified);
}

TEST(order_whose_deadline_has_passed_is_denied) {
    World w;
    w.up();
    CHECK_EQ(w.submit(World::new_order("late"), "alice", w.now - 1).denial, DenialCode::deadline_exceeded);
    CHECK_EQ(w.submit(World::new_order("just"), "alice", w.now).denial, DenialCode::unspecified);
}

TEST(shutdown_takes_no_new_orders) {
    World w;
    w.up();
    CHECK_EQ(w.submit("o1").denial, DenialCode::unspecified);
    w.engine->begin_shutdown(w.now);
    CHECK_EQ(w.sent("35=5"), 1U);
    CHECK_EQ(w.submit("o2").denial, DenialCode::shutting_down);
}

TEST(kill_switch_denies_orders_and_replaces_and_lets_cancels_pass) {
    World w;
    w.up();
    const Answer order = w.submit("o1");
    w.report(order.cl_ord_id, "E1", '0', '0', "38=100|14=0|151=100|");
    const auto halted =
        w.engine->set_trading_state("firm", schema::TradingState::halted, "test", "op", false, w.now);
    CHECK(halted.lsn != 0);
    CHECK_EQ(w.submit("o2").denial, DenialCode::trading_halted);
    CHECK_EQ(w.replace("r1", 1, "50").denial, DenialCode::trading_halted);
    CHECK_EQ(w.cancel("c1", 1).denial, DenialCode::unspecified);
    w.restart();
    w.venue_seq = 3;
    w.log_on();
    w.report(order.cl_ord_id, "E2", 'I', '0', "38=100|14=0|151=100|");
    CHECK_EQ(w.phase(), schema::SessionState::ready);
    CHECK_EQ(w.submit("o3").denial, DenialCode::trading_halted);  // it survives a restart
    w.engine->set_trading_state("firm", schema::TradingState::active, "over", "op", false, w.now);
    CHECK_EQ(w.submit("o4").denial, DenialCode::unspecified);
}

TEST(kill_switch_cancels_what_falls_under_its_level) {
    World w;
    w.up();
    const Answer one = w.submit("o1");
    schema::NewOrder order = World::new_order("o2");
    order.account = "B1";
    w.submit(order, "bob");
    const auto result =
        w.engine->set_trading_state("account:A1", schema::TradingState::halted, "test", "op", true, w.now);
    CHECK_EQ(result.cancels, 1U);
    CHECK_EQ(w.sent("35=F"), 1U);
    CHECK(w.last_sent().find("41=" + one.cl_ord_id) != std::string::npos);
    CHECK_EQ(w.submit("o3").denial, DenialCode::trading_halted);
    order.client_order_id = "o4";
    CHECK_EQ(w.submit(order, "bob").denial, DenialCode::unspecified);
    CHECK_EQ(
        w.engine->set_trading_state("account:NOPE", schema::TradingState::halted, "", "", false, w.now).lsn,
        0U);
}

TEST(replace_builds_on_the_newest_request) {
    World w;
    w.up();
    const Answer order = w.submit("o1");
    w.report(order.cl_ord_id, "E1", '0', '0', "38=100|14=0|151=100|");
    const Answer first = w.replace("r1", 1, "80");
    CHECK(w.last_sent().find("41=" + order.cl_ord_id + "|11=" + first.cl_ord_id) != std::string::npos);
    const Answer second = w.replace("r2", 1, "", "99");
    CHECK(w.last_sent().find("41=" + first.cl_ord_id + "|11=" + second.cl_ord_id) != std::string::npos);
    CHECK(w.last_sent().find("38=80|40=2|44=99|") != std::string::npos);
    CHECK_EQ(w.status(1), std::string("PENDING_REPLACE"));
    CHECK_EQ(w.replace("r3", 1, "80", "99").denial, DenialCode::nothing_to_replace);
    CHECK_EQ(w.replace("r4", 1, "x").denial, DenialCode::invalid_quantity);
    CHECK_EQ(w.replace("r5", 1, "2000").denial, DenialCode::max_order_quantity);
    CHECK_EQ(w.replace("r6", 99, "10").denial, DenialCode::unknown_order);
}

TEST(request_limit_an_order_is_kept) {
    World w;
    w.up();
    w.submit("o1");
    for (unsigned i = 0; i < order::pending_requests_max; ++i)
        CHECK_EQ(w.cancel("c" + std::to_string(i), 1).denial, DenialCode::unspecified);
    CHECK_EQ(w.cancel("one more", 1).denial, DenialCode::too_many_pending_requests);
}

TEST(capacity_is_a_coded_refusal) {
    engine::Settings settings = test::engine_settings();
    settings.sizes.orders = 2;
    World w(settings);
    w.up();
    CHECK_EQ(w.submit("o1").denial, DenialCode::unspecified);
    CHECK_EQ(w.submit("o2").denial, DenialCode::unspecified);
    CHECK_EQ(w.submit("o3").denial, DenialCode::capacity_exhausted);
    CHECK_EQ(w.submit("o1").duplicate, true);
    CHECK_EQ(w.cancel("c1", 1).denial, DenialCode::unspecified);
}

TEST(last_requests_are_left_to_cancels) {
    engine::Settings settings = test::engine_settings();
    settings.sizes.requests = 32;
    World w(settings);
    w.up();
    std::size_t taken = 0;
    while (w.submit("o" + std::to_string(taken)).denial == DenialCode::unspecified) ++taken;
    CHECK_EQ(taken, 30U);
    CHECK_EQ(w.submit("o").denial, DenialCode::capacity_exhausted);
    CHECK_EQ(w.replace("r", 1, "50").denial, DenialCode::capacity_exhausted);
    CHECK_EQ(w.cancel("c1", 1).denial, DenialCode::unspecified);
    CHECK_EQ(w.cancel("c2", 2).denial, DenialCode::unspecified);
    CHECK_EQ(w.cancel("c3", 3).denial, DenialCode::capacity_exhausted);
}

TEST(last_room_for_fills_is_left_to_open_orders) {
    engine::Settings settings = test::engine_settings();
    settings.sizes.fills = 160;
    World w(settings);
    w.up();
    const Answer a = w.submit("o1", "400");
    CHECK_EQ(a.denial, DenialCode::unspecified);
    for (int at = 1; at <= 152; ++at)
        w.report(a.cl_ord_id, "E" + std::to_string(at), 'F', '1',
                 "32=1|31=100|14=" + std::to_string(at) + "|38=400|");
    CHECK_EQ(w.submit("o2").denial, DenialCode::capacity_exhausted);
    CHECK_EQ(test::show(w.order(1).cum_quantity), std::string("152"));
    CHECK_EQ(w.cancel("c1", 1).denial, DenialCode::unspecified);
}

TEST_MAIN
