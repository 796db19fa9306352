#include "journal/outbound_index.hpp"

#include <algorithm>

namespace gw::journal {

void OutboundIndex::note(const RecordHeader& header, std::uint64_t offset) {
    if ((header.flags & kSequenceReset) != 0) note_reset(header.session, header.lsn);
    if (!is_original(header)) return;
    entry(header.session, header.seq) = {.seq = header.seq,
                                         .lsn = header.lsn,
                                         .session = header.session,
                                         .offset8 = static_cast<std::uint32_t>(offset / 8)};
}

std::optional<OutboundIndex::Place> OutboundIndex::find(std::uint32_t session, std::uint64_t seq) const {
    const Entry& found = entry(session, seq);
    if (found.lsn == 0 || found.session != session || found.seq != seq) return std::nullopt;
    const std::uint64_t reset = reset_lsn(session);
    if (found.lsn < reset || (reset == 0 && found.lsn < overflow_lsn_)) return std::nullopt;
    return Place{.lsn = found.lsn, .offset = std::uint64_t{found.offset8} * 8};
}

std::uint64_t OutboundIndex::reset_lsn(std::uint32_t session) const {
    for (std::size_t probe = 0; probe < kProbesMax; ++probe) {
        const Reset& slot = resets_[(session + probe) & (kResetSlots - 1)];
        if (slot.lsn == 0) return 0;
        if (slot.session == session) return slot.lsn;
    }
    return 0;
}

void OutboundIndex::note_reset(std::uint32_t session, std::uint64_t lsn) {
    for (std::size_t probe = 0; probe < kProbesMax; ++probe) {
        Reset& slot = resets_[(session + probe) & (kResetSlots - 1)];
        if (slot.lsn != 0 && slot.session != session) continue;
        slot = {.lsn = lsn, .session = session};
        return;
    }
    overflow_lsn_ = lsn;
}

void OutboundSummary::note(const RecordHeader& header) {
    const bool reset = (header.flags & kSequenceReset) != 0;
    if (full_ || (!reset && !OutboundIndex::is_original(header))) return;
    if (latest_ >= lines_.size() || lines_[latest_].session != header.session) {
        const auto found = std::find_if(lines_.begin(), lines_.end(),
                                        [&](const Line& line) { return line.session == header.session; });
        latest_ = static_cast<std::size_t>(found - lines_.begin());
        if (found == lines_.end()) {
            full_ = lines_.size() == kSessionsMax;
            if (full_) return;
            lines_.push_back({.session = header.session});
        }
    }
    Line& line = lines_[latest_];
    line.reset = line.reset || reset;
    if (!OutboundIndex::is_original(header)) return;
    line.first_seq = std::min(line.first_seq, header.seq);
    line.last_seq = std::max(line.last_seq, header.seq);
}

void OutboundWindow::start(std::uint32_t of_session, std::uint64_t from_seq, std::uint64_t reset) {
    if (!places) places = std::make_unique<std::array<OutboundIndex::Place, kNumbers>>();
    places->fill({});
    session = of_session;
    first_seq = from_seq;
    reset_lsn = reset;
}

std::optional<OutboundIndex::Place> OutboundWindow::find(std::uint32_t of_session, std::uint64_t seq,
                                                         std::uint64_t reset) const {
    if (!places || first_seq == 0 || session != of_session || reset_lsn != reset) return std::nullopt;
    if (seq < first_seq || seq - first_seq >= kNumbers || (*places)[seq - first_seq].lsn == 0)
        return std::nullopt;
    return (*places)[seq - first_seq];
}

void OutboundWindow::note(const RecordHeader& header, std::uint64_t offset) {
    if (header.seq < first_seq || header.seq - first_seq >= kNumbers) return;
    OutboundIndex::Place& place = (*places)[header.seq - first_seq];
    if (place.lsn < header.lsn) place = {.lsn = header.lsn, .offset = offset};
}

void OutboundWindow::forget(std::uint64_t from_lsn, std::uint64_t before_lsn) {
    for (OutboundIndex::Place& place : *places)
        if (place.lsn >= from_lsn && place.lsn < before_lsn) place = {};
}

bool OutboundSummary::concerns(std::uint32_t session, std::uint64_t first_seq, std::uint64_t last_seq) const {
    if (full_) return true;
    for (const Line& line : lines_)
        if (line.session == session)
            return line.reset || (line.first_seq <= last_seq && line.last_seq >= first_seq);
    return false;
}

}  // namespace gw::journal
