// What a market takes in each phase of its day, by TimeInForce(59).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "schema/gateway_v1.hpp"

namespace gw::risk {

// As the journal tells it, of an instrument or a venue.
struct MarketPhaseState {
    schema::MarketPhase phase = schema::MarketPhase::unspecified;
    std::string reason, changed_by;
};

struct PhaseRules {
    schema::MarketPhase phase;
    bool others;     // that rest or trade as they can: day, good till a date or canceled
    bool immediate;  // IOC, FOK: nothing trades while orders are collected
    bool opening;    // OPG: until the opening is over
    bool closing;    // CLS, and GTX, which waits for a crossing session
};

inline constexpr std::array phase_rules = {
    PhaseRules{schema::MarketPhase::unspecified, true, true, true, true},
    PhaseRules{schema::MarketPhase::closed, false, false, false, false},
    PhaseRules{schema::MarketPhase::pre_open, true, false, true, true},
    PhaseRules{schema::MarketPhase::opening_auction, true, false, true, true},
    PhaseRules{schema::MarketPhase::continuous, true, true, false, true},
    PhaseRules{schema::MarketPhase::intraday_auction, true, false, false, true},
    PhaseRules{schema::MarketPhase::closing_auction, true, false, false, true},
    PhaseRules{schema::MarketPhase::post_close, false, false, false, false},
};

// A phase that this version does not know takes nothing.
[[nodiscard]] constexpr bool takes(schema::MarketPhase phase, schema::TimeInForce time_in_force) {
    using schema::TimeInForce;
    for (const PhaseRules& rules : phase_rules) {
        if (rules.phase != phase) continue;
        switch (time_in_force) {
            case TimeInForce::ioc:
            case TimeInForce::fok:
                return rules.immediate;
            case TimeInForce::opg:
                return rules.opening;
            case TimeInForce::cls:
            case TimeInForce::gtx:
                return rules.closing;
            default:
                return rules.others;
        }
    }
    return false;
}

}  // namespace gw::risk
