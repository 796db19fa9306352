// Journal::outbound(): the table first, then the window of the last scan, then the segments from the newest
// back.
#include "journal/journal.hpp"
#include "journal/segment_chain.hpp"

namespace gw::journal {

std::optional<Record> Journal::outbound(std::uint32_t session, std::uint64_t seq) {
    if (seq == 0) return std::nullopt;
    if (const auto place = outbound_.find(session, seq))
        if (auto record = read_record(place->lsn, place->offset)) return record;
    const OutboundWindow& window = outbound_window_;
    if (window.places && window.first_seq != 0 && window.session == session &&
        window.reset_lsn == outbound_.reset_lsn(session) && seq >= window.first_seq &&
        seq - window.first_seq < OutboundWindow::kNumbers) {
        const OutboundIndex::Place& place = (*window.places)[seq - window.first_seq];
        if (place.lsn != 0)
            if (auto record = read_record(place.lsn, place.offset)) return record;
    }
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

std::optional<Record> Journal::outbound_from_segments(std::uint32_t session, std::uint64_t seq) {
    OutboundWindow& window = outbound_window_;
    if (!window.places)
        window.places = std::make_unique<std::array<OutboundIndex::Place, OutboundWindow::kNumbers>>();
    window.places->fill({});
    window.session = session;
    window.first_seq = seq;
    window.reset_lsn = outbound_.reset_lsn(session);

    std::optional<Record> found;
    bool done = false;
    std::vector<Segment*> held = chain_->pin_all();
    for (auto at = held.rbegin(); at != held.rend(); ++at) {
        Segment& segment = **at;
        const Mark end = segment.committed();
        if (done || segment.first_lsn() + end.records <= window.reset_lsn) {
            SegmentChain::unpin(segment);
            continue;
        }
        // Within a segment the newest counts, and a reset ends the search once the segment has been read.
        std::array<std::uint64_t, 2> best{};  // lsn, offset
        for (std::uint64_t offset = kHeaderBytes; offset < end.end;) {
            const RecordHeader& header = segment.record_at(offset);
            if (header.session == session) {
                if ((header.flags & kSequenceReset) != 0) {
                    best = {};
                    done = true;
                    // Places noted so far in this segment lie before the reset; those of newer segments after
                    // it.
                    for (auto& place : *window.places)
                        if (place.lsn < header.lsn && place.lsn >= segment.first_lsn()) place = {};
                }
                if (OutboundIndex::is_original(header) && header.seq >= seq &&
                    header.seq - seq < OutboundWindow::kNumbers) {
                    OutboundIndex::Place& place = (*window.places)[header.seq - seq];
                    const bool newer_segment_has_it = place.lsn > header.lsn;
                    if (!newer_segment_has_it) place = {.lsn = header.lsn, .offset = offset};
                    if (header.seq == seq) best = {header.lsn, offset};
                }
            }
            offset += record_size(header.length);
        }
        if (best[0] != 0) {
            found.emplace();
            segment.read(best[1], *found);
            done = true;
        }
        SegmentChain::unpin(segment);
    }
    return found;
}

}  // namespace gw::journal
