// Reading a segment record by record and trusting nothing: what recovery, verify and repair have in common.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "journal/segment.hpp"

namespace gw::journal {

struct Scan {
    Mark good = kEmptyMark;         // after the last whole, valid batch
    Mark before_last = kEmptyMark;  // after the one before it
    std::uint64_t batches = 0;
    std::uint64_t stopped_at = kHeaderBytes;
    std::string why;  // what is wrong at stopped_at; empty where the records simply end
};

// Nullptr when the record at `offset` is the one that is expected there, else what is wrong with it.
[[nodiscard]] const char* check_record(const Segment& segment, std::uint64_t offset, std::uint64_t lsn,
                                       std::uint32_t batch_index);

// Calls visit(header, offset) for each record of each whole, valid batch.
template <class Visit>
[[nodiscard]] Scan scan_segment(const Segment& segment, std::uint64_t first_lsn, Visit&& visit) {
    Scan scan;
    std::uint64_t offset = kHeaderBytes;
    std::uint64_t records = 0;
    std::uint32_t batch_index = 0;
    while (offset + sizeof(RecordHeader) <= segment.bytes()) {
        const RecordHeader& header = segment.record_at(offset);
        if (header.lsn == 0 && header.crc == 0 && header.length == 0 && header.kind == 0) break;
        if (const char* wrong = check_record(segment, offset, first_lsn + records, batch_index)) {
            scan.why = wrong;
            break;
        }
        offset += record_size(header.length);
        ++records;
        ++batch_index;
        if ((header.flags & kEndOfBatch) == 0) continue;
        for (std::uint64_t at = scan.good.end; at < offset; at += record_size(segment.record_at(at).length))
            visit(segment.record_at(at), at);
        scan.before_last = scan.good;
        scan.good = {.records = records, .end = offset};
        ++scan.batches;
        batch_index = 0;
    }
    scan.stopped_at = offset;
    return scan;
}

// Bytes from `offset` to the last one that is not zero.
[[nodiscard]] std::uint64_t dirty_bytes_from(const Segment& segment, std::uint64_t offset);

// How a segment was last written, and so how far what it holds was promised to anyone.
struct Promise {
    bool rebooted = false;  // since it was written: its unsynced pages may be lost
    bool disk = false;      // nothing was acknowledged before it was synced
    bool newest = false;    // no segment comes after it
};

[[nodiscard]] Promise promise_of(const Segment& segment, const BootId& boot_id, bool newest);

struct Judgement {
    std::string damage;  // empty: sound
    std::uint64_t offset = 0;
    // Less is there than was written, none of it acknowledged: what follows, later segments too, has to go.
    bool cut_short = false;
    std::string note;
};

// Holds what was found against the marks. The rule: everything acknowledged has to be there, exactly.
[[nodiscard]] Judgement judge(Segment& segment, const Scan& scan, const Promise& promise);

}  // namespace gw::journal
