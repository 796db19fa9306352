// What the venue says of an order, applied.

#include <algorithm>

#include "base/utf8.hpp"
#include "order/ledger.hpp"

namespace gw::order {

namespace {

std::string_view scope_of(const schema::ExecutionReported& event) {
    return event.execution_scope.empty() ? event.venue : event.execution_scope;
}

// The clock may have been set back between the two.
bool is_apart(std::int64_t time_ns, std::int64_t before_ns) {
    constexpr std::int64_t second_ns = 1'000'000'000;
    return time_ns >= before_ns + second_ns || time_ns < before_ns;
}

bool is_about_trades(schema::ExecType type) {
    using schema::ExecType;
    return type == ExecType::trade || type == ExecType::trade_cancel || type == ExecType::trade_correct ||
           type == ExecType::restated;
}

}  // namespace

void Ledger::settle(Request& request, RequestEvent event, Order& order) {
    const auto next = request_table.next(request.state, event);
    if (!next) return;
    if (request.state == RequestState::pending) {
        if (request.kind == RequestKind::replace) --order.pending_replaces;
        if (request.kind == RequestKind::cancel) --order.pending_cancels;
    }
    request.state = *next;
}

// What is pending on an order that has ended is moot, but for a replace that would open a filled one again.
// That goes for the new order, too, where the venue ended it under another ClOrdID(11) than its own: it must
// not be sent again.
void Ledger::end_pending_requests(Order& order) {
    settle(requests_[order.first_request], RequestEvent::order_ended, order);
    // A linked order may have been released more than once.
    for (RequestId id = order.last_request; id != 0 && (order.link != 0 || order.pending_requests() != 0);
         id = requests_[id].previous) {
        Request& request = requests_[id];
        const bool reopens = order.execution == Execution::filled && request.kind == RequestKind::replace &&
                             request.quantity > order.cum_quantity;
        if (request.state == RequestState::pending && !reopens)
            settle(request, RequestEvent::order_ended, order);
    }
}

// Whatever is pending is moot, and the next request builds on what is in force.
void Ledger::end_all_requests(Order& order) {
    if (order.execution != Execution::pending_new)
        settle(requests_[order.first_request], RequestEvent::order_ended, order);
    for (RequestId id = order.last_request; id != 0 && order.pending_requests() != 0;
         id = requests_[id].previous)
        if (requests_[id].kind != RequestKind::new_order)
            settle(requests_[id], RequestEvent::order_ended, order);
    order.newest_request = order.live_request;
}

std::uint64_t Ledger::add_fill(std::string_view scope, std::string_view exec_id, const Fill& fill) {
    const ExecutionKey key = execution_key(scope, exec_id);
    const std::uint64_t id = fills_.next_index();
    Fill& added = fills_.add();
    added = fill;
    added.key_low = key.low;
    added.key_high = key.high;
    added.reported = ++reported_fills_;
    fill_index_.insert(key.low, id);
    return id;
}

// What a report says of the venue's sum, told or the same as ours.
Decimal Ledger::claimed_by(const schema::ExecutionReported& event) {
    const bool told = event.cum_quantity_differs && event.reported_cum_quantity.ok();
    return told ? event.reported_cum_quantity.value : event.cum_quantity.value;
}

void Ledger::book(Order& order, Decimal quantity, Decimal price) {
    order.cum_quantity += quantity;
    order.traded_notional += Product(quantity, price);
}

// Kept aside until the venue's sum says whether it counts.
void Ledger::take_questioned(Order& order, const schema::ExecutionReported& event, const Fill& fill,
                             std::uint64_t lsn) {
    Fill aside = fill;
    aside.busted = aside.questioned = true;
    const std::uint64_t number = questions_.next_index();
    Question& question = questions_.add();
    question.fill = fills_.next_index();
    question.lsn = lsn;
    question.previous = order.question;
    question.exec_id.assign(event.exec_id);
    (void)add_fill(scope_of(event), event.exec_id, aside);
    order.question = static_cast<std::uint32_t>(number);
    order.in_question = true;
}

bool Ledger::is_questioned(const Order& order) const {
    for (std::uint64_t at = order.question; at != 0; at = questions_[at].previous)
        if (fills_[questions_[at].fill].questioned) return true;
    return false;
}

void Ledger::take_trade(Order& order, const schema::ExecutionReported& event, std::uint64_t lsn) {
    if (event.question != 0) {  // it counts after all
        const std::uint64_t id = questions_[event.question].fill;
        fills_[id].busted = fills_[id].questioned = false;
        take_inferred_out(order, event);
        book(order, fills_[id].quantity, fills_[id].price);
        enter(order.position, id);
        return;
    }
    const Fill fill{
        .order = event.order_id, .quantity = event.last_quantity.value, .price = event.last_price.value};
    if (event.busted_before) {  // the key is there, from the bust: it only learns what it had stood for
        const std::uint64_t id = find_fill_id(execution_key(scope_of(event), event.exec_id));
        if (id == 0) return;
        fills_[id].quantity = fill.quantity;
        fills_[id].price = fill.price;
        return;
    }
    if (event.in_question) return take_questioned(order, event, fill, lsn);
    take_inferred_out(order, event);
    const std::uint64_t id = add_fill(scope_of(event), event.exec_id, fill);
    fills_[id].claimed = claimed_by(event);
    fills_[id].previous_of_order = order.newest_fill;
    order.newest_fill = static_cast<std::uint32_t>(id);
    if (event.inferred) order.inferred_fill = static_cast<std::uint32_t>(id);
    book(order, fill.quantity, fill.price);
    enter(order.position, id);
    book_charges(order, id, event.charges);
}

// The execution that a fill was inferred for has come.
void Ledger::take_inferred_out(Order& order, const schema::ExecutionReported& event) {
    if (event.replaces_exec_id.empty() || order.inferred_fill == 0) return;
    const std::uint32_t id = order.inferred_fill;
    order.inferred_fill = 0;
    if (fills_[id].busted) return;
    const Fill before = fills_[id];
    book(order, -before.quantity, before.price);
    fills_[id].busted = true;
    enter_change(order.position, id, before);
}

void Ledger::take_bust(Order& order, const schema::ExecutionReported& event) {
    const bool corrects = event.exec_type == schema::ExecType::trade_correct;
    std::uint64_t id = find_fill_id(execution_key(scope_of(event), event.exec_ref_id));
    if (id == 0) {  // before its fill
        id = add_fill(scope_of(event), event.exec_ref_id, {.order = event.order_id});
    } else if (fills_[id].busted && !fills_[id].questioned) {
        return;
    }
    const Fill before = fills_[id];
    const bool counted = !before.quantity.is_zero() && !before.questioned;
    if (counted) book(order, -before.quantity, before.price);
    if (!corrects || event.charges_restated) take_charges_back(order, id);
    if (corrects) fills_[id].busted = false;
    fills_[id].questioned = false;
    if (id == order.inferred_fill) order.inferred_fill = 0;
    if (corrects) {
        fills_[id].quantity = event.last_quantity.value;
        fills_[id].price = event.last_price.value;
        fills_[id].corrected = true;
        book(order, fills_[id].quantity, fills_[id].price);
    } else {
        fills_[id].busted = true;
    }
    if (counted)
        enter_change(order.position, id, before);
    else if (corrects)
        enter(order.position, id);
    book_charges(order, id, event.charges);
    const bool named =
        !event.exec_id.empty() && find_execution(execution_key(scope_of(event), event.exec_id)) == nullptr;
    if (named)
        (void)add_fill(scope_of(event), event.exec_id,
                       {.alias_of = id, .order = event.order_id, .quantity = {}, .price = {}});
}

// The venue has done a replace.
void Ledger::confirm(Order& order, RequestId replace) {
    Request& request = requests_[replace];
    settle(request, RequestEvent::accepted, order);
    if (replace < order.live_request) return;  // a later one was done before it was told
    // What it builds on was answered before it, even where that answer is lost.
    for (RequestId id = request.builds_on; id > order.live_request; id = requests_[id].builds_on)
        settle(requests_[id], RequestEvent::order_ended, order);
    order.live_request = replace;
    order.terms = request.terms;
}

void Ledger::answer_request(Order& order, const schema::ExecutionReported& event) {
    using schema::ExecType;
    Request& request = requests_[event.request_id];
    switch (request.kind) {
        case RequestKind::new_order:
            settle(request,
                   event.exec_type == ExecType::rejected ? RequestEvent::rejected : RequestEvent::accepted,
                   order);
            break;
        case RequestKind::replace:
            // Told again, after later replaces perhaps: they stay in force.
            if (event.exec_type != ExecType::replaced || request.state == RequestState::accepted) break;
            confirm(order, event.request_id);
            break;
        case RequestKind::cancel:
            if (event.exec_type == ExecType::canceled) settle(request, RequestEvent::accepted, order);
            break;
        case RequestKind::link:         // it has no ClOrdID(11)
        case RequestKind::mass_cancel:  // it is answered by a message of its own
            break;
    }
}

// What the venue's sum says beside ours. An answer that agrees with ours settles what is in question: it was
// reported before. It stays at hand, in case a later sum is larger by just that.
void Ledger::take_claim(Order& order, const schema::ExecutionReported& event, std::int64_t time_ns) {
    const Decimal claimed = claimed_by(event);
    const bool tells_more = claimed > order.claimed_quantity || is_about_trades(event.exec_type);
    if (tells_more || !(order.status_differs || order.in_question)) {
        order.unsettled_answers = 0;
    } else if (order.unsettled_answers == 0 || is_apart(time_ns, order.unsettled_ns)) {
        // Answers that come in a heap - a resend brings every one that was lost - are one answer.
        if (order.unsettled_answers != UINT8_MAX) ++order.unsettled_answers;
        order.unsettled_ns = time_ns;
    }
    order.claimed_quantity =
        event.cum_quantity_restated ? claimed : std::max(order.claimed_quantity, claimed);
    if (!order.in_question || event.in_question) return;
    const bool agrees = event.exec_type == schema::ExecType::order_status && !event.cum_quantity_differs;
    if (agrees || !is_questioned(order)) order.in_question = false;
}

void Ledger::take_venue_order_id(Order& order, const schema::ExecutionReported& event) {
    const bool usable =
        !event.venue_order_id.empty() && event.venue_order_id.size() <= venue_order_id_size_max;
    if (!order.venue_order_id.empty() || !usable) return;
    order.venue_order_id.assign(event.venue_order_id);
    venue_order_index_.insert(venue_order_hash(order.venue, event.venue_order_id), event.order_id);
}

void Ledger::apply(const schema::ExecutionReported& event, std::uint64_t lsn, std::int64_t time_ns) {
    using schema::ExecType;
    Order& order = orders_[event.order_id];
    const Before was = before(order);
    if (event.exec_type == ExecType::trade) take_trade(order, event, lsn);
    if (event.exec_type == ExecType::trade_cancel || event.exec_type == ExecType::trade_correct)
        take_bust(order, event);
    if (event.exec_type == ExecType::calculated) book_charges(order, 0, event.charges);

    if (event.request_id != 0) answer_request(order, event);
    const bool ends = event.exec_type == ExecType::canceled || event.exec_type == ExecType::expired;
    if (ends && event.quantity.value != order.quantity)
        if (const RequestId replace = unconfirmed_replace(order, event.quantity.value))
            confirm(order, replace);
    order.quantity = event.quantity.value;
    order.price = event.price.value;
    if (event.cum_quantity_restated) order.cum_quantity = event.cum_quantity.value;
    order.execution = execution_of(event.execution_state);
    order.certainty = *certainty_table.next(order.certainty, CertaintyEvent::evidence);
    order.status_differs =
        event.cum_quantity_differs || event.leaves_quantity_differs || event.average_price_differs;
    take_claim(order, event, time_ns);
    take_venue_order_id(order, event);
    if (!order.open() || order.execution == Execution::filled) end_pending_requests(order);
    // Whatever the venue refused before, it may take now.
    const bool moved = event.exec_type == ExecType::trade || event.exec_type == ExecType::replaced;
    if (LinkLeg* leg = leg_of(order); leg != nullptr && moved) leg->refused = 0, leg->stuck = false;
    update_reservation(order);
    changed(order, was, lsn, time_ns);
}

void Ledger::apply(const schema::ExternalOrderAdopted& event, std::uint64_t lsn, std::int64_t time_ns) {
    // The ClOrdID is another's: it is kept apart from the ids of the client that claims the order.
    const std::uint32_t owner = names_.clients.add(external_client(event.venue).view());
    Request& request =
        add_request(event.request_id, owner, cut_text(event.cl_ord_id, client_request_id_size_max));
    request.order = event.order_id;
    request.lsn = lsn;
    request.quantity = event.quantity.value;
    request.price = event.price.value;

    Order& order = add_order(event.order_id);
    order.created_ns = time_ns;
    order.quantity = event.quantity.value;
    order.price = event.price.value;
    order.first_request = order.live_request = order.newest_request = order.last_request = event.request_id;
    order.client = names_.clients.add(event.client);
    order.account = names_.accounts.add(event.account);
    order.strategy = names_.strategies.add(event.strategy);
    order.instrument = names_.instruments.add(event.instrument);
    order.venue = names_.venues.add(event.venue);
    order.side = event.side;
    order.type = event.order_type;
    order.external = true;
    order.position = position_of(order.account, order.strategy, order.instrument);
    if (!event.venue_order_id.empty() && event.venue_order_id.size() <= venue_order_id_size_max) {
        order.venue_order_id.assign(event.venue_order_id);
        venue_order_index_.insert(venue_order_hash(order.venue, event.venue_order_id), event.order_id);
    }
    update_reservation(order);
    changed(order, {false, false}, lsn, time_ns);
}

void Ledger::apply(const schema::OrderResolved& event, std::uint64_t lsn, std::int64_t time_ns) {
    Order& order = orders_[event.order_id];
    const Before was = before(order);
    if (event.outcome != OrderStatus::new_) order.execution = execution_of(event.outcome);
    order.certainty = *certainty_table.next(order.certainty, CertaintyEvent::evidence);
    order.status_differs = order.in_question = false;
    if (event.requests_end)
        end_all_requests(order);
    else if (!order.open() || order.execution == Execution::filled)
        end_pending_requests(order);
    update_reservation(order);
    changed(order, was, lsn, time_ns);
}

void Ledger::apply(const schema::RequestRejected& event, std::uint64_t lsn, std::int64_t time_ns) {
    Order& order = orders_[event.order_id];
    const Before was = before(order);
    Request& request = requests_[event.request_id];
    settle(request, RequestEvent::rejected, order);
    // The next request builds on what the refused one had built on.
    if (order.newest_request == event.request_id) order.newest_request = request.builds_on;
    if (LinkLeg* leg = leg_of(order); leg != nullptr && request.link != 0) {
        leg->asked = order.quantity;
        if (leg->refused != UINT8_MAX) ++leg->refused;
    }
    order.certainty = *certainty_table.next(order.certainty, CertaintyEvent::evidence);
    update_reservation(order);
    changed(order, was, lsn, time_ns);
}

void Ledger::apply(const schema::OrderUncertain& event, std::uint64_t lsn, std::int64_t time_ns) {
    Order& order = orders_[event.order_id];
    const Before was = before(order);
    order.certainty = *certainty_table.next(order.certainty, CertaintyEvent::answer_lost);
    if (event.cancel_promised) {
        order.cancel_promised = true;
        order.disconnected_ns = time_ns;
    }
    changed(order, was, lsn, time_ns);
}

void Ledger::apply(const schema::CancelPromiseBroken& event, std::uint64_t lsn, std::int64_t time_ns) {
    Order& order = orders_[event.order_id];
    const Before was = before(order);
    order.cancel_promised = false;
    changed(order, was, lsn, time_ns);
}

void Ledger::apply(const schema::OrderNotSent& event, std::uint64_t lsn, std::int64_t time_ns) {
    Order& order = orders_[event.order_id];
    const Before was = before(order);
    Request& request = requests_[event.request_id];
    settle(request, RequestEvent::not_sent, order);
    if (request.kind == RequestKind::new_order) {
        const auto what = event.held_again ? ExecutionEvent::held_again : ExecutionEvent::not_sent;
        if (const auto next = execution_table.next(order.execution, what)) order.execution = *next;
    } else if (order.newest_request == event.request_id) {
        order.newest_request = request.builds_on;
    }
    if (LinkLeg* leg = leg_of(order); leg != nullptr && request.link != 0) leg->asked = order.quantity;
    if (LinkLeg* leg = leg_of(order); leg != nullptr && event.held_again) leg->asked = Decimal{};
    order.certainty = *certainty_table.next(order.certainty, CertaintyEvent::evidence);
    if (!order.open()) end_pending_requests(order);
    update_reservation(order);
    changed(order, was, lsn, time_ns);
}

void Ledger::apply(const schema::OrderReleased& event, std::uint64_t lsn, std::int64_t time_ns) {
    Order& order = orders_[event.order_id];
    const Before was = before(order);
    settle(requests_[event.request_id], RequestEvent::sent, order);
    changed(order, was, lsn, time_ns);
}

}  // namespace gw::order
