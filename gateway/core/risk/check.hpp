// What the checks share: what they are asked with, and what they say.
#pragma once

#include <algorithm>
#include <limits>
#include <optional>

#include "risk/checks.hpp"

namespace gw::risk {

// A price or volume that a limit is measured against.
struct Quote {
    Decimal value{};  // zero: nobody knows
    std::int64_t time_ns = 0;
};

// One decision's input, and what several checks want to know of it.
struct Question {
    Question(const Control& all, const Instrument& asked, const Proposal& order, const LevelNumbers& levels,
             const Quote& far)
        : control(all), instrument(asked), proposal(order), numbers(levels), market(far) {
        if (!all.memory.keeps_orders() || order.sends != Sends::new_order) return;
        fingerprint = fingerprint_of(order.client, order.instrument, order.side == schema::Side::buy,
                                     order.quantity, order.price);
        all.memory.expect_repeated(fingerprint);
    }

    const Control& control;
    const Instrument& instrument;
    const Proposal& proposal;
    const LevelNumbers& numbers;
    Quote market{};                 // what an order without a limit could trade at
    std::uint64_t fingerprint = 0;  // of a new order, where some limit is on repeated ones
};

// A limit that does not hold.
struct Breach {
    schema::DenialCode code = schema::DenialCode::unspecified;
    std::optional<Decimal> observed, allowed;
    // By which the tightest of several limits of one kind is told: what they allow, in the same measure.
    Decimal tightness{};
};

// True where the rule holds; else `breach` says why not.
using Check = bool (*)(const Question& question, const Rule& rule, Breach& breach);
// Null where there is none.
[[nodiscard]] Check check_of(const Rule& rule);

// A product as a decimal for the message; the largest one where it does not fit.
[[nodiscard]] inline Decimal shown(const Product& product) {
    return product.to_decimal().value_or(Decimal::from_raw(std::numeric_limits<std::int64_t>::max()));
}
[[nodiscard]] inline Product as_product(Decimal value) {
    return {value, Decimal::from_units(1)};
}

// Whether the order can only bring its own position (of account, strategy and instrument) nearer to zero,
// with everything filled that works on its side.
[[nodiscard]] bool reduces(const Control& control, const Proposal& proposal);

// check_prices.cpp
bool check_price_collar(const Question& question, const Rule& rule, Breach& breach);
// How far from `reference` a price may be by this collar.
[[nodiscard]] Decimal collar_distance(const Rule& rule, const Instrument& instrument, Decimal reference);
// check_references.cpp
// Whether the rule can be held against `quote`: it is known, and as young as the rule's window asks. Else
// `passes` says whether the limit lets orders pass without it, and `breach` why not.
[[nodiscard]] bool is_usable(const Question& question, const Rule& rule, const Quote& quote, bool& passes,
                             Breach& breach);
// Whether money of the instrument can be held against the rule: its rate into the base currency is known, and
// young enough. Else as with is_usable.
[[nodiscard]] bool is_convertible(const Question& question, const Rule& rule, bool& passes, Breach& breach);
// What an order without a limit could trade at: the far side of the market, or the reference price where that
// is newer or all there is, or its trigger where that is dearer; and the tightest collar on top of it.
[[nodiscard]] Quote market_price(const Control& control, const Instrument& instrument,
                                 const LevelNumbers& numbers, const Proposal& proposal);
[[nodiscard]] inline Quote last_of(const Instrument& instrument) {
    return {instrument.reference_price.value_or(Decimal{}), instrument.references.last_ns};
}
// check_sizes.cpp
bool check_max_order_quantity(const Question& question, const Rule& rule, Breach& breach);
bool check_max_order_notional(const Question& question, const Rule& rule, Breach& breach);
bool check_volume_share(const Question& question, const Rule& rule, Breach& breach);
// check_exposures.cpp
bool check_open_orders(const Question& question, const Rule& rule, Breach& breach);
bool check_position(const Question& question, const Rule& rule, Breach& breach);
bool check_exposure(const Question& question, const Rule& rule, Breach& breach);
// What a limit on totals measures, in money.
[[nodiscard]] Product measured(schema::LimitKind kind, const Totals& totals);
// The worst case of a position limit, either way.
[[nodiscard]] Decimal worst_case(const Holding& holding);
// check_rates.cpp
bool check_message_rate(const Question& question, const Rule& rule, Breach& breach);
bool check_order_to_trade_ratio(const Question& question, const Rule& rule, Breach& breach);
bool check_cancel_ratio(const Question& question, const Rule& rule, Breach& breach);
bool check_repeated_executions(const Question& question, const Rule& rule, Breach& breach);
// `count` for each `of`; none of them counts as one.
[[nodiscard]] Decimal ratio_of(std::int64_t count, std::int64_t of);
// check_losses.cpp
bool check_loss(const Question& question, const Rule& rule, Breach& breach);
// In money, or a count; below zero where something was gained.
[[nodiscard]] Decimal lost(const Memory& memory, const Rule& rule);
// check_crossing.cpp
bool check_self_trade(const Question& question, const Rule& rule, Breach& breach);
[[nodiscard]] bool falls_under(const Control& control, const Instrument& instrument,
                               const order::Order& order, const BookEntry& entry);
// check_duplicates.cpp
bool check_duplicate_orders(const Question& question, const Rule& rule, Breach& breach);
// check_accumulation.cpp
bool check_accumulated(const Question& question, const Rule& rule, Breach& breach);
// What a proposal asks for beyond what it holds: its quantity, and that at its price or the reference.
[[nodiscard]] Decimal more_quantity(const Proposal& proposal);
// Nothing where that needs a reference price and there is none.
[[nodiscard]] std::optional<Decimal> more_notional(const Instrument& instrument, const Proposal& proposal);
// check_permissions.cpp
bool check_restricted(const Question& question, const Rule& rule, Breach& breach);
bool check_permitted(const Question& question, const Rule& rule, Breach& breach);
// check_short_sales.cpp
bool check_short_sale_marking(const Question& question, const Rule& rule, Breach& breach);
bool check_locate(const Question& question, const Rule& rule, Breach& breach);

// Calls visit(id, order) for each own order on the rule's levels that the proposal would trade with, the best
// first, while it returns true. Stop orders are looked at on neither side; where the rule cancels what rests,
// those that are being canceled are passed over: their cancels are ahead.
template <class Visitor>
void for_each_crossing(const Control& control, const Instrument& instrument, const Proposal& proposal,
                       const Rule& rule, Visitor&& visit) {
    if (control.ledger == nullptr || !proposal.stop_price.is_zero()) return;
    const auto policy = static_cast<schema::CrossingPolicy>(rule.crossing);
    const auto look = [&](order::OrderId id) {
        const order::Order& order = control.ledger->order(id);
        if (policy == schema::CrossingPolicy::cancel_resting && order.pending_cancels != 0) return true;
        if (!falls_under(control, instrument, order, control.book.entry(rule.definition))) return true;
        return visit(id, order);
    };
    control.resting.for_each_crossing(proposal.instrument, proposal.side == schema::Side::buy, proposal.price,
                                      look);
}

}  // namespace gw::risk
