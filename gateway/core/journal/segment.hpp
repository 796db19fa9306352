// One mapped segment. The file's descriptor is closed once it is mapped: nothing here needs it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "journal/cursor.hpp"
#include "journal/error.hpp"
#include "journal/file_ops.hpp"
#include "journal/outbound_index.hpp"
#include "journal/record.hpp"
#include "journal/segment_format.hpp"

namespace gw::journal {

class Segment {
  public:
    // Takes the space, zeroes it and touches every page. A spare left by a crash is used again: on a full
    // disk it is the only reserve there is.
    [[nodiscard]] static std::unique_ptr<Segment> prepare(const std::string& path, std::size_t bytes,
                                                          FileOps& files, bool synced, Error& error);
    // Maps what the file has, which is less than a whole segment when it was cut short.
    [[nodiscard]] static std::unique_ptr<Segment> map(const std::string& path, bool writable, Error& error);

    // The segment that begins with this lsn, under its own name or still under the spare's.
    [[nodiscard]] static std::unique_ptr<Segment> map(const std::string& directory, std::uint64_t first_lsn,
                                                      bool writable, Error& error);

    ~Segment();
    Segment(const Segment&) = delete;
    Segment& operator=(const Segment&) = delete;

    [[nodiscard]] std::byte* base() const { return base_; }
    [[nodiscard]] std::size_t bytes() const { return bytes_; }
    [[nodiscard]] SegmentHeader& header() const { return *reinterpret_cast<SegmentHeader*>(base_); }
    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] std::string name() const { return path_.substr(path_.rfind('/') + 1); }
    void set_path(std::string path) { path_ = std::move(path); }

    [[nodiscard]] std::uint64_t first_lsn() const { return first_lsn_; }
    [[nodiscard]] Mark committed() const { return bounded(load_mark(header().commit.mark)); }
    [[nodiscard]] Mark durable() const { return bounded(load_mark(header().durable.mark)); }
    [[nodiscard]] Mark visible(Visibility visibility) const {
        return visibility == Visibility::committed ? committed() : durable();
    }
    [[nodiscard]] std::uint64_t last_lsn() const { return first_lsn_ + committed().records - 1; }

    // Reads the identity from the header, or gives a new segment its own, and makes room for the sparse
    // index. False: the header is not one, and `why` says in what.
    [[nodiscard]] bool adopt(std::string& why);
    void start(std::uint64_t first_lsn, std::uint64_t previous_lsn, const BootId& boot_id,
               Durability durability);

    [[nodiscard]] const RecordHeader& record_at(std::uint64_t offset) const {
        return *reinterpret_cast<const RecordHeader*>(base_ + offset);
    }
    void read(std::uint64_t offset, Record& record) const;
    // The record's bytes have to lie within the segment.
    [[nodiscard]] bool checksum_holds(std::uint64_t offset) const {
        return record_at(offset).crc == record_crc(base_ + offset, record_size(record_at(offset).length));
    }

    // The sparse index: every kIndexStride-th record's offset. Filled by the writer, or by who walks past.
    void note_record(std::uint64_t index, std::uint64_t offset) const {
        if (index % kIndexStride == 0)
            sparse_[index / kIndexStride].store(static_cast<std::uint32_t>(offset / 8),
                                                std::memory_order_relaxed);
    }
    // The offset of a record before mark `end`; 0 when the records on the way do not fit each other (damage).
    [[nodiscard]] std::uint64_t locate(std::uint64_t lsn, const Mark& end) const;

    // Faults the pages in for writing from `offset` on, so that the writer does not.
    void touch_ahead(std::uint64_t offset, std::size_t bytes) const;

    static constexpr std::uint64_t kIndexStride = 64;

    // The chain's: the next segment, stored with release semantics after this one's last mark; readers that
    // stand here.
    std::atomic<Segment*> next{nullptr};
    std::atomic<std::uint32_t> pins{0};

    // Outbound lookups', once the segment is sealed; the writer's thread alone.
    std::unique_ptr<OutboundSummary> outbound_summary;

  private:
    Segment(std::string path, std::byte* base, std::size_t bytes)
        : path_(std::move(path)), base_(base), bytes_(bytes) {}
    [[nodiscard]] Mark bounded(Mark mark) const { return mark.end <= bytes_ ? mark : kEmptyMark; }
    void make_sparse_index();

    std::string path_;
    std::byte* base_;
    std::size_t bytes_;
    std::uint64_t first_lsn_ = 0;
    std::unique_ptr<std::atomic<std::uint32_t>[]> sparse_;
};

}  // namespace gw::journal
