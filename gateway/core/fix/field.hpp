// One field of a parsed message: its value is text.substr(offset, length) of the message that it was parsed
// from.
#pragma once

#include <cstdint>

namespace gw::fix {

struct Field {
    std::uint32_t tag;
    std::uint32_t offset;
    std::uint32_t length;
};

}  // namespace gw::fix
