#include "journal/scan.hpp"

namespace gw::journal {
namespace {

bool consistent(const MarkWords& words) {
    return words.word == ~words.complement;
}

bool unused_is_zero(const SegmentHeader& header) {
    return is_zero(header.commit.unused.data(), header.commit.unused.size()) &&
           is_zero(header.durable.unused.data(), header.durable.unused.size()) &&
           is_zero(header.writer.unused.data(), header.writer.unused.size());
}

std::string mark_text(const Mark& mark) {
    return std::to_string(mark.records) + " records up to offset " + std::to_string(mark.end);
}

}  // namespace

const char* check_record(const Segment& segment, std::uint64_t offset, std::uint64_t lsn,
                         std::uint32_t batch_index) {
    const RecordHeader& header = segment.record_at(offset);
    const std::uint64_t left = segment.bytes() - offset;
    if (header.length > left - sizeof(RecordHeader) || record_size(header.length) > left)
        return "the record is longer than its segment";
    if (!segment.checksum_holds(offset)) return "the record's checksum does not hold";
    if (header.lsn != lsn) return "the record has another lsn than its place";
    if (header.batch_index != batch_index) return "the record belongs to another batch";
    if (!is_kind(header.kind)) return "the record's kind is not known";
    return nullptr;
}

std::uint64_t dirty_bytes_from(const Segment& segment, std::uint64_t offset) {
    constexpr std::uint64_t kBlock = 4096;
    std::uint64_t end = segment.bytes();
    while (end > offset + kBlock && is_zero(segment.base() + end - kBlock, kBlock)) end -= kBlock;
    while (end > offset && segment.base()[end - 1] == std::byte{0}) --end;
    return end - offset;
}

Promise promise_of(const Segment& segment, const BootId& boot_id, bool newest) {
    const WriterLine& line = segment.header().writer;
    // A line that cannot be read promises the most: that everything is still there.
    if (line.crc != line.expected_crc()) return {.newest = newest};
    return {.rebooted = line.boot_id != boot_id,
            .disk = line.durability == static_cast<std::uint32_t>(Durability::disk),
            .newest = newest};
}

Judgement judge(Segment& segment, const Scan& scan, const Promise& promise) {
    SegmentHeader& header = segment.header();
    const Mark committed = Mark::of(header.commit.mark.word);
    const Mark committed_before = Mark::of(~header.commit.mark.complement);
    const Mark durable = Mark::of(header.durable.mark.word);
    const bool durable_known = consistent(header.durable.mark);
    const bool may_lack = promise.rebooted && promise.disk && durable_known;

    const auto damaged = [](std::uint64_t offset, std::string what) {
        return Judgement{.damage = std::move(what), .offset = offset, .cut_short = false, .note = {}};
    };
    constexpr std::uint64_t kMarkOffset = offsetof(SegmentHeader, commit);
    if (!unused_is_zero(header)) return damaged(kMarkOffset, "unused bytes of the header are not zero");
    if (durable_known && durable.end > scan.good.end)
        return damaged(scan.stopped_at,
                       scan.why.empty() ? "synced records are missing: " + mark_text(durable) : scan.why);

    Judgement sound;
    if (!durable_known)
        sound.note = "the durable mark is not whole (a crash while it was stored, or a flipped bit)";
    if (header.writer.crc != header.writer.expected_crc())
        sound.note = "the writer's line is not whole (a crash while it was stored, or a flipped bit)";
    if (may_lack && scan.good.end < committed.end) {
        sound.cut_short = true;
        return sound;
    }
    // Under Durability::process everything committed was acknowledged, and after a power cut the mark on the
    // disk may be older than what it stood for: whatever looks torn then may be the rest of acknowledged
    // records.
    if (promise.newest && promise.rebooted && !promise.disk && dirty_bytes_from(segment, scan.good.end) > 0)
        return damaged(scan.stopped_at,
                       "the machine went down and records are torn, and with durability `process` they "
                       "may have been acknowledged");
    if (!consistent(header.commit.mark)) {
        // The only way there without damage: a crash after the first of the two words was stored.
        if (!promise.newest || committed != scan.good || committed_before != scan.before_last)
            return damaged(kMarkOffset, "the commit mark is damaged: " + mark_text(committed) + " or " +
                                            mark_text(committed_before) + ", found " + mark_text(scan.good));
        sound.note = "the last batch was written and not acknowledged; it is kept";
        return sound;
    }
    if (scan.good.end < committed.end)
        return damaged(scan.stopped_at, scan.why.empty()
                                            ? "acknowledged records are missing: the commit mark says " +
                                                  mark_text(committed) + ", found " + mark_text(scan.good)
                                            : scan.why);
    if (scan.good == committed) return sound;
    if (!promise.newest && !promise.rebooted)
        return damaged(kMarkOffset, "the commit mark is behind in a segment that has a successor");
    if (committed != scan.before_last && !promise.rebooted)
        return damaged(kMarkOffset, "the commit mark is more than one batch behind");
    sound.note =
        "written and not acknowledged, kept: " + std::to_string(scan.good.records - committed.records) +
        " records";
    return sound;
}

}  // namespace gw::journal
