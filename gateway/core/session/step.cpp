#include "session/step.hpp"

#include <cassert>

namespace gw::session {

Step::Step(const StepLimits& limits)
    : bytes_max_(limits.bytes_max),
      messages_max_(limits.messages_max),
      bytes_(std::make_unique<char[]>(limits.bytes_max)),
      messages_(std::make_unique<OutboundMessage[]>(limits.messages_max)) {}

bool Step::has(NoticeKind kind) const {
    for (const Notice& notice : notices())
        if (notice.kind == kind) return true;
    return false;
}

void Step::begin(const State& state) {
    next = state;
    fate = Fate::none;
    inbound_seq = 0;
    deliver = Deliver::none;
    poss_dup = false;
    poss_resend = false;
    inbound_bytes = {};
    disconnect = false;
    disconnect_reason = {};
    keep = Keep::nothing;
    clear_kept = false;
    kept_taken = 0;
    open_seq = 0;
    used_ = 0;
    message_count_ = 0;
    notice_count_ = 0;
}

// A step leads to a bounded number of notices by construction; one too many would be a mistake here, not a
// reason to write past the end.
void Step::notice(NoticeKind kind, std::uint64_t a, std::uint64_t b) {
    assert(notice_count_ < notices_max);
    if (notice_count_ < notices_max) notices_[notice_count_++] = {kind, a, b};
}

bool Step::push(std::string_view bytes, std::uint64_t seq, MessageKind kind, bool logon) {
    if (bytes.empty() || message_count_ == messages_max_) return false;
    assert(bytes.data() >= bytes_.get() + used_ && bytes.data() + bytes.size() <= bytes_.get() + bytes_max_);
    used_ = static_cast<std::size_t>(bytes.data() + bytes.size() - bytes_.get());
    messages_[message_count_++] = {bytes, seq, kind, logon};
    return true;
}

}  // namespace gw::session
