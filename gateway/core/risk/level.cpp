#include "risk/level.hpp"

namespace gw::risk {

namespace {
constexpr std::array<std::string_view, level_kind_count> prefixes = {
    "firm",  "account:", "client:",   "venue:",  "instrument:", "strategy:", "order_type:",
    "desk:", "class:",   "currency:", "sector:", "region:",     "session:"};
}

std::string_view prefix_of(LevelKind kind) {
    return prefixes[at(kind)];
}

std::optional<std::pair<LevelKind, std::string_view>> parse_level(std::string_view text) {
    if (text == "firm") return std::pair{LevelKind::firm, std::string_view{}};
    for (std::size_t kind = 1; kind < level_kind_count; ++kind) {
        const std::string_view prefix = prefixes[kind];
        if (text.starts_with(prefix) && text.size() > prefix.size())
            return std::pair{static_cast<LevelKind>(kind), text.substr(prefix.size())};
    }
    return std::nullopt;
}

}  // namespace gw::risk
