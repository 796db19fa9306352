// Orders whose time is over by our own clock, and orders that live on over sessions and days.
#include <functional>
#include <list>

#include "working_order.hpp"

using namespace gw;
using engine::DayReset;
using engine::SessionWindow;
using gw::test::Answer;
using gw::test::second;
using gw::test::start_ns;
using gw::test::World;
using schema::TimeInForce;

namespace {

constexpr std::int64_t hour = 3600 * second;
constexpr std::int64_t day = 24 * hour;
constexpr std::uint32_t first_day = 20260101;

// From `start_ns` on, eight hours each day; the second day has a break after four.
engine::Settings scheduled(const std::function<void(engine::VenueProfile&)>& change = {}) {
    engine::Settings settings = test::engine_settings();
    std::vector<SessionWindow> windows{{start_ns, start_ns + 8 * hour, first_day},
                                       {start_ns + day, start_ns + day + 4 * hour, first_day + 1},
                                       {start_ns + day + 5 * hour, start_ns + day + 8 * hour, first_day + 1},
                                       {start_ns + 2 * day, start_ns + 2 * day + 8 * hour, first_day + 2}};
    settings.sessions[0].schedule = {true, DayReset::local, std::move(windows)};
    if (change) change(settings.venues[0].profile);
    return settings;
}

struct Trading : World {
    explicit Trading(engine::Settings with = scheduled()) : World(std::move(with)) {
        start();
        engine->tick(now);
        log_on();
        wire.sent.clear();
    }
    // An order for 100 that the venue has acknowledged.
    Answer order_of(const std::string& id, TimeInForce time_in_force,
                    const std::function<void(schema::NewOrder&)>& change = {}) {
        ids_.push_back(id);
        schema::NewOrder order = new_order(ids_.back());
        order.time_in_force = time_in_force;
        if (change) change(order);
        const Answer answer = submit(order);
        CHECK(answer.denial == schema::DenialCode::unspecified);
        report(answer.cl_ord_id, "N-" + id, '0', '0', "38=100|14=0|151=100|");
        return answer;
    }
    void at(std::int64_t when) {
        now = when;
        engine->tick(now);
    }
    void close(std::int64_t when) {
        at(when);
        venue("35=5|");
        engine->disconnected(0, "logged out", now);
        wire.sent.clear();
    }
    // Numbers start anew with the day.
    void open_day(std::int64_t when) {
        at(when);
        venue_seq = 1;
        log_on();
    }
    void says(const Answer& order, const std::string& exec_id, char status, const std::string& cum) {
        report(order.cl_ord_id, exec_id, 'I', status, "38=100|14=" + cum + "|");
    }
    void same_after_a_crash() {
        const std::uint64_t hash = engine->ledger().state_hash();
        crash();
        CHECK_EQ(engine->ledger().state_hash(), hash);
    }

  private:
    std::list<std::string> ids_;
};

}  // namespace

TEST(day_order_of_which_nothing_was_heard_is_unknown_when_the_day_ends_and_ends_by_the_venues_word) {
    Trading w;
    const Answer a = w.order_of("a", TimeInForce::day);
    const Answer b = w.order_of("b", TimeInForce::day);
    w.close(start_ns + 8 * hour);
    CHECK_EQ(w.status(1), std::string("UNKNOWN"));
    CHECK_EQ(w.status(2), std::string("UNKNOWN"));
    CHECK_EQ(test::show(w.engine->ledger().positions()[1].open_buy), std::string("200"));
    w.open_day(start_ns + day);
    CHECK_EQ(w.sent("35=H|"), 2U);
    w.says(a, "S1", 'C', "0");
    CHECK_EQ(w.status(1), std::string("EXPIRED"));
    w.report(b.cl_ord_id, "F1", 'F', '1', "32=40|31=100|14=40|151=60|");  // it had traded, unseen
    CHECK_EQ(w.status(2), std::string("PARTIALLY_FILLED"));
    w.report(b.cl_ord_id, "X1", 'C', 'C', "38=100|14=40|151=0|");
    CHECK_EQ(w.status(2), std::string("EXPIRED"));
    CHECK_EQ(w.net(), std::string("40"));
    CHECK(w.engine->ledger().positions()[1].open_buy.is_zero());
    w.same_after_a_crash();
}

TEST(day_order_that_the_venue_expires_in_time_is_never_in_doubt) {
    Trading w;
    const Answer a = w.order_of("a", TimeInForce::day);
    w.report(a.cl_ord_id, "X1", 'C', 'C', "38=100|14=0|151=0|");
    w.close(start_ns + 8 * hour);
    CHECK_EQ(w.status(1), std::string("EXPIRED"));
    std::size_t doubts = 0;
    w.for_each_event<schema::OrderUncertain>([&](const auto&) { ++doubts; });
    CHECK_EQ(doubts, 0U);
}

TEST(day_order_lives_through_a_break_of_its_day) {
    Trading w;
    w.close(start_ns + 8 * hour);
    w.open_day(start_ns + day);
    w.order_of("a", TimeInForce::day);
    w.close(start_ns + day + 4 * hour);
    CHECK_EQ(w.status(1), std::string("NEW"));
    w.at(start_ns + day + 5 * hour);
    CHECK_EQ(w.status(1), std::string("NEW"));
}

TEST(day_that_ended_while_the_gateway_was_down_is_seen_when_the_next_begins) {
    Trading w;
    const Answer a = w.order_of("a", TimeInForce::day);
    w.engine->disconnected(0, "cut", w.now);
    w.restart();
    CHECK_EQ(w.status(1), std::string("NEW"));
    w.open_day(start_ns + day + hour);
    CHECK_EQ(w.status(1), std::string("UNKNOWN"));
    CHECK_EQ(w.sent("35=H|"), 1U);
    w.says(a, "S1", 'C', "0");
    CHECK_EQ(w.status(1), std::string("EXPIRED"));
}

TEST(day_order_of_a_venue_whose_day_is_another_is_left_alone) {
    Trading w(scheduled([](auto& profile) { profile.day_orders_end = false; }));
    w.order_of("a", TimeInForce::day);
    w.close(start_ns + 8 * hour);
    w.open_day(start_ns + day);
    CHECK_EQ(w.status(1), std::string("NEW"));
}

TEST(order_good_till_a_date_outlives_days_until_then) {
    Trading w;
    const Answer a = w.order_of("a", TimeInForce::gtd, [](auto& order) {
        order.has_terms = true;
        order.terms.expire_date = "20260102";
    });
    w.close(start_ns + 8 * hour);
    CHECK_EQ(w.status(1), std::string("NEW"));
    w.open_day(start_ns + day);
    w.says(a, "S1", '0', "0");
    w.close(start_ns + day + 4 * hour);
    CHECK_EQ(w.status(1), std::string("NEW"));
    w.at(start_ns + day + 5 * hour);
    w.log_on();
    w.says(a, "S2", '0', "0");
    w.close(start_ns + day + 8 * hour);
    CHECK_EQ(w.status(1), std::string("UNKNOWN"));
    w.open_day(start_ns + 2 * day);
    w.says(a, "S3", 'C', "0");
    CHECK_EQ(w.status(1), std::string("EXPIRED"));
    w.same_after_a_crash();
}

TEST(order_good_till_a_time_is_asked_about_once_it_and_the_venues_grace_are_over) {
    for (const bool restarted : {false, true}) {
        Trading w;
        const Answer a = w.order_of("a", TimeInForce::gtd, [](auto& order) {
            order.has_terms = true;
            order.terms.expire_time_ns = start_ns + 60 * second;
        });
        if (restarted) {
            w.restart();
            w.engine->tick(w.now);
            w.log_on();
            w.says(a, "S0", '0', "0");
            w.wire.sent.clear();
        }
        w.at(start_ns + 69 * second);
        CHECK_EQ(w.status(1), std::string("NEW"));
        CHECK(w.engine->next_deadline_ns() <= start_ns + 70 * second);
        w.venue("35=0|");
        w.at(start_ns + 70 * second);
        CHECK_EQ(w.status(1), std::string("UNKNOWN"));
        w.engine->tick(w.now);
        CHECK_EQ(w.sent("35=H|"), 1U);
        w.says(a, "S1", 'C', "0");
        CHECK_EQ(w.status(1), std::string("EXPIRED"));
    }
}

TEST(order_whose_time_was_replaced_is_not_asked_about_at_the_old_one) {
    Trading w;
    const Answer a = w.order_of("a", TimeInForce::gtd, [](auto& order) {
        order.has_terms = true;
        order.terms.expire_time_ns = start_ns + 60 * second;
    });
    schema::ReplaceCommand command;
    command.client_request_id = "r1";
    command.order_id = 1;
    command.has_terms = true;
    command.terms.expire_time_ns = start_ns + 120 * second;
    const Answer r =
        w.request(World::framed_command(schema::number::Command::replace, World::encoded(command)))[0];
    CHECK(r.denial == schema::DenialCode::unspecified);
    w.report(r.cl_ord_id, "R1", '5', '0', "41=" + a.cl_ord_id + "|38=100|14=0|");
    w.at(start_ns + 20 * second);
    w.venue("35=0|");
    w.at(start_ns + 40 * second);
    w.venue("35=0|");
    w.at(start_ns + 80 * second);
    CHECK_EQ(w.status(1), std::string("NEW"));
    w.venue("35=0|");
    w.at(start_ns + 105 * second);
    w.venue("35=0|");
    w.at(start_ns + 131 * second);
    CHECK_EQ(w.status(1), std::string("UNKNOWN"));
}

TEST(gtc_order_carries_over_sessions_days_and_a_restart) {
    Trading w;
    const Answer a = w.order_of("a", TimeInForce::gtc);
    w.report(a.cl_ord_id, "F1", 'F', '1', "32=30|31=100|14=30|151=70|");
    w.report(a.cl_ord_id, "D1", '3', '3', "38=100|14=30|151=70|");
    CHECK_EQ(w.status(1), std::string("DONE_FOR_DAY"));
    CHECK_EQ(test::show(w.engine->ledger().positions()[1].open_buy), std::string("70"));
    w.close(start_ns + 8 * hour);
    w.open_day(start_ns + day);
    CHECK_EQ(w.sent("35=H|"), 1U);
    w.report(a.cl_ord_id, "D2", 'D', '1', "38=100|14=30|151=70|378=1|");
    CHECK_EQ(w.status(1), std::string("PARTIALLY_FILLED"));
    w.report(a.cl_ord_id, "F2", 'F', '1', "32=20|31=100|14=50|151=50|");
    w.close(start_ns + day + 4 * hour);
    w.same_after_a_crash();
    w.start();
    w.open_day(start_ns + 2 * day);
    CHECK_EQ(w.sent("35=H|"), 1U);
    w.says(a, "S3", '1', "50");
    CHECK_EQ(w.status(1), std::string("PARTIALLY_FILLED"));
    w.report(a.cl_ord_id, "F1", 'F', '1', "32=30|31=100|14=30|151=70|");  // of the first day, once more
    w.report(a.cl_ord_id, "F3", 'F', '2', "32=50|31=100|14=100|151=0|");
    CHECK_EQ(w.status(1), std::string("FILLED"));
    CHECK_EQ(w.net(), std::string("100"));
    CHECK(w.engine->ledger().positions()[1].open_buy.is_zero());
}

TEST_MAIN
