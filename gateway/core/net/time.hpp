// The clocks that the runtime's files read.
#pragma once

#include <chrono>
#include <cstdint>

namespace gw::net {

inline constexpr std::int64_t ns_per_ms = 1'000'000;

// For durations and timeouts: never set back.
[[nodiscard]] inline std::int64_t steady_ns() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

}  // namespace gw::net
