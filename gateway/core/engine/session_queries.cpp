// Sessions as clients and operators see them.

#include "engine/engine_queries.hpp"

namespace gw::engine {

void EngineQueries::shown(std::size_t session, schema::Session& out) const {
    const VenueSession& vs = *sessions_[session];
    const session::State& state = vs.protocol.state();
    out.name = vs.name;
    out.begin_string = vs.protocol.config().begin_string;
    out.sender_comp_id = vs.protocol.config().sender_comp_id;
    out.target_comp_id = vs.protocol.config().target_comp_id;
    out.state = vs.phase;
    out.next_in = state.next_in;
    out.next_out = state.next_out;
    out.outbound_backlog_bytes = wire_.backlog_bytes(session);
    for (const VenueSettings& venue : settings_.venues)
        if (venue.session == vs.name) out.venue = venue.name;
    out.reason = vs.reason;
    out.role = vs.protocol.config().role == session::Role::initiator ? "initiator" : "acceptor";
    out.enabled = vs.number >= memory_.size() || memory_[vs.number].enabled;
    out.session_day = vs.number < memory_.size() ? memory_[vs.number].day : 0;
    out.scheduled = vs.schedule.active;
    if (vs.schedule.active) {
        if (vs.window_open) out.window_closes_ns = vs.window.closes_ns;
        const auto next = vs.schedule.after(now_ns_);
        if (!vs.window_open && next != vs.schedule.windows.end()) out.window_opens_ns = next->opens_ns;
    }
    const bool connected = state.link != session::Link::disconnected;
    out.heartbeat_interval_s =
        connected ? state.heartbeat_interval_s : vs.protocol.config().heartbeat_interval_s;
    if (connected) out.last_received_ns = state.last_received_ns;
    out.round_trip_ns = static_cast<std::uint64_t>(vs.round_trip_ns);
    out.clock_offset_ns = vs.clock_offset_ns;
    out.round_trip_measured_ns = vs.round_trip_measured_ns;
}

void EngineQueries::sessions(pb::Writer& out) const {
    for (std::size_t at = 0; at < sessions_.size(); ++at) {
        if (sessions_[at]->life == VenueSession::Life::gone) continue;
        schema::Session session;
        shown(at, session);
        const auto opened = out.open(schema::number::ListSessionsResponse::sessions);
        session.encode(out);
        out.close(opened);
    }
}

void EngineQueries::session(std::size_t at, pb::Writer& out) const {
    constexpr std::size_t windows_shown_max = 14;
    schema::GetSessionResponse response;
    response.has_session = true;
    shown(at, response.session);
    response.open_orders = open_orders(at);
    response.encode(out);
    std::size_t count = 0;
    for (const SessionWindow& window : sessions_[at]->schedule.windows) {
        if (window.closes_ns <= now_ns_ || count++ == windows_shown_max) continue;
        const auto opened = out.open(schema::number::GetSessionResponse::windows);
        schema::SessionWindow shown_window;
        shown_window.opens_ns = window.opens_ns;
        shown_window.closes_ns = window.closes_ns;
        shown_window.day = window.day;
        shown_window.encode(out);
        out.close(opened);
    }
}

}  // namespace gw::engine
