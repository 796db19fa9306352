// What clients ask for: new orders, replaces, cancels.
//
// Every command that can be told from others (it has an id) is recorded, accepted or denied, and its id
// answers the same way for ever. Not recorded is only what cannot be: no id, no valid bytes, or no room.

#include <algorithm>

#include "base/hash.hpp"
#include "base/utf8.hpp"
#include "engine/step_commit.hpp"

namespace gw::engine {

using order::OrderId;
using order::RequestId;
using order::RequestKind;
using schema::DenialCode;
using schema::OrderType;
using schema::SessionState;

namespace {

std::uint64_t hash_decimal(Hash& hash, const pb::DecimalText& value) {
    return (value.ok() ? hash.add(value.value) : hash.add(value.text)).value();
}

// Over everything that the client said, the id apart. "1.5" and "1.50" are the same content.
std::uint64_t content_hash(const schema::NewOrder& command) {
    Hash hash(10);
    hash.add(command.account).add(command.strategy).add(command.instrument).add(command.venue);
    hash.add(static_cast<std::uint64_t>(command.side)).add(static_cast<std::uint64_t>(command.order_type));
    hash.add(static_cast<std::uint64_t>(command.time_in_force));
    hash_decimal(hash, command.quantity);
    return hash_decimal(hash, command.price);
}

std::uint64_t content_hash(const schema::ReplaceCommand& command) {
    Hash hash(11);
    hash.add(command.order_id).add(command.client_order_id);
    hash_decimal(hash, command.quantity);
    return hash_decimal(hash, command.price);
}

std::uint64_t content_hash(const schema::CancelCommand& command) {
    return Hash(12).add(command.order_id).add(command.client_order_id).value();
}

void write_result(pb::Writer& out, const schema::CommandResult& result) {
    const auto at = out.open(schema::number::TradeResponse::results);
    result.encode(out);
    out.close(at);
}

// Quantity and price of a command: a number above zero, or a refusal that says what is wrong with it.
bool check_positive(const pb::DecimalText& value, DenialCode code, std::string_view name,
                    DenialText& denial) {
    if (value.ok() && value.value.is_positive()) return true;
    denial.refuse(code, name).observed(value.text);
    if (value.state == pb::DecimalText::State::out_of_range) {
        denial.allowed("at most 11 digits before the point and 8 behind it");
    } else {
        denial.allowed("a decimal number above zero");
    }
    return false;
}

bool is_clean(const schema::NewOrder& c) {
    return is_clean_text(c.client_order_id) && is_clean_text(c.account) && is_clean_text(c.strategy) &&
           is_clean_text(c.instrument) && is_clean_text(c.venue) && is_clean_text(c.quantity.text) &&
           is_clean_text(c.price.text);
}

// What a denied order's event repeats of a command; longer texts are cut, the denial names what was wrong.
std::string_view cut(std::string_view text) {
    return cut_text(text, 64);
}

}  // namespace

CommandError Engine::command(std::string_view client, std::string_view request, std::int64_t now_ns,
                             std::int64_t deadline_ns, pb::Writer& out) {
    now_ns_ = now_ns;
    const std::uint32_t number = client_number(client);
    if (number == 0) return CommandError::unknown_client;
    // All of the request is looked at before any of it is acted upon.
    unsigned count = 0;
    pb::Reader whole(request);
    while (whole.next()) {
        if (whole.field() != schema::number::TradeRequest::commands) continue;
        (void)whole.bytes();
        ++count;
    }
    if (!whole.ok()) return CommandError::not_a_request;
    if (count > commands_max) return CommandError::too_many_commands;

    const WireBatch batch(*this);
    pb::Reader in(request);
    while (in.next())
        if (in.field() == schema::number::TradeRequest::commands)
            take_command(number, in.bytes(), deadline_ns, out);
    return CommandError::none;
}

void Engine::take_command(std::uint32_t client, std::string_view bytes, std::int64_t deadline_ns,
                          pb::Writer& out) {
    std::uint32_t action = 0;
    std::string_view body;
    pb::Reader in(bytes);
    while (in.next()) {
        action = in.field();
        body = in.bytes();
    }
    if (in.ok()) {
        switch (action) {
            case schema::number::Command::new_order:
                return take_new_order(client, body, deadline_ns, out);
            case schema::number::Command::replace:
                return take_replace(client, body, deadline_ns, out);
            case schema::number::Command::cancel:
                return take_cancel(client, body, deadline_ns, out);
            default:
                break;
        }
    }
    DenialText denial;
    denial.refuse(DenialCode::malformed_command, "command").allowed("new_order, replace or cancel");
    answer_unrecorded({}, 0, denial.denial(), out);
}

// --- answers
// ----------------------------------------------------------------------------------------------------------

void Engine::answer_unrecorded(std::string_view client_request_id, OrderId order,
                               const schema::Denial& denial, pb::Writer& out) {
    schema::CommandResult result;
    result.client_request_id = cut(client_request_id);
    result.order_id = order;
    result.has_denial = true;
    result.denial = denial;
    ++counters_.denied[static_cast<std::size_t>(denial.code)];
    write_result(out, result);
}

bool Engine::answer_repeated(std::uint32_t client, std::string_view client_request_id, std::uint64_t hash,
                             pb::Writer& out) {
    const RequestId id = ledger_.find_request(client, client_request_id);
    if (id == 0) return false;
    const order::Request& request = ledger_.request(id);
    if (request.content_hash != hash) {
        DenialText denial;
        denial.refuse(DenialCode::client_request_id_reused, "client_request_id").observed(client_request_id);
        denial.allowed("a new id, or the same content as before");
        answer_unrecorded(client_request_id, request.order, denial.denial(), out);
        return true;
    }
    schema::CommandResult result;
    result.client_request_id = client_request_id;
    result.order_id = request.order;
    result.lsn = request.lsn;
    result.duplicate = true;
    if (request.denial == DenialCode::unspecified) {
        const ClOrdId cl_ord_id = ids_.text(id);
        result.cl_ord_id = cl_ord_id.view();
        write_result(out, result);
        return true;
    }
    // The denial with its texts stands in the journal.
    result.has_denial = true;
    result.denial.code = request.denial;
    journal::Cursor cursor = log_.journal().cursor(request.lsn);
    journal::Record record;
    bool written = false;
    if (cursor.next(record) && record.lsn == request.lsn) {
        const bool decoded = visit_record(record.payload, [&](const auto& body, std::uint64_t, std::int64_t) {
            if constexpr (requires { body.denial; }) {
                result.denial = body.denial;
                write_result(out, result);
                written = true;
            }
        });
        written = written && decoded;
    }
    if (!written) write_result(out, result);
    return true;
}

// --- checks
// -----------------------------------------------------------------------------------------------------------

bool Engine::check_id(std::string_view id, DenialText& denial) const {
    if (!id.empty() && id.size() <= order::client_request_id_size_max && is_clean_text(id)) return true;
    denial.refuse(DenialCode::invalid_client_request_id, "client_request_id").observed(id);
    denial.allowed("1 to 40 bytes of text");
    return false;
}

// What stops a command before it is looked at, and is not recorded: the client may try the same id again
// later.
bool Engine::check_service(bool new_order, DenialText& denial) const {
    if (new_order && shutting_down_) {
        denial.refuse(DenialCode::shutting_down, "gateway");
        return false;
    }
    if (new_order && !log_.journal().accepts_new_orders()) {
        denial.refuse(DenialCode::journal_unavailable, "journal");
        return false;
    }
    const bool room =
        ledger_.next_request_id() != 0 && ledger_.next_order_id() != 0 && ledger_.has_room_for_position();
    if (!room) denial.refuse(DenialCode::capacity_exhausted, "orders_max");
    return room;
}

bool Engine::check_session(std::size_t session, bool cancel, DenialText& denial) const {
    const VenueSession& vs = *sessions_[session];
    if (vs.phase == SessionState::ready || (cancel && vs.phase == SessionState::reconciling)) {
        if (cancel || wire_.backlog_bytes(session) <= session_backlog_bytes_max) return true;
        denial.refuse(DenialCode::session_backlogged, "session").level("session:", vs.name);
        return false;
    }
    const bool reconciling = vs.phase == SessionState::reconciling;
    denial.refuse(reconciling ? DenialCode::session_reconciling : DenialCode::session_not_ready, "session");
    denial.observed(name_of(vs.phase)).allowed(name_of(SessionState::ready)).level("session:", vs.name);
    return false;
}

bool Engine::check_new_order(const schema::NewOrder& command, std::uint32_t client, std::int64_t deadline_ns,
                             Route& route, DenialText& denial) const {
    const auto refuse = [&denial](DenialCode code, std::string_view name, std::string_view observed,
                                  std::string_view allowed) {
        denial.refuse(code, name).observed(observed).allowed(allowed);
        return false;
    };
    const order::LedgerNames& names = ledger_.names();
    if (deadline_ns != 0 && now_ns_ > deadline_ns)
        return refuse(DenialCode::deadline_exceeded, "deadline", {}, {});
    route.account = names.accounts.find(command.account);
    const std::vector<bool>& accounts = clients_[client].accounts;
    if (route.account >= accounts.size() || !accounts[route.account])
        return refuse(DenialCode::unknown_account, "account", command.account,
                      "an account that this client may trade");
    if (command.strategy.empty() || command.strategy.size() > order::strategy_size_max)
        return refuse(DenialCode::invalid_strategy, "strategy", command.strategy, "1 to 32 bytes of text");
    route.instrument = names.instruments.find(command.instrument);
    if (route.instrument >= instruments_.size() || !instruments_[route.instrument].configured)
        return refuse(DenialCode::unknown_instrument, "instrument", command.instrument,
                      "a configured instrument");
    const risk::Instrument& instrument = instruments_[route.instrument];
    route.venue = instrument.venue;
    if (!command.venue.empty() && names.venues.find(command.venue) != route.venue)
        return refuse(DenialCode::unknown_venue, "venue", command.venue, names.venues.name(route.venue));
    if (command.side == schema::Side::unspecified || !is_known(command.side))
        return refuse(DenialCode::invalid_side, "side", {}, "BUY, SELL or SELL_SHORT");
    if (command.order_type != OrderType::market && command.order_type != OrderType::limit)
        return refuse(DenialCode::invalid_order_type, "order_type", {}, "MARKET or LIMIT");
    if (!is_known(command.time_in_force))
        return refuse(DenialCode::invalid_time_in_force, "time_in_force", {}, "DAY, GTC, IOC or FOK");
    if (!check_positive(command.quantity, DenialCode::invalid_quantity, "quantity", denial)) return false;
    if (command.order_type == OrderType::limit) {
        if (!command.price.present())
            return refuse(DenialCode::missing_price, "price", {}, "a limit order needs a price");
        if (!check_positive(command.price, DenialCode::invalid_price, "price", denial)) return false;
    } else if (command.price.present()) {
        return refuse(DenialCode::unexpected_price, "price", command.price.text,
                      "a market order takes no price");
    }
    route.session = session_of_venue(route.venue);
    if (route.session == no_session)
        return refuse(DenialCode::session_not_ready, "session", {}, "a venue with a session");
    return check_session(route.session, false, denial);
}

void Engine::describe(const risk::Refusal& refusal, DenialText& denial) const {
    denial.refuse(refusal.code, refusal.limit_name)
        .level(risk::prefix_of(refusal.level.kind), level_name(refusal.level));
    if (refusal.observed) denial.observed(*refusal.observed);
    if (refusal.allowed) denial.allowed(*refusal.allowed);
}

// --- new orders
// -------------------------------------------------------------------------------------------------------

void Engine::take_new_order(std::uint32_t client, std::string_view bytes, std::int64_t deadline_ns,
                            pb::Writer& out) {
    DenialText denial;
    schema::NewOrder command;
    if (!command.decode(bytes) || !is_clean(command)) {
        denial.refuse(DenialCode::malformed_command, "new_order")
            .allowed("a valid NewOrder of clean UTF-8 text");
        return answer_unrecorded({}, 0, denial.denial(), out);
    }
    if (!check_id(command.client_order_id, denial))
        return answer_unrecorded(command.client_order_id, 0, denial.denial(), out);
    const std::uint64_t hash = content_hash(command);
    if (answer_repeated(client, command.client_order_id, hash, out)) return;
    if (!check_service(true, denial))
        return answer_unrecorded(command.client_order_id, 0, denial.denial(), out);

    if (command.time_in_force == schema::TimeInForce::unspecified)
        command.time_in_force = schema::TimeInForce::day;
    Route route;
    if (!check_new_order(command, client, deadline_ns, route, denial))
        return deny_order(command, client, hash, denial, out);
    const risk::Proposal proposal{client,
                                  route.account,
                                  route.instrument,
                                  route.venue,
                                  command.order_type,
                                  command.quantity.value,
                                  command.price.value};
    const risk::Decision decision = risk::decide(limits_, instruments_[route.instrument], proposal);
    if (!decision.approved()) {
        describe(decision.refusal(), denial);
        return deny_order(command, client, hash, denial, out);
    }
    accept_order(command, client, route, decision.approval(), hash, out);
}

void Engine::accept_order(const schema::NewOrder& command, std::uint32_t client, const Route& route,
                          const risk::Approval& approval, std::uint64_t hash, pb::Writer& out) {
    VenueSession& vs = *sessions_[route.session];
    const order::LedgerNames& names = ledger_.names();
    const ClOrdId cl_ord_id = ids_.text(ledger_.next_request_id());

    schema::OrderAccepted event;
    event.order_id = ledger_.next_order_id();
    event.client_order_id = command.client_order_id;
    event.cl_ord_id = cl_ord_id.view();
    event.client = names.clients.name(client);
    event.account = command.account;
    event.strategy = command.strategy;
    event.instrument = command.instrument;
    event.venue = names.venues.name(route.venue);
    event.side = command.side;
    event.order_type = command.order_type;
    event.time_in_force = command.time_in_force;
    event.quantity = command.quantity.value;
    if (command.order_type == OrderType::limit) event.price = command.price.value;
    event.request_id = ledger_.next_request_id();
    event.content_hash = hash;

    WireOrder wire{};
    wire.cl_ord_id = event.cl_ord_id;
    wire.account = event.account;
    wire.symbol = event.instrument;
    wire.side = event.side;
    wire.type = event.order_type;
    wire.time_in_force = event.time_in_force;
    wire.quantity = command.quantity.value;
    wire.price = command.price.value;
    wire.now_ns = now_ns_;

    vs.protocol.begin(step_);
    fix::Encoder message = vs.protocol.begin_message("D", now_ns_, step_);
    write_new_order(message, wire, vs.dialect, approval);
    std::uint64_t lsn = 0;
    const bool done =
        vs.protocol.end_message(message, step_) &&
        commit_step(
            route.session, [&] { lsn = log_.event(event, client); }, [&] { apply(event, lsn, now_ns_); });
    if (!done) {
        DenialText denial;
        denial.refuse(DenialCode::journal_unavailable, "journal");
        return answer_unrecorded(command.client_order_id, 0, denial.denial(), out);
    }
    ++counters_.orders_accepted;
    schema::CommandResult result;
    result.client_request_id = command.client_order_id;
    result.order_id = event.order_id;
    result.cl_ord_id = event.cl_ord_id;
    result.lsn = lsn;
    write_result(out, result);
}

void Engine::deny_order(const schema::NewOrder& command, std::uint32_t client, std::uint64_t hash,
                        const DenialText& denial, pb::Writer& out) {
    schema::OrderDenied event;
    event.order_id = ledger_.next_order_id();
    event.client_order_id = command.client_order_id;
    event.client = ledger_.names().clients.name(client);
    event.account = cut(command.account);
    event.strategy = cut(command.strategy);
    event.instrument = cut(command.instrument);
    event.venue = cut(command.venue);
    event.side = is_known(command.side) ? command.side : schema::Side::unspecified;
    event.order_type = is_known(command.order_type) ? command.order_type : OrderType::unspecified;
    event.time_in_force =
        is_known(command.time_in_force) ? command.time_in_force : schema::TimeInForce::unspecified;
    if (command.quantity.ok()) event.quantity = command.quantity.value;
    if (command.price.ok()) event.price = command.price.value;
    event.request_id = ledger_.next_request_id();
    event.content_hash = hash;
    event.has_denial = true;
    event.denial = denial.denial();
    log_.begin(now_ns_);
    const std::uint64_t lsn = log_.event(event, client);
    if (!log_.commit()) return answer_unrecorded(command.client_order_id, 0, denial.denial(), out);
    apply(event, lsn, now_ns_);
    ++counters_.denied[static_cast<std::size_t>(denial.denial().code)];
    schema::CommandResult result;
    result.client_request_id = command.client_order_id;
    result.order_id = event.order_id;
    result.lsn = lsn;
    result.has_denial = true;
    result.denial = denial.denial();
    write_result(out, result);
}

// --- replaces and cancels
// ---------------------------------------------------------------------------------------------

OrderId Engine::find_order(std::uint32_t client, OrderId id, std::string_view client_order_id) const {
    if (id == 0 && !client_order_id.empty()) {
        const RequestId request = ledger_.find_request(client, client_order_id);
        if (request != 0 && ledger_.request(request).kind == RequestKind::new_order)
            id = ledger_.request(request).order;
    }
    return ledger_.has_order(id) && ledger_.order(id).client == client ? id : 0;
}

WireOrder Engine::wire_order(const order::Order& order, std::string_view cl_ord_id,
                             std::string_view orig_cl_ord_id) const {
    const order::LedgerNames& names = ledger_.names();
    WireOrder wire{};
    wire.cl_ord_id = cl_ord_id;
    wire.orig_cl_ord_id = orig_cl_ord_id;
    wire.venue_order_id = order.venue_order_id.view();
    wire.account = names.accounts.name(order.account);
    wire.symbol = names.instruments.name(order.instrument);
    wire.side = order.side;
    wire.type = order.type;
    wire.time_in_force = order.time_in_force;
    wire.quantity = order.quantity;
    wire.price = order.price;
    wire.now_ns = now_ns_;
    return wire;
}

void Engine::deny_request(std::uint32_t client, std::string_view client_request_id, OrderId order,
                          bool replace, std::uint64_t hash, const DenialText& denial, pb::Writer& out) {
    schema::RequestDenied event;
    event.order_id = order;
    event.client_request_id = client_request_id;
    event.replace = replace;
    event.request_id = ledger_.next_request_id();
    event.content_hash = hash;
    event.has_denial = true;
    event.denial = denial.denial();
    event.client = ledger_.names().clients.name(client);
    log_.begin(now_ns_);
    const std::uint64_t lsn = log_.event(event, client);
    if (!log_.commit()) return answer_unrecorded(client_request_id, order, denial.denial(), out);
    apply(event, lsn, now_ns_);
    ++counters_.denied[static_cast<std::size_t>(denial.denial().code)];
    schema::CommandResult result;
    result.client_request_id = client_request_id;
    result.order_id = order;
    result.lsn = lsn;
    result.has_denial = true;
    result.denial = denial.denial();
    write_result(out, result);
}

// The checks that replaces and cancels share: the order is there, open, and not full of requests.
bool Engine::check_open(OrderId id, bool cancel, std::int64_t deadline_ns, DenialText& denial) const {
    if (id == 0) {
        denial.refuse(DenialCode::unknown_order, "order_id").allowed("an order of this client");
        return false;
    }
    if (!cancel && deadline_ns != 0 && now_ns_ > deadline_ns) {
        denial.refuse(DenialCode::deadline_exceeded, "deadline");
        return false;
    }
    const order::Order& order = ledger_.order(id);
    if (!order.open()) {
        denial.refuse(DenialCode::order_not_open, "status").observed(name_of(order::status_of(order)));
        return false;
    }
    if (order.pending_requests() >= order::pending_requests_max) {
        denial.refuse(DenialCode::too_many_pending_requests, "pending_requests");
        denial.observed(Decimal::from_units(order.pending_requests()));
        denial.allowed(Decimal::from_units(order::pending_requests_max));
        return false;
    }
    const std::size_t session = session_of_venue(order.venue);
    if (session == no_session) {
        denial.refuse(DenialCode::session_not_ready, "session");
        return false;
    }
    return check_session(session, cancel, denial);
}

void Engine::take_replace(std::uint32_t client, std::string_view bytes, std::int64_t deadline_ns,
                          pb::Writer& out) {
    DenialText denial;
    schema::ReplaceCommand command;
    if (!command.decode(bytes)) {
        denial.refuse(DenialCode::malformed_command, "replace").allowed("a valid ReplaceCommand");
        return answer_unrecorded({}, 0, denial.denial(), out);
    }
    if (!check_id(command.client_request_id, denial))
        return answer_unrecorded(command.client_request_id, 0, denial.denial(), out);
    const std::uint64_t hash = content_hash(command);
    if (answer_repeated(client, command.client_request_id, hash, out)) return;
    if (!check_service(true, denial))
        return answer_unrecorded(command.client_request_id, 0, denial.denial(), out);

    const OrderId id = find_order(client, command.order_id, command.client_order_id);
    if (!check_open(id, false, deadline_ns, denial) || !check_new_terms(command, id, denial))
        return deny_request(client, command.client_request_id, id, true, hash, denial, out);
    const order::Order& order = ledger_.order(id);
    const order::Request& newest = ledger_.request(order.newest_request);
    const Decimal quantity = command.quantity.present() ? command.quantity.value : newest.quantity;
    const Decimal price = command.price.present() ? command.price.value : newest.price;
    const risk::Proposal proposal{client,   order.account, order.instrument, order.venue, order.type,
                                  quantity, price};
    const risk::Decision decision = risk::decide(limits_, instruments_[order.instrument], proposal);
    if (!decision.approved()) {
        describe(decision.refusal(), denial);
        return deny_request(client, command.client_request_id, id, true, hash, denial, out);
    }

    const ClOrdId cl_ord_id = ids_.text(ledger_.next_request_id());
    const ClOrdId orig_cl_ord_id = ids_.text(order.newest_request);
    schema::ReplaceRequested event;
    event.order_id = id;
    event.client_request_id = command.client_request_id;
    event.cl_ord_id = cl_ord_id.view();
    event.orig_cl_ord_id = orig_cl_ord_id.view();
    event.quantity = quantity;
    if (order.type == OrderType::limit) event.price = price;
    event.request_id = ledger_.next_request_id();
    event.content_hash = hash;

    const std::size_t session = session_of_venue(order.venue);
    VenueSession& vs = *sessions_[session];
    WireOrder wire = wire_order(order, cl_ord_id.view(), orig_cl_ord_id.view());
    wire.quantity = quantity;
    wire.price = price;
    vs.protocol.begin(step_);
    fix::Encoder message = vs.protocol.begin_message("G", now_ns_, step_);
    write_replace(message, wire, vs.dialect, decision.approval());
    std::uint64_t lsn = 0;
    const bool done =
        vs.protocol.end_message(message, step_) &&
        commit_step(session, [&] { lsn = log_.event(event, client); }, [&] { apply(event, lsn, now_ns_); });
    if (!done) {
        denial.refuse(DenialCode::journal_unavailable, "journal");
        return answer_unrecorded(command.client_request_id, id, denial.denial(), out);
    }
    ++counters_.requests_replace;
    schema::CommandResult result;
    result.client_request_id = command.client_request_id;
    result.order_id = id;
    result.cl_ord_id = cl_ord_id.view();
    result.lsn = lsn;
    write_result(out, result);
}

bool Engine::check_new_terms(const schema::ReplaceCommand& command, OrderId id, DenialText& denial) const {
    const order::Order& order = ledger_.order(id);
    if (command.quantity.present() &&
        !check_positive(command.quantity, DenialCode::invalid_quantity, "quantity", denial))
        return false;
    if (command.price.present()) {
        if (order.type == OrderType::market) {
            denial.refuse(DenialCode::unexpected_price, "price").observed(command.price.text);
            return false;
        }
        if (!check_positive(command.price, DenialCode::invalid_price, "price", denial)) return false;
    }
    const order::Request& newest = ledger_.request(order.newest_request);
    const bool changes = (command.quantity.present() && command.quantity.value != newest.quantity) ||
                         (command.price.present() && command.price.value != newest.price);
    if (!changes) denial.refuse(DenialCode::nothing_to_replace, "quantity, price");
    return changes;
}

void Engine::take_cancel(std::uint32_t client, std::string_view bytes, std::int64_t deadline_ns,
                         pb::Writer& out) {
    DenialText denial;
    schema::CancelCommand command;
    if (!command.decode(bytes)) {
        denial.refuse(DenialCode::malformed_command, "cancel").allowed("a valid CancelCommand");
        return answer_unrecorded({}, 0, denial.denial(), out);
    }
    if (!check_id(command.client_request_id, denial))
        return answer_unrecorded(command.client_request_id, 0, denial.denial(), out);
    const std::uint64_t hash = content_hash(command);
    if (answer_repeated(client, command.client_request_id, hash, out)) return;
    if (!check_service(false, denial))
        return answer_unrecorded(command.client_request_id, 0, denial.denial(), out);

    const OrderId id = find_order(client, command.order_id, command.client_order_id);
    if (!check_open(id, true, deadline_ns, denial))
        return deny_request(client, command.client_request_id, id, false, hash, denial, out);
    std::uint64_t lsn = 0;
    ClOrdId cl_ord_id;
    if (!send_cancel(id, command.client_request_id, hash, lsn, cl_ord_id)) {
        denial.refuse(DenialCode::journal_unavailable, "journal");
        return answer_unrecorded(command.client_request_id, id, denial.denial(), out);
    }
    schema::CommandResult result;
    result.client_request_id = command.client_request_id;
    result.order_id = id;
    result.cl_ord_id = cl_ord_id.view();
    result.lsn = lsn;
    write_result(out, result);
}

// False where the session cannot send or the journal cannot be written; nothing has changed then.
bool Engine::send_cancel(OrderId id, std::string_view client_request_id, std::uint64_t hash,
                         std::uint64_t& lsn, ClOrdId& cl_ord_id) {
    const order::Order& order = ledger_.order(id);
    const std::size_t session = session_of_venue(order.venue);
    if (session == no_session || ledger_.next_request_id() == 0) return false;
    VenueSession& vs = *sessions_[session];
    cl_ord_id = ids_.text(ledger_.next_request_id());
    const ClOrdId orig_cl_ord_id = ids_.text(order.newest_request);
    schema::CancelRequested event;
    event.order_id = id;
    event.client_request_id = client_request_id;
    event.cl_ord_id = cl_ord_id.view();
    event.orig_cl_ord_id = orig_cl_ord_id.view();
    event.request_id = ledger_.next_request_id();
    event.content_hash = hash;

    vs.protocol.begin(step_);
    fix::Encoder message = vs.protocol.begin_message("F", now_ns_, step_);
    write_cancel(message, wire_order(order, cl_ord_id.view(), orig_cl_ord_id.view()), vs.dialect);
    const bool done =
        vs.protocol.end_message(message, step_) &&
        commit_step(
            session, [&] { lsn = log_.event(event, order.client); }, [&] { apply(event, lsn, now_ns_); });
    if (done) ++counters_.requests_cancel;
    return done;
}

}  // namespace gw::engine
