// What limits remember, against a plain, slow model: every event with its time in a list, and sums over those
// that the window's parts still cover. Random events, checks, changes of terms and restarts.
#include <deque>
#include <memory>

#include "check.hpp"
#include "risk/memory.hpp"

using namespace gw;
using risk::LevelKind;
using risk::LevelNumbers;
using schema::LimitKind;

namespace {

constexpr std::int64_t second_ns = 1'000'000'000;

class Draw {
  public:
    explicit Draw(std::uint64_t seed) : state_(seed * 2 + 1) {}
    std::uint64_t below(std::uint64_t bound) {
        state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
        return (state_ >> 33) % bound;
    }

  private:
    std::uint64_t state_;
};

std::optional<risk::Level> resolve(std::string_view text) {
    const auto parsed = risk::parse_level(text);
    if (!parsed) return std::nullopt;
    if (parsed->first == LevelKind::firm) return risk::Level{};
    return risk::Level{parsed->first, static_cast<std::uint32_t>(parsed->second.back() - '0')};
}

struct Event {
    enum class Kind : std::uint8_t { order, replace, cancel, fill } kind;
    LevelNumbers numbers;
    std::uint64_t fingerprint;
    bool buys;
    std::int64_t quantity, notional, time_ns;
};

// What a limit adds for an event.
risk::Sums amount_of(LimitKind kind, const Event& e) {
    using Kind = Event::Kind;
    const bool asks = e.kind == Kind::order || e.kind == Kind::replace;
    switch (kind) {
        case LimitKind::message_rate:
            return {e.kind != Kind::fill ? 1 : 0, 0};
        case LimitKind::order_to_trade_ratio:
            return {asks ? 1 : 0, e.kind == Kind::fill ? 1 : 0};
        case LimitKind::cancel_ratio:
            return {e.kind == Kind::cancel ? 1 : 0, e.kind == Kind::order ? 1 : 0};
        case LimitKind::repeated_executions:
            return {e.kind == Kind::fill && e.buys ? 1 : 0, e.kind == Kind::fill && !e.buys ? 1 : 0};
        case LimitKind::accumulated_quantity:
            return {asks ? e.quantity : 0, 0};
        case LimitKind::accumulated_notional:
            return {asks ? e.notional : 0, 0};
        default:
            return {};
    }
}

class Model {
  public:
    void set(const risk::LimitSet::Definitions& limits) { limits_ = limits; }
    void take(const Event& event) { events_.push_back(event); }
    // Within the parts that a window of this length is kept in.
    [[nodiscard]] risk::Sums sums(const risk::Definition& limit, std::uint32_t instrument,
                                  std::int64_t now_ns) const {
        const std::int64_t width = (limit.window_ns + 30) / 31;
        risk::Sums sums;
        for (const Event& e : events_) {
            if (now_ns / width - e.time_ns / width >= 32) continue;
            if (!risk::falls_under(e.numbers, *resolve(limit.level))) continue;
            if (instrument != 0 && e.numbers[risk::at(LevelKind::instrument)] != instrument) continue;
            const risk::Sums amount = amount_of(limit.kind, e);
            sums.first += amount.first;
            sums.second += amount.second;
        }
        return sums;
    }
    // Exactly within the window.
    [[nodiscard]] risk::Sums exact(const risk::Definition& limit, std::uint32_t instrument,
                                   std::int64_t now_ns) const {
        risk::Sums sums;
        for (const Event& e : events_) {
            if (now_ns - e.time_ns >= limit.window_ns) continue;
            if (!risk::falls_under(e.numbers, *resolve(limit.level))) continue;
            if (instrument != 0 && e.numbers[risk::at(LevelKind::instrument)] != instrument) continue;
            const risk::Sums amount = amount_of(limit.kind, e);
            sums.first += amount.first;
            sums.second += amount.second;
        }
        return sums;
    }
    [[nodiscard]] std::uint32_t repeated(std::uint64_t fingerprint, std::int64_t window_ns,
                                         std::int64_t now_ns) const {
        std::uint32_t count = 0;
        for (const Event& e : events_)
            count +=
                e.kind == Event::Kind::order && e.fingerprint == fingerprint && now_ns - e.time_ns < window_ns
                    ? 1U
                    : 0U;
        return count;
    }

  private:
    risk::LimitSet::Definitions limits_;
    std::deque<Event> events_;
};

risk::LimitSet::Definitions random_limits(Draw& draw) {
    risk::LimitSet::Definitions limits;
    constexpr std::array kinds = {LimitKind::message_rate,         LimitKind::order_to_trade_ratio,
                                  LimitKind::cancel_ratio,         LimitKind::repeated_executions,
                                  LimitKind::accumulated_quantity, LimitKind::accumulated_notional};
    constexpr std::array levels = {"firm",       "account:1",    "account:2",
                                   "strategy:1", "instrument:1", "client:1"};
    for (const LimitKind kind : kinds)
        for (const char* level : levels) {
            risk::Definition limit;
            limit.name = std::to_string(static_cast<int>(kind)) + level;
            limit.level = level;
            limit.kind = kind;
            limit.count = 1 + static_cast<std::uint32_t>(draw.below(50));
            limit.window_ns = static_cast<std::int64_t>(1 + draw.below(20'000)) * 1'000'000;
            limits.emplace(limit.name, limit);
        }
    risk::Definition twice;
    twice.name = "twice";
    twice.level = "firm";
    twice.kind = LimitKind::duplicate_orders;
    twice.count = 2;
    twice.window_ns = second_ns;
    limits.emplace(twice.name, twice);
    return limits;
}

Event random_event(Draw& draw, std::int64_t now_ns) {
    Event e{};
    e.kind = static_cast<Event::Kind>(draw.below(4));
    e.numbers[risk::at(LevelKind::account)] = 1 + static_cast<std::uint32_t>(draw.below(2));
    e.numbers[risk::at(LevelKind::strategy)] = 1 + static_cast<std::uint32_t>(draw.below(2));
    e.numbers[risk::at(LevelKind::client)] = 1 + static_cast<std::uint32_t>(draw.below(2));
    e.numbers[risk::at(LevelKind::instrument)] = 1 + static_cast<std::uint32_t>(draw.below(3));
    e.fingerprint = 1 + draw.below(5) * 65'536 * (1 + draw.below(2));  // the same place, for different orders
    e.buys = draw.below(2) == 0;
    e.quantity = static_cast<std::int64_t>(1 + draw.below(1'000));
    e.notional = static_cast<std::int64_t>(1 + draw.below(100'000));
    e.time_ns = now_ns;
    return e;
}

void apply(risk::Memory& memory, const Event& e) {
    const Decimal quantity = Decimal::from_raw(e.quantity), notional = Decimal::from_raw(e.notional);
    switch (e.kind) {
        case Event::Kind::order:
            return memory.new_order(e.numbers, e.fingerprint, quantity, notional, e.time_ns);
        case Event::Kind::replace:
            return memory.replace(e.numbers, quantity, notional, e.time_ns);
        case Event::Kind::cancel:
            return memory.cancel(e.numbers, e.time_ns);
        case Event::Kind::fill:
            return memory.fill(e.numbers, e.buys, e.time_ns);
    }
}

void compare(const risk::Memory& memory, const Model& model, const risk::LimitSet::Definitions& limits,
             std::int64_t now_ns) {
    for (const auto& [name, limit] : limits) {
        if (limit.kind == LimitKind::duplicate_orders) continue;
        const std::uint32_t number = memory.number_of(limit);
        CHECK(number != 0);
        const bool cells = limit.kind == LimitKind::accumulated_quantity;
        for (std::uint32_t instrument = cells ? 1 : 0; instrument <= (cells ? 3U : 0U); ++instrument) {
            const risk::Gauge* gauge = cells ? memory.gauge(number, instrument) : &memory.gauge(number);
            const risk::Sums is = gauge == nullptr ? risk::Sums{} : memory.within(*gauge, now_ns);
            const risk::Sums expected = model.sums(limit, instrument, now_ns);
            CHECK_EQ(is.first, expected.first);
            CHECK_EQ(is.second, expected.second);
            const risk::Sums least = model.exact(limit, instrument, now_ns);
            CHECK(is.first >= least.first && is.second >= least.second);  // never less than the window
        }
    }
    for (std::uint64_t at = 0; at < 10; ++at) {
        const std::uint64_t fingerprint = 1 + at % 5 * 65'536 * (1 + at / 5);
        CHECK_EQ(memory.repeated(fingerprint, second_ns, now_ns, 64),
                 std::min(64U, model.repeated(fingerprint, second_ns, now_ns)));
    }
}

}  // namespace

TEST(memory_is_what_a_list_of_all_events_says) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        Draw draw(seed);
        const auto limits = random_limits(draw);
        auto memory = std::make_unique<risk::Memory>();
        memory->compile(limits, resolve);
        Model model;
        std::int64_t now_ns = 1'700'000'000 * second_ns;
        for (int step = 0; step < 400; ++step) {
            now_ns += static_cast<std::int64_t>(draw.below(step % 50 == 0 ? 30'000 : 200)) * 1'000'000;
            const Event event = random_event(draw, now_ns);
            model.take(event);
            apply(*memory, event);
            if (step % 20 == 0) {
                const std::int64_t later = now_ns + static_cast<std::int64_t>(draw.below(25'000)) * 1'000'000;
                compare(*memory, model, limits, now_ns);
                compare(*memory, model, limits, later);
            }
            if (step % 97 == 0) {  // a checkpoint
                auto loaded = std::make_unique<risk::Memory>();
                loaded->compile(limits, resolve);
                CHECK(loaded->take_image(memory->image()));
                CHECK_EQ(loaded->state_hash(), memory->state_hash());
                memory = std::move(loaded);
            }
            if (step % 61 == 0) memory->compile(limits, resolve);  // another limit was changed
        }
    }
}

TEST(change_of_the_window_never_forgets_what_the_new_one_covers_and_the_old_one_knew) {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        Draw draw(seed);
        risk::LimitSet::Definitions limits;
        risk::Definition limit;
        limit.name = "rate";
        limit.level = "firm";
        limit.kind = LimitKind::message_rate;
        limit.count = 10;
        limit.window_ns = static_cast<std::int64_t>(1 + draw.below(20'000)) * 1'000'000;
        limits[limit.name] = limit;
        risk::Memory memory;
        memory.compile(limits, resolve);
        Model model;
        std::int64_t now_ns = 1'700'000'000 * second_ns;
        for (int step = 0; step < 100; ++step) {
            now_ns += static_cast<std::int64_t>(draw.below(400)) * 1'000'000;
            Event event = random_event(draw, now_ns);
            event.kind = Event::Kind::order;
            model.take(event);
            apply(memory, event);
        }
        risk::Definition both = limit;  // what the old window knew and the new one covers
        limit.window_ns = static_cast<std::int64_t>(1 + draw.below(20'000)) * 1'000'000;
        both.window_ns = std::min(both.window_ns, limit.window_ns);
        limits[limit.name] = limit;
        memory.compile(limits, resolve);
        const std::int64_t is = memory.within(memory.gauge(1), now_ns).first;
        CHECK(is >= model.exact(both, 0, now_ns).first);
        CHECK(is <= 100);
    }
}

TEST(ring_of_orders_keeps_the_last_of_them) {
    risk::LimitSet::Definitions limits;
    risk::Definition twice;
    twice.name = "twice";
    twice.level = "firm";
    twice.kind = LimitKind::duplicate_orders;
    twice.count = 2;
    twice.window_ns = 1'000 * second_ns;
    limits.emplace(twice.name, twice);
    risk::Memory memory;
    memory.compile(limits, resolve);
    const std::int64_t now_ns = 1'700'000'000 * second_ns;
    for (std::uint64_t at = 0; at < risk::recent_orders_max + 10; ++at)
        memory.new_order({}, at, {}, {}, now_ns);
    CHECK_EQ(memory.repeated(9, second_ns, now_ns, 64), 0U);  // written over
    CHECK_EQ(memory.repeated(10, second_ns, now_ns, 64), 1U);
    CHECK_EQ(memory.repeated(risk::recent_orders_max + 9, second_ns, now_ns, 64), 1U);
}

TEST_MAIN
