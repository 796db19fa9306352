// Protobuf strings must be UTF-8: one event that is not would stop every reader behind it. What clients send
// is checked, what venues send is mended.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace gw {

// True for well-formed UTF-8 without control characters.
[[nodiscard]] bool is_clean_text(std::string_view text);

// Whether all of it is printable ASCII, for texts of at most 32 bytes; false for longer ones, whatever they
// are. Words that overlap, and no call.
[[nodiscard]] inline bool is_short_ascii(std::string_view text) {
    constexpr std::uint64_t ones = 0x0101'0101'0101'0101U, high = 0x80 * ones;
    const auto load = [&text]<class Word>(std::size_t at, Word word) {
        std::memcpy(&word, text.data() + at, sizeof word);
        return word;
    };
    // No byte's sum or difference reaches into the next one, where none has its high bit.
    const auto printable = [](std::uint64_t word) {
        const std::uint64_t from_space = (word | high) - 0x20 * ones;  // keeps its high bit from 0x20 on
        return (from_space & ~(word + ones) & ~word & high) == high;   // which the sum has from 0x7F on
    };
    const std::size_t size = text.size();
    if (size >= 8) {
        if (size > 32) return false;
        for (std::size_t at = 0; at + 8 < size; at += 8)
            if (!printable(load(at, std::uint64_t{}))) return false;
        return printable(load(size - 8, std::uint64_t{}));
    }
    if (size >= 4)
        return printable(std::uint64_t{load(0, std::uint32_t{})} << 32 | load(size - 4, std::uint32_t{}));
    if (size == 0) return true;
    std::uint64_t word = 0x20 * ones;
    for (std::size_t at = 0; at < size; ++at) word = word << 8 | static_cast<unsigned char>(text[at]);
    return printable(word);
}

// At most `size_max` bytes of `text`, cut between characters: what was well-formed stays so.
[[nodiscard]] std::string_view cut_text(std::string_view text, std::size_t size_max);

// `text`, cut to the buffer's size, with every byte that is not printable ASCII replaced by '?'. The result
// is `text` itself where nothing had to change, otherwise it lies in `buffer`.
[[nodiscard]] std::string_view clean_text(std::string_view text, std::span<char> buffer);

}  // namespace gw
