// Writes one tag=value message into a buffer that the caller owns: BeginString, BodyLength, the fields in the
// order of the calls, CheckSum.
//
// The body is written first, behind room for the longest prefix; finish() puts `8=...|9=...|` right before
// it, so that BodyLength has no leading zeros and nothing is moved. The message therefore does not start at
// the buffer's first byte.
//
// What does not fit is not written, not even in part: from then on overflowed() is true and finish() gives an
// empty view. Never a byte past the end, whatever the size of the buffer: numbers and times ask for the room
// of their longest form. No allocation.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

#include "base/decimal.hpp"
#include "fix/checksum.hpp"
#include "fix/frame.hpp"
#include "fix/timestamp.hpp"

namespace gw::fix {

namespace detail {

// memcpy for the short runs that fields are made of: two overlapping moves instead of a call.
inline char* copy_short(char* out, const char* from, std::size_t size) {
    if (size >= 16) [[unlikely]] {
        std::memcpy(out, from, size);
    } else if (size >= 8) {
        std::memcpy(out, from, 8);
        std::memcpy(out + size - 8, from + size - 8, 8);
    } else if (size >= 4) {
        std::memcpy(out, from, 4);
        std::memcpy(out + size - 4, from + size - 4, 4);
    } else if (size >= 1) {
        out[0] = from[0];
        out[size / 2] = from[size / 2];
        out[size - 1] = from[size - 1];
    }
    return out + size;
}

inline constexpr std::size_t int_size_max = 20;

[[nodiscard]] char* write_unsigned(char* out, std::uint64_t value);

// `tag=` as text, made at compile time.
template <std::uint32_t Tag>
struct TagText {
    static constexpr std::size_t size = [] {
        std::size_t count = 1;
        for (std::uint32_t rest = Tag; rest > 0; rest /= 10) ++count;
        return count;
    }();
    struct Text {
        char bytes[size];
    };
    static constexpr Text text = [] {
        Text made{};
        std::size_t at = size;
        made.bytes[--at] = '=';
        for (std::uint32_t rest = Tag; rest > 0; rest /= 10)
            made.bytes[--at] = static_cast<char>('0' + rest % 10);
        return made;
    }();
};

}  // namespace detail

class Encoder {
  public:
    static constexpr std::size_t body_length_digits_max = 9;

    // A closed encoder: everything overflows, finish() gives an empty view.
    Encoder() = default;
    // Begins a message. Precondition: the buffer outlives the encoder, begin_string has at most
    // begin_string_size_max characters and outlives it too.
    Encoder(std::span<char> buffer, std::string_view begin_string, std::string_view msg_type);

    Encoder& field(std::uint32_t number, std::string_view value) {
        if (char* at = open(number, value.size())) close(detail::copy_short(at, value.data(), value.size()));
        return *this;
    }
    Encoder& field(std::uint32_t number, const char* value) { return field(number, std::string_view(value)); }
    Encoder& field(std::uint32_t number, std::int64_t value);
    Encoder& field(std::uint32_t number, int value) {
        return field(number, static_cast<std::int64_t>(value));
    }
    Encoder& field(std::uint32_t number, std::uint64_t value);
    Encoder& field(std::uint32_t number, std::uint32_t value) { return field(number, std::uint64_t{value}); }
    Encoder& field(std::uint32_t number, Decimal value);
    Encoder& field(std::uint32_t number, char value) {
        if (char* at = open(number, 1)) {
            *at = value;
            close(at + 1);
        }
        return *this;
    }
    Encoder& field(std::uint32_t number, bool value) { return field(number, value ? 'Y' : 'N'); }
    Encoder& field(std::uint32_t number, UtcTimestamp value);

    // The same for a tag known at compile time: its text costs one store.
    template <std::uint32_t Tag, class Value>
    Encoder& field(Value value) {
        if constexpr (std::is_convertible_v<Value, std::string_view>) {
            const std::string_view text = value;
            if (char* at = open_known<Tag>(text.size()))
                close(detail::copy_short(at, text.data(), text.size()));
        } else if constexpr (std::is_same_v<Value, char>) {
            if (char* at = open_known<Tag>(1)) {
                *at = value;
                close(at + 1);
            }
        } else if constexpr (std::is_same_v<Value, bool>) {
            field<Tag>(value ? 'Y' : 'N');
        } else if constexpr (std::is_same_v<Value, Decimal>) {
            if (char* at = open_known<Tag>(Decimal::text_size_max)) close(at + value.format(at));
        } else if constexpr (std::is_same_v<Value, UtcTimestamp>) {
            if (char* at = open_known<Tag>(timestamp_size_max))
                close(at + format_timestamp(value.ns, value.precision, at));
        } else {
            static_assert(std::is_integral_v<Value>);
            if (char* at = open_known<Tag>(detail::int_size_max)) close(write_integer(at, value));
        }
        return *this;
    }

    // Ready `tag=value<SOH>` runs: a prepared header, a body kept from another message.
    Encoder& raw(std::string_view fields);

    // Completes the message and returns it, or an empty view where it did not fit. Once only.
    [[nodiscard]] std::string_view finish();

    [[nodiscard]] bool overflowed() const { return overflowed_; }
    // Bytes of the body so far.
    [[nodiscard]] std::size_t body_size() const { return static_cast<std::size_t>(at_ - body_); }

  private:
    template <class Integer>
    static char* write_integer(char* at, Integer value) {
        if constexpr (std::is_signed_v<Integer>) {
            if (value < 0) {
                *at++ = '-';
                return detail::write_unsigned(at, 0 - static_cast<std::uint64_t>(value));
            }
        }
        return detail::write_unsigned(at, static_cast<std::uint64_t>(value));
    }

    [[nodiscard]] bool fits(std::size_t size) {
        if (static_cast<std::size_t>(end_ - at_) >= size) [[likely]]
            return true;
        end_ = at_;  // nothing fits any more
        overflowed_ = true;
        return false;
    }

    // Room for the value and its separator, `tag=` written; null where it does not fit.
    [[nodiscard]] char* open(std::uint32_t number, std::size_t value_size_max);

    template <std::uint32_t Tag>
    [[nodiscard]] char* open_known(std::size_t value_size_max) {
        static_assert(Tag > 0);
        using Text = detail::TagText<Tag>;
        if (!fits(Text::size + value_size_max + 1)) return nullptr;
        std::memcpy(at_, Text::text.bytes, Text::size);
        return at_ + Text::size;
    }

    void close(char* value_end) {
        *value_end = '\x01';
        at_ = value_end + 1;
    }

    std::string_view begin_string_;
    char* begin_ = nullptr;  // of the buffer
    char* body_ = nullptr;
    char* at_ = nullptr;
    char* end_ = nullptr;  // leaves room for the trailer
    bool overflowed_ = true;
};

// Inline, so that a caller's encoder lives in registers: its address is never taken.
inline Encoder::Encoder(std::span<char> buffer, std::string_view begin_string, std::string_view msg_type)
    : begin_string_(begin_string), begin_(buffer.data()) {
    assert(begin_string.size() <= begin_string_size_max);
    // 8=<begin string>|9=<digits>|
    const std::size_t prefix_max = 2 + begin_string.size() + 1 + 2 + body_length_digits_max + 1;
    if (buffer.size() < prefix_max + trailer_size) {
        body_ = at_ = end_ = begin_;
        return;
    }
    body_ = at_ = begin_ + prefix_max;
    end_ = begin_ + buffer.size() - trailer_size;
    overflowed_ = false;
    field<35>(msg_type);
}

inline std::string_view Encoder::finish() {
    if (overflowed_) return {};
    const std::size_t length = body_size();
    std::size_t digits = 1;
    for (std::size_t bound = 10; length >= bound; bound *= 10) ++digits;
    char* const first = body_ - (2 + begin_string_.size() + 1 + 2 + digits + 1);
    char* at = first;
    *at++ = '8';
    *at++ = '=';
    at = detail::copy_short(at, begin_string_.data(), begin_string_.size());
    *at++ = '\x01';
    *at++ = '9';
    *at++ = '=';
    std::size_t rest = length;
    for (char* digit = at + digits; digit > at; rest /= 10) *--digit = static_cast<char>('0' + rest % 10);
    at[digits] = '\x01';

    const unsigned sum = sum_bytes({first, static_cast<std::size_t>(at_ - first)});
    at_[0] = '1';
    at_[1] = '0';
    at_[2] = '=';
    at_[3] = static_cast<char>('0' + sum / 100);
    at_[4] = static_cast<char>('0' + sum / 10 % 10);
    at_[5] = static_cast<char>('0' + sum % 10);
    at_[6] = '\x01';
    overflowed_ = true;
    return {first, static_cast<std::size_t>(at_ - first) + trailer_size};
}

}  // namespace gw::fix
