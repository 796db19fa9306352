#include "fix/encoder.hpp"

#include <array>

namespace gw::fix {
namespace {

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
    if (fields.empty() || !fits(fields.size())) return *this;
    std::memcpy(at_, fields.data(), fields.size());
    at_ += fields.size();
    return *this;
}

}  // namespace gw::fix
