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
    if (price.is_zero()) {
        // Without a limit it trades at the market, or from its trigger on: the dearer of the two.
        if (!question.instrument.reference_price) {
            if (rule.allow_missing_reference) return true;
            breach = {DenialCode::no_reference_price, std::nullopt, rule.value, rule.value};
            return false;
        }
        price = std::max(*question.instrument.reference_price, proposal.stop_price);
    }
    const Product notional = value_of(Product(proposal.quantity, price), question.instrument.multiplier);
    if (notional <= as_product(rule.value)) return true;
    breach = {DenialCode::max_order_notional, shown(notional), rule.value, rule.value};
    return false;
}

}  // namespace gw::risk
