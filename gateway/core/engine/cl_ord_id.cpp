#include "engine/cl_ord_id.hpp"

#include <algorithm>
#include <cassert>

namespace gw::engine {

namespace {

constexpr std::string_view digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

// Writes `value` in base 36, returns its length. Precondition: 13 characters of room.
std::size_t write_base36(std::uint64_t value, char* out) {
    std::array<char, 13> reversed;
    std::size_t size = 0;
    do {
        reversed[size++] = digits[value % 36];
        value /= 36;
    } while (value != 0);
    std::reverse_copy(reversed.begin(), reversed.begin() + static_cast<std::ptrdiff_t>(size), out);
    return size;
}

}  // namespace

ClOrdId ClOrdIds::text(order::RequestId request) const {
    assert(prefix_.size() <= cl_ord_id_prefix_size_max);
    ClOrdId id;
    std::copy(prefix_.begin(), prefix_.end(), id.text_.begin());
    id.size_ = prefix_.size() + write_base36(request, id.text_.data() + prefix_.size());
    return id;
}

std::optional<order::RequestId> ClOrdIds::number(std::string_view cl_ord_id) const {
    if (!cl_ord_id.starts_with(prefix_)) return std::nullopt;
    cl_ord_id.remove_prefix(prefix_.size());
    // One text a number: no leading zero, and no more digits than 2^60 needs.
    if (cl_ord_id.empty() || cl_ord_id.size() > 12 || cl_ord_id[0] == '0') return std::nullopt;
    std::uint64_t value = 0;
    for (const char c : cl_ord_id) {
        const std::size_t digit = digits.find(c);
        if (digit == std::string_view::npos) return std::nullopt;
        value = value * 36 + digit;
    }
    return value;
}

std::string ClOrdIds::make_prefix(std::int64_t now_ns) {
    constexpr std::uint64_t prefixes = 36ULL * 36 * 36 * 36 * 36 * 36 * 36 * 36;
    static_assert(cl_ord_id_prefix_size_max == 8);
    std::array<char, 13> text;
    const std::size_t size = write_base36(static_cast<std::uint64_t>(now_ns) % prefixes, text.data());
    return std::string(cl_ord_id_prefix_size_max - size, '0') + std::string(text.data(), size);
}

}  // namespace gw::engine
