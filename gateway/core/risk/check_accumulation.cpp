// What was ordered within a period, whatever became of it. Replaces count by what they ask for more.

#include "risk/check.hpp"

namespace gw::risk {

using schema::DenialCode;
using schema::LimitKind;

Decimal more_quantity(const Proposal& proposal) {
    if (proposal.sends == Sends::waiting_order) return {};
    if (proposal.sends == Sends::new_order) return proposal.quantity;
    return std::max(proposal.wanted().quantity - proposal.held.quantity, Decimal{});
}

std::optional<Decimal> more_notional(const Instrument& instrument, const Proposal& proposal) {
    if (proposal.sends == Sends::waiting_order) return Decimal{};
    Decimal price = proposal.price;
    if (price.is_zero()) {
        if (!instrument.reference_price) return std::nullopt;
        price = std::max(*instrument.reference_price, proposal.stop_price);
    }
    Product more(proposal.quantity, price);
    if (proposal.sends == Sends::replace) {
        const order::Reservation wanted = proposal.wanted();
        more = Product(wanted.quantity, std::max(wanted.price, price)) -
               Product(proposal.held.quantity, proposal.held.price.is_zero() ? price : proposal.held.price);
    }
    return shown(std::max(value_of(more, instrument.multiplier), Product{}));
}

bool check_accumulated(const Question& question, const Rule& rule, Breach& breach) {
    const Proposal& proposal = question.proposal;
    const Memory& memory = question.control.memory;
    const bool money = static_cast<LimitKind>(rule.kind) == LimitKind::accumulated_notional;
    const Gauge* gauge =
        money ? &memory.gauge(rule.tracked) : memory.gauge(rule.tracked, proposal.instrument);
    const std::optional<Decimal> more =
        money ? more_notional(question.instrument, proposal) : more_quantity(proposal);
    if (!more) {
        if (rule.allow_missing_reference) return true;
        breach = {DenialCode::no_reference_price, std::nullopt, rule.value, rule.value};
        return false;
    }
    if (more->is_zero()) return true;
    std::int64_t sum = more->raw();
    if (gauge != nullptr && __builtin_add_overflow(sum, gauge->sums.first, &sum))
        sum = std::numeric_limits<std::int64_t>::max();
    if (sum <= rule.value.raw()) return true;
    if (gauge != nullptr &&
        __builtin_add_overflow(more->raw(), memory.within(*gauge, proposal.now_ns).first, &sum))
        sum = std::numeric_limits<std::int64_t>::max();
    if (sum <= rule.value.raw()) return true;
    breach = {money ? DenialCode::accumulated_notional : DenialCode::accumulated_quantity,
              Decimal::from_raw(sum), rule.value, rule.value};
    return false;
}

}  // namespace gw::risk
