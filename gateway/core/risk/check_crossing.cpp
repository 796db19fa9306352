// Orders that would trade with own ones.

#include "risk/check.hpp"

namespace gw::risk {

using schema::CrossingPolicy;

bool falls_under(const Control& control, const Instrument& instrument, const order::Order& order,
                 const BookEntry& entry) {
    Proposal proposal;
    proposal.client = order.client;
    proposal.account = order.account;
    proposal.strategy = order.strategy;
    proposal.instrument = order.instrument;
    proposal.venue = order.venue;
    proposal.type = order.type;
    const LevelNumbers numbers = numbers_of(control, instrument, proposal);
    return falls_under(numbers, entry.level) && falls_under(numbers, entry.second_level);
}

bool check_self_trade(const Question& question, const Rule& rule, Breach& breach) {
    const Proposal& proposal = question.proposal;
    const Control& control = question.control;
    const auto policy = static_cast<CrossingPolicy>(rule.crossing);
    const bool decrements = policy == CrossingPolicy::decrement;
    if (decrements && proposal.is_decremented) return true;
    std::int64_t against = 0;
    std::optional<Decimal> met;
    for_each_crossing(control, question.instrument, proposal, rule,
                      [&](order::OrderId, const order::Order& order) {
                          if (!met) met = order.price;
                          if (__builtin_add_overflow(against, order.reserved.raw(), &against))
                              against = std::numeric_limits<std::int64_t>::max();
                          return decrements;
                      });
    if (!met) return true;
    breach.code = schema::DenialCode::self_trade;
    if (!met->is_zero()) breach.observed = met;
    // What is left of it, where what it would trade with is taken off.
    breach.tightness = decrements ? proposal.quantity - Decimal::from_raw(against) : Decimal{};
    return false;
}

}  // namespace gw::risk
