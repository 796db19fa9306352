// CRC-32C (Castagnoli, RFC 3720 appendix B.4): the journal's checksum. It finds every error burst of up to 32
// bits, and x86 has an instruction for it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gw {

// Continues `crc` (0 to start with) over `size` bytes. The instruction where the processor has it, otherwise
// a table.
[[nodiscard]] std::uint32_t crc32c(std::uint32_t crc, const void* bytes, std::size_t size);

// The two ways on their own, so that a test can hold one against the other.
[[nodiscard]] std::uint32_t crc32c_table(std::uint32_t crc, const void* bytes, std::size_t size);
[[nodiscard]] std::uint32_t crc32c_hardware(std::uint32_t crc, const void* bytes,
                                            std::size_t size);  // needs the below
[[nodiscard]] bool crc32c_has_hardware();

}  // namespace gw
