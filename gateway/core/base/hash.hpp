// A 64-bit hash for tables and fingerprints. It is not keyed: what it hashes comes from authenticated clients
// and venues. Its values are journalled (content fingerprints), so the function must never change.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/decimal.hpp"

namespace gw {

class Hash {
    __extension__ typedef unsigned __int128 uint128;

  public:
    constexpr explicit Hash(std::uint64_t seed = 0) : state_(seed ^ 0x9e37'79b9'7f4a'7c15ULL) {}

    constexpr Hash& add(std::uint64_t value) {
        // One round of 64x64 -> 128 bit multiplication, both halves folded.
        const auto product = static_cast<uint128>(state_ ^ value) * 0xa076'1d64'78bd'642fULL;
        state_ = static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64) ^
                 (value * 0xe703'7ed1'a0b4'28dbULL);
        return *this;
    }
    Hash& add(std::string_view text) {
        add(std::uint64_t{text.size()});
        std::size_t at = 0;
        for (; at + 8 <= text.size(); at += 8) {
            std::uint64_t word = 0;
            std::memcpy(&word, text.data() + at, 8);
            add(word);
        }
        if (at < text.size()) add(tail(text.data() + at, text.size() - at));
        return *this;
    }
    Hash& add(Decimal value) { return add(static_cast<std::uint64_t>(value.raw())); }

    [[nodiscard]] constexpr std::uint64_t value() const {
        std::uint64_t x = state_;
        x ^= x >> 32;
        x *= 0xd6e8'feb8'6659'fd93ULL;
        x ^= x >> 32;
        return x;
    }

  private:
    // One to seven bytes, as the lower ones of a word. A copy of so many into a word would be a call, and the
    // word could not be read before the copy has left the store buffer.
    [[nodiscard]] static std::uint64_t tail(const char* text, std::size_t size) {
        static_assert(std::endian::native == std::endian::little);
        if (size >= 4) {
            std::uint32_t low = 0, high = 0;  // they may overlap, and agree there
            std::memcpy(&low, text, 4);
            std::memcpy(&high, text + size - 4, 4);
            return low | std::uint64_t{high} << (8 * (size - 4));
        }
        const auto byte = [text](std::size_t at) {
            return std::uint64_t{static_cast<unsigned char>(text[at])} << (8 * at);
        };
        return byte(0) | byte(size / 2) | byte(size - 1);
    }

    std::uint64_t state_;
};

}  // namespace gw
