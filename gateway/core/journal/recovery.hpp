// From the files of a directory to a journal that can be written on, or to the reason why not.
#pragma once

#include <memory>
#include <string>

#include "journal/error.hpp"
#include "journal/journal.hpp"
#include "journal/options.hpp"
#include "journal/outbound_index.hpp"
#include "journal/segment_chain.hpp"

namespace gw::journal {

struct Recovered {
    std::unique_ptr<SegmentChain> chain;  // empty for a new journal
    std::uint64_t last_lsn = 0;
    RecoveryReport report;
    Error error;
};

// Drops what was never acknowledged, makes the marks whole, and zeroes the rest of the newest segment.
// Changes nothing when it returns an error. The directory has to be locked.
[[nodiscard]] Recovered recover(const std::string& directory, const Options& options, FileOps& files,
                                OutboundIndex& outbound);

}  // namespace gw::journal
