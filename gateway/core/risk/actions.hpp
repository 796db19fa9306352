// What a breach does: see LimitAction in risk.proto.
#pragma once

#include "risk/check.hpp"

namespace gw::risk {

// The breach that counts: of the first check in order, and there of the tightest limit.
struct Worst {
    const Rule* rule = nullptr;
    Breach breach;

    void consider(const Rule& other, const Breach& found) {
        if (rule != nullptr && (rule->order < other.order ||
                                (rule->order == other.order && breach.tightness <= found.tightness)))
            return;
        rule = &other;
        breach = found;
    }
};

// The state that a breach sets; ACTIVE where it sets none.
[[nodiscard]] constexpr schema::TradingState state_of(schema::LimitAction action) {
    if (action == schema::LimitAction::halt) return schema::TradingState::halted;
    if (action == schema::LimitAction::reduce) return schema::TradingState::reducing;
    return schema::TradingState::active;
}

// One decision by the limits. It changes nothing: what follows from it is for the engine to journal.
class Deciding {
  public:
    // `rows`: of the levels. `market`: what an order without a limit could trade at. `waived`: limits that it
    // need not hold, or null.
    Deciding(const Control& control, const Instrument& instrument, const LevelNumbers& numbers,
             const FoundRows& rows, const Quote& market, const WaivedLimits* waived)
        : control_(control),
          instrument_(instrument),
          numbers_(numbers),
          rows_(rows),
          market_(market),
          waived_(waived) {}
    void decide_into(Decision& decision, const Proposal& proposal) const;

  private:
    // The worst of those that do not only warn.
    [[nodiscard]] Worst worst_of(const Proposal& proposal, Decision& warned) const;
    // With a quantity that the limit `worst` still allows, as often as another one reduces it further.
    [[nodiscard]] Decision resize(const Proposal& proposal, Worst worst) const;
    // Nothing where no smaller order passes.
    [[nodiscard]] std::optional<Decimal> largest_allowed(const Rule& rule, const Proposal& proposal) const;
    // Down to the lot; nothing below the minimum.
    [[nodiscard]] std::optional<Decimal> in_lots(Decimal quantity) const;
    [[nodiscard]] Decision refuse(const Worst& worst) const;
    [[nodiscard]] bool is_waived(const Rule& rule) const;

    const Control& control_;
    const Instrument& instrument_;
    const LevelNumbers& numbers_;
    const FoundRows& rows_;
    const Quote& market_;
    const WaivedLimits* waived_;
};

}  // namespace gw::risk
