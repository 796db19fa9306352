// Whether an order would pass now: the answer is the one that the order gets then, and asking leaves no
// trace.
#include <map>

#include "limits_fixture.hpp"

using namespace gw;
using gw::test::Answer;
using gw::test::LimitsRequest;
using gw::test::World;
using schema::DenialCode;
using schema::LimitKind;

namespace {

struct Checked {
    bool passes = false;
    DenialCode denial = DenialCode::unspecified;
    std::string limit_name, level, observed, allowed, quantity_sent, resized_by;
    std::map<std::string, std::string>
        limits;  // by name: "value of limit, share %"; `!` where it does not hold,
                 // `!!` where it decides
};

Checked check(World& w, const schema::NewOrder& order, std::string_view client = "alice") {
    std::string buffer(64 * 1024, '\0');
    pb::Writer out(buffer);
    CHECK(w.engine->check_order_now(client, World::encoded(order), w.now, out) == engine::CommandError::none);
    namespace field = schema::number::CheckOrderResponse;
    Checked checked;
    pb::Reader in(out.written());
    while (in.next()) {
        if (in.field() == field::passes) {
            checked.passes = in.varint() != 0;
        } else if (in.field() == field::denial) {
            schema::Denial denial;
            CHECK(denial.decode(in.bytes()));
            checked.denial = denial.code;
            checked.limit_name = denial.limit_name;
            checked.level = denial.level;
            checked.observed = denial.observed;
            checked.allowed = denial.allowed;
        } else if (in.field() == field::quantity_sent) {
            checked.quantity_sent = in.bytes();
        } else if (in.field() == field::resized_by) {
            checked.resized_by = in.bytes();
        } else {
            schema::LimitCheck limit;
            CHECK(limit.decode(in.bytes()));
            const auto text = [](const pb::DecimalText& value) {
                return value.ok() ? test::show(value.value) : std::string("-");
            };
            checked.limits[std::string(limit.name)] = std::string(limit.decides ? "!! "
                                                                  : limit.holds ? ""
                                                                                : "! ") +
                                                      text(limit.value) + " of " + text(limit.limit) + ", " +
                                                      text(limit.share_percent) + " %";
        }
    }
    CHECK(in.ok());
    return checked;
}

void set(World& w, const LimitsRequest& request) {
    CHECK_EQ(w.engine->set_limits(request.bytes(), "tester", w.now).fault, std::string());
}

}  // namespace

TEST(check_gives_the_answer_that_the_order_gets_then_and_leaves_no_trace) {
    World w;
    w.up();
    set(w, LimitsRequest()
               .add("quantity", "account:A1", LimitKind::max_order_quantity, "300")
               .add("open", "firm", LimitKind::open_orders, "")
               .count(3)
               .add("position", "instrument:ACME", LimitKind::position, "500", "account:A1")
               .add("closed", "instrument:BARE", LimitKind::restricted, ""));
    std::vector<schema::NewOrder> orders = {
        World::new_order("o1", "100"),         World::new_order("o2", "301"),
        World::new_order("o3", "100", "121"),  World::new_order("o4", "100", "100.001"),
        World::new_order("o5", "300"),         World::new_order("o6", "200"),
        World::new_order("o7", "100", ""),     World::new_order("o8", "1"),
        World::new_order("o9", "nonsense"),    World::new_order("o10", "1"),
        World::new_order("o11", "600", "100"),
    };
    orders[9].instrument = "BARE";
    orders[10].account = "B1";  // not alice's
    std::size_t denied = 0;
    for (const schema::NewOrder& order : orders) {
        const std::uint64_t lsn = w.journal->committed_lsn(), hash = w.engine->state_hash();
        const std::size_t sent = w.wire.sent.size();
        const Checked asked = check(w, order);
        CHECK_EQ(w.journal->committed_lsn(), lsn);
        CHECK_EQ(w.engine->state_hash(), hash);
        CHECK_EQ(w.wire.sent.size(), sent);
        const Answer answer = w.submit(order);
        CHECK_EQ(asked.passes, answer.denial == DenialCode::unspecified);
        CHECK(asked.denial == answer.denial);
        CHECK_EQ(asked.limit_name, answer.limit_name);
        CHECK_EQ(asked.level, answer.level);
        CHECK_EQ(asked.observed, answer.observed);
        CHECK_EQ(asked.allowed, answer.allowed);
        denied += asked.passes ? 0U : 1U;
    }
    CHECK_EQ(denied, std::size_t{8});
}

TEST(check_says_what_every_limit_would_see_and_which_decides) {
    World w;
    w.up();
    set(w, LimitsRequest()
               .add("tight", "account:A1", LimitKind::max_order_quantity, "80")
               .add("loose", "firm", LimitKind::max_order_quantity, "200")
               .add("position", "account:A1", LimitKind::position, "400")
               .add("open", "firm", LimitKind::open_orders, "")
               .count(10)
               .add("other", "account:B1", LimitKind::max_order_quantity, "1"));
    CHECK(w.submit("o1", "50").denial == DenialCode::unspecified);
    const Checked passes = check(w, World::new_order("", "40", "110"));
    CHECK(passes.passes);
    CHECK_EQ(passes.limits.size(),
             std::size_t{7});  // three of the configuration, without the other account's
    CHECK_EQ(passes.limits.at("tight"), std::string("40 of 80, 50 %"));
    CHECK_EQ(passes.limits.at("loose"), std::string("40 of 200, 20 %"));
    CHECK_EQ(passes.limits.at("position"), std::string("90 of 400, 22.5 %"));
    CHECK_EQ(passes.limits.at("open"), std::string("2 of 10, 20 %"));
    CHECK_EQ(passes.limits.at("max_order_notional"), std::string("4400 of 50000, 8.8 %"));
    CHECK_EQ(passes.limits.at("price_collar_percent"), std::string("10 of 20, 50 %"));

    const Checked denied = check(w, World::new_order("", "250"));
    CHECK(denied.denial == DenialCode::max_order_quantity);
    CHECK_EQ(denied.limits.at("tight"), std::string("!! 250 of 80, 312.5 %"));
    CHECK_EQ(denied.limits.at("loose"), std::string("! 250 of 200, 125 %"));
    CHECK_EQ(denied.limits.at("position"), std::string("300 of 400, 75 %"));
}

TEST(check_says_how_much_a_limit_would_leave) {
    World w;
    w.up();
    set(w, LimitsRequest()
               .add("tight", "account:A1", LimitKind::max_order_quantity, "80")
               .action(schema::LimitAction::resize));
    const schema::NewOrder order = World::new_order("o1", "100");
    const Checked asked = check(w, order);
    CHECK(asked.passes);
    CHECK_EQ(asked.quantity_sent + " by " + asked.resized_by, std::string("80 by tight"));
    const Answer answer = w.submit(order);
    CHECK_EQ(test::show(w.engine->ledger().order(answer.order_id).quantity), std::string("80"));

    schema::NewOrder shown = World::new_order("o2", "100");
    shown.has_terms = true;
    shown.terms.display_quantity = Decimal::from_units(10);
    const Checked denied = check(w, shown);
    CHECK(denied.denial == DenialCode::max_order_quantity);  // how much is shown would not go with less
    CHECK(denied.resized_by.empty());
}

TEST(check_shows_limits_while_the_session_is_away_and_refuses_what_is_no_order) {
    World w;
    w.start();  // not logged on
    const Checked away = check(w, World::new_order("", "100"));
    CHECK(away.denial == DenialCode::session_not_ready);
    CHECK_EQ(away.limits.size(), std::size_t{3});
    const Checked invalid = check(w, World::new_order("", "-1"));
    CHECK(invalid.denial == DenialCode::invalid_quantity);
    CHECK(invalid.limits.empty());
    std::string buffer(1024, '\0');
    pb::Writer out(buffer);
    CHECK(w.engine->check_order_now("nobody", "", w.now, out) == engine::CommandError::unknown_client);
    CHECK(w.engine->check_order_now("alice", "\xff", w.now, out) == engine::CommandError::not_a_request);
}

TEST_MAIN
