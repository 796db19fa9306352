// Collars against each reference, how old a reference may be, orders without a limit, and shares of the
// volume.
#include "limits_fixture.hpp"

using namespace gw;
using gw::test::Answer;
using gw::test::LimitsRequest;
using gw::test::second;
using gw::test::World;
using schema::DenialCode;
using schema::LimitKind;
using schema::LimitReference;
using schema::LimitUnit;

namespace {

constexpr DenialCode none = DenialCode::unspecified;

// No limits of the configuration: the tests name their own.
engine::Settings bare_settings() {
    engine::Settings settings = test::engine_settings();
    settings.limits.clear();
    return settings;
}

struct Market {
    std::string_view price = {}, bid = {}, ask = {}, close = {}, volume = {}, low = {}, high = {};
    std::int64_t time_ns = 0;

    [[nodiscard]] schema::ReferencePrice update(std::string_view instrument) const {
        const auto text = [](std::string_view value) {
            pb::DecimalText made;
            if (value.empty()) return made;
            made.text = value;
            made.state = Decimal::parse(value, made.value) == Decimal::ParseError::none
                             ? pb::DecimalText::State::ok
                             : pb::DecimalText::State::malformed;
            return made;
        };
        schema::ReferencePrice made;
        made.instrument = instrument;
        made.price = text(price);
        if (!price.empty()) made.as_of_ns = time_ns;
        made.has_references = true;
        made.references.bid = text(bid);
        made.references.ask = text(ask);
        made.references.close = text(close);
        made.references.average_daily_volume = text(volume);
        made.references.price_band_low = text(low);
        made.references.price_band_high = text(high);
        made.references.quoted_at_ns = made.references.closed_at_ns = time_ns;
        made.references.volume_at_ns = made.references.price_band_at_ns = time_ns;
        return made;
    }
};

std::string set(World& w, const Market& market, std::string_view instrument = "ACME") {
    std::string fault;
    const auto result = w.engine->set_references(market.update(instrument), w.now, fault);
    CHECK(fault.empty() == (result.lsn != 0));
    return fault;
}

void limit(World& w, const LimitsRequest& request) {
    CHECK_EQ(w.engine->set_limits(request.bytes(), "tester", w.now).fault, std::string());
}

LimitsRequest collar(LimitReference reference, std::string value, LimitUnit unit = LimitUnit::absolute) {
    LimitsRequest request;
    request.add("collar", "firm", LimitKind::price_collar, std::move(value));
    request.last().reference = reference;
    request.last().unit = unit;
    return request;
}

DenialCode at(World& w, std::string_view id, std::string_view price) {
    return w.submit(id, "1", price).denial;
}

schema::NewOrder market_order(std::string_view id, std::string_view quantity,
                              schema::Side side = schema::Side::buy) {
    schema::NewOrder order = World::new_order(id, quantity, "");
    order.side = side;
    return order;
}

}  // namespace

TEST(collar_against_the_mid_is_measured_between_bid_and_ask) {
    World w(bare_settings());
    w.up();
    limit(w, collar(LimitReference::mid, "1"));
    CHECK(at(w, "none", "100") == DenialCode::no_reference_price);  // the last price is not asked
    CHECK_EQ(set(w, {.bid = "89", .ask = "91"}), std::string());
    CHECK(at(w, "low", "89") == none);
    CHECK(at(w, "high", "91") == none);
    CHECK(at(w, "over", "91.01") == DenialCode::price_collar);
    CHECK(at(w, "under", "88.99") == DenialCode::price_collar);
    CHECK_EQ(set(w, {.ask = "0"}), std::string());  // one side is no middle
    CHECK(at(w, "side", "90") == DenialCode::no_reference_price);
}

TEST(collar_against_the_close_is_static) {
    World w(bare_settings());
    w.up();
    limit(w, collar(LimitReference::close, "10", LimitUnit::percent));
    CHECK_EQ(set(w, {.close = "50"}), std::string());
    CHECK_EQ(set(w, {.price = "60", .bid = "59", .ask = "61"}), std::string());  // the market has moved
    CHECK(at(w, "a", "55") == none);
    const Answer over = w.submit("b", "1", "55.01");
    CHECK(over.denial == DenialCode::price_collar);
    CHECK_EQ(over.observed, std::string("10.02"));
    CHECK_EQ(over.allowed, std::string("10"));
}

TEST(venue_band_holds_at_both_ends_and_may_have_one_alone) {
    World w(bare_settings());
    w.up();
    limit(w, collar(LimitReference::venue_band, "2", LimitUnit::ticks));
    CHECK(at(w, "none", "95") == DenialCode::no_reference_price);
    CHECK_EQ(set(w, {.low = "95", .high = "105"}), std::string());
    CHECK(at(w, "low", "94.98") == none);
    CHECK(at(w, "high", "105.02") == none);
    const Answer under = w.submit("under", "1", "94.97");
    CHECK(under.denial == DenialCode::price_collar);
    CHECK_EQ(under.observed, std::string("3"));
    CHECK(at(w, "over", "105.03") == DenialCode::price_collar);
    CHECK_EQ(set(w, {.low = "0"}), std::string());
    CHECK(at(w, "open", "1") == none);
    CHECK(at(w, "still", "105.03") == DenialCode::price_collar);
}

TEST(reference_older_than_the_window_denies_unless_the_limit_says_otherwise) {
    World w(bare_settings());
    w.up();
    LimitsRequest request = collar(LimitReference::last, "10");
    limit(w, request.count(0, 5 * second));
    CHECK(at(w, "configured", "100") == DenialCode::stale_reference_price);  // nobody knows how old it is
    CHECK_EQ(set(w, {.price = "100"}), std::string());
    w.now += 5 * second;
    CHECK(at(w, "young", "100") == none);
    w.now += 1;
    CHECK(at(w, "old", "100") == DenialCode::stale_reference_price);
    CHECK_EQ(set(w, {.price = "100", .time_ns = w.now - 6 * second}), std::string());  // old at its source
    CHECK(at(w, "late", "100") == DenialCode::stale_reference_price);
    request.last().allow_missing_reference = true;
    limit(w, request);
    CHECK(at(w, "allowed", "100") == none);
    CHECK_EQ(set(w, {.price = "100"}), std::string());
    CHECK(at(w, "held", "111") == DenialCode::price_collar);  // where it is there, it holds
}

TEST(age_is_kept_for_each_reference_of_its_own) {
    World w(bare_settings());
    w.up();
    LimitsRequest request = collar(LimitReference::mid, "10");
    limit(w, request.count(0, 5 * second));
    CHECK_EQ(set(w, {.bid = "99", .ask = "101"}), std::string());
    w.now += 6 * second;
    CHECK_EQ(set(w, {.price = "100"}), std::string());  // says nothing of the quote
    CHECK(at(w, "old", "100") == DenialCode::stale_reference_price);
    CHECK_EQ(set(w, {.bid = "99", .ask = "101"}), std::string());
    CHECK(at(w, "new", "100") == none);
}

TEST(market_order_is_priced_at_the_far_side_plus_the_tightest_collar) {
    World w(bare_settings());
    w.up();
    limit(w, LimitsRequest().add("notional", "firm", LimitKind::max_order_notional, "1000"));
    CHECK(w.submit(market_order("plain", "10")).denial == none);  // 10 x 100, the reference
    CHECK_EQ(set(w, {.price = "100", .bid = "98", .ask = "102"}), std::string());
    const Answer far = w.submit(market_order("far", "10"));
    CHECK(far.denial == DenialCode::max_order_notional);
    CHECK_EQ(far.observed, std::string("1020"));
    CHECK(w.submit(market_order("bid", "10", schema::Side::sell)).denial == none);  // 10 x 98
    LimitsRequest collars = collar(LimitReference::mid, "5");
    collars.add("wide", "account:A1", LimitKind::price_collar, "10");  // of 102
    limit(w, collars);
    const Answer with = w.submit(market_order("with", "10"));
    CHECK_EQ(with.observed, std::string("1070"));
    CHECK_EQ(w.submit(market_order("sell", "10", schema::Side::sell)).observed, std::string("1030"));
    LimitsRequest warning;  // it keeps no price out
    warning.add("narrow", "account:A1", LimitKind::price_collar, "1").action(schema::LimitAction::warn);
    limit(w, warning);
    CHECK_EQ(w.submit(market_order("warned", "10")).observed, std::string("1070"));
    w.now += second;
    CHECK_EQ(set(w, {.price = "90"}), std::string());  // newer than the quote
    CHECK(w.submit(market_order("newer", "10")).denial == none);
    CHECK_EQ(w.submit(market_order("shown", "11")).observed, std::string("1045"));
}

TEST(market_order_is_held_against_exposure_and_buying_power_at_that_price) {
    for (const LimitKind kind : {LimitKind::gross_exposure, LimitKind::long_exposure, LimitKind::net_exposure,
                                 LimitKind::buying_power, LimitKind::open_notional}) {
        World w(bare_settings());
        w.up();
        limit(w, LimitsRequest().add("money", "account:A1", kind, "1000"));
        CHECK_EQ(set(w, {.price = "100", .bid = "98", .ask = "102"}), std::string());
        CHECK_EQ(w.submit(market_order("over", "10")).observed, std::string("1020"));
        CHECK(w.submit(market_order("under", "9")).denial == none);
        // What is open is valued as everything is: at the reference.
        CHECK(w.submit("limited", "1", "100").denial == none);
        CHECK(w.submit("more", "1", "100").denial != none);
    }
}

TEST(order_without_any_price_known_is_denied_unless_the_limit_says_otherwise) {
    World w(bare_settings());
    w.up();
    LimitsRequest request;
    request.add("notional", "firm", LimitKind::max_order_notional, "1000").count(0, 5 * second);
    limit(w, request);
    schema::NewOrder order = market_order("none", "1");
    order.instrument = "BARE";
    CHECK(w.submit(order).denial == DenialCode::no_reference_price);
    CHECK_EQ(set(w, {.ask = "10"}, "BARE"), std::string());
    order.client_order_id = "quoted";
    CHECK(w.submit(order).denial == none);
    w.now += 6 * second;
    order.client_order_id = "stale";
    CHECK(w.submit(order).denial == DenialCode::stale_reference_price);
    request.last().allow_missing_reference = true;
    limit(w, request);
    order.client_order_id = "allowed";
    CHECK(w.submit(order).denial == none);
}

TEST(share_of_the_daily_volume_is_of_one_order) {
    World w(bare_settings());
    w.up();
    LimitsRequest request;
    request.add("share", "instrument:ACME", LimitKind::volume_share, "2.5").count(0, 60 * second);
    limit(w, request);
    CHECK(w.submit("none", "1").denial == DenialCode::no_reference_price);
    CHECK_EQ(set(w, {.volume = "4000"}), std::string());
    CHECK(w.submit("at", "100").denial == none);
    const Answer over = w.submit("over", "101");
    CHECK(over.denial == DenialCode::volume_share);
    CHECK_EQ(over.limit_name, std::string("share"));
    CHECK_EQ(over.observed, std::string("2.525"));
    CHECK_EQ(over.allowed, std::string("2.5"));
    CHECK(w.replace("r", 2, "101").denial == DenialCode::volume_share);
    w.now += 61 * second;
    CHECK(w.submit("old", "1").denial == DenialCode::stale_reference_price);
}

TEST(update_that_is_garbage_is_refused_with_its_field_and_changes_nothing) {
    World w(bare_settings());
    w.up();
    CHECK_EQ(set(w, {.bid = "99", .ask = "101", .low = "90", .high = "110"}), std::string());
    const std::uint64_t before = w.engine->state_hash();
    const auto refused = [&](const Market& market, std::string_view field) {
        const std::string fault = set(w, market);
        if (fault.rfind(field, 0) != 0) std::fprintf(stderr, "fault: %s\n", fault.c_str());
        CHECK(fault.rfind(field, 0) == 0);
    };
    refused({}, "price: ");
    refused({.price = "0"}, "price: ");
    refused({.price = "-1"}, "price: ");
    refused({.price = "NaN"}, "price: ");
    refused({.price = "1", .time_ns = w.now + 61 * second}, "as_of: ");
    refused({.bid = "-1"}, "references.bid: ");
    refused({.volume = "1e9"}, "references.average_daily_volume: ");
    refused({.close = "0.000000001"}, "references.close: ");
    refused({.bid = "101.01"}, "references.bid: expected at most references.ask, which is 101");
    refused({.bid = "5", .ask = "4"}, "references.bid: ");
    refused({.low = "120"}, "references.price_band_low: ");
    refused({.close = "5", .time_ns = w.now + 61 * second}, "references.quoted_at: ");
    refused({.close = "5", .time_ns = -1}, "references.quoted_at: ");
    CHECK_EQ(w.engine->state_hash(), before);
    std::string fault;
    CHECK(!w.engine->set_references(Market{.price = "1"}.update("NOPE"), w.now, fault).known);
}

TEST(references_survive_a_restart_with_their_times) {
    World w(bare_settings());
    w.up();
    LimitsRequest request = collar(LimitReference::venue_band, "0");
    limit(w, request.count(0, 5 * second));
    CHECK_EQ(set(w, {.price = "100",
                     .bid = "99",
                     .ask = "101",
                     .close = "98",
                     .volume = "1000",
                     .low = "95",
                     .high = "105"}),
             std::string());
    const std::uint64_t before = w.engine->state_hash();
    w.restart();
    CHECK_EQ(w.engine->state_hash(), before);
    w.venue_seq = 2;
    w.log_on();
    CHECK(at(w, "over", "106") == DenialCode::price_collar);
    w.now += 6 * second;
    CHECK(at(w, "old", "100") == DenialCode::stale_reference_price);
}

TEST_MAIN
