// The limits of the configuration file, and trading states by level.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/decimal.hpp"
#include "risk/level.hpp"
#include "risk/references.hpp"
#include "schema/gateway_v1.hpp"

namespace gw::risk {

// What is not set is not limited at this level.
struct Limits {
    std::optional<Decimal> max_order_quantity;
    std::optional<Decimal> max_order_notional;
    std::optional<Decimal> price_collar_percent;
};

struct LevelState {
    schema::TradingState trading = schema::TradingState::active;
    bool trading_was_set = false;
    std::string reason;      // of the last change of `trading`
    std::string changed_by;  // and who made it
};

// One entry a level and number, found by index. The control plane grows it; the checks only read.
class LevelStates {
  public:
    [[nodiscard]] const LevelState* find(Level level) const {
        const auto& states = states_[at(level.kind)];
        return level.number < states.size() ? &states[level.number] : nullptr;
    }
    LevelState& set(Level level, schema::TradingState trading) {
        auto& states = states_[at(level.kind)];
        if (level.number >= states.size()) states.resize(level.number + 1);
        LevelState& state = states[level.number];
        const auto restricts = [](schema::TradingState each) { return each != schema::TradingState::active; };
        restricted_ = restricted_ + (restricts(trading) ? 1U : 0U) - (restricts(state.trading) ? 1U : 0U);
        state.trading = trading;
        state.trading_was_set = true;
        return state;
    }
    // Whether some level is not ACTIVE.
    [[nodiscard]] bool any_restricted() const { return restricted_ != 0; }
    template <class Visitor>
    void for_each(Visitor&& visit) const {
        for (std::size_t kind = 0; kind < level_kind_count; ++kind)
            for (std::uint32_t number = 0; number < states_[kind].size(); ++number)
                visit(Level{static_cast<LevelKind>(kind), number}, states_[kind][number]);
    }

  private:
    std::array<std::vector<LevelState>, level_kind_count> states_;
    std::size_t restricted_ = 0;
};

// What the checks know of an instrument.
struct Instrument {
    std::uint32_t venue = 0;
    std::uint32_t asset_class = 0, currency = 0, sector = 0, region = 0;  // groups; 0: none
    Decimal tick_size, lot_size, min_quantity;
    std::optional<Decimal> reference_price;
    Decimal multiplier = Decimal::from_units(1);
    bool configured = false;
    References references{};  // reference_price is LAST among them

    // What one unit of quantity is worth; zero where nobody knows.
    [[nodiscard]] Decimal unit_value() const {
        if (!reference_price) return Decimal{};
        if (multiplier == Decimal::from_units(1)) return *reference_price;
        return Product(*reference_price, multiplier).to_decimal().value_or(Decimal{});
    }
};

}  // namespace gw::risk
