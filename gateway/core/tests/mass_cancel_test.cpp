// Many cancels as one message, and what follows where the venue does not do it; one question about all
// orders.
#include "engine_fixture.hpp"

using namespace gw;
using engine::MassCancelScope;
using gw::test::Answer;
using gw::test::World;

namespace {

engine::Settings with(std::initializer_list<MassCancelScope> scopes, bool mass_status = false) {
    engine::Settings settings = test::engine_settings();
    for (const MassCancelScope scope : scopes)
        settings.venues[0].profile.mass_cancel[static_cast<std::size_t>(scope)] = true;
    settings.venues[0].profile.mass_status = mass_status;
    return settings;
}

const std::string tells_of_none =
    "35=8|37=NONE|11=NONE|17=0|150=I|39=8|55=ACME|54=1|14=0|151=0|6=0|584=X|911=0|912=Y|";

// Two orders of alice in ACME, one to buy and one to sell, and one of bob.
struct Three : World {
    std::vector<Answer> orders;
    explicit Three(engine::Settings profiled) : World(std::move(profiled)) {
        up();
        if (settings.venues[0].profile.mass_status) venue(tells_of_none);
        orders.push_back(submit("a1"));
        schema::NewOrder sale = new_order("a2");
        sale.side = schema::Side::sell;
        orders.push_back(submit(sale));
        schema::NewOrder other = new_order("b1");
        other.account = "B1";
        orders.push_back(submit(other, "bob"));
        for (const Answer& each : orders) acknowledge(each);
        wire.sent.clear();
    }
    void acknowledge(const Answer& answer) {
        report(answer.cl_ord_id, "N" + answer.cl_ord_id, '0', '0', "38=100|14=0|");
    }
    void canceled(std::size_t at) {
        report(orders[at].cl_ord_id, "C" + orders[at].cl_ord_id, '4', '4', "38=100|14=0|151=0|");
    }
    std::uint32_t kill(const char* level = "firm") {
        return engine->set_trading_state(level, schema::TradingState::halted, "test", "me", true, now)
            .cancels;
    }
    void wait(unsigned seconds) {
        for (unsigned at = 0; at < seconds; ++at) {
            now += test::second;
            engine->tick(now);
        }
    }
    [[nodiscard]] std::string request() const {
        for (const std::string& message : wire.sent) {
            const std::size_t at = message.find("|11=");
            if (message.starts_with("35=q|"))
                return message.substr(at + 4, message.find('|', at + 4) - at - 4);
        }
        return "(none)";
    }
};

}  // namespace

TEST(kill_switch_cancels_by_one_message_where_the_venue_takes_it) {
    Three w(with({MassCancelScope::all}));
    CHECK_EQ(w.kill(), 3U);
    CHECK_EQ(w.wire.sent.size(), 1U);
    CHECK(w.last_sent().starts_with("35=q|"));
    CHECK(w.last_sent().find("|530=7|") != std::string::npos);
    w.venue("35=r|37=M|11=" + w.request() + "|530=7|531=7|533=3|");
    for (std::size_t at = 0; at < 3; ++at) w.canceled(at);
    w.wait(10);
    CHECK_EQ(w.sent("35=F|"), 0U);
    CHECK_EQ(w.engine->ledger().open_order_count(), 0U);
}

TEST(scope_that_holds_an_order_that_is_to_live_is_not_used) {
    Three w(with({MassCancelScope::all, MassCancelScope::instrument, MassCancelScope::account}));
    CHECK_EQ(w.engine->cancel_orders({"alice", {}, {}, {}}, w.now), 2U);
    CHECK_EQ(w.wire.sent.size(), 1U);
    CHECK(w.last_sent().find("|1=A1|") != std::string::npos);  // bob's is in another account

    Three v(with({MassCancelScope::all, MassCancelScope::instrument}));
    CHECK_EQ(v.engine->cancel_orders({"alice", {}, {}, {}}, v.now), 2U);
    CHECK_EQ(v.sent("35=q|"), 0U);
    CHECK_EQ(v.sent("35=F|"), 2U);
}

TEST(instrument_and_side_limit_it) {
    Three w(with({MassCancelScope::instrument}));
    CHECK_EQ(w.kill("instrument:ACME"), 3U);
    CHECK(w.last_sent().find("|530=1|") != std::string::npos);
    CHECK(w.last_sent().find("|55=ACME|") != std::string::npos);

    Three v(with({MassCancelScope::instrument_side}));
    CHECK_EQ(v.kill(), 3U);
    CHECK_EQ(v.sent("35=q|"), 1U);  // two to buy
    CHECK_EQ(v.sent("35=F|"), 1U);  // one to sell: it needs no more
    CHECK(v.wire.sent[0].find("|54=1|") != std::string::npos);
}

TEST(refused_mass_cancel_is_followed_by_single_ones) {
    const auto refuses = [](const std::string& how) {
        Three w(with({MassCancelScope::all}));
        w.kill();
        std::string message = how;
        message.replace(message.find("ID"), 2, w.request());
        w.venue(message);
        w.engine->tick(w.now);
        CHECK_EQ(w.sent("35=F|"), 3U);
        w.wait(20);
        CHECK_EQ(w.sent("35=F|"), 3U);
    };
    refuses("35=r|37=M|11=ID|530=7|531=0|532=99|");
    refuses("35=j|372=q|379=ID|380=3|");
}

TEST(unanswered_mass_cancel_is_followed_by_single_ones) {
    Three w(with({MassCancelScope::all}));
    w.kill();
    w.wait(4);
    CHECK_EQ(w.sent("35=F|"), 0U);
    w.wait(2);
    CHECK_EQ(w.sent("35=F|"), 3U);
}

TEST(what_an_accepted_mass_cancel_leaves_open_is_canceled_singly) {
    Three w(with({MassCancelScope::all}));
    w.kill();
    w.venue("35=r|37=M|11=" + w.request() + "|530=7|531=7|533=2|");
    w.canceled(0);
    w.canceled(2);
    w.wait(3);
    CHECK_EQ(w.sent("35=F|"), 1U);
    CHECK(w.last_sent().find("|41=" + w.orders[1].cl_ord_id + "|") != std::string::npos);
}

TEST(newer_orders_are_left_alone) {
    Three w(with({MassCancelScope::all}));
    w.engine->cancel_orders({"alice", {}, {}, {}}, w.now);  // singly: bob's is there
    w.wire.sent.clear();
    Three v(with({MassCancelScope::account}));
    v.engine->cancel_orders({"alice", {}, {}, {}}, v.now);
    CHECK_EQ(v.sent("35=q|"), 1U);
    const Answer later = v.submit("a3");
    v.acknowledge(later);
    v.canceled(0);
    v.canceled(1);
    v.wait(20);
    CHECK_EQ(v.sent("35=F|"), 0U);
    CHECK_EQ(v.status(later.order_id), std::string("NEW"));
}

TEST(restart_finishes_what_a_mass_cancel_began_and_does_not_send_it_again) {
    Three w(with({MassCancelScope::all}));
    w.kill();
    const std::string request = w.request();
    w.restart();
    w.log_on();
    w.venue("35=2|7=1|16=0|");
    CHECK_EQ(w.sent("35=q|"), 0U);
    w.wait(20);
    CHECK_EQ(w.sent("35=F|"), 3U);
    w.restart();
    w.log_on();
    w.wait(20);
    CHECK_EQ(w.sent("35=F|"), 0U);
    const std::uint64_t hash = w.engine->ledger().state_hash();
    w.crash();
    CHECK_EQ(w.engine->ledger().state_hash(), hash);
    CHECK(request != "(none)");
}

TEST(mass_status_comes_first_and_the_rest_is_asked_about_singly) {
    Three w(with({}, true));
    w.restart();
    w.log_on();
    CHECK_EQ(w.sent("35=AF|"), 1U);
    CHECK_EQ(w.sent("35=H|"), 0U);
    const std::string more = "38=100|14=0|151=100|584=X|911=2|912=";
    w.report(w.orders[0].cl_ord_id, "0", 'I', '0', more + "N|");
    w.report(w.orders[2].cl_ord_id, "0", 'I', '0', more + "Y|");
    CHECK_EQ(w.sent("35=H|"), 1U);
    CHECK(w.last_sent().find("|11=" + w.orders[1].cl_ord_id + "|") != std::string::npos);
    CHECK(w.phase() == schema::SessionState::reconciling);
    w.report(w.orders[1].cl_ord_id, "0", 'I', '0', "38=100|14=0|151=100|");
    CHECK(w.phase() == schema::SessionState::ready);
}

TEST(mass_status_that_is_refused_cut_off_or_tells_of_none_is_followed_by_single_questions) {
    const auto asks_singly = [](const std::string& answer) {
        Three w(with({}, true));
        w.restart();
        w.log_on();
        if (!answer.empty()) w.venue(answer);
        w.wait(6);
        CHECK_EQ(w.sent("35=H|"), 3U);
        CHECK_EQ(w.engine->counters().orphan_executions, 0U);
        for (const Answer& each : w.orders) CHECK_EQ(w.status(each.order_id), std::string("NEW"));
    };
    asks_singly("");
    asks_singly("35=j|372=AF|380=3|");
    asks_singly(tells_of_none);
}

TEST_MAIN
