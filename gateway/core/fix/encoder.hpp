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
#include "base/digits.hpp"
#include "fix/checksum.hpp"
#include "fix/frame.hpp"
#include "fix/summed_copy.hpp"
#include "fix/timestamp.hpp"

namespace gw::fix {

namespace detail {

inline constexpr std::size_t int_size_max = 20;
static_assert(int_size_max >= unsigned_size_max);

// `<SOH>tag=` as one word, made at compile time.
template <std::uint32_t Tag>
struct TagText {
    static_assert(Tag > 0 && Tag < 1'000'000);
    static constexpr std::size_t size = [] {
        std::size_t count = 2;
        for (std::uint32_t rest = Tag; rest > 0; rest /= 10) ++count;
        return count;
    }();
    static constexpr std::uint64_t word = [] {
        std::uint64_t made = '=';
        for (std::uint32_t rest = Tag; rest > 0; rest /= 10) made = made << 8 | ('0' + rest % 10);
        return made << 8 | '\x01';
    }();
    static constexpr std::uint64_t sum = [] {
        std::uint64_t all = 0;
        for (std::uint64_t rest = word; rest > 0; rest >>= 8) all += rest & 0xFF;
        return all;
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
    // `times`: a formatted time that is likely to be written again, such as SendingTime(52); outlives it too.
    Encoder(std::span<char> buffer, std::string_view begin_string, std::string_view msg_type,
            const TimestampCache* times = nullptr);

    Encoder& field(std::uint32_t number, std::string_view value) {
        if (char* at = open(number, value.size())) close(detail::copy_summed(at, value, sum_));
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
        if (char* at = open(number, 1)) close(write_char(at, value));
        return *this;
    }
    Encoder& field(std::uint32_t number, bool value) { return field(number, value ? 'Y' : 'N'); }
    Encoder& field(std::uint32_t number, UtcTimestamp value);

    // The same for a tag known at compile time: its text costs one store.
    template <std::uint32_t Tag, class Value>
    Encoder& field(Value value) {
        if constexpr (std::is_convertible_v<Value, std::string_view>) {
            const std::string_view text = value;
            if (char* at = open_known<Tag>(text.size())) close(detail::copy_summed(at, text, sum_));
        } else if constexpr (std::is_same_v<Value, char>) {
            write_known_char<Tag>(value);
        } else if constexpr (std::is_same_v<Value, bool>) {
            field<Tag>(value ? 'Y' : 'N');
        } else if constexpr (std::is_same_v<Value, Decimal>) {
            if (char* at = open_known<Tag>(Decimal::text_size_max)) close(add(value.write(at)));
        } else if constexpr (std::is_same_v<Value, const TimestampCache*>) {  // what it holds
            if (char* at = open_known<Tag>(timestamp_size_max)) close(write_formatted(at, *value));
        } else if constexpr (std::is_same_v<Value, UtcTimestamp>) {
            if (char* at = open_known<Tag>(timestamp_size_max)) close(write_time(at, value));
        } else {
            static_assert(std::is_integral_v<Value>);
            if (char* at = open_known<Tag>(detail::int_size_max)) close(write_integer(at, value));
        }
        return *this;
    }

    // Ready `tag=value<SOH>` runs: a prepared header, a body kept from another message.
    Encoder& raw(std::string_view fields) {
        if (fields.empty() || !fits(fields.size())) return *this;
        *at_ = '\x01';
        at_ = detail::copy_summed(at_ + 1, fields, sum_) - 1;
        return *this;
    }

    // The same for a run whose sum_bytes() is known.
    Encoder& raw(std::string_view fields, std::uint64_t sum) {
        if (fields.empty() || !fits(fields.size())) return *this;
        *at_ = '\x01';
        at_ = detail::copy_short(at_ + 1, fields) - 1;
        sum_ += sum;
        return *this;
    }

    // Completes the message and returns it, or an empty view where it did not fit. Once only.
    [[nodiscard]] std::string_view finish();

    [[nodiscard]] bool overflowed() const { return overflowed_; }
    // The body so far, each field behind its SOH; until the next call.
    [[nodiscard]] std::string_view body() const { return {start_, body_size()}; }
    // Bytes of the body so far.
    [[nodiscard]] std::size_t body_size() const { return static_cast<std::size_t>(at_ - start_); }

  private:
    char* add(Written written) {
        sum_ += written.sum;
        return written.end;
    }
    template <class Integer>
    char* write_integer(char* at, Integer value) {
        if constexpr (std::is_signed_v<Integer>) {
            if (value < 0)
                return add(write_unsigned(write_char(at, '-'), 0 - static_cast<std::uint64_t>(value)));
        }
        return add(write_unsigned(at, static_cast<std::uint64_t>(value)));
    }
    char* write_char(char* at, char value) {
        *at = value;
        sum_ += static_cast<unsigned char>(value);
        return at + 1;
    }

    [[nodiscard]] bool fits(std::size_t size) {
        if (static_cast<std::size_t>(end_ - at_) >= size) [[likely]]
            return true;
        end_ = at_;  // nothing fits any more
        overflowed_ = true;
        return false;
    }

    // Room for the value, `<SOH>tag=` written; null where it does not fit.
    [[nodiscard]] char* open(std::uint32_t number, std::size_t value_size_max);

    template <std::uint32_t Tag>
    [[nodiscard]] char* open_known(std::size_t value_size_max) {
        using Text = detail::TagText<Tag>;
        if (!fits(Text::size + value_size_max)) return nullptr;
        store_eight(at_, Text::word);  // what is too much lies in the trailer's room at most
        sum_ += Text::sum;
        return at_ + Text::size;
    }
    // All of the field in one store.
    template <std::uint32_t Tag>
    void write_known_char(char value) {
        using Text = detail::TagText<Tag>;
        static_assert(Text::size < 8);
        if (!fits(Text::size + 1)) return;
        const auto byte = static_cast<unsigned char>(value);
        store_eight(at_, Text::word | std::uint64_t{byte} << 8 * Text::size);
        sum_ += Text::sum + byte;
        at_ += Text::size + 1;
    }

    void close(char* value_end) { at_ = value_end; }

    char* write_formatted(char* at, const TimestampCache& time) {
        // All of its room, of which this buffer has the end at least where the trailer belongs.
        static_assert(TimestampCache::text_room <= timestamp_size_max + 1 + trailer_size);
        std::memcpy(at, time.text().data(), TimestampCache::text_room);
        sum_ += time.sum();
        return at + time.text().size();
    }
    char* write_time(char* at, UtcTimestamp value) {
        if (times_ != nullptr && times_->holds(value.ns, value.precision)) [[likely]] {
            return write_formatted(at, *times_);
        }
        const std::size_t size = format_timestamp(value.ns, value.precision, at);
        sum_ += sum_bytes({at, size});
        return at + size;
    }

    std::string_view begin_string_;
    const TimestampCache* times_ = nullptr;
    char* start_ = nullptr;  // the separator before the body
    char* at_ = nullptr;     // where the next separator belongs; it is written together with what follows it
    char* end_ = nullptr;    // leaves room for a separator and the trailer
    std::uint64_t sum_ = 0;  // of the bytes from start_ to at_; only the lowest eight bits count
    bool overflowed_ = true;
};

// Inline, so that a caller's encoder lives in registers: its address is never taken.
inline Encoder::Encoder(std::span<char> buffer, std::string_view begin_string, std::string_view msg_type,
                        const TimestampCache* times)
    : begin_string_(begin_string), times_(times) {
    assert(begin_string.size() <= begin_string_size_max);
    // 8=<begin string>|9=<digits>|
    const std::size_t prefix_max = 2 + begin_string.size() + 1 + 2 + body_length_digits_max + 1;
    if (buffer.size() < prefix_max + trailer_size) {
        start_ = at_ = end_ = buffer.data();
        return;
    }
    start_ = at_ = buffer.data() + prefix_max - 1;
    end_ = buffer.data() + buffer.size() - trailer_size - 1;
    overflowed_ = false;
    if (msg_type.size() == 1) [[likely]]
        write_known_char<35>(msg_type[0]);
    else
        field<35>(msg_type);
}

// Always inline: to call it, the encoder would go to memory word by word, and be read from there at once.
[[gnu::always_inline]] inline std::string_view Encoder::finish() {
    if (overflowed_) return {};
    const std::size_t length = body_size();
    // From the back to the front. The prefix has room for nine digits; seldom are there more than three.
    char* at = start_;
    if (length < three_digits.size()) [[likely]] {
        const unsigned count = 1U + (length >= 10) + (length >= 100);
        const std::uint32_t text = three_digits[length] >> (3 - count) * 8;
        at -= count;
        store_eight(start_ - 8, std::uint64_t{three_digits[length]} << 40);
        sum_ += (text & 0xFF) + (text >> 8 & 0xFF) + (text >> 16);
    } else {
        char digits[unsigned_size_max];
        const Written written = write_unsigned(digits, length);
        const auto count = static_cast<std::size_t>(written.end - digits);
        at -= count;
        std::memcpy(at, digits, count);
        sum_ += written.sum;
    }
    *--at = '=';
    *--at = '9';
    *--at = '\x01';
    at -= begin_string_.size();
    (void)detail::copy_summed(at, begin_string_, sum_);
    *--at = '=';
    *--at = '8';
    char* const first = at;

    constexpr std::uint64_t names = '8' + '=' + '\x01' + '9' + '=' + '\x01';  // the last ends the body
    const std::uint64_t sum = (sum_ + names) & 0xFF;
    constexpr std::uint64_t trailer = detail::TagText<10>::word | std::uint64_t{1} << 56;
    static_assert(detail::TagText<10>::size == 4 && trailer_size == 7);
    store_eight(at_, trailer | std::uint64_t{three_digits[sum]} << 32);
    overflowed_ = true;
    return {first, static_cast<std::size_t>(at_ - first) + 1 + trailer_size};
}

}  // namespace gw::fix
