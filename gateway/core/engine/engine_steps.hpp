// One step of the engine: what was decided is journalled, applied and transmitted, or nothing has happened.
//
// Files: step_commit.hpp, sessions.cpp, and what a change of a session's phase brings with it:
// waiting_orders.cpp, reconcile.cpp, inquiries.cpp.
#pragma once

#include "engine/engine_queries.hpp"

namespace gw::engine {

class EngineSteps : public EngineQueries {
  public:
    using EngineQueries::EngineQueries;

  protected:
    bool end_waiting(order::OrderId id, std::string_view reason);
    void end_all_waiting(VenueSession& vs, std::string_view reason);
    void end_waiting_of_before();
    // Journals one event that stands alone and applies it: its lsn. 0: the journal cannot take it, and
    // nothing has changed.
    template <class Event>
    [[nodiscard]] std::uint64_t commit_event(const Event& event, std::uint32_t client = 0) {
        log_.begin(now_ns_);
        const std::uint64_t lsn = log_.event(event, client);
        if (!log_.commit()) return 0;
        apply(event, lsn, now_ns_);
        return lsn;
    }

    // step_commit.hpp: journal, apply and transmit what step_ holds
    template <class Append, class Apply>
    bool commit_step(std::size_t session, Append&& append, Apply&& apply_events);
    bool commit_step(std::size_t session);  // where no order is concerned
    [[nodiscard]] schema::SessionState phase_after(const VenueSession& vs) const;
    void append_session_events(const VenueSession& vs, schema::SessionState phase);
    void append_not_sent(const VenueSession& vs);
    [[nodiscard]] bool has_answered_later(const VenueSession& vs, std::uint64_t seq);
    [[nodiscard]] bool is_held_again(order::RequestId id) const;
    void transmit(std::size_t session);
    // While one lives, the steps inside it leave the wire unflushed; its end flushes once.
    class WireBatch {
      public:
        explicit WireBatch(EngineSteps& engine) : engine_(engine) { ++engine_.wire_batches_; }
        ~WireBatch() {
            if (--engine_.wire_batches_ == 0) engine_.wire_.flush();
        }
        WireBatch(const WireBatch&) = delete;
        WireBatch& operator=(const WireBatch&) = delete;

      private:
        EngineSteps& engine_;
    };
    void change_phase(std::size_t session, schema::SessionState phase);
    // Orders whose answer was lost: of one session, or of all after a restart.
    void mark_uncertain(std::optional<std::size_t> session, std::string_view reason);
    void take_measurement(VenueSession& vs) const;
    [[nodiscard]] std::uint32_t venue_of(const VenueSession& vs) const;

    // reconcile.cpp
    [[nodiscard]] bool asks_mass_status(const VenueSession& vs) const;
    void begin_reconcile(std::size_t session);

    // inquiries.cpp: orders that are asked about while the session is up
    void inquire(order::OrderId id);
    [[nodiscard]] static bool is_past_asking(const order::Order& order);
};

}  // namespace gw::engine
