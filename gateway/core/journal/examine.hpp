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
    bool dropped = false;              // lies behind a cut and was never acknowledged
    std::uint64_t first_lsn = 0;
    Scan scan;
    Promise promise;
    Judgement judgement;

    // Nothing in it was synced, and the machine has been restarted since.
    [[nodiscard]] bool never_durable() const;
    [[nodiscard]] std::uint64_t last_lsn() const { return first_lsn + scan.good.records - 1; }
    [[nodiscard]] Damage damage(const std::string& name) const;
};

// Feeds the sparse index of the segment, and `outbound` unless it is null.
[[nodiscard]] Examined examine(const Surroundings& around, OutboundIndex* outbound);

// The segments of a journal, examined one after the other. After a power cut unsynced records may be lacking
// from one segment while later ones are there: what follows on such a cut does not count, unless it was
// synced after all.
class Walk {
  public:
    explicit Walk(Surroundings around) : around_(std::move(around)) {}

    [[nodiscard]] Examined step(std::uint64_t first_lsn, std::uint64_t next_first_lsn,
                                OutboundIndex* outbound);

  private:
    Surroundings around_;
    bool previous_may_lack_ = false;
    bool cut_ = false;
};

// The kernel's id of this run of the machine; zeros where it cannot be read, which recovery takes for "the
// same run".
[[nodiscard]] BootId current_boot_id();

}  // namespace gw::journal
