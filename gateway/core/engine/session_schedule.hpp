// When a session is up: windows on the UTC time line that were computed from its schedule, in order. What day
// it is, what the time zone does, which days are holidays, is settled before they come here.
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <limits>
#include <vector>

namespace gw::engine {

struct SessionWindow {
    std::int64_t opens_ns = 0;
    std::int64_t closes_ns = 0;  // first instant after it
    std::uint32_t day = 0;       // YYYYMMDD; windows of one day share their sequence numbers
    friend bool operator==(const SessionWindow&, const SessionWindow&) = default;
};

// What happens to the sequence numbers when a session day begins.
enum class DayReset : std::uint8_t {
    never,
    local,  // both start at 1, since the counterparty does the same by its own schedule
    logon   // both start at 1, and the day's first Logon says so by ResetSeqNumFlag(141)=Y
};

inline constexpr std::size_t windows_max = 1024;
// A clock that is set back by less than this does not close a window that has just opened.
inline constexpr std::int64_t clock_step_tolerated_ns = 5'000'000'000;

struct SessionSchedule {
    bool active = false;  // false: always up
    DayReset reset = DayReset::never;
    std::vector<SessionWindow> windows;  // in order, not overlapping; at most windows_max

    // The window that `now` is in; null where it is in none. `early_ns`: how much before it opens counts too.
    [[nodiscard]] const SessionWindow* at(std::int64_t now_ns, std::int64_t early_ns = 0) const {
        const auto next = after(now_ns);
        if (next != windows.begin() && now_ns < std::prev(next)->closes_ns) return &*std::prev(next);
        if (next != windows.end() && now_ns >= next->opens_ns - early_ns) return &*next;
        return nullptr;
    }
    // The first that opens after `now`; windows.end() where none is known.
    [[nodiscard]] std::vector<SessionWindow>::const_iterator after(std::int64_t now_ns) const {
        return std::upper_bound(
            windows.begin(), windows.end(), now_ns,
            [](std::int64_t now, const SessionWindow& window) { return now < window.opens_ns; });
    }
};

[[nodiscard]] inline bool is_in_order(const std::vector<SessionWindow>& windows) {
    std::int64_t end = std::numeric_limits<std::int64_t>::min();
    for (const SessionWindow& window : windows) {
        if (window.opens_ns < end || window.closes_ns <= window.opens_ns) return false;
        end = window.closes_ns;
    }
    return windows.size() <= windows_max;
}

}  // namespace gw::engine
