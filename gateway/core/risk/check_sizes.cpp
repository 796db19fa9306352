// How large one order may be.

#include "risk/check.hpp"

namespace gw::risk {

using schema::DenialCode;

bool check_max_order_quantity(const Question& question, const Rule& rule, Breach& breach) {
    if (question.proposal.quantity <= rule.value) return true;
    breach = {DenialCode::max_order_quantity, question.proposal.quantity, rule.value, rule.value};
    return false;
}

bool check_max_order_notional(const Question& question, const Rule& rule, Breach& breach) {
    const Proposal& proposal = question.proposal;
    Decimal price = proposal.price;
    bool passes = false;
    if (!is_convertible(question, rule, passes, breach)) return passes;
    if (price.is_zero()) {
        if (!is_usable(question, rule, question.market, passes, breach)) return passes;
        price = question.market.value;
    }
    const Instrument& instrument = question.instrument;
    const Product notional =
        value_of(value_of(Product(proposal.quantity, price), instrument.multiplier), instrument.rate);
    if (notional <= as_product(rule.value)) return true;
    breach = {DenialCode::max_order_notional, shown(notional), rule.value, rule.value};
    return false;
}

bool check_volume_share(const Question& question, const Rule& rule, Breach& breach) {
    const References& known = question.instrument.references;
    const Quote volume{known.daily_volume, known.volume_ns};
    bool passes = false;
    if (!is_usable(question, rule, volume, passes, breach)) return passes;
    const Product share(question.proposal.quantity, Decimal::from_units(100));
    if (share <= Product(rule.value, volume.value)) return true;
    breach = {DenialCode::volume_share, share.divided_by(volume.value), rule.value, rule.value};
    return false;
}

}  // namespace gw::risk
