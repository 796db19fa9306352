// A latency histogram with fixed bounds, 1 us to 1 s. Recording is one relaxed increment; reading is
// approximate while others record, which is what a scrape needs.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>

namespace gw {

class Histogram {
  public:
    static constexpr std::array<std::int64_t, 19> bounds_ns = {
        1'000,      2'000,       5'000,       10'000,      20'000,       50'000,     100'000,
        200'000,    500'000,     1'000'000,   2'000'000,   5'000'000,    10'000'000, 20'000'000,
        50'000'000, 100'000'000, 200'000'000, 500'000'000, 1'000'000'000};

    void record(std::int64_t duration_ns) {
        const auto at = std::lower_bound(bounds_ns.begin(), bounds_ns.end(), duration_ns) - bounds_ns.begin();
        counts_[static_cast<std::size_t>(at)].fetch_add(1, std::memory_order_relaxed);
        sum_ns_.fetch_add(duration_ns, std::memory_order_relaxed);
    }
    // The last one counts what is above every bound.
    [[nodiscard]] std::uint64_t count(std::size_t bucket) const {
        return counts_[bucket].load(std::memory_order_relaxed);
    }
    [[nodiscard]] std::int64_t sum_ns() const { return sum_ns_.load(std::memory_order_relaxed); }

  private:
    std::array<std::atomic<std::uint64_t>, bounds_ns.size() + 1> counts_{};
    std::atomic<std::int64_t> sum_ns_{0};
};

}  // namespace gw
