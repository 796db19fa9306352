// What the transport and the clock bring.

#include <algorithm>

#include "engine/engine_sessions.hpp"
#include "engine/step_commit.hpp"
#include "fix/frame.hpp"

namespace gw::engine {

using schema::SessionState;

using session::NoticeKind;

bool EngineSteps::commit_step(std::size_t session) {
    return commit_step(session, [] {}, [] {});
}

void EngineSessions::connected(std::size_t session, std::int64_t now_ns) {
    now_ns_ = now_ns;
    sessions_[session]->carried = {};
    sessions_[session]->protocol.decide_connected(now_ns, step_);
    commit_step(session);
}

// Of the Logon in step_, as decided; empty where it did not fit.
std::optional<std::string> EngineSessions::payload_of_logon(const VenueSession& vs) {
    if (step_.outbound().empty() ||
        message_.parse(step_.outbound().front().bytes, vs.protocol.data_tags()) != fix::ParseError::none)
        return std::nullopt;
    return vs.credentials->payload_of(message_);
}

std::optional<std::string> EngineSessions::logon_payload(std::size_t session, std::int64_t now_ns) {
    const VenueSession& vs = *sessions_[session];
    vs.protocol.decide_connected(now_ns, step_);
    return payload_of_logon(vs);
}

bool EngineSessions::connected(std::size_t session, const SignedLogon& logon, std::int64_t now_ns,
                               std::string& error) {
    now_ns_ = now_ns;
    VenueSession& vs = *sessions_[session];
    if (!vs.credentials->take_answer(logon.answer, error)) return false;
    vs.protocol.decide_connected(logon.at_ns, step_);
    vs.credentials->forget_answer();
    const auto payload = payload_of_logon(vs);
    if (!payload) error = "the Logon with its signature is too long";
    if (payload != logon.payload) return false;
    vs.carried = {};
    (void)commit_step(session);  // where it fails it has hung up
    return true;
}

void EngineSessions::disconnected(std::size_t session, std::string_view reason, std::int64_t now_ns) {
    now_ns_ = now_ns;
    VenueSession& vs = *sessions_[session];
    vs.protocol.decide_disconnected(now_ns, step_);
    vs.reason = reason;
    commit_step(session);
}

std::size_t EngineSessions::received(std::size_t session, std::string_view bytes, std::int64_t now_ns) {
    now_ns_ = now_ns;
    const WireBatch batch(*this);
    const VenueSession& vs = *sessions_[session];
    std::size_t used = 0;
    while (used < bytes.size()) {
        const std::string_view rest = bytes.substr(used);
        const fix::Frame frame = fix::frame(rest, vs.frame_limits);
        if (frame.status == fix::FrameStatus::incomplete) break;
        used += frame.length;
        if (frame.status == fix::FrameStatus::garbled) {
            vs.protocol.decide_garbled(frame.error, now_ns, step_);
            ++counters_.garbled_in;
            if (!commit_step(session)) return bytes.size();
        } else {
            fix::ParseError error = message_.parse(rest.substr(0, frame.length), vs.protocol.data_tags());
            if (message_.fields().size() > vs.fields_max) error = fix::ParseError::too_many_fields;
            if (error == fix::ParseError::none) {
                vs.protocol.decide_received(message_, now_ns, step_);
                take_message(session, message_);
            } else {
                vs.protocol.decide_garbled(error, now_ns, step_);
                ++counters_.garbled_in;
                commit_step(session);
            }
        }
        if (step_.disconnect) return bytes.size();
        take_kept(session);
        if (step_.disconnect) return bytes.size();
    }
    watch_limits();
    work_links();
    return used;
}

// Messages that had come ahead of a gap, and are now due.
void EngineSessions::take_kept(std::size_t session) {
    const VenueSession& vs = *sessions_[session];
    while (vs.protocol.kept_count() != 0 && vs.protocol.decide_kept(kept_message_, now_ns_, step_)) {
        take_message(session, kept_message_);
        if (step_.disconnect) return;
    }
}

// Precondition: step_ holds the session's decision on `message`.
void EngineSessions::take_message(std::size_t session, const fix::Message& message) {
    ++counters_.messages_in;
    if (step_.deliver == session::Deliver::session_reject) return take_session_reject(session, message);
    if (step_.deliver == session::Deliver::none) {
        const bool refused =
            step_.fate == session::Fate::consumed && step_.has(session::NoticeKind::message_rejected);
        if (refused && message.msg_type() == "8") return quarantine(session, message);
        if (step_.has(NoticeKind::logged_on)) return take_logon(session, message);
        commit_step(session);
        return;
    }
    const std::string_view type = message.msg_type();
    if (sessions_[session]->drop_copy) return take_drop_copy(session, message);
    if (type == "8") return take_execution_report(session, message);
    if (type == "9") return take_cancel_reject(session, message);
    if (type == "r") return take_mass_cancel_report(session, message);
    if (type == "j") return take_business_reject(session, message);
    if (type == "f") return take_security_status(session, message);
    if (type == "h") return take_trading_session(session, message);
    take_unsupported(session, message);
}

// A Logon that was answered may have changed the password: the journal says so, or a restart would ask again.
void EngineSessions::take_logon(std::size_t session, const fix::Message& message) {
    const VenueSession& vs = *sessions_[session];
    if (!vs.credentials->change_pending() || !vs.credentials->is_changed_by(message)) {
        commit_step(session);
        return;
    }
    schema::PasswordChanged event;
    event.session = vs.name;
    event.change_id = vs.credentials->change_id();
    std::uint64_t lsn = 0;
    commit_step(session, [&] { lsn = log_.event(event, 0, vs.number); }, [&] { apply(event, lsn, now_ns_); });
}

void EngineSessions::tick(std::int64_t now_ns) {
    now_ns_ = now_ns;
    const WireBatch batch(*this);
    for (std::size_t at = 0; at < sessions_.size(); ++at) {
        if (sessions_[at]->schedule.active) run_schedule(at);
        const VenueSession& vs = *sessions_[at];
        if (vs.protocol.replay_pending() || vs.protocol.is_tick_due(now_ns)) {
            vs.protocol.decide_tick(now_ns, step_);
            commit_step(at);
        }
        if (vs.phase == SessionState::reconciling) continue_reconcile(at);
        if (!vs.waiting.empty()) release_waiting(at);
    }
    if (!inquiries_.empty() || missed_from_ != 0) continue_inquiries();
    if (!expiries_.empty() && expiries_.front().at_ns <= now_ns) run_expiries();
    watch_limits();
    run_links();
    if (!mass_cancels_.empty()) run_mass_cancels();
}

std::int64_t EngineSessions::next_deadline_ns() const {
    std::int64_t next = next_inquiry_ns();
    next = std::min(next, next_link_ns());
    if (!expiries_.empty()) next = std::min(next, expiries_.front().at_ns);
    for (const MassCancel& each : mass_cancels_) next = std::min(next, each.next_ns);
    for (const auto& vs : sessions_) {
        if (vs->protocol.replay_pending()) return 0;
        next = std::min(next, vs->protocol.next_deadline_ns());
        if (vs->schedule.active) next = std::min(next, next_boundary_ns(*vs));
        if (!vs->waiting.empty())
            next = std::min({next, vs->waiting.front().until_ns, vs->throttle.room_at_ns()});
        // While a reset is under way there is nothing to ask; the session's own deadline ends that.
        if (vs->phase == SessionState::reconciling && session::Session::can_send(vs->protocol.state()))
            next = std::min(next, vs->mass_pending ? vs->mass_deadline_ns
                                  : can_ask(*vs)   ? 0
                                                   : vs->reconcile_deadline_ns);
    }
    return next;
}

// --- one step's records
// -----------------------------------------------------------------------------------------------

SessionState EngineSteps::phase_after(const VenueSession& vs) const {
    switch (step_.next.link) {
        case session::Link::awaiting_logon:
        case session::Link::logon_sent:
            return SessionState::logging_on;
        case session::Link::logout_sent:
            return SessionState::logging_out;
        case session::Link::active:
            return vs.phase == SessionState::ready && session::Session::can_send(step_.next)
                       ? SessionState::ready
                       : SessionState::reconciling;
        case session::Link::disconnected:
        case session::Link::count:
            break;
    }
    return SessionState::disconnected;
}

void EngineSteps::append_session_events(const VenueSession& vs, SessionState phase) {
    if (phase != vs.phase) {
        schema::SessionChanged event;
        event.session = vs.name;
        event.state = phase;
        event.reason = step_.disconnect                      ? step_.disconnect_reason
                       : phase == SessionState::disconnected ? std::string_view(vs.reason)
                                                             : std::string_view{};
        log_.event(event, 0, vs.number);
    }
}

// Requests that the venue asked for and did not get again have not reached it.
void EngineSteps::append_not_sent(const VenueSession& vs) {
    constexpr std::uint32_t cl_ord_id_tag = 11;
    not_sent_.clear();
    doubtful_.clear();
    for (const session::Notice& notice : step_.notices()) {
        if (notice.kind != NoticeKind::not_resent) continue;
        const auto stored = vs.store.outbound(notice.a);
        if (!stored || kept_message_.parse(stored->bytes, vs.protocol.data_tags()) != fix::ParseError::none)
            continue;
        const auto id = ids_.number(kept_message_.get(cl_ord_id_tag).value_or(std::string_view{}));
        const std::string_view type = kept_message_.msg_type();
        if (!id || !ledger_.has_request(*id) || (type != "D" && type != "G" && type != "F")) continue;
        const order::Request& request = ledger_.request(*id);
        if (request.state != order::RequestState::pending) continue;
        const bool carried = vs.carried.has(notice.a);
        if (carried || has_answered_later(vs, notice.a)) {
            // This connection has carried it, before the venue asked or in answer to an earlier question. Or
            // the venue had it, by all that it said since: what is lost is its session's store.
            const order::Order& order = ledger_.order(request.order);
            if (order.certainty == order::Certainty::unknown) continue;
            schema::OrderUncertain event;
            event.order_id = request.order;
            event.reason = carried ? "filled over after this connection had carried it: it may have arrived"
                                   : "filled over, though the venue has answered what came after it";
            doubtful_.push_back({event, log_.event(event, order.client)});
            continue;
        }
        schema::OrderNotSent event;
        event.order_id = request.order;
        const ClOrdId cl_ord_id = ids_.text(*id);
        event.cl_ord_id = cl_ord_id.view();
        event.request_id = *id;
        event.held_again = is_held_again(*id);
        not_sent_.push_back({event, log_.event(event, ledger_.order(request.order).client)});
        if (request.kind == order::RequestKind::new_order) ++counters_.orders_not_sent;
    }
}

// Messages are taken in their order: whoever has answered a later one has had this one.
bool EngineSteps::has_answered_later(const VenueSession& vs, std::uint64_t seq) {
    constexpr std::uint32_t cl_ord_id_tag = 11;
    constexpr std::uint64_t looked_at_max = 256;
    const std::uint64_t end = std::min(vs.protocol.state().next_out, seq + looked_at_max);
    for (std::uint64_t later = seq + 1; later < end; ++later) {
        const auto stored = vs.store.outbound(later);
        if (!stored || stored->admin ||
            kept_message_.parse(stored->bytes, vs.protocol.data_tags()) != fix::ParseError::none)
            continue;
        const auto id = ids_.number(kept_message_.get(cl_ord_id_tag).value_or(std::string_view{}));
        if (!id || !ledger_.has_request(*id) || kept_message_.msg_type() == "H") continue;
        const order::RequestState state = ledger_.request(*id).state;
        if (state == order::RequestState::accepted || state == order::RequestState::rejected) return true;
    }
    return false;
}

// A child that its link released: nobody else would send it, and it may be what protects a position.
bool EngineSteps::is_held_again(order::RequestId id) const {
    const order::Request& request = ledger_.request(id);
    const order::Order& order = ledger_.order(request.order);
    return request.kind == order::RequestKind::new_order && order.link != 0 && order.leg != 0 &&
           ledger_.link(order.link).has_parent() && order.execution == order::Execution::pending_new &&
           order.pending_cancels == 0;
}

void EngineSteps::transmit(std::size_t session) {
    const std::uint64_t lsn = log_.journal().committed_lsn();
    for (const session::OutboundMessage& message : step_.outbound()) {
        wire_.send(session, message.bytes, lsn);
        sessions_[session]->carried.add(message);
        ++counters_.messages_out;
        if (message.kind == session::MessageKind::resend) ++counters_.resends_out;
    }
    if (step_.disconnect) wire_.disconnect(session, step_.disconnect_reason);
    if (wire_batches_ == 0) wire_.flush();
}

void EngineSteps::take_measurement(VenueSession& vs) const {
    for (const session::Notice& notice : step_.notices()) {
        if (notice.kind != NoticeKind::round_trip) continue;
        vs.round_trip_ns = static_cast<std::int64_t>(notice.a);
        vs.clock_offset_ns = static_cast<std::int64_t>(notice.b);
        vs.round_trip_measured_ns = now_ns_;
    }
}

void EngineSteps::change_phase(std::size_t session, SessionState phase) {
    VenueSession& vs = *sessions_[session];
    const SessionState before = vs.phase;
    if (before == phase) return;
    vs.phase = phase;
    if (phase != SessionState::ready) end_all_waiting(vs, "the session ended before there was room");
    if (phase == SessionState::disconnected) {
        if (before == SessionState::logging_on) vs.credentials->attempt_unanswered();
        if (step_.disconnect) vs.reason = step_.disconnect_reason;
        if (before != SessionState::logging_on)
            mark_uncertain(session, "the session ended before the venue answered");
        return;
    }
    vs.reason.clear();
    if (phase == SessionState::reconciling) {
        if (before != SessionState::ready) ++counters_.logons;
        begin_reconcile(session);
    }
}

void EngineSteps::mark_uncertain(std::optional<std::size_t> session, std::string_view reason) {
    constexpr std::size_t events_a_batch = 64;
    std::array<std::pair<order::OrderId, std::uint64_t>, events_a_batch> batch;
    order::OrderId id = 1;
    while (id <= ledger_.order_count()) {
        std::size_t count = 0;
        log_.begin(now_ns_);
        for (; id <= ledger_.order_count() && count < events_a_batch; ++id) {
            const order::Order& order = ledger_.order(id);
            const bool owed =
                order.execution == order::Execution::pending_new || order.pending_requests() != 0;
            if (ledger_.is_waiting(order)) continue;
            const bool promised = profile_of(order.venue).cancels_on_disconnect(order.time_in_force);
            const bool unknown = order.certainty == order::Certainty::unknown;
            if (!order.open() || !(owed || promised) || (unknown && (!promised || order.cancel_promised)))
                continue;
            if (session && session_of_venue(order.venue) != *session) continue;
            schema::OrderUncertain event;
            event.order_id = id;
            event.reason = promised && !owed ? "the venue promises to cancel it for the disconnect" : reason;
            event.cancel_promised = promised;
            batch[count++] = {id, log_.event(event, order.client)};
        }
        if (!log_.commit()) return;
        for (std::size_t at = 0; at < count; ++at) {
            schema::OrderUncertain event;
            event.order_id = batch[at].first;
            const order::Order& order = ledger_.order(event.order_id);
            event.cancel_promised = profile_of(order.venue).cancels_on_disconnect(order.time_in_force);
            apply(event, batch[at].second, now_ns_);
        }
    }
}

}  // namespace gw::engine
