// Which of a session's hosts is tried next, and when. Time is an argument.
//
// The hosts are tried in their order; a round that failed altogether doubles the pause before the next. When
// a session that stood on a backup host ends, the policy says whether the first host has its turn again.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace gw::net {

enum class ReturnToFirst : std::uint8_t {
    never,          // a host is kept until it fails
    at_next_logon,  // whenever the session has to connect anew
    after,          // also while it stands, once it has been on a backup for so long and the first answers
};

struct FailoverSettings {
    std::size_t hosts = 1;
    ReturnToFirst return_to_first = ReturnToFirst::at_next_logon;
    std::int64_t return_after_ms = 0;
    std::int64_t reconnect_min_ms = 250;
    std::int64_t reconnect_max_ms = 30'000;
};

class Failover {
  public:
    static constexpr std::int64_t never_ns = std::numeric_limits<std::int64_t>::max();

    explicit Failover(const FailoverSettings& settings = {})
        : settings_(settings), pause_ms_(settings.reconnect_min_ms) {}

    // The host to connect to; 0 is the first.
    [[nodiscard]] std::size_t host() const { return host_; }
    void opened(std::int64_t now_ns) { opened_at_ns_ = now_ns; }
    // The connection, or the attempt, has ended. Returns how long to wait before host() is tried, in ms.
    // `was_up`: it had been logged on.
    [[nodiscard]] std::int64_t ended(bool was_up) {
        const bool returns = returning_ || (was_up && settings_.return_to_first != ReturnToFirst::never);
        returning_ = false;
        opened_at_ns_ = never_ns;
        if (was_up || returns) {
            pause_ms_ = settings_.reconnect_min_ms;
            if (returns) host_ = 0;
            return next_pause(true);
        }
        host_ = (host_ + 1) % settings_.hosts;
        return next_pause(host_ == 0);
    }
    // When to look whether the first host is back: never_ns unless a backup has been used long enough.
    [[nodiscard]] std::int64_t probe_due_ns() const {
        const bool on_backup = host_ != 0 && opened_at_ns_ != never_ns;
        if (!on_backup || settings_.return_to_first != ReturnToFirst::after) return never_ns;
        return opened_at_ns_ + settings_.return_after_ms * 1'000'000;
    }
    // The first host did not answer: the next look is after as long again.
    void probe_failed(std::int64_t now_ns) {
        if (opened_at_ns_ != never_ns) opened_at_ns_ = now_ns;
    }
    // Somebody wants it up now: no pause is left over from before.
    void start_anew() { pause_ms_ = settings_.reconnect_min_ms; }
    // The session is being logged out to go back to the first host.
    void go_back() { returning_ = true; }

  private:
    [[nodiscard]] std::int64_t next_pause(bool round_ended) {
        const std::int64_t pause_ms = round_ended ? pause_ms_ : settings_.reconnect_min_ms;
        if (round_ended) pause_ms_ = std::min(pause_ms_ * 2, settings_.reconnect_max_ms);
        return pause_ms;
    }

    FailoverSettings settings_;
    std::size_t host_ = 0;
    std::int64_t pause_ms_;
    std::int64_t opened_at_ns_ = never_ns;
    bool returning_ = false;
};

}  // namespace gw::net
