// How a journal is opened, and its limits.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace gw::journal {

class FileOps;

enum class Durability : std::uint8_t {
    process,  // what is committed survives the process (kill -9), not the machine
    disk,     // what is up to durable_lsn() survives the machine
};

inline constexpr std::size_t kSegmentBytesMin = 4096;
inline constexpr std::size_t kSegmentBytesMax = std::size_t{1} << 32;
inline constexpr std::size_t kSegmentBytesDefault = std::size_t{64} << 20;
// Less in segments of under 2 MiB: half of one.
inline constexpr std::size_t kBatchBytesMax = std::size_t{1} << 20;

// Entries of the index of outbound messages (24 bytes each), a power of two.
inline constexpr std::size_t kOutboundEntriesDefault = std::size_t{1} << 16;
inline constexpr std::size_t kOutboundEntriesMax = std::size_t{1} << 24;

// Identifies one run of the machine: page cache written under the same boot is still there, under another it
// may not be.
using BootId = std::array<std::byte, 16>;

struct Options {
    std::size_t segment_bytes = kSegmentBytesDefault;  // a multiple of 4096
    Durability durability = Durability::process;
    std::size_t outbound_entries = kOutboundEntriesDefault;
    FileOps* files = nullptr;       // the operating system's when null; tests put failures here
    std::optional<BootId> boot_id;  // the kernel's when empty; tests play a power cut with it
};

}  // namespace gw::journal
