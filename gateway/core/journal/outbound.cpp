// Journal::outbound(): the table first, then the window of the last scan, then the segments from the newest
// back.
#include "journal/journal.hpp"
#include "journal/segment_chain.hpp"

namespace gw::journal {
namespace {

// Notes the places of the window's numbers in this segment. True: the session was reset in it, and what lies
// before does not count.
bool scan_outbound(Segment& segment, OutboundWindow& window) {
    const bool sealed = segment.next.load(std::memory_order_acquire) != nullptr;
    std::unique_ptr<OutboundSummary> summary;
    if (sealed && !segment.outbound_summary) summary = std::make_unique<OutboundSummary>();
    bool reset = false;
    const std::uint64_t end = segment.committed().end;
    for (std::uint64_t offset = kHeaderBytes; offset < end;) {
        const RecordHeader& header = segment.record_at(offset);
        if (summary) summary->note(header);
        if (header.session == window.session) {
            if ((header.flags & kSequenceReset) != 0) {
                reset = true;
                window.forget(segment.first_lsn(), header.lsn);
            }
            if (OutboundIndex::is_original(header)) window.note(header, offset);
        }
        offset += record_size(header.length);
    }
    if (summary) segment.outbound_summary = std::move(summary);
    return reset;
}

}  // namespace

std::optional<Record> Journal::outbound(std::uint32_t session, std::uint64_t seq) {
    if (seq == 0) return std::nullopt;
    if (const auto place = outbound_.find(session, seq))
        if (auto record = read_record(place->lsn, place->offset)) return record;
    if (const auto place = outbound_window_.find(session, seq, outbound_.reset_lsn(session)))
        if (auto record = read_record(place->lsn, place->offset)) return record;
    return outbound_from_segments(session, seq);
}

std::optional<Record> Journal::read_record(std::uint64_t lsn, std::uint64_t offset) {
    if (lsn < oldest_lsn()) return std::nullopt;
    Segment* segment = chain_->pin(lsn);
    std::optional<Record> record;
    if (lsn >= segment->first_lsn() && segment->record_at(offset).lsn == lsn) {
        record.emplace();
        segment->read(offset, *record);
    }
    SegmentChain::unpin(*segment);
    return record;
}

// Reads the segments from the newest back until one holds the number or a reset of the session, and notes on
// the way where the numbers after it are.
std::optional<Record> Journal::outbound_from_segments(std::uint32_t session, std::uint64_t seq) {
    OutboundWindow& window = outbound_window_;
    window.start(session, seq, outbound_.reset_lsn(session));
    std::optional<Record> found;
    bool done = false;
    const std::vector<Segment*> held = chain_->pin_all();
    for (auto at = held.rbegin(); at != held.rend(); ++at) {
        Segment& segment = **at;
        done = done || segment.last_lsn() < window.reset_lsn;
        const OutboundSummary* summary = segment.outbound_summary.get();
        if (!done &&
            (summary == nullptr || summary->concerns(session, seq, seq + OutboundWindow::kNumbers - 1))) {
            done = scan_outbound(segment, window);
            const OutboundIndex::Place& place = (*window.places)[0];
            if (place.lsn >= segment.first_lsn()) {
                found.emplace();
                segment.read(place.offset, *found);
                done = true;
            }
        }
        SegmentChain::unpin(segment);
    }
    return found;
}

}  // namespace gw::journal
