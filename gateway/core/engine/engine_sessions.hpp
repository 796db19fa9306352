// What the transport, the clock and the operators of sessions bring.
//
// Files: sessions.cpp, schedule.cpp (windows), expiry.cpp (orders whose time is over), session_control.cpp,
// session_changes.cpp (sessions that come and go), control.cpp, groups.cpp.
#pragma once

#include "engine/engine_reports.hpp"

namespace gw::engine {

class EngineSessions : public EngineReports {
  public:
    using EngineReports::EngineReports;

    // Transport and clock; sessions by their place in the settings or the order in which they were added.
    void connected(std::size_t session, std::int64_t now_ns);
    [[nodiscard]] bool signs_outside(std::size_t session) const {
        return sessions_[session]->credentials->signs_outside();
    }
    // What of the Logon of `now_ns` is to be signed outside; empty where it does not fit the buffer.
    [[nodiscard]] std::optional<std::string> logon_payload(std::size_t session, std::int64_t now_ns);
    // The same as connected(), with the answer of the signer to a payload of `signed_at_ns`. Nothing has
    // happened where the answer is not usable (`error` says why) or is for another Logon than the one that is
    // due now (`error` is empty: have it signed anew).
    struct SignedLogon {
        std::string payload;
        std::int64_t at_ns;
        std::string answer;
    };
    [[nodiscard]] bool connected(std::size_t session, const SignedLogon& logon, std::int64_t now_ns,
                                 std::string& error);
    // Returns how many of the bytes were used up; the rest is offered again with what follows it.
    [[nodiscard]] std::size_t received(std::size_t session, std::string_view bytes, std::int64_t now_ns);
    void disconnected(std::size_t session, std::string_view reason, std::int64_t now_ns);
    void tick(std::int64_t now_ns);
    // When tick() has something to do, at the earliest.
    [[nodiscard]] std::int64_t next_deadline_ns() const;
    // No new orders from here on, and a Logout on every session.
    void begin_shutdown(std::int64_t now_ns);
    // A Logout on one session, which is to connect anew: to another host. Nothing where it is not logged on.
    void end_connection(std::size_t session, std::string_view text, std::int64_t now_ns);

    // Operators on sessions.
    using Note = engine::Note;
    using Verdict = engine::Verdict;
    using SessionResult = engine::SessionResult;
    // Whether it may connect now, and be logged on to: in its window, and not kept out by an operator.
    [[nodiscard]] bool wants(std::size_t session) const;
    SessionResult log_on(std::size_t session, const Note& note, std::int64_t now_ns);
    SessionResult log_out(std::size_t session, const Note& note, std::int64_t now_ns);
    SessionResult set_sequences(std::size_t session, std::optional<std::uint64_t> next_in,
                                std::optional<std::uint64_t> next_out, const Note& note, std::int64_t now_ns);
    SessionResult reset(std::size_t session, bool force, const Note& note, std::int64_t now_ns);
    // `names`: venues that it leads to from now on. `validator`: as of make_validator.
    SessionResult add_session(const SessionSettings& settings, const std::vector<std::string>& names,
                              std::unique_ptr<DictionaryValidator> validator, const Note& note,
                              std::int64_t now_ns);
    // Journals the change and logs out; replace_session follows once the connection is gone.
    SessionResult change_session(std::size_t session, const SessionSettings& settings, bool force,
                                 const Note& note, std::int64_t now_ns);
    void replace_session(std::size_t session, const SessionSettings& settings,
                         std::unique_ptr<DictionaryValidator> validator);
    // Journals the removal and logs out; forget_session follows once the connection is gone.
    SessionResult remove_session(std::size_t session, bool force, const Note& note, std::int64_t now_ns);
    void forget_session(std::size_t session);
    // The session's windows from now on, as time passes. Refused where they are not in order.
    SessionResult set_windows(std::size_t session, std::vector<SessionWindow> windows, std::int64_t now_ns);
    // The windows of another schedule, with the same policy of resets. A window that is open under both stays
    // open, and its day does not begin anew.
    SessionResult change_windows(std::size_t session, std::vector<SessionWindow> windows, const Note& note,
                                 std::int64_t now_ns);

  protected:
    // sessions.cpp
    [[nodiscard]] std::optional<std::string> payload_of_logon(const VenueSession& vs);
    void take_message(std::size_t session, const fix::Message& message);
    void take_logon(std::size_t session, const fix::Message& message);
    void take_kept(std::size_t session);

    // expiry.cpp: orders whose time is over
    [[nodiscard]] bool may_have_expired(const order::Order& order) const;
    void mark_unknown(const std::vector<order::OrderId>& orders, std::string_view reason);
    void end_days_before(std::size_t session, std::uint32_t day, std::int64_t begins_ns);
    void end_days(std::size_t session, const SessionWindow& window, bool open);
    void run_expiries();

    // schedule.cpp
    void run_schedule(std::size_t session);
    bool change_window(std::size_t session, const SessionWindow& window, bool open, bool reset);
    [[nodiscard]] std::int64_t next_boundary_ns(const VenueSession& vs) const;

    // session_control.cpp, session_changes.cpp
    SessionResult commit_control(std::size_t session, schema::SessionControlled& event, const Note& note);
    [[nodiscard]] schema::SessionControlled controlled(const VenueSession& vs,
                                                       schema::SessionAction action) const;
    [[nodiscard]] std::unique_ptr<VenueSession> make_session(const SessionSettings& settings,
                                                             std::unique_ptr<DictionaryValidator> validator);
    [[nodiscard]] bool leads_elsewhere(std::string_view venue) const;
    void lead(std::string_view venue, std::size_t session);

    // groups.cpp
    struct Grouping {
        std::string member, group;  // levels; no group: empty
    };
    [[nodiscard]] std::vector<Grouping> configured_groups() const;
    [[nodiscard]] bool is_grouped_as(const Grouping& grouping) const;
    bool define_groups();
};

}  // namespace gw::engine
