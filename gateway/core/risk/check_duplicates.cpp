// The same order again and again.

#include "risk/check.hpp"

namespace gw::risk {

bool check_duplicate_orders(const Question& question, const Rule& rule, Breach& breach) {
    const Proposal& proposal = question.proposal;
    if (proposal.sends != Sends::new_order) return true;
    const std::uint64_t fingerprint =
        fingerprint_of(proposal.client, proposal.instrument, proposal.side == schema::Side::buy,
                       proposal.quantity, proposal.price);
    const std::uint32_t before =
        question.control.memory.repeated(fingerprint, rule.window_ns, proposal.now_ns, rule.count);
    if (before < rule.count) return true;
    const Decimal allowed = Decimal::from_units(rule.count);
    breach = {schema::DenialCode::duplicate_order, Decimal::from_units(std::int64_t{before} + 1), allowed,
              allowed};
    return false;
}

}  // namespace gw::risk
