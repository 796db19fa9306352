// What clients ask for: commands in, results out.
//
// Every command that can be told from others (it has an id) is recorded, accepted or denied, and its id
// answers the same way for ever. Not recorded is only what cannot be: no id, no valid bytes, or no room.

#include "base/hash.hpp"
#include "engine/command_parts.hpp"
#include "engine/engine_orders.hpp"
#include "engine/step_commit.hpp"

namespace gw::engine {

using order::OrderId;
using order::RequestId;
using schema::DenialCode;
using schema::SessionState;

CommandError EngineOrders::command(std::string_view client, std::string_view request, std::int64_t now_ns,
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
    watch_limits();
    work_links();
    return CommandError::none;
}

void EngineOrders::take_command(std::uint32_t client, std::string_view bytes, std::int64_t deadline_ns,
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
            case schema::number::Command::linked_orders:
                return take_linked_orders(client, body, deadline_ns, out);
            case schema::number::Command::mass_cancel:
                return take_mass_cancel(client, body, out);
            default:
                break;
        }
    }
    DenialText denial;
    denial.refuse(DenialCode::malformed_command, "command")
        .allowed("new_order, replace, cancel, linked_orders or mass_cancel");
    answer_unrecorded({}, 0, denial.denial(), out);
}

// --- answers
// ----------------------------------------------------------------------------------------------------------

void EngineOrders::answer_unrecorded(std::string_view client_request_id, OrderId order,
                                     const schema::Denial& denial, pb::Writer& out) {
    schema::CommandResult result;
    result.client_request_id = cut(client_request_id);
    result.order_id = order;
    result.has_denial = true;
    result.denial = denial;
    ++counters_.denied[static_cast<std::size_t>(denial.code)];
    write_result(out, result);
}

void EngineOrders::answer_denied(std::string_view client_request_id, OrderId order,
                                 const schema::Denial& denial, std::uint64_t lsn, pb::Writer& out) {
    ++counters_.denied[static_cast<std::size_t>(denial.code)];
    schema::CommandResult result;
    result.client_request_id = client_request_id;
    result.order_id = order;
    result.lsn = lsn;
    result.has_denial = true;
    result.denial = denial;
    write_result(out, result);
}

void EngineOrders::answer_sent(std::string_view client_request_id, OrderId order, const ClOrdId& cl_ord_id,
                               std::uint64_t lsn, pb::Writer& out, const Resized& resized) {
    schema::CommandResult result;
    if (!resized.requested.is_zero()) {
        result.requested_quantity = resized.requested;
        result.quantity = resized.sent;
    }
    result.client_request_id = client_request_id;
    result.order_id = order;
    result.cl_ord_id = cl_ord_id.view();
    result.lsn = lsn;
    write_result(out, result);
}

bool EngineOrders::answer_repeated(std::uint32_t client, std::string_view client_request_id,
                                   std::uint64_t hash, pb::Writer& out) {
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
    const bool links = request.kind == order::RequestKind::link;
    if (links && request.denial == DenialCode::unspecified) {
        answer_linked(client_request_id, request.link, true, out);
        return true;
    }
    schema::CommandResult result;
    result.client_request_id = client_request_id;
    result.order_id = request.order;
    result.lsn = request.lsn;
    result.duplicate = true;
    if (request.denial == DenialCode::unspecified) {
        // What ended a held order was never sent and has no ClOrdID(11).
        const bool ends_held = request.kind == order::RequestKind::cancel && request.builds_on == 0;
        const bool cancels_many = request.kind == order::RequestKind::mass_cancel;
        const ClOrdId cl_ord_id = ids_.text(id);
        if (!ends_held && !cancels_many) result.cl_ord_id = cl_ord_id.view();
        if (request.kind == order::RequestKind::new_order) add_resized(request.lsn, result);
        if (cancels_many) add_cancels(request, result);
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

// Both quantities of an order that a limit reduced stand in the journal.
void EngineOrders::add_resized(std::uint64_t lsn, schema::CommandResult& result) const {
    journal::Cursor cursor = log_.journal().cursor(lsn);
    journal::Record record;
    if (!cursor.next(record) || record.lsn != lsn) return;
    (void)visit_record(record.payload, [&](const auto& body, std::uint64_t, std::int64_t) {
        if constexpr (std::is_same_v<std::decay_t<decltype(body)>, schema::OrderAccepted>) {
            if (!body.requested_quantity.present()) return;
            result.requested_quantity = body.requested_quantity.value;
            result.quantity = body.quantity.value;
        }
    });
}

// Of a request from a checkpoint that was made before requests knew it, the number stands in the journal
// alone.
void EngineOrders::add_cancels(const order::Request& request, schema::CommandResult& result) const {
    result.cancels_sent = static_cast<std::uint32_t>(request.quantity.raw() / Decimal::scale);
    if (result.cancels_sent != 0) return;
    journal::Cursor cursor = log_.journal().cursor(request.lsn);
    journal::Record record;
    if (!cursor.next(record) || record.lsn != request.lsn) return;
    (void)visit_record(record.payload, [&](const auto& body, std::uint64_t, std::int64_t) {
        if constexpr (std::is_same_v<std::decay_t<decltype(body)>, schema::MassCancelTaken>)
            result.cancels_sent = body.cancels_sent;
    });
}

// --- checks
// -----------------------------------------------------------------------------------------------------------

bool EngineOrders::check_id(std::string_view id, DenialText& denial) const {
    if (!id.empty() && id.size() <= order::client_request_id_size_max && is_clean_text(id)) return true;
    denial.refuse(DenialCode::invalid_client_request_id, "client_request_id").observed(id);
    denial.allowed("1 to 40 bytes of text");
    return false;
}

// What stops a command before it is looked at, and is not recorded: the client may try the same id again
// later.
bool EngineOrders::check_service(bool new_order, DenialText& denial) const {
    if (new_order && shutting_down_) {
        denial.refuse(DenialCode::shutting_down, "gateway");
        return false;
    }
    if (new_order && !log_.journal().accepts_new_orders()) {
        denial.refuse(DenialCode::journal_unavailable, "journal");
        return false;
    }
    const RequestId request = ledger_.next_request_id();
    bool room = request != 0;
    if (new_order) {
        // A sixteenth of requests and fills is left to what is open: its cancels, and what it still trades.
        const auto is_left = [](std::size_t used, std::size_t all) { return used < all - all / 16; };
        room = room && ledger_.next_order_id() != 0 && ledger_.has_room_for_position() &&
               is_left(request - 1, settings_.sizes.requests) &&
               is_left(ledger_.fill_count(), settings_.sizes.fills);
    }
    if (!room) denial.refuse(DenialCode::capacity_exhausted, "orders_max");
    return room;
}

bool EngineOrders::check_session(std::size_t session, order::RequestKind kind, DenialText& denial) const {
    const bool cancel = kind == order::RequestKind::cancel;
    const VenueSession& vs = *sessions_[session];
    const bool takes = vs.phase == SessionState::ready || (cancel && vs.phase == SessionState::reconciling);
    if (takes && session::Session::can_send(vs.protocol.state())) {
        if (cancel || wire_.backlog_bytes(session) <= wire_.backlog_bytes_max(session))
            return check_throttle(vs, kind, denial);
        denial.refuse(DenialCode::session_backlogged, "session").level("session:", vs.name);
        return false;
    }
    const bool reconciling = vs.phase == SessionState::reconciling;
    denial.refuse(reconciling ? DenialCode::session_reconciling : DenialCode::session_not_ready, "session");
    denial.observed(name_of(vs.phase)).allowed(name_of(SessionState::ready)).level("session:", vs.name);
    return false;
}

bool EngineOrders::check_throttle(const VenueSession& vs, order::RequestKind kind, DenialText& denial) const {
    const ThrottleSettings& settings = vs.throttle.settings();
    const bool cancel = kind == order::RequestKind::cancel;
    if (kind == order::RequestKind::new_order && settings.over == OverLimit::wait && settings.messages != 0) {
        if (!vs.waiting.full()) return true;
        denial.refuse(DenialCode::throttled, "throttle.waiting_max").level("session:", vs.name);
        denial.observed(Decimal::from_units(std::int64_t{settings.waiting_max} + 1));
        denial.allowed(Decimal::from_units(settings.waiting_max));
        return false;
    }
    if (vs.throttle.has_room(now_ns_, cancel)) return true;
    const std::uint32_t most = settings.messages - (cancel ? 0 : settings.reserved_for_cancels);
    denial.refuse(DenialCode::throttled, "throttle.messages").level("session:", vs.name);
    denial.observed(Decimal::from_units(std::int64_t{most} + 1)).allowed(Decimal::from_units(most));
    if (settings.over == OverLimit::drop) denial.leave_no_record();
    return false;
}

void EngineOrders::describe(const risk::Refusal& refusal, DenialText& denial) const {
    denial.refuse(refusal.code, refusal.limit_name)
        .level(risk::prefix_of(refusal.level.kind), level_name(refusal.level));
    if (refusal.second_level.kind != risk::LevelKind::firm)
        denial.and_level(risk::prefix_of(refusal.second_level.kind), level_name(refusal.second_level));
    if (refusal.observed) denial.observed(*refusal.observed);
    if (refusal.allowed) denial.allowed(*refusal.allowed);
    if (refusal.state != schema::TradingState::active)
        denial.enforce(refusal.state, refusal.state_level, refusal.limit_name);
}

}  // namespace gw::engine
