// Limits, trading states and reference prices, by level; filled by the control plane, read by the checks.
//
// A level is "firm", or one account, client, venue or instrument. Every level that an order falls under is
// looked at, and the tightest limit wins.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/decimal.hpp"
#include "schema/gateway_v1.hpp"

namespace gw::risk {

enum class LevelKind : std::uint8_t { firm, account, client, venue, instrument };
inline constexpr std::size_t level_kind_count = 5;

// "account:A1" and the like; `number` is the name's number in the ledger's tables, 0 for the firm.
struct Level {
    LevelKind kind = LevelKind::firm;
    std::uint32_t number = 0;
    friend bool operator==(const Level&, const Level&) = default;
};

[[nodiscard]] std::string_view prefix_of(LevelKind kind);  // "firm", "account:", ...
// Splits "account:A1" into kind and name; nullopt where it is no level.
[[nodiscard]] std::optional<std::pair<LevelKind, std::string_view>> parse_level(std::string_view text);

// What is not set is not limited at this level.
struct Limits {
    std::optional<Decimal> max_order_quantity;
    std::optional<Decimal> max_order_notional;
    std::optional<Decimal> price_collar_percent;
};

struct LevelState {
    Limits limits;
    schema::TradingState trading = schema::TradingState::active;
    bool trading_was_set = false;
    std::string reason;      // of the last change of `trading`
    std::string changed_by;  // and who made it
};

// One entry a level and number, found by index. The control plane grows it; the checks only read.
class LimitTable {
  public:
    [[nodiscard]] const LevelState* find(Level level) const {
        const auto& states = states_[static_cast<std::size_t>(level.kind)];
        return level.number < states.size() ? &states[level.number] : nullptr;
    }
    LevelState& at(Level level) {
        auto& states = states_[static_cast<std::size_t>(level.kind)];
        if (level.number >= states.size()) states.resize(level.number + 1);
        return states[level.number];
    }
    template <class Visitor>
    void for_each(Visitor&& visit) const {
        for (std::size_t kind = 0; kind < level_kind_count; ++kind)
            for (std::uint32_t number = 0; number < states_[kind].size(); ++number)
                visit(Level{static_cast<LevelKind>(kind), number}, states_[kind][number]);
    }

  private:
    std::array<std::vector<LevelState>, level_kind_count> states_;
};

// What the checks know of an instrument.
struct Instrument {
    std::uint32_t venue = 0;
    Decimal tick_size, lot_size, min_quantity;
    std::optional<Decimal> reference_price;
    bool configured = false;
};

}  // namespace gw::risk
