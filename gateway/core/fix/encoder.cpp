#include "fix/encoder.hpp"

namespace gw::fix {

char* Encoder::open(std::uint32_t number, std::size_t value_size_max) {
    if (!fits(1 + count_digits(number) + 1 + value_size_max)) return nullptr;
    // What write_unsigned writes too much lies in the trailer's room at most.
    return write_char(add(write_unsigned(write_char(at_, '\x01'), number)), '=');
}

Encoder& Encoder::field(std::uint32_t number, std::uint64_t value) {
    if (char* at = open(number, detail::int_size_max)) close(write_integer(at, value));
    return *this;
}

Encoder& Encoder::field(std::uint32_t number, std::int64_t value) {
    if (char* at = open(number, detail::int_size_max)) close(write_integer(at, value));
    return *this;
}

Encoder& Encoder::field(std::uint32_t number, Decimal value) {
    if (char* at = open(number, Decimal::text_size_max)) close(add(value.write(at)));
    return *this;
}

Encoder& Encoder::field(std::uint32_t number, UtcTimestamp value) {
    if (char* at = open(number, timestamp_size_max)) close(write_time(at, value));
    return *this;
}

}  // namespace gw::fix
