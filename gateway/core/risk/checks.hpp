// The pre-trade decision. Nothing is encoded for a venue without an Approval, and an Approval comes only from
// here.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/decimal.hpp"
#include "risk/book.hpp"
#include "risk/exposures.hpp"
#include "risk/limits.hpp"
#include "risk/trading_hours.hpp"
#include "schema/gateway_v1.hpp"

namespace gw::risk {

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
};

// All that a decision reads beside the order and its instrument.
struct Control {
    LevelStates states;
    Book book;
    std::vector<std::uint32_t> desks;  // by account number; 0: none
    std::vector<TradingHours> hours;
    std::int64_t rate_max_age_ns = 0;  // of rates into the base currency
    Exposures exposures;
    const order::Ledger* ledger = nullptr;  // for the order's own position; null: it has none

    [[nodiscard]] std::uint32_t desk_of(std::uint32_t account) const {
        return account < desks.size() ? desks[account] : 0;
    }
};
[[nodiscard]] LevelNumbers numbers_of(const Control& control, const Instrument& instrument,
                                      const Proposal& proposal);

class Decision;
[[nodiscard]] Decision decide(const Control& control, const Instrument& instrument, const Proposal& proposal);

// Proof that the checks have passed for these terms. Only `decide` can make one: an encoder that asks for it
// cannot be reached around the checks.
class Approval {
  public:
    [[nodiscard]] const Proposal& terms() const { return terms_; }

  private:
    friend Decision decide(const Control&, const Instrument&, const Proposal&);
    explicit Approval(const Proposal& terms) : terms_(terms) {}
    Proposal terms_;
};

class Decision {
  public:
    explicit Decision(const Approval& approval) : approval_(approval) {}
    explicit Decision(const Refusal& refusal) : refusal_(refusal) {}
    [[nodiscard]] bool approved() const { return approval_.has_value(); }
    // Precondition: approved().
    [[nodiscard]] const Approval& approval() const { return *approval_; }
    // Precondition: not approved().
    [[nodiscard]] const Refusal& refusal() const { return refusal_; }

  private:
    std::optional<Approval> approval_;
    Refusal refusal_{};
};

}  // namespace gw::risk
