// What the operator's commands do: look at a journal without changing it, and repair it when told to.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "journal/error.hpp"

namespace gw::journal {

struct Damage {
    std::string segment;              // file name
    std::uint64_t offset = 0;         // of the first byte that cannot be trusted
    std::uint64_t last_good_lsn = 0;  // the last record before it that can be
    std::string what;
};

struct Report {
    std::uint64_t segments = 0;
    std::uint64_t records = 0;  // in whole, valid batches
    std::uint64_t batches = 0;
    std::uint64_t first_lsn = 0;  // 0 when there is no record
    std::uint64_t last_lsn = 0;
    std::uint64_t torn_tail_bytes = 0;  // written after the last whole batch and never acknowledged
    std::vector<Damage> damage;         // at most one a segment
    std::vector<std::string> notes;     // what is odd and harmless
    Error error;                        // the directory could not be read

    [[nodiscard]] bool clean() const { return !error && damage.empty(); }
};

// Reads every byte of every segment. May run beside a writer: then it looks at what is committed.
[[nodiscard]] Report verify(const std::string& directory);

struct RepairReport {
    std::vector<std::string>
        actions;                 // also written to <directory>/repair-<time_ns>.txt; empty: nothing to repair
    std::uint64_t last_lsn = 0;  // the last record that is left
    std::uint64_t next_lsn = 0;  // lsn that may have been seen by anyone are not given out again
    Error error;
};

// Cuts the journal after its last good batch before the first damage. What is cut off stays in
// <directory>/damaged-<time_ns>/. Needs the writer to be stopped. Runs on an explicit command only: it gives
// up acknowledged records.
[[nodiscard]] RepairReport repair(const std::string& directory, std::int64_t now_ns);

}  // namespace gw::journal
