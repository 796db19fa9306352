// The same order again and again.

#include "risk/check.hpp"

namespace gw::risk {

bool check_duplicate_orders(const Question& question, const Rule& rule, Breach& breach) {
    const Proposal& proposal = question.proposal;
    if (proposal.sends != Sends::new_order) return true;
    const std::uint32_t before =
        question.control.memory.repeated(question.fingerprint, rule.window_ns, proposal.now_ns, rule.count);
    if (before < rule.count) return true;
    const Decimal allowed = Decimal::from_units(rule.count);
    breach = {schema::DenialCode::duplicate_order, Decimal::from_units(std::int64_t{before} + 1), allowed,
              allowed};
    return false;
}

}  // namespace gw::risk
