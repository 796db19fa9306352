// Sales of what is not held: that they say so, and that enough was located.

#include "risk/check.hpp"

namespace gw::risk {

using schema::DenialCode;
using schema::Side;

bool check_short_sale_marking(const Question& question, const Rule& rule, Breach& breach) {
    const Proposal& proposal = question.proposal;
    if (proposal.side != Side::sell) return true;
    const Decimal more = proposal.wanted().quantity - proposal.held.quantity;
    if (!more.is_positive()) return true;
    // What other open sales would leave. Open buys may never trade: they do not count.
    const Holding holding = question.control.exposures.holding(rule.tracked, proposal.instrument);
    const Decimal held = std::max(holding.net - holding.open_sell, Decimal{});
    if (more <= held) return true;
    breach = {DenialCode::short_sale_not_marked, more, held, held};
    return false;
}

bool check_locate(const Question& question, const Rule& rule, Breach& breach) {
    const Proposal& proposal = question.proposal;
    if (proposal.side != Side::sell_short) return true;
    const Decimal more = proposal.wanted().quantity - proposal.held.quantity;
    if (!more.is_positive()) return true;
    const Holding holding = question.control.exposures.holding(rule.tracked, proposal.instrument);
    const auto today = static_cast<std::uint32_t>(proposal.now_ns / order::day_ns);
    const Decimal after = holding.sold_short_on(today) + holding.open_short + more;
    if (after <= rule.value) return true;
    breach = {DenialCode::no_locate, after, rule.value, rule.value};
    return false;
}

}  // namespace gw::risk
