#include "journal/examine.hpp"

#include <cctype>
#include <cstdio>

namespace gw::journal {
namespace {

// Empty when the segment follows on the one before it and its seal fits the one after it.
std::string misfit(const Segment& segment, const Surroundings& around, const Promise& promise) {
    const SegmentHeader& header = segment.header();
    const std::uint64_t previous = header.identity.previous_lsn;
    if (around.previous_last_lsn && previous != *around.previous_last_lsn)
        return "it follows on lsn " + std::to_string(previous) + ", the segment before it ends at lsn " +
               std::to_string(*around.previous_last_lsn) + ": records are missing between them";
    if (previous >= header.identity.first_lsn) return "it starts before the segment that it follows on";
    const std::uint64_t sealed_for = header.commit.next_first_lsn;
    if (around.next_first_lsn == 0 && sealed_for != 0 && !(promise.rebooted && promise.disk) &&
        !around.beside_writer)
        return "the segment after it, " + segment_name(sealed_for) + ", is missing";
    if (around.next_first_lsn != 0 && sealed_for != 0 && sealed_for != around.next_first_lsn)
        return "the segment after it is " + segment_name(around.next_first_lsn) + ", expected " +
               segment_name(sealed_for);
    return {};
}

}  // namespace

Damage Examined::damage(const std::string& name) const {
    return {
        .segment = name, .offset = judgement.offset, .last_good_lsn = last_lsn(), .what = judgement.damage};
}

Examined examine(const Surroundings& around, OutboundIndex* outbound) {
    Examined found;
    found.first_lsn = around.first_lsn;
    Error error;
    found.segment = Segment::map(around.directory, around.first_lsn, around.writable, error);
    if (!found.segment) {
        found.judgement.damage = error.text;
        return found;
    }
    Segment& segment = *found.segment;
    const bool newest = around.next_first_lsn == 0;
    found.header_empty = is_zero(segment.base(), kHeaderBytes);
    found.adopted = segment.adopt(found.judgement.damage);
    found.promise = promise_of(segment, around.boot_id, newest);
    std::string wrong = found.adopted ? misfit(segment, around, found.promise) : std::string();
    const bool fits = found.adopted && wrong.empty();
    // Beside a writer the mark is read before the records: what it covers then does not change any more.
    const Mark committed_before = segment.committed();
    found.scan =
        scan_segment(segment, around.first_lsn, [&](const RecordHeader& header, std::uint64_t offset) {
            if (!fits) return;
            segment.note_record(header.lsn - around.first_lsn, offset);
            if (outbound != nullptr) outbound->note(header, offset);
        });
    if (!found.adopted) return found;

    if (!fits) {
        found.judgement.damage = std::move(wrong);
    } else if (newest && around.beside_writer) {
        if (found.scan.good.end < committed_before.end) {
            found.judgement.damage =
                found.scan.why.empty() ? "committed records are missing" : found.scan.why;
            found.judgement.offset = found.scan.stopped_at;
        }
        return found;
    } else {
        found.judgement = judge(segment, found.scan, found.promise);
    }
    const std::uint64_t expected_bytes = segment.header().identity.segment_bytes;
    if (found.judgement.damage.empty() && segment.bytes() != expected_bytes &&
        (!newest || segment.bytes() > expected_bytes)) {
        found.judgement.damage = "the file has " + std::to_string(segment.bytes()) + " bytes, expected " +
                                 std::to_string(expected_bytes);
        found.judgement.offset = found.scan.stopped_at;
    }
    return found;
}

bool Examined::never_durable() const {
    if (header_empty) return true;
    if (!adopted || !promise.rebooted || !promise.disk) return false;
    return Mark::of(segment->header().durable.mark.word) == kEmptyMark;
}

Examined Walk::step(std::uint64_t first_lsn, std::uint64_t next_first_lsn, OutboundIndex* outbound) {
    around_.first_lsn = first_lsn;
    around_.next_first_lsn = next_first_lsn;
    Examined found = examine(around_, cut_ ? nullptr : outbound);
    const bool leaves_out = found.adopted && around_.previous_last_lsn &&
                            found.segment->header().identity.previous_lsn > *around_.previous_last_lsn;
    cut_ = cut_ || (previous_may_lack_ && (found.header_empty || leaves_out));
    if (cut_) {
        found.dropped = found.never_durable();
        found.judgement = {};
        if (!found.dropped) found.judgement.damage = "synced records follow on a segment that lost its own";
        return found;
    }
    cut_ = found.judgement.cut_short;
    previous_may_lack_ = found.promise.rebooted && found.promise.disk;
    around_.previous_last_lsn =
        found.judgement.damage.empty() ? std::optional(found.last_lsn()) : std::nullopt;
    return found;
}

BootId current_boot_id() {
    BootId id{};
    std::FILE* file = std::fopen("/proc/sys/kernel/random/boot_id", "re");
    if (file == nullptr) return id;
    std::size_t digits = 0;
    for (int c = std::fgetc(file); c != EOF && digits < 2 * id.size(); c = std::fgetc(file)) {
        if (std::isxdigit(c) == 0) continue;
        const unsigned value = static_cast<unsigned>(c <= '9' ? c - '0' : std::tolower(c) - 'a' + 10);
        id[digits / 2] |= static_cast<std::byte>(digits % 2 == 0 ? value << 4 : value);
        ++digits;
    }
    std::fclose(file);
    return id;
}

}  // namespace gw::journal
