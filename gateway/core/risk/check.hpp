// What the checks share: what they are asked with, and what they say.
#pragma once

#include <algorithm>
#include <limits>
#include <optional>

#include "risk/checks.hpp"

namespace gw::risk {

// One decision's input, and what several checks want to know of it.
struct Question {
    const Control& control;
    const Instrument& instrument;
    const Proposal& proposal;
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
// check_sizes.cpp
bool check_max_order_quantity(const Question& question, const Rule& rule, Breach& breach);
bool check_max_order_notional(const Question& question, const Rule& rule, Breach& breach);
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

}  // namespace gw::risk
