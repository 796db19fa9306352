// Whether the order's outcome is known. Nothing else is in this file.
#pragma once

#include <cstdint>

#include "base/transition_table.hpp"

namespace gw::order {

enum class Certainty : std::uint8_t { known, unknown };

enum class CertaintyEvent : std::uint8_t {
    answer_lost,  // the session ended while the venue owed an answer
    evidence,     // the venue spoke of the order, or it is proven not to have been sent
};

inline constexpr auto certainty_table = transition_table<Certainty, CertaintyEvent>({
    {Certainty::known, CertaintyEvent::answer_lost, Certainty::unknown},
    {Certainty::unknown, CertaintyEvent::answer_lost, Certainty::unknown},
    {Certainty::known, CertaintyEvent::evidence, Certainty::known},
    {Certainty::unknown, CertaintyEvent::evidence, Certainty::known},
});

}  // namespace gw::order
