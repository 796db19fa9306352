// What limits remember: of events, as they are applied.

#include "engine/engine_state.hpp"
#include "order/position.hpp"
#include "risk/check.hpp"

namespace gw::engine {

using risk::LevelKind;

risk::LevelNumbers EngineState::levels_of(const order::Order& order) const {
    const order::InstrumentFacts& facts = ledger_.facts(order.instrument);
    risk::LevelNumbers numbers{};
    numbers[risk::at(LevelKind::account)] = order.account;
    numbers[risk::at(LevelKind::client)] = order.client;
    numbers[risk::at(LevelKind::venue)] = order.venue;
    numbers[risk::at(LevelKind::instrument)] = order.instrument;
    numbers[risk::at(LevelKind::strategy)] = order.strategy;
    numbers[risk::at(LevelKind::order_type)] = static_cast<std::uint32_t>(order.type);
    numbers[risk::at(LevelKind::asset_class)] = facts.asset_class;
    numbers[risk::at(LevelKind::currency)] = facts.currency;
    numbers[risk::at(LevelKind::sector)] = facts.sector;
    numbers[risk::at(LevelKind::region)] = facts.region;
    control_.groups.add(numbers);
    return numbers;
}

namespace {

Decimal money(const Product& priced, Decimal multiplier) {
    return risk::shown(risk::value_of(priced, multiplier));
}

}  // namespace

void EngineState::remember(const schema::OrderAccepted& event, const Before&, std::int64_t time_ns) {
    const order::Order& order = ledger_.order(event.order_id);
    const Decimal quantity = event.quantity.value;
    const Decimal price = event.price.value;
    const Decimal valued_at = price.is_zero() ? event.reference_price.value : price;
    control_.memory.new_order(
        levels_of(order), risk::fingerprint_of(order.client, order.instrument, order.buys(), quantity, price),
        quantity, money(Product(quantity, valued_at), ledger_.facts(order.instrument).multiplier), time_ns);
}

void EngineState::remember(const schema::ReplaceRequested& event, const Before& before,
                           std::int64_t time_ns) {
    const order::Order& order = ledger_.order(event.order_id);
    const Decimal multiplier = ledger_.facts(order.instrument).multiplier;
    const Decimal price = event.price.value.is_zero() ? event.reference_price.value : event.price.value;
    const Product now(order.reserved, std::max(order.reserved_price, price));
    const Product held(before.held.quantity, before.held.price.is_zero() ? price : before.held.price);
    control_.memory.replace(levels_of(order), order.reserved - before.held.quantity,
                            money(now - held, multiplier), time_ns);
}

void EngineState::remember(const schema::CancelRequested& event, const Before&, std::int64_t time_ns) {
    control_.memory.cancel(levels_of(ledger_.order(event.order_id)), time_ns);
}

void EngineState::remember(const schema::ExecutionReported& event, const Before& before,
                           std::int64_t time_ns) {
    const order::Order& order = ledger_.order(event.order_id);
    if (order.position != 0)
        control_.memory.trade(order.position, event.last_price.value, ledger_);
    else
        control_.memory.set_mark(order.instrument, event.last_price.value, false, ledger_);
    // One that takes the place of an inferred fill was counted with it.
    const bool trades = event.exec_type == schema::ExecType::trade && !event.in_question &&
                        !event.busted_before && event.replaces_exec_id.empty();
    if (!trades) return;
    control_.memory.fill(levels_of(order), order.buys(), time_ns);
    if (order.position != 0)
        control_.memory.trade_realized(order.position, realized_of(event.order_id) - before.realized);
}

Product EngineState::realized_of(order::OrderId id) const {
    if (!ledger_.has_order(id)) return {};
    const std::uint32_t position = ledger_.order(id).position;
    if (position == 0 || control_.memory.empty()) return {};
    const order::Position& held = ledger_.positions()[position];
    return order::realized_profit(held, ledger_.facts(held.instrument).multiplier).value_or(Product{});
}

}  // namespace gw::engine
