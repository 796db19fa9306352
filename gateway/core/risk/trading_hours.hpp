// When instruments may be traded: windows on the UTC time line, computed from a schedule by whoever
// configures.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace gw::risk {

struct TradingWindow {
    std::int64_t opens_ns = 0;
    std::int64_t closes_ns = 0;  // first instant after it
};

// Known by a name, so that instruments can share them.
struct TradingHours {
    std::string name;
    std::vector<TradingWindow> windows;  // in order, not overlapping

    // Behind the last window that is known, it is closed.
    [[nodiscard]] bool open_at(std::int64_t now_ns) const {
        const auto next =
            std::upper_bound(windows.begin(), windows.end(), now_ns,
                             [](std::int64_t now, const TradingWindow& each) { return now < each.opens_ns; });
        return next != windows.begin() && now_ns < std::prev(next)->closes_ns;
    }
};

}  // namespace gw::risk
