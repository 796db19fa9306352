#include "fix/frame.hpp"

namespace gw::fix {
namespace {

constexpr char soh = '\x01';
constexpr std::string_view opening = "8=FIX";
constexpr std::size_t body_size_min = 5;  // 35=0<SOH>
constexpr std::size_t body_length_digits_max = 10;

constexpr Frame complete(std::size_t length) {
    return {FrameStatus::complete, FrameError::none, length};
}
constexpr Frame incomplete() {
    return {FrameStatus::incomplete, FrameError::none, 0};
}
constexpr Frame garbled(FrameError error, std::size_t skip) {
    return {FrameStatus::garbled, error, skip};
}

// Offset of the next place at or behind `from` where a message may begin; a begin cut off by the end counts.
std::size_t next_opening(std::string_view buffer, std::size_t from) {
    const std::size_t found = buffer.find(opening, from);
    if (found != std::string_view::npos) return found;
    const std::size_t tail = buffer.size() >= opening.size() - 1 ? buffer.size() - (opening.size() - 1) : 0;
    for (std::size_t at = tail > from ? tail : from; at < buffer.size(); ++at)
        if (opening.starts_with(buffer.substr(at))) return at;
    return buffer.size();
}

Frame skip_to_next(std::string_view buffer, FrameError error) {
    return garbled(error, next_opening(buffer, 1));
}

enum class Match : std::uint8_t { yes, no, more };

Match match_trailer(std::string_view at) {
    constexpr std::string_view shape = "10=ddd\x01";
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (i == at.size()) return Match::more;
        const bool fits = shape[i] == 'd' ? at[i] >= '0' && at[i] <= '9' : at[i] == shape[i];
        if (!fits) return Match::no;
    }
    return Match::yes;
}

// The body does not end where BodyLength says: drop everything up to the end of the trailer that follows.
Frame skip_behind_trailer(std::string_view buffer, std::size_t from, std::size_t buffer_max) {
    const std::string_view window = buffer.substr(from, resync_window);
    const std::size_t trailer = window.find(
        "\x01"
        "10=");
    if (trailer != std::string_view::npos) {
        const std::size_t end = window.find(soh, trailer + 4);
        if (end != std::string_view::npos) return garbled(FrameError::check_sum_misplaced, from + end + 1);
    }
    if (window.size() < resync_window && buffer.size() < buffer_max) return incomplete();
    return skip_to_next(buffer, FrameError::check_sum_misplaced);
}

}  // namespace

Frame frame(std::string_view buffer, const FrameLimits& limits) {
    if (buffer.empty()) return incomplete();
    if (!buffer.starts_with(opening)) {
        if (opening.starts_with(buffer)) return incomplete();
        return skip_to_next(buffer, FrameError::no_begin_string);
    }
    const std::size_t begin_end = buffer.substr(0, begin_string_size_max + 1).find(soh);
    if (begin_end == std::string_view::npos) {
        if (buffer.size() <= begin_string_size_max) return incomplete();
        return skip_to_next(buffer, FrameError::begin_string_malformed);
    }
    std::size_t at = begin_end + 1;
    for (const char expected : std::string_view("9=")) {
        if (at == buffer.size()) return incomplete();
        if (buffer[at] != expected) return skip_to_next(buffer, FrameError::body_length_missing);
        ++at;
    }
    std::size_t body_length = 0;
    const std::size_t digits_begin = at;
    for (;; ++at) {
        if (at == buffer.size()) return incomplete();
        const char c = buffer[at];
        if (c == soh) break;
        if (c < '0' || c > '9' || at - digits_begin == body_length_digits_max)
            return skip_to_next(buffer, FrameError::body_length_malformed);
        body_length = body_length * 10 + static_cast<std::size_t>(c - '0');
    }
    const std::size_t body_begin = ++at;
    if (at - digits_begin < 2 || body_length < body_size_min)
        return skip_to_next(buffer, FrameError::body_length_malformed);
    if (body_begin + body_length + trailer_size > limits.message_size_max)
        return skip_to_next(buffer, FrameError::body_length_too_large);

    const std::size_t trailer_begin = body_begin + body_length;
    if (buffer.size() < trailer_begin) return incomplete();
    if (buffer[trailer_begin - 1] == soh) {
        switch (match_trailer(buffer.substr(trailer_begin))) {
            case Match::yes:
                return complete(trailer_begin + trailer_size);
            case Match::more:
                return incomplete();
            case Match::no:
                break;
        }
    }
    return skip_behind_trailer(buffer, trailer_begin - 1, limits.message_size_max);
}

std::string_view describe(FrameError error) {
    switch (error) {
        case FrameError::none:
            return "none";
        case FrameError::no_begin_string:
            return "bytes do not begin with 8=FIX";
        case FrameError::begin_string_malformed:
            return "BeginString(8) is too long";
        case FrameError::body_length_missing:
            return "BodyLength(9) is not the second field";
        case FrameError::body_length_malformed:
            return "BodyLength(9) is not a plausible number";
        case FrameError::body_length_too_large:
            return "BodyLength(9) exceeds the limit of the message size";
        case FrameError::check_sum_misplaced:
            return "CheckSum(10) is not where BodyLength(9) says";
    }
    return "unknown";
}

}  // namespace gw::fix
