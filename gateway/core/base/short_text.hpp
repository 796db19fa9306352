// A text of at most `Max` bytes, held in place: ids inside orders cost no allocation and no second cache
// line.
#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gw {

template <std::size_t Max>
class ShortText {
    static_assert(Max < 256);

  public:
    static constexpr std::size_t size_max = Max;

    constexpr ShortText() = default;
    // Precondition: text.size() <= Max. The edge checks; here it is asserted.
    explicit ShortText(std::string_view text) { assign(text); }

    void assign(std::string_view text) {
        assert(text.size() <= Max);
        size_ = static_cast<std::uint8_t>(std::min(text.size(), Max));
        std::copy_n(text.data(), size_, text_.data());
    }
    [[nodiscard]] std::string_view view() const { return {text_.data(), size_}; }
    [[nodiscard]] bool empty() const { return size_ == 0; }

  private:
    std::uint8_t size_ = 0;
    std::array<char, Max> text_;  // bytes past size_ are never read
};

}  // namespace gw
