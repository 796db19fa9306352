// All that changes in a session, as plain data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "session/inbound_table.hpp"
#include "session/link_table.hpp"
#include "session/liveness_table.hpp"
#include "session/replay_table.hpp"

namespace gw::session {

struct State {
    std::uint64_t next_in = 1;   // MsgSeqNum(34) that is expected next
    std::uint64_t next_out = 1;  // MsgSeqNum(34) of the next new message
    std::int64_t last_sent_ns = 0;
    std::int64_t last_received_ns = 0;
    // What changes with every message ends here; see copy_state.

    Link link = Link::disconnected;
    Inbound inbound = Inbound::in_sync;
    Liveness liveness = Liveness::quiet;
    Replay replay = Replay::idle;

    bool reset_sent = false;        // our Logon carried ResetSeqNumFlag(141)=Y and is not yet answered
    bool reset_next_logon = false;  // our next Logon shall carry it
    std::int64_t reset_sent_at_ns = 0;
    std::int64_t reset_heard_ns =
        0;  // SendingTime(52) of the last Logon with 141=Y on this connection; 0: none

    std::uint32_t heartbeat_interval_s = 0;
    std::int64_t link_since_ns = 0;
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

// The same as assigning, with the words that change in every message one by one. The compiler would take them
// sixteen bytes at a time, and such a load has to wait for all stores before it where one of its halves was
// written just now (20 ns of an encoded order's 65). The rest was written as it is read, in one go.
inline void copy_state(State& to, const State& from) {
    static_assert(std::is_trivially_copyable_v<State> && std::is_standard_layout_v<State>);
    constexpr std::size_t hot = offsetof(State, link);
    auto* out = reinterpret_cast<unsigned char*>(&to);
    const auto* in = reinterpret_cast<const unsigned char*>(&from);
    for (std::size_t at = 0; at < hot; at += sizeof(std::uint64_t)) {
        std::uint64_t word;
        std::memcpy(&word, in + at, sizeof word);
        asm("" : "+r"(word));
        std::memcpy(out + at, &word, sizeof word);
    }
    std::memcpy(out + hot, in + hot, sizeof(State) - hot);
}

}  // namespace gw::session
