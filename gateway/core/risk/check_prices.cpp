// How far a price may be from the reference.

#include "risk/check.hpp"

namespace gw::risk {

using schema::DenialCode;
using schema::LimitReference;
using schema::LimitUnit;

Decimal collar_distance(const Rule& rule, const Instrument& instrument, Decimal reference) {
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

namespace {

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

// Whether a price that is `distance` from `reference` is near enough.
bool is_near(const Rule& rule, const Instrument& instrument, Decimal reference, Decimal distance,
             Breach& breach) {
    // As products, so that nothing is rounded: the distance x 100 against percent x reference.
    const auto unit = static_cast<LimitUnit>(rule.unit);
    const bool percent = unit == LimitUnit::unspecified || unit == LimitUnit::percent;
    const bool holds = percent ? Product(distance, Decimal::from_units(100)) <= Product(rule.value, reference)
                               : distance <= collar_distance(rule, instrument, reference);
    if (holds) return true;
    breach = {DenialCode::price_collar, observed_distance(rule, instrument, reference, distance), rule.value,
              collar_distance(rule, instrument, reference)};
    return false;
}

Quote reference_of(const Rule& rule, const Instrument& instrument) {
    const References& known = instrument.references;
    switch (static_cast<LimitReference>(rule.reference)) {
        case LimitReference::mid:
            return {known.mid(), known.quoted_ns};
        case LimitReference::close:
            return {known.close, known.closed_ns};
        case LimitReference::venue_band:
            return {std::max(known.band_low, known.band_high), known.band_ns};
        case LimitReference::unspecified:
        case LimitReference::last:
            break;
    }
    return last_of(instrument);
}

}  // namespace

bool check_price_collar(const Question& question, const Rule& rule, Breach& breach) {
    const Instrument& instrument = question.instrument;
    const Decimal price = question.proposal.price;
    if (price.is_zero()) return true;
    const Quote reference = reference_of(rule, instrument);
    bool passes = false;
    if (!is_usable(question, rule, reference, passes, breach)) return passes;
    if (static_cast<LimitReference>(rule.reference) != LimitReference::venue_band)
        return is_near(rule, instrument, reference.value, (price - reference.value).magnitude(), breach);
    // A band may have one end alone.
    const References& known = instrument.references;
    if (price < known.band_low)
        return is_near(rule, instrument, known.band_low, known.band_low - price, breach);
    if (known.band_high.is_zero() || price <= known.band_high) return true;
    return is_near(rule, instrument, known.band_high, price - known.band_high, breach);
}

}  // namespace gw::risk
