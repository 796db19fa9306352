// Bytes as text of FIX fields: base64 (RFC 4648, padded) and hexadecimal (lower case; read in either case).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gw::logon {

enum class TextForm : std::uint8_t { base64, hex };

[[nodiscard]] std::string to_text(std::string_view bytes, TextForm form);
// Empty where the text is not of that form.
[[nodiscard]] std::optional<std::string> from_text(std::string_view text, TextForm form);

}  // namespace gw::logon
