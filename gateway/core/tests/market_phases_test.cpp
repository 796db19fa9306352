// Phases of a market's day: which orders pass in each, of a venue and of an instrument.
#include "limits_fixture.hpp"
#include "risk/market_phase.hpp"

using namespace gw;
using gw::test::Answer;
using gw::test::World;
using schema::DenialCode;
using schema::MarketPhase;
using schema::TimeInForce;

namespace {

void set(World& w, const std::string& level, MarketPhase phase) {
    CHECK(w.engine->set_market_phase(level, phase, "test", "tester", w.now).lsn != 0);
}

DenialCode submit(World& w, std::string_view id, TimeInForce time_in_force = TimeInForce::day) {
    schema::NewOrder order = World::new_order(id, "1");
    order.time_in_force = time_in_force;
    return w.submit(order).denial;
}

}  // namespace

TEST(each_phase_takes_what_its_row_says) {
    struct Case {
        MarketPhase phase;
        std::string_view taken;  // d: day, i: IOC, f: FOK, o: at the opening, c: at the close, g: GTC
    };
    constexpr Case cases[] = {
        {MarketPhase::unspecified, "difocg"},  {MarketPhase::closed, ""},
        {MarketPhase::pre_open, "docg"},       {MarketPhase::opening_auction, "docg"},
        {MarketPhase::continuous, "difcg"},    {MarketPhase::intraday_auction, "dcg"},
        {MarketPhase::closing_auction, "dcg"}, {MarketPhase::post_close, ""},
        {static_cast<MarketPhase>(99), ""},
    };
    constexpr std::pair<char, TimeInForce> kinds[] = {
        {'d', TimeInForce::day}, {'i', TimeInForce::ioc}, {'f', TimeInForce::fok},
        {'o', TimeInForce::opg}, {'c', TimeInForce::cls}, {'g', TimeInForce::gtc},
    };
    for (const Case& each : cases)
        for (const auto& [letter, time_in_force] : kinds)
            CHECK_EQ(risk::takes(each.phase, time_in_force),
                     each.taken.find(letter) != std::string_view::npos);
}

TEST(venue_that_is_closed_takes_no_order_and_no_replace_and_cancels_pass) {
    World w;
    w.up();
    const Answer resting = w.submit("rests", "10");
    w.report(resting.cl_ord_id, "E1", '0', '0');
    set(w, "venue:XV", MarketPhase::closed);
    const Answer denied = w.submit("late", "1");
    CHECK(denied.denial == DenialCode::not_in_this_phase);
    CHECK_EQ(denied.limit_name, std::string("market_phase"));
    CHECK_EQ(denied.level, std::string("instrument:ACME"));
    CHECK(w.replace("r", resting.order_id, "5").denial == DenialCode::not_in_this_phase);
    CHECK(w.cancel("c", resting.order_id).denial == DenialCode::unspecified);
}

TEST(phase_of_an_instrument_counts_before_its_venues_until_it_is_taken_back) {
    World w;
    w.up();
    set(w, "venue:XV", MarketPhase::continuous);
    set(w, "instrument:ACME", MarketPhase::intraday_auction);
    CHECK(submit(w, "a", TimeInForce::ioc) == DenialCode::not_in_this_phase);
    CHECK(submit(w, "b") == DenialCode::unspecified);
    set(w, "instrument:ACME", MarketPhase::unspecified);
    CHECK(submit(w, "c", TimeInForce::ioc) == DenialCode::unspecified);
}

TEST(phases_outlive_a_crash_and_are_listed) {
    World w;
    w.up();
    set(w, "venue:XV", MarketPhase::pre_open);
    set(w, "instrument:BARE", MarketPhase::closed);
    w.restart();
    w.log_on();
    CHECK(submit(w, "a", TimeInForce::ioc) == DenialCode::not_in_this_phase);
    std::string buffer(4096, '\0');
    pb::Writer out(buffer);
    w.engine->market_phases(out);
    std::vector<std::string> levels;
    for (pb::Reader in(out.written()); in.next();) {
        schema::MarketPhaseChanged shown;
        REQUIRE(shown.decode(in.bytes()));
        levels.push_back(std::string(shown.level) + " " + std::string(name_of(shown.phase)));
    }
    CHECK(levels == (std::vector<std::string>{"venue:XV PRE_OPEN", "instrument:BARE CLOSED"}));
}

TEST(levels_that_have_no_phases_are_not_known) {
    World w;
    w.up();
    for (const char* level : {"firm", "account:A1", "venue:NONE", "instrument:NONE", ""})
        CHECK(!w.engine->set_market_phase(level, MarketPhase::closed, "t", "t", w.now).known);
}

TEST(venue_says_the_phase_of_an_instrument_by_its_trading_session) {
    World w;
    w.up();
    w.venue("35=f|55=ACME|326=17|336=DAY|625=2|");
    CHECK(submit(w, "a", TimeInForce::ioc) == DenialCode::not_in_this_phase);
    CHECK(submit(w, "b", TimeInForce::opg) != DenialCode::not_in_this_phase);
    std::size_t told = 0;
    w.for_each_event<schema::MarketPhaseChanged>([&](const schema::MarketPhaseChanged& event) {
        ++told;
        CHECK_EQ(std::string(event.level), std::string("instrument:ACME"));
        CHECK_EQ(std::string(event.changed_by), std::string("venue:XV"));
        CHECK(event.phase == MarketPhase::opening_auction);
    });
    CHECK_EQ(told, 1U);
    w.venue("35=f|55=ACME|326=17|336=DAY|625=2|");  // again: nothing new
    w.venue("35=f|55=ACME|326=17|336=DAY|625=7|");  // quiescent: says nothing of what is taken
    CHECK(submit(w, "c", TimeInForce::ioc) == DenialCode::not_in_this_phase);
    w.venue("35=f|55=ACME|326=2|336=DAY|625=3|");  // halted within continuous trading
    CHECK(submit(w, "d") == DenialCode::instrument_not_trading);
    w.venue("35=f|55=ACME|326=3|");
    CHECK(submit(w, "e", TimeInForce::ioc) == DenialCode::unspecified);
}

namespace {

struct Following : World {
    explicit Following(const std::string& trading_session) : World(settings_with(trading_session)) { up(); }
    static engine::Settings settings_with(const std::string& trading_session) {
        engine::Settings settings = test::engine_settings();
        settings.venues[0].profile.trading_session = trading_session;
        return settings;
    }
};
std::vector<std::string> told(const World& w) {
    std::vector<std::string> found;
    w.for_each_event<schema::MarketPhaseChanged>([&](const schema::MarketPhaseChanged& event) {
        found.push_back(std::string(event.level) + " " + std::string(name_of(event.phase)) + " by " +
                        std::string(event.changed_by));
    });
    return found;
}

}  // namespace

TEST(venue_says_its_phase_by_the_trading_session_that_its_profile_names) {
    Following w("DAY");
    CHECK(submit(w, "a", TimeInForce::ioc) == DenialCode::unspecified);
    w.venue("35=h|336=DAY|625=2|340=4|");  // pre-open, in the opening call
    CHECK(submit(w, "b", TimeInForce::ioc) == DenialCode::not_in_this_phase);
    CHECK(submit(w, "c") == DenialCode::unspecified);
    w.venue("35=h|336=DAY|625=2|340=4|");    // again: nothing new
    w.venue("35=h|336=NIGHT|625=3|340=2|");  // another session of the day
    w.venue("35=h|336=DAY|340=6|");          // a request that was rejected says nothing
    w.venue("35=h|336=DAY|340=5|");          // pre-close, of no part that is known
    w.venue("35=h|340=3|");
    CHECK_EQ(told(w).size(), 1U);
    CHECK_EQ(told(w)[0], std::string("venue:XV OPENING_AUCTION by venue:XV"));
    w.venue("35=h|336=DAY|340=2|");
    CHECK(submit(w, "d", TimeInForce::ioc) == DenialCode::unspecified);
    w.venue("35=h|336=DAY|625=3|340=3|");  // closed, whatever part it names
    CHECK(submit(w, "e") == DenialCode::not_in_this_phase);
    CHECK_EQ(told(w).size(), 3U);
    w.restart();
    w.log_on();
    w.now += 60'000'000'000;
    w.engine->tick(w.now);  // the session has given up asking about its orders
    CHECK(submit(w, "f") == DenialCode::not_in_this_phase);
    CHECK_EQ(w.sent("35=j"), 0U);  // it wants no answer
}

TEST(trading_session_that_no_profile_names_says_nothing) {
    Following w("");
    w.venue("35=h|336=DAY|340=3|");
    w.venue("35=h|336=|340=3|");
    CHECK(told(w).empty());
    CHECK(submit(w, "a") == DenialCode::unspecified);
    CHECK_EQ(w.sent("35=j"), 0U);
}

TEST(person_and_venue_say_the_phase_by_turns_and_the_last_word_holds) {
    Following w("DAY");
    w.venue("35=h|336=DAY|340=3|");
    set(w, "venue:XV", MarketPhase::continuous);
    CHECK(submit(w, "a") == DenialCode::unspecified);
    w.venue("35=h|336=DAY|340=3|");
    CHECK(submit(w, "b") == DenialCode::not_in_this_phase);
}

TEST_MAIN
