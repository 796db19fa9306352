// Protobuf strings must be UTF-8: one event that is not would stop every reader behind it. What clients send
// is checked, what venues send is mended.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace gw {

// True for well-formed UTF-8 without control characters.
[[nodiscard]] bool is_clean_text(std::string_view text);

// At most `size_max` bytes of `text`, cut between characters: what was well-formed stays so.
[[nodiscard]] std::string_view cut_text(std::string_view text, std::size_t size_max);

// `text`, cut to the buffer's size, with every byte that is not printable ASCII replaced by '?'. The result
// is `text` itself where nothing had to change, otherwise it lies in `buffer`.
[[nodiscard]] std::string_view clean_text(std::string_view text, std::span<char> buffer);

}  // namespace gw
