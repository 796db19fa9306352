// Framing: where one tag=value message ends in a stream of bytes, and what to skip where none begins.
//
// A frame is complete when `8=FIX...<SOH>9=<n><SOH>` is followed by n bytes that end in SOH and by
// `10=ddd<SOH>`. Anything else is garbled (FIX 4.4 vol. 2, "Garbled Message"): it is skipped and never
// answered. A wrong BodyLength costs the bytes up to the next `<SOH>10=...<SOH>` behind the point that it
// names, for there the sender's next message begins; where no trailer follows within a window, reading
// resumes at the next `8=FIX`. Nothing here allocates, and nothing waits for more than `message_size_max`
// bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gw::fix {

inline constexpr std::size_t message_size_max_default = 64 * 1024;
inline constexpr std::size_t begin_string_size_max = 16;
// How far behind a wrong BodyLength the trailer is looked for: bounds the rescan of bytes that come one at a
// time.
inline constexpr std::size_t resync_window = 4 * 1024;
inline constexpr std::size_t trailer_size = 7;  // 10=ddd<SOH>

enum class FrameStatus : std::uint8_t { complete, incomplete, garbled };

enum class FrameError : std::uint8_t {
    none,
    no_begin_string,
    begin_string_malformed,
    body_length_missing,
    body_length_malformed,
    body_length_too_large,
    check_sum_misplaced,
};

struct FrameLimits {
    std::size_t message_size_max = message_size_max_default;
};

struct Frame {
    FrameStatus status;
    FrameError error;
    std::size_t length;  // complete: bytes of the message; garbled: bytes to skip, at least 1; incomplete: 0
};

[[nodiscard]] Frame frame(std::string_view buffer, const FrameLimits& limits = {});
[[nodiscard]] std::string_view describe(FrameError error);

}  // namespace gw::fix
