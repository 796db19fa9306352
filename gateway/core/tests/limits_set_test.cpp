// Limits as they are set: as a whole or not at all, journalled, recovered, and in force at once.
#include "limits_fixture.hpp"

using namespace gw;
using gw::test::Answer;
using gw::test::LimitsRequest;
using gw::test::World;
using schema::DenialCode;
using schema::LimitKind;

namespace {

schema::NewOrder order_of(std::string_view id, std::string_view quantity, std::string_view account,
                          std::string_view strategy) {
    schema::NewOrder order = World::new_order(id, quantity);
    order.account = account;
    order.strategy = strategy;
    return order;
}

std::string fault(World& w, const LimitsRequest& request) {
    return w.engine->set_limits(request.bytes(), "tester", w.now).fault;
}

}  // namespace

TEST(limit_that_was_set_denies_with_its_name_level_value_and_limit) {
    World w;
    w.up();
    const auto result = w.engine->set_limits(
        LimitsRequest().add("acme-size", "instrument:ACME", LimitKind::max_order_quantity, "50").bytes(),
        "tester", w.now);
    CHECK_EQ(result.fault, std::string());
    CHECK_EQ(result.version, 1U);
    CHECK(result.lsn != 0);
    CHECK(w.submit("at", "50").denial == DenialCode::unspecified);
    const Answer over = w.submit("over", "51");
    CHECK(over.denial == DenialCode::max_order_quantity);
    CHECK_EQ(over.limit_name, std::string("acme-size"));
    CHECK_EQ(over.level, std::string("instrument:ACME"));
    CHECK_EQ(over.observed, std::string("51"));
    CHECK_EQ(over.allowed, std::string("50"));
    CHECK_EQ(w.sent("35=D"), 1U);
}

TEST(tightest_of_several_levels_wins) {
    World w;
    w.up();
    CHECK_EQ(fault(w, LimitsRequest()
                          .add("a", "account:A1", LimitKind::max_order_quantity, "60")
                          .add("b", "client:alice", LimitKind::max_order_quantity, "40")
                          .add("c", "order_type:LIMIT", LimitKind::max_order_quantity, "70")),
             std::string());
    CHECK_EQ(w.submit("o", "100").limit_name, std::string("b"));
}

TEST(pair_of_levels_holds_where_both_match_alone) {
    World w;
    w.up();
    CHECK_EQ(fault(w, LimitsRequest().add("pair", "instrument:ACME", LimitKind::max_order_quantity, "5",
                                          "account:A1")),
             std::string());
    const Answer denied = w.submit("o1", "6");
    CHECK_EQ(denied.limit_name, std::string("pair"));
    CHECK_EQ(denied.level, std::string("account:A1+instrument:ACME"));
    CHECK(w.submit(order_of("o2", "6", "B1", "s"), "bob").denial == DenialCode::unspecified);
}

TEST(restricted_instrument_takes_no_order) {
    World w;
    w.up();
    CHECK_EQ(
        fault(w, LimitsRequest().add("list", "instrument:ACME", LimitKind::restricted, "", "strategy:s")),
        std::string());
    CHECK(w.submit("o", "1").denial == DenialCode::restricted);
    CHECK_EQ(fault(w, LimitsRequest().remove("list")), std::string());
    CHECK(w.submit("o2", "1").denial == DenialCode::unspecified);
}

TEST(collar_in_ticks_and_absolute_holds_at_its_edge) {
    World w;
    w.up();
    LimitsRequest request;
    request.add("ticks", "instrument:ACME", LimitKind::price_collar, "10");
    request.last().unit = schema::LimitUnit::ticks;
    CHECK_EQ(fault(w, request), std::string());
    CHECK(w.submit("o1", "1", "100.10").denial == DenialCode::unspecified);
    const Answer over = w.submit("o2", "1", "100.11");
    CHECK(over.denial == DenialCode::price_collar);
    CHECK_EQ(over.observed, std::string("11"));
    CHECK_EQ(over.allowed, std::string("10"));
    LimitsRequest absolute;
    absolute.add("ticks", "instrument:ACME", LimitKind::price_collar, "0.05");
    absolute.last().unit = schema::LimitUnit::absolute;
    CHECK_EQ(fault(w, absolute), std::string());
    CHECK(w.submit("o3", "1", "99.95").denial == DenialCode::unspecified);
    CHECK(w.submit("o4", "1", "99.94").denial == DenialCode::price_collar);
}

TEST(garbage_is_refused_as_a_whole_with_its_place_and_the_limits_in_force_stay) {
    World w;
    w.up();
    CHECK_EQ(fault(w, LimitsRequest().add("kept", "firm", LimitKind::max_order_quantity, "30")),
             std::string());
    const std::uint64_t lsn = w.journal->committed_lsn();
    const std::uint64_t hash = w.engine->state_hash();
    const auto refused = [&](const char* level, LimitKind kind, const char* value, const char* second,
                             const char* place, const char* why) {
        const std::string text = fault(w, LimitsRequest()
                                              .add("good", "firm", LimitKind::max_order_quantity, "1")
                                              .add("bad", level, kind, value, second));
        CHECK(text.starts_with("limits[1] 'bad': " + std::string(place)));
        CHECK(text.find(why) != std::string::npos);
        CHECK_EQ(w.journal->committed_lsn(), lsn);
        CHECK_EQ(w.engine->state_hash(), hash);
    };
    const LimitKind kind = LimitKind::max_order_quantity;
    refused("firm", kind, "-1", "", "value", "'-1'");
    refused("firm", kind, "NaN", "", "value", "'NaN'");
    refused("firm", kind, "99999999999999", "", "value", "11 digits");
    refused("firm", kind, "", "", "value", "nothing");
    refused("firm", LimitKind::restricted, "1", "", "value", "leave it out");
    refused("account:NOBODY", kind, "1", "", "level", "'account:NOBODY' is not configured");
    refused("instrument:NONE", kind, "1", "", "level", "not configured");
    refused("desk:NONE", kind, "1", "", "level", "not configured");
    refused("planet:MARS", kind, "1", "", "level", "expected firm");
    refused("", kind, "1", "", "level", "expected firm");
    refused("account:A1", kind, "1", "account:B1", "second_level", "another kind");
    refused("account:A1", kind, "1", "firm", "second_level", "every order");
    refused("account:B1", kind, "1", "client:alice", "second_level", "no order falls under both");
    refused("firm", LimitKind::unspecified, "1", "", "kind", "UNSPECIFIED");
    CHECK(w.submit("o", "30").denial == DenialCode::unspecified);
    CHECK(w.submit("o2", "31").denial == DenialCode::max_order_quantity);
}

TEST(request_that_contradicts_itself_is_refused) {
    World w;
    w.up();
    CHECK_EQ(fault(w, LimitsRequest().add("a", "firm", LimitKind::max_order_quantity, "30")), std::string());
    CHECK(fault(w, LimitsRequest()
                       .add("b", "firm", LimitKind::max_order_quantity, "1")
                       .add("b", "firm", LimitKind::max_order_quantity, "2"))
              .starts_with("limits[1] 'b': name"));
    CHECK(fault(w, LimitsRequest().remove("nobody")).starts_with("removed[0] 'nobody'"));
    CHECK(fault(w, LimitsRequest().add("a", "firm", LimitKind::max_order_quantity, "1").remove("a"))
              .starts_with("removed[0] 'a'"));
    LimitsRequest stale;
    stale.add("a", "firm", LimitKind::max_order_quantity, "1").expected_version = 7;
    CHECK(fault(w, stale).starts_with("expected_version: version 1 is in force"));
    LimitsRequest silent;
    silent.add("a", "firm", LimitKind::max_order_quantity, "1").reason.clear();
    CHECK(fault(w, silent).starts_with("reason"));
    CHECK(fault(w, LimitsRequest().add("no space", "firm", LimitKind::max_order_quantity, "1"))
              .starts_with("limits[0] 'no space': name"));
}

TEST(event_says_old_new_who_approved_and_why) {
    World w;
    w.up();
    CHECK_EQ(fault(w, LimitsRequest().add("a", "firm", LimitKind::max_order_quantity, "30")), std::string());
    LimitsRequest change;
    change.add("a", "firm", LimitKind::max_order_quantity, "20").reason = "tighter";
    change.approved_by = "second";
    CHECK_EQ(fault(w, change), std::string());
    CHECK_EQ(fault(w, LimitsRequest().remove("a")), std::string());
    std::vector<std::string> seen;
    w.for_each_event<schema::LimitsChanged>([&](const schema::LimitsChanged& event) {
        const schema::LimitChange& made = event.changes[0];
        const auto value = [](bool there, const schema::Limit& limit) {
            return there ? std::string(limit.name) + "=" + test::show(limit.value.value)
                         : std::string("none");
        };
        seen.push_back(std::to_string(event.version) + " " + value(made.has_before, made.before) + " -> " +
                       value(made.has_after, made.after) + " by " + std::string(event.changed_by) + "/" +
                       std::string(event.approved_by) + ": " + std::string(event.reason));
    });
    REQUIRE(seen.size() == 3);
    CHECK_EQ(seen[0], std::string("1 none -> a=30 by tester/: test"));
    CHECK_EQ(seen[1], std::string("2 a=30 -> a=20 by tester/second: tighter"));
    CHECK_EQ(seen[2], std::string("3 a=20 -> none by tester/: test"));
}

TEST(what_changes_nothing_is_not_recorded_and_a_dry_run_changes_nothing) {
    World w;
    w.up();
    const LimitsRequest request = LimitsRequest().add("a", "firm", LimitKind::max_order_quantity, "30");
    LimitsRequest dry = request;
    dry.validate_only = true;
    const std::uint64_t lsn = w.journal->committed_lsn();
    const auto tried = w.engine->set_limits(dry.bytes(), "tester", w.now);
    CHECK_EQ(tried.changed, 1U);
    CHECK_EQ(tried.version, 0U);
    CHECK_EQ(w.journal->committed_lsn(), lsn);
    CHECK_EQ(fault(w, request), std::string());
    const auto again = w.engine->set_limits(request.bytes(), "tester", w.now);
    CHECK_EQ(again.changed, 0U);
    CHECK_EQ(again.version, 1U);
    CHECK_EQ(again.lsn, 0U);
}

TEST(limits_outlive_a_crash_and_stay_as_they_were_at_each_batch) {
    World w;
    w.up();
    CHECK_EQ(fault(w, LimitsRequest()
                          .add("a", "account:A1", LimitKind::max_order_quantity, "30")
                          .add("s", "strategy:never-seen", LimitKind::max_order_quantity, "3")),
             std::string());
    LimitsRequest all;
    all.add("b", "firm", LimitKind::max_order_quantity, "20").replace_all = true;
    CHECK_EQ(fault(w, all), std::string());
    w.restart();
    const auto known = w.engine->set_limits(LimitsRequest().bytes(), "tester", w.now);
    CHECK_EQ(known.version, 2U);
    w.log_on();
    CHECK_EQ(w.submit("o", "21").limit_name, std::string("b"));
}

TEST(change_of_thousands_takes_effect_with_its_last_part_alone) {
    World w;
    w.checks_checkpoints = false;  // here it is done by hand, at a place between the parts
    w.up();
    LimitsRequest many;
    for (int i = 0; i < 1'000; ++i)
        many.add("limit-" + std::to_string(i), "strategy:s" + std::to_string(i),
                 LimitKind::max_order_quantity, "1");
    const std::size_t before = w.batch_count();
    const auto result = w.engine->set_limits(many.bytes(), "tester", w.now);
    CHECK_EQ(result.fault, std::string());
    CHECK_EQ(result.changed, 1'000U);
    const std::size_t batches = w.batch_count() - before;
    REQUIRE(batches > 1);
    CHECK_EQ(w.submit(order_of("o", "2", "A1", "s7")).limit_name, std::string("limit-7"));
    // The process dies before the last batch: none of it was ever in force.
    w.keep_batches(before + batches - 1);
    w.start();
    CHECK_EQ(w.engine->set_limits(LimitsRequest().bytes(), "tester", w.now).version, 0U);
    (void)test::check_checkpoints(w.directory(), w.settings.sizes, 1);
    // And the next change does not bring the parts back.
    CHECK_EQ(fault(w, LimitsRequest().add("a", "firm", LimitKind::max_order_quantity, "9")), std::string());
    w.log_on();
    CHECK(w.submit(order_of("o2", "2", "A1", "s7")).denial == DenialCode::unspecified);
}

TEST_MAIN
