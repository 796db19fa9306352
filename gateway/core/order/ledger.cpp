#include "order/ledger.hpp"

#include <algorithm>
#include <cassert>
#include <optional>

#include "base/hash.hpp"
#include "order/position.hpp"

namespace gw::order {

namespace {

std::uint64_t request_hash(std::uint32_t client, std::string_view client_request_id) {
    return Hash(1).add(client).add(client_request_id).value();
}

std::uint64_t venue_order_hash(std::uint32_t venue, std::string_view venue_order_id) {
    return Hash(6).add(venue).add(venue_order_id).value();
}

std::uint64_t position_hash(std::uint32_t account, std::uint32_t strategy, std::uint32_t instrument) {
    return Hash(2).add(account).add(strategy).add(instrument).value();
}

Execution execution_of(OrderStatus status) {
    switch (status) {
        case OrderStatus::new_:
            return Execution::new_;
        case OrderStatus::partially_filled:
            return Execution::partially_filled;
        case OrderStatus::filled:
            return Execution::filled;
        case OrderStatus::done_for_day:
            return Execution::done_for_day;
        case OrderStatus::canceled:
            return Execution::canceled;
        case OrderStatus::rejected:
            return Execution::rejected;
        case OrderStatus::expired:
            return Execution::expired;
        case OrderStatus::stopped:
            return Execution::stopped;
        case OrderStatus::suspended:
            return Execution::suspended;
        case OrderStatus::calculated:
            return Execution::calculated;
        case OrderStatus::denied:
            return Execution::denied;
        case OrderStatus::not_sent:
            return Execution::not_sent;
        case OrderStatus::pending_new:
        case OrderStatus::pending_cancel:
        case OrderStatus::pending_replace:
        case OrderStatus::unknown:
        case OrderStatus::unspecified:
            break;
    }
    return Execution::pending_new;
}

}  // namespace

ExecutionKey execution_key(std::string_view venue, std::string_view exec_id) {
    return {Hash(3).add(venue).add(exec_id).value(), Hash(4).add(venue).add(exec_id).value()};
}

Ledger::Ledger(const LedgerSizes& sizes)
    : orders_(sizes.orders),
      requests_(sizes.requests),
      fills_(sizes.fills),
      positions_(sizes.positions),
      request_index_(sizes.requests),
      fill_index_(sizes.fills),
      position_index_(sizes.positions),
      venue_order_index_(sizes.orders) {}

// --- finding
// ----------------------------------------------------------------------------------------------------------

RequestId Ledger::find_request(std::uint32_t client, std::string_view client_request_id) const {
    return request_index_.find(request_hash(client, client_request_id), [&](RequestId id) {
        const Request& request = requests_[id];
        return request.client == client && request.client_request_id.view() == client_request_id;
    });
}

OrderId Ledger::find_venue_order(std::uint32_t venue, std::string_view venue_order_id) const {
    if (venue_order_id.empty()) return 0;
    return venue_order_index_.find(venue_order_hash(venue, venue_order_id), [&](OrderId id) {
        const Order& order = orders_[id];
        return order.venue == venue && order.venue_order_id.view() == venue_order_id;
    });
}

const Fill* Ledger::find_fill(const ExecutionKey& key) const {
    const auto id =
        fill_index_.find(key.low, [&](std::uint64_t fill) { return fills_[fill].key_high == key.high; });
    return id == 0 ? nullptr : &fills_[id];
}

std::uint32_t Ledger::position_of(const Order& order) {
    const auto hash = position_hash(order.account, order.strategy, order.instrument);
    auto id = position_index_.find(hash, [&](std::uint64_t at) {
        const Position& p = positions_[at];
        return p.account == order.account && p.strategy == order.strategy && p.instrument == order.instrument;
    });
    if (id == 0) {
        id = positions_.next_index();
        Position& position = positions_.add();
        position.account = order.account;
        position.strategy = order.strategy;
        position.instrument = order.instrument;
        position_index_.insert(hash, id);
    }
    return static_cast<std::uint32_t>(id);
}

// --- adding
// -----------------------------------------------------------------------------------------------------------

Order& Ledger::add_order([[maybe_unused]] OrderId expected_id) {
    assert(orders_.next_index() == expected_id);
    return orders_.add();
}

Request& Ledger::add_request(RequestId expected_id, std::uint32_t client,
                             std::string_view client_request_id) {
    assert(requests_.next_index() == expected_id);
    Request& request = requests_.add();
    request.client = client;
    request.client_request_id.assign(client_request_id);
    if (!client_request_id.empty())
        request_index_.insert(request_hash(client, client_request_id), expected_id);
    return request;
}

void Ledger::apply(const schema::OrderAccepted& event, std::uint64_t lsn, std::int64_t time_ns) {
    const std::uint32_t client = names_.clients.add(event.client);
    Request& request = add_request(event.request_id, client, event.client_order_id);
    request.order = event.order_id;
    request.content_hash = event.content_hash;
    request.lsn = lsn;
    request.quantity = event.quantity.value;
    request.price = event.price.value;

    Order& order = add_order(event.order_id);
    order.created_ns = time_ns;
    order.quantity = event.quantity.value;
    order.price = event.price.value;
    order.first_request = order.live_request = order.newest_request = order.last_request = event.request_id;
    order.client = client;
    order.account = names_.accounts.add(event.account);
    order.strategy = names_.strategies.add(event.strategy);
    order.instrument = names_.instruments.add(event.instrument);
    order.venue = names_.venues.add(event.venue);
    order.side = event.side;
    order.type = event.order_type;
    order.time_in_force = event.time_in_force;
    order.position = position_of(order);
    update_reservation(order);
    changed(order, {false, false}, lsn, time_ns);
}

void Ledger::apply(const schema::OrderDenied& event, std::uint64_t lsn, std::int64_t time_ns) {
    const std::uint32_t client = names_.clients.add(event.client);
    Request& request = add_request(event.request_id, client, event.client_order_id);
    request.order = event.order_id;
    request.content_hash = event.content_hash;
    request.lsn = lsn;
    request.state = RequestState::denied;
    request.denial = event.denial.code;
    request.quantity = event.quantity.value;
    request.price = event.price.value;

    // The names of a denied order stand in its event; they are not registered, so that garbage fills no
    // table.
    Order& order = add_order(event.order_id);
    order.created_ns = time_ns;
    order.quantity = event.quantity.value;
    order.price = event.price.value;
    order.first_request = order.live_request = order.newest_request = order.last_request = event.request_id;
    order.client = client;
    order.account = names_.accounts.find(event.account);
    order.strategy = names_.strategies.find(event.strategy);
    order.instrument = names_.instruments.find(event.instrument);
    order.venue = names_.venues.find(event.venue);
    order.side = event.side;
    order.type = event.order_type;
    order.time_in_force = event.time_in_force;
    order.execution = Execution::denied;
    changed(order, {false, false}, lsn, time_ns);
}

void Ledger::apply(const schema::ReplaceRequested& event, std::uint64_t lsn, std::int64_t time_ns) {
    Order& order = orders_[event.order_id];
    const Before was = before(order);
    Request& request = add_request(event.request_id, order.client, event.client_request_id);
    request.order = event.order_id;
    request.builds_on = order.newest_request;
    request.previous = order.last_request;
    order.last_request = event.request_id;
    request.content_hash = event.content_hash;
    request.lsn = lsn;
    request.kind = RequestKind::replace;
    request.quantity = event.quantity.value;
    request.price = event.price.value;
    order.newest_request = event.request_id;
    ++order.pending_replaces;
    update_reservation(order);
    changed(order, was, lsn, time_ns);
}

void Ledger::apply(const schema::CancelRequested& event, std::uint64_t lsn, std::int64_t time_ns) {
    Order& order = orders_[event.order_id];
    const Before was = before(order);
    const std::uint32_t client = event.client_request_id.empty() ? 0 : order.client;
    Request& request = add_request(event.request_id, client, event.client_request_id);
    request.order = event.order_id;
    request.builds_on = order.newest_request;
    request.previous = order.last_request;
    order.last_request = event.request_id;
    request.content_hash = event.content_hash;
    request.lsn = lsn;
    request.kind = RequestKind::cancel;
    request.quantity = order.quantity;
    request.price = order.price;
    ++order.pending_cancels;
    changed(order, was, lsn, time_ns);
}

void Ledger::apply(const schema::RequestDenied& event, std::uint64_t lsn, std::int64_t) {
    Request& request =
        add_request(event.request_id, names_.clients.find(event.client), event.client_request_id);
    request.order = event.order_id;
    request.content_hash = event.content_hash;
    request.lsn = lsn;
    request.kind = event.replace ? RequestKind::replace : RequestKind::cancel;
    request.state = RequestState::denied;
    request.denial = event.denial.code;
}

// --- what the venue says
// ----------------------------------------------------------------------------------------------

void Ledger::settle(Request& request, RequestEvent event, Order& order) {
    const auto next = request_table.next(request.state, event);
    if (!next) return;
    if (request.state == RequestState::pending) {
        if (request.kind == RequestKind::replace) --order.pending_replaces;
        if (request.kind == RequestKind::cancel) --order.pending_cancels;
    }
    request.state = *next;
}

void Ledger::end_pending_requests(Order& order) {
    for (RequestId id = order.last_request; id != 0 && order.pending_requests() != 0;
         id = requests_[id].previous) {
        Request& request = requests_[id];
        if (request.state == RequestState::pending) settle(request, RequestEvent::order_ended, order);
    }
}

void Ledger::book(Order& order, Decimal quantity, Decimal price) {
    order.cum_quantity += quantity;
    order.traded_notional += Product(quantity, price);
    if (order.position != 0)
        book_trade(positions_[order.position], order.buys() ? quantity : -quantity, price);
}

void Ledger::take_trade(Order& order, const schema::ExecutionReported& event) {
    const ExecutionKey key = execution_key(event.venue, event.exec_id);
    const std::uint64_t id = fills_.next_index();
    Fill& fill = fills_.add();
    fill.key_high = key.high;
    fill.order = event.order_id;
    fill.quantity = event.last_quantity.value;
    fill.price = event.last_price.value;
    fill_index_.insert(key.low, id);
    book(order, fill.quantity, fill.price);
}

void Ledger::take_bust(Order& order, const schema::ExecutionReported& event) {
    const ExecutionKey key = execution_key(event.venue, event.exec_ref_id);
    const auto id =
        fill_index_.find(key.low, [&](std::uint64_t at) { return fills_[at].key_high == key.high; });
    if (id == 0 || fills_[id].busted) return;
    Fill& fill = fills_[id];
    book(order, -fill.quantity, fill.price);
    if (event.exec_type == schema::ExecType::trade_correct) {
        fill.quantity = event.last_quantity.value;
        fill.price = event.last_price.value;
        fill.corrected = true;
        book(order, fill.quantity, fill.price);
    } else {
        fill.busted = true;
    }
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
            if (event.exec_type != ExecType::replaced) break;
            settle(request, RequestEvent::accepted, order);
            order.live_request = event.request_id;
            break;
        case RequestKind::cancel:
            if (event.exec_type == ExecType::canceled) settle(request, RequestEvent::accepted, order);
            break;
    }
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
    if (event.exec_type == ExecType::trade) take_trade(order, event);
    if (event.exec_type == ExecType::trade_cancel || event.exec_type == ExecType::trade_correct)
        take_bust(order, event);

    if (event.request_id != 0) answer_request(order, event);
    order.quantity = event.quantity.value;
    order.price = event.price.value;
    order.execution = execution_of(event.execution_state);
    order.certainty = *certainty_table.next(order.certainty, CertaintyEvent::evidence);
    order.status_differs = event.cum_quantity_differs;
    take_venue_order_id(order, event);
    if (!order.open()) end_pending_requests(order);
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
    order.certainty = *certainty_table.next(order.certainty, CertaintyEvent::evidence);
    update_reservation(order);
    changed(order, was, lsn, time_ns);
}

void Ledger::apply(const schema::OrderUncertain& event, std::uint64_t lsn, std::int64_t time_ns) {
    Order& order = orders_[event.order_id];
    const Before was = before(order);
    order.certainty = *certainty_table.next(order.certainty, CertaintyEvent::answer_lost);
    changed(order, was, lsn, time_ns);
}

void Ledger::apply(const schema::OrderNotSent& event, std::uint64_t lsn, std::int64_t time_ns) {
    Order& order = orders_[event.order_id];
    const Before was = before(order);
    Request& request = requests_[event.request_id];
    settle(request, RequestEvent::not_sent, order);
    if (request.kind == RequestKind::new_order) {
        if (const auto next = execution_table.next(order.execution, ExecutionEvent::not_sent))
            order.execution = *next;
    } else if (order.newest_request == event.request_id) {
        order.newest_request = request.builds_on;
    }
    order.certainty = *certainty_table.next(order.certainty, CertaintyEvent::evidence);
    if (!order.open()) end_pending_requests(order);
    update_reservation(order);
    changed(order, was, lsn, time_ns);
}

// --- reservations and counts
// ------------------------------------------------------------------------------------------

void Ledger::update_reservation(Order& order) {
    // The larger of the terms in force and every pending replace: until the venue answers, any of them may be
    // live.
    Decimal wanted = order.leaves();
    if (order.pending_replaces != 0) {
        for (RequestId id = order.newest_request; id != 0 && id != order.live_request;
             id = requests_[id].builds_on) {
            const Request& request = requests_[id];
            if (request.kind == RequestKind::replace && request.state == RequestState::pending &&
                order.open())
                wanted = std::max(wanted, request.quantity - order.cum_quantity);
        }
    }
    if (order.position == 0) return;
    Position& position = positions_[order.position];
    (order.buys() ? position.open_buy : position.open_sell) += wanted - order.reserved;
    order.reserved = wanted;
}

void Ledger::changed(Order& order, const Before& was, std::uint64_t lsn, std::int64_t time_ns) {
    order.lsn = lsn;
    order.updated_ns = time_ns;
    const Before now = before(order);
    open_orders_ = open_orders_ + (now.open ? 1U : 0U) - (was.open ? 1U : 0U);
    unknown_orders_ = unknown_orders_ + (now.unknown ? 1U : 0U) - (was.unknown ? 1U : 0U);
}

// --- showing
// ----------------------------------------------------------------------------------------------------------

schema::Order Ledger::shown(OrderId id) const {
    const Order& order = orders_[id];
    schema::Order out;
    out.order_id = id;
    out.client_order_id = requests_[order.first_request].client_request_id.view();
    out.client = names_.clients.name(order.client);
    out.account = names_.accounts.name(order.account);
    out.strategy = names_.strategies.name(order.strategy);
    out.instrument = names_.instruments.name(order.instrument);
    out.venue = names_.venues.name(order.venue);
    out.side = order.side;
    out.order_type = order.type;
    out.time_in_force = order.time_in_force;
    out.status = status_of(order);
    out.quantity = order.quantity;
    if (order.type != OrderType::market) out.price = order.price;
    out.cum_quantity = order.cum_quantity;
    out.leaves_quantity = order.leaves();
    if (!order.cum_quantity.is_zero()) out.average_price = order.average_price();
    out.venue_order_id = order.venue_order_id.view();
    out.created_at_ns = order.created_ns;
    out.updated_at_ns = order.updated_ns;
    out.lsn = order.lsn;
    out.pending_requests = order.pending_requests();
    const Request& first = requests_[order.first_request];
    if (first.denial != schema::DenialCode::unspecified) {
        out.has_denial = true;
        out.denial.code = first.denial;
    }
    return out;
}

schema::Position Ledger::shown(const Position& position) const {
    schema::Position out;
    out.account = names_.accounts.name(position.account);
    out.strategy = names_.strategies.name(position.strategy);
    out.instrument = names_.instruments.name(position.instrument);
    out.net_quantity = position.net();
    out.bought_quantity = position.bought;
    out.sold_quantity = position.sold;
    if (!position.net().is_zero()) out.average_price = entry_price(position);
    if (const auto profit = position.realized.to_decimal()) out.realized_profit = *profit;
    out.open_buy_quantity = position.open_buy;
    out.open_sell_quantity = position.open_sell;
    return out;
}

std::uint64_t Ledger::state_hash() const {
    Hash hash(5);
    const auto add_product = [&hash](const Product& p) {
        hash.add(static_cast<std::uint64_t>(p.raw())).add(static_cast<std::uint64_t>(p.raw() >> 64));
    };
    for (OrderId id = 1; id <= orders_.size(); ++id) {
        const Order& o = orders_[id];
        hash.add(o.lsn)
            .add(static_cast<std::uint64_t>(o.created_ns))
            .add(static_cast<std::uint64_t>(o.updated_ns));
        hash.add(o.quantity).add(o.price).add(o.cum_quantity).add(o.reserved);
        add_product(o.traded_notional);
        hash.add(o.live_request).add(o.newest_request).add(static_cast<std::uint64_t>(o.execution));
        hash.add(static_cast<std::uint64_t>(o.certainty))
            .add(o.pending_requests())
            .add(o.venue_order_id.view());
        hash.add(names_.accounts.name(o.account)).add(names_.strategies.name(o.strategy));
        hash.add(names_.instruments.name(o.instrument)).add(names_.clients.name(o.client));
    }
    for (RequestId id = 1; id <= requests_.size(); ++id) {
        const Request& r = requests_[id];
        hash.add(r.order).add(r.builds_on).add(r.content_hash).add(r.lsn).add(r.quantity).add(r.price);
        hash.add(static_cast<std::uint64_t>(r.state)).add(r.client_request_id.view());
    }
    for (std::uint64_t id = 1; id <= fills_.size(); ++id) {
        const Fill& f = fills_[id];
        hash.add(f.key_high).add(f.order).add(f.quantity).add(f.price).add(std::uint64_t{f.busted});
    }
    for (std::uint64_t id = 1; id <= positions_.size(); ++id) {
        const Position& p = positions_[id];
        hash.add(p.bought).add(p.sold).add(p.open_buy).add(p.open_sell);
        add_product(p.cost);
        add_product(p.realized);
    }
    return hash.add(open_orders_).add(unknown_orders_).value();
}

void Ledger::prefault() const {
    constexpr std::size_t ahead = 4096;
    orders_.prefault(ahead);
    requests_.prefault(2 * ahead);
    fills_.prefault(2 * ahead);
}

}  // namespace gw::order
