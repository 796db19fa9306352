// Leverage, margin, and limits in money of several currencies.
#include "limits_fixture.hpp"

using namespace gw;
using gw::test::Answer;
using gw::test::LimitsRequest;
using gw::test::second;
using gw::test::World;
using schema::DenialCode;
using schema::LimitKind;

namespace {

constexpr DenialCode none = DenialCode::unspecified;

// ACME in USD at 100, BARE in JPY at 20, limits in USD.
engine::Settings settings_of() {
    engine::Settings settings = test::engine_settings();
    settings.limits.clear();
    settings.instruments[0].currency = "USD";
    settings.instruments[1].currency = "JPY";
    settings.instruments[1].reference_price = *Decimal::parse("20");
    settings.base_currency = "USD";
    settings.rate_max_age_ns = 3600 * second;
    return settings;
}

engine::Settings plain_settings() {
    engine::Settings settings = settings_of();
    settings.base_currency.clear();
    return settings;
}

void set(World& w, const LimitsRequest& request) {
    CHECK_EQ(w.engine->set_limits(request.bytes(), "tester", w.now).fault, std::string());
}

std::string fault(World& w, const LimitsRequest& request) {
    return w.engine->set_limits(request.bytes(), "tester", w.now).fault;
}

void rate(World& w, std::string_view from, std::string_view to, std::string_view value) {
    CHECK(w.engine->set_rate({from, to, *Decimal::parse(value), "desk", w.now}, w.now).lsn != 0);
}

schema::NewOrder order_of(std::string_view id, std::string_view quantity, std::string_view price,
                          std::string_view instrument = "BARE") {
    schema::NewOrder order = World::new_order(id, quantity, price);
    order.instrument = instrument;
    return order;
}

std::string used(World& w, std::string_view name) {
    std::string bytes(64 * 1024, '\0');
    pb::Writer out(bytes);
    w.engine->limit_utilization({}, out);
    pb::Reader in(std::string_view(bytes).substr(0, out.size()));
    while (in.next()) {
        schema::LimitUtilization shown;
        if (!shown.decode(in.bytes()) || shown.name != name) continue;
        std::string value(Decimal::text_size_max, '\0');
        value.resize(shown.value.value.format(value.data()));
        return value;
    }
    return "none";
}

void margin_rate(World& w, std::string_view percent) {
    schema::ReferencePrice update;
    update.instrument = "ACME";
    update.has_references = true;
    update.references.margin_rate_percent = *Decimal::parse(percent);
    std::string said;
    CHECK(w.engine->set_references(update, w.now, said).lsn != 0);
    CHECK_EQ(said, std::string());
}

}  // namespace

TEST(leverage_is_gross_exposure_for_each_unit_of_capital) {
    World w(plain_settings());
    w.up();
    LimitsRequest request;
    request.add("leverage", "account:A1", LimitKind::leverage, "2.5");
    request.last().capital = "1000";
    set(w, request);
    CHECK(w.submit(order_of("a", "25", "100", "ACME")).denial == none);  // 2500
    const Answer over = w.submit(order_of("b", "5", "100", "ACME"));
    CHECK(over.denial == DenialCode::max_leverage);
    CHECK_EQ(over.observed, std::string("3"));
    CHECK_EQ(over.allowed, std::string("2.5"));
    CHECK(w.cancel("c", 1).denial == none);
    request.last().capital = "0";
    CHECK(fault(w, request).find("capital: expected a decimal number above zero") != std::string::npos);
    request.last().capital = "";
    CHECK(fault(w, request).find("capital: expected") != std::string::npos);
    request.last().kind = LimitKind::gross_exposure;
    request.last().capital = "5";
    CHECK(fault(w, request).find("capital: a limit of kind GROSS_EXPOSURE has none") != std::string::npos);
}

TEST(margin_is_the_worst_case_exposure_at_the_rate_of_each_instrument) {
    engine::Settings settings = plain_settings();
    settings.instruments[0].margin_rate_percent = *Decimal::parse("20");
    World w(settings);
    w.up();
    set(w, LimitsRequest().add("margin", "account:A1", LimitKind::margin, "1000"));
    CHECK(w.submit(order_of("none", "1", "20")).denial == DenialCode::no_margin_rate);
    CHECK(w.submit(order_of("a", "40", "100", "ACME")).denial == none);  // 4000 x 20 %
    CHECK_EQ(used(w, "margin"), std::string("800"));
    const Answer over = w.submit(order_of("b", "11", "100", "ACME"));
    CHECK(over.denial == DenialCode::insufficient_margin);
    CHECK_EQ(over.observed, std::string("1020"));
    CHECK(w.submit(order_of("c", "10", "100", "ACME")).denial == none);
    CHECK_EQ(w.engine->reservation_fault(), std::string());
}

TEST(margin_rate_of_a_model_takes_the_place_of_the_configured_one_and_grows_old) {
    engine::Settings settings = plain_settings();
    settings.instruments[0].margin_rate_percent = *Decimal::parse("20");
    World w(settings);
    w.settings.sessions[0].order_status_requests = false;
    w.up();
    LimitsRequest request;
    request.add("margin", "account:A1", LimitKind::margin, "1000").count(0, 5 * second);
    (void)w.engine->set_reference_price("ACME", *Decimal::parse("100"), w.now);
    set(w, request);
    CHECK(w.submit(order_of("a", "40", "100", "ACME")).denial == none);
    margin_rate(w, "30");
    CHECK_EQ(used(w, "margin"), std::string("1200"));  // what is held is margined anew
    CHECK(w.submit(order_of("b", "1", "100", "ACME")).denial == DenialCode::insufficient_margin);
    margin_rate(w, "10");
    CHECK(w.submit(order_of("c", "60", "100", "ACME")).denial == none);
    CHECK_EQ(w.engine->reservation_fault(), std::string());
    w.restart();
    CHECK_EQ(used(w, "margin"), std::string("1000"));
    w.venue_seq = 2;
    w.log_on();
    w.now += 6 * second;
    (void)w.engine->set_reference_price("ACME", *Decimal::parse("100"), w.now);
    CHECK(w.submit(order_of("d", "1", "100", "ACME")).denial == DenialCode::stale_reference_price);
}

TEST(money_of_another_currency_is_converted_for_every_limit_in_money) {
    for (const LimitKind kind : {LimitKind::max_order_notional, LimitKind::open_notional,
                                 LimitKind::gross_exposure, LimitKind::buying_power}) {
        World w(settings_of());
        w.up();
        rate(w, "JPY", "USD", "0.01");
        set(w, LimitsRequest().add("money", "account:A1", kind, "100"));
        CHECK(w.submit(order_of("a", "500", "20")).denial == none);  // 10,000 JPY, 100 USD
        const Answer over = w.submit(order_of("b", "501", "20"));
        CHECK(over.denial != none);
        CHECK_EQ(over.observed, std::string(kind == LimitKind::max_order_notional ? "100.2" : "200.2"));
        CHECK_EQ(w.engine->reservation_fault(), std::string());
    }
}

TEST(new_rate_values_what_is_held_anew_and_the_inverse_of_a_rate_is_one) {
    World w(settings_of());
    w.settings.sessions[0].order_status_requests = false;
    w.up();
    rate(w, "JPY", "USD", "0.01");
    set(w, LimitsRequest()
               .add("gross", "account:A1", LimitKind::gross_exposure, "1000")
               .add("open", "account:A1", LimitKind::open_notional, "1000"));
    CHECK(w.submit(order_of("a", "500", "20")).denial == none);
    CHECK_EQ(used(w, "gross"), std::string("100"));
    w.now += second;
    rate(w, "USD", "JPY", "50");  // 0.02, and newer
    CHECK_EQ(used(w, "gross"), std::string("200"));
    CHECK_EQ(used(w, "open"), std::string("200"));
    CHECK_EQ(w.engine->reservation_fault(), std::string());
    w.restart();
    CHECK_EQ(used(w, "gross"), std::string("200"));
    CHECK_EQ(used(w, "open"), std::string("200"));
}

TEST(rate_that_is_missing_or_too_old_denies_unless_the_limit_says_otherwise) {
    World w(settings_of());
    w.up();
    LimitsRequest request;
    request.add("gross", "account:A1", LimitKind::gross_exposure, "1000");
    request.add("order", "account:A1", LimitKind::max_order_notional, "1000");
    set(w, request);
    CHECK(w.submit(order_of("a", "1", "20")).denial == DenialCode::no_rate);
    CHECK(w.submit(order_of("own", "1", "100", "ACME")).denial == none);
    rate(w, "JPY", "USD", "0.01");
    CHECK(w.submit(order_of("b", "1", "20")).denial == none);
    w.now += 3601 * second;
    const Answer old = w.submit(order_of("c", "1", "20"));
    CHECK(old.denial == DenialCode::stale_rate);
    CHECK_EQ(old.observed, std::string("0.01"));
    for (auto& one : request.limits) one.allow_missing_reference = true;
    set(w, request);
    CHECK(w.submit(order_of("d", "1", "20")).denial == none);
}

TEST(without_a_base_currency_money_is_added_up_as_it_stands) {
    World w(plain_settings());
    w.up();
    set(w, LimitsRequest().add("gross", "account:A1", LimitKind::gross_exposure, "1000"));
    CHECK(w.submit(order_of("a", "50", "20")).denial == none);
    CHECK(w.submit(order_of("b", "1", "100", "ACME")).denial == DenialCode::max_exposure);
}

TEST_MAIN
