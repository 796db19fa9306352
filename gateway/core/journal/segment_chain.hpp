// The segments of a journal in lsn order, and how readers find their way in them.
//
// The writer links a new segment to the last one with a single store and takes no lock. Readers lock only to
// find a segment by lsn (seek) and, in another process, to map the next one; moving on from a segment to its
// successor is a load. A segment that a cursor stands in is pinned; segments are let go from the old end
// only, so that the successor of a pinned segment is always there.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "journal/cursor.hpp"
#include "journal/error.hpp"
#include "journal/reader.hpp"
#include "journal/segment.hpp"

namespace gw::journal {

enum class ChainMode : std::uint8_t {
    writer,    // segments come from the writer in this process
    follower,  // segments come from the directory as another process seals them
};

class SegmentChain {
  public:
    SegmentChain(std::string directory, ChainMode mode) : directory_(std::move(directory)), mode_(mode) {}
    ~SegmentChain();
    SegmentChain(const SegmentChain&) = delete;
    SegmentChain& operator=(const SegmentChain&) = delete;

    // Opening and the writer's thread. The seal in the old segment's header comes after the link.
    void append(std::unique_ptr<Segment> segment);
    [[nodiscard]] Segment* newest_unlocked() const { return newest_; }

    [[nodiscard]] const std::string& directory() const { return directory_; }
    [[nodiscard]] ChainMode mode() const { return mode_; }
    [[nodiscard]] Cursor cursor(std::uint64_t from_lsn, Visibility visibility);
    [[nodiscard]] std::uint64_t oldest_lsn() const { return oldest_lsn_.load(std::memory_order_acquire); }
    // The last lsn that is visible; a follower maps what has been sealed since.
    [[nodiscard]] std::uint64_t last_lsn(Visibility visibility);
    [[nodiscard]] std::vector<SegmentInfo> list();

    // The segment that holds the lsn, or the last one that starts before it; pinned. Never null.
    [[nodiscard]] Segment* pin(std::uint64_t lsn);
    // The successor, or null when there is none (or, with error set, none that can be mapped). The caller's
    // segment has to be pinned; the successor is not yet.
    [[nodiscard]] Segment* successor(Segment& segment, Error& error);

    // Every segment, oldest first, as one snapshot; each is pinned and unpin() gives it back.
    [[nodiscard]] std::vector<Segment*> pin_all();
    static void unpin(Segment& segment) { segment.pins.fetch_sub(1, std::memory_order_acq_rel); }

    // Takes out the oldest segment when it is sealed, ends before `lsn` and nobody stands in it; null
    // otherwise.
    [[nodiscard]] std::unique_ptr<Segment> take_oldest_before(std::uint64_t lsn);

  private:
    void refresh();  // lock held: takes up what the writer has linked since
    [[nodiscard]] Segment* map_successor(Segment& segment, Error& error);

    std::string directory_;
    ChainMode mode_;
    std::atomic<std::uint64_t> oldest_lsn_{0};
    Segment* newest_ = nullptr;  // the writer's
    std::mutex mutex_;
    std::vector<Segment*> segments_;  // owned
};

}  // namespace gw::journal
