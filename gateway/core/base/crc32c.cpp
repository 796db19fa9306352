#include "base/crc32c.hpp"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace gw {
namespace {

constexpr std::uint32_t kPolynomial = 0x82F63B78;  // 0x1EDC6F41, reflected

// Eight tables: eight bytes a step (slicing by eight).
constexpr std::array<std::array<std::uint32_t, 256>, 8> make_tables() {
    std::array<std::array<std::uint32_t, 256>, 8> tables{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t crc = byte;
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) != 0 ? kPolynomial : 0U);
        tables[0][byte] = crc;
    }
    for (std::size_t slice = 1; slice < 8; ++slice)
        for (std::size_t byte = 0; byte < 256; ++byte) {
            const std::uint32_t before = tables[slice - 1][byte];
            tables[slice][byte] = (before >> 8) ^ tables[0][before & 0xFF];
        }
    return tables;
}

constexpr auto kTables = make_tables();

using Crc = std::uint32_t (*)(std::uint32_t, const void*, std::size_t);

Crc choose() {
    return crc32c_has_hardware() ? crc32c_hardware : crc32c_table;
}

}  // namespace

std::uint32_t crc32c_table(std::uint32_t crc, const void* bytes, std::size_t size) {
    const auto* at = static_cast<const unsigned char*>(bytes);
    crc = ~crc;
    for (; size >= 8; size -= 8, at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, at, sizeof word);  // little-endian, as everything here
        word ^= crc;
        crc = 0;
        for (std::size_t slice = 0; slice < 8; ++slice)
            crc ^= kTables[7 - slice][(word >> (8 * slice)) & 0xFF];
    }
    for (; size > 0; --size, ++at) crc = (crc >> 8) ^ kTables[0][(crc ^ *at) & 0xFF];
    return ~crc;
}

#if defined(__x86_64__)

bool crc32c_has_hardware() {
    return __builtin_cpu_supports("sse4.2") != 0;
}

__attribute__((target("sse4.2"))) std::uint32_t crc32c_hardware(std::uint32_t crc, const void* bytes,
                                                                std::size_t size) {
    const auto* at = static_cast<const unsigned char*>(bytes);
    std::uint64_t sum = static_cast<std::uint32_t>(~crc);
    for (; size >= 8; size -= 8, at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, at, sizeof word);
        sum = _mm_crc32_u64(sum, word);
    }
    auto rest = static_cast<std::uint32_t>(sum);
    if (size >= 4) {
        std::uint32_t word = 0;
        std::memcpy(&word, at, sizeof word);
        rest = _mm_crc32_u32(rest, word);
        size -= 4;
        at += 4;
    }
    for (; size > 0; --size, ++at) rest = _mm_crc32_u8(rest, *at);
    return ~rest;
}

#else

bool crc32c_has_hardware() {
    return false;
}

std::uint32_t crc32c_hardware(std::uint32_t crc, const void* bytes, std::size_t size) {
    return crc32c_table(crc, bytes, size);
}

#endif

std::uint32_t crc32c(std::uint32_t crc, const void* bytes, std::size_t size) {
    static const Crc chosen = choose();
    return chosen(crc, bytes, size);
}

}  // namespace gw
