#include "order/ledger.hpp"

#include <algorithm>
#include <cassert>

#include "base/hash.hpp"

namespace gw::order {

namespace {

struct CheckedNames {
    bool account = false, instrument = false, venue = false;
};

// By the order of the checks on a new order.
CheckedNames checked_names(schema::DenialCode code) {
    using schema::DenialCode;
    switch (code) {
        case DenialCode::invalid_strategy:
        case DenialCode::unknown_instrument:
            return {true, false, false};
        case DenialCode::unknown_venue:
            return {true, true, false};
        case DenialCode::invalid_side:
        case DenialCode::invalid_order_type:
        case DenialCode::invalid_time_in_force:
        case DenialCode::invalid_quantity:
        case DenialCode::invalid_price:
        case DenialCode::missing_price:
        case DenialCode::unexpected_price:
        case DenialCode::price_not_on_tick:
        case DenialCode::quantity_not_on_lot:
        case DenialCode::quantity_below_minimum:
        case DenialCode::trading_halted:
        case DenialCode::max_order_quantity:
        case DenialCode::max_order_notional:
        case DenialCode::price_collar:
        case DenialCode::no_reference_price:
        case DenialCode::session_not_ready:
        case DenialCode::session_reconciling:
        case DenialCode::session_backlogged:
        case DenialCode::throttled:
        case DenialCode::unsupported_order_type:
        case DenialCode::unsupported_time_in_force:
        case DenialCode::unsupported_term:
        case DenialCode::missing_term:
        case DenialCode::invalid_term:
            return {true, true, true};
        default:
            // What the checks of limits refuse, all of them after the names.
            if (code >= DenialCode::trading_reducing && code <= DenialCode::accumulated_notional)
                return {true, true, true};
            return {};
    }
}

}  // namespace

std::uint64_t Ledger::request_hash(std::uint32_t client, std::string_view client_request_id) {
    return Hash(1).add(client).add(client_request_id).value();
}

std::uint64_t Ledger::position_hash(std::uint32_t account, std::uint32_t strategy, std::uint32_t instrument) {
    return Hash(2).add(account).add(strategy).add(instrument).value();
}

std::uint64_t Ledger::venue_order_hash(std::uint32_t venue, std::string_view venue_order_id) {
    return Hash(6).add(venue).add(venue_order_id).value();
}

ExecutionKey execution_key(std::string_view venue, std::string_view exec_id) {
    return {Hash(3).add(venue).add(exec_id).value(), Hash(4).add(venue).add(exec_id).value()};
}

Ledger::Ledger(const LedgerSizes& sizes)
    : orders_(sizes.orders),
      requests_(sizes.requests),
      fills_(sizes.fills),
      positions_(sizes.positions),
      terms_(sizes.requests),
      links_(sizes.orders),
      questions_(sizes.orders),
      charges_(sizes.fills),
      position_charges_(8 * sizes.positions),
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

const Fill* Ledger::find_execution(const ExecutionKey& key) const {
    const auto id =
        fill_index_.find(key.low, [&](std::uint64_t fill) { return fills_[fill].key_high == key.high; });
    return id == 0 ? nullptr : &fills_[id];
}

std::uint64_t Ledger::find_fill_id(const ExecutionKey& key) const {
    const auto id =
        fill_index_.find(key.low, [&](std::uint64_t fill) { return fills_[fill].key_high == key.high; });
    return id != 0 && fills_[id].alias_of != 0 ? fills_[id].alias_of : id;
}

const Fill* Ledger::find_fill(const ExecutionKey& key) const {
    const std::uint64_t id = find_fill_id(key);
    return id == 0 ? nullptr : &fills_[id];
}

std::uint8_t Ledger::pending_replaces_beyond(const Order& order, Decimal cum_quantity) const {
    unsigned left = order.pending_replaces;
    std::uint8_t count = 0;
    for (RequestId id = order.last_request; id != 0 && left != 0; id = requests_[id].previous) {
        const Request& request = requests_[id];
        if (request.state != RequestState::pending || request.kind != RequestKind::replace) continue;
        --left;
        if (request.quantity > cum_quantity) ++count;
    }
    return count;
}

RequestId Ledger::unconfirmed_replace(const Order& order, Decimal quantity) const {
    for (RequestId id = order.last_request; id != 0; id = requests_[id].previous) {
        const Request& request = requests_[id];
        const bool open = request.state == RequestState::pending || request.state == RequestState::moot;
        if (request.kind == RequestKind::replace && open && id > order.live_request &&
            request.quantity == quantity)
            return id;
    }
    return 0;
}

bool Ledger::has_counted(const Order& order, Decimal quantity, Decimal price, Decimal claimed) const {
    constexpr unsigned looked_at_max = 16;  // a copy follows soon
    std::uint64_t id = order.newest_fill;
    for (unsigned at = 0; id != 0 && at < looked_at_max; id = fills_[id].previous_of_order, ++at) {
        const Fill& fill = fills_[id];
        if (id == order.inferred_fill) continue;  // what comes takes its place
        if (!fill.busted && !fill.corrected && fill.quantity == quantity && fill.price == price &&
            fill.claimed == claimed)
            return true;
    }
    return false;
}

std::uint32_t Ledger::position_of(std::uint32_t account, std::uint32_t strategy, std::uint32_t instrument) {
    std::uint64_t id = find_position(account, strategy, instrument);
    if (id == 0) {
        id = positions_.next_index();
        Position& position = positions_.add();
        position.account = account;
        position.strategy = strategy;
        position.instrument = instrument;
        position_index_.insert(position_hash(account, strategy, instrument), id);
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

std::uint32_t Ledger::add_terms(const schema::OrderTerms& terms) {
    const std::uint64_t number = terms_.next_index();
    terms_.add() = terms_of(terms);
    return static_cast<std::uint32_t>(number);
}

Order& Ledger::add_accepted(const schema::OrderAccepted& event, std::uint64_t lsn, std::int64_t time_ns) {
    const std::uint32_t client = names_.clients.add(event.client);
    Request& request = add_request(event.request_id, client, event.client_order_id);
    request.order = event.order_id;
    request.content_hash = event.content_hash;
    request.lsn = lsn;
    request.quantity = event.quantity.value;
    request.price = event.price.value;
    if (event.has_terms) request.terms = add_terms(event.terms);
    if (event.waiting) request.state = RequestState::waiting;

    Order& order = add_order(event.order_id);
    order.created_ns = time_ns;
    order.quantity = event.quantity.value;
    order.price = event.price.value;
    order.terms = request.terms;
    order.first_request = order.live_request = order.newest_request = order.last_request = event.request_id;
    order.client = client;
    order.account = names_.accounts.add(event.account);
    order.strategy = names_.strategies.add(event.strategy);
    order.instrument = names_.instruments.add(event.instrument);
    order.venue = names_.venues.add(event.venue);
    order.side = event.side;
    order.type = event.order_type;
    order.time_in_force = event.time_in_force;
    order.position = position_of(order.account, order.strategy, order.instrument);
    return order;
}

void Ledger::apply(const schema::OrderAccepted& event, std::uint64_t lsn, std::int64_t time_ns) {
    if (event.link_id != 0) return release(event, lsn, time_ns);
    Order& order = add_accepted(event, lsn, time_ns);
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

    // Names that had been checked when the order was refused are configured ones, and are kept. Others are
    // not: they stand in the event, and garbage is to fill no table. What is configured now must not decide
    // it, or the same events would give another ledger after a restart.
    const CheckedNames checked = checked_names(event.denial.code);
    const auto kept = [](Names& names, std::string_view name, bool is_checked) {
        return is_checked && !name.empty() ? names.add(name) : 0;
    };
    Order& order = add_order(event.order_id);
    order.created_ns = time_ns;
    order.quantity = event.quantity.value;
    order.price = event.price.value;
    order.first_request = order.live_request = order.newest_request = order.last_request = event.request_id;
    order.client = client;
    order.account = kept(names_.accounts, event.account, checked.account);
    order.strategy = names_.strategies.find(event.strategy);
    order.instrument = kept(names_.instruments, event.instrument, checked.instrument);
    order.venue = kept(names_.venues, event.venue, checked.venue);
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
    request.link = static_cast<std::uint32_t>(event.link_id);
    if (LinkLeg* leg = leg_of(order); leg != nullptr && event.link_id != 0) leg->asked = event.quantity.value;
    request.quantity = event.quantity.value;
    request.price = event.price.value;
    if (event.has_terms) request.terms = add_terms(event.terms);
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
    request.link = static_cast<std::uint32_t>(event.link_id);
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
    request.kind = event.linked_orders ? RequestKind::link
                   : event.replace     ? RequestKind::replace
                                       : RequestKind::cancel;
    request.state = RequestState::denied;
    request.denial = event.denial.code;
}

// It belongs to no order; it only takes its number.
void Ledger::apply(const schema::MassCancelRequested& event, std::uint64_t lsn, std::int64_t) {
    Request& request = add_request(event.request_id, 0, {});
    request.lsn = lsn;
    request.kind = RequestKind::mass_cancel;
    request.state = RequestState::accepted;  // what becomes of it, its own events say
}

// Of no order either, but its client may repeat it.
void Ledger::apply(const schema::MassCancelTaken& event, std::uint64_t lsn, std::int64_t) {
    Request& request =
        add_request(event.request_id, names_.clients.find(event.client), event.client_request_id);
    request.content_hash = event.content_hash;
    request.lsn = lsn;
    request.kind = RequestKind::mass_cancel;
    request.state = RequestState::accepted;
    request.quantity = Decimal::from_units(event.cancels_sent);
}

// --- reservations and counts
// ------------------------------------------------------------------------------------------

Reservation Ledger::reservation_of(const Order& order) const {
    // The larger of the terms in force and every pending replace: until the venue answers, any of them may be
    // live.
    Reservation wanted{order.leaves(), order.price};
    if (order.pending_replaces != 0 && order.open()) {
        for (RequestId id = order.newest_request; id != 0 && id != order.live_request;
             id = requests_[id].builds_on) {
            const Request& request = requests_[id];
            if (request.kind != RequestKind::replace || request.state != RequestState::pending) continue;
            wanted.quantity = std::max(wanted.quantity, request.quantity - order.cum_quantity);
            wanted.price = std::max(wanted.price, request.price);
        }
    }
    return wanted.quantity.is_zero() ? Reservation{} : wanted;
}

void Ledger::update_reservation(Order& order) {
    if (order.position == 0) return;
    const Reservation wanted = reservation_of(order);
    Position& position = positions_[order.position];
    (order.buys() ? position.open_buy : position.open_sell) += wanted.quantity - order.reserved;
    if (order.side == schema::Side::sell_short) position.open_short += wanted.quantity - order.reserved;
    position.open_notional +=
        Product(wanted.quantity, wanted.price) - Product(order.reserved, order.reserved_price);
    if (wanted.price.is_zero()) position.open_unpriced += wanted.quantity;
    if (order.reserved_price.is_zero()) position.open_unpriced -= order.reserved;
    order.reserved = wanted.quantity;
    order.reserved_price = wanted.price;
}

// A fill that is taken back gives back what it used of the day's; one of a day before gives nothing.
void Ledger::count_short_sale(Position& position, Decimal quantity, std::int64_t time_ns) {
    const auto day = static_cast<std::uint32_t>(std::max<std::int64_t>(time_ns, 0) / day_ns);
    if (day > position.short_day) {
        position.short_day = day;
        position.short_sold = Decimal{};
    }
    position.short_sold = std::max(position.short_sold + quantity, Decimal{});
}

void Ledger::changed(Order& order, const Before& was, std::uint64_t lsn, std::int64_t time_ns) {
    if (order.side == schema::Side::sell_short && order.position != 0 &&
        order.cum_quantity != was.cum_quantity) [[unlikely]]
        count_short_sale(positions_[order.position], order.cum_quantity - was.cum_quantity, time_ns);
    order.lsn = lsn;
    order.updated_ns = time_ns;
    order.cancel_promised = order.cancel_promised && order.open();
    const Before now = before(order);
    open_orders_ = open_orders_ + (now.open ? 1U : 0U) - (was.open ? 1U : 0U);
    if (order.position != 0) {
        std::uint32_t& open = positions_[order.position].open_orders;
        open = open + (now.open ? 1U : 0U) - (was.open ? 1U : 0U);
    }
    unknown_orders_ = unknown_orders_ + (now.unknown ? 1U : 0U) - (was.unknown ? 1U : 0U);
}

void Ledger::prefault(std::size_t step) const {
    constexpr std::size_t ahead = 4096;
    constexpr std::size_t index_bytes_a_step = 8 * 1024 * 1024;
    if (step == 0) {
        orders_.use_large_pages();
        requests_.use_large_pages();
        fills_.use_large_pages();
    }
    orders_.prefault(ahead);
    requests_.prefault(2 * ahead);
    fills_.prefault(2 * ahead);
    for (const HashIndex* index : {&request_index_, &fill_index_, &venue_order_index_})
        (void)index->prefault(step * index_bytes_a_step, index_bytes_a_step);
}

void Ledger::prefault_all() const {
    const std::size_t largest =
        std::max({request_index_.bytes(), fill_index_.bytes(), venue_order_index_.bytes()});
    prefault(0);
    for (const HashIndex* index : {&request_index_, &fill_index_, &venue_order_index_})
        (void)index->prefault(0, largest);
}

}  // namespace gw::order
