#include "journal/outbound_index.hpp"

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

}  // namespace gw::journal
