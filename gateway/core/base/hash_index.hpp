// A hash index over items that live elsewhere: 64-bit hash -> item number, open addressing, fixed capacity.
//
// The index holds no keys. `find` offers each candidate to the caller, who compares the real key: no two keys
// are ever mixed up because their hashes agree. Nothing is removed: ids are kept for as long as the journal
// is.
#pragma once

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <new>

#include "base/memory_pages.hpp"

namespace gw {

class HashIndex {
  public:
    explicit HashIndex(std::size_t count_max) : slots_count_(std::bit_ceil(count_max * 2 + 2)) {
        void* at = ::mmap(nullptr, bytes(), PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (at == MAP_FAILED) throw std::bad_alloc{};
        slots_ = static_cast<Slot*>(at);
    }
    ~HashIndex() { ::munmap(slots_, bytes()); }
    HashIndex(const HashIndex&) = delete;
    HashIndex& operator=(const HashIndex&) = delete;

    // The first item for which `matches(item)` holds, or 0.
    template <class Matches>
    [[nodiscard]] std::uint64_t find(std::uint64_t hash, Matches&& matches) const {
        for (std::size_t at = place(hash);; at = (at + 1) & (slots_count_ - 1)) {
            const Slot& slot = slots_[at];
            if (slot.item == 0) return 0;
            if (slot.tag == tag(hash) && matches(std::uint64_t{slot.item})) return slot.item;
        }
    }
    // Ahead of a find() or insert(), by as much work as there is in between: a place in a large table is in
    // no cache.
    void prefetch(std::uint64_t hash) const { __builtin_prefetch(&slots_[place(hash)]); }
    // Precondition: fewer than count_max items, item in 1..2^32-1, key not present.
    void insert(std::uint64_t hash, std::uint64_t item) {
        assert(item != 0 && item <= UINT32_MAX && count_ < slots_count_ / 2);
        std::size_t at = place(hash);
        while (slots_[at].item != 0) at = (at + 1) & (slots_count_ - 1);
        slots_[at] = {static_cast<std::uint32_t>(item), tag(hash)};
        ++count_;
    }
    [[nodiscard]] std::size_t size() const { return count_; }
    [[nodiscard]] std::size_t bytes() const { return slots_count_ * sizeof(Slot); }
    // Places are drawn by hash: the first inserts already reach nearly every page. Touches `count` bytes of
    // the table from `offset` on; false where that is beyond it. Any thread, beside the writer.
    bool prefault(std::size_t offset, std::size_t count) const {
        if (offset == 0) use_large_pages(slots_, bytes());
        if (offset >= bytes()) return false;
        populate(reinterpret_cast<const std::byte*>(slots_) + offset, std::min(count, bytes() - offset));
        return true;
    }
    // Every item, so that inserting them anew in this order finds the same one among those with equal keys.
    template <class Visitor>
    void for_each(Visitor&& visit) const {
        std::size_t first = 0;  // behind a free slot: a run of collisions begins there
        while (slots_[first].item != 0) ++first;
        for (std::size_t step = 1; step < slots_count_; ++step)
            if (const Slot& slot = slots_[(first + step) & (slots_count_ - 1)]; slot.item != 0)
                visit(std::uint64_t{slot.item});
    }

  private:
    struct Slot {
        std::uint32_t item;  // 0: free
        std::uint32_t tag;   // the hash's upper half, so that most misses touch nothing else
    };

    [[nodiscard]] std::size_t place(std::uint64_t hash) const { return hash & (slots_count_ - 1); }
    [[nodiscard]] static std::uint32_t tag(std::uint64_t hash) {
        return static_cast<std::uint32_t>(hash >> 32);
    }
    Slot* slots_ = nullptr;
    std::size_t slots_count_;
    std::size_t count_ = 0;
};

}  // namespace gw
