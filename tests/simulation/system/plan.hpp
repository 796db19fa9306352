// What kind of run a seed is: the world's shape and its faults.
#pragma once

#include <cstdint>
#include <string>

#include "common/dice.hpp"

namespace gw::simulation {

// How often something happens: once in so many chances; 0: never.
using Rate = std::uint32_t;

struct Plan {
    // The world.
    std::string begin_string = "FIX.4.4";
    std::uint32_t venues = 1;
    std::uint32_t clients = 1;
    std::uint32_t steps = 100;
    std::uint32_t heartbeat_s = 10;
    std::uint32_t resend_chunk = 0;
    std::uint32_t kept_messages = 16;
    bool next_expected = false;
    bool disk = false;  // durability: bytes and answers leave once they are synced, and power may fail
    std::size_t segment_bytes = 256 * 1024;
    std::size_t orders_max = 2'000;  // that the ledger has room for

    // Faults of the network and of processes.
    Rate cut = 0;
    Rate crash = 0;
    Rate power_cut = 0;  // of the crashes
    Rate lose_reply = 0;
    Rate clock_step = 0;
    Rate meddle = 0;  // whole messages again, or of an earlier connection
    Rate sync_failure = 0;
    Rate disk_full = 0;
    Rate read_only = 0;

    // Faults of the venue.
    Rate lose_report = 0;
    Rate late_report = 0;
    Rate double_report = 0;
    Rate slow_answer = 0;
    Rate drop_order = 0;  // consumed by its session, and gone
    Rate forget_order = 0;
    Rate venue_restart = 0;
    Rate cancel_on_disconnect = 0;  // of the open orders, some
    Rate bust = 0;
    Rate rename_report = 0;  // of the doubled trades: the second has an ExecID(17) of its own
    Rate lose_store = 0;  // its session's store is gone: numbers start anew, what was not sent stays unsent

    // A second session that brings copies of what each venue reports, and loses some of them.
    bool drop_copy = false;
    Rate lose_copy = 0;
    Rate late_copy = 0;

    // What clients do beside single orders.
    Rate linked = 0;

    // Faults of readers.
    Rate subscriber_stop = 0;

    [[nodiscard]] std::string describe() const;
};

// What was thought of later. Only some seeds have it, so that the others stay what they were when they were
// kept.
enum class Later : std::uint8_t {
    nothing,
    lost_stores,  // and fills told again under another ExecID
    read_only_disk,
    linked_orders,
    drop_copies,
    little_room,
};
[[nodiscard]] Later later_of(std::uint64_t seed);
[[nodiscard]] Plan make_plan(Dice& dice, Later later);

[[nodiscard]] inline bool happens(Dice& dice, Rate rate) {
    return rate != 0 && dice.one_in(rate);
}

}  // namespace gw::simulation
