// The protobuf wire format, as far as proto/gateway/v1 uses it.
//
// Writer fills a caller's buffer and never passes its end: what does not fit sets `overflowed`, and the
// caller decides. Reader walks one message; strings are views into it. Both are what the generated schema is
// made of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>

#include "base/decimal.hpp"

namespace gw::pb {

// A decimal as it stands in a message: a string that may be missing or no number at all.
struct DecimalText {
    enum class State : std::uint8_t { absent, ok, malformed, out_of_range };

    Decimal value{};
    State state = State::absent;
    std::string_view text{};  // as received; empty where written by us

    constexpr DecimalText() = default;
    constexpr DecimalText(Decimal d) : value(d), state(State::ok) {}  // NOLINT: a decimal is one of these
    [[nodiscard]] constexpr bool present() const { return state != State::absent; }
    [[nodiscard]] constexpr bool ok() const { return state == State::ok; }
};

// A repeated message of at most `Max` elements, held in place. Room that is not used is not touched, so that
// an empty list costs nothing.
template <class T, std::size_t Max>
class FixedList {
    static_assert(std::is_trivially_destructible_v<T>);

  public:
    FixedList() {}  // NOLINT: `= default` would clear the room
    FixedList(const FixedList& other) { *this = other; }
    FixedList& operator=(const FixedList& other) {
        if (this == &other) return *this;
        size_ = 0;
        for (const T& item : other) *add() = item;
        return *this;
    }
    // Null where it is full.
    T* add() { return size_ < Max ? new (room_ + sizeof(T) * size_++) T{} : nullptr; }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] const T* begin() const { return std::launder(reinterpret_cast<const T*>(room_)); }
    [[nodiscard]] const T* end() const { return begin() + size_; }
    // Precondition: at < size().
    [[nodiscard]] const T& operator[](std::size_t at) const { return begin()[at]; }
    [[nodiscard]] T& operator[](std::size_t at) {
        return *std::launder(reinterpret_cast<T*>(room_ + sizeof(T) * at));
    }

  private:
    std::size_t size_ = 0;
    alignas(T) std::byte room_[sizeof(T) * Max];
};

class Writer {
  public:
    explicit Writer(std::span<char> buffer)
        : begin_(buffer.data()), at_(buffer.data()), end_(buffer.data() + buffer.size()) {}

    // Fields with their default value are left out, as proto3 does.
    void varint(std::uint32_t field, std::uint64_t value) {
        if (value == 0) return;
        raw_varint(std::uint64_t{field} << 3);
        raw_varint(value);
    }
    void enumeration(std::uint32_t field, std::int32_t value) {
        varint(field, static_cast<std::uint64_t>(std::int64_t{value}));
    }
    void fixed64(std::uint32_t field, std::uint64_t value) {
        if (value == 0) return;
        raw_varint(std::uint64_t{field} << 3 | 1);
        raw(&value, sizeof value);
    }
    void bytes(std::uint32_t field, std::string_view value) {
        if (value.empty()) return;
        raw_varint(std::uint64_t{field} << 3 | 2);
        raw_varint(value.size());
        raw(value.data(), value.size());
    }
    void decimal(std::uint32_t field, const DecimalText& value);
    // google.protobuf.Timestamp; 0 is left out.
    void timestamp(std::uint32_t field, std::int64_t time_ns);

    // A nested message: write its fields between open and close.
    [[nodiscard]] std::size_t open(std::uint32_t field) {
        // A length of one byte; close() makes room where it needs more.
        raw_varint(std::uint64_t{field} << 3 | 2);
        raw_varint(0);
        return size();
    }
    void close(std::size_t opened_at) { close(opened_at, 1); }
    // The same of a message that is most likely longer than 127 bytes: it is not moved for its length.
    [[nodiscard]] std::size_t open_long(std::uint32_t field) {
        raw_varint(std::uint64_t{field} << 3 | 2);
        raw_varint(0);
        raw_varint(0);
        return size();
    }
    void close_long(std::size_t opened_at) { close(opened_at, 2); }

    void raw(const void* data, std::size_t size) {
        if (size > static_cast<std::size_t>(end_ - at_)) {
            overflowed_ = true;
            return;
        }
        copy_short(at_, static_cast<const char*>(data), size);
        at_ += size;
    }
    void raw_varint(std::uint64_t value) {
        if (end_ - at_ >= varint_bytes_max) [[likely]]
            at_ = write_varint(at_, value);
        else
            last_varint(value);
    }

    [[nodiscard]] bool overflowed() const { return overflowed_; }
    [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(at_ - begin_); }
    [[nodiscard]] std::string_view written() const { return {begin_, size()}; }

  private:
    static constexpr std::ptrdiff_t varint_bytes_max = 10;

    [[nodiscard]] static char* write_varint(char* at, std::uint64_t value) {
        for (; value >= 0x80; value >>= 7) *at++ = static_cast<char>(value | 0x80);
        *at++ = static_cast<char>(value);
        return at;
    }
    // Names and numbers are short: two words that overlap, and no call.
    static void copy_short(char* to, const char* from, std::size_t size) {
        if (size > 16) {
            std::memcpy(to, from, size);
        } else if (size >= 8) {
            copy_ends<std::uint64_t>(to, from, size);
        } else if (size >= 4) {
            copy_ends<std::uint32_t>(to, from, size);
        } else if (size != 0) {
            to[0] = from[0];
            to[size / 2] = from[size / 2];
            to[size - 1] = from[size - 1];
        }
    }
    template <class Word>
    static void copy_ends(char* to, const char* from, std::size_t size) {
        Word first, last;
        std::memcpy(&first, from, sizeof first);
        std::memcpy(&last, from + size - sizeof last, sizeof last);
        std::memcpy(to, &first, sizeof first);
        std::memcpy(to + size - sizeof last, &last, sizeof last);
    }
    void last_varint(std::uint64_t value);  // near the buffer's end
    // `room`: bytes that open() has left for the length.
    void close(std::size_t opened_at, std::size_t room);

    char* begin_;
    char* at_;
    char* end_;
    bool overflowed_ = false;
};

class Reader {
  public:
    explicit Reader(std::string_view bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

    // Moves to the next field and takes its value; false at the end or at the first error.
    [[nodiscard]] bool next() {
        // Nearly every field: a text or a message, its number below 16 and its length below 128.
        if (ok_ && end_ - at_ >= 2) [[likely]] {
            const auto key = static_cast<unsigned char>(at_[0]), size = static_cast<unsigned char>(at_[1]);
            if (key < 0x80 && (key & 7U) == 2 && key >= 8 && size < 0x80 && size <= end_ - at_ - 2)
                [[likely]] {
                field_ = key >> 3U;
                wire_type_ = 2;
                value_ = std::string_view(at_ + 2, size);
                at_ += 2 + size;
                return true;
            }
        }
        return next_of_any();
    }
    [[nodiscard]] std::uint32_t field() const { return field_; }
    [[nodiscard]] bool ok() const { return ok_; }
    void fail() { ok_ = false; }

    // The value of the current field. A wire type other than the asked one is an error.
    [[nodiscard]] std::uint64_t varint() { return expect(0) ? number_ : 0; }
    [[nodiscard]] std::int32_t int32() { return static_cast<std::int32_t>(varint()); }
    [[nodiscard]] std::uint64_t fixed64() { return expect(1) ? number_ : 0; }
    [[nodiscard]] std::string_view bytes() { return expect(2) ? value_ : std::string_view{}; }
    [[nodiscard]] DecimalText decimal();
    [[nodiscard]] std::int64_t timestamp();

  private:
    [[nodiscard]] bool expect(std::uint32_t wire_type) {
        if (wire_type_ != wire_type) ok_ = false;
        return wire_type_ == wire_type;
    }
    [[nodiscard]] bool next_of_any();
    [[nodiscard]] bool take_varint(std::uint64_t& value);

    const char* at_;
    const char* end_;
    std::uint32_t field_ = 0;
    std::uint32_t wire_type_ = 0;
    std::uint64_t number_ = 0;
    std::string_view value_{};
    bool ok_ = true;
};

}  // namespace gw::pb
