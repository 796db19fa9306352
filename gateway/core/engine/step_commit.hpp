// The four steps for what a session has decided, written once. Included by the engine's own files only.
#pragma once

#include "engine/engine_steps.hpp"

namespace gw::engine {

// `append()` adds the order layer's events to the batch; `apply_events()` applies them once the batch is in
// the journal. False: the journal refused, nothing has changed, and the connection is given up, so that the
// counterparty sends again.
template <class Append, class Apply>
bool EngineSteps::commit_step(std::size_t session, Append&& append, Apply&& apply_events) {
    VenueSession& vs = *sessions_[session];
    const schema::SessionState phase = phase_after(vs);
    log_.begin(now_ns_);
    const SessionName name{vs.number, vs.name, vs.secret_tags};
    session_log_.append_inbound(log_, name, step_);
    append();
    append_not_sent(vs);
    append_session_events(vs, phase);
    session_log_.append_outbound(log_, name, vs.protocol.state(), step_);
    if (!log_.commit()) {
        step_.disconnect = true;  // whoever reads on must stop: the message was not taken
        wire_.disconnect(session, "the journal cannot be written");
        return false;
    }
    apply_events();
    for (const NotSent& record : not_sent_) apply(record.event, record.lsn, now_ns_);
    for (const Doubtful& record : doubtful_) {
        apply(record.event, record.lsn, now_ns_);
        inquire(record.event.order_id);
    }
    vs.protocol.apply(step_);
    pass(CrashPoint::applied);
    take_measurement(vs);
    vs.throttle.sent(step_.outbound(), now_ns_);
    transmit(session);
    change_phase(session, phase);
    return true;
}

}  // namespace gw::engine
