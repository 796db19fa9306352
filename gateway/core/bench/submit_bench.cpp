// What the core costs an order, without a network: request bytes in, decision, journal, state, FIX bytes out
// into memory.
//
//   submit_bench [--directory DIR] [--orders N]     N live orders at the end; measured at 0, and at each
//   power of ten
//
// A sample is the time between two reads of the clock less what such a pair costs by itself, which is
// measured in the same run; the engine's own read of its clock, one an order, is in it.
//
// Between the measured windows housekeeping runs, as it does in the daemon on a thread of its own; inside
// them it runs every thousandth order and is not in the figures, the faults that it could not prevent are.
#include <algorithm>
#include <cinttypes>
#include <fstream>

#include "bench/engine_bench.hpp"

namespace {

using namespace gw;
using namespace gw::bench;

constexpr std::size_t window = 10'000;  // orders a measured window
constexpr std::size_t house_every = 1'000;

// Bytes of memory of this process that no file stands behind: the journal is not counted, it can be written
// out.
double anonymous_bytes() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("RssAnon:")) return std::strtod(line.c_str() + 8, nullptr) * 1024;
    give_up("no RssAnon in /proc/self/status");
}

void submit(ReadyEngine& ready, Requests& requests, std::uint64_t& next, std::size_t count,
            Samples* samples) {
    const double clock = samples != nullptr ? clock_cost_ns() : 0;
    for (std::size_t i = 0; i < count; ++i) {
        if (next % house_every == 0) ready.keep_house();
        const std::string_view request = requests.orders(next++, 1);
        const std::int64_t started = now_ns();
        const std::string_view response = ready.command(request);
        const std::int64_t ended = now_ns();
        keep(response);
        if (samples != nullptr) samples->add(std::max(0.0, static_cast<double>(ended - started) - clock));
    }
}

std::string name_of(std::size_t live) {
    if (live >= 1'000'000) return joined({std::to_string(live / 1'000'000), "m"});
    if (live >= 1'000) return joined({std::to_string(live / 1'000), "k"});
    return std::to_string(live);
}

}  // namespace

int main(int argc, char** argv) {
    const std::size_t orders = count_argument(argc, argv, "--orders", 200'000);
    const TemporaryDirectory directory(argument(argc, argv, "--directory", "/tmp"));
    MemoryWire wire;
    Requests requests(64);
    std::uint64_t next = 1;
    {  // code and branch predictors warm, on an engine that is thrown away
        const TemporaryDirectory other(argument(argc, argv, "--directory", "/tmp"));
        ReadyEngine ready(other.path(), 2 * window, wire);
        ready.log_on();
        submit(ready, requests, next, window, nullptr);
    }
    next = 1;
    ReadyEngine ready(directory.path(), orders + 10 * window, wire);
    ready.log_on();
    ready.settle();
    ready.keep_house();
    const double before = anonymous_bytes();
    print_value("memory_before_the_first_order", "gateway", "bytes", before);
    std::vector<std::size_t> stages = {0};
    for (std::size_t stage = 10'000; stage < orders; stage *= 10) stages.push_back(stage);
    stages.push_back(orders);
    for (const std::size_t live : stages) {
        submit(ready, requests, next, live - std::min<std::size_t>(live, next - 1), nullptr);
        Samples samples(window);
        submit(ready, requests, next, window, &samples);
        print(joined({"growth_", name_of(live)}), "gateway", samples);
        if (live == orders) print("submit", "gateway", samples);
    }
    const auto live = static_cast<double>(ready.engine().ledger().open_order_count());
    require(live == static_cast<double>(next - 1), "an order is not live");
    print_value("memory", "gateway", "bytes", (anonymous_bytes() - before) / live);
    print_value("memory_records", "gateway", "bytes", sizeof(order::Order) + sizeof(order::Request));
    print_value("memory_order_record", "gateway", "bytes", sizeof(order::Order));
    print_value("memory_request_record", "gateway", "bytes", sizeof(order::Request));
    print_value("fix_bytes", "gateway", "bytes", static_cast<double>(wire.last().size()));
    {
        Samples samples(window / 16);
        for (std::size_t i = 0; i < window / 16; ++i) {
            if (i % 16 == 0) ready.keep_house();
            const std::string_view request = requests.orders(next, 64);
            next += 64;
            const std::int64_t started = now_ns();
            keep(ready.command(request));
            samples.add(static_cast<double>(now_ns() - started) / 64);
        }
        print("submit_in_batches_of_64", "gateway", samples);
    }
    return 0;
}
