// How far a price may be from the reference.

#include "risk/check.hpp"

namespace gw::risk {

using schema::DenialCode;
using schema::LimitUnit;

namespace {

// How far a price may be from `reference` by this rule.
Decimal distance_allowed(const Rule& rule, const Instrument& instrument, Decimal reference) {
    switch (static_cast<LimitUnit>(rule.unit)) {
        case LimitUnit::ticks:
            return shown(Product(rule.value, instrument.tick_size));
        case LimitUnit::absolute:
            return rule.value;
        case LimitUnit::unspecified:
        case LimitUnit::percent:
            break;
    }
    return Product(rule.value, reference).divided_by(Decimal::from_units(100));
}

// The distance in the unit of the rule.
Decimal observed_distance(const Rule& rule, const Instrument& instrument, Decimal reference,
                          Decimal distance) {
    const auto unit = static_cast<LimitUnit>(rule.unit);
    if (unit == LimitUnit::absolute) return distance;
    const bool ticks = unit == LimitUnit::ticks;
    const Decimal step = ticks ? instrument.tick_size : reference;
    if (step.is_zero()) return distance;
    return Product(distance, Decimal::from_units(ticks ? 1 : 100)).divided_by(step);
}

}  // namespace

bool check_price_collar(const Question& question, const Rule& rule, Breach& breach) {
    const Decimal price = question.proposal.price;
    if (price.is_zero()) return true;
    if (!question.instrument.reference_price) {
        if (rule.allow_missing_reference) return true;
        breach = {DenialCode::no_reference_price, std::nullopt, rule.value, Decimal{}};
        return false;
    }
    const Decimal reference = *question.instrument.reference_price;
    const Decimal distance = (price - reference).magnitude();
    // As products, so that nothing is rounded: |price - reference| x 100 against percent x reference.
    const auto unit = static_cast<LimitUnit>(rule.unit);
    const bool percent = unit == LimitUnit::unspecified || unit == LimitUnit::percent;
    const bool holds = percent ? Product(distance, Decimal::from_units(100)) <= Product(rule.value, reference)
                               : distance <= distance_allowed(rule, question.instrument, reference);
    if (holds) return true;
    breach = {DenialCode::price_collar, observed_distance(rule, question.instrument, reference, distance),
              rule.value, distance_allowed(rule, question.instrument, reference)};
    return false;
}

}  // namespace gw::risk
