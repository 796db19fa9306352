// Who sleeps until there is something to read. A commit costs one load here while nobody does.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>

#include "journal/cursor.hpp"

namespace gw::journal {

inline constexpr int kWaitersMax = 64;

// The event descriptors belong to the slots and stay open as long as the journal: a wake-up that comes late
// must never write into a descriptor that has become something else.
class Waiters {
  public:
    Waiters() { descriptors_.fill(-1); }
    ~Waiters();
    Waiters(const Waiters&) = delete;
    Waiters& operator=(const Waiters&) = delete;

    // A slot, or -1 when all are taken.
    [[nodiscard]] int claim();
    void give_back(int slot);
    [[nodiscard]] int descriptor(int slot) const { return descriptors_[static_cast<std::size_t>(slot)]; }

    // Sequentially consistent, as are the store of the lsn before wake() and the look at it after arm():
    // either the writer sees the waiter or the waiter sees the lsn.
    void arm(int slot, Visibility visibility) {
        armed_for(visibility).fetch_or(std::uint64_t{1} << slot, std::memory_order_seq_cst);
    }
    void disarm(int slot);
    void wake(Visibility visibility) {
        auto& armed = armed_for(visibility);
        if (armed.load(std::memory_order_seq_cst) != 0) wake_armed(armed);
    }

  private:
    using Slots = std::atomic<std::uint64_t>;  // a bit a slot
    [[nodiscard]] Slots& armed_for(Visibility visibility) {
        return visibility == Visibility::committed ? armed_committed_ : armed_durable_;
    }
    void wake_armed(Slots& armed);

    Slots armed_committed_{0};
    Slots armed_durable_{0};
    std::mutex mutex_;
    std::uint64_t claimed_ = 0;
    std::array<int, kWaitersMax> descriptors_;
};

}  // namespace gw::journal
