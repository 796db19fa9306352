// All that changes in a session, as plain data.
#pragma once

#include <cstdint>

#include "session/inbound_table.hpp"
#include "session/link_table.hpp"
#include "session/liveness_table.hpp"
#include "session/replay_table.hpp"

namespace gw::session {

struct State {
    std::uint64_t next_in = 1;   // MsgSeqNum(34) that is expected next
    std::uint64_t next_out = 1;  // MsgSeqNum(34) of the next new message

    Link link = Link::disconnected;
    Inbound inbound = Inbound::in_sync;
    Liveness liveness = Liveness::quiet;
    Replay replay = Replay::idle;

    bool reset_sent = false;        // our Logon carried ResetSeqNumFlag(141)=Y and is not yet answered
    bool reset_next_logon = false;  // our next Logon shall carry it

    std::uint32_t heartbeat_interval_s = 0;
    std::int64_t link_since_ns = 0;
    std::int64_t last_sent_ns = 0;
    std::int64_t last_received_ns = 0;
    std::int64_t test_request_at_ns = 0;
    std::uint64_t test_request_seq = 0;

    std::uint64_t gap_end = 0;        // the last MsgSeqNum that is known to be missing
    std::uint64_t requested_end = 0;  // the last that was asked for; 0: all
    std::int64_t gap_progress_at_ns = 0;

    std::uint64_t replay_next = 0;
    std::uint64_t replay_end = 0;         // inclusive
    std::uint64_t replay_fill_begin = 0;  // first of a gap fill that is still growing; 0: none

    friend bool operator==(const State&, const State&) = default;
};

}  // namespace gw::session
