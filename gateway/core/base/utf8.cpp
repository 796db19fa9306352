#include "base/utf8.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace gw {

namespace {

// Length of the well-formed sequence at the front, 0 where there is none (Unicode 15, table 3-7).
std::size_t sequence_size(std::string_view text) {
    const auto at = [&text](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    const auto continues = [&at](std::size_t i) { return (at(i) & 0xC0U) == 0x80U; };
    const unsigned first = at(0);
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) return continues(1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        const bool overlong = first == 0xE0 && at(1) < 0xA0;
        const bool surrogate = first == 0xED && at(1) > 0x9F;
        return continues(1) && continues(2) && !overlong && !surrogate ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        const bool overlong = first == 0xF0 && at(1) < 0x90;
        const bool too_high = first == 0xF4 && at(1) > 0x8F;
        return continues(1) && continues(2) && continues(3) && !overlong && !too_high ? 4 : 0;
    }
    return 0;
}

bool printable_ascii(char c) {
    return c >= 0x20 && c < 0x7F;
}

// The same of eight at once: no byte's sum or difference reaches into the next one.
bool eight_printable(const char* text) {
    constexpr std::uint64_t ones = 0x0101'0101'0101'0101U, high = 0x80 * ones;
    std::uint64_t word = 0;
    std::memcpy(&word, text, sizeof word);
    if ((word & high) != 0) return false;
    const std::uint64_t from_space = (word | high) - 0x20 * ones;  // keeps its high bit from 0x20 on
    return ((from_space & ~(word + ones)) & high) == high;         // which the sum has from 0x7F on
}

}  // namespace

bool is_clean_text(std::string_view text) {
    while (text.size() >= 8 && eight_printable(text.data())) text.remove_prefix(8);
    while (!text.empty()) {
        const std::size_t size = sequence_size(text);
        if (size == 0 || (size == 1 && !printable_ascii(text[0]))) return false;
        text.remove_prefix(size);
    }
    return true;
}

std::string_view cut_text(std::string_view text, std::size_t size_max) {
    if (text.size() <= size_max) return text;
    while (size_max != 0 && (static_cast<unsigned char>(text[size_max]) & 0xC0U) == 0x80U) --size_max;
    return text.substr(0, size_max);
}

std::string_view clean_text(std::string_view text, std::span<char> buffer) {
    text = text.substr(0, buffer.size());
    if (std::all_of(text.begin(), text.end(), printable_ascii)) return text;
    std::transform(text.begin(), text.end(), buffer.begin(),
                   [](char c) { return printable_ascii(c) ? c : '?'; });
    return {buffer.data(), text.size()};
}

}  // namespace gw
