// The record: what one entry of the journal is, on disk and in memory.
//
// Integers are little-endian, records start at multiples of 8 and their padding is zero and part of the
// checksum, so that there is no byte whose change goes unseen.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "base/crc32c.hpp"

namespace gw::journal {

static_assert(std::endian::native == std::endian::little, "the journal's format is little-endian");

enum class Kind : std::uint16_t {
    event = 1,        // protobuf of proto/gateway/v1
    message_in = 2,   // the bytes of a FIX message as received
    message_out = 3,  // the bytes of a FIX message as sent
    checkpoint = 4,
};

[[nodiscard]] constexpr bool is_kind(std::uint16_t kind) {
    return kind >= 1 && kind <= 4;
}

// Flags. The lowest eight bits have a meaning to the journal or are kept for it; the upper eight are the
// caller's.
inline constexpr std::uint16_t kEndOfBatch = 1U
                                             << 0;  // set by commit() on the last record, never by the caller
inline constexpr std::uint16_t kSequenceReset =
    1U << 1;  // outbound numbers of this session start anew with this record
inline constexpr std::uint16_t kResend = 1U
                                         << 2;  // a copy sent again; outbound() keeps answering the original
inline constexpr std::uint16_t kAdmin = 1U << 3;  // a session-level message
inline constexpr std::uint16_t kCallerFlags = 0xFF00;

// What the caller says about a record. The journal adds lsn, time, length and checksum.
struct RecordFields {
    Kind kind = Kind::event;
    std::uint16_t flags = 0;
    std::uint32_t client = 0;
    std::uint32_t session = 0;
    std::uint64_t seq = 0;  // MsgSeqNum(34), or 0
};

struct RecordHeader {
    std::uint32_t crc;     // CRC32C of everything after it: header, payload, padding
    std::uint32_t length;  // of the payload, in bytes
    std::uint64_t lsn;
    std::int64_t time_ns;  // UTC; the same for all records of a batch
    std::uint64_t seq;
    std::uint32_t client;
    std::uint32_t session;
    std::uint16_t kind;
    std::uint16_t flags;
    std::uint32_t
        batch_index;  // 0 for the first of its batch: no leftover can pass as the start of another batch
};

static_assert(sizeof(RecordHeader) == 48 && std::is_trivially_copyable_v<RecordHeader>);

inline constexpr std::size_t kRecordAlignment = 8;

// Bytes that a record with this payload takes in a segment.
[[nodiscard]] constexpr std::size_t record_size(std::size_t payload_bytes) {
    return (sizeof(RecordHeader) + payload_bytes + kRecordAlignment - 1) & ~(kRecordAlignment - 1);
}

// The checksum that belongs into the header of a record of `size` bytes, padding included.
[[nodiscard]] inline std::uint32_t record_crc(const std::byte* record, std::size_t size) {
    return crc32c(0, record + sizeof(RecordHeader::crc), size - sizeof(RecordHeader::crc));
}

// A record as read. `payload` points into the map of its segment: see the reader it came from for how long it
// lives.
struct Record {
    std::uint64_t lsn = 0;
    std::int64_t time_ns = 0;
    Kind kind = Kind::event;
    std::uint16_t flags = 0;
    std::uint32_t client = 0;
    std::uint32_t session = 0;
    std::uint64_t seq = 0;
    std::uint32_t batch_index = 0;
    std::string_view payload;

    [[nodiscard]] bool ends_batch() const { return (flags & kEndOfBatch) != 0; }
    [[nodiscard]] std::uint64_t batch_first_lsn() const { return lsn - batch_index; }
};

}  // namespace gw::journal
