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
    const Control& control;
    const Instrument& instrument;
    const Proposal& proposal;
    const LevelNumbers& numbers;
    Quote market{};  // what an order without a limit could trade at
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
// check_permissions.cpp
bool check_restricted(const Question& question, const Rule& rule, Breach& breach);
bool check_permitted(const Question& question, const Rule& rule, Breach& breach);
// check_short_sales.cpp
bool check_short_sale_marking(const Question& question, const Rule& rule, Breach& breach);
bool check_locate(const Question& question, const Rule& rule, Breach& breach);

}  // namespace gw::risk
