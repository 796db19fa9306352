// The pre-trade decision. Nothing is encoded for a venue without an Approval, and an Approval comes only from
// here.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "base/decimal.hpp"
#include "risk/book.hpp"
#include "risk/exposures.hpp"
#include "risk/groups.hpp"
#include "risk/limits.hpp"
#include "risk/market_phase.hpp"
#include "risk/memory.hpp"
#include "risk/overrides.hpp"
#include "risk/resting.hpp"
#include "risk/trading_hours.hpp"
#include "schema/gateway_v1.hpp"

namespace gw::risk {

// What a proposal would send: a limit on what comes does not count an order twice that waited for its
// release.
enum class Sends : std::uint8_t { new_order, replace, waiting_order };

// An order, or an order as a replace would leave it.
struct Proposal {
    std::uint32_t client = 0;
    std::uint32_t account = 0;
    std::uint32_t strategy = 0;
    std::uint32_t instrument = 0;
    std::uint32_t venue = 0;
    schema::Side side = schema::Side::unspecified;
    schema::OrderType type = schema::OrderType::unspecified;
    Decimal quantity;
    Decimal price;       // the limit; zero where it has none
    Decimal stop_price;  // what triggers it; zero where nothing does
    // Of an order that is there already, so that a replace is judged on the difference.
    bool is_open = false;       // it counts among the open orders
    Decimal traded{};           // of the quantity
    order::Reservation held{};  // what it has reserved
    std::int64_t now_ns = 0;    // when it is decided about: how old prices are
    Sends sends = Sends::new_order;
    bool may_resize = false;      // a limit may reduce its quantity
    bool is_decremented = false;  // by what it would have traded with of its own
    schema::TimeInForce time_in_force = schema::TimeInForce::unspecified;

    // What it would have reserved.
    [[nodiscard]] order::Reservation wanted() const {
        return {std::max(held.quantity, quantity - traded), std::max(held.price, price)};
    }
};

// Why not: the limit or field, its level, what was observed and what would have passed. The name's view is
// good until the limits change.
struct Refusal {
    schema::DenialCode code = schema::DenialCode::unspecified;
    std::string_view limit_name;
    Level level;
    Level second_level;  // of a limit on a pair; else the firm
    std::optional<Decimal> observed;
    std::optional<Decimal> allowed;
    // What the limit's level is to be from now on; ACTIVE: as it is. The level as the limit names it.
    schema::TradingState state = schema::TradingState::active;
    std::string_view state_level;
    // The own orders that it would trade with are to be canceled.
    bool cancels_resting = false;
};

// A limit that warns, and does not hold.
struct Warning {
    std::uint32_t definition = 0;  // its place in the book
    schema::DenialCode code = schema::DenialCode::unspecified;
    bool has_observed = false, has_allowed = false;
    Decimal observed, allowed;
};
inline constexpr std::size_t warnings_max = 4;  // of one order; more are not told

// All that a decision reads beside the order and its instrument.
struct Control {
    LevelStates states;
    Book book;
    Groups groups;
    std::vector<schema::MarketPhase> venue_phases;  // by venue number
    std::vector<TradingHours> hours;
    std::int64_t rate_max_age_ns = 0;  // of rates into the base currency
    Exposures exposures;
    Memory memory;
    Resting resting;
    const order::Ledger* ledger = nullptr;  // for the order's own position; null: it has none

    [[nodiscard]] schema::MarketPhase phase_of(const Instrument& instrument, std::uint32_t venue) const {
        if (instrument.phase != schema::MarketPhase::unspecified) return instrument.phase;
        return venue < venue_phases.size() ? venue_phases[venue] : schema::MarketPhase::unspecified;
    }
};
[[nodiscard]] LevelNumbers numbers_of(const Control& control, const Instrument& instrument,
                                      const Proposal& proposal);

class Decision;
// `waived`: limits that the order need not hold; null: none.
[[nodiscard]] Decision decide(const Control& control, const Instrument& instrument, const Proposal& proposal,
                              const WaivedLimits* waived = nullptr);
// The same in place: it is some hundred bytes. Precondition: `decision` is as Decision() makes it.
void decide_into(Decision& decision, const Control& control, const Instrument& instrument,
                 const Proposal& proposal, const WaivedLimits* waived = nullptr);

// Proof that the checks have passed for these terms. Only `decide` can make one: an encoder that asks for it
// cannot be reached around the checks.
class Approval {
  public:
    [[nodiscard]] const Proposal& terms() const { return terms_; }

  private:
    friend class Deciding;
    explicit Approval(const Proposal& terms) : terms_(terms) {}
    Proposal terms_;
};

class Decision {
  public:
    Decision() = default;  // refused, for no reason: to be assigned to
    explicit Decision(const Approval& approval) : approval_(approval) {}
    explicit Decision(const Refusal& refusal) : refusal_(refusal) {}
    [[nodiscard]] bool approved() const { return approval_.has_value(); }
    // Precondition: approved().
    [[nodiscard]] const Approval& approval() const { return *approval_; }
    // Precondition: not approved().
    [[nodiscard]] const Refusal& refusal() const { return refusal_; }
    // Of an approval: limits that only warn, in no order.
    [[nodiscard]] std::span<const Warning> warnings() const { return {warnings_.data(), warning_count_}; }
    // Of an approval of less than was asked for: the limit, by its place in the book.
    [[nodiscard]] std::optional<std::uint32_t> resized_by() const { return resized_by_; }
    // Of an approval: the own orders that it would trade with are to be canceled ahead of it.
    [[nodiscard]] bool cancels_resting() const { return cancels_resting_; }

  private:
    friend class Deciding;
    friend void decide_into(Decision&, const Control&, const Instrument&, const Proposal&,
                            const WaivedLimits*);
    std::optional<Approval> approval_;
    Refusal refusal_{};
    std::optional<std::uint32_t> resized_by_;
    bool cancels_resting_ = false;
    std::size_t warning_count_ = 0;
    std::array<Warning, warnings_max> warnings_;
};

}  // namespace gw::risk
