// Where the messages sent lately are, by session and MsgSeqNum, for resends.
//
// One table of fixed size for all sessions, direct-mapped: consecutive numbers of a session lie side by side,
// a newer message takes the place of an older one, and a miss means "not known here" - then
// Journal::outbound() scans. The table is fed by the same function while records are committed and while they
// are recovered, and a sequence reset is a flag on a record, so that a recovered journal answers as the one
// before it did.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "journal/record.hpp"

namespace gw::journal {

class OutboundIndex {
  public:
    // `entries` is a power of two.
    explicit OutboundIndex(std::size_t entries)
        : entries_(std::make_unique<Entry[]>(entries)),
          mask_(entries - 1),
          resets_(std::make_unique<Reset[]>(kResetSlots)) {}

    void note(const RecordHeader& header, std::uint64_t offset);

    struct Place {
        std::uint64_t lsn = 0;
        std::uint64_t offset = 0;  // in its segment
    };
    // The latest original message with that number since the session's last reset, when it is still in the
    // table.
    [[nodiscard]] std::optional<Place> find(std::uint32_t session, std::uint64_t seq) const;
    // What is older than this is forgotten; 0 when no reset is known.
    [[nodiscard]] std::uint64_t reset_lsn(std::uint32_t session) const;

    [[nodiscard]] static bool is_original(const RecordHeader& header) {
        return header.kind == static_cast<std::uint16_t>(Kind::message_out) && header.seq != 0 &&
               (header.flags & kResend) == 0;
    }

    static constexpr std::size_t kResetSlots =
        4096;  // sessions whose last reset is remembered, a power of two
    static constexpr std::size_t kProbesMax = 16;

  private:
    struct Entry {
        std::uint64_t seq = 0;
        std::uint64_t lsn = 0;
        std::uint32_t session = 0;
        std::uint32_t offset8 = 0;
    };
    struct Reset {
        std::uint64_t lsn = 0;  // 0: free
        std::uint32_t session = 0;
    };

    [[nodiscard]] Entry& entry(std::uint32_t session, std::uint64_t seq) const {
        return entries_[(session * 0x9E3779B97F4A7C15ULL + seq) & mask_];
    }
    void note_reset(std::uint32_t session, std::uint64_t lsn);

    std::unique_ptr<Entry[]> entries_;
    std::uint64_t mask_;
    std::unique_ptr<Reset[]> resets_;
    // A reset that found no slot: entries before it cannot be trusted for any session without one.
    std::uint64_t overflow_lsn_ = 0;
};

// Which numbers of which sessions a sealed segment holds, made by the first scan of it so that the next one
// can pass it by.
class OutboundSummary {
  public:
    void note(const RecordHeader& header);
    // False only when the segment has nothing to say about these numbers of the session, and no reset of it.
    [[nodiscard]] bool concerns(std::uint32_t session, std::uint64_t first_seq, std::uint64_t last_seq) const;

    static constexpr std::size_t kSessionsMax = 256;  // a segment with more is always scanned

  private:
    struct Line {
        std::uint32_t session = 0;
        bool reset = false;
        std::uint64_t first_seq = ~std::uint64_t{0};
        std::uint64_t last_seq = 0;
    };
    std::vector<Line> lines_;
    std::size_t latest_ = 0;
    bool full_ = false;
};

// Places found by the last scan for an old message: a resend asks for the numbers after it next.
struct OutboundWindow {
    static constexpr std::size_t kNumbers = 4096;

    std::uint32_t session = 0;
    std::uint64_t first_seq = 0;  // 0: holds nothing
    std::uint64_t reset_lsn = 0;  // of the session when it was filled
    std::unique_ptr<std::array<OutboundIndex::Place, kNumbers>> places;

    void start(std::uint32_t of_session, std::uint64_t from_seq, std::uint64_t reset);
    [[nodiscard]] std::optional<OutboundIndex::Place> find(std::uint32_t of_session, std::uint64_t seq,
                                                           std::uint64_t reset) const;
    // The newest record counts; segments are noted from the newest back.
    void note(const RecordHeader& header, std::uint64_t offset);
    void forget(std::uint64_t from_lsn, std::uint64_t before_lsn);
};

}  // namespace gw::journal
