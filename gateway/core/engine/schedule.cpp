// Windows: a session logs on when its window opens and out when it closes, and its sequence numbers start
// anew with a session day where the policy says so.
//
// Every change is journalled before it is acted upon. The day that was begun last is what a restart goes by:
// in the middle of a window nothing happens a second time, and after a missed boundary what is due happens
// once.

#include <algorithm>

#include "engine/engine_sessions.hpp"
#include "engine/step_commit.hpp"

namespace gw::engine {

namespace {

constexpr std::string_view outside_hours = "outside its session hours";

}  // namespace

void EngineSessions::run_schedule(std::size_t session) {
    VenueSession& vs = *sessions_[session];
    const SessionWindow* due = vs.schedule.at(now_ns_, vs.window_open ? clock_step_tolerated_ns : 0);
    if (vs.window_open) {
        const bool same_day = due != nullptr && due->day == vs.window.day;
        // Where numbers go on, one day's end is the next one's start, and nobody logs out in between.
        const bool goes_on =
            due != nullptr &&
            (same_day || (vs.schedule.reset == DayReset::never && due->opens_ns <= vs.window.closes_ns));
        if (goes_on && same_day) {
            vs.window = *due;
            return;
        }
        if (goes_on) {
            (void)change_window(session, *due, true, false);
            return;
        }
        if (!change_window(session, SessionWindow(vs.window), false, false)) return;
    }
    if (due == nullptr) {
        if (vs.phase == schema::SessionState::disconnected) vs.reason = outside_hours;
        return;
    }
    // A new day begins once the old one's connection is gone.
    if (vs.protocol.state().link != session::Link::disconnected) return;
    const std::uint32_t day = memory_of(vs.number).day;
    // A journal that has not yet seen a day takes this one as it is: numbers are never reset on a guess.
    const bool reset = vs.schedule.reset != DayReset::never && day != 0 && due->day > day;
    if (change_window(session, *due, true, reset)) vs.reason = "not yet connected";
}

bool EngineSessions::change_window(std::size_t session, const SessionWindow& window, bool open, bool reset) {
    VenueSession& vs = *sessions_[session];
    schema::SessionWindowChanged event;
    event.session = vs.name;
    event.open = open;
    event.day = window.day;
    event.opens_ns = window.opens_ns;
    event.closes_ns = window.closes_ns;
    event.reset = reset;
    if (reset)
        vs.protocol.decide_restart(now_ns_, step_);
    else if (open)
        vs.protocol.begin(step_);
    else
        vs.protocol.decide_logout("the session's hours are over", now_ns_, step_);
    std::uint64_t lsn = 0;
    const bool done = commit_step(
        session, [&] { lsn = log_.event(event, 0, vs.number); }, [&] { apply(event, lsn, now_ns_); });
    if (!done) return false;  // nothing has changed: tried again with the next tick
    vs.window_open = open;
    vs.window = window;
    end_days(session, window, open);
    return true;
}

std::int64_t EngineSessions::next_boundary_ns(const VenueSession& vs) const {
    if (vs.window_open) return vs.window.closes_ns;
    const auto next = vs.schedule.after(now_ns_);
    return next == vs.schedule.windows.end() ? session::Session::never_ns : next->opens_ns;
}

SessionResult EngineSessions::set_windows(std::size_t session, std::vector<SessionWindow> windows,
                                          std::int64_t now_ns) {
    now_ns_ = now_ns;
    if (!is_in_order(windows)) return {Verdict::refused, "the windows are not in order", 0, session};
    sessions_[session]->schedule.windows = std::move(windows);
    return {Verdict::done, {}, 0, session};
}

SessionResult EngineSessions::change_windows(std::size_t session, std::vector<SessionWindow> windows,
                                             const Note& note, std::int64_t now_ns) {
    now_ns_ = now_ns;
    if (!is_in_order(windows)) return {Verdict::refused, "the windows are not in order", 0, session};
    VenueSession& vs = *sessions_[session];
    schema::SessionControlled event = controlled(vs, schema::SessionAction::change);
    vs.protocol.begin(step_);
    const SessionResult result = commit_control(session, event, note);
    if (result.verdict != Verdict::done) return result;
    vs.schedule.windows = std::move(windows);
    const SessionWindow* due = vs.schedule.at(now_ns);
    if (vs.window_open && due != nullptr && due->day != vs.window.day)
        (void)change_window(session, SessionWindow(*due), true, false);
    return result;
}

void EngineState::apply(const schema::SessionWindowChanged& event, std::uint64_t, std::int64_t) {
    // Never back: a clock that was set back does not make a day begin twice.
    SessionMemory& memory = memory_of(session_names_.find(event.session));
    if (event.open) memory.day = std::max(memory.day, event.day);
}

}  // namespace gw::engine
