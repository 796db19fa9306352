// An array that grows to a fixed maximum and never moves: addresses stay good, and an index is an identity.
//
// The whole range is reserved as address space at the start and costs memory only where it is used. Values
// must be trivial: a slab never runs a destructor. Index 0 is never given out, so that 0 can mean "none".
#pragma once

#include <sys/mman.h>

#include <atomic>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <new>
#include <type_traits>

#include "base/memory_pages.hpp"

namespace gw {

template <class T>
class Slab {
    static_assert(std::is_trivially_destructible_v<T>);

  public:
    // Throws std::bad_alloc where the address space cannot be had.
    explicit Slab(std::size_t count_max) : capacity_(count_max + 1) {
        void* at = ::mmap(nullptr, bytes(), PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (at == MAP_FAILED) throw std::bad_alloc{};
        items_ = static_cast<T*>(at);
    }
    ~Slab() { ::munmap(items_, bytes()); }
    Slab(const Slab&) = delete;
    Slab& operator=(const Slab&) = delete;

    // The index the next add() will give; 0 where the slab is full.
    [[nodiscard]] std::uint64_t next_index() const { return used_ < capacity_ ? used_ : 0; }
    // Precondition: next_index() != 0.
    T& add() {
        assert(used_ < capacity_);
        T* added = new (items_ + used_) T{};
        std::atomic_ref(used_).store(used_ + 1, std::memory_order_relaxed);  // prefault() looks on
        return *added;
    }
    [[nodiscard]] bool contains(std::uint64_t index) const { return index != 0 && index < used_; }
    [[nodiscard]] T& operator[](std::uint64_t index) {
        assert(contains(index));
        return items_[index];
    }
    [[nodiscard]] const T& operator[](std::uint64_t index) const {
        assert(contains(index));
        return items_[index];
    }
    [[nodiscard]] std::size_t size() const { return used_ - 1; }
    // Item 1 and those after it, side by side.
    [[nodiscard]] const T* items() const { return items_ + 1; }
    // Adds `count` items that the caller fills, and returns the first. Precondition: there is room.
    [[nodiscard]] T* extend(std::size_t count) {
        assert(used_ + count <= capacity_);
        T* first = items_ + used_;
        std::atomic_ref(used_).store(used_ + count, std::memory_order_relaxed);
        return first;
    }
    [[nodiscard]] std::size_t size_max() const { return capacity_ - 1; }

    // Touches the pages behind the last item, so that the next adds meet no page fault. Any thread, beside
    // the writer.
    void prefault(std::size_t item_count) const {
        const std::size_t used =
            std::atomic_ref(const_cast<std::size_t&>(used_)).load(std::memory_order_relaxed);
        populate(items_ + used, std::min(item_count, capacity_ - used) * sizeof(T));
    }
    void use_large_pages() const { gw::use_large_pages(items_, bytes()); }

  private:
    [[nodiscard]] std::size_t bytes() const { return capacity_ * sizeof(T); }

    T* items_ = nullptr;
    std::size_t capacity_;
    std::size_t used_ = 1;
};

}  // namespace gw
