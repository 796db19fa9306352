// How many application messages a session may send in an interval: a sliding window over the times of the
// last ones, so that no interval, wherever it begins, has more. Time is an argument; the memory is taken at
// the start.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "session/step.hpp"

namespace gw::engine {

// What becomes of a request that finds no room.
enum class OverLimit : std::uint8_t {
    deny,  // recorded: its id answers the same way for ever
    drop,  // answered and not recorded: the client may try the same id again
};

struct ThrottleSettings {
    std::uint32_t messages = 0;  // 0: no limit
    std::int64_t interval_ns = 1'000'000'000;
    std::uint32_t reserved_for_cancels = 0;  // below `messages`
    OverLimit over = OverLimit::deny;
};

class Throttle {
  public:
    explicit Throttle(const ThrottleSettings& settings)
        : settings_(settings), sent_at_ns_(settings.messages) {}

    [[nodiscard]] const ThrottleSettings& settings() const { return settings_; }
    [[nodiscard]] bool limits() const { return settings_.messages != 0; }

    [[nodiscard]] bool has_room(std::int64_t now_ns, bool cancel) const {
        if (!limits()) return true;
        const std::uint32_t most = settings_.messages - (cancel ? 0 : settings_.reserved_for_cancels);
        if (most == 0) return false;
        if (count_ < most) return true;
        // The last but most-1 of those sent: with one more there would be too many since then.
        const std::size_t size = sent_at_ns_.size();
        return now_ns - sent_at_ns_[(next_ + size - most) % size] >= settings_.interval_ns;
    }

    void sent(std::int64_t at_ns) {
        if (!limits()) return;
        sent_at_ns_[next_] = at_ns;
        next_ = (next_ + 1) % sent_at_ns_.size();
        count_ = std::min(count_ + 1, sent_at_ns_.size());
    }
    // Copies of earlier messages and session messages are not counted.
    void sent(std::span<const session::OutboundMessage> messages, std::int64_t at_ns) {
        for (const session::OutboundMessage& message : messages)
            if (message.kind == session::MessageKind::application) sent(at_ns);
    }

  private:
    ThrottleSettings settings_;
    std::vector<std::int64_t> sent_at_ns_;  // a ring of the last `messages`
    std::size_t next_ = 0;
    std::size_t count_ = 0;
};

}  // namespace gw::engine
