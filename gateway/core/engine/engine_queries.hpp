// What is asked of the engine: nothing here changes anything.
//
// Files: queries.cpp, session_queries.cpp, position_queries.cpp, limit_queries.cpp, and the query in the file
// of each topic.
#pragma once

#include "engine/engine_state.hpp"

namespace gw::engine {

class EngineQueries : public EngineState {
  public:
    using EngineState::EngineState;

    [[nodiscard]] std::uint64_t open_orders(std::size_t session) const;
    // `client` empty: any. False where there is none.
    [[nodiscard]] bool order(std::string_view client, order::OrderId id, std::string_view client_order_id,
                             pb::Writer& out) const;
    using OrderFilter = engine::OrderFilter;
    // Appends ListOrdersResponse.orders; returns `before` for the next page, 0 on the last.
    order::OrderId orders(const OrderFilter& filter, pb::Writer& out) const;
    void positions(std::string_view account, pb::Writer& out) const;
    // How many positions have a sum that did not fit.
    [[nodiscard]] std::size_t saturated_positions() const;
    // Appends ListRatesResponse.rates.
    void rates(pb::Writer& out) const;
    void sessions(pb::Writer& out) const;
    // Appends a GetSessionResponse.
    void session(std::size_t at, pb::Writer& out) const;
    void trading_states(pb::Writer& out) const;
    // Appends ListMarketPhasesResponse.phases.
    void market_phases(pb::Writer& out) const;
    // Appends ListLimitChangesResponse.order_overrides: those that were not used.
    void order_overrides(pb::Writer& out) const;
    // Of instruments of these names; of all where there is none.
    void reference_prices(std::span<const std::string> instruments, pb::Writer& out) const;
    // Appends a ListLimitUtilizationResponse of one level, or of all where it is empty (limit_queries.cpp).
    void limit_utilization(std::string_view level, pb::Writer& out) const;
    // Empty, or what of the reservations is not as the orders and positions say: the slow way, for tests.
    [[nodiscard]] std::string reservation_fault() const;
    // Appends a ListLimitsResponse of one level, or of all where it is empty.
    void limits(std::string_view level, pb::Writer& out) const;
    [[nodiscard]] std::uint64_t state_hash() const;
    [[nodiscard]] const Counters& counters() const { return counters_; }
    [[nodiscard]] const order::Ledger& ledger() const { return ledger_; }
    [[nodiscard]] const VenueSession& venue_session(std::size_t at) const { return *sessions_[at]; }
    [[nodiscard]] std::size_t session_count() const { return sessions_.size(); }

  protected:
    // linked_orders.cpp
    void write_reference(std::uint32_t number, pb::Writer& out) const;
    // ClOrdID(11) of a request: ours, or another's where the order was not made here.
    [[nodiscard]] ClOrdId cl_ord_id_of(order::RequestId request) const;
    void shown(std::size_t session, schema::Session& out) const;
};

}  // namespace gw::engine
