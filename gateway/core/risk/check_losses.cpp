// What was lost. An order that can only reduce its position passes: it could be the way out.

#include "risk/check.hpp"

namespace gw::risk {

using schema::LimitKind;

Decimal lost(const Memory& memory, const Rule& rule) {
    const Profit& profit = memory.profit(rule.tracked);
    const Product total = profit.realized + profit.unrealized;
    switch (static_cast<LimitKind>(rule.kind)) {
        case LimitKind::realized_loss:
            return Decimal::from_raw(raw_of(Product{} - profit.realized));
        case LimitKind::unrealized_loss:
            return Decimal::from_raw(raw_of(Product{} - profit.unrealized));
        case LimitKind::drawdown:
            return Decimal::from_raw(raw_of(
                Product(Decimal::from_raw(memory.gauge(rule.tracked).sums.second), Decimal::from_units(1)) -
                total));
        case LimitKind::loss_streak:
            return Decimal::from_units(memory.gauge(rule.tracked).sums.first);
        case LimitKind::total_loss:
        default:
            return Decimal::from_raw(raw_of(Product{} - total));
    }
}

bool check_loss(const Question& question, const Rule& rule, Breach& breach) {
    const bool counts = static_cast<LimitKind>(rule.kind) == LimitKind::loss_streak;
    const Decimal allowed = counts ? Decimal::from_units(rule.count) : rule.value;
    const Decimal loss = lost(question.control.memory, rule);
    if (loss <= allowed || reduces(question.control, question.proposal)) return true;
    breach = {schema::DenialCode::loss_limit, loss, allowed, allowed};
    return false;
}

}  // namespace gw::risk
