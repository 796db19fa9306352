// What kind of run a seed is: how both sessions are configured, and which faults there are.
#pragma once

#include <cstdint>
#include <string>

#include "common/dice.hpp"
#include "session/config.hpp"

namespace gw::simulation {

// Mistakes that the simulation can be told to make, to show that its oracle finds them.
enum class Bug : std::uint8_t {
    none,
    send_before_journal,  // bytes are on the wire before the journal has them
    deliver_twice,        // a duplicate is delivered
    forget_kept,          // a message kept ahead of a gap is taken for delivered, and dropped
    stale_numbers,        // recovery goes on from one number too early
};

struct Profile {
    session::Config initiator;
    session::Config acceptor;
    bool disk = false;          // durability: bytes leave once they are synced, and power may fail
    bool stale_orders = false;  // some messages may not be sent again after a while
    bool quiet_resets =
        false;  // both numbers start anew now and then, by agreement, when nothing is under way
    bool proxy_faults = false;  // whole messages come twice, or again on a later connection
    bool clock_steps = false;
    std::uint32_t steps = 0;

    [[nodiscard]] std::string describe() const;
};

[[nodiscard]] Profile make_profile(Dice& dice);

}  // namespace gw::simulation
