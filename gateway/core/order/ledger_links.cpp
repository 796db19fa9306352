// Linked orders, applied.

#include "order/ledger.hpp"

namespace gw::order {

void Ledger::apply(const schema::LinkAccepted& event, std::uint64_t lsn, std::int64_t time_ns) {
    Request& request =
        add_request(event.request_id, names_.clients.add(event.client), event.client_request_id);
    request.content_hash = event.content_hash;
    request.lsn = lsn;
    request.kind = RequestKind::link;
    request.state = RequestState::accepted;
    request.link = static_cast<std::uint32_t>(event.link_id);

    Link& link = links_.add();
    link.request = event.request_id;
    link.lsn = lsn;
    link.client = request.client;
    link.kind = event.kind;
    link.on_partial_fill = event.on_partial_fill;
    link.release = event.release;
    for (const schema::OrderAccepted& given : event.orders) {
        LinkLeg& leg = link.legs[link.count];
        leg.order = given.order_id;
        leg.quantity = given.quantity.value;
        hold(given, event.link_id, link.count++, lsn, time_ns);
    }
}

void Ledger::hold(const schema::OrderAccepted& given, LinkId link, std::uint8_t leg, std::uint64_t lsn,
                  std::int64_t time_ns) {
    Order& order = add_accepted(given, lsn, time_ns);
    order.link = static_cast<std::uint32_t>(link);
    order.leg = leg;
    order.execution = Execution::held;
    changed(order, {false, false}, lsn, time_ns);
}

void Ledger::release(const schema::OrderAccepted& event, std::uint64_t lsn, std::int64_t time_ns) {
    Order& order = orders_[event.order_id];
    const Before was = before(order);
    if (const auto next = execution_table.next(order.execution, ExecutionEvent::released))
        order.execution = *next;
    if (event.request_id != order.first_request) {  // released before, and never sent
        Request& request = add_request(event.request_id, 0, {});
        request.order = event.order_id;
        request.previous = order.last_request;
        request.content_hash = event.content_hash;
        request.lsn = lsn;
        request.price = event.price.value;
        request.terms = order.terms;
        order.live_request = order.newest_request = order.last_request = event.request_id;
    }
    order.quantity = requests_[event.request_id].quantity = event.quantity.value;
    LinkLeg& leg = links_[order.link].legs[order.leg];
    leg.asked = event.quantity.value;
    leg.release_denied = false;
    update_reservation(order);
    changed(order, was, lsn, time_ns);
}

void Ledger::apply(const schema::HeldOrderEnded& event, std::uint64_t lsn, std::int64_t time_ns) {
    Order& order = orders_[event.order_id];
    const Before was = before(order);
    if (event.request_id != 0) {
        Request& request = add_request(event.request_id, order.client, event.client_request_id);
        request.order = event.order_id;
        request.content_hash = event.content_hash;
        request.lsn = lsn;
        request.kind = RequestKind::cancel;
        request.state = RequestState::accepted;
    }
    if (const auto next = execution_table.next(order.execution, ExecutionEvent::canceled))
        order.execution = *next;
    settle(requests_[order.first_request], RequestEvent::not_sent, order);
    changed(order, was, lsn, time_ns);
}

void Ledger::apply(const schema::LinkReported& event, std::uint64_t, std::int64_t) {
    Link& link = links_[event.link_id];
    if (event.problem == schema::LinkProblem::overfilled) link.overfilled = event.quantity.value;
    for (LinkLeg& leg : link.legs) {
        if (leg.order == 0 || leg.order != event.order_id) continue;
        if (event.problem == schema::LinkProblem::release_denied) leg.release_denied = true;
        if (event.problem == schema::LinkProblem::refused) leg.stuck = true;
    }
}

}  // namespace gw::order
