// Which levels belong to which: the desk of an account, the session of a venue. The journal says so
// (LevelGrouped), so that what a group's limits remember follows from it under any configuration.
#pragma once

#include <cstdint>
#include <vector>

#include "risk/level.hpp"

namespace gw::risk {

class Groups {
  public:
    [[nodiscard]] std::uint32_t desk_of(std::uint32_t account) const { return number_at(desks_, account); }
    [[nodiscard]] std::uint32_t session_of(std::uint32_t venue) const { return number_at(sessions_, venue); }
    // `member`: an account or a venue; `group` 0: none any more. False where it is neither.
    bool set(Level member, std::uint32_t group) {
        if (member.kind != LevelKind::account && member.kind != LevelKind::venue) return false;
        auto& groups = member.kind == LevelKind::account ? desks_ : sessions_;
        if (member.number >= groups.size()) groups.resize(std::size_t{member.number} + 1);
        groups[member.number] = group;
        return true;
    }
    // Calls visit(member, group) for each that has one.
    template <class Visitor>
    void for_each(Visitor&& visit) const {
        for (std::uint32_t at = 0; at < desks_.size(); ++at)
            if (desks_[at] != 0) visit(Level{LevelKind::account, at}, desks_[at]);
        for (std::uint32_t at = 0; at < sessions_.size(); ++at)
            if (sessions_[at] != 0) visit(Level{LevelKind::venue, at}, sessions_[at]);
    }
    // Adds the groups of an account and a venue.
    void add(LevelNumbers& numbers) const {
        numbers[at(LevelKind::desk)] = desk_of(numbers[at(LevelKind::account)]);
        numbers[at(LevelKind::session)] = session_of(numbers[at(LevelKind::venue)]);
    }

  private:
    [[nodiscard]] static std::uint32_t number_at(const std::vector<std::uint32_t>& groups, std::uint32_t at) {
        return at < groups.size() ? groups[at] : 0;
    }
    std::vector<std::uint32_t> desks_;     // by account number; 0: none
    std::vector<std::uint32_t> sessions_;  // by venue number; 0: none
};

}  // namespace gw::risk
