// What may be open, held and owed. A replace is judged on the difference that it makes, and an order that
// makes nothing worse passes a limit that is broken already: it could be the way out.

#include "risk/check.hpp"

namespace gw::risk {

using schema::DenialCode;
using schema::LimitKind;

namespace {

DenialCode code_of(LimitKind kind) {
    const KindTerms* terms = terms_of(kind);
    return terms == nullptr ? DenialCode::max_exposure : terms->code;
}

Product larger(const Product& a, const Product& b) {
    return a < b ? b : a;
}
Product magnitude(const Product& value) {
    return value.raw() < 0 ? Product{} - value : value;
}

// The holding as the proposal would leave it.
Holding with(const Holding& before, const Proposal& proposal) {
    const order::Reservation wanted = proposal.wanted();
    Holding after = before;
    const Decimal more = wanted.quantity - proposal.held.quantity;
    (proposal.side == schema::Side::buy ? after.open_buy : after.open_sell) += more;
    if (wanted.price.is_zero()) after.open_unpriced += wanted.quantity;
    if (proposal.held.price.is_zero()) after.open_unpriced -= proposal.held.quantity;
    return after;
}

// By how much an order without a limit could trade dearer than at the reference, by which all else is valued.
Product dearer_at_market(const Question& question, const order::Reservation& wanted) {
    const Instrument& instrument = question.instrument;
    const Decimal more = wanted.quantity - question.proposal.held.quantity;
    if (!wanted.price.is_zero() || !instrument.reference_price || !more.is_positive()) return {};
    const Decimal dearer = question.market.value - *instrument.reference_price;
    return dearer.is_positive() ? value_of(Product(more, dearer), instrument.multiplier) : Product{};
}

}  // namespace

Product measured(LimitKind kind, const Totals& totals) {
    switch (kind) {
        case LimitKind::open_notional:
            return totals.open_notional;
        case LimitKind::gross_exposure:
            return totals.gross;
        case LimitKind::net_exposure:
            return larger(magnitude(totals.net_up), magnitude(totals.net_down));
        case LimitKind::short_exposure:
            return totals.short_down;
        case LimitKind::long_exposure:
        case LimitKind::buying_power:
        default:
            return totals.long_up;
    }
}

Decimal worst_case(const Holding& holding) {
    return std::max((holding.net + holding.open_buy).magnitude(),
                    (holding.net - holding.open_sell).magnitude());
}

bool check_open_orders(const Question& question, const Rule& rule, Breach& breach) {
    if (question.proposal.is_open) return true;
    const std::int64_t after = question.control.exposures.totals(rule.tracked).open_orders + 1;
    if (after <= std::int64_t{rule.count}) return true;
    const Decimal limit = Decimal::from_units(rule.count);
    breach = {DenialCode::max_open_orders, Decimal::from_units(after), limit, limit};
    return false;
}

bool check_position(const Question& question, const Rule& rule, Breach& breach) {
    const Holding before = question.control.exposures.holding(rule.tracked, question.proposal.instrument);
    const Holding after = with(before, question.proposal);
    const bool buys = question.proposal.side == schema::Side::buy;
    const Decimal worst = buys ? after.net + after.open_buy : after.open_sell - after.net;
    if (worst <= rule.value || after == before) return true;
    breach = {DenialCode::max_position, worst, rule.value, rule.value};
    return false;
}

bool check_exposure(const Question& question, const Rule& rule, Breach& breach) {
    const auto kind = static_cast<LimitKind>(rule.kind);
    const Proposal& proposal = question.proposal;
    const Exposures& exposures = question.control.exposures;
    const Decimal unit = question.instrument.unit_value();
    const order::Reservation wanted = proposal.wanted();
    // Open orders with a limit are worth what their limit says, all else what the reference says.
    const bool needs_reference = kind != LimitKind::open_notional || wanted.price.is_zero();
    bool passes = false;
    if (needs_reference &&
        !is_usable(question, rule, {unit, question.instrument.references.last_ns}, passes, breach))
        return passes;
    Totals totals = exposures.totals(rule.tracked);
    const Product before = measured(kind, totals);
    const Holding holding = exposures.holding(rule.tracked, proposal.instrument);
    take(totals, holding, unit);
    add(totals, with(holding, proposal), unit);
    totals.open_notional +=
        value_of(Product(wanted.quantity, wanted.price), question.instrument.multiplier) -
        value_of(Product(proposal.held.quantity, proposal.held.price), question.instrument.multiplier);
    Product after = measured(kind, totals);
    if (after <= before) return true;
    after += dearer_at_market(question, wanted);
    if (after <= as_product(rule.value)) return true;
    breach = {code_of(kind), shown(after), rule.value, rule.value};
    return false;
}

}  // namespace gw::risk
