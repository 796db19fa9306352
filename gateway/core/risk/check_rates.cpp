// How much comes, and what comes of it. A limit on what comes looks at what was sent: what was denied is not
// counted.

#include "risk/check.hpp"

namespace gw::risk {

using schema::DenialCode;

namespace {

// A replace to a smaller quantity: for these a message rate may keep a reserve.
bool is_smaller(const Proposal& proposal) {
    return proposal.sends == Sends::replace && proposal.quantity - proposal.traded < proposal.held.quantity;
}

bool is_above(std::int64_t count, std::int64_t of, Decimal value) {
    return Product(Decimal::from_units(count), Decimal::from_units(1)) >
           Product(value, Decimal::from_units(std::max<std::int64_t>(of, 1)));
}

Breach too_many(DenialCode code, std::int64_t observed, std::int64_t most) {
    const Decimal allowed = Decimal::from_units(most);
    return {code, Decimal::from_units(observed), allowed, allowed};
}

}  // namespace

Decimal ratio_of(std::int64_t count, std::int64_t of) {
    return Product(Decimal::from_units(count), Decimal::from_units(1))
        .divided_by(Decimal::from_units(std::max<std::int64_t>(of, 1)));
}

bool check_message_rate(const Question& question, const Rule& rule, Breach& breach) {
    const Proposal& proposal = question.proposal;
    if (proposal.sends == Sends::waiting_order) return true;
    const Memory& memory = question.control.memory;
    const Gauge& gauge = memory.gauge(rule.tracked);
    const std::int64_t kept = is_smaller(proposal) ? 0 : gauge.reserve;
    const std::int64_t most = rule.count - kept;
    // What has left the window only makes it less: that is looked for where it matters.
    if (gauge.sums.first >= most) {
        const std::int64_t sent = memory.within(gauge, proposal.now_ns).first;
        if (sent >= most) {
            breach = too_many(DenialCode::message_rate, sent + 1, most);
            return false;
        }
    }
    if (rule.value.is_zero()) return true;
    const std::int64_t each_ns = rule.window_ns / rule.count;
    const std::int64_t burst = rule.value.raw() / Decimal::scale - kept;
    const std::int64_t early_ns = gauge.next_ns - proposal.now_ns;
    if (early_ns <= (burst - 1) * each_ns) return true;
    breach = too_many(DenialCode::message_rate, 1 + (early_ns + each_ns - 1) / each_ns, burst);
    return false;
}

bool check_order_to_trade_ratio(const Question& question, const Rule& rule, Breach& breach) {
    if (question.proposal.sends == Sends::waiting_order) return true;
    const Memory& memory = question.control.memory;
    const Gauge& gauge = memory.gauge(rule.tracked);
    if (gauge.sums.first + 1 < rule.count) return true;
    const Sums sums = memory.within(gauge, question.proposal.now_ns);
    const std::int64_t orders = sums.first + 1;
    if (orders < rule.count || !is_above(orders, sums.second, rule.value)) return true;
    breach = {DenialCode::order_to_trade_ratio, ratio_of(orders, sums.second), rule.value, rule.value};
    return false;
}

bool check_cancel_ratio(const Question& question, const Rule& rule, Breach& breach) {
    if (question.proposal.sends == Sends::waiting_order) return true;
    const Memory& memory = question.control.memory;
    const Gauge& gauge = memory.gauge(rule.tracked);
    if (gauge.sums.first < rule.count) return true;
    const Sums sums = memory.within(gauge, question.proposal.now_ns);
    if (sums.first < rule.count || !is_above(sums.first, sums.second, rule.value)) return true;
    breach = {DenialCode::cancel_ratio, ratio_of(sums.first, sums.second), rule.value, rule.value};
    return false;
}

bool check_repeated_executions(const Question& question, const Rule& rule, Breach& breach) {
    const Memory& memory = question.control.memory;
    const Gauge& gauge = memory.gauge(rule.tracked);
    if (std::max(gauge.sums.first, gauge.sums.second) <= rule.count) return true;
    const Sums sums = memory.within(gauge, question.proposal.now_ns);
    const std::int64_t fills = std::max(sums.first, sums.second);
    if (fills <= rule.count) return true;
    breach = too_many(DenialCode::repeated_executions, fills, rule.count);
    return false;
}

}  // namespace gw::risk
