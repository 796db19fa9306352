// Whether a value has the syntax that FIX gives its type. Enumerations are not looked at here.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "fix/dictionary.hpp"

namespace gw::fix {

// Precondition: value is not empty. No allocation. Texts and data may hold anything.
[[nodiscard]] bool has_format(FieldType type, std::string_view value) noexcept;

// Digits only, at most 9 significant; nothing for anything else. For counts and lengths.
[[nodiscard]] std::optional<std::uint32_t> parse_count(std::string_view value) noexcept;

}  // namespace gw::fix
