// What an order of one strategy costs while another one is refused at full rate: request bytes in, decision,
// journal, state, FIX bytes out into memory, on the one engine that both are on.
//
//   burst_bench [--directory DIR] [--refused N]     N orders of the runaway are refused in all
//
// The two go into the engine by turns, as their calls do in the daemon, where one lock puts them in a row.
// Only the calm strategy's calls are in the figures, and not its wait for a call that is under way: that is
// one refusal, which is printed too. Windows with and without the runaway take turns, so that both see as
// many live orders and as full a journal.
#include <cinttypes>

#include "bench/engine_bench.hpp"

namespace {

using namespace gw;
using namespace gw::bench;

constexpr std::size_t calm_orders = 250;    // a measured window
constexpr std::size_t refused_each = 10;    // runaway's orders before each of the calm one's
constexpr std::size_t house_every = 1'000;  // orders
constexpr std::size_t warm_windows = 4;
constexpr std::uint32_t allowed = 50;  // that pass within a day; all others are refused

// At most `allowed` orders of the strategy a day.
std::string throttle(std::string_view strategy) {
    std::string bytes(1024, '\0');
    pb::Writer out(bytes);
    const std::string level = joined({"strategy:", strategy});
    schema::Limit limit;
    limit.name = "throttle";
    limit.level = level;
    limit.kind = schema::LimitKind::message_rate;
    limit.count = allowed;
    limit.window_ns = 86'400'000'000'000;
    const auto at = out.open(schema::number::SetLimitsRequest::limits);
    limit.encode(out);
    out.close(at);
    out.bytes(schema::number::SetLimitsRequest::reason, "bench");
    bytes.resize(out.size());
    return bytes;
}

class Strategies {
  public:
    explicit Strategies(ReadyEngine& ready) : ready_(ready) {}

    // One window; the runaway's calls go to `refusals`, where it takes part.
    void run(bool beside, Samples* calm, Samples* refusals) {
        for (std::size_t i = 0; i < calm_orders; ++i) {
            for (std::size_t n = 0; beside && n < refused_each; ++n) submit(runaway_, refusals);
            submit(calm_, calm);
        }
    }
    [[nodiscard]] std::uint64_t refused() const {
        return ready_.engine().counters().denied[static_cast<std::size_t>(schema::DenialCode::message_rate)];
    }
    [[nodiscard]] std::uint64_t passed() const { return ready_.engine().counters().orders_accepted; }

  private:
    void submit(Requests& requests, Samples* samples) {
        if (next_ % house_every == 0) ready_.keep_house();
        const std::string_view request = requests.orders(next_++, 1);
        const std::int64_t started = now_ns();
        keep(ready_.command(request));
        if (samples != nullptr) samples->add(static_cast<double>(now_ns() - started));
    }

    ReadyEngine& ready_;
    Requests calm_{1, "calm"}, runaway_{1, "runaway"};
    std::uint64_t next_ = 1;
};

}  // namespace

int main(int argc, char** argv) {
    const std::size_t refused = count_argument(argc, argv, "--refused", 100'000);
    const std::size_t windows = refused / (calm_orders * refused_each) + 1;
    const std::size_t orders = (windows + warm_windows) * calm_orders * (refused_each + 2);
    const TemporaryDirectory directory(argument(argc, argv, "--directory", "/tmp"));
    MemoryWire wire;
    ReadyEngine ready(directory.path(), 2 * orders, wire);
    ready.log_on();
    ready.settle();
    ready.keep_house();
    const engine::LimitsResult set =
        ready.engine().set_limits(throttle("runaway"), "bench", ReadyEngine::now());
    require(set.fault.empty(), set.fault);

    Strategies strategies(ready);
    for (std::size_t window = 0; window < warm_windows; ++window)
        strategies.run(window % 2 == 1, nullptr, nullptr);
    const std::uint64_t refused_before = strategies.refused(), passed_before = strategies.passed();
    Samples alone(windows * calm_orders), beside(windows * calm_orders);
    Samples refusals(windows * calm_orders * refused_each);
    for (std::size_t window = 0; window < windows; ++window) {
        strategies.run(false, &alone, nullptr);
        strategies.run(true, &beside, &refusals);
    }
    require(strategies.refused() - refused_before == refusals.size(), "an order of the runaway passed");
    require(strategies.passed() - passed_before == alone.size() + beside.size(), "a calm order was denied");
    print("order_beside_burst", "gateway, the strategy alone", alone);
    print("order_beside_burst", "gateway", beside);
    print("refused_order", "gateway", refusals);
    return 0;
}
