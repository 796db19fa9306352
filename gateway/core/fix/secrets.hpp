// Secrets of a Logon: they never appear in a log, a journal or an error text.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace gw::fix {

// RawData(96), Password(554), NewPassword(925), EncryptedPassword(1402), EncryptedNewPassword(1404).
inline constexpr std::array<std::uint32_t, 5> secret_tags = {96, 554, 925, 1402, 1404};

// Copies `message` to `out` with every byte of the secret fields' values replaced by '*', and returns the
// copy: lengths, BodyLength and all other bytes stay, CheckSum is set anew so that the copy still parses.
// `extra` are the tags that a venue's profile adds. Reads bytes that do not parse too (a secret is hidden up
// to the next SOH, or for as long as the length field before it says). Precondition: out.size() >=
// message.size(). No allocation.
std::string_view redact(std::string_view message, std::span<char> out,
                        std::span<const std::uint32_t> extra = {});

}  // namespace gw::fix
