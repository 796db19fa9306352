// The engine: decide, journal, apply, transmit - the only place that joins session, order, risk and journal.
//
// Theory of operation. The engine has no clock, socket, file or randomness: time and bytes are arguments, the
// journal and the wire are given to it. Every input goes through the same four steps, in this order:
//
//   1. decide    const functions of the state give events, and messages for the wire;
//   2. journal   events and messages are appended as one batch; if that fails, nothing has happened;
//   3. apply     the events change the state; recovery does the same with the events it reads back;
//   4. transmit  the wire takes the bytes.
//
// A class for each layer, every one on top of the one before, so that none can call what is above it:
//
//   EngineState      what is known, and apply()                                  engine_state.hpp
//   EngineQueries    what is asked of it                                         engine_queries.hpp
//   EngineSteps      journal, apply, transmit                                    engine_steps.hpp
//   EngineOrders     clients and their orders                                    engine_orders.hpp
//   EngineReports    venues                                                      engine_reports.hpp
//   EngineSessions   transport, clock, sessions                                  engine_sessions.hpp
//   Engine           the start, and what operators and price sources set         this file
//
// Files of the last: start.cpp, control.cpp (trading states), operations.cpp (orders and positions),
// splits.cpp, rates.cpp, references.cpp, instrument_status.cpp, market_phases.cpp, limit_control.cpp,
// order_overrides.cpp.
//
// Threads: none of its own. One call at a time: the caller holds the lock.
#pragma once

#include "engine/engine_sessions.hpp"

namespace gw::engine {

class Engine : public EngineSessions {
  public:
    using EngineSessions::EngineSessions;

    // Records the start; from then on inputs are taken. False where the journal cannot be written.
    [[nodiscard]] bool open(std::int64_t now_ns);
    using ControlResult = engine::ControlResult;
    ControlResult set_trading_state(std::string_view level, schema::TradingState state,
                                    std::string_view reason, std::string_view changed_by,
                                    bool cancel_open_orders, std::int64_t now_ns);
    using Resolution = engine::Resolution;
    using ResolveError = engine::ResolveError;
    ResolveError resolve(const Resolution& resolution, std::int64_t now_ns, std::uint64_t& lsn);
    using Adjustment = engine::Adjustment;
    // `known` is false where account or instrument is not configured.
    ControlResult adjust_position(const Adjustment& adjustment, std::int64_t now_ns);
    // Every position of the instrument in one batch, and its reference price (splits.cpp).
    SplitResult split_positions(const Split& split, std::int64_t now_ns);
    // Cancels the client's open orders that fit; what is empty fits all. Returns how many cancels were sent.
    std::uint32_t cancel_orders(const CancelFilter& filter, std::int64_t now_ns);
    // `known` is false where there is no room for another pair.
    using RateSetting = engine::RateSetting;
    ControlResult set_rate(const RateSetting& setting, std::int64_t now_ns);
    ControlResult set_reference_price(std::string_view instrument, Decimal price, std::int64_t now_ns);
    // From now on. False where no hours are called so, or the windows are not in order.
    bool set_trading_hours(std::string_view name, const std::vector<SessionWindow>& windows);
    // `known` is false where the level is no venue or instrument that is configured (market_phases.cpp).
    ControlResult set_market_phase(std::string_view level, schema::MarketPhase phase, std::string_view reason,
                                   std::string_view changed_by, std::int64_t now_ns);
    // `fault` says what is wrong with `update`; nothing has changed then.
    ControlResult set_references(const schema::ReferencePrice& update, std::int64_t now_ns,
                                 std::string& fault);
    // Journals what the API tells of its callers; it changes nothing. The lsn, 0 where the journal cannot
    // take it.
    template <class Event>
    std::uint64_t record_call(const Event& event, std::int64_t now_ns) {
        now_ns_ = now_ns;
        return commit_event(event);
    }
    // Journals what people decided about limits; changes nothing. Long texts are cut.
    ControlResult record_risk_decision(schema::RiskDecisionRecorded event, std::int64_t now_ns);
    // `granted` is an OrderOverrideGranted; `fault` says what is wrong with it, and nothing has changed then
    // (order_overrides.cpp).
    ControlResult grant_order_override(std::string_view granted, bool validate_only, std::int64_t now_ns,
                                       std::string& fault);
    // `known` is false where no override of this number waits for its order.
    ControlResult end_order_override(std::uint64_t id, std::string_view ended_by, std::string_view reason,
                                     std::int64_t now_ns);
    // `request` is a SetLimitsRequest: all of it or nothing (limit_control.cpp).
    LimitsResult set_limits(std::string_view request, std::string_view changed_by, std::int64_t now_ns);

  private:
    friend class Rehearsal;

    // start.cpp
    [[nodiscard]] bool define_instruments();
    [[nodiscard]] static schema::InstrumentDefined defined(const InstrumentSettings& instrument);
    [[nodiscard]] bool is_defined_as(const schema::InstrumentDefined& event) const;
    void take_configuration();

    // order_overrides.cpp
    [[nodiscard]] std::string fault_of_override(const schema::OrderOverrideGranted& event) const;

    // limit_control.cpp
    [[nodiscard]] std::string fault_of_levels(const schema::Limit& limit) const;
    [[nodiscard]] bool is_configured(risk::Level level) const;
    [[nodiscard]] std::string read_limits(std::string_view request, LimitsDraft& draft) const;
    // Empty, or what is wrong with a SetLimitsRequest and where; it needs no reason.
    [[nodiscard]] std::string fault_of_limits(std::string_view request) const;
    bool journal_limits(const LimitsDraft& draft, std::string_view changed_by, std::uint64_t& lsn);
};

}  // namespace gw::engine
