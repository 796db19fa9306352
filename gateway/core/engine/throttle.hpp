// How many application messages a session may send in an interval: a sliding window over the times of the
// last ones, so that no interval, wherever it begins, has more. Time is an argument; the memory is taken at
// the start.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "session/step.hpp"

namespace gw::engine {

// What becomes of a request that finds no room.
enum class OverLimit : std::uint8_t {
    deny,  // recorded: its id answers the same way for ever
    drop,  // answered and not recorded: the client may try the same id again
    wait,  // a new order is accepted and sent when there is room; replaces and cancels are denied
};

struct ThrottleSettings {
    std::uint32_t messages = 0;  // 0: no limit
    std::int64_t interval_ns = 1'000'000'000;
    std::uint32_t reserved_for_cancels = 0;  // below `messages`
    OverLimit over = OverLimit::deny;
    // With `wait`: how many new orders may wait, and for how long at most.
    std::uint32_t waiting_max = 1'000;
    std::int64_t wait_max_ns = 1'000'000'000;
};

// New orders that wait for room, oldest first; the memory is taken at the start.
class WaitingOrders {
  public:
    struct Entry {
        std::uint64_t order = 0;
        std::int64_t until_ns = 0;  // not sent from then on
    };

    explicit WaitingOrders(const ThrottleSettings& settings)
        : ring_(settings.over == OverLimit::wait && settings.messages != 0 ? settings.waiting_max : 0) {}

    [[nodiscard]] bool empty() const { return count_ == 0; }
    [[nodiscard]] bool full() const { return count_ == ring_.size(); }
    [[nodiscard]] std::size_t count() const { return count_; }
    [[nodiscard]] const Entry& front() const { return ring_[first_]; }
    // Precondition: !full().
    void push(const Entry& entry) { ring_[(first_ + count_++) % ring_.size()] = entry; }
    // Precondition: !empty().
    void pop() {
        first_ = (first_ + 1) % ring_.size();
        --count_;
    }

  private:
    std::vector<Entry> ring_;
    std::size_t first_ = 0;
    std::size_t count_ = 0;
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

    // From when on there is room for what is no cancel, if nothing more is sent; the largest value where
    // never.
    [[nodiscard]] std::int64_t room_at_ns() const {
        const std::uint32_t most = settings_.messages - settings_.reserved_for_cancels;
        if (most == 0) return std::numeric_limits<std::int64_t>::max();
        if (count_ < most) return 0;
        const std::size_t size = sent_at_ns_.size();
        return sent_at_ns_[(next_ + size - most) % size] + settings_.interval_ns;
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
