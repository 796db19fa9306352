// Sessions that come, change and go while the gateway runs.
//
// A session keeps its place among the others, by which the transport calls it, for as long as it is there;
// the place of one that is gone is taken by the next that is added. Its number in the journal, and with it
// its sequence numbers, belong to its name for ever.

#include <algorithm>

#include "base/utf8.hpp"
#include "engine/engine_sessions.hpp"
#include "engine/step_commit.hpp"

namespace gw::engine {

using schema::SessionAction;
using Life = VenueSession::Life;

std::unique_ptr<VenueSession> EngineSessions::make_session(const SessionSettings& settings,
                                                           std::unique_ptr<DictionaryValidator> validator) {
    const std::uint32_t number = session_names_.find(settings.name);
    auto vs =
        std::make_unique<VenueSession>(settings, number, log_.journal(), ledger_, ids_, std::move(validator));
    const SessionMemory& memory = memory_of(number);
    vs->protocol.recover(memory.next_in, memory.next_out, memory.reset_open);
    vs->recover_throttle(memory.next_out);
    const auto change = password_changes_.find(settings.name);
    if (change != password_changes_.end() && change->second == vs->credentials->change_id())
        vs->credentials->set_changed();
    for (const VenueSettings& venue : settings_.venues)
        if (settings.drop_copy &&
            std::ranges::find(venue.drop_copies, settings.name) != venue.drop_copies.end())
            vs->copied_venues.push_back(ledger_.names().venues.add(venue.name));
    if (!memory.enabled) vs->reason = "logged out by the operator";
    return vs;
}

bool EngineSessions::leads_elsewhere(std::string_view venue) const {
    const std::uint32_t number = ledger_.names().venues.find(venue);
    return number != 0 && session_of_venue(number) != no_session;
}

void EngineSessions::lead(std::string_view venue, std::size_t session) {
    const std::uint32_t number = ledger_.names().venues.add(venue);
    if (number >= venue_sessions_.size()) venue_sessions_.resize(number + 1, no_session);
    venue_sessions_[number] = session;
    const auto known = std::ranges::find(settings_.venues, venue, &VenueSettings::name);
    if (known == settings_.venues.end())
        settings_.venues.push_back({std::string(venue), sessions_[session]->name});
    else
        known->session = sessions_[session]->name;
}

SessionResult EngineSessions::add_session(const SessionSettings& settings,
                                          const std::vector<std::string>& names,
                                          std::unique_ptr<DictionaryValidator> validator, const Note& note,
                                          std::int64_t now_ns) {
    now_ns_ = now_ns;
    const auto refused = [](std::string_view why) { return SessionResult{Verdict::refused, why, 0, 0}; };
    if (find_session(settings.name)) return refused("a session of this name is there; change it instead");
    if (settings.drop_copy && !names.empty())
        return refused("nothing is sent on a drop copy session: name no venue");
    for (const std::string& venue : names)
        if (leads_elsewhere(venue)) return refused("another session leads to the venue");
    std::size_t place = 0;
    while (place < sessions_.size() && sessions_[place]->life != Life::gone) ++place;
    if (place == sessions_max) return refused("there are 1024 sessions; remove one first");

    log_.begin(now_ns);
    if (session_names_.find(settings.name) == 0) {
        schema::NameRegistered name;
        name.kind = schema::NameKind::session;
        name.number = session_names_.size() + 1;
        name.name = settings.name;
        log_.event(name, 0);
    }
    const std::uint32_t known = session_names_.find(settings.name);
    const std::uint32_t number = known != 0 ? known : session_names_.size() + 1;
    schema::SessionControlled event;
    event.session = settings.name;
    event.action = SessionAction::add;
    event.changed_by = cut_text(note.changed_by, event_text_max);
    event.reason = cut_text(note.reason, event_text_max);
    event.detail = cut_text(note.detail, detail_size_max);
    const SessionMemory& memory = memory_of(number);
    event.old_next_in = event.next_in = memory.next_in;
    event.old_next_out = event.next_out = memory.next_out;
    const std::uint64_t lsn = log_.event(event, 0, number);
    if (!log_.commit()) return {Verdict::journal_unavailable, {}, 0, 0};

    session_names_.add(settings.name);
    auto vs = make_session(settings, std::move(validator));
    if (place == sessions_.size())
        sessions_.push_back(std::move(vs));
    else
        sessions_[place] = std::move(vs);
    // What led to it before it was removed leads to it again.
    for (const VenueSettings& venue : settings_.venues)
        if (venue.session == settings.name) lead(venue.name, place);
    for (const std::string& venue : names) lead(venue, place);
    (void)define_groups();
    return {Verdict::done, {}, lsn, place};
}

SessionResult EngineSessions::change_session(std::size_t session, const SessionSettings& settings, bool force,
                                             const Note& note, std::int64_t now_ns) {
    now_ns_ = now_ns;
    const VenueSession& vs = *sessions_[session];
    const session::Config& old = vs.protocol.config();
    if (vs.life != Life::present) return {Verdict::refused, "it is being removed; add it again", 0, session};
    const bool same = old.begin_string == settings.config.begin_string && old.role == settings.config.role &&
                      old.sender_comp_id == settings.config.sender_comp_id &&
                      old.target_comp_id == settings.config.target_comp_id;
    if (!same && !force)
        return {
            Verdict::refused,
            "another BeginString, CompID or role is another session, to which these sequence numbers do not "
            "belong; add it under a name of its own, or force it",
            0, session};
    schema::SessionControlled event = controlled(vs, SessionAction::change);
    event.forced = !same;
    vs.protocol.decide_logout("the session's settings are changed", now_ns, step_);
    return commit_control(session, event, note);
}

void EngineSessions::replace_session(std::size_t session, const SessionSettings& settings,
                                     std::unique_ptr<DictionaryValidator> validator) {
    const VenueSession& old = *sessions_[session];
    const session::State& state = old.protocol.state();
    SessionMemory& memory = memory_of(old.number);
    memory.next_in = state.next_in;
    memory.next_out = state.next_out;
    memory.reset_open = state.reset_next_logon;
    auto vs = make_session(settings, std::move(validator));
    if (!vs->schedule.active || vs->schedule.at(now_ns_) != nullptr) vs->reason = "not yet connected";
    // A day that had begun under the old settings does not begin again under the new ones.
    const bool was_up = old.window_open || !old.schedule.active;
    sessions_[session] = std::move(vs);
    if (!was_up || !sessions_[session]->schedule.active) return;
    const SessionWindow* due = sessions_[session]->schedule.at(now_ns_);
    if (due != nullptr) (void)change_window(session, SessionWindow(*due), true, false);
}

SessionResult EngineSessions::remove_session(std::size_t session, bool force, const Note& note,
                                             std::int64_t now_ns) {
    now_ns_ = now_ns;
    VenueSession& vs = *sessions_[session];
    const bool has_orders = open_orders(session) != 0;
    if (has_orders && !force)
        return {Verdict::refused,
                "it has open orders, on which nobody would report then; cancel them first, or force it", 0,
                session};
    schema::SessionControlled event = controlled(vs, SessionAction::remove);
    event.forced = has_orders;
    vs.protocol.decide_logout("the session is removed", now_ns, step_);
    const SessionResult result = commit_control(session, event, note);
    if (result.verdict == Verdict::done) vs.life = Life::leaving;
    return result;
}

void EngineSessions::forget_session(std::size_t session) {
    VenueSession& vs = *sessions_[session];
    const session::State& state = vs.protocol.state();
    SessionMemory& memory = memory_of(vs.number);
    memory.next_in = state.next_in;
    memory.next_out = state.next_out;
    memory.reset_open = state.reset_next_logon;
    vs.life = Life::gone;
    vs.schedule = {};
    std::ranges::replace(venue_sessions_, session, no_session);
}

}  // namespace gw::engine
