#include "session/kept.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace gw::session {

KeptMessages::KeptMessages(std::size_t messages_max, std::size_t bytes_max)
    : messages_max_(messages_max),
      bytes_max_(bytes_max),
      entries_(std::make_unique<Entry[]>(messages_max + placeholders_max)),
      arena_(std::make_unique_for_overwrite<char[]>(bytes_max)) {}

bool KeptMessages::has(std::uint64_t seq) const {
    const Entry* end = entries_.get() + count_;
    const Entry* at =
        std::lower_bound(entries_.get(), const_cast<Entry*>(end), seq,
                         [](const Entry& entry, std::uint64_t wanted) { return entry.seq < wanted; });
    return at != end && at->seq == seq;
}

bool KeptMessages::has_room(std::size_t size) const {
    if (size == 0) return count_ - message_count_ < placeholders_max;
    return message_count_ < messages_max_ && size <= bytes_max_ - (count_ == 0 ? 0 : used_);
}

void KeptMessages::add(std::uint64_t seq, std::string_view bytes) {
    assert(!has(seq) && has_room(bytes.size()));
    // The arena is a stack that starts again when it is empty: gaps are short, and what does not fit is
    // resent.
    if (count_ == 0) used_ = 0;
    if (!bytes.empty()) std::memcpy(arena_.get() + used_, bytes.data(), bytes.size());
    const Entry entry{seq, static_cast<std::uint32_t>(used_), static_cast<std::uint32_t>(bytes.size())};
    used_ += bytes.size();
    if (!bytes.empty()) ++message_count_;
    std::size_t at = count_++;
    for (; at > 0 && entries_[at - 1].seq > seq; --at) entries_[at] = entries_[at - 1];
    entries_[at] = entry;
}

void KeptMessages::remove_first() {
    assert(count_ > 0);
    --count_;
    if (entries_[0].size != 0) --message_count_;
    std::memmove(&entries_[0], &entries_[1], count_ * sizeof(Entry));
}

}  // namespace gw::session
