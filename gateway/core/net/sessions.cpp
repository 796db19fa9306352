// Sessions that come, change and go while the gateway runs, and what operators do with them.
//
// The engine journals and decides; the connection is the runtime's. What has to wait until a connection is
// gone - other settings, a removal - is settled when the transport says that it is.

#include <algorithm>
#include <utility>

#include "net/runtime.hpp"
#include "net/time.hpp"

namespace gw::net {

using Verdict = engine::Engine::Verdict;

template <class Use>
Runtime::SessionAnswer Runtime::with_session(std::string_view name, Use&& use) {
    SessionAnswer answer = with_locked_session(name, std::forward<Use>(use));
    answer.durable = wait_until_durable(answer.lsn);
    return answer;
}

template <class Use>
Runtime::SessionAnswer Runtime::with_locked_session(std::string_view name, Use&& use) {
    const std::lock_guard<std::mutex> guard(lock_);
    SessionAnswer answer;
    const auto session = engine_->find_session(name);
    if (!session) {
        answer.known = false;
        return answer;
    }
    const SessionResult result = use(*session);
    answer.verdict = result.verdict;
    answer.why = result.why;
    answer.lsn = result.lsn;
    if (result.verdict != Verdict::done) return answer;
    hang_up_unwanted(*session);
    settle(*session);
    answer.pending = links_[*session].next != nullptr ||
                     engine_->venue_session(*session).life == engine::VenueSession::Life::leaving;
    return answer;
}

Runtime::Link Runtime::make_link(const SessionSetup& setup) const {
    Link link;
    link.settings = setup.link;
    link.initiator = setup.session.config.role == session::Role::initiator;
    link.failover = make_failover(link.settings);
    return link;
}

// The name that an acceptor listens on, before the lock is taken: a resolver that does not answer must not
// stop the other sessions.
std::string Runtime::look_up_address(Link& link) {
    return link.initiator ? std::string() : look_up_listener(link.settings.endpoint);
}

// Empty, or why an acceptor cannot listen. Sessions at one address share it.
std::string Runtime::listen(Link& link) {
    std::string error;
    if (link.initiator) return error;
    for (const Link& other : links_)
        if (other.listener != no_channel && other.settings.endpoint == link.settings.endpoint)
            link.listener = other.listener;
    if (link.listener == no_channel)
        link.listener = transport_.listen(link.settings.endpoint, link.settings.connection, error);
    return error;
}

void Runtime::leave_listener(Channel listener) {
    if (listener == no_channel) return;
    const bool shared = std::any_of(links_.begin(), links_.end(), [listener](const Link& link) {
        return link.listener == listener || (link.next != nullptr && link.next->listener == listener);
    });
    if (!shared) transport_.close(listener, "no session listens here any more");
}

void Runtime::connect_soon(Link& link) {
    link.failover.start_anew();
    link.connect_at_ns = 0;
    transport_.wake();
}

// A connection that stands while the engine has ended its session, or that is still being made.
void Runtime::hang_up_unwanted(std::size_t session) {
    const Link& link = links_[session];
    if (link.channel == no_channel || link.open || (engine_->wants(session) && link.next == nullptr)) return;
    transport_.close(link.channel, "the session is not to be up now");
}

// What waited for the connection to be gone.
void Runtime::settle(std::size_t session) {
    Link& link = links_[session];
    if (link.channel != no_channel) return;
    if (engine_->venue_session(session).life == engine::VenueSession::Life::leaving) {
        engine_->forget_session(session);
        const Channel listener = link.listener;
        link = Link();
        leave_listener(listener);
        return;
    }
    if (link.next == nullptr) return;
    const std::unique_ptr<NextSettings> next = std::move(link.next);
    engine_->replace_session(session, next->setup.session, std::move(next->validator));
    const Channel listener = link.listener;
    link = make_link(next->setup);
    if (!link.initiator) {
        link.listener = next->listener != no_channel ? next->listener : listener;
        transport_.set_options(link.listener, link.settings.connection);  // a new certificate, for one
    }
    leave_listener(listener);
    connect_soon(link);
}

// --- operators
// ----------------------------------------------------------------------------------------------------------

Runtime::SessionAnswer Runtime::log_on(std::string_view session, const Note& note) {
    return with_session(session, [&](std::size_t at) {
        const SessionResult result = engine_->log_on(at, note, now_ns());
        if (result.verdict == Verdict::done && links_[at].channel == no_channel) connect_soon(links_[at]);
        return result;
    });
}

Runtime::SessionAnswer Runtime::log_out(std::string_view session, const Note& note) {
    return with_session(session, [&](std::size_t at) { return engine_->log_out(at, note, now_ns()); });
}

Runtime::SessionAnswer Runtime::set_sequences(std::string_view session, std::optional<std::uint64_t> next_in,
                                              std::optional<std::uint64_t> next_out, const Note& note) {
    return with_session(session, [&](std::size_t at) {
        return engine_->set_sequences(at, next_in, next_out, note, now_ns());
    });
}

Runtime::SessionAnswer Runtime::reset(std::string_view session, bool force, const Note& note) {
    return with_session(session, [&](std::size_t at) { return engine_->reset(at, force, note, now_ns()); });
}

// --- changes
// ------------------------------------------------------------------------------------------------------------

Runtime::SessionAnswer Runtime::add_session(const SessionSetup& setup, const std::vector<std::string>& venues,
                                            const Note& note) {
    SessionAnswer answer = add_at_once(setup, venues, note);
    answer.durable = wait_until_durable(answer.lsn);
    return answer;
}

Runtime::SessionAnswer Runtime::add_at_once(const SessionSetup& setup, const std::vector<std::string>& venues,
                                            const Note& note) {
    SessionAnswer answer;
    const auto refuse = [&answer](std::string why) {
        answer.verdict = Verdict::refused;
        answer.why = std::move(why);
        return answer;
    };
    std::string error;
    auto validator = engine::make_validator(setup.session, error);  // takes its time: before the lock
    if (!error.empty() || !engine::make_credentials(setup.session, error)) return refuse(error);
    Link link = make_link(setup);
    if (error = look_up_address(link); !error.empty()) return refuse(error);
    const std::lock_guard<std::mutex> guard(lock_);
    if (engine_->find_session(setup.session.name))
        return refuse("a session of this name is there; change it instead");
    if (error = listen(link); !error.empty()) return refuse(error);
    const Channel listener = link.listener;
    const SessionResult result =
        engine_->add_session(setup.session, venues, std::move(validator), note, now_ns());
    answer.verdict = result.verdict;
    answer.why = result.why;
    answer.lsn = result.lsn;
    if (result.verdict != Verdict::done) {
        leave_listener(listener);
        return answer;
    }
    if (result.session == links_.size())
        links_.push_back(std::move(link));
    else
        links_[result.session] = std::move(link);
    transport_.wake();
    return answer;
}

Runtime::SessionAnswer Runtime::change_session(const SessionSetup& setup, bool force, const Note& note) {
    SessionAnswer failed;
    failed.verdict = Verdict::refused;
    auto next = std::make_unique<NextSettings>(NextSettings{setup, nullptr, no_channel});
    next->validator = engine::make_validator(setup.session, failed.why);
    if (!failed.why.empty() || !engine::make_credentials(setup.session, failed.why)) return failed;
    Link link = make_link(setup);
    if (failed.why = look_up_address(link); !failed.why.empty()) return failed;
    return with_session(setup.session.name, [&](std::size_t at) -> SessionResult {
        // An address that cannot be had must not be found out when the old one is given up.
        const bool moves = !link.initiator && (links_[at].listener == no_channel ||
                                               !(links_[at].settings.endpoint == link.settings.endpoint));
        if (moves) {
            if (!listen(link).empty()) return {Verdict::refused, "cannot listen on the new address", 0, at};
        }
        const SessionResult result = engine_->change_session(at, setup.session, force, note, now_ns());
        if (result.verdict != Verdict::done) {
            if (moves) leave_listener(link.listener);
            return result;
        }
        next->listener = moves ? link.listener : no_channel;
        const auto before = std::exchange(links_[at].next, std::move(next));
        if (before != nullptr) leave_listener(before->listener);  // a change that had not yet come into force
        return result;
    });
}

Runtime::SessionAnswer Runtime::remove_session(std::string_view session, bool force, const Note& note) {
    return with_session(session,
                        [&](std::size_t at) { return engine_->remove_session(at, force, note, now_ns()); });
}

Runtime::SessionAnswer Runtime::set_windows(std::string_view session,
                                            std::vector<engine::SessionWindow> windows) {
    return with_session(
        session, [&](std::size_t at) { return engine_->set_windows(at, std::move(windows), now_ns()); });
}

Runtime::SessionAnswer Runtime::change_windows(std::string_view session,
                                               std::vector<engine::SessionWindow> windows, const Note& note) {
    return with_session(session, [&](std::size_t at) {
        return engine_->change_windows(at, std::move(windows), note, now_ns());
    });
}

}  // namespace gw::net
