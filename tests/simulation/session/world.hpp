// One run: both sides, the network between them, the clock, faults by chance; then everything heals, and the
// books of both sides must agree.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "common/dice.hpp"
#include "common/network.hpp"
#include "endpoint.hpp"
#include "profile.hpp"

namespace gw::simulation {

struct Outcome {
    std::string failure;  // empty: all is well
    std::string profile;
    std::uint64_t messages = 0;  // application messages sent
    std::uint64_t crashes = 0;
    std::uint64_t cuts = 0;
};

// The same seed and bug give the same run. With `trace` each event is printed.
[[nodiscard]] Outcome run_seed(std::uint64_t seed, Bug bug, bool trace);

}  // namespace gw::simulation
