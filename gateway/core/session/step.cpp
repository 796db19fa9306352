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

// A step leads to a bounded number of notices by construction; one too many would be a mistake here, not a
// reason to write past the end.
void Step::notice(NoticeKind kind, std::uint64_t a, std::uint64_t b) {
    assert(notice_count_ < notices_max);
    if (notice_count_ < notices_max) notices_[notice_count_++] = {kind, a, b};
}

}  // namespace gw::session
