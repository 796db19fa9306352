#include "base/digits.hpp"

namespace gw {

// Recurs once or twice: twenty digits are three times eight at most.
Written detail::write_long_unsigned(char* out, std::uint64_t value) {
    const Written head = write_unsigned(out, value / eight_digits_limit);
    const std::uint64_t text = eight_digits(value % eight_digits_limit) | ascii_zeros;
    store_eight(head.end, text);
    return {head.end + 8, head.sum + sum_of_bytes(text)};
}

}  // namespace gw
