// What arrives: in sequence, or with a gap that is being filled.
#pragma once

#include <cstdint>

#include "base/transition_table.hpp"

namespace gw::session {

enum class Inbound : std::uint8_t { in_sync, recovering, count };

enum class InboundEvent : std::uint8_t {
    gap_seen,      // a message is ahead of the next expected
    gap_promised,  // the same at Logon, where NextExpectedMsgSeqNum(789) makes the counterparty resend
                   // unasked
    chunk_filled,  // all that was asked for has come, and the gap goes on
    stalled,       // nothing has come for too long
    gap_filled,
    restarted,  // reset or disconnect: the next Logon will show what is missing
    count
};

enum class InboundEffect : std::uint16_t {
    request_resend = 1,
    announce_gap = 2,
    announce_stall = 4,
    announce_filled = 8,
};

using InboundRow = Transition<Inbound, InboundEvent, InboundEffect>;

inline constexpr auto inbound_machine = [] {
    using enum InboundEffect;
    using E = Effects<InboundEffect>;
    return transition_table<Inbound, InboundEvent, InboundEffect>({
        {Inbound::in_sync, InboundEvent::gap_seen, Inbound::recovering, E(announce_gap) | request_resend},
        {Inbound::in_sync, InboundEvent::gap_promised, Inbound::recovering, announce_gap},
        {Inbound::in_sync, InboundEvent::restarted, Inbound::in_sync},

        // What was asked for is on its way: asking again would bring it twice.
        {Inbound::recovering, InboundEvent::gap_seen, Inbound::recovering},
        {Inbound::recovering, InboundEvent::gap_promised, Inbound::recovering},
        {Inbound::recovering, InboundEvent::chunk_filled, Inbound::recovering, request_resend},
        {Inbound::recovering, InboundEvent::stalled, Inbound::recovering, E(announce_stall) | request_resend},
        {Inbound::recovering, InboundEvent::gap_filled, Inbound::in_sync, announce_filled},
        {Inbound::recovering, InboundEvent::restarted, Inbound::in_sync},
    });
}();

}  // namespace gw::session
