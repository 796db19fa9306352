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
Holding with(const Holding& before, const Proposal& proposal, Decimal multiplier) {
    const order::Reservation wanted = proposal.wanted();
    const order::Reservation& held = proposal.held;
    Holding after = before;
    const Decimal more = wanted.quantity - held.quantity;
    (proposal.side == schema::Side::buy ? after.open_buy : after.open_sell) += more;
    if (proposal.side == schema::Side::sell_short) after.open_short += more;
    if (wanted.price.is_zero()) after.open_unpriced += wanted.quantity;
    if (held.price.is_zero()) after.open_unpriced -= held.quantity;
    after.open_notional += value_of(Product(wanted.quantity, wanted.price), multiplier) -
                           value_of(Product(held.quantity, held.price), multiplier);
    return after;
}

// By how much an order without a limit could trade dearer than at the reference, by which all else is valued.
Product dearer_at_market(const Question& question, const order::Reservation& wanted) {
    const Instrument& instrument = question.instrument;
    const Decimal more = wanted.quantity - question.proposal.held.quantity;
    if (!wanted.price.is_zero() || !instrument.reference_price || !more.is_positive()) return {};
    const Decimal dearer = question.market.value - *instrument.reference_price;
    return dearer.is_positive()
               ? value_of(value_of(Product(more, dearer), instrument.multiplier), instrument.rate)
               : Product{};
}

// A margin rate that a model set may be too old, as a price may; a configured one has no age.
bool has_margin(const Question& question, const Rule& rule, bool& passes, Breach& breach) {
    const Instrument& instrument = question.instrument;
    const References& known = instrument.references;
    if (!known.margin_rate.is_zero())
        return is_usable(question, rule, {known.margin_rate, known.margin_ns}, passes, breach);
    if (instrument.has_margin_rate()) return true;
    passes = rule.allow_missing_reference;
    breach = {DenialCode::no_margin_rate, std::nullopt, rule.value, Decimal{}};
    return false;
}

// As people set it: units of exposure for one of capital.
void show_leverage(const Question& question, const Rule& rule, const Product& exposure, Breach& breach) {
    const Definition& limit = question.control.book.entry(rule.definition).definition;
    breach.allowed = limit.value;
    breach.observed = limit.capital.is_zero() ? breach.observed : exposure.divided_by(limit.capital);
}

}  // namespace

Product measured(LimitKind kind, const Totals& totals) {
    switch (kind) {
        case LimitKind::open_notional:
            return totals.open_notional;
        case LimitKind::gross_exposure:
        case LimitKind::leverage:  // against the capital times the most of it
            return totals.gross;
        case LimitKind::margin:
            return Product::from_raw(totals.margin.raw() / 100);
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
    const Holding after = with(before, question.proposal, question.instrument.multiplier);
    const bool buys = question.proposal.side == schema::Side::buy;
    const Decimal worst = buys ? after.net + after.open_buy : after.open_sell - after.net;
    const bool same = after.open_buy == before.open_buy && after.open_sell == before.open_sell;
    if (worst <= rule.value || same) return true;
    breach = {DenialCode::max_position, worst, rule.value, rule.value};
    return false;
}

bool check_exposure(const Question& question, const Rule& rule, Breach& breach) {
    const auto kind = static_cast<LimitKind>(rule.kind);
    const Proposal& proposal = question.proposal;
    const Exposures& exposures = question.control.exposures;
    const order::Reservation wanted = proposal.wanted();
    // Open orders with a limit are worth what their limit says, all else what the reference says.
    const bool needs_reference = kind != LimitKind::open_notional || wanted.price.is_zero();
    bool passes = false;
    if (!is_convertible(question, rule, passes, breach)) return passes;
    if (needs_reference && !is_usable(question, rule, last_of(question.instrument), passes, breach))
        return passes;
    if (kind == LimitKind::margin && !has_margin(question, rule, passes, breach)) return passes;
    Totals totals = exposures.totals(rule.tracked);
    const Product before = measured(kind, totals);
    const Holding holding = exposures.holding(rule.tracked, proposal.instrument);
    const Valuation valued = valuation_of(question.instrument);
    take(totals, holding, valued);
    add(totals, with(holding, proposal, question.instrument.multiplier), valued);
    Product after = measured(kind, totals);
    if (after <= before) return true;
    const Product dearer = dearer_at_market(question, wanted);
    after += kind == LimitKind::margin
                 ? Product::from_raw(value_of(dearer, question.instrument.margin_in_force()).raw() / 100)
                 : dearer;
    if (after <= as_product(rule.value)) return true;
    breach = {code_of(kind), shown(after), rule.value, rule.value};
    if (kind == LimitKind::leverage) show_leverage(question, rule, after, breach);
    return false;
}

}  // namespace gw::risk
