// A cursor: one reader's place in the journal.
#pragma once

#include <algorithm>
#include <cstdint>

#include "journal/error.hpp"
#include "journal/record.hpp"

namespace gw::journal {

class Segment;
class SegmentChain;

// How far a cursor reads. With Durability::disk whatever outlives the process (a database, a remote client)
// must read `durable`: after a power cut the lsn of what was committed but not synced are given out again.
enum class Visibility : std::uint8_t { committed, durable };

enum class SeekOutcome : std::uint8_t {
    found,         // next() returns the record with that lsn
    ahead,         // not written yet; next() returns it once it is
    below_oldest,  // archived; the cursor stands at oldest_lsn()
    in_gap,        // lost to a repair; the cursor stands at the first record after the gap
    failed,        // see error()
};

// Reads records in lsn order, from any thread (one thread at a time for one cursor), while the writer writes.
// The writer never waits for a cursor. The journal or reader that made it must outlive it.
//
// Lifetime of Record::payload: until the cursor leaves the record's segment, which the next call of next() or
// seek() may do. (A Reader keeps its segments mapped: there, as long as the reader.)
class Cursor {
  public:
    Cursor(Cursor&& other) noexcept;
    Cursor& operator=(Cursor&& other) noexcept;
    Cursor(const Cursor&) = delete;
    Cursor& operator=(const Cursor&) = delete;
    ~Cursor();

    // False: nothing more for now, or error() is set. Allocates nothing and makes no system call except where
    // a reader in another process enters a new segment.
    [[nodiscard]] bool next(Record& record);

    // Less than a hundred records are stepped over, once the segment's sparse index has been built.
    [[nodiscard]] SeekOutcome seek(std::uint64_t lsn);

    [[nodiscard]] std::uint64_t next_lsn() const { return std::max(next_lsn_, skip_below_); }
    [[nodiscard]] const Error& error() const { return error_; }

  private:
    friend class SegmentChain;
    Cursor(SegmentChain& chain, Visibility visibility) : chain_(&chain), visibility_(visibility) {}
    [[nodiscard]] bool enter_next_segment();
    void leave();

    SegmentChain* chain_;
    Segment* segment_ = nullptr;  // pinned while held
    std::uint64_t offset_ = 0;    // of the next record in segment_
    std::uint64_t limit_ = 0;     // end of what is known to be visible in segment_
    std::uint64_t next_lsn_ = 0;
    std::uint64_t skip_below_ = 0;  // asked for before it was written: what comes first is stepped over
    Visibility visibility_;
    Error error_;
};

}  // namespace gw::journal
