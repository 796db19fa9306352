// What time alone brings about.
#include <algorithm>

#include "session/session.hpp"

namespace gw::session {
namespace {

constexpr std::int64_t ns_per_ms = 1'000'000;
constexpr std::int64_t ns_per_s = 1'000'000'000;

// Silence is asked about after 1.2 x HeartBtInt(108) and ends the connection after as long again: a dead one
// is found within 2.4 intervals.
constexpr std::int64_t patience(std::int64_t heartbeat_ns) {
    return heartbeat_ns + heartbeat_ns / 5;
}

}  // namespace

std::int64_t Session::heartbeat_ns(const State& state) const {
    return static_cast<std::int64_t>(state.heartbeat_interval_s) * ns_per_s;
}

// What was measured by a clock that has been set back since lies ahead of it. Left there, nothing would be
// sent, asked about or given up until the clock is past it again.
bool Session::is_clock_behind(const State& state, std::int64_t now_ns) {
    if (state.link == Link::disconnected) return false;
    return std::max({state.last_sent_ns, state.last_received_ns, state.link_since_ns,
                     state.test_request_at_ns, state.gap_progress_at_ns, state.reset_sent_at_ns}) > now_ns;
}

// Every wait starts anew at the most: none is cut short by a clock that is wrong.
void Session::follow_clock_back(Context& c) {
    for (std::int64_t* at :
         {&c.next.last_sent_ns, &c.next.last_received_ns, &c.next.link_since_ns, &c.next.test_request_at_ns,
          &c.next.gap_progress_at_ns, &c.next.reset_sent_at_ns})
        *at = std::min(*at, c.now_ns);
}

void Session::decide_tick(std::int64_t now_ns, Step& step) const {
    Context c = start(now_ns, step);
    if (is_clock_behind(c.next, now_ns)) follow_clock_back(c);
    check_link_timers(c);
    if (c.next.link == Link::active) check_liveness(c);
    if (!is_logged_on(c.next)) return;
    if (c.next.inbound == Inbound::recovering && config_.resend_stall_timeout_ms > 0 &&
        now_ns - c.next.gap_progress_at_ns >= config_.resend_stall_timeout_ms * ns_per_ms) {
        c.next.gap_progress_at_ns = now_ns;
        move(c, InboundEvent::stalled);
    }
    if (c.next.replay == Replay::replaying) replay_slice(c);
}

// When the next TestRequest goes out that measures; it says nothing of liveness and nobody waits for its
// answer.
std::int64_t Session::measure_due_ns(const State& state) const {
    // While messages are missing or resent, an answer says how long the queue is and not how far the way.
    if (config_.measure_interval_ms == 0 || state.inbound != Inbound::in_sync || state.replay != Replay::idle)
        return never_ns;
    return std::max(state.test_request_at_ns, state.link_since_ns) + config_.measure_interval_ms * ns_per_ms;
}

void Session::check_link_timers(Context& c) const {
    const std::int64_t waited = c.now_ns - c.next.link_since_ns;
    switch (c.next.link) {
        case Link::awaiting_logon:
        case Link::logon_sent:
            if (waited >= config_.logon_timeout_ms * ns_per_ms)
                move(c, LinkEvent::timeout, "no Logon in time");
            break;
        case Link::logout_sent:
            if (waited >= config_.logout_timeout_ms * ns_per_ms)
                move(c, LinkEvent::timeout, "no answer to the Logout in time");
            break;
        case Link::active:
            if (c.next.reset_sent &&
                c.now_ns - c.next.reset_sent_at_ns >= config_.logon_timeout_ms * ns_per_ms)
                move(c, LinkEvent::refuse, "the reset was not answered in time",
                     "ResetSeqNumFlag(141) was not answered");
            break;
        case Link::disconnected:
        case Link::count:
            break;
    }
}

void Session::check_liveness(Context& c) const {
    const std::int64_t interval = heartbeat_ns(c.next);
    if (interval == 0) return;
    if (c.next.liveness == Liveness::test_request_sent) {
        if (c.now_ns - c.next.test_request_at_ns < patience(interval)) return;
        move(c, LivenessEvent::unanswered);
        move(c, LinkEvent::timeout, "no answer to the TestRequest");
        return;
    }
    if (c.now_ns - c.next.last_received_ns >= patience(interval)) {
        move(c, LivenessEvent::silence);
    } else if (measure_due_ns(c.next) <= c.now_ns) {
        send_test_request(c);
    } else if (c.now_ns - c.next.last_sent_ns >= interval) {
        move(c, LivenessEvent::send_due);
    }
}

std::int64_t Session::next_deadline_ns() const {
    const State& s = state_;
    std::int64_t deadline = never_ns;
    const auto at_latest = [&](std::int64_t when) { deadline = std::min(deadline, when); };
    switch (s.link) {
        case Link::disconnected:
        case Link::count:
            return never_ns;
        case Link::awaiting_logon:
        case Link::logon_sent:
            return s.link_since_ns + config_.logon_timeout_ms * ns_per_ms;
        case Link::logout_sent:
            at_latest(s.link_since_ns + config_.logout_timeout_ms * ns_per_ms);
            break;
        case Link::active:
            if (s.reset_sent) at_latest(s.reset_sent_at_ns + config_.logon_timeout_ms * ns_per_ms);
            if (const std::int64_t interval = heartbeat_ns(s); interval > 0) {
                if (s.liveness == Liveness::test_request_sent) {
                    at_latest(s.test_request_at_ns + patience(interval));
                } else {
                    at_latest(s.last_received_ns + patience(interval));
                    at_latest(s.last_sent_ns + interval);
                    at_latest(measure_due_ns(s));
                }
            }
            break;
    }
    if (s.inbound == Inbound::recovering && config_.resend_stall_timeout_ms > 0)
        at_latest(s.gap_progress_at_ns + config_.resend_stall_timeout_ms * ns_per_ms);
    if (s.replay == Replay::replaying) at_latest(std::max(s.last_sent_ns, s.last_received_ns));
    return deadline;
}

}  // namespace gw::session
