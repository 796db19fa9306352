// New orders that wait for their session's throttle, see decision 0017.
//
// One that waits is accepted, journalled and reserved, and nothing of it has been sent. It ends in one of two
// ways: OrderReleased together with its message, or OrderNotSent with the reason. It never outlives its
// session's being ready, nor the process: what would be sent late by surprise is not sent.

#include "engine/engine_orders.hpp"
#include "engine/step_commit.hpp"

namespace gw::engine {

using order::OrderId;

void EngineOrders::release_waiting(std::size_t session) {
    VenueSession& vs = *sessions_[session];
    while (!vs.waiting.empty()) {
        const WaitingOrders::Entry next = vs.waiting.front();
        const order::Order& order = ledger_.order(next.order);
        if (!ledger_.is_waiting(order)) {  // canceled meanwhile
            vs.waiting.pop();
            continue;
        }
        if (now_ns_ >= next.until_ns) {
            if (!end_waiting(next.order, "there was no room in time")) return;
            vs.waiting.pop();
            continue;
        }
        if (!vs.throttle.has_room(now_ns_, false) || !session::Session::can_send(vs.protocol.state())) return;
        // Limits, prices and the kill switch as they are now.
        const order::Terms* terms = order.terms != 0 ? &ledger_.terms(order.terms) : nullptr;
        risk::Proposal proposal =
            proposal_of(order, order.quantity, order.price, terms != nullptr ? terms->stop_price : Decimal{});
        proposal.sends = risk::Sends::waiting_order;
        proposal.now_ns = now_ns_;
        const risk::Decision decision = decide_waiting(next.order, proposal);
        if (!decision.approved()) {
            DenialText denial;
            describe(decision.refusal(), denial);
            enforce(denial.enforced());
        }
        if (decision.approved() && decision.cancels_resting() && !clear_crossing(proposal)) return;
        const bool done = decision.approved() ? release(session, next.order, decision.approval())
                                              : end_waiting(next.order, "risk does not approve it any more");
        if (!done) return;
        vs.waiting.pop();
    }
}

bool EngineOrders::release(std::size_t session, OrderId id, const risk::Approval& approval) {
    VenueSession& vs = *sessions_[session];
    const order::Order& order = ledger_.order(id);
    const ClOrdId cl_ord_id = cl_ord_id_of(order.first_request);
    schema::OrderReleased event;
    event.order_id = id;
    event.cl_ord_id = cl_ord_id.view();
    event.request_id = order.first_request;
    vs.protocol.begin(step_);
    fix::Encoder message = vs.protocol.begin_message("D", now_ns_, step_);
    write_new_order(message, wire_order(order, cl_ord_id.view(), {}), vs.dialect, approval);
    std::uint64_t lsn = 0;
    return vs.protocol.end_message(message, step_) &&
           commit_step(
               session, [&] { lsn = log_.event(event, order.client); }, [&] { apply(event, lsn, now_ns_); });
}

// False where the journal cannot be written; nothing has changed then.
bool EngineSteps::end_waiting(OrderId id, std::string_view reason) {
    const order::Order& order = ledger_.order(id);
    const ClOrdId cl_ord_id = cl_ord_id_of(order.first_request);
    schema::OrderNotSent event;
    event.order_id = id;
    event.cl_ord_id = cl_ord_id.view();
    event.request_id = order.first_request;
    event.reason = reason;
    if (commit_event(event, order.client) == 0) return false;
    ++counters_.orders_not_sent;
    return true;
}

void EngineSteps::end_all_waiting(VenueSession& vs, std::string_view reason) {
    for (; !vs.waiting.empty(); vs.waiting.pop()) {
        const OrderId id = vs.waiting.front().order;
        if (ledger_.is_waiting(ledger_.order(id)) && !end_waiting(id, reason)) return;
    }
}

// What waited when the process ended.
void EngineSteps::end_waiting_of_before() {
    for (OrderId id = 1; id <= ledger_.order_count(); ++id)
        if (ledger_.is_waiting(ledger_.order(id)) &&
            !end_waiting(id, "the gateway was restarted before there was room"))
            return;
}

// The cancel is recorded like any other, and done at once: the venue has never seen the order.
bool EngineOrders::cancel_waiting(const schema::CancelRequested& event, std::uint64_t& lsn) {
    const order::Order& order = ledger_.order(event.order_id);
    const ClOrdId cl_ord_id = cl_ord_id_of(order.first_request);
    schema::OrderNotSent ended;
    ended.order_id = event.order_id;
    ended.cl_ord_id = cl_ord_id.view();
    ended.request_id = order.first_request;
    ended.reason = "canceled before there was room";
    log_.begin(now_ns_);
    lsn = log_.event(event, order.client);
    const std::uint64_t ended_lsn = log_.event(ended, order.client);
    if (!log_.commit()) return false;
    apply(event, lsn, now_ns_);
    apply(ended, ended_lsn, now_ns_);
    ++counters_.requests_cancel;
    ++counters_.orders_not_sent;
    return true;
}

}  // namespace gw::engine
