#include "fix/encoder.hpp"

#include <array>
#include <cassert>

#include "fix/checksum.hpp"

namespace gw::fix {
namespace {

constexpr char soh = '\x01';
constexpr std::size_t body_length_digits_max = 9;

constexpr std::array<char, 200> digit_pairs = [] {
    std::array<char, 200> pairs{};
    for (std::size_t i = 0; i < 100; ++i) {
        pairs[2 * i] = static_cast<char>('0' + i / 10);
        pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
    }
    return pairs;
}();

std::size_t count_digits(std::uint64_t value) {
    std::size_t count = 1;
    for (; value >= 10; value /= 10) ++count;
    return count;
}

}  // namespace

char* detail::write_unsigned(char* out, std::uint64_t value) {
    if (value < 10) {
        *out = static_cast<char>('0' + value);
        return out + 1;
    }
    std::array<char, int_size_max> reversed;
    std::size_t at = reversed.size();
    while (value >= 100) {
        at -= 2;
        std::memcpy(&reversed[at], &digit_pairs[2 * (value % 100)], 2);
        value /= 100;
    }
    if (value >= 10) {
        at -= 2;
        std::memcpy(&reversed[at], &digit_pairs[2 * value], 2);
    } else {
        reversed[--at] = static_cast<char>('0' + value);
    }
    return copy_short(out, &reversed[at], reversed.size() - at);
}

Encoder::Encoder(std::span<char> buffer, std::string_view begin_string, std::string_view msg_type)
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

char* Encoder::open(std::uint32_t number, std::size_t value_size_max) {
    if (!fits(count_digits(number) + 1 + value_size_max + 1)) return nullptr;
    char* at = detail::write_unsigned(at_, number);
    *at++ = '=';
    return at;
}

Encoder& Encoder::field(std::uint32_t number, std::uint64_t value) {
    if (char* at = open(number, detail::int_size_max)) close(detail::write_unsigned(at, value));
    return *this;
}

Encoder& Encoder::field(std::uint32_t number, std::int64_t value) {
    if (char* at = open(number, detail::int_size_max)) close(write_integer(at, value));
    return *this;
}

Encoder& Encoder::field(std::uint32_t number, Decimal value) {
    if (char* at = open(number, Decimal::text_size_max)) close(at + value.format(at));
    return *this;
}

Encoder& Encoder::field(std::uint32_t number, UtcTimestamp value) {
    if (char* at = open(number, timestamp_size_max))
        close(at + format_timestamp(value.ns, value.precision, at));
    return *this;
}

Encoder& Encoder::raw(std::string_view fields) {
    if (!fits(fields.size())) return *this;
    if (!fields.empty()) std::memcpy(at_, fields.data(), fields.size());
    at_ += fields.size();
    return *this;
}

std::string_view Encoder::finish() {
    if (overflowed_) return {};
    std::array<char, 64> prefix;
    char* at = prefix.data();
    *at++ = '8';
    *at++ = '=';
    at = detail::copy_short(at, begin_string_.data(), begin_string_.size());
    *at++ = soh;
    *at++ = '9';
    *at++ = '=';
    at = detail::write_unsigned(at, body_size());
    *at++ = soh;
    const auto prefix_size = static_cast<std::size_t>(at - prefix.data());
    char* const first = body_ - prefix_size;
    std::memcpy(first, prefix.data(), prefix_size);

    const std::uint8_t sum = sum_bytes({first, static_cast<std::size_t>(at_ - first)});
    std::memcpy(at_, "10=", 3);
    at_[3] = static_cast<char>('0' + sum / 100);
    at_[4] = static_cast<char>('0' + sum / 10 % 10);
    at_[5] = static_cast<char>('0' + sum % 10);
    at_[6] = soh;
    overflowed_ = true;
    return {first, static_cast<std::size_t>(at_ - first) + trailer_size};
}

}  // namespace gw::fix
