// One entry of a message's flat field index: where a field's value lies in the message's text.
#pragma once

#include <cstdint>

namespace gw::fix {

// The value is text.substr(offset, length), without the SOH that ends it.
struct Field {
    std::uint32_t tag;
    std::uint32_t offset;
    std::uint32_t length;
};

}  // namespace gw::fix
