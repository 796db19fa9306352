// What an instrument allows: the largest quantity, its last day, its trading hours, and halts by its venue.
#include "engine_fixture.hpp"

using namespace gw;
using gw::test::Answer;
using gw::test::second;
using gw::test::World;
using schema::DenialCode;

namespace {

constexpr DenialCode none = DenialCode::unspecified;
constexpr std::int64_t hour = 3600 * second;

engine::Settings settings_of(void (*change)(engine::Settings&)) {
    engine::Settings settings = test::engine_settings();
    change(settings);
    return settings;
}

std::string status_message(int status, const std::string& symbol = "ACME") {
    return "35=f|55=" + symbol + "|326=" + std::to_string(status) + "|58=news pending|";
}

}  // namespace

TEST(quantity_above_the_maximum_of_the_instrument_is_denied) {
    World w(settings_of([](engine::Settings& s) { s.instruments[0].max_quantity = *Decimal::parse("200"); }));
    w.up();
    CHECK(w.submit("at", "200").denial == none);
    const Answer over = w.submit("over", "201");
    CHECK(over.denial == DenialCode::quantity_above_maximum);
    CHECK_EQ(over.limit_name, std::string("max_quantity"));
    CHECK_EQ(over.level, std::string("instrument:ACME"));
    CHECK_EQ(over.observed, std::string("201"));
    CHECK_EQ(over.allowed, std::string("200"));
    CHECK(w.replace("r", 1, "201").denial == DenialCode::quantity_above_maximum);
}

TEST(expired_instrument_takes_no_order_and_no_replace_and_cancels_pass) {
    World w(settings_of([](engine::Settings& s) { s.instruments[0].expires_ns = test::start_ns + hour; }));
    w.up();
    CHECK(w.submit("before", "10").denial == none);
    w.now = test::start_ns + hour - 1;
    w.venue("35=0|");
    CHECK(w.submit("last", "10").denial == none);
    w.now += 1;
    w.venue("35=0|");
    CHECK(w.submit("after", "10").denial == DenialCode::instrument_expired);
    CHECK(w.replace("r", 1, "11").denial == DenialCode::instrument_expired);
    CHECK(w.cancel("c", 1).denial == none);
}

TEST(outside_its_hours_an_instrument_takes_no_order_and_cancels_pass) {
    World w(settings_of([](engine::Settings& s) {
        s.trading_hours = {{"day", {{test::start_ns + hour, test::start_ns + 2 * hour, 20260302}}}};
        s.instruments[0].trading_hours = "day";
    }));
    w.up();
    const auto at = [&](std::int64_t now, const std::string& id) {
        w.now = now;
        w.venue("35=0|");
        return w.submit(id, "10");
    };
    const Answer early = at(test::start_ns + hour - 1, "early");
    CHECK(early.denial == DenialCode::instrument_not_trading);
    CHECK_EQ(early.limit_name, std::string("trading_hours"));
    const Answer open = at(test::start_ns + hour, "open");
    CHECK(open.denial == none);
    CHECK(at(test::start_ns + 2 * hour - 1, "last").denial == none);
    CHECK(at(test::start_ns + 2 * hour, "late").denial == DenialCode::instrument_not_trading);
    CHECK(w.replace("r", open.order_id, "11").denial == DenialCode::instrument_not_trading);
    CHECK(w.cancel("c", open.order_id).denial == none);
    // More of them become known.
    CHECK(w.engine->set_trading_hours("day", {{w.now, w.now + hour, 20260303}}));
    CHECK(w.submit("again", "10").denial == none);
    CHECK(!w.engine->set_trading_hours("night", {}));
    CHECK(!w.engine->set_trading_hours("day", {{5, 5, 1}}));
    CHECK(w.submit("still", "10").denial == none);
}

TEST(venue_halts_and_resumes_an_instrument) {
    World w;
    w.up();
    const Answer before = w.submit("before", "10");
    w.venue(status_message(2));
    const Answer halted = w.submit("halted", "10");
    CHECK(halted.denial == DenialCode::instrument_not_trading);
    CHECK_EQ(halted.limit_name, std::string("security_status"));
    CHECK(w.replace("r", before.order_id, "11").denial == DenialCode::instrument_not_trading);
    CHECK(w.cancel("c", before.order_id).denial == none);
    w.venue(status_message(7));          // an imbalance changes nothing
    w.venue(status_message(3, "NONE"));  // and so does another instrument
    CHECK(w.submit("still", "10").denial == DenialCode::instrument_not_trading);
    w.venue(status_message(3));
    CHECK(w.submit("resumed", "10").denial == none);
    CHECK_EQ(w.sent("35=j"), 0U);
}

TEST(halt_by_the_venue_survives_a_restart_and_a_person_can_lift_it) {
    World w;
    w.settings.sessions[0].order_status_requests = false;
    w.up();
    w.venue(status_message(18));
    const std::uint64_t before = w.engine->state_hash();
    w.restart();
    CHECK_EQ(w.engine->state_hash(), before);
    w.venue_seq = 3;
    w.log_on();
    CHECK(w.submit("halted", "10").denial == DenialCode::instrument_not_trading);
    (void)w.engine->set_trading_state("instrument:ACME", schema::TradingState::active, "called them", "ann",
                                      false, w.now);
    CHECK(w.submit("lifted", "10").denial == none);
}

TEST_MAIN
