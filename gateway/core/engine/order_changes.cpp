// Replaces and cancels: what changes an order that is there.

#include "base/hash.hpp"
#include "engine/command_parts.hpp"
#include "engine/engine_orders.hpp"
#include "engine/order_terms.hpp"
#include "engine/step_commit.hpp"

namespace gw::engine {

using order::OrderId;
using order::RequestId;
using order::RequestKind;
using schema::DenialCode;

OrderId EngineOrders::find_order(std::uint32_t client, OrderId id, std::string_view client_order_id) const {
    if (id == 0 && !client_order_id.empty()) {
        const RequestId request = ledger_.find_request(client, client_order_id);
        if (request != 0 && ledger_.request(request).kind == RequestKind::new_order)
            id = ledger_.request(request).order;
    }
    return ledger_.has_order(id) && ledger_.order(id).client == client ? id : 0;
}

WireOrder EngineOrders::wire_order(const order::Order& order, std::string_view cl_ord_id,
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
    wire.profile = &profile_of(order.venue);
    if (order.terms != 0) wire.terms = &ledger_.terms(order.terms);
    wire.now_ns = now_ns_;
    return wire;
}

void EngineOrders::deny_request(std::uint32_t client, std::string_view client_request_id, OrderId order,
                                RequestKind kind, std::uint64_t hash, const DenialText& denial,
                                pb::Writer& out) {
    if (!denial.is_recorded()) return answer_unrecorded(client_request_id, order, denial.denial(), out);
    schema::RequestDenied event;
    event.order_id = order;
    event.client_request_id = client_request_id;
    event.replace = kind == RequestKind::replace;
    event.linked_orders = kind == RequestKind::link;
    event.request_id = ledger_.next_request_id();
    event.content_hash = hash;
    event.has_denial = true;
    event.denial = denial.denial();
    event.client = ledger_.names().clients.name(client);
    log_.begin(now_ns_);
    const std::uint64_t lsn = log_.event(event, client);
    const NewState state = append_state(denial.enforced());
    if (!log_.commit()) {
        note_not_set(state);
        return answer_unrecorded(client_request_id, order, denial.denial(), out);
    }
    apply(event, lsn, now_ns_);
    apply_state(state);
    answer_denied(client_request_id, order, denial.denial(), lsn, out);
}

// The checks that replaces and cancels share: the order is there, open, and not full of requests.
bool EngineOrders::check_open(OrderId id, bool cancel, std::int64_t deadline_ns, DenialText& denial) const {
    if (id == 0) {
        denial.refuse(DenialCode::unknown_order, "order_id").allowed("an order of this client");
        return false;
    }
    if (!cancel && deadline_ns != 0 && now_ns_ > deadline_ns) {
        denial.refuse(DenialCode::deadline_exceeded, "deadline");
        return false;
    }
    const order::Order& order = ledger_.order(id);
    // A filled order may be replaced up, and lives again; check_new_terms sees that it asks for more.
    if (!order.open() && (cancel || order.execution != order::Execution::filled)) {
        denial.refuse(DenialCode::order_not_open, "status").observed(name_of(order::status_of(order)));
        return false;
    }
    if (order.pending_requests() >= order::pending_requests_max) {
        denial.refuse(DenialCode::too_many_pending_requests, "pending_requests");
        denial.observed(Decimal::from_units(order.pending_requests()));
        denial.allowed(Decimal::from_units(order::pending_requests_max));
        return false;
    }
    if (ledger_.is_waiting(order)) {
        if (cancel) return true;  // nothing of it has to be sent
        denial.refuse(DenialCode::throttled, "throttle").observed("an order that waits to be sent");
        denial.allowed("a cancel, or a replace once it was sent");
        return false;
    }
    const std::size_t session = session_of_venue(order.venue);
    if (session == no_session) {
        denial.refuse(DenialCode::session_not_ready, "session");
        return false;
    }
    return check_session(session, cancel ? RequestKind::cancel : RequestKind::replace, denial);
}

// What a replace or cancel goes through before its order is looked at. False where it has been answered.
template <class Command>
bool EngineOrders::read_request(std::uint32_t client, std::string_view bytes, bool changes_terms,
                                Command& command, std::uint64_t& hash, pb::Writer& out) {
    DenialText denial;
    if (!command.decode(bytes)) {
        denial.refuse(DenialCode::malformed_command, changes_terms ? "replace" : "cancel");
        denial.allowed(changes_terms ? "a valid ReplaceCommand" : "a valid CancelCommand");
        answer_unrecorded({}, 0, denial.denial(), out);
        return false;
    }
    hash = content_hash(command);
    if (check_id(command.client_request_id, denial)) {
        if (answer_repeated(client, command.client_request_id, hash, out)) return false;
        if (check_service(changes_terms, denial)) return true;
    }
    // An id that is no UTF-8 is not sent back: its client could not read the answers beside this one either.
    const std::string_view id = command.client_request_id;
    answer_unrecorded(is_clean_text(id) ? id : std::string_view{}, 0, denial.denial(), out);
    return false;
}

void EngineOrders::take_replace(std::uint32_t client, std::string_view bytes, std::int64_t deadline_ns,
                                pb::Writer& out) {
    DenialText denial;
    schema::ReplaceCommand command;
    std::uint64_t hash = 0;
    if (!read_request(client, bytes, true, command, hash, out)) return;
    const OrderId id = find_order(client, command.order_id, command.client_order_id);
    const auto deny = [&] {
        deny_request(client, command.client_request_id, id, RequestKind::replace, hash, denial, out);
    };
    if (!check_open(id, false, deadline_ns, denial) || !check_new_terms(command, id, denial)) return deny();
    const order::Order& order = ledger_.order(id);
    const order::Request& newest = ledger_.request(order.newest_request);
    Replacement replacement;
    replacement.client_request_id = command.client_request_id;
    replacement.content_hash = hash;
    replacement.quantity = command.quantity.present() ? command.quantity.value : newest.quantity;
    replacement.price = command.price.present() ? command.price.value : newest.price;
    replacement.terms = new_terms(command, order);
    if (replacement.terms &&
        !check_complete(*replacement.terms, order.type, order.time_in_force, replacement.quantity, denial))
        return deny();
    risk::Decision decision = decide_replace(order, replacement);
    if (!decision.approved() && !overrides_.empty()) [[unlikely]]
        replacement.override_id = waive(ledger_.names().clients.name(client), command.client_request_id,
                                        proposal_of(order, replacement), decision);
    if (!decision.approved()) {
        const bool cancels = decision.refusal().cancels_resting;
        describe(decision.refusal(), denial);
        deny();
        if (cancels) (void)clear_crossing(proposal_of(order, replacement));
        return;
    }
    if (decision.cancels_resting() && !clear_crossing(proposal_of(order, replacement))) {
        denial.refuse(DenialCode::self_trade, "self_trade").allowed("once the resting order can be canceled");
        return deny();
    }
    const ClOrdId cl_ord_id = ids_.text(ledger_.next_request_id());
    std::uint64_t lsn = 0;
    if (!send_replace(id, replacement, decision, lsn)) {
        denial.refuse(DenialCode::journal_unavailable, "journal");
        return answer_unrecorded(command.client_request_id, id, denial.denial(), out);
    }
    answer_sent(command.client_request_id, id, cl_ord_id, lsn, out);
}

risk::Proposal EngineOrders::proposal_of(const order::Order& order, Decimal quantity, Decimal price,
                                         Decimal stop_price) const {
    risk::Proposal proposal{order.client, order.account, order.strategy, order.instrument,
                            order.venue,  order.side,    order.type,     quantity,
                            price,        stop_price};
    proposal.is_open = order.open();
    proposal.traded = order.cum_quantity;
    proposal.held = {order.reserved, order.reserved_price};
    proposal.now_ns = now_ns_;
    proposal.time_in_force = order.time_in_force;
    return proposal;
}

risk::Proposal EngineOrders::proposal_of(const order::Order& order, const Replacement& replacement) const {
    const Decimal stop_price = replacement.terms ? replacement.terms->stop_price : Decimal{};
    risk::Proposal proposal = proposal_of(order, replacement.quantity, replacement.price, stop_price);
    proposal.sends = risk::Sends::replace;
    proposal.now_ns = now_ns_;
    return proposal;
}

// False where the session cannot send or the journal cannot be written; nothing has changed then.
bool EngineOrders::send_replace(OrderId id, const Replacement& replacement, const risk::Decision& decision,
                                std::uint64_t& lsn) {
    const order::Order& order = ledger_.order(id);
    const ClOrdId cl_ord_id = ids_.text(ledger_.next_request_id());
    const ClOrdId orig_cl_ord_id = cl_ord_id_of(order.newest_request);
    schema::ReplaceRequested event;
    event.order_id = id;
    event.client_request_id = replacement.client_request_id;
    event.cl_ord_id = cl_ord_id.view();
    event.orig_cl_ord_id = orig_cl_ord_id.view();
    event.quantity = replacement.quantity;
    if (!replacement.price.is_zero())
        event.price = replacement.price;
    else
        add_reference(event, replacement.terms ? replacement.terms->stop_price : Decimal{}, order.instrument);
    std::array<char, 8> date;
    event.has_terms = replacement.terms.has_value();
    if (replacement.terms) event.terms = order::shown(*replacement.terms, date);
    event.request_id = ledger_.next_request_id();
    event.content_hash = replacement.content_hash;
    event.link_id = replacement.link;
    event.override_id = replacement.override_id;

    const std::size_t session = session_of_venue(order.venue);
    VenueSession& vs = *sessions_[session];
    WireOrder wire = wire_order(order, cl_ord_id.view(), orig_cl_ord_id.view());
    wire.quantity = replacement.quantity;
    wire.price = replacement.price;
    wire.terms = replacement.terms ? &*replacement.terms : nullptr;
    vs.protocol.begin(step_);
    fix::Encoder message = vs.protocol.begin_message("G", now_ns_, step_);
    write_replace(message, wire, vs.dialect, decision.approval());
    const bool done =
        vs.protocol.end_message(message, step_) && commit_step(
                                                       session,
                                                       [&] {
                                                           lsn = log_.event(event, order.client);
                                                           append_warnings(decision, id, order.client);
                                                       },
                                                       [&] { apply(event, lsn, now_ns_); });
    if (done) ++counters_.requests_replace;
    return done;
}

bool EngineOrders::check_new_terms(const schema::ReplaceCommand& command, OrderId id,
                                   DenialText& denial) const {
    const order::Order& order = ledger_.order(id);
    if (command.quantity.present() &&
        !check_positive(command.quantity, DenialCode::invalid_quantity, "quantity", denial))
        return false;
    if (command.price.present()) {
        if (!order::may_have_limit(order.type)) {
            denial.refuse(DenialCode::unexpected_price, "price").observed(command.price.text);
            return false;
        }
        if (!check_positive(command.price, DenialCode::invalid_price, "price", denial)) return false;
    }
    const order::Request& newest = ledger_.request(order.newest_request);
    const Decimal quantity = command.quantity.present() ? command.quantity.value : newest.quantity;
    if (order.execution == order::Execution::filled && quantity <= order.cum_quantity) {
        denial.refuse(DenialCode::order_not_open, "status").observed(name_of(order::status_of(order)));
        denial.allowed("a quantity above what has traded opens a filled order again");
        return false;
    }
    if (command.quantity.present() && quantity != newest.quantity && order.link != 0 &&
        ledger_.link(order.link).sizes(order.leg)) {
        denial.refuse(DenialCode::quantity_is_linked, "quantity").observed(quantity);
        denial.allowed(newest.quantity);
        return false;
    }
    const bool changes = (command.quantity.present() && command.quantity.value != newest.quantity) ||
                         (command.price.present() && command.price.value != newest.price);
    if (command.has_terms) {
        if (!ledger_.has_room_for_terms()) {
            denial.refuse(DenialCode::capacity_exhausted, "orders_max");
            return false;
        }
        return check_terms(command.terms, order.type, order.time_in_force, profile_of(order.venue), denial);
    }
    if (!changes) denial.refuse(DenialCode::nothing_to_replace, "quantity, price");
    return changes;
}

// The rare terms as the replace leaves them, where the order has any.
std::optional<order::Terms> EngineOrders::new_terms(const schema::ReplaceCommand& command,
                                                    const order::Order& order) const {
    std::optional<order::Terms> terms;
    const std::uint32_t before = ledger_.request(order.newest_request).terms;
    if (before != 0) terms = ledger_.terms(before);
    if (command.has_terms) {
        if (!terms) terms.emplace();
        merge(*terms, command.terms);
    }
    return terms;
}

void EngineOrders::take_cancel(std::uint32_t client, std::string_view bytes, std::int64_t deadline_ns,
                               pb::Writer& out) {
    DenialText denial;
    schema::CancelCommand command;
    std::uint64_t hash = 0;
    if (!read_request(client, bytes, false, command, hash, out)) return;
    const OrderId id = find_order(client, command.order_id, command.client_order_id);
    if (id != 0 && ledger_.order(id).held()) return cancel_held(id, command.client_request_id, hash, out);
    if (!check_open(id, true, deadline_ns, denial))
        return deny_request(client, command.client_request_id, id, RequestKind::cancel, hash, denial, out);
    std::uint64_t lsn = 0;
    ClOrdId cl_ord_id;
    if (!send_cancel(id, command.client_request_id, hash, 0, lsn, cl_ord_id)) {
        denial.refuse(DenialCode::journal_unavailable, "journal");
        return answer_unrecorded(command.client_request_id, id, denial.denial(), out);
    }
    answer_sent(command.client_request_id, id, cl_ord_id, lsn, out);
}

// False where the session cannot send or the journal cannot be written; nothing has changed then.
bool EngineOrders::send_cancel(OrderId id, std::string_view client_request_id, std::uint64_t hash,
                               order::LinkId link, std::uint64_t& lsn, ClOrdId& cl_ord_id) {
    const order::Order& order = ledger_.order(id);
    const std::size_t session = session_of_venue(order.venue);
    if (session == no_session || ledger_.next_request_id() == 0) return false;
    VenueSession& vs = *sessions_[session];
    cl_ord_id = ids_.text(ledger_.next_request_id());
    const ClOrdId orig_cl_ord_id = cl_ord_id_of(order.newest_request);
    schema::CancelRequested event;
    event.order_id = id;
    event.client_request_id = client_request_id;
    event.cl_ord_id = cl_ord_id.view();
    event.orig_cl_ord_id = orig_cl_ord_id.view();
    event.request_id = ledger_.next_request_id();
    event.content_hash = hash;
    event.link_id = link;
    if (ledger_.is_waiting(order)) return cancel_waiting(event, lsn);

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
