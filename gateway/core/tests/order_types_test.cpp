// Order types, times in force and rare terms: on the wire by version and profile, and what is denied.
#include "working_order.hpp"

using namespace gw;
using gw::test::Answer;
using gw::test::World;
using schema::DenialCode;
using schema::OrderType;
using schema::TimeInForce;

namespace {

pb::DecimalText number(const char* text) {
    return pb::DecimalText(*Decimal::parse(text));
}

schema::NewOrder order_of(OrderType type, const char* price = "") {
    schema::NewOrder order = World::new_order("o1", "100", price);
    if (*price == '\0') order.price = {};
    order.order_type = type;
    order.has_terms = true;
    return order;
}

struct Case {
    const char* name;
    schema::NewOrder order;
    const char* version;
    std::vector<const char*> fields;  // in the NewOrderSingle
};

bool has(const std::string& message, const std::string& field) {
    return message.find("|" + field + "|") != std::string::npos;
}

std::vector<Case> cases() {
    std::vector<Case> all;
    schema::NewOrder stop = order_of(OrderType::stop);
    stop.terms.stop_price = number("105");
    all.push_back({"stop", stop, "FIX.4.2", {"40=3", "99=105"}});
    schema::NewOrder stop_limit = order_of(OrderType::stop_limit, "106");
    stop_limit.terms.stop_price = number("105");
    all.push_back({"stop limit", stop_limit, "FIX.4.4", {"40=4", "99=105", "44=106"}});
    all.push_back({"market to limit", order_of(OrderType::market_to_limit), "FIX.4.4", {"40=K"}});
    schema::NewOrder mit = order_of(OrderType::market_if_touched);
    mit.terms.stop_price = number("95");
    all.push_back({"market if touched", mit, "FIX.4.4", {"40=J", "99=95"}});
    schema::NewOrder lit = order_of(OrderType::limit_if_touched, "96");
    lit.terms.stop_price = number("95");
    all.push_back({"limit if touched", lit, "FIXT.1.1", {"40=2", "44=96", "1100=4", "1101=1", "1102=95"}});
    schema::NewOrder trailing = order_of(OrderType::trailing_stop);
    trailing.terms.offset = number("-0.5");
    trailing.terms.offset_type = schema::OffsetType::price;
    all.push_back({"trailing stop", trailing, "FIX.4.4", {"40=P", "18=a", "211=-0.5", "836=0"}});
    schema::NewOrder pegged = order_of(OrderType::pegged, "101");
    pegged.terms.offset = number("0.01");
    pegged.terms.exec_inst = "R";
    all.push_back({"pegged", pegged, "FIX.4.4", {"40=P", "18=R", "211=0.01", "44=101"}});
    schema::NewOrder iceberg = order_of(OrderType::limit, "100");
    iceberg.terms.display_quantity = number("10");
    all.push_back({"iceberg before 5.0", iceberg, "FIX.4.4", {"40=2", "111=10"}});
    all.push_back({"iceberg from 5.0", iceberg, "FIXT.1.1", {"40=2", "1138=10"}});
    schema::NewOrder minimum = order_of(OrderType::limit, "100");
    minimum.terms.min_quantity = number("20");
    minimum.time_in_force = TimeInForce::ioc;
    all.push_back({"minimum quantity", minimum, "FIX.4.4", {"110=20", "59=3"}});
    schema::NewOrder gtd = order_of(OrderType::limit, "100");
    gtd.time_in_force = TimeInForce::gtd;
    gtd.terms.expire_date = "20261231";
    all.push_back({"good till date", gtd, "FIX.4.4", {"59=6", "432=20261231"}});
    gtd.terms.expire_date = {};
    gtd.terms.expire_time_ns = test::start_ns;
    all.push_back({"good till time", gtd, "FIX.4.4", {"59=6", "126=20261121-10:00:00"}});
    for (const auto& [time_in_force, field] :
         {std::pair(TimeInForce::opg, "59=2"), std::pair(TimeInForce::gtx, "59=5"),
          std::pair(TimeInForce::cls, "59=7"), std::pair(TimeInForce::gtc, "59=1")}) {
        schema::NewOrder timed = order_of(OrderType::limit, "100");
        timed.time_in_force = time_in_force;
        all.push_back({field, timed, "FIX.4.4", {"40=2", field}});
    }
    schema::NewOrder close = order_of(OrderType::market);
    close.time_in_force = TimeInForce::cls;
    all.push_back({"market on close in 4.2", close, "FIX.4.2", {"40=5", "59=0"}});
    schema::NewOrder limit_close = order_of(OrderType::limit, "100");
    limit_close.time_in_force = TimeInForce::cls;
    all.push_back({"limit on close in 4.2", limit_close, "FIX.4.2", {"40=B", "59=0"}});
    schema::NewOrder algo = order_of(OrderType::limit, "100");
    algo.terms.target_strategy = "1001";
    algo.terms.target_strategy_parameters = "urgency=high";
    auto* first = algo.terms.strategy_parameters.add();
    first->name = "StartTime";
    first->type = 19;
    first->value = "20261121-14:30:00";
    auto* second = algo.terms.strategy_parameters.add();
    second->name = "Participation";
    second->type = 11;
    second->value = "0.1";
    all.push_back({"broker strategy",
                   algo,
                   "FIXT.1.1",
                   {"847=1001", "848=urgency=high", "957=2", "958=StartTime", "959=19", "958=Participation",
                    "960=0.1"}});
    return all;
}

Answer submitted(const schema::NewOrder& order, const engine::Settings& settings = test::engine_settings()) {
    World w(settings);
    w.up();
    return w.submit(order);
}

}  // namespace

TEST(order_types_and_terms_are_said_as_the_version_says_them) {
    for (const Case& each : cases()) {
        World w(test::engine_settings(each.version));
        w.up();
        const Answer answer = w.submit(each.order);
        if (answer.denial != DenialCode::unspecified)
            test::fail(__FILE__, __LINE__,
                       std::string(each.name) + ": denied " + std::string(name_of(answer.denial)) + " " +
                           answer.limit_name);
        for (const char* field : each.fields)
            if (!has(w.last_sent(), field))
                test::fail(__FILE__, __LINE__,
                           std::string(each.name) + ": no " + field + " in " + w.last_sent());
        // What a restart makes of it is what was held.
        const std::uint64_t hash = w.engine->ledger().state_hash();
        w.crash();
        CHECK_EQ(w.engine->ledger().state_hash(), hash);
    }
}

TEST(replace_says_all_terms_again_and_keeps_those_not_named) {
    World w;
    w.up();
    schema::NewOrder order = order_of(OrderType::stop_limit, "106");
    order.terms.stop_price = number("105");
    order.terms.exec_inst = "G";
    const Answer a = w.submit(order);
    w.report(a.cl_ord_id, "E1", '0', '0', "14=0|");
    schema::ReplaceCommand command;
    command.client_request_id = "r1";
    command.order_id = 1;
    command.has_terms = true;
    command.terms.stop_price = number("104");
    const auto answers =
        w.request(World::framed_command(schema::number::Command::replace, World::encoded(command)));
    CHECK(answers[0].denial == DenialCode::unspecified);
    for (const char* field : {"40=4", "44=106", "99=104", "18=G", "38=100"}) CHECK(has(w.last_sent(), field));
    CHECK_EQ(w.engine->ledger().terms(w.order(1).terms).stop_price, Decimal::from_units(105));
    w.venue("35=8|37=V|11=" + answers[0].cl_ord_id + "|41=" + a.cl_ord_id +
            "|17=E2|150=5|39=0|55=ACME|54=1|38=100|44=106|14=0|");
    CHECK_EQ(w.engine->ledger().terms(w.order(1).terms).stop_price, Decimal::from_units(104));
    // A replace of the price alone says the terms in force.
    const Answer r = w.replace("r2", 1, "", "107");
    CHECK(r.denial == DenialCode::unspecified);
    for (const char* field : {"44=107", "99=104", "18=G"}) CHECK(has(w.last_sent(), field));
}

TEST(order_that_lacks_a_term_or_has_one_too_many_is_denied) {
    schema::NewOrder no_stop = order_of(OrderType::stop);
    CHECK(submitted(no_stop).denial == DenialCode::missing_term);
    CHECK_EQ(submitted(no_stop).limit_name, std::string("stop_price"));
    schema::NewOrder priced = order_of(OrderType::stop, "100");
    priced.terms.stop_price = number("105");
    CHECK(submitted(priced).denial == DenialCode::unexpected_price);
    CHECK(submitted(order_of(OrderType::stop_limit)).denial == DenialCode::missing_price);
    CHECK(submitted(order_of(OrderType::trailing_stop)).denial == DenialCode::missing_term);
    schema::NewOrder gtd = order_of(OrderType::limit, "100");
    gtd.time_in_force = TimeInForce::gtd;
    CHECK(submitted(gtd).denial == DenialCode::missing_term);
    gtd.terms.expire_date = "20261340";
    CHECK(submitted(gtd).denial == DenialCode::invalid_term);
    gtd.terms.expire_date = "20261231";
    gtd.time_in_force = TimeInForce::day;
    CHECK(submitted(gtd).denial == DenialCode::invalid_term);
    schema::NewOrder stray = order_of(OrderType::limit, "100");
    stray.terms.stop_price = number("105");
    CHECK(submitted(stray).denial == DenialCode::invalid_term);
    schema::NewOrder shown = order_of(OrderType::limit, "100");
    shown.terms.display_quantity = number("101");
    CHECK(submitted(shown).denial == DenialCode::invalid_term);
    CHECK_EQ(submitted(shown).allowed, std::string("100"));
    shown.terms.display_quantity = number("-1");
    CHECK(submitted(shown).denial == DenialCode::invalid_term);
    schema::NewOrder wordy = order_of(OrderType::limit, "100");
    wordy.terms.exec_inst = "A B C D E F G H I J K L M";
    CHECK(submitted(wordy).denial == DenialCode::invalid_term);
    wordy.terms.exec_inst = std::string_view(
        "A\x01"
        "18=B",
        6);
    CHECK(submitted(wordy).denial == DenialCode::invalid_term);
}

TEST(what_the_version_cannot_say_is_denied) {
    schema::NewOrder lit = order_of(OrderType::limit_if_touched, "96");
    lit.terms.stop_price = number("95");
    CHECK(submitted(lit).denial == DenialCode::unsupported_order_type);
    CHECK(submitted(order_of(OrderType::market_to_limit), test::engine_settings("FIX.4.2")).denial ==
          DenialCode::unsupported_order_type);
}

TEST(profile_limits_what_a_venue_is_sent) {
    engine::Settings settings = test::engine_settings();
    engine::VenueProfile& profile = settings.venues[0].profile;
    profile.order_types.fill(false);
    profile.order_types[static_cast<std::size_t>(OrderType::limit)] = true;
    profile.times_in_force[static_cast<std::size_t>(TimeInForce::fok)] = false;
    profile.terms[static_cast<std::size_t>(engine::Term::display_quantity)] = false;
    const Answer market = submitted(order_of(OrderType::market), settings);
    CHECK(market.denial == DenialCode::unsupported_order_type);
    CHECK_EQ(market.observed, std::string("MARKET"));
    CHECK_EQ(market.level, std::string("venue:XV"));
    schema::NewOrder fok = order_of(OrderType::limit, "100");
    fok.time_in_force = TimeInForce::fok;
    CHECK(submitted(fok, settings).denial == DenialCode::unsupported_time_in_force);
    schema::NewOrder iceberg = order_of(OrderType::limit, "100");
    iceberg.terms.display_quantity = number("10");
    CHECK(submitted(iceberg, settings).denial == DenialCode::unsupported_term);
    CHECK(submitted(order_of(OrderType::limit, "100"), settings).denial == DenialCode::unspecified);
}

TEST(profile_maps_codes_and_tags_and_adds_fields) {
    engine::Settings settings = test::engine_settings("FIX.4.2");
    engine::VenueProfile& profile = settings.venues[0].profile;
    profile.order_type_codes[static_cast<std::size_t>(OrderType::limit_if_touched)] = "L";
    profile.time_in_force_codes[static_cast<std::size_t>(TimeInForce::day)] = "D";
    profile.tags[static_cast<std::size_t>(engine::Term::stop_price)] = 9002;
    profile.custom_fields.push_back({9001, "DESK1"});
    World w(settings);
    w.up();
    schema::NewOrder lit = order_of(OrderType::limit_if_touched, "96");
    lit.terms.stop_price = number("95");
    CHECK(w.submit(lit).denial == DenialCode::unspecified);
    for (const char* field : {"40=L", "59=D", "9002=95", "44=96", "9001=DESK1"})
        CHECK(has(w.last_sent(), field));
}

TEST(order_without_a_limit_is_measured_at_its_trigger_or_the_reference_price) {
    // Reference price 100, a collar of 20 %, notional at most 50,000.
    engine::Settings settings = test::engine_settings();
    schema::NewOrder stop = order_of(OrderType::stop);
    stop.quantity = number("416");
    stop.terms.stop_price = number("105");  // 416 x 126
    CHECK(submitted(stop, settings).denial == DenialCode::max_order_notional);
    stop.terms.stop_price = number("95");  // 416 x 120
    CHECK(submitted(stop, settings).denial == DenialCode::unspecified);
    stop.quantity = number("417");
    CHECK(submitted(stop, settings).denial == DenialCode::max_order_notional);
    stop.quantity = number("100");
    stop.terms.stop_price = number("95.001");
    CHECK(submitted(stop, settings).denial == DenialCode::price_not_on_tick);
}

TEST(same_id_with_other_terms_is_refused) {
    World w;
    w.up();
    schema::NewOrder stop = order_of(OrderType::stop);
    stop.terms.stop_price = number("105");
    const Answer a = w.submit(stop);
    CHECK(w.submit(stop).duplicate);
    stop.terms.stop_price = number("104");
    CHECK(w.submit(stop).denial == DenialCode::client_request_id_reused);
    CHECK_EQ(w.engine->ledger().order_count(), 1U);
}

TEST(activation_by_the_venue_makes_the_order_work) {
    World w;
    w.up();
    schema::NewOrder stop = order_of(OrderType::stop);
    stop.terms.stop_price = number("105");
    const Answer a = w.submit(stop);
    w.report(a.cl_ord_id, "E1", 'L', '0', "14=0|151=100|38=100|");
    CHECK_EQ(w.status(1), std::string("NEW"));
}

TEST_MAIN
