// Makes checkpoints, away from the engine that trades.
//
// The state is apply() over the journal, so whoever can read the journal can have the state: a second engine
// takes the newest checkpoint, applies the records after it, writes the next checkpoint, and is gone. The
// engine that trades does not know of it and waits for nothing; it may as well be down.
#pragma once

#include <cstdint>
#include <string>

#include "journal/error.hpp"
#include "journal/file_ops.hpp"

namespace gw::engine {

struct CheckpointOptions {
    unsigned kept = 2;  // good ones, the new one included; at least 1
    journal::FileOps* files = nullptr;
};

struct CheckpointOutcome {
    journal::Error error;
    std::uint64_t lsn = 0;           // of the newest checkpoint, made now or before
    std::uint64_t previous_lsn = 0;  // of the good one before it; 0: none
    // Of the older of the two: messages from here on may have to be resent. What lies before this lsn and
    // before previous_lsn is not needed to start.
    std::uint64_t keep_from_lsn = 0;
    std::uint64_t records = 0;  // applied after the one that it builds on
    std::uint64_t bytes = 0;    // of the new file; 0 where there was nothing new
    std::string notes;          // checkpoints that were not usable, one a line
};

// Writes a checkpoint of everything that is committed (durability `process`) or durable (`disk`) now. Removes
// older checkpoints once the new one is on the disk. Any process; one at a time for one journal.
[[nodiscard]] CheckpointOutcome make_checkpoint(const std::string& directory,
                                                const CheckpointOptions& options = {});

}  // namespace gw::engine
