// What the journal costs: JSON lines on stdout, one a measure.
//
//   journal_bench [directory]     the directory's file system is measured; /dev/shm, where there is one, when
//   not given
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "base/crc32c.hpp"
#include "journal/journal.hpp"

namespace {

using namespace gw::journal;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kBatches = 400'000;
constexpr std::size_t kSyncs = 200;
constexpr std::size_t kRoomBytes = 8192;

std::int64_t now_ns() {
    return Clock::now().time_since_epoch().count();
}

double seconds(std::int64_t from_ns) {
    return static_cast<double>(now_ns() - from_ns) * 1e-9;
}

void print_quantiles(const char* name, std::vector<std::int64_t>& samples) {
    std::sort(samples.begin(), samples.end());
    const auto at = [&](double q) {
        return samples[static_cast<std::size_t>(q * static_cast<double>(samples.size() - 1))];
    };
    std::printf(
        "{\"bench\": \"%s\", \"unit\": \"ns\", \"p50\": %lld, \"p99\": %lld, \"p999\": %lld, \"max\": "
        "%lld}\n",
        name, static_cast<long long>(at(0.5)), static_cast<long long>(at(0.99)),
        static_cast<long long>(at(0.999)), static_cast<long long>(samples.back()));
}

void print_rate(const char* name, double per_second, const char* unit) {
    std::printf("{\"bench\": \"%s\", \"unit\": \"%s\", \"value\": %.0f}\n", name, unit, per_second);
}

// An event of 100 bytes and the message of 200 that it caused: the batch of an accepted order.
void write_batches(Journal& journal) {
    const std::string event(100, 'e');
    const std::string message(200, 'm');
    std::vector<std::int64_t> samples(kBatches);
    for (std::size_t i = 0; i < kBatches; ++i) {
        if (i % 10'000 == 0) (void)journal.maintain();
        const std::int64_t started = now_ns();
        journal.begin(started);
        journal.append({.kind = Kind::event, .client = 1}, event);
        journal.append({.kind = Kind::message_out, .session = 1, .seq = i + 1}, message);
        if (!journal.commit().ok()) std::abort();
        samples[i] = now_ns() - started;
    }
    print_quantiles("journal_append_commit_2_records_300_bytes", samples);

    for (std::size_t i = 0; i < kBatches / 4; ++i) {
        if (i % 10'000 == 0) (void)journal.maintain();
        const std::int64_t started = now_ns();
        journal.begin(started);
        const std::span<char> room = journal.reserve({.kind = Kind::event, .client = 1}, kRoomBytes);
        if (room.empty()) std::abort();
        std::memcpy(room.data(), event.data(), event.size());
        journal.finish(event.size());
        journal.append({.kind = Kind::message_in, .session = 1, .seq = i + 1}, message);
        if (!journal.commit().ok()) std::abort();
        samples[i] = now_ns() - started;
    }
    samples.resize(kBatches / 4);
    print_quantiles("journal_reserve_commit_2_records_300_bytes", samples);
}

void read_back(Journal& journal) {
    Cursor cursor = journal.cursor(1);
    Record record;
    std::uint64_t records = 0;
    const std::int64_t started = now_ns();
    while (cursor.next(record)) ++records;
    print_rate("journal_cursor", static_cast<double>(records) / seconds(started), "records/s");

    std::vector<std::int64_t> samples(20'000);
    for (std::size_t i = 0; i < samples.size(); ++i) {
        const std::int64_t from = now_ns();
        if (cursor.seek(1 + i * 7919 % journal.committed_lsn()) != SeekOutcome::found) std::abort();
        samples[i] = now_ns() - from;
    }
    print_quantiles("journal_seek", samples);
    for (std::size_t i = 0; i < samples.size(); ++i) {
        const std::int64_t from = now_ns();
        if (!journal.outbound(1, kBatches - i)) std::abort();
        samples[i] = now_ns() - from;
    }
    print_quantiles("journal_outbound_recent", samples);
    for (std::size_t i = 0; i < samples.size(); ++i) {
        const std::int64_t from = now_ns();
        if (!journal.outbound(1, 1 + i)) std::abort();
        samples[i] = now_ns() - from;
    }
    print_quantiles("journal_outbound_old_in_order", samples);
}

void measure_syncs(const std::string& directory) {
    Options options;
    options.durability = Durability::disk;
    const OpenedJournal opened = Journal::open(directory, options);
    if (!opened.journal) std::abort();
    std::vector<std::int64_t> samples(kSyncs);
    const std::string payload(300, 's');
    for (std::int64_t& sample : samples) {
        const std::int64_t started = now_ns();
        opened.journal->begin(started);
        opened.journal->append({}, payload);
        if (!opened.journal->commit().ok() || opened.journal->sync().error) std::abort();
        sample = now_ns() - started;
    }
    print_quantiles("journal_commit_and_sync", samples);
}

}  // namespace

int main(int argc, char** argv) {
    std::string pattern = std::string(argc > 1                                    ? argv[1]
                                      : std::filesystem::is_directory("/dev/shm") ? "/dev/shm"
                                                                                  : "/tmp") +
                          "/journal-bench-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) {
        std::fprintf(stderr, "cannot make a directory like %s; name one that can be written\n",
                     pattern.c_str());
        return 1;
    }
    {
        std::vector<char> block(256);
        std::uint32_t sum = 0;
        constexpr int kRounds = 1'000'000;
        const std::int64_t started = now_ns();
        for (int i = 0; i < kRounds; ++i) sum = gw::crc32c(sum, block.data(), block.size());
        std::printf("{\"bench\": \"crc32c_256_bytes\", \"unit\": \"ns\", \"value\": %.1f, \"sum\": %u}\n",
                    seconds(started) * 1e9 / kRounds, sum);
    }
    {
        const OpenedJournal opened = Journal::open(pattern + "/a");
        if (!opened.journal) {
            std::fprintf(stderr, "%s\n", opened.error.text.c_str());
            return 1;
        }
        write_batches(*opened.journal);
        read_back(*opened.journal);
    }
    {
        const std::int64_t started = now_ns();
        const OpenedJournal opened = Journal::open(pattern + "/a");
        if (!opened.journal) std::abort();
        print_rate("journal_recovery", static_cast<double>(opened.recovery.records) / seconds(started),
                   "records/s");
    }
    measure_syncs(pattern + "/b");
    std::error_code ignored;
    std::filesystem::remove_all(pattern, ignored);
    return 0;
}
