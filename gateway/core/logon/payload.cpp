#include "logon/payload.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "fix/message.hpp"

namespace gw::logon {
namespace {

constexpr std::array<std::pair<std::string_view, std::uint32_t>, 13> names = {{
    {"BeginString", 8},
    {"MsgSeqNum", 34},
    {"MsgType", 35},
    {"SenderCompID", 49},
    {"SenderSubID", 50},
    {"SendingTime", 52},
    {"TargetCompID", 56},
    {"TargetSubID", 57},
    {"HeartBtInt", 108},
    {"ResetSeqNumFlag", 141},
    {"Username", 553},
    {"Password", 554},
    {"DefaultApplVerID", 1137},
}};

std::uint32_t tag_of(std::string_view name) {
    const auto known = std::ranges::find(names, name, [](const auto& pair) { return pair.first; });
    if (known != names.end()) return known->second;
    const auto number = fix::parse_int(name);
    return number && *number > 0 && *number < (1LL << 31) ? static_cast<std::uint32_t>(*number) : 0;
}

}  // namespace

std::optional<Payload> Payload::parse(std::string_view text, std::string& error) {
    Payload payload;
    std::string literal;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '{') {
            literal += text[at] == '|' ? '\x01' : text[at];
            continue;
        }
        const std::size_t end = text.find('}', at);
        const std::string_view name =
            end == std::string_view::npos ? std::string_view{} : text.substr(at + 1, end - at - 1);
        const std::uint32_t tag = tag_of(name);
        if (tag == 0) {
            error = "the payload has '" + std::string(text.substr(at, 24)) +
                    "', expected a field such as {SendingTime} or {52}";
            return std::nullopt;
        }
        if (!literal.empty()) payload.parts_.push_back({0, std::exchange(literal, {})});
        payload.parts_.push_back({tag, {}});
        at = end;
    }
    if (!literal.empty()) payload.parts_.push_back({0, literal});
    return payload;
}

}  // namespace gw::logon
