// Random orders, replaces, fills, busts, cancels, lost answers, crashes, prices and limits, against a model
// that is plain and slow: it goes through its list of orders for every question. The same decisions, the same
// reservations, and nothing reserved when nothing is open.
#include <array>
#include <random>

#include "limits_fixture.hpp"

using namespace gw;
using gw::test::Answer;
using gw::test::LimitsRequest;
using gw::test::World;
using schema::DenialCode;
using schema::LimitKind;

namespace {

using Number = long long;

constexpr std::array<const char*, 2> symbols = {"ACME", "ZETA"};
constexpr std::array<const char*, 2> strategies = {"s", "t"};

// In the order of the checks.
constexpr std::array kinds = {LimitKind::locate,        LimitKind::open_orders,    LimitKind::open_notional,
                              LimitKind::position,      LimitKind::gross_exposure, LimitKind::net_exposure,
                              LimitKind::long_exposure, LimitKind::short_exposure, LimitKind::leverage,
                              LimitKind::margin,        LimitKind::buying_power};
constexpr Number leverage = 2;  // of half the limit's value as capital
constexpr std::array<Number, 2> margin_percents = {100, 200};

DenialCode code_of(LimitKind kind) {
    switch (kind) {
        case LimitKind::open_orders:
            return DenialCode::max_open_orders;
        case LimitKind::open_notional:
            return DenialCode::max_open_notional;
        case LimitKind::position:
            return DenialCode::max_position;
        case LimitKind::buying_power:
            return DenialCode::insufficient_buying_power;
        case LimitKind::locate:
            return DenialCode::no_locate;
        case LimitKind::leverage:
            return DenialCode::max_leverage;
        case LimitKind::margin:
            return DenialCode::insufficient_margin;
        default:
            return DenialCode::max_exposure;
    }
}

struct Terms {
    Number quantity = 0, price = 0;  // price 0: at the market
    std::string cl_ord_id;
};

struct ModelOrder {
    std::uint64_t id = 0;
    bool buys = true, open = true, sells_short = false;
    std::size_t symbol = 0, strategy = 0;
    Terms live;
    std::vector<Terms> pending;
    Number traded = 0;
    std::string last_fill;
    Number last_fill_quantity = 0;

    [[nodiscard]] Terms reserved() const {
        Terms most{open ? std::max<Number>(live.quantity - traded, 0) : 0, live.price, {}};
        for (const Terms& terms : pending) {
            most.quantity = std::max(most.quantity, terms.quantity - traded);
            most.price = std::max(most.price, terms.price);
        }
        if (most.quantity == 0) most.price = 0;
        return most;
    }
};

struct ModelLimit {
    int strategy = -1, symbol = -1;  // -1: any
    LimitKind kind = LimitKind::unspecified;
    Number value = 0;

    [[nodiscard]] bool holds_for(std::size_t in, std::size_t of) const {
        return (strategy < 0 || strategy == static_cast<int>(in)) &&
               (symbol < 0 || symbol == static_cast<int>(of));
    }
};

struct Model {
    std::vector<ModelOrder> orders;
    std::vector<ModelLimit> limits;
    std::array<Number, 2> prices = {100, 50};

    // What the limit measures. For positions: of this symbol, in the direction of an order that buys or not.
    [[nodiscard]] Number measure(const ModelLimit& limit, const std::vector<ModelOrder>& all,
                                 std::size_t symbol, bool buys) const {
        std::array<Number, 2> net{}, buy{}, sell{};
        Number open = 0, notional = 0, sold_short = 0;
        for (const ModelOrder& order : all) {
            if (!limit.holds_for(order.strategy, order.symbol)) continue;
            const Terms held = order.reserved();
            open += order.open ? 1 : 0;
            notional += held.quantity * (held.price != 0 ? held.price : prices[order.symbol]);
            net[order.symbol] += order.buys ? order.traded : -order.traded;
            (order.buys ? buy : sell)[order.symbol] += held.quantity;
            if (order.sells_short && order.symbol == symbol) sold_short += order.traded + held.quantity;
        }
        if (limit.kind == LimitKind::locate) return sold_short;
        if (limit.kind == LimitKind::open_orders) return open;
        if (limit.kind == LimitKind::open_notional) return notional;
        if (limit.kind == LimitKind::position)
            return buys ? net[symbol] + buy[symbol] : sell[symbol] - net[symbol];
        Number gross = 0, margin = 0, up = 0, down = 0, longs = 0, shorts = 0;
        for (std::size_t each = 0; each < symbols.size(); ++each) {
            const Number most = (net[each] + buy[each]) * prices[each];
            const Number least = (net[each] - sell[each]) * prices[each];
            gross += std::max(std::abs(most), std::abs(least));
            margin += std::max(std::abs(most), std::abs(least)) * margin_percents[each] / 100;
            up += most;
            down += least;
            longs += std::max<Number>(most, 0);
            shorts += std::max<Number>(-least, 0);
        }
        switch (limit.kind) {
            case LimitKind::gross_exposure:
            case LimitKind::leverage:
                return gross;
            case LimitKind::margin:
                return margin;
            case LimitKind::net_exposure:
                return std::max(std::abs(up), std::abs(down));
            case LimitKind::short_exposure:
                return shorts;
            default:
                return longs;
        }
    }
    // The code that a change of the orders is denied with, if it is.
    [[nodiscard]] DenialCode decide(const std::vector<ModelOrder>& after, std::size_t changed) const {
        const ModelOrder& order = after[changed];
        for (const LimitKind kind : kinds)
            for (const ModelLimit& limit : limits) {
                if (limit.kind != kind || !limit.holds_for(order.strategy, order.symbol)) continue;
                if (kind == LimitKind::locate && !order.sells_short) continue;
                const Number now = measure(limit, orders, order.symbol, order.buys);
                const Number then = measure(limit, after, order.symbol, order.buys);
                if (then > limit.value && then > now) return code_of(kind);
            }
        return DenialCode::unspecified;
    }
};

class Run {
  public:
    explicit Run(unsigned seed) : random_(seed), world_(settings()) { world_.up(); }

    void play(int steps) {
        set_limits();
        for (int step = 0; step < steps; ++step) {
            world_.now += 1'000'000;
            const Number dice = below(100);
            if (dice < 40)
                submit();
            else if (dice < 55)
                replace();
            else if (dice < 75)
                fill();
            else if (dice < 82)
                answer_replace();
            else if (dice < 90)
                cancel();
            else if (dice < 93)
                bust();
            else if (dice < 96)
                set_limits();
            else if (dice < 98)
                set_price();
            else if (dice < 99)
                lose_answers();
            else
                crash();
            compare();
        }
        for (ModelOrder& order : model_.orders) {
            while (!order.pending.empty()) answer(order, true);
            if (order.open) end(order);
        }
        compare();
        CHECK_EQ(world_.engine->ledger().open_order_count(), 0U);
    }
    [[nodiscard]] int denied() const { return denied_; }
    [[nodiscard]] int passed() const { return passed_; }

  private:
    static engine::Settings settings() {
        engine::Settings made = test::engine_settings();
        const Decimal large = Decimal::from_units(1'000'000'000);
        made.limits[0].limits = {large, large, std::nullopt};
        made.instruments.push_back({"ZETA", "XV", {}, Decimal::from_units(1), {}, Decimal::from_units(50)});
        made.sessions[0].order_status_requests = false;
        made.instruments[0].margin_rate_percent = Decimal::from_units(margin_percents[0]);
        made.instruments.back().margin_rate_percent = Decimal::from_units(margin_percents[1]);
        return made;
    }
    Number below(Number most) { return static_cast<Number>(random_() % static_cast<unsigned long>(most)); }
    ModelOrder* any_open() {
        std::vector<ModelOrder*> open;
        for (ModelOrder& order : model_.orders)
            if (order.open) open.push_back(&order);
        return open.empty() ? nullptr
                            : open[static_cast<std::size_t>(below(static_cast<Number>(open.size())))];
    }
    std::string next_id() { return "x" + std::to_string(++ids_); }

    void judge(DenialCode expected, DenialCode was) {
        CHECK_EQ(std::string(name_of(was)), std::string(name_of(expected)));
        ++(was == DenialCode::unspecified ? passed_ : denied_);
    }

    void submit() {
        ModelOrder order;
        order.buys = below(2) == 0;
        order.sells_short = !order.buys && below(2) == 0;
        order.symbol = static_cast<std::size_t>(below(2));
        order.strategy = static_cast<std::size_t>(below(2));
        order.live.quantity = 1 + below(20);
        order.live.price = below(4) == 0 ? 0 : model_.prices[order.symbol] + below(11) - 5;
        std::vector<ModelOrder> after = model_.orders;
        after.push_back(order);
        const DenialCode expected = model_.decide(after, after.size() - 1);
        const std::string id = next_id(), quantity = std::to_string(order.live.quantity),
                          price = order.live.price == 0 ? "" : std::to_string(order.live.price);
        schema::NewOrder command = World::new_order(id, quantity, price);
        command.instrument = symbols[order.symbol];
        command.strategy = strategies[order.strategy];
        command.side = order.buys          ? schema::Side::buy
                       : order.sells_short ? schema::Side::sell_short
                                           : schema::Side::sell;
        const Answer answer = world_.submit(command);
        judge(expected, answer.denial);
        if (answer.denial != DenialCode::unspecified) return;
        order.id = answer.order_id;
        order.live.cl_ord_id = answer.cl_ord_id;
        model_.orders.push_back(order);
        if (below(3) != 0) report(model_.orders.back(), order.live.cl_ord_id, '0', "");
    }
    void replace() {
        ModelOrder* order = any_open();
        if (order == nullptr || order->pending.size() >= 2) return;
        const Terms& newest = order->pending.empty() ? order->live : order->pending.back();
        Terms wanted = newest;
        wanted.quantity = order->traded + 1 + below(25);
        if (wanted.quantity == newest.quantity) ++wanted.quantity;
        if (wanted.price != 0) wanted.price += below(5) - 2;
        if (wanted.price == 0 && newest.price != 0) return;
        std::vector<ModelOrder> after = model_.orders;
        const auto at = static_cast<std::size_t>(order - model_.orders.data());
        after[at].pending.push_back(wanted);
        const DenialCode expected = model_.decide(after, at);
        const Answer answer = world_.replace(next_id(), order->id, std::to_string(wanted.quantity),
                                             wanted.price == 0 ? "" : std::to_string(wanted.price));
        judge(expected, answer.denial);
        if (answer.denial != DenialCode::unspecified) return;
        wanted.cl_ord_id = answer.cl_ord_id;
        order->pending.push_back(wanted);
    }
    void answer_replace() {
        ModelOrder* order = any_open();
        if (order != nullptr && !order->pending.empty()) answer(*order, below(2) == 0);
    }
    void answer(ModelOrder& order, bool refuse) {
        const Terms first = order.pending.front();
        if (refuse || first.quantity <= order.traded) {
            world_.venue("35=9|37=V" + std::to_string(order.id) + "|11=" + first.cl_ord_id +
                         "|41=" + order.live.cl_ord_id + "|39=0|434=2|102=0|");
            order.pending.erase(order.pending.begin());
            return;
        }
        const std::string original = order.live.cl_ord_id;
        order.pending.erase(order.pending.begin());
        order.live = first;
        report(order, first.cl_ord_id, '5', "41=" + original + "|");
    }
    void fill() {
        ModelOrder* order = any_open();
        if (order == nullptr) return;
        const Number left = order->live.quantity - order->traded;
        // Filled with a replace under way, an order may be opened again: other tests have that.
        const Number most = order->pending.empty() ? left : left - 1;
        if (most < 1) return;
        order->last_fill_quantity = 1 + below(most);
        order->last_fill = "F" + std::to_string(++ids_);
        order->traded += order->last_fill_quantity;
        const Number price = order->live.price != 0 ? order->live.price : model_.prices[order->symbol];
        report(*order, order->live.cl_ord_id, 'F',
               "32=" + std::to_string(order->last_fill_quantity) + "|31=" + std::to_string(price) + "|",
               order->last_fill);
        if (order->traded == order->live.quantity) order->open = false;
    }
    void cancel() {
        ModelOrder* order = any_open();
        if (order == nullptr || !order->pending.empty()) return;
        end(*order);
    }
    void end(ModelOrder& order) {
        order.open = false;
        report(order, order.live.cl_ord_id, '4', "");
    }
    // The last fill of an order that has ended without being filled.
    void bust() {
        for (ModelOrder& order : model_.orders) {
            if (order.open || order.last_fill.empty() || order.traded == order.live.quantity) continue;
            order.traded -= order.last_fill_quantity;
            const std::string busted = std::exchange(order.last_fill, {});
            report(order, order.live.cl_ord_id, 'H',
                   "19=" + busted + "|32=" + std::to_string(order.last_fill_quantity) + "|31=1|",
                   "H" + std::to_string(++ids_));
            return;
        }
    }
    void set_price() {
        const auto symbol = static_cast<std::size_t>(below(2));
        model_.prices[symbol] += below(21) - 10;
        if (model_.prices[symbol] < 10) model_.prices[symbol] = 10;
        CHECK(
            world_.engine
                ->set_reference_price(symbols[symbol], Decimal::from_units(model_.prices[symbol]), world_.now)
                .known);
    }
    void set_limits() {
        LimitsRequest request;
        request.replace_all = true;
        model_.limits.clear();
        const Number count = 1 + below(6);
        for (Number at = 0; at < count; ++at) {
            ModelLimit limit;
            limit.kind = kinds[static_cast<std::size_t>(below(static_cast<Number>(kinds.size())))];
            limit.strategy = below(2) == 0 ? static_cast<int>(below(2)) : -1;
            limit.symbol = below(3) == 0 ? static_cast<int>(below(2)) : -1;
            const bool counts = limit.kind == LimitKind::open_orders;
            const bool quantity = limit.kind == LimitKind::position || limit.kind == LimitKind::locate;
            limit.value = counts ? 3 + below(10) : quantity ? 20 + below(80) : 2'000 + 2 * below(5'000);
            std::string level = "firm", second;
            if (limit.strategy >= 0)
                level = std::string("strategy:") + strategies[static_cast<std::size_t>(limit.strategy)];
            if (limit.symbol >= 0) {
                const std::string symbol =
                    std::string("instrument:") + symbols[static_cast<std::size_t>(limit.symbol)];
                (limit.strategy >= 0 ? second : level) = symbol;
            }
            request.add("l" + std::to_string(at), level, limit.kind,
                        counts ? "" : std::to_string(limit.value), second);
            if (counts) request.count(static_cast<std::uint32_t>(limit.value));
            if (limit.kind == LimitKind::leverage) {
                request.last().value = std::to_string(leverage);
                request.last().capital = std::to_string(limit.value / leverage);
            }
            model_.limits.push_back(limit);
        }
        CHECK_EQ(world_.engine->set_limits(request.bytes(), "tester", world_.now).fault, std::string());
    }
    void lose_answers() {
        world_.engine->disconnected(0, "cut", world_.now);
        world_.log_on();
    }
    void crash() {
        world_.restart();
        world_.log_on();
    }

    void report(const ModelOrder& order, const std::string& cl_ord_id, char exec_type,
                const std::string& more, const std::string& exec_id = "") {
        const bool full = order.traded == order.live.quantity;
        const char status = exec_type == '4' || (exec_type == 'H' && !order.open) ? '4'
                            : full                                                ? '2'
                            : order.traded != 0                                   ? '1'
                                                                                  : '0';
        const Number left = order.open && !full ? order.live.quantity - order.traded : 0;
        std::string body = "35=8|37=V" + std::to_string(order.id) + "|11=" + cl_ord_id +
                           "|17=" + (exec_id.empty() ? "E" + std::to_string(++ids_) : exec_id) +
                           "|150=" + exec_type + "|39=" + status + "|55=" + symbols[order.symbol] +
                           "|54=" + (order.buys ? "1" : "2") + "|38=" + std::to_string(order.live.quantity) +
                           "|14=" + std::to_string(order.traded) + "|151=" + std::to_string(left) + "|";
        if (order.live.price != 0) body += "44=" + std::to_string(order.live.price) + "|";
        world_.venue(body + more);
    }

    void compare() {
        CHECK_EQ(world_.engine->reservation_fault(), std::string());
        for (const ModelOrder& order : model_.orders) {
            const order::Order& ours = world_.order(order.id);
            const Terms held = order.reserved();
            CHECK_EQ(test::show(ours.reserved), std::to_string(held.quantity));
            CHECK_EQ(test::show(ours.reserved_price), std::to_string(held.price));
            CHECK_EQ(ours.open(), order.open);
        }
    }

    std::mt19937 random_;
    World world_;
    Model model_;
    int ids_ = 0, denied_ = 0, passed_ = 0;
};

}  // namespace

TEST(decisions_and_reservations_are_those_of_the_plain_model) {
    int denied = 0, passed = 0;
    for (unsigned seed = 1; seed <= 12; ++seed) {
        Run run(seed);
        run.play(250);
        denied += run.denied();
        passed += run.passed();
    }
    CHECK(denied > 100);  // both sides are played
    CHECK(passed > 100);
}

TEST_MAIN
