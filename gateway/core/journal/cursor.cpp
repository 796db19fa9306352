#include "journal/cursor.hpp"

#include <algorithm>
#include <utility>

#include "journal/segment_chain.hpp"

namespace gw::journal {

Cursor::Cursor(Cursor&& other) noexcept
    : chain_(other.chain_),
      segment_(std::exchange(other.segment_, nullptr)),
      offset_(other.offset_),
      limit_(other.limit_),
      next_lsn_(other.next_lsn_),
      skip_below_(other.skip_below_),
      visibility_(other.visibility_),
      error_(std::move(other.error_)) {}

Cursor& Cursor::operator=(Cursor&& other) noexcept {
    if (this == &other) return *this;
    leave();
    chain_ = other.chain_;
    segment_ = std::exchange(other.segment_, nullptr);
    offset_ = other.offset_;
    limit_ = other.limit_;
    next_lsn_ = other.next_lsn_;
    skip_below_ = other.skip_below_;
    visibility_ = other.visibility_;
    error_ = std::move(other.error_);
    return *this;
}

Cursor::~Cursor() {
    leave();
}

void Cursor::leave() {
    if (segment_ != nullptr) SegmentChain::unpin(*segment_);
    segment_ = nullptr;
}

SeekOutcome Cursor::seek(std::uint64_t lsn) {
    error_ = {};
    skip_below_ = 0;
    const std::uint64_t oldest = chain_->oldest_lsn();
    const std::uint64_t wanted = std::max(lsn, oldest);
    SeekOutcome outcome = lsn < oldest ? SeekOutcome::below_oldest : SeekOutcome::found;
    Segment* target = chain_->pin(wanted);
    leave();
    segment_ = target;
    // A release between the two looks at the oldest lsn leaves the pinned segment starting later than asked.
    next_lsn_ = std::max(wanted, segment_->first_lsn());
    if (next_lsn_ > lsn) outcome = SeekOutcome::below_oldest;

    const Mark end = segment_->visible(visibility_);
    const std::uint64_t index = next_lsn_ - segment_->first_lsn();
    limit_ = end.end;
    if (index < end.records) {
        offset_ = segment_->locate(next_lsn_, end);
        if (offset_ != 0) return outcome;
        error_ = {ErrorCode::damaged, segment_->path() + ": no way to lsn " + std::to_string(lsn) +
                                          "; run `gateway journal verify`"};
        return SeekOutcome::failed;
    }
    // Past what is visible here: stand at the end and let next() step over what comes before the wanted
    // record.
    offset_ = end.end;
    const std::uint64_t stand = segment_->first_lsn() + end.records;
    const Segment* next = segment_->next.load(std::memory_order_acquire);
    if (next != nullptr && end == segment_->committed() && next->first_lsn() > next_lsn_) {
        next_lsn_ = next->first_lsn();
        return SeekOutcome::in_gap;
    }
    skip_below_ = next_lsn_;
    next_lsn_ = stand;
    return outcome == SeekOutcome::found ? SeekOutcome::ahead : outcome;
}

bool Cursor::next(Record& record) {
    for (;;) {
        if (offset_ == limit_) {
            limit_ = segment_->visible(visibility_).end;
            if (offset_ == limit_ && !enter_next_segment()) return false;
            if (offset_ == limit_) continue;
        }
        const RecordHeader& header = segment_->record_at(offset_);
        const std::uint64_t left = limit_ - offset_;
        const bool fits = left >= sizeof(RecordHeader) && header.length <= left - sizeof(RecordHeader);
        if (!fits || header.lsn != next_lsn_ || record_size(header.length) > left ||
            (chain_->mode() == ChainMode::follower && !segment_->checksum_holds(offset_))) {
            error_ = {ErrorCode::damaged, segment_->path() + ": damaged at offset " +
                                              std::to_string(offset_) + ", last good lsn " +
                                              std::to_string(next_lsn_ - 1) +
                                              "; run `gateway journal verify`"};
            return false;
        }
        segment_->read(offset_, record);
        segment_->note_record(next_lsn_ - segment_->first_lsn(), offset_);
        offset_ += record_size(header.length);
        ++next_lsn_;
        if (record.lsn >= skip_below_) return true;
    }
}

bool Cursor::enter_next_segment() {
    Segment* next = chain_->successor(*segment_, error_);
    if (next == nullptr) return false;
    // The link came after this segment's last mark, so that what is read now is final.
    limit_ = segment_->visible(visibility_).end;
    if (offset_ != limit_) return true;
    if (limit_ != segment_->committed().end)
        return false;  // committed to the end, not yet durable to the end
    next->pins.fetch_add(1, std::memory_order_acq_rel);
    leave();
    segment_ = next;
    offset_ = kHeaderBytes;
    limit_ = segment_->visible(visibility_).end;
    next_lsn_ = segment_->first_lsn();
    return true;
}

}  // namespace gw::journal
