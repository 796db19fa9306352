#include "journal/segment_chain.hpp"

#include <algorithm>

namespace gw::journal {

SegmentChain::~SegmentChain() {
    refresh();
    for (Segment* segment : segments_) delete segment;
}

void SegmentChain::append(std::unique_ptr<Segment> segment) {
    Segment* added = segment.release();
    if (newest_ == nullptr) {
        oldest_lsn_.store(added->first_lsn(), std::memory_order_release);
        segments_.push_back(added);
    } else {
        newest_->next.store(added, std::memory_order_release);
    }
    newest_ = added;
}

void SegmentChain::refresh() {
    if (segments_.empty()) return;
    while (Segment* next = segments_.back()->next.load(std::memory_order_acquire)) segments_.push_back(next);
}

Segment* SegmentChain::pin(std::uint64_t lsn) {
    if (mode_ == ChainMode::follower) (void)last_lsn(Visibility::committed);
    const std::lock_guard lock(mutex_);
    refresh();
    auto after =
        std::upper_bound(segments_.begin(), segments_.end(), lsn,
                         [](std::uint64_t wanted, const Segment* s) { return wanted < s->first_lsn(); });
    Segment* found = after == segments_.begin() ? segments_.front() : *(after - 1);
    found->pins.fetch_add(1, std::memory_order_acq_rel);
    return found;
}

std::vector<Segment*> SegmentChain::pin_all() {
    const std::lock_guard lock(mutex_);
    refresh();
    for (Segment* segment : segments_) segment->pins.fetch_add(1, std::memory_order_acq_rel);
    return segments_;
}

Segment* SegmentChain::successor(Segment& segment, Error& error) {
    if (Segment* next = segment.next.load(std::memory_order_acquire)) return next;
    return mode_ == ChainMode::follower ? map_successor(segment, error) : nullptr;
}

Segment* SegmentChain::map_successor(Segment& segment, Error& error) {
    const auto next_lsn =
        std::atomic_ref(segment.header().commit.next_first_lsn).load(std::memory_order_acquire);
    if (next_lsn == 0) return nullptr;
    const std::lock_guard lock(mutex_);
    if (Segment* next = segment.next.load(std::memory_order_acquire)) return next;
    const std::string path = directory_ + "/" + segment_name(next_lsn);
    auto mapped = Segment::map(directory_, next_lsn, false, error);
    if (!mapped) {
        error.text += "; it was archived or removed: open the reader again";
        return nullptr;
    }
    std::string why;
    if (!mapped->adopt(why)) {
        error = {ErrorCode::damaged, path + ": " + why + "; run `gateway journal verify`"};
        return nullptr;
    }
    newest_ = mapped.get();
    segment.next.store(mapped.release(), std::memory_order_release);
    refresh();
    return newest_;
}

std::uint64_t SegmentChain::last_lsn(Visibility visibility) {
    Error ignored;  // what cannot be mapped is not visible, and the cursor that gets there says why
    const std::vector<Segment*> held = pin_all();
    std::uint64_t last = held.front()->first_lsn() - 1;
    Segment* newest = held.back();
    while (Segment* next = successor(*newest, ignored)) newest = next;
    for (Segment* segment = held.front(); segment != nullptr;
         segment = segment->next.load(std::memory_order_acquire)) {
        const Mark mark = segment->visible(visibility);
        if (mark.records > 0) last = segment->first_lsn() + mark.records - 1;
    }
    for (Segment* segment : held) unpin(*segment);
    return last;
}

std::vector<SegmentInfo> SegmentChain::list() {
    if (mode_ == ChainMode::follower) (void)last_lsn(Visibility::committed);
    std::vector<SegmentInfo> listed;
    const std::vector<Segment*> held = pin_all();
    for (Segment* segment : held) {
        listed.push_back({.path = segment->path(),
                          .first_lsn = segment->first_lsn(),
                          .last_lsn = segment->last_lsn(),
                          .bytes = segment->bytes(),
                          .sealed = segment != held.back()});
        unpin(*segment);
    }
    return listed;
}

std::unique_ptr<Segment> SegmentChain::take_oldest_before(std::uint64_t lsn) {
    const std::lock_guard lock(mutex_);
    refresh();
    if (segments_.size() < 2) return nullptr;
    Segment* oldest = segments_.front();
    if (segments_[1]->first_lsn() > lsn || oldest->pins.load(std::memory_order_acquire) != 0) return nullptr;
    segments_.erase(segments_.begin());
    oldest_lsn_.store(segments_.front()->first_lsn(), std::memory_order_release);
    return std::unique_ptr<Segment>(oldest);
}

Cursor SegmentChain::cursor(std::uint64_t from_lsn, Visibility visibility) {
    Cursor made(*this, visibility);
    (void)made.seek(from_lsn);
    return made;
}

}  // namespace gw::journal
