// A stock split: every position of the instrument at once, and what reads positions stays right.
#include "limits_fixture.hpp"
#include "order/position.hpp"
#include "working_order.hpp"

using namespace gw;
using engine::Split;
using engine::SplitResult;
using engine::SplitVerdict;
using gw::test::LimitsRequest;
using gw::test::Working;
using gw::test::World;
using schema::PositionAdjustmentKind;

namespace {

Decimal number(const char* text) {
    return *Decimal::parse(text);
}
SplitResult split(World& w, const char* new_units, const char* old_units, const char* id = "S1",
                  const char* instrument = "ACME") {
    return w.engine->split_positions(
        {instrument, number(new_units), number(old_units), id, "two for one", "ann"}, w.now);
}
void start(World& w, const char* account, const char* strategy, const char* quantity, const char* price) {
    const auto done = w.engine->adjust_position({PositionAdjustmentKind::start_of_day, account, strategy,
                                                 "ACME", number(quantity), number(price), "statement", "ann"},
                                                w.now);
    CHECK(done.lsn != 0);
}
// net at average price, and what was realised
std::string shown(const World& w, std::uint64_t id) {
    const order::Position& position = w.engine->ledger().positions()[id];
    return test::show(position.net()) + " at " + test::show(order::entry_price(position)) + ", " +
           test::show(*position.realized.to_decimal());
}
std::string reference_price(const World& w) {
    std::string buffer(4096, '\0');
    pb::Writer out(buffer);
    w.engine->reference_prices({}, out);
    pb::Reader in(out.written());
    schema::ReferencePrice price;
    if (!in.next() || !price.decode(in.bytes())) return "none";
    return std::string(price.price.text);
}

}  // namespace

TEST(split_multiplies_every_position_of_the_instrument_and_keeps_what_it_cost) {
    Working w;
    w.trade("E1", "40", "40");
    start(w, "A1", "t", "-30", "90");
    start(w, "B1", "s", "10", "7");
    const SplitResult done = split(w, "2", "1");
    CHECK(done.verdict == SplitVerdict::done);
    CHECK_EQ(done.positions, 3U);
    CHECK_EQ(shown(w, 1), std::string("80 at 50, 0"));
    CHECK_EQ(shown(w, 2), std::string("-60 at 45, 0"));
    CHECK_EQ(shown(w, 3), std::string("20 at 3.5, 0"));
    CHECK_EQ(w.reserved(), std::string("60"));  // the open order's, which its venue restates
    const std::uint64_t hash = w.engine->ledger().state_hash();
    w.crash();
    CHECK_EQ(w.engine->ledger().state_hash(), hash);
    CHECK_EQ(shown(w, 2), std::string("-60 at 45, 0"));
}

TEST(split_is_one_batch_of_the_journal_with_an_event_for_each_position) {
    Working w;
    start(w, "A1", "s", "10", "7");
    start(w, "A1", "t", "20", "7");
    (void)split(w, "3", "2");
    std::size_t events = 0;
    w.for_each_event<schema::PositionAdjusted>([&](const schema::PositionAdjusted& e) {
        if (e.kind != PositionAdjustmentKind::split) return;
        ++events;
        CHECK_EQ(e.batch_row, static_cast<std::uint32_t>(events));
        CHECK_EQ(std::string(e.batch_id), std::string("S1"));
        CHECK_EQ(test::show(e.new_units.value) + ":" + test::show(e.old_units.value), std::string("3:2"));
        CHECK_EQ(std::string(e.changed_by), std::string("ann"));
    });
    CHECK_EQ(events, 2U);
}

TEST(split_with_a_known_id_changes_nothing) {
    Working w;
    start(w, "A1", "s", "10", "8");
    (void)split(w, "2", "1");
    w.restart();
    const std::uint64_t hash = w.engine->state_hash();
    CHECK(split(w, "2", "1").verdict == SplitVerdict::done_before);
    CHECK(split(w, "3", "1").verdict == SplitVerdict::other_split);
    CHECK_EQ(w.engine->state_hash(), hash);
    CHECK(split(w, "2", "1", "S2").verdict == SplitVerdict::done);
    CHECK_EQ(shown(w, 1), std::string("40 at 2, 0"));
}

TEST(reverse_split_keeps_the_fraction_for_a_correction) {
    Working w;
    start(w, "A1", "s", "105", "2");
    (void)split(w, "1", "10");
    CHECK_EQ(shown(w, 1), std::string("10.5 at 20, 0"));
    const auto paid = w.engine->adjust_position({PositionAdjustmentKind::correction, "A1", "s", "ACME",
                                                 number("-0.5"), number("22"), "cash in lieu", "ann"},
                                                w.now);
    CHECK(paid.lsn != 0);
    CHECK_EQ(shown(w, 1), std::string("10 at 20, 1"));
}

TEST(realized_profit_stays_through_a_split_and_a_sale_after_it_uses_the_new_average) {
    Working w;
    w.trade("E1", "40", "40", '1', "100");
    const auto correct = [&w](const char* quantity, const char* price) {
        CHECK(w.engine
                  ->adjust_position({PositionAdjustmentKind::correction, "A1", "s", "ACME", number(quantity),
                                     number(price), "r", "ann"},
                                    w.now)
                  .lsn != 0);
    };
    correct("-10", "110");
    CHECK_EQ(shown(w, 1), std::string("30 at 100, 100"));
    (void)split(w, "2", "1");
    CHECK_EQ(shown(w, 1), std::string("60 at 50, 100"));
    correct("-10", "60");
    CHECK_EQ(shown(w, 1), std::string("50 at 50, 200"));
}

TEST(trade_of_before_a_split_that_is_canceled_after_it_is_taken_out_whole) {
    Working w;
    w.trade("E1", "40", "40", '1', "100");
    w.trade("E2", "20", "60", '1', "130");
    (void)split(w, "2", "1");
    CHECK_EQ(shown(w, 1), std::string("120 at 55, 0"));
    w.report(w.answer.cl_ord_id, "E3", 'H', '1', "19=E2|32=20|31=130|14=40|38=100|");
    CHECK_EQ(shown(w, 1), std::string("80 at 50, 0"));
    const std::uint64_t hash = w.engine->ledger().state_hash();
    w.crash();
    CHECK_EQ(w.engine->ledger().state_hash(), hash);
}

TEST(reference_price_that_was_set_is_divided_and_no_limit_on_losses_is_broken_by_a_split) {
    for (const bool reverse : {false, true}) {
        Working w;
        LimitsRequest request;
        request.add("loss", "account:A1", schema::LimitKind::unrealized_loss, "100")
            .action(schema::LimitAction::halt);
        request.add("down", "account:A1", schema::LimitKind::drawdown, "100")
            .action(schema::LimitAction::halt);
        CHECK_EQ(w.engine->set_limits(request.bytes(), "tester", w.now).fault, std::string());
        start(w, "A1", "s", "100", "100");
        start(w, "A1", "t", "-50", "100");
        CHECK(w.engine->set_reference_price("ACME", number("100.5"), w.now).known);
        CHECK(split(w, reverse ? "1" : "4", reverse ? "4" : "1").verdict == SplitVerdict::done);
        CHECK_EQ(reference_price(w), std::string(reverse ? "402" : "25.125"));
        std::size_t changes = 0;
        w.for_each_event<schema::TradingStateChanged>([&](const auto&) { ++changes; });
        CHECK_EQ(changes, 0U);
        const std::uint64_t hash = w.engine->ledger().state_hash();
        w.restart();
        CHECK_EQ(w.engine->ledger().state_hash(), hash);
        CHECK_EQ(reference_price(w), std::string(reverse ? "402" : "25.125"));
    }
}

TEST(split_of_nothing_or_of_too_much_is_refused_and_changes_nothing) {
    {
        World none;
        none.up();
        CHECK(split(none, "2", "1").verdict == SplitVerdict::no_position);
    }
    Working w;
    const std::uint64_t hash = w.engine->state_hash();
    CHECK(split(w, "2", "1", "S1", "NONE").verdict == SplitVerdict::unknown_instrument);
    start(w, "A1", "s", "90000000000", "0");
    CHECK(split(w, "2", "1").verdict == SplitVerdict::does_not_fit);
    CHECK_EQ(shown(w, 1), std::string("90000000000 at 0, 0"));
    CHECK(split(w, "1", "2").verdict == SplitVerdict::done);  // the id is free still
    CHECK(w.engine->state_hash() != hash);
}

TEST_MAIN
