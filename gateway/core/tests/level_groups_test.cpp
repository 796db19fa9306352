// Desks of accounts and sessions of venues: what their limits remember follows from the journal.
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

constexpr std::int64_t minute = 60'000'000'000;
constexpr std::int64_t hour = 60 * minute;

// Accounts A1 and A2 of alice; A1 and B1 are the desk "equities".
engine::Settings with_desks() {
    engine::Settings settings = test::engine_settings();
    settings.clients[0].accounts.push_back("A2");
    settings.accounts.push_back({"A1", "equities"});
    settings.accounts.push_back({"A2", ""});
    settings.accounts.push_back({"B1", "equities"});
    return settings;
}

std::string set(World& w, LimitKind kind, const std::string& level, const std::string& value,
                std::uint32_t count = 0, std::int64_t window_ns = 0, const std::string& second = "") {
    LimitsRequest request;
    request.add("it", level, kind, value, second).count(count, window_ns);
    return w.engine->set_limits(request.bytes(), "tester", w.now).fault;
}

Answer submit(World& w, std::string_view id, std::string_view account, std::string_view quantity = "1",
              std::string_view price = "100", Side side = Side::buy) {
    schema::NewOrder order = World::new_order(id, quantity, price);
    order.account = account;
    order.side = side;
    return w.submit(order, account == "B1" ? "bob" : "alice");
}

// A crash, a start, and a session that has given up asking about its orders.
void again(World& w) {
    w.restart();
    w.log_on();
    w.engine->tick(w.now + minute);
}

std::vector<std::pair<std::string, std::string>> grouped(const World& w) {
    std::vector<std::pair<std::string, std::string>> all;
    w.for_each_event<schema::LevelGrouped>(
        [&](const schema::LevelGrouped& event) { all.emplace_back(event.member, event.group); });
    return all;
}

}  // namespace

TEST(groups_are_journalled_once_and_again_where_the_configuration_says_otherwise) {
    World w(with_desks());
    w.start();
    const std::vector<std::pair<std::string, std::string>> first = {
        {"account:A1", "desk:equities"}, {"account:B1", "desk:equities"}, {"venue:XV", "session:VENUE"}};
    CHECK(grouped(w) == first);
    w.restart();
    CHECK(grouped(w) == first);
    w.settings.accounts[0].desk = "";
    w.settings.accounts[1].desk = "macro";
    w.restart();
    auto all = first;
    all.emplace_back("account:A1", "");
    all.emplace_back("account:A2", "desk:macro");
    CHECK(grouped(w) == all);
}

TEST(rate_of_a_desk_counts_its_accounts_together_and_no_other) {
    World w(with_desks());
    w.up();
    CHECK_EQ(set(w, LimitKind::message_rate, "desk:equities", "", 3, minute), std::string());
    CHECK(submit(w, "a", "A1").denial == DenialCode::unspecified);
    CHECK(submit(w, "b", "B1").denial == DenialCode::unspecified);
    CHECK(submit(w, "c", "A2").denial == DenialCode::unspecified);
    CHECK(submit(w, "d", "A1").denial == DenialCode::unspecified);
    const Answer denied = submit(w, "e", "B1");
    CHECK(denied.denial == DenialCode::message_rate);
    CHECK_EQ(denied.level, std::string("desk:equities"));
    CHECK(submit(w, "f", "A2").denial == DenialCode::unspecified);
}

TEST(what_a_desk_has_sent_outlives_a_crash_also_under_a_configuration_without_desks) {
    World w(with_desks());
    w.up();
    CHECK_EQ(set(w, LimitKind::accumulated_quantity, "desk:equities", "10", 0, hour), std::string());
    CHECK(submit(w, "a", "A1", "4").denial == DenialCode::unspecified);
    CHECK(submit(w, "b", "B1", "4").denial == DenialCode::unspecified);
    again(w);
    const Answer denied = submit(w, "c", "A1", "3");
    CHECK(denied.denial == DenialCode::accumulated_quantity);
    CHECK_EQ(denied.observed, std::string("11"));
    w.settings.accounts.clear();  // the journal is read back without knowing any desk
    w.crash();
    w.settings = with_desks();
    again(w);
    CHECK_EQ(submit(w, "d", "B1", "3").observed, std::string("11"));
}

TEST(account_that_changes_its_desk_leaves_what_has_come_and_takes_its_positions_along) {
    World w(with_desks());
    w.up();
    CHECK_EQ(set(w, LimitKind::accumulated_quantity, "desk:equities", "10", 0, hour), std::string());
    CHECK(submit(w, "a", "A1", "8").denial == DenialCode::unspecified);
    w.settings.accounts[0].desk = "macro";
    again(w);
    CHECK(submit(w, "b", "A1", "100").denial == DenialCode::unspecified);  // not of that desk any more
    CHECK(submit(w, "c", "B1", "3").denial == DenialCode::accumulated_quantity);
    CHECK(submit(w, "d", "B1", "2").denial == DenialCode::unspecified);
}

TEST(loss_of_a_desk_is_that_of_its_accounts) {
    World w(with_desks());
    w.up();
    CHECK_EQ(set(w, LimitKind::total_loss, "desk:equities", "99"), std::string());
    const auto trade = [&](std::string_view id, std::string_view account, Side side, const char* exec_id,
                           const std::string& price) {
        const Answer answer = submit(w, id, account, "10", price, side);
        REQUIRE(answer.denial == DenialCode::unspecified);
        w.report(answer.cl_ord_id, exec_id, 'F', '2',
                 "32=10|31=" + price + "|14=10|151=0|6=" + price + "|38=10|");
    };
    trade("b1", "A1", Side::buy, "E1", "100");
    trade("b2", "B1", Side::buy, "E2", "100");
    CHECK(w.engine->set_reference_price("ACME", *Decimal::parse("95.1"), w.now).lsn != 0);
    CHECK(submit(w, "fine", "A1", "1", "95").denial == DenialCode::unspecified);
    CHECK(w.engine->set_reference_price("ACME", *Decimal::parse("95"), w.now).lsn != 0);
    const Answer denied = submit(w, "lost", "B1", "1", "95");
    CHECK(denied.denial == DenialCode::loss_limit);
    CHECK_EQ(denied.observed, std::string("100"));
    CHECK(submit(w, "other", "A2", "1", "95").denial == DenialCode::unspecified);
    again(w);
    CHECK(submit(w, "still", "A1", "1", "95").denial == DenialCode::loss_limit);
    // Its loss goes with the account.
    w.settings.accounts[0].desk = "";
    again(w);
    CHECK(submit(w, "half", "B1", "1", "95").denial == DenialCode::unspecified);
}

TEST(rate_of_a_session_counts_all_venues_that_it_leads_to) {
    engine::Settings settings = with_desks();
    settings.venues.push_back({"XW", "VENUE"});
    settings.instruments.push_back({"ZETA", "XW", *Decimal::parse("0.01"), *Decimal::parse("1"),
                                    *Decimal::parse("1"), *Decimal::parse("100")});
    World w(std::move(settings));
    w.up();
    CHECK_EQ(set(w, LimitKind::message_rate, "session:VENUE", "", 2, hour), std::string());
    CHECK(submit(w, "a", "A1").denial == DenialCode::unspecified);
    schema::NewOrder other = World::new_order("b", "1");
    other.instrument = "ZETA";
    CHECK(w.submit(other).denial == DenialCode::unspecified);
    again(w);
    const Answer denied = submit(w, "c", "B1");
    CHECK(denied.denial == DenialCode::message_rate);
    CHECK_EQ(denied.level, std::string("session:VENUE"));
}

TEST(levels_of_groups_that_nothing_is_in_are_refused) {
    World w(with_desks());
    w.up();
    const LimitKind rate = LimitKind::message_rate;
    CHECK(set(w, rate, "desk:none", "", 1, minute).find("not configured") != std::string::npos);
    CHECK(set(w, rate, "session:NONE", "", 1, minute).find("not configured") != std::string::npos);
    CHECK(set(w, rate, "desk:equities", "", 1, minute, "account:A2").find("no order falls under") !=
          std::string::npos);
    CHECK_EQ(set(w, rate, "desk:equities", "", 1, minute, "account:A1"), std::string());
    CHECK_EQ(set(w, rate, "session:VENUE", "", 1, minute, "venue:XV"), std::string());
    CHECK_EQ(set(w, rate, "session:VENUE", "", 1, minute, "instrument:ACME"), std::string());
    // A desk that the journal knows of before, and nobody is of any more.
    w.settings.accounts.clear();
    w.settings.accounts.push_back({"A1", ""});
    w.settings.accounts.push_back({"B1", ""});
    w.restart();
    CHECK(set(w, rate, "desk:equities", "", 1, minute).find("not configured") != std::string::npos);
}

TEST(exposure_of_a_session_is_that_of_its_venues) {
    World w(with_desks());
    w.up();
    CHECK_EQ(set(w, LimitKind::gross_exposure, "session:VENUE", "1000"), std::string());
    CHECK(submit(w, "a", "A1", "6").denial == DenialCode::unspecified);
    CHECK(submit(w, "b", "B1", "5").denial == DenialCode::max_exposure);
    CHECK(submit(w, "c", "B1", "4").denial == DenialCode::unspecified);
}

// --- every kind of level, alone and for what it sums up

namespace {

// ACME is of a class, a currency, a sector and a region; ZETA of the sector alone, and of another class; the
// limits of the configuration hold nothing that is asked here.
engine::Settings with_groups() {
    engine::Settings settings = with_desks();
    settings.limits.clear();
    engine::InstrumentSettings& acme = settings.instruments[0];
    acme.asset_class = "equity";
    acme.currency = "USD";
    acme.sector = "tech";
    acme.region = "us";
    settings.instruments.push_back({"ZETA", "XV", {}, Decimal::from_units(1), {}, Decimal::from_units(100)});
    engine::InstrumentSettings& zeta = settings.instruments.back();
    zeta.asset_class = "future";
    zeta.currency = "EUR";
    zeta.sector = "tech";
    zeta.region = "eu";
    return settings;
}
schema::NewOrder order_in(std::string_view id, std::string_view instrument, std::string_view quantity) {
    schema::NewOrder order = World::new_order(id, quantity, "100");
    order.account = "A1";
    order.instrument = instrument;
    return order;
}

}  // namespace

TEST(limit_stands_on_every_kind_of_level_and_on_pairs_of_them) {
    const std::vector<std::string> levels = {
        "firm",        "desk:equities", "account:A1",      "strategy:s",   "client:alice",
        "venue:XV",    "session:VENUE", "instrument:ACME", "class:equity", "currency:USD",
        "sector:tech", "region:us",     "order_type:LIMIT"};
    int orders = 0;
    for (const std::string& level : levels) {
        for (const std::string& second : levels) {
            if (level == second || level == "firm") continue;
            World w(with_groups());
            w.checks_checkpoints = false;
            w.up();
            const std::string other = second == "firm" ? "" : second;
            CHECK_EQ(set(w, LimitKind::max_order_quantity, level, "10", 0, 0, other), std::string());
            const std::string id = "o" + std::to_string(++orders);
            CHECK(w.submit(order_in(id, "ACME", "10")).denial == DenialCode::unspecified);
            const std::string over = id + "x";
            const Answer denied = w.submit(order_in(over, "ACME", "11"));
            CHECK(denied.denial == DenialCode::max_order_quantity);
            CHECK(denied.level.find(level) != std::string::npos);
            CHECK(denied.level.find(other) != std::string::npos);
        }
    }
}

TEST(group_of_instruments_sums_up_what_is_in_it_and_nothing_else) {
    const auto rest = [](const std::string& level, std::string_view instrument) {
        World w(with_groups());
        w.up();
        CHECK_EQ(set(w, LimitKind::gross_exposure, level, "1000"), std::string());
        CHECK(w.submit(order_in("first", "ACME", "6")).denial == DenialCode::unspecified);
        return w.submit(order_in("second", instrument, "6")).denial;
    };
    CHECK(rest("sector:tech", "ZETA") == DenialCode::max_exposure);  // both are in it
    for (const char* level : {"class:equity", "currency:USD", "region:us", "instrument:ACME"}) {
        CHECK(rest(level, "ZETA") == DenialCode::unspecified);
        CHECK(rest(level, "ACME") == DenialCode::max_exposure);
    }
}

TEST(trading_state_holds_at_every_kind_of_level_and_its_kill_switch_cancels) {
    for (const char* level : {"firm", "desk:equities", "account:A1", "strategy:s", "client:alice", "venue:XV",
                              "session:VENUE", "instrument:ACME", "class:equity", "currency:USD",
                              "sector:tech", "region:us", "order_type:LIMIT"}) {
        World w(with_groups());
        w.up();
        const Answer resting = w.submit(order_in("rests", "ACME", "6"));
        w.report(resting.cl_ord_id, "E1", '0', '0');
        const auto halted =
            w.engine->set_trading_state(level, schema::TradingState::halted, "test", "tester", true, w.now);
        CHECK(halted.lsn != 0);
        CHECK_EQ(halted.cancels, 1U);
        const Answer denied = w.submit(order_in("late", "ACME", "1"));
        CHECK(denied.denial == DenialCode::trading_halted);
        CHECK_EQ(denied.level, std::string(level));
        CHECK(w.replace("larger", resting.order_id, "7").denial == DenialCode::trading_halted);
        again(w);
        CHECK(w.submit(order_in("later", "ACME", "1")).denial == DenialCode::trading_halted);
        (void)w.engine->set_trading_state(level, schema::TradingState::active, "over", "tester", false,
                                          w.now);
        CHECK(w.submit(order_in("again", "ACME", "1")).denial == DenialCode::unspecified);
    }
}

TEST_MAIN
