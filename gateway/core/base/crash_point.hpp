// Named places at which a test has the process die, as if the machine's owner had pulled the plug on it.
//
// They are in every build and inert unless one is armed: a relaxed load and a branch that is never taken.
// Nothing but SIGKILL happens there, so that what is tested is the code that ships.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

namespace gw {

enum class CrashPoint : std::uint8_t {
    none,
    rpc_received,      // a client's request has come, nothing is decided
    decided,           // decided, nothing written
    half_written,      // one record of a batch is in the segment, the batch is not whole
    written,           // the batch is committed, nothing applied or sent
    synced,            // the batch is durable (durability `disk`)
    applied,           // the state has changed, nothing is sent
    half_transmitted,  // half of the bytes are with the kernel
    transmitted,       // all of them are
    reply_lost,        // the client's answer is made and does not leave
    report_received,   // bytes of a venue have come, nothing is decided
    projected,         // the database has a batch of events, nobody knows it yet
    count
};

inline constexpr std::array<std::string_view, static_cast<std::size_t>(CrashPoint::count)> crash_point_names{
    "none",    "rpc_received",     "decided",     "half_written", "written",         "synced",
    "applied", "half_transmitted", "transmitted", "reply_lost",   "report_received", "projected"};

inline std::atomic<CrashPoint> armed_crash_point{CrashPoint::none};

// `text` is "NAME:N": the process dies the N-th time (1 or more) that it comes by. Empty, or what is wrong.
[[nodiscard]] std::string arm_crash_point(std::string_view text);

// Of the armed point only: true where this is the time.
[[nodiscard]] bool count_crash_point();
[[noreturn]] void die();

[[nodiscard]] inline bool crashes_at(CrashPoint point) {
    return armed_crash_point.load(std::memory_order_relaxed) == point && count_crash_point();
}
inline void pass(CrashPoint point) {
    if (crashes_at(point)) [[unlikely]]
        die();
}

}  // namespace gw
