#include "world.hpp"

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <iterator>

#include "oracle.hpp"

namespace gw::simulation {
namespace {

constexpr std::int64_t ns_per_ms = 1'000'000;
constexpr std::int64_t ns_per_s = 1'000 * ns_per_ms;
constexpr std::int64_t start_ns = 1'795'255'200 * ns_per_s;  // 2026-11-21 10:00:00
constexpr unsigned heal_rounds_max = 600;

struct Side {
    Side(const session::Config& config, const Profile& profile, Bug bug, Dice& dice)
        : endpoint(config, profile, bug, dice) {}

    Endpoint endpoint;
    Pipe inbound;
    bool connected = false;
    std::int64_t clock_offset_ns = 0;
    std::int64_t back_at_ns = 0;  // when a dead process is started again
};

class World {
  public:
    World(std::uint64_t seed, Bug bug, bool trace)
        : dice_(seed),
          profile_(make_profile(dice_)),
          bug_(bug),
          trace_(trace),
          sides_{Side(profile_.initiator, profile_, bug, dice_),
                 Side(profile_.acceptor, profile_, bug, dice_)} {}

    Outcome run();

  private:
    enum : std::size_t { initiator, acceptor };

    [[nodiscard]] std::int64_t clock(const Side& side) const { return now_ns_ + side.clock_offset_ns; }
    [[nodiscard]] Side& other(const Side& side) { return sides_[&side == &sides_[0] ? 1 : 0]; }
    [[nodiscard]] Side& any_side() { return sides_[dice_.below(2)]; }
    void log(const char* format, ...) __attribute__((format(printf, 2, 3)));
    void fail(const std::string& what) {
        if (outcome_.failure.empty()) outcome_.failure = what;
    }

    // Runs `input` on a side, and whatever comes of it: bytes to the network, a hang-up, the end of the
    // process.
    template <class Input>
    void on(Side& side, Input&& input);
    void flush(Side& side);
    void hang_up(Side& side);
    void kill(Side& side, bool power_cut);
    void start(Side& side);

    void chaos();
    void connect_if_due();
    void deliver(Side& side, std::size_t bytes);
    void exchange(std::uint64_t rounds);
    void tick_due();
    void pass(std::int64_t ns);
    void cut();
    void meddle();
    void step_clock(Side& side);
    void reset_if_quiet();
    [[nodiscard]] bool reset_open();

    void heal();
    [[nodiscard]] bool is_quiet();
    void check();

    Dice dice_;
    Profile profile_;
    Bug bug_;
    bool trace_;
    std::array<Side, 2> sides_;
    std::int64_t now_ns_ = start_ns;
    std::int64_t connect_at_ns_ = start_ns;
    bool resetting_ = false;  // a reset was begun, and is not known to be agreed to by both sides for good
    Outcome outcome_;
};

void World::log(const char* format, ...) {
    if (!trace_) return;
    std::va_list arguments;
    va_start(arguments, format);
    std::printf("%10.3f  ", static_cast<double>(now_ns_ - start_ns) / 1e9);
    std::vprintf(format, arguments);
    std::printf("\n");
    va_end(arguments);
}

// ---- what an input leads to

template <class Input>
void World::on(Side& side, Input&& input) {
    if (!side.endpoint.running()) return;
    try {
        input(side.endpoint);
    } catch (const Crash&) {
        if (bug_ == Bug::send_before_journal) flush(side);
        kill(side, profile_.disk && dice_.one_in(2));
        return;
    }
    flush(side);
}

void World::flush(Side& side) {
    for (const std::string& message : side.endpoint.take_sent()) {
        log("%s sends %s", side.endpoint.name(), shown(message).c_str());
        other(side).inbound.write(message);
    }
    if (side.connected && side.endpoint.hung_up()) hang_up(side);
}

void World::hang_up(Side& side) {
    log("%s hangs up", side.endpoint.name());
    side.connected = false;
    other(side).inbound.closed = true;
    side.inbound.cut(dice_, false);
    on(side, [&](Endpoint& endpoint) { endpoint.disconnect(clock(side)); });
}

void World::kill(Side& side, bool power_cut) {
    ++outcome_.crashes;
    log("%s dies%s", side.endpoint.name(), power_cut ? ", its power fails" : "");
    side.connected = false;
    other(side).inbound.cut(dice_, false);
    side.inbound.cut(dice_, false);
    side.endpoint.stop(power_cut);
    side.back_at_ns = now_ns_ + static_cast<std::int64_t>(dice_.between(1, 10'000)) * ns_per_ms;
}

void World::start(Side& side) {
    const std::string problem = side.endpoint.start();
    if (!problem.empty()) {
        fail(std::string(side.endpoint.name()) + " does not recover: " + problem);
        return;
    }
    log("%s starts: expects %llu, sends %llu next", side.endpoint.name(),
        static_cast<unsigned long long>(side.endpoint.state().next_in),
        static_cast<unsigned long long>(side.endpoint.state().next_out));
}

// ---- the network

void World::connect_if_due() {
    Side& from = sides_[initiator];
    Side& to = sides_[acceptor];
    if (now_ns_ < connect_at_ns_ || from.connected || !from.endpoint.running()) return;
    connect_at_ns_ = now_ns_ + static_cast<std::int64_t>(dice_.between(1, 3'000)) * ns_per_ms;
    // An acceptor that believes that the old connection lives refuses the new one.
    if (!to.endpoint.running() || to.connected) return;
    log("connected");
    from.inbound.open();
    to.inbound.open();
    from.connected = to.connected = true;
    on(to, [&](Endpoint& endpoint) { endpoint.connect(clock(to)); });
    on(from, [&](Endpoint& endpoint) { endpoint.connect(clock(from)); });
}

void World::deliver(Side& side, std::size_t bytes) {
    Pipe& pipe = side.inbound;
    if (!side.connected) return;
    if (!pipe.bytes.empty()) {
        const std::string piece = pipe.bytes.substr(0, bytes);
        pipe.bytes.erase(0, bytes);
        on(side, [&](Endpoint& endpoint) { endpoint.receive(piece, clock(side)); });
    }
    if (side.connected && pipe.bytes.empty() && pipe.closed && !pipe.end_unseen) {
        log("%s sees the end of the connection", side.endpoint.name());
        side.connected = false;
        other(side).inbound.cut(dice_, dice_.one_in(4));
        on(side, [&](Endpoint& endpoint) { endpoint.disconnect(clock(side)); });
    }
}

void World::cut() {
    ++outcome_.cuts;
    log("the connection breaks");
    for (Side& side : sides_) side.inbound.cut(dice_, dice_.one_in(3));
}

// What a relay between the two may do: a message twice, or one of an earlier connection.
void World::meddle() {
    Side& side = any_side();
    Pipe& pipe = side.inbound;
    std::vector<std::string>& from = dice_.one_in(2) ? pipe.recent : pipe.lost;
    if (!side.connected || pipe.closed || from.empty()) return;
    const std::string message = from[dice_.below(from.size())];
    log("again to %s: %s", side.endpoint.name(), shown(message).c_str());
    pipe.bytes += message;
}

// ---- time

void World::tick_due() {
    for (Side& side : sides_) {
        if (!side.endpoint.running()) {
            if (now_ns_ >= side.back_at_ns) start(side);
            continue;
        }
        if (side.endpoint.is_tick_due(clock(side)))
            on(side, [&](Endpoint& endpoint) { endpoint.tick(clock(side)); });
    }
    connect_if_due();
}

void World::pass(std::int64_t ns) {
    const std::int64_t until = now_ns_ + ns;
    while (now_ns_ < until && outcome_.failure.empty()) {
        std::int64_t next = until;
        const auto at_latest = [&](std::int64_t when) {
            next = std::min(next, std::max(when, now_ns_ + ns_per_ms));
        };
        for (const Side& side : sides_) {
            if (!side.endpoint.running())
                at_latest(side.back_at_ns);
            else if (side.endpoint.next_deadline_ns() != session::Session::never_ns)
                at_latest(side.endpoint.next_deadline_ns() - side.clock_offset_ns);
        }
        if (!sides_[initiator].connected) at_latest(connect_at_ns_);
        now_ns_ = next;
        tick_due();
    }
}

void World::step_clock(Side& side) {
    static constexpr std::int64_t steps_ms[] = {0,      50,      -50,     2'000,   -2'000,
                                                50'000, -50'000, 600'000, -600'000};
    side.clock_offset_ns = dice_.pick(steps_ms) * ns_per_ms;
    log("%s: its clock is %+.3f s off", side.endpoint.name(),
        static_cast<double>(side.clock_offset_ns) / 1e9);
}

// ---- faults by chance

void World::chaos() {
    for (std::uint32_t step = 0; step < profile_.steps && outcome_.failure.empty(); ++step) {
        tick_due();
        Side& side = any_side();
        switch (dice_.below(40)) {
            case 0:
                cut();
                break;
            case 1:
                if (side.endpoint.running() && dice_.one_in(2)) kill(side, profile_.disk && dice_.one_in(2));
                break;
            case 2:
                if (side.endpoint.running())
                    side.endpoint.die_in(static_cast<unsigned>(dice_.between(1, 20)));
                break;
            case 3:
                pass(static_cast<std::int64_t>(dice_.between(1, 40'000)) * ns_per_ms);
                break;
            case 4:
                if (dice_.one_in(4)) on(side, [&](Endpoint& endpoint) { endpoint.log_out(clock(side)); });
                break;
            case 5:
                if (profile_.clock_steps) step_clock(side);
                break;
            case 6:
            case 7:
                if (profile_.proxy_faults) meddle();
                break;
            case 8:
                if (profile_.quiet_resets) reset_if_quiet();
                break;
            case 9:
                if (side.endpoint.running()) side.endpoint.maintain();
                break;
            case 10:
            case 11:
            case 12:
                on(side, [](Endpoint& endpoint) { endpoint.sync(); });
                break;
            case 13:
            case 14:
                pass(static_cast<std::int64_t>(dice_.between(1, 500)) * ns_per_ms);
                break;
            case 15:
            case 16:
            case 17:
            case 18:
            case 19:
            case 20:
                for (std::uint64_t i = dice_.between(1, 6); i > 0; --i)
                    on(side, [&](Endpoint& endpoint) { endpoint.send(clock(side), reset_open()); });
                break;
            case 21:
            case 22:
            case 23:
            case 24:
                exchange(dice_.between(1, 4));
                break;
            case 25:
            case 26:
            case 27:
            case 28:
            case 29:
                deliver(side, side.inbound.bytes.size());
                break;
            default:
                deliver(side, dice_.between(1, side.inbound.bytes.size() + 1));
                break;
        }
    }
}

// Some rounds without a fault, so that sessions are up more often than not.
void World::exchange(std::uint64_t rounds) {
    for (; rounds > 0; --rounds)
        for (Side& side : sides_) {
            on(side, [](Endpoint& endpoint) { endpoint.sync(); });
            deliver(side, side.inbound.bytes.size());
        }
}

// Both numbers start anew: where something is under way, a reset loses it by definition.
void World::reset_if_quiet() {
    if (!is_quiet()) return;
    for (const Side& each : sides_)
        if (!each.endpoint.is_durable()) return;  // a power cut would unhear what the old numbers brought
    Side& side = any_side();
    if (side.endpoint.state().next_in != other(side).endpoint.state().next_out) return;
    if (side.endpoint.state().next_out != other(side).endpoint.state().next_in) return;
    log("%s resets", side.endpoint.name());
    // It may be cut off at any point from here on.
    resetting_ = true;
    on(side, [&](Endpoint& endpoint) { endpoint.reset(clock(side)); });
}

// What either side sends until the reset is agreed to may be lost with the old numbers.
bool World::reset_open() {
    const auto settled = [](const Side& side) {
        return side.endpoint.running() && side.endpoint.is_settled();
    };
    if (std::ranges::all_of(sides_, settled)) resetting_ = false;
    return resetting_;
}

// ---- healing

bool World::is_quiet() {
    for (Side& side : sides_) {
        if (!side.endpoint.running() || !side.connected || !side.inbound.bytes.empty() || side.inbound.closed)
            return false;
        const session::State& state = side.endpoint.state();
        if (state.link != session::Link::active || state.inbound != session::Inbound::in_sync ||
            state.replay != session::Replay::idle)
            return false;
    }
    return true;
}

void World::heal() {
    log("-- everything heals");
    for (Side& side : sides_) {
        side.clock_offset_ns = 0;
        side.endpoint.die_in(0);
        side.inbound.end_unseen = false;
        side.inbound.lost.clear();
    }
    const auto settle = [&] {
        for (unsigned round = 0; round < heal_rounds_max && outcome_.failure.empty(); ++round) {
            tick_due();
            for (Side& side : sides_) {
                on(side, [](Endpoint& endpoint) { endpoint.sync(); });
                deliver(side, side.inbound.bytes.size());
            }
            if (is_quiet() && sides_[0].endpoint.state().next_in == sides_[1].endpoint.state().next_out &&
                sides_[1].endpoint.state().next_in == sides_[0].endpoint.state().next_out)
                return;
            pass(200 * ns_per_ms);
        }
        fail("the sessions do not come together again");
    };
    settle();
    for (Side& side : sides_) on(side, [&](Endpoint& endpoint) { endpoint.send(clock(side), reset_open()); });
    settle();
}

// ---- the oracle

void World::check() {
    std::array<Endpoint::Books, 2> books{sides_[0].endpoint.read_books(), sides_[1].endpoint.read_books()};
    // A clock that was not stepped is no reason to refuse anything.
    if (!profile_.clock_steps && !profile_.proxy_faults)
        for (const Side& side : sides_)
            if (!side.endpoint.rejected().empty())
                fail(std::string(side.endpoint.name()) + " refused a good message");
    for (std::size_t at = 0; at < 2; ++at) {
        const Endpoint& endpoint = sides_[at].endpoint;
        if (!books[at].problem.empty()) fail(std::string(endpoint.name()) + ": " + books[at].problem);
        if (books[at].numbers.next_in != endpoint.state().next_in ||
            books[at].numbers.next_out != endpoint.state().next_out)
            fail(std::string(endpoint.name()) + ": the journal gives other numbers than the session has");
        fail(find_wire_fault(endpoint, books[at]));
        fail(find_delivery_fault(books[at], endpoint, books[1 - at]));
        outcome_.messages += books[at].sent.size();
    }
}

Outcome World::run() {
    outcome_.profile = profile_.describe();
    log("%s", outcome_.profile.c_str());
    for (Side& side : sides_) start(side);
    chaos();
    if (outcome_.failure.empty()) heal();
    if (outcome_.failure.empty()) check();
    return outcome_;
}

}  // namespace

Outcome run_seed(std::uint64_t seed, Bug bug, bool trace) {
    return World(seed, bug, trace).run();
}

}  // namespace gw::simulation
