// One segment held against everything that is known about it: its name, its header, its neighbours, its
// records, its marks. Recovery stops at the first damage; verify and repair look at all segments.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "journal/outbound_index.hpp"
#include "journal/scan.hpp"
#include "journal/verify.hpp"

namespace gw::journal {

struct Surroundings {
    std::string directory;
    std::uint64_t first_lsn = 0;                                    // from the file's name
    std::optional<std::uint64_t> previous_last_lsn = std::nullopt;  // of the one before; empty: not known
    std::uint64_t next_first_lsn = 0;  // from the next file's name; 0: this is the newest
    BootId boot_id{};
    bool writable = false;
    bool beside_writer = false;  // the newest segment may change while it is looked at
};

struct Examined {
    std::unique_ptr<Segment> segment;  // null when the file could not be mapped
    bool adopted = false;              // its header is sound
    bool header_empty = false;         // its header was never written
    std::uint64_t first_lsn = 0;
    Scan scan;
    Promise promise;
    Judgement judgement;

    [[nodiscard]] std::uint64_t last_lsn() const { return first_lsn + scan.good.records - 1; }
    [[nodiscard]] Damage damage(const std::string& name) const;
};

// Feeds the sparse index of the segment, and `outbound` unless it is null.
[[nodiscard]] Examined examine(const Surroundings& around, OutboundIndex* outbound);

// The kernel's id of this run of the machine; zeros where it cannot be read, which recovery takes for "the
// same run".
[[nodiscard]] BootId current_boot_id();

}  // namespace gw::journal
