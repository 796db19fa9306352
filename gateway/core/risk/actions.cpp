#include "risk/actions.hpp"

namespace gw::risk {

using schema::CrossingPolicy;
using schema::LimitAction;
using schema::LimitKind;

namespace {

// Each round takes the quantity below one more limit: more of them than this deny.
constexpr int resizes_max = 8;

bool crosses_by(const Rule& rule, CrossingPolicy policy) {
    return static_cast<LimitKind>(rule.kind) == LimitKind::self_trade &&
           static_cast<CrossingPolicy>(rule.crossing) == policy;
}
bool decrements(const Rule& rule) {
    return crosses_by(rule, CrossingPolicy::decrement);
}
bool resizes(const Rule& rule) {
    return static_cast<LimitAction>(rule.action) == LimitAction::resize || decrements(rule);
}

void add_warning(const Rule& rule, const Breach& breach, std::array<Warning, warnings_max>& warnings,
                 std::size_t& count) {
    if (count == warnings.size()) return;
    warnings[count++] = {rule.definition,
                         breach.code,
                         breach.observed.has_value(),
                         breach.allowed.has_value(),
                         breach.observed.value_or(Decimal{}),
                         breach.allowed.value_or(Decimal{})};
}

}  // namespace

Worst Deciding::worst_of(const Proposal& proposal, Decision& warned) const {
    const Question question{control_, instrument_, proposal, numbers_, market_};
    Worst worst;
    warned.warning_count_ = 0;
    control_.book.for_each_rule(rows_, [&](const Rule& rule) {
        Breach breach;
        if (check_of(rule)(question, rule, breach)) return;
        if (static_cast<LimitAction>(rule.action) == LimitAction::warn || is_waived(rule)) [[unlikely]]
            add_warning(rule, breach, warned.warnings_, warned.warning_count_);
        else if (crosses_by(rule, CrossingPolicy::cancel_resting)) [[unlikely]]
            warned.cancels_resting_ = true;
        else
            worst.consider(rule, breach);
    });
    return worst;
}

bool Deciding::is_waived(const Rule& rule) const {
    if (waived_ == nullptr) [[likely]]
        return false;
    const Definition& limit = control_.book.entry(rule.definition).definition;
    return may_be_waived(limit.kind) &&
           std::any_of(waived_->begin(), waived_->end(),
                       [&limit](const schema::WaivedLimit& each) { return each.name == limit.name; });
}

void Deciding::decide_into(Decision& decision, const Proposal& proposal) const {
    // What the checks will read is asked for ahead of the first: it comes at once, not one after another.
    if (!control_.memory.empty())
        control_.book.for_each_rule(rows_, [this](const Rule& rule) { control_.memory.expect(rule); });
    const Worst worst = worst_of(proposal, decision);
    if (worst.rule == nullptr) [[likely]]
        decision.approval_ = Approval(proposal);
    else
        decision = resizes(*worst.rule) && proposal.may_resize ? resize(proposal, worst) : refuse(worst);
}

Decision Deciding::resize(const Proposal& asked, Worst worst) const {
    Proposal proposal = asked;
    const Worst first = worst;
    for (int round = 0; round < resizes_max; ++round) {
        if (!resizes(*worst.rule)) return refuse(worst);
        const auto allowed = decrements(*worst.rule) ? in_lots(worst.breach.tightness)
                                                     : largest_allowed(*worst.rule, proposal);
        if (!allowed) return refuse(worst);
        const std::uint32_t by = worst.rule->definition;
        proposal.quantity = *allowed;
        proposal.is_decremented = proposal.is_decremented || decrements(*worst.rule);
        Decision decision;
        worst = worst_of(proposal, decision);
        if (worst.rule != nullptr) continue;
        decision.approval_ = Approval(proposal);
        decision.resized_by_ = by;
        return decision;
    }
    return refuse(first);
}

std::optional<Decimal> Deciding::largest_allowed(const Rule& rule, const Proposal& proposal) const {
    Proposal smaller = proposal;
    const std::int64_t lot = instrument_.lot_size.is_zero() ? 1 : instrument_.lot_size.raw();
    const auto passes = [&](std::int64_t lots) {
        smaller.quantity = Decimal::from_raw(lots * lot);
        Breach ignored;
        return check_of(rule)(Question{control_, instrument_, smaller, numbers_, market_}, rule, ignored);
    };
    // What a smaller order passes, one that is smaller still passes as well.
    std::int64_t most = 0;
    for (std::int64_t above = proposal.quantity.raw() / lot; most + 1 < above;) {
        const std::int64_t middle = most + (above - most) / 2;
        (passes(middle) ? most : above) = middle;
    }
    return in_lots(Decimal::from_raw(most * lot));
}

std::optional<Decimal> Deciding::in_lots(Decimal quantity) const {
    const std::int64_t lot = instrument_.lot_size.is_zero() ? 1 : instrument_.lot_size.raw();
    const Decimal found = Decimal::from_raw(quantity.raw() / lot * lot);
    if (!found.is_positive() || found < instrument_.min_quantity) return std::nullopt;
    return found;
}

Decision Deciding::refuse(const Worst& worst) const {
    const BookEntry& entry = control_.book.entry(worst.rule->definition);
    if (worst.breach.code == schema::DenialCode::not_permitted) {
        const auto what = static_cast<LevelKind>(worst.rule->unit);
        const Level asked = numbers_[at(what)] == 0 ? Level{} : Level{what, numbers_[at(what)]};
        return Decision(Refusal{worst.breach.code,
                                "permitted",
                                entry.level,
                                asked,
                                {},
                                {},
                                state_of(static_cast<LimitAction>(worst.rule->action)),
                                entry.definition.level,
                                false});
    }
    return Decision(Refusal{worst.breach.code, entry.definition.name, entry.level, entry.second_level,
                            worst.breach.observed, worst.breach.allowed,
                            state_of(static_cast<LimitAction>(worst.rule->action)), entry.definition.level,
                            crosses_by(*worst.rule, CrossingPolicy::cancel_both)});
}

}  // namespace gw::risk
