// How long a restart takes, as a function of what the journal holds.
//
//   recovery_bench write DIR --orders N    N orders, accepted and acknowledged by the venue: 4 N records
//   recovery_bench recover DIR --orders N  opens that journal, once, until the engine takes inputs
//   recovery_bench checkpoint DIR          makes a checkpoint of it: `recover` starts from that from then on
//
// Two processes, so that recovery starts with the memory of a new one; the files are in the page cache.
#include <fcntl.h>

#include "base/crc32c.hpp"
#include "bench/engine_bench.hpp"
#include "engine/checkpoint.hpp"

namespace {

using namespace gw;
using namespace gw::bench;

// The venue's ExecutionReport that says New.
std::string acknowledgement(ReadyEngine& ready, std::string_view order_message, std::uint64_t number) {
    fix::MessageBuffer<64> order;
    require(order.parse(order_message) == fix::ParseError::none, "an order does not parse");
    const auto field = [&order](std::uint32_t tag) { return order.get(tag).value_or(std::string_view()); };
    return ready.venue().make(
        "8",
        joined({"37=", numbered("V", 1'000'000 + number), "|11=", field(11),
                "|17=", numbered("E", 1'000'000 + number), "|150=0|39=0|55=", field(55), "|54=", field(54),
                "|38=", field(38), "|44=", field(44), "|151=", field(38), "|14=0|6=0|60=", field(60), "|"}),
        ReadyEngine::now());
}

int write(const std::string& directory, std::size_t orders) {
    MemoryWire wire;
    ReadyEngine ready(directory, orders, wire);
    ready.log_on();
    Requests requests(1);
    for (std::uint64_t number = 1; number <= orders; ++number) {
        if (number % 1'000 == 0) ready.keep_house();
        keep(ready.command(requests.orders(number, 1)));
        ready.receive(acknowledgement(ready, wire.last(), number));
    }
    require(ready.engine().ledger().open_order_count() == orders, "an order is not live");
    return 0;
}

// The least that has to be done: read every byte once and sum it up as the journal does.
double read_all_s(const std::string& directory) {
    std::vector<char> room(1 << 20);
    const std::int64_t started = now_ns();
    std::uint32_t sum = 0;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
        if (!entry.is_regular_file()) continue;
        const int file = ::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC);
        require(file >= 0, "a segment cannot be read");
        for (ssize_t size; (size = ::read(file, room.data(), room.size())) > 0;)
            sum = crc32c(sum, room.data(), static_cast<std::size_t>(size));
        ::close(file);
    }
    keep(sum);
    return static_cast<double>(now_ns() - started) * 1e-9;
}

int make_checkpoint(const std::string& directory) {
    const std::int64_t started = now_ns();
    const engine::CheckpointOutcome made = engine::make_checkpoint(directory);
    require(!made.error, made.error.text);
    print_value("checkpoint", "gateway", "s", static_cast<double>(now_ns() - started) * 1e-9);
    print_value("checkpoint_records", "gateway", "records", static_cast<double>(made.records));
    print_value("checkpoint_bytes", "gateway", "bytes", static_cast<double>(made.bytes));
    return 0;
}

int recover(const std::string& directory, std::size_t orders) {
    print_value("recovery", "read and checksum", "s", read_all_s(directory));
    MemoryWire wire;
    const std::int64_t started = now_ns();
    const journal::OpenedJournal opened = journal::Journal::open(directory);
    require(!opened.error, opened.error.text);
    const std::int64_t journal_open = now_ns();
    engine::Engine engine(engine_settings(orders), *opened.journal, wire);
    const std::string problem = engine.recover();
    require(problem.empty(), problem);
    require(engine.open(ReadyEngine::now()), "the journal cannot be written");
    const std::int64_t ended = now_ns();
    require(engine.ledger().order_count() == orders, "an order was not recovered");
    const std::string name = engine.checkpoint_lsn() == 0 ? "recovery" : "recovery_checkpoint";
    print_value(name, "gateway", "s", static_cast<double>(ended - started) * 1e-9);
    print_value(name + "_open_journal", "gateway", "s", static_cast<double>(journal_open - started) * 1e-9);
    print_value(name + "_state", "gateway", "s", static_cast<double>(ended - journal_open) * 1e-9);
    print_value("recovery_records", "gateway", "records", static_cast<double>(opened.recovery.records));
    print_value("recovery_orders", "gateway", "orders", static_cast<double>(orders));
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::size_t orders = count_argument(argc, argv, "--orders", 100'000);
    if (argc > 2 && std::string_view(argv[1]) == "write") return write(argv[2], orders);
    if (argc > 2 && std::string_view(argv[1]) == "recover") return recover(argv[2], orders);
    if (argc > 2 && std::string_view(argv[1]) == "checkpoint") return make_checkpoint(argv[2]);
    give_up("usage: recovery_bench write|recover|checkpoint DIR [--orders N]");
}
