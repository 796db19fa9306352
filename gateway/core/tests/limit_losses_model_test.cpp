// Losses against a plain model: random trades with what they cost, prices, rates, busts of nothing, starts of
// day and crashes; what every limit sees has to be what the model's own bookkeeping says, in numbers of its
// own kind.
#include <cmath>
#include <map>
#include <random>
#include <tuple>

#include "limits_fixture.hpp"

using namespace gw;
using gw::test::Answer;
using gw::test::LimitsRequest;
using gw::test::World;
using schema::LimitKind;
using schema::Side;

namespace {

using Number = long double;

struct Watched {
    std::string name, level, currency;
    LimitKind kind;
    bool charges;
};

const std::vector<Watched> watched = {
    {"a.realized", "account:A1", "", LimitKind::realized_loss, false},
    {"b.unrealized", "firm", "USD", LimitKind::unrealized_loss, false},
    {"c.total", "account:A1", "EUR", LimitKind::total_loss, true},
    {"d.drawdown", "firm", "USD", LimitKind::drawdown, true},
    {"e.drawdown", "instrument:ZETA", "", LimitKind::drawdown, false},
    {"f.streak", "account:A1", "", LimitKind::loss_streak, false},
    {"g.costs", "instrument:ACME", "", LimitKind::realized_loss, true},
    {"h.total", "instrument:ZETA", "USD", LimitKind::total_loss, true},
};

// One position: what is held, at which average, what was made of it and what it cost.
struct Held {
    Number quantity = 0, average = 0, realized = 0;
    std::map<std::string, Number> costs;  // by currency
};

class Model {
  public:
    std::map<std::string, Number> marks;                            // by instrument
    std::map<std::string, bool> priced;                             // by people, not by trades
    Number eur_in_usd = 0;                                          // 0: nobody knows
    std::map<std::string, Number> high;                             // of drawdowns, by limit
    std::map<std::string, int> streak;                              // by limit
    using Key = std::tuple<std::string, std::string, std::string>;  // account, instrument, strategy
    std::map<Key, Held> positions;

    static std::string currency_of(const std::string& instrument) {
        return instrument == "ACME" ? "USD" : "EUR";
    }
    static Number multiplier_of(const std::string& instrument) { return instrument == "ACME" ? 1 : 5; }

    void trade(const Key& key, Number signed_quantity, Number price, Number cost,
               const std::string& cost_currency) {
        const auto& [account, instrument, strategy] = key;
        Held& held = positions[key];
        Number made = 0;
        const bool adds = held.quantity * signed_quantity >= 0;
        if (adds) {
            const Number all = held.quantity + signed_quantity;
            held.average = (held.quantity * held.average + signed_quantity * price) / all;
            held.quantity = all;
        } else {
            const Number closed = std::min(std::abs(held.quantity), std::abs(signed_quantity));
            made =
                (price - held.average) * (held.quantity > 0 ? closed : -closed) * multiplier_of(instrument);
            const bool turns = std::abs(signed_quantity) > std::abs(held.quantity);
            held.quantity += signed_quantity;
            if (turns) held.average = price;
        }
        held.realized += made;
        held.costs[cost_currency] += cost;
        if (!priced[instrument]) marks[instrument] = price;
        for (const Watched& limit : watched)
            if (limit.kind == LimitKind::loss_streak && covers(limit, account, instrument) && made != 0)
                streak[limit.name] = made < 0 ? streak[limit.name] + 1 : 0;
        look();
    }
    void start_of_day(const std::string& account, const std::string& instrument, Number quantity,
                      Number price) {
        Held& held = positions[{account, instrument, "s"}];
        held = {quantity, price, 0, {}};
        for (const Watched& limit : watched)
            if (limit.kind == LimitKind::drawdown && covers(limit, account, instrument))
                high[limit.name] = total(limit);
        look();
    }
    // Highs rise with whatever has changed.
    void look() {
        for (const Watched& limit : watched)
            if (limit.kind == LimitKind::drawdown)
                high[limit.name] = std::max(high[limit.name], total(limit));
    }
    [[nodiscard]] Number used(const Watched& limit) {
        switch (limit.kind) {
            case LimitKind::realized_loss:
                return std::max<Number>(0, -realized(limit));
            case LimitKind::unrealized_loss:
                return std::max<Number>(0, -unrealized(limit));
            case LimitKind::drawdown:
                return std::max<Number>(0, high[limit.name] - total(limit));
            case LimitKind::loss_streak:
                return streak[limit.name];
            default:
                return std::max<Number>(0, -total(limit));
        }
    }

  private:
    static bool covers(const Watched& limit, const std::string& account, const std::string& instrument) {
        return limit.level == "firm" || limit.level == "account:" + account ||
               limit.level == "instrument:" + instrument;
    }
    [[nodiscard]] Number rate(const std::string& from, const std::string& to) const {
        if (to.empty() || from == to) return 1;
        if (eur_in_usd == 0) return 0;
        return from == "EUR" ? eur_in_usd : 1 / eur_in_usd;
    }
    [[nodiscard]] Number realized(const Watched& limit) const {
        Number sum = 0;
        for (const auto& [key, held] : positions) {
            const auto& [account, instrument, strategy] = key;
            if (!covers(limit, account, instrument)) continue;
            sum += held.realized * rate(currency_of(instrument), limit.currency);
            for (const auto& [currency, cost] : held.costs)
                if (limit.charges) sum -= cost * rate(currency, limit.currency);
        }
        return sum;
    }
    [[nodiscard]] Number unrealized(const Watched& limit) const {
        Number sum = 0;
        for (const auto& [key, held] : positions) {
            const auto& [account, instrument, strategy] = key;
            const auto mark = marks.find(instrument);
            if (!covers(limit, account, instrument) || mark == marks.end() || held.quantity == 0) continue;
            sum += (mark->second - held.average) * held.quantity * multiplier_of(instrument) *
                   rate(currency_of(instrument), limit.currency);
        }
        return sum;
    }
    [[nodiscard]] Number total(const Watched& limit) const { return realized(limit) + unrealized(limit); }
};

engine::Settings settings() {
    engine::Settings made = test::engine_settings();
    made.limits.clear();
    made.instruments[0].currency = "USD";
    made.instruments[0].reference_price.reset();
    made.instruments.push_back(
        {"ZETA", "XV", *Decimal::parse("0.01"), *Decimal::parse("1"), *Decimal::parse("1"), std::nullopt});
    made.instruments.back().currency = "EUR";
    made.instruments.back().multiplier = Decimal::from_units(5);
    made.venues[0].profile.charges = order::ChargePolicy::per_fill;
    return made;
}

class Play {
  public:
    explicit Play(unsigned seed) : w_(settings()), rng_(seed) {
        w_.up();
        LimitsRequest request;
        for (const Watched& limit : watched) {
            const bool counts = limit.kind == LimitKind::loss_streak;
            request.add(limit.name, limit.level, limit.kind, counts ? "" : "1000000000");
            if (counts) request.last().count = 1'000'000;
            request.last().currency = limit.currency;
            request.last().include_charges = limit.charges;
        }
        CHECK_EQ(w_.engine->set_limits(request.bytes(), "tester", w_.now).fault, std::string());
        for (const char* account : {"A1", "B1"})
            for (const char* name : {"ACME", "ZETA"}) start_of_day(account, name, 0, 10'000);
    }
    void step() {
        switch (pick(0, 9)) {
            case 0:
                set_price();
                break;
            case 1:
                set_rate();
                break;
            case 2:
                start_of_day(pick(0, 1) == 0 ? "A1" : "B1", instrument(), pick(-5, 5), pick(9'000, 11'000));
                break;
            case 3:
                if (pick(0, 3) == 0) crash();
                break;
            default:
                trade();
        }
        compare();
    }

  private:
    int pick(int low, int high) { return std::uniform_int_distribution<int>(low, high)(rng_); }
    std::string instrument() { return pick(0, 1) == 0 ? "ACME" : "ZETA"; }
    static std::string cents(int value) {
        const std::string rest = std::to_string(value % 100);
        return std::to_string(value / 100) + "." + (rest.size() == 1 ? "0" : "") + rest;
    }
    void trade() {
        const std::string id = "o" + std::to_string(++orders_), name = instrument();
        const bool first = pick(0, 1) == 0, buys = pick(0, 1) == 0;
        const int quantity = pick(1, 9), price = pick(9'000, 11'000), cost = pick(-50, 300);
        const std::string account = first ? "A1" : "B1", size = std::to_string(quantity);
        const std::string at = cents(price);
        // Now and then of a strategy that never traded before: a position begins with this fill.
        const std::string strategy = pick(0, 2) == 0 ? "s" + std::to_string(pick(1, 40)) : "s";
        schema::NewOrder order = World::new_order(id, size, at);  // views of these
        order.account = account;
        order.strategy = strategy;
        order.instrument = name;
        order.side = buys ? Side::buy : Side::sell;
        const Answer answer = w_.submit(order, first ? "alice" : "bob");
        REQUIRE(answer.denial == schema::DenialCode::unspecified);
        const std::string amount = (cost < 0 ? "-" : "") + cents(std::abs(cost));
        const std::string currency = pick(0, 1) == 0 ? "USD" : "EUR";
        w_.venue("35=8|37=V-" + answer.cl_ord_id + "|11=" + answer.cl_ord_id + "|17=F-" + id +
                 "|150=F|39=2|55=" + name + "|54=" + (buys ? "1" : "2") + "|32=" + size + "|31=" + at +
                 "|14=" + size + "|151=0|6=" + at + "|12=" + amount + "|13=3|479=" + currency + "|");
        model_.trade({account, name, strategy}, buys ? quantity : -quantity, price / Number{100},
                     cost / Number{100}, currency);
    }
    void set_price() {
        const std::string name = instrument();
        const int price = pick(9'000, 11'000);
        CHECK(w_.engine->set_reference_price(name, *Decimal::parse(cents(price)), w_.now).lsn != 0);
        model_.marks[name] = price / Number{100};
        model_.priced[name] = true;
        model_.look();
    }
    void set_rate() {
        const int rate = pick(90, 130);
        const std::string text = cents(rate);
        CHECK(w_.engine->set_rate({"EUR", "USD", *Decimal::parse(text), "test", w_.now}, w_.now).lsn != 0);
        model_.eur_in_usd = rate / Number{100};
        model_.look();
    }
    void start_of_day(const std::string& account, const std::string& name, int quantity, int price) {
        const engine::Engine::Adjustment start{schema::PositionAdjustmentKind::start_of_day,
                                               account,
                                               "s",
                                               name,
                                               Decimal::from_units(quantity),
                                               *Decimal::parse(cents(price)),
                                               "statement",
                                               "ann"};
        CHECK(w_.engine->adjust_position(start, w_.now).lsn != 0);
        model_.start_of_day(account, name, quantity, price / Number{100});
    }
    void crash() {
        w_.restart();
        w_.log_on();
        w_.now += 60'000'000'000;
        w_.engine->tick(w_.now);
    }
    void compare() {
        std::string buffer(64 * 1024, '\0');
        pb::Writer out(buffer);
        w_.engine->limit_utilization("", out);
        std::size_t compared = 0;
        for (pb::Reader in(out.written()); in.next();) {
            schema::LimitUtilization row;
            REQUIRE(row.decode(in.bytes()));
            for (const Watched& limit : watched) {
                if (limit.name != row.name) continue;
                ++compared;
                const Number ours = std::strtold(std::string(row.value.text).c_str(), nullptr);
                const Number theirs = model_.used(limit);
                if (std::abs(ours - theirs) > 1e-4L) {
                    const std::string shown = limit.name + " " + std::to_string(theirs);
                    CHECK_EQ(limit.name + " " + std::string(row.value.text), shown);
                }
            }
        }
        CHECK_EQ(compared, watched.size());
    }

    World w_;
    Model model_;
    std::mt19937 rng_;
    int orders_ = 0;
};

}  // namespace

TEST(losses_are_those_of_a_plain_model_whatever_is_traded_priced_converted_and_recovered) {
    for (unsigned seed = 1; seed <= 6; ++seed) {
        Play play(seed);
        for (int step = 0; step < 120; ++step) play.step();
    }
}

TEST(terms_of_losses_are_refused_where_they_say_nothing) {
    World w;
    w.up();
    const auto fault = [&w](LimitKind kind, const std::string& currency, bool charges) {
        LimitsRequest request;
        request.add("it", "firm", kind, kind == LimitKind::loss_streak ? "" : "1");
        if (kind == LimitKind::loss_streak) request.last().count = 1;
        request.last().currency = currency;
        request.last().include_charges = charges;
        return w.engine->set_limits(request.bytes(), "tester", w.now).fault;
    };
    CHECK_EQ(fault(LimitKind::total_loss, "EUR", true), std::string());
    CHECK(fault(LimitKind::unrealized_loss, "", true).find("include_charges") != std::string::npos);
    CHECK(fault(LimitKind::loss_streak, "", true).find("include_charges") != std::string::npos);
    CHECK(fault(LimitKind::loss_streak, "EUR", false).find("currency") != std::string::npos);
    CHECK(fault(LimitKind::max_order_quantity, "EUR", false).find("currency") != std::string::npos);
    CHECK(fault(LimitKind::total_loss, "eur", false).find("capital letters") != std::string::npos);
    CHECK(fault(LimitKind::total_loss, "ABCDEFGHI", false).find("up to 8") != std::string::npos);
}

TEST(rate_that_makes_a_loss_too_large_halts_with_it) {
    World w(settings());
    w.up();
    LimitsRequest request;
    request.add("it", "firm", LimitKind::total_loss, "100").action(schema::LimitAction::halt);
    request.last().currency = "USD";
    CHECK_EQ(w.engine->set_limits(request.bytes(), "tester", w.now).fault, std::string());
    schema::NewOrder order = World::new_order("b", "10", "100");
    order.instrument = "ZETA";
    const Answer answer = w.submit(order);
    w.venue("35=8|37=V-1|11=" + answer.cl_ord_id +
            "|17=F-1|150=F|39=2|55=ZETA|54=1|32=10|31=100|14=10|151=0|6=100|");
    CHECK(w.engine->set_reference_price("ZETA", *Decimal::parse("98"), w.now).lsn != 0);  // 100 EUR lost
    const auto halted = [&w] {
        schema::NewOrder probe = World::new_order("p", "1", "100");
        probe.client_order_id = "p";
        return w.submit(probe).denial == schema::DenialCode::trading_halted;
    };
    CHECK(w.engine->set_rate({"EUR", "USD", *Decimal::parse("1"), "t", w.now}, w.now).lsn != 0);
    std::size_t states = 0;
    const auto count = [&] {
        states = 0;
        w.for_each_event<schema::TradingStateChanged>([&states](const auto&) { ++states; });
        return states;
    };
    CHECK_EQ(count(), 0U);
    CHECK(w.engine->set_rate({"EUR", "USD", *Decimal::parse("1.01"), "t", w.now}, w.now).lsn != 0);
    CHECK_EQ(count(), 1U);
    CHECK(halted());
}

TEST_MAIN
