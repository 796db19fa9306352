// What venues say of orders, and what they are asked.
//
// Files: reports.cpp, extra_fields.cpp, drop_copies.cpp, external_orders.cpp (orders that were not made
// here), reconcile.cpp (asking after a reconnect), inquiries.cpp (asking while the session is up),
// questions.cpp (trades in question), instrument_status.cpp.
#pragma once

#include "engine/engine_orders.hpp"

namespace gw::engine {

class EngineReports : public EngineOrders {
  public:
    using EngineOrders::EngineOrders;

  protected:
    // reports.cpp
    void take_execution_report(std::size_t session, const fix::Message& message);
    // `message`: the report itself; null where a refusal stands for one.
    void take_report(std::size_t session, const fix::Message* message, const order::Report& report,
                     order::OrderId id, order::RequestId request);

    // extra_fields.cpp
    void add_extra_fields(const VenueSession& vs, const fix::Message& message,
                          schema::ExecutionReported& event);
    void take_cancel_reject(std::size_t session, const fix::Message& message);
    void take_business_reject(std::size_t session, const fix::Message& message);
    void take_session_reject(std::size_t session, const fix::Message& message);
    // The venue refused the message that carried this ClOrdID(11), without saying so in an order report.
    void take_refusal(std::size_t session, std::string_view msg_type, std::string_view cl_ord_id,
                      std::string_view text);
    void take_unsupported(std::size_t session, const fix::Message& message);
    [[nodiscard]] order::OrderId match(const VenueSession& vs, const order::Report& report,
                                       order::RequestId& request) const;
    // `dk_reason`: DKReason(127), where the venue's profile asks for DontKnowTrade(Q).
    void orphan(std::size_t session, const order::Report& report, std::string_view why, char dk_reason = 'D');
    void dont_know(std::size_t session, const order::Report& report, char reason);
    void quarantine(std::size_t session, const fix::Message& message);
    void take_known_report(std::size_t session, const fix::Message& message, order::Report& report,
                           order::OrderId id, order::RequestId request);

    // drop_copies.cpp
    void take_drop_copy(std::size_t session, const fix::Message& message);
    void take_copied_ids(const fix::Message& message, std::uint32_t venue, order::Report& report);
    [[nodiscard]] bool is_taken_from_copy(const order::Report& report, order::OrderId id,
                                          order::RequestId request) const;
    [[nodiscard]] static bool copies(const VenueSession& vs, std::uint32_t venue);
    [[nodiscard]] bool is_copied(std::uint32_t venue) const;
    [[nodiscard]] bool tells_of(const VenueSession& vs, std::uint32_t venue) const;
    [[nodiscard]] std::uint32_t venue_of_report(const VenueSession& vs, const order::Report& report) const;

    // external_orders.cpp: orders that were not made here
    [[nodiscard]] bool is_adoptable(std::size_t session, const order::Report& report) const;
    [[nodiscard]] order::OrderId adopt(std::size_t session, const order::Report& report);
    [[nodiscard]] order::OrderId match_external(std::uint32_t venue, const order::Report& report) const;
    std::string_view execution_scope(const order::Report& report, order::OrderId id);
    void count(const schema::ExecutionReported& event, order::Execution before);
    [[nodiscard]] bool breaks_promise(const order::Order& order,
                                      const schema::ExecutionReported& event) const;
    void ask_mass_status(std::size_t session);
    void end_mass_status(std::size_t session);
    [[nodiscard]] bool is_asked_about_ended(order::OrderId id) const;
    [[nodiscard]] static bool can_ask(const VenueSession& vs) {
        const bool more = vs.ask_next <= vs.ask_end || !vs.mass_asked || vs.mass_pending;
        return more && session::Session::can_send(vs.protocol.state());
    }
    void continue_reconcile(std::size_t session);
    void ask(std::size_t session);
    void answered(std::size_t session, order::OrderId order);
    void take_up_missed();
    void continue_inquiries();
    [[nodiscard]] std::int64_t next_inquiry_ns() const;
    [[nodiscard]] bool needs_answer(const order::Order& order) const;
    void send_inquiry(std::size_t session, order::OrderId id);
    // ExecID(17) of the fill with this number, which stands for one that has not come: the same for ever.
    std::string_view inferred_exec_id(order::OrderId id, std::uint64_t fill);
    void learn_difference(order::OrderId id, const order::Report& report,
                          const schema::ExecutionReported& event);
    bool infer_fill(order::OrderId id, Decimal venue_cum, Decimal venue_average);

    // questions.cpp: trades in question, and inferred ones that were for nothing
    bool record_execution(order::OrderId id, const order::Report& report);
    bool count_question(order::OrderId id, std::uint64_t number);
    bool settle_questions(order::OrderId id, Decimal venue_cum, Decimal venue_average);
    void withdraw_inferred(order::OrderId id, Decimal venue_cum);
    void weigh(std::size_t session, order::OrderId id, const order::Report& report,
               const schema::ExecutionReported& event);
    void take_security_status(std::size_t session, const fix::Message& message);
    void take_trading_session(std::size_t session, const fix::Message& message);
};

}  // namespace gw::engine
