// What must hold of one side's journal and wire, whatever has happened: told by what is not the code under
// test.
#pragma once

#include <string>
#include <string_view>

#include "endpoint.hpp"

namespace gw::simulation {

// Each gives what is wrong, or nothing.

// Nothing is on the wire that is not in the journal.
[[nodiscard]] std::string find_wire_fault(const Endpoint& endpoint, const Endpoint::Books& books);

// Exactly once and in order. What the policy has kept from being sent again may be missing, and what was sent
// while a reset was cut off; only that. What was refused for its time when a clock was wrong has to come
// again.
[[nodiscard]] std::string find_delivery_fault(const Endpoint::Books& from, const Endpoint& sender,
                                              const Endpoint::Books& to);

// A message for people to read.
[[nodiscard]] std::string shown(std::string_view bytes);

}  // namespace gw::simulation
