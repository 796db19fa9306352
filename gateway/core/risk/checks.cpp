#include "risk/checks.hpp"

#include <algorithm>
#include <array>

namespace gw::risk {

namespace {

using schema::DenialCode;

// The tightest value of one limit over all levels, and where it stands.
struct Tightest {
    std::optional<Decimal> value;
    Level level;

    void consider(const std::optional<Decimal>& limit, Level at) {
        if (limit && (!value || *limit < *value)) {
            value = limit;
            level = at;
        }
    }
};

Refusal refuse(DenialCode code, std::string_view name, Level level,
               std::optional<Decimal> observed = std::nullopt,
               std::optional<Decimal> allowed = std::nullopt) {
    return {code, name, level, observed, allowed};
}

// A product as a decimal for the message; the largest one where it does not fit.
Decimal shown(const Product& product) {
    return product.to_decimal().value_or(Decimal::from_raw(std::numeric_limits<std::int64_t>::max()));
}

std::optional<Refusal> check_instrument(const Instrument& instrument, const Proposal& proposal) {
    const Level at{LevelKind::instrument, proposal.instrument};
    for (const Decimal price : {proposal.price, proposal.stop_price})
        if (!price.is_multiple_of(instrument.tick_size))
            return refuse(DenialCode::price_not_on_tick, "tick_size", at, price, instrument.tick_size);
    if (!proposal.quantity.is_multiple_of(instrument.lot_size))
        return refuse(DenialCode::quantity_not_on_lot, "lot_size", at, proposal.quantity,
                      instrument.lot_size);
    if (proposal.quantity < instrument.min_quantity)
        return refuse(DenialCode::quantity_below_minimum, "min_quantity", at, proposal.quantity,
                      instrument.min_quantity);
    return std::nullopt;
}

std::optional<Refusal> check_collar(const Tightest& collar, const Instrument& instrument,
                                    const Proposal& proposal) {
    if (!collar.value || proposal.price.is_zero()) return std::nullopt;
    if (!instrument.reference_price)
        return refuse(DenialCode::no_reference_price, "price_collar_percent", collar.level, std::nullopt,
                      collar.value);
    // |price - reference| x 100 against percent x reference, as products: nothing is rounded.
    const Decimal reference = *instrument.reference_price;
    const Decimal distance = (proposal.price - reference).magnitude();
    if (Product(distance, Decimal::from_units(100)) <= Product(*collar.value, reference)) return std::nullopt;
    const Decimal percent = Product(distance, Decimal::from_units(100)).divided_by(reference);
    return refuse(DenialCode::price_collar, "price_collar_percent", collar.level, percent, collar.value);
}

std::optional<Refusal> check_notional(const Tightest& limit, const Instrument& instrument,
                                      const Proposal& proposal) {
    if (!limit.value) return std::nullopt;
    Decimal price = proposal.price;
    if (price.is_zero()) {
        // Without a limit it trades at the market, or from its trigger on: the dearer of the two.
        if (!instrument.reference_price)
            return refuse(DenialCode::no_reference_price, "max_order_notional", limit.level, std::nullopt,
                          limit.value);
        price = std::max(*instrument.reference_price, proposal.stop_price);
    }
    const Product notional(proposal.quantity, price);
    if (notional <= Product(*limit.value, Decimal::from_units(1))) return std::nullopt;
    return refuse(DenialCode::max_order_notional, "max_order_notional", limit.level, shown(notional),
                  limit.value);
}

}  // namespace

Decision decide(const LimitTable& limits, const Instrument& instrument, const Proposal& proposal) {
    const std::array<Level, level_kind_count> levels = {{
        {LevelKind::firm, 0},
        {LevelKind::account, proposal.account},
        {LevelKind::client, proposal.client},
        {LevelKind::venue, proposal.venue},
        {LevelKind::instrument, proposal.instrument},
    }};
    Tightest quantity, notional, collar;
    for (const Level level : levels) {
        const LevelState* state = limits.find(level);
        if (state == nullptr) continue;
        if (state->trading == schema::TradingState::halted)
            return Decision(refuse(DenialCode::trading_halted, "trading_state", level));
        quantity.consider(state->limits.max_order_quantity, level);
        notional.consider(state->limits.max_order_notional, level);
        collar.consider(state->limits.price_collar_percent, level);
    }
    if (const auto refusal = check_instrument(instrument, proposal)) return Decision(*refusal);
    if (quantity.value && proposal.quantity > *quantity.value)
        return Decision(refuse(DenialCode::max_order_quantity, "max_order_quantity", quantity.level,
                               proposal.quantity, quantity.value));
    if (const auto refusal = check_collar(collar, instrument, proposal)) return Decision(*refusal);
    if (const auto refusal = check_notional(notional, instrument, proposal)) return Decision(*refusal);
    return Decision(Approval(proposal));
}

}  // namespace gw::risk
