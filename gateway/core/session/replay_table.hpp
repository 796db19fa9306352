// Our answer to a ResendRequest, given in slices.
#pragma once

#include <cstdint>

#include "base/transition_table.hpp"

namespace gw::session {

enum class Replay : std::uint8_t { idle, replaying, count };

enum class ReplayEvent : std::uint8_t { requested, finished, restarted, count };

enum class ReplayEffect : std::uint16_t {
    begin_range = 1,
    widen_range = 2,
    announce_finished = 4,
};

using ReplayRow = Transition<Replay, ReplayEvent, ReplayEffect>;

inline constexpr auto replay_machine = [] {
    using enum ReplayEffect;
    return transition_table<Replay, ReplayEvent, ReplayEffect>({
        {Replay::idle, ReplayEvent::requested, Replay::replaying, begin_range},
        {Replay::idle, ReplayEvent::restarted, Replay::idle},

        // A second request while the first is being answered: one range that covers both.
        {Replay::replaying, ReplayEvent::requested, Replay::replaying, widen_range},
        {Replay::replaying, ReplayEvent::finished, Replay::idle, announce_finished},
        {Replay::replaying, ReplayEvent::restarted, Replay::idle},
    });
}();

}  // namespace gw::session
