// Names and their numbers: accounts, strategies, instruments, clients, venues, sessions. Numbers start at 1.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

namespace gw {

class Names {
  public:
    // The number of a name, 0 where it has none. No allocation.
    [[nodiscard]] std::uint32_t find(std::string_view name) const {
        const auto at = numbers_.find(name);
        return at == numbers_.end() ? 0 : at->second;
    }
    // The number of a name, a new one where it had none. Allocates for a new name only.
    std::uint32_t add(std::string_view name) {
        if (const auto known = find(name)) return known;
        const std::string& kept = names_.emplace_back(name);
        numbers_.emplace(std::string_view(kept), static_cast<std::uint32_t>(names_.size()));
        return static_cast<std::uint32_t>(names_.size());
    }
    // Empty for 0 and for numbers not given out.
    [[nodiscard]] std::string_view name(std::uint32_t number) const {
        return number == 0 || number > names_.size() ? std::string_view{}
                                                     : std::string_view(names_[number - 1]);
    }
    [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(names_.size()); }

  private:
    std::deque<std::string> names_;  // a deque: views into it stay good
    std::unordered_map<std::string_view, std::uint32_t> numbers_;
};

}  // namespace gw
