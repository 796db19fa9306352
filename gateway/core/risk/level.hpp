// Levels: what limits and trading states are set on. An order falls under one of each kind at most.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace gw::risk {

// The numbers stand in checkpoints: they are kept for ever.
enum class LevelKind : std::uint8_t {
    firm,
    account,
    client,
    venue,
    instrument,
    strategy,
    order_type,
    desk,  // from here on: groups, which the configuration makes of accounts and instruments
    asset_class,
    currency,
    sector,
    region,
    session,  // of a venue
};
inline constexpr std::size_t level_kind_count = 13;

// "account:A1" and the like; `number` is the name's number in the ledger's tables, of an order type the
// type's, and 0 for the firm.
struct Level {
    LevelKind kind = LevelKind::firm;
    std::uint32_t number = 0;
    friend bool operator==(const Level&, const Level&) = default;
};

[[nodiscard]] std::string_view prefix_of(LevelKind kind);  // "firm", "account:", ...
// Splits "account:A1" into kind and name; nullopt where it is no level.
[[nodiscard]] std::optional<std::pair<LevelKind, std::string_view>> parse_level(std::string_view text);

// The levels that an order falls under, by kind; 0: none of that kind (the firm's is always there).
using LevelNumbers = std::array<std::uint32_t, level_kind_count>;
[[nodiscard]] constexpr std::size_t at(LevelKind kind) {
    return static_cast<std::size_t>(kind);
}
[[nodiscard]] inline bool falls_under(const LevelNumbers& numbers, Level level) {
    return level.kind == LevelKind::firm || (level.number != 0 && numbers[at(level.kind)] == level.number);
}

}  // namespace gw::risk
