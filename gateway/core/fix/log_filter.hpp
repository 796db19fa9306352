// Which logged messages are wanted, by conditions on their fields.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fix/field.hpp"
#include "fix/log_scan.hpp"

namespace gw::fix {

enum class LogTest : std::uint8_t {
    equal,
    not_equal,
    contains,
    less,
    at_most,
    more,
    at_least,
    present,
    absent
};

// Holds where a field with one of the tags passes the test against one of the values; not_equal and absent
// hold where none does the opposite. Order is that of numbers where both are numbers, else that of the bytes,
// which is right for UTCTimestamps.
struct LogCondition {
    std::vector<std::uint32_t> tags;
    LogTest test;
    std::vector<std::string> values;
};

[[nodiscard]] bool holds(const LogCondition& condition, std::string_view text,
                         const std::vector<Field>& fields);

}  // namespace gw::fix
