// Names and their numbers: accounts, strategies, instruments, clients, venues, sessions. Numbers start at 1.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.hpp"

namespace gw {

class Names {
  public:
    // The number of a name, 0 where it has none. No allocation. Asked twice in a row, as a decision and then
    // its event do, the name is not looked for again.
    [[nodiscard]] std::uint32_t find(std::string_view name) const {
        if (slots_.empty()) return 0;
        const std::uint32_t last = last_.number.load(std::memory_order_relaxed);
        if (last != 0 && is_same(names_[last - 1], name)) return last;
        const std::uint32_t found = look_up(name);
        if (found != 0) last_.number.store(found, std::memory_order_relaxed);
        return found;
    }
    // The number of a name, a new one where it had none. Allocates for a new name only.
    std::uint32_t add(std::string_view name) {
        if (const auto known = find(name)) return known;
        names_.emplace_back(name);
        if (2 * names_.size() > slots_.size())
            grow();
        else
            insert(static_cast<std::uint32_t>(names_.size()));
        return static_cast<std::uint32_t>(names_.size());
    }
    // Empty for 0 and for numbers not given out.
    [[nodiscard]] std::string_view name(std::uint32_t number) const {
        return number == 0 || number > names_.size() ? std::string_view{}
                                                     : std::string_view(names_[number - 1]);
    }
    [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(names_.size()); }

  private:
    // Found last. Several threads may read names at a time; a copy begins anew.
    struct Last {
        Last() = default;
        Last(const Last&) {}
        Last& operator=(const Last&) { return *this; }
        std::atomic<std::uint32_t> number = 0;
    };
    [[nodiscard]] std::uint32_t look_up(std::string_view name) const {
        const std::uint64_t hash = hash_of(name);
        for (std::size_t at = hash & (slots_.size() - 1);; at = (at + 1) & (slots_.size() - 1)) {
            const Slot& slot = slots_[at];
            if (slot.number == 0) return 0;
            if (slot.tag == tag(hash) && is_same(names_[slot.number - 1], name)) return slot.number;
        }
    }
    struct Slot {
        std::uint32_t number = 0;  // 0: free
        std::uint32_t tag = 0;     // the hash's upper half
    };
    [[nodiscard]] static std::uint64_t hash_of(std::string_view name) { return Hash(20).add(name).value(); }
    [[nodiscard]] static std::uint32_t tag(std::uint64_t hash) {
        return static_cast<std::uint32_t>(hash >> 32);
    }
    // Names are short: two words that overlap, and no call.
    [[nodiscard]] static bool is_same(std::string_view a, std::string_view b) {
        const std::size_t size = a.size();
        if (size != b.size()) return false;
        if (size < 4 || size > 16) return a == b;
        return size < 8 ? differing<std::uint32_t>(a, b) == 0 : differing<std::uint64_t>(a, b) == 0;
    }
    template <class Word>
    [[nodiscard]] static Word differing(std::string_view a, std::string_view b) {
        const auto word = [](std::string_view text, std::size_t at) {
            Word read;
            std::memcpy(&read, text.data() + at, sizeof read);
            return read;
        };
        const std::size_t last = a.size() - sizeof(Word);
        return (word(a, 0) ^ word(b, 0)) | (word(a, last) ^ word(b, last));
    }
    void insert(std::uint32_t number) {
        const std::uint64_t hash = hash_of(names_[number - 1]);
        std::size_t at = hash & (slots_.size() - 1);
        while (slots_[at].number != 0) at = (at + 1) & (slots_.size() - 1);
        slots_[at] = {number, tag(hash)};
    }
    void grow() {
        slots_.assign(std::max<std::size_t>(16, 2 * slots_.size()), Slot{});
        for (std::uint32_t number = 1; number <= names_.size(); ++number) insert(number);
    }

    std::deque<std::string> names_;  // a deque: views into it stay good
    mutable Last last_;
    std::vector<Slot> slots_;  // open addressing, half full at most
};

}  // namespace gw
