// What limits are measured against: whether it is there, how old it is, and what an order without a limit
// could trade at.

#include "risk/check.hpp"

namespace gw::risk {

using schema::DenialCode;
using schema::LimitKind;
using schema::Side;

bool is_usable(const Question& question, const Rule& rule, const Quote& quote, bool& passes, Breach& breach) {
    passes = rule.allow_missing_reference;
    if (quote.value.is_zero()) {
        breach = {DenialCode::no_reference_price, std::nullopt, rule.value, Decimal{}};
        return false;
    }
    if (rule.window_ns == 0 || question.proposal.now_ns - quote.time_ns <= rule.window_ns) return true;
    breach = {DenialCode::stale_reference_price, quote.value, rule.value, Decimal{}};
    return false;
}

bool is_convertible(const Question& question, const Rule& rule, bool& passes, Breach& breach) {
    const Instrument& instrument = question.instrument;
    if (!instrument.is_foreign) return true;
    passes = rule.allow_missing_reference;
    if (instrument.rate.is_zero()) {
        breach = {DenialCode::no_rate, std::nullopt, rule.value, Decimal{}};
        return false;
    }
    if (question.proposal.now_ns - instrument.rate_ns <= question.control.rate_max_age_ns) return true;
    breach = {DenialCode::stale_rate, instrument.rate, rule.value, Decimal{}};
    return false;
}

Quote market_price(const Control& control, const Instrument& instrument, const LevelNumbers& numbers,
                   const Proposal& proposal) {
    const References& known = instrument.references;
    const Quote last = last_of(instrument);
    const Quote far{proposal.side == Side::buy ? known.ask : known.bid, known.quoted_ns};
    Quote market = far.value.is_zero() || last.time_ns > far.time_ns ? last : far;
    if (market.value.is_zero()) return market;
    market.value = std::max(market.value, proposal.stop_price);
    std::optional<Decimal> collar;
    control.book.for_each_rule(numbers, [&](const Rule& rule) {
        // One that only warns keeps no price out.
        if (static_cast<LimitKind>(rule.kind) != LimitKind::price_collar ||
            static_cast<schema::LimitAction>(rule.action) == schema::LimitAction::warn ||
            static_cast<schema::LimitReference>(rule.reference) == schema::LimitReference::venue_band)
            return;
        const Decimal distance = collar_distance(rule, instrument, market.value);
        if (!collar || distance < *collar) collar = distance;
    });
    if (collar) market.value += *collar;
    return market;
}

}  // namespace gw::risk
