// What operators do with a session. Each is journalled with who, why, old and new before anything happens.

#include "base/utf8.hpp"
#include "engine/engine_sessions.hpp"
#include "engine/step_commit.hpp"

namespace gw::engine {

using schema::SessionAction;
using session::Link;

std::optional<std::size_t> EngineState::find_session(std::string_view name) const {
    for (std::size_t at = 0; at < sessions_.size(); ++at)
        if (sessions_[at]->life != VenueSession::Life::gone && sessions_[at]->name == name) return at;
    return std::nullopt;
}

std::uint64_t EngineQueries::open_orders(std::size_t session) const {
    std::uint64_t count = 0;
    for (order::OrderId id = 1; id <= ledger_.order_count(); ++id) {
        const order::Order& order = ledger_.order(id);
        if (order.open() && session_of_venue(order.venue) == session) ++count;
    }
    return count;
}

bool EngineSessions::wants(std::size_t session) const {
    const VenueSession& vs = *sessions_[session];
    const bool enabled = vs.number >= memory_.size() || memory_[vs.number].enabled;
    const bool in_hours = !vs.schedule.active || vs.window_open;
    return enabled && in_hours && vs.life == VenueSession::Life::present && !shutting_down_;
}

schema::SessionControlled EngineSessions::controlled(const VenueSession& vs, SessionAction action) const {
    const session::State& state = vs.protocol.state();
    schema::SessionControlled event;
    event.session = vs.name;
    event.action = action;
    event.old_next_in = event.next_in = state.next_in;
    event.old_next_out = event.next_out = state.next_out;
    return event;
}

// Precondition: step_ holds what the session decided.
SessionResult EngineSessions::commit_control(std::size_t session, schema::SessionControlled& event,
                                             const Note& note) {
    event.changed_by = cut_text(note.changed_by, event_text_max);
    event.reason = cut_text(note.reason, event_text_max);
    event.detail = cut_text(note.detail, detail_size_max);
    const std::uint32_t number = sessions_[session]->number;
    std::uint64_t lsn = 0;
    const bool done = commit_step(
        session, [&] { lsn = log_.event(event, 0, number); }, [&] { apply(event, lsn, now_ns_); });
    return {done ? Verdict::done : Verdict::journal_unavailable, {}, lsn, session};
}

void EngineState::apply(const schema::SessionControlled& event, std::uint64_t, std::int64_t) {
    SessionMemory& memory = memory_of(session_names_.find(event.session));
    if (event.action == SessionAction::logon) memory.enabled = true;
    if (event.action == SessionAction::logout) memory.enabled = false;
    if (event.action == SessionAction::reset) memory.reset_open = true;  // see SequenceChanged
}

SessionResult EngineSessions::log_on(std::size_t session, const Note& note, std::int64_t now_ns) {
    now_ns_ = now_ns;
    const VenueSession& vs = *sessions_[session];
    if (vs.life != VenueSession::Life::present)
        return {Verdict::refused, "the session is being removed; add it again", 0, session};
    schema::SessionControlled event = controlled(vs, SessionAction::logon);
    vs.protocol.begin(step_);
    return commit_control(session, event, note);
}

SessionResult EngineSessions::log_out(std::size_t session, const Note& note, std::int64_t now_ns) {
    now_ns_ = now_ns;
    VenueSession& vs = *sessions_[session];
    schema::SessionControlled event = controlled(vs, SessionAction::logout);
    vs.protocol.decide_logout("logged out by the operator", now_ns, step_);
    const SessionResult result = commit_control(session, event, note);
    if (result.verdict == Verdict::done && vs.protocol.state().link == Link::disconnected)
        vs.reason = "logged out by the operator";
    return result;
}

SessionResult EngineSessions::set_sequences(std::size_t session, std::optional<std::uint64_t> next_in,
                                            std::optional<std::uint64_t> next_out, const Note& note,
                                            std::int64_t now_ns) {
    now_ns_ = now_ns;
    const VenueSession& vs = *sessions_[session];
    const session::State& state = vs.protocol.state();
    const auto refused = [session](std::string_view why) {
        return SessionResult{Verdict::refused, why, 0, session};
    };
    if (!next_in && !next_out) return refused("neither next_in nor next_out is given");
    if (next_in.value_or(1) > session::sequence_max || next_out.value_or(1) > session::sequence_max ||
        next_in == 0U || next_out == 0U)
        return refused("a sequence number is from 1 to 9223372036854775806");
    if (state.link != Link::disconnected) {
        if (next_in) return refused("next_in is set on a session that is logged out; log it out first");
        if (state.link != Link::active || *next_out <= state.next_out)
            return refused(
                "while it is connected next_out can only be raised, once it is logged on; "
                "log it out first");
    }
    schema::SessionControlled event = controlled(vs, SessionAction::set_sequence);
    event.next_in = next_in.value_or(state.next_in);
    event.next_out = next_out.value_or(state.next_out);
    vs.protocol.decide_set_sequences(next_in, next_out, now_ns, step_);
    return commit_control(session, event, note);
}

SessionResult EngineSessions::reset(std::size_t session, bool force, const Note& note, std::int64_t now_ns) {
    now_ns_ = now_ns;
    const VenueSession& vs = *sessions_[session];
    const session::State& state = vs.protocol.state();
    const auto refused = [session](std::string_view why) {
        return SessionResult{Verdict::refused, why, 0, session};
    };
    if (state.link != Link::disconnected && state.link != Link::active)
        return refused("it is logging on or out; try again in a moment");
    if (state.reset_sent) return refused("a reset is under way; wait for the counterparty's answer");
    if (state.link == Link::active && !vs.protocol.can_agree_on_reset())
        return refused(
            "FIX 4.0 has no ResetSeqNumFlag(141) to agree by; log it out first, and reset it where the "
            "counterparty resets as well");
    if (state.link == Link::active && !vs.protocol.can_log_on_again())
        return refused(
            "its Logons are signed outside, before a connection is used; log it out first, and the next "
            "Logon asks for the reset");
    if (state.inbound != session::Inbound::in_sync || state.replay != session::Replay::idle)
        return refused("messages are being resent; what is still missing would be lost, so wait for it");
    const bool has_orders = open_orders(session) != 0;
    if (has_orders && !force)
        return refused(
            "it has open orders, and reports that were missed would not be resent; "
            "force it where the venue has reset as well");
    schema::SessionControlled event = controlled(vs, SessionAction::reset);
    event.next_in = event.next_out = 1;
    event.forced = has_orders;
    vs.protocol.decide_reset(now_ns, step_);
    return commit_control(session, event, note);
}

}  // namespace gw::engine
