// The segment's header, as it is on disk: four cache lines, one for each who writes it.
//
//   line 0  what the segment is: written once, checksummed
//   line 1  the commit mark and the seal: the writer, after each batch
//   line 2  the durable mark: the syncing thread, after each sync
//   line 3  under which boot and promise the segment was last written: at open
//
// A mark is one 64-bit word (records in the segment, end of the last batch), so that it is always whole, and
// its complement in a second word, so that a flipped bit is seen. A crash between the two stores leaves the
// complement one batch behind, and that is the only difference that recovery accepts.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include "base/crc32c.hpp"
#include "journal/options.hpp"

namespace gw::journal {

inline constexpr std::uint64_t kMagic = 0x314C4E524A465747;  // "GWFJRNL1"
inline constexpr std::uint32_t kFormatVersion = 1;
inline constexpr const char* kSpareName = "spare.seg";

struct Mark {
    std::uint64_t records = 0;
    std::uint64_t end = 0;  // offset in bytes

    bool operator==(const Mark&) const = default;

    [[nodiscard]] constexpr std::uint64_t word() const { return (records << 32) | (end / 8); }
    [[nodiscard]] static constexpr Mark of(std::uint64_t word) {
        return {.records = word >> 32, .end = (word & 0xFFFFFFFF) * 8};
    }
};

struct MarkWords {
    std::uint64_t word;
    std::uint64_t complement;
};

struct alignas(64) SegmentIdentity {
    std::uint64_t magic;
    std::uint32_t version;
    std::uint32_t header_bytes;
    std::uint64_t segment_bytes;
    std::uint64_t first_lsn;
    std::uint64_t previous_lsn;  // of the record before: first_lsn - 1, less where a repair gave records up
    std::array<std::byte, 20> unused;
    std::uint32_t crc;

    [[nodiscard]] std::uint32_t expected_crc() const {
        return crc32c(0, this, offsetof(SegmentIdentity, crc));
    }
};

struct alignas(64) CommitLine {
    MarkWords mark;
    std::uint64_t next_first_lsn;  // 0 while the segment is written to; then the name of the next one
    std::array<std::byte, 40> unused;
};

struct alignas(64) DurableLine {
    MarkWords mark;
    std::array<std::byte, 48> unused;
};

struct alignas(64) WriterLine {
    BootId boot_id;
    std::uint32_t durability;
    std::uint32_t crc;
    std::array<std::byte, 40> unused;

    [[nodiscard]] std::uint32_t expected_crc() const { return crc32c(0, this, offsetof(WriterLine, crc)); }
};

struct SegmentHeader {
    SegmentIdentity identity;
    CommitLine commit;
    DurableLine durable;
    WriterLine writer;
};

static_assert(sizeof(SegmentHeader) == 256);

inline constexpr std::size_t kHeaderBytes = sizeof(SegmentHeader);
inline constexpr Mark kEmptyMark{.records = 0, .end = kHeaderBytes};

inline void write_identity(SegmentHeader& header, std::uint64_t bytes, std::uint64_t first_lsn,
                           std::uint64_t previous_lsn) {
    header.identity = {.magic = kMagic,
                       .version = kFormatVersion,
                       .header_bytes = kHeaderBytes,
                       .segment_bytes = bytes,
                       .first_lsn = first_lsn,
                       .previous_lsn = previous_lsn,
                       .unused = {},
                       .crc = 0};
    header.identity.crc = header.identity.expected_crc();
}

inline void write_writer_line(SegmentHeader& header, const BootId& boot_id, Durability durability) {
    WriterLine line{
        .boot_id = boot_id, .durability = static_cast<std::uint32_t>(durability), .crc = 0, .unused = {}};
    line.crc = line.expected_crc();
    std::memcpy(&header.writer, &line, sizeof line);
}

// The word is stored last of all that belongs to the batch: whoever sees it sees the batch.
inline void store_mark(MarkWords& words, const Mark& mark) {
    std::atomic_ref(words.word).store(mark.word(), std::memory_order_release);
    std::atomic_ref(words.complement).store(~mark.word(), std::memory_order_release);
}

[[nodiscard]] inline Mark load_mark(MarkWords& words) {
    return Mark::of(std::atomic_ref(words.word).load(std::memory_order_acquire));
}

[[nodiscard]] inline bool is_zero(const std::byte* bytes, std::size_t size) {
    return size == 0 || (bytes[0] == std::byte{0} && std::memcmp(bytes, bytes + 1, size - 1) == 0);
}

// "00000000000000000001.seg"
[[nodiscard]] std::string segment_name(std::uint64_t first_lsn);
// 0 when the name is not a segment's.
[[nodiscard]] std::uint64_t lsn_of_name(const std::string& name);

}  // namespace gw::journal
