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

// Zero where the product does not fit.
[[nodiscard]] inline Decimal scaled(Decimal value, Decimal factor) {
    if (factor == Decimal::from_units(1)) return value;
    return Product(value, factor).to_decimal().value_or(Decimal{});
}

// What the checks know of an instrument. What every decision reads stands in the first two cache lines.
struct alignas(64) Instrument {
    std::uint32_t venue = 0;
    std::uint32_t asset_class = 0, currency = 0, sector = 0, region = 0;  // groups; 0: none
    bool configured = false;
    bool halted = false;      // by its venue
    bool is_foreign = false;  // its currency is not the base currency, and there is one
    schema::MarketPhase phase = schema::MarketPhase::unspecified;  // its own, where it has one
    std::uint32_t trading_hours = 0;  // place in Control::hours, from 1; 0: always
    Decimal tick_size, lot_size, min_quantity;
    Decimal max_quantity{};       // zero: none
    std::int64_t expires_ns = 0;  // from when on nothing may be ordered; 0: never
    std::optional<Decimal> reference_price;
    Decimal multiplier = Decimal::from_units(1);
    // What one unit of its currency is worth in the base currency; zero where nobody knows. Without a base
    // currency money is added up as it stands.
    Decimal rate = Decimal::from_units(1);
    std::int64_t rate_ns = 0;
    References references{};               // reference_price is LAST among them
    std::optional<Decimal> margin_rate{};  // percent of the exposure

    // Asks for the memory of what every decision reads.
    void expect() const {
        const char* at = reinterpret_cast<const char*>(this);
        __builtin_prefetch(at);
        __builtin_prefetch(at + 64);
    }

    // What one unit of quantity is worth; zero where nobody knows.
    [[nodiscard]] Decimal unit_value() const {
        if (!reference_price) return Decimal{};
        return scaled(scaled(*reference_price, multiplier), rate);
    }
    // In percent; zero where nobody knows, or where it is zero.
    [[nodiscard]] Decimal margin_in_force() const {
        return references.margin_rate.is_zero() ? margin_rate.value_or(Decimal{}) : references.margin_rate;
    }
    [[nodiscard]] bool has_margin_rate() const {
        return !references.margin_rate.is_zero() || margin_rate.has_value();
    }
};

}  // namespace gw::risk
