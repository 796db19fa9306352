#include "risk/checks.hpp"

#include "risk/actions.hpp"
#include "risk/check.hpp"

namespace gw::risk {

namespace {

using schema::DenialCode;

Refusal refuse(DenialCode code, std::string_view name, Level level,
               std::optional<Decimal> observed = std::nullopt,
               std::optional<Decimal> allowed = std::nullopt) {
    return {code, name, level, {}, observed, allowed, schema::TradingState::active, {}, false};
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
    if (!instrument.max_quantity.is_zero() && proposal.quantity > instrument.max_quantity)
        return refuse(DenialCode::quantity_above_maximum, "max_quantity", at, proposal.quantity,
                      instrument.max_quantity);
    return std::nullopt;
}

// Whether it is traded now.
std::optional<Refusal> check_trading(const Control& control, const Instrument& instrument,
                                     const Proposal& proposal) {
    const Level at{LevelKind::instrument, proposal.instrument};
    if (instrument.expires_ns != 0 && proposal.now_ns >= instrument.expires_ns)
        return refuse(DenialCode::instrument_expired, "expires", at);
    if (instrument.halted) return refuse(DenialCode::instrument_not_trading, "security_status", at);
    if (instrument.trading_hours != 0 &&
        !control.hours[instrument.trading_hours - 1].open_at(proposal.now_ns))
        return refuse(DenialCode::instrument_not_trading, "trading_hours", at);
    if (!takes(control.phase_of(instrument, proposal.venue), proposal.time_in_force))
        return refuse(DenialCode::not_in_this_phase, "market_phase", at);
    return std::nullopt;
}

}  // namespace

bool reduces(const Control& control, const Proposal& proposal) {
    const Decimal more = proposal.wanted().quantity - proposal.held.quantity;
    if (proposal.is_open && more.is_zero()) return true;
    if (control.ledger == nullptr) return false;
    const std::uint32_t at =
        control.ledger->find_position(proposal.account, proposal.strategy, proposal.instrument);
    if (at == 0) return false;
    const order::Position& position = control.ledger->positions()[at];
    const Decimal net = position.net();
    if (proposal.side == schema::Side::buy) return position.open_buy + more <= -net;
    return position.open_sell + more <= net;
}

namespace {

std::optional<Refusal> check_states(const Control& control, const LevelNumbers& numbers,
                                    const Proposal& proposal) {
    if (!control.states.any_restricted()) return std::nullopt;
    std::optional<Refusal> reducing;
    for (std::size_t kind = 0; kind < level_kind_count; ++kind) {
        const Level level{static_cast<LevelKind>(kind), numbers[kind]};
        if (level.number == 0 && level.kind != LevelKind::firm) continue;
        const LevelState* state = control.states.find(level);
        if (state == nullptr || state->trading == schema::TradingState::active) continue;
        if (state->trading == schema::TradingState::reducing) {
            if (!reducing) reducing = refuse(DenialCode::trading_reducing, "trading_state", level);
        } else {
            return refuse(DenialCode::trading_halted, "trading_state", level);
        }
    }
    return reducing && !reduces(control, proposal) ? reducing : std::nullopt;
}

}  // namespace

LevelNumbers numbers_of(const Control& control, const Instrument& instrument, const Proposal& proposal) {
    LevelNumbers numbers{};
    numbers[at(LevelKind::account)] = proposal.account;
    numbers[at(LevelKind::client)] = proposal.client;
    numbers[at(LevelKind::venue)] = proposal.venue;
    numbers[at(LevelKind::instrument)] = proposal.instrument;
    numbers[at(LevelKind::strategy)] = proposal.strategy;
    numbers[at(LevelKind::order_type)] = static_cast<std::uint32_t>(proposal.type);
    numbers[at(LevelKind::asset_class)] = instrument.asset_class;
    numbers[at(LevelKind::currency)] = instrument.currency;
    numbers[at(LevelKind::sector)] = instrument.sector;
    numbers[at(LevelKind::region)] = instrument.region;
    control.groups.add(numbers);
    return numbers;
}

Decision decide(const Control& control, const Instrument& instrument, const Proposal& proposal,
                const WaivedLimits* waived) {
    Decision decision;
    decide_into(decision, control, instrument, proposal, waived);
    return decision;
}

void decide_into(Decision& decision, const Control& control, const Instrument& instrument,
                 const Proposal& proposal, const WaivedLimits* waived) {
    instrument.expect();
    const LevelNumbers numbers = numbers_of(control, instrument, proposal);
    FoundRows rows;
    control.book.find(numbers, rows);
    const auto refused = [&decision](const std::optional<Refusal>& refusal) {
        if (refusal) [[unlikely]]
            decision.refusal_ = *refusal;
        return refusal.has_value();
    };
    if (refused(check_states(control, numbers, proposal)) ||
        refused(check_instrument(instrument, proposal)) ||
        refused(check_trading(control, instrument, proposal)))
        return;
    Quote market;
    if (proposal.price.is_zero()) market = market_price(control, instrument, numbers, proposal);
    Deciding(control, instrument, numbers, rows, market, waived).decide_into(decision, proposal);
}

}  // namespace gw::risk
