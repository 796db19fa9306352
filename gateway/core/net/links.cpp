// The connection of each session: when it is made, and what the transport tells of it.

#include <algorithm>
#include <utility>

#include "base/crash_point.hpp"
#include "net/runtime.hpp"
#include "net/time.hpp"

namespace gw::net {

std::optional<std::size_t> Runtime::session_of(Channel channel) const {
    for (std::size_t at = 0; at < links_.size(); ++at)
        if (links_[at].channel == channel) return at;
    return std::nullopt;
}

void Runtime::opened(Channel channel) {
    const std::int64_t now = now_ns();
    if (probe_opened(channel, now)) return;
    const auto session = session_of(channel);
    if (!session) return;
    if (!engine_->wants(*session)) return transport_.close(channel, "the session is not to be up now");
    links_[*session].failover.opened(now);
    if (engine_->signs_outside(*session)) return sign_logon(*session, now);
    links_[*session].open = true;
    engine_->connected(*session, now);
}

std::size_t Runtime::received(Channel channel, std::string_view bytes) {
    pass(CrashPoint::report_received);
    const std::int64_t begun = steady_ns();
    if (const auto session = session_of(channel)) {
        if (!links_[*session].open) {  // its Logon is being signed
            transport_.close(channel, "the counterparty spoke before our Logon");
            return bytes.size();
        }
        const std::size_t used = engine_->received(*session, bytes, now_ns());
        report_latency_.record(steady_ns() - begun);
        return used;
    }
    return received_first(channel, bytes);
}

void Runtime::closed(Channel channel, CloseCause cause, std::string_view reason) {
    const std::int64_t now = now_ns();
    if (leave_door(channel, cause, reason) || probe_closed(channel, now)) return;
    const auto session = session_of(channel);
    if (!session) return;
    Link& link = links_[*session];
    // Only a session that had been logged on starts its backoff anew: a venue that accepts and hangs up is
    // not hammered.
    const bool was_up = link.logged_on || is_logged_on(*session);
    link.logged_on = false;
    const std::size_t host = link.failover.host();
    link.backoff_ns = jittered(link.failover.ended(was_up)) * ns_per_ms;
    link.connect_at_ns = now + link.backoff_ns;
    count_end(*session, cause, reason, host);
    if (link.probe != no_channel) transport_.close(std::exchange(link.probe, no_channel), "not needed");
    link.channel = no_channel;
    link.open = false;
    link.held.clear();
    link.held_bytes.clear();
    link.gathered.clear();
    engine_->disconnected(*session, reason, now);
    settle(*session);
}

void Runtime::count_end(std::size_t session, CloseCause cause, std::string_view reason,
                        std::size_t host_before) {
    const Link& link = links_[session];
    const std::string& name = engine_->venue_session(session).name;
    if (cause == CloseCause::connect_failed) ++network_counters_.connects_failed;
    if (cause == CloseCause::tls_failed) ++network_counters_.tls_failed;
    if (cause == CloseCause::slow_reader) ++network_counters_.slow_readers_cut;
    if (cause != CloseCause::requested) notices_.add(now_ns(), name, reason);
    if (!link.initiator || link.failover.host() == host_before) return;
    if (host_before == 0) ++network_counters_.failovers;
    notices_.add(now_ns(), name, "goes on to " + text_of(host_of(link.settings, link.failover.host())));
}

std::int64_t Runtime::jittered(std::int64_t backoff_ms) {
    return std::uniform_int_distribution<std::int64_t>(backoff_ms - backoff_ms / 4, backoff_ms)(jitter_);
}

const Endpoint& Runtime::host_of(const LinkSettings& settings, std::size_t host) {
    return host == 0 ? settings.endpoint : settings.backup_hosts[host - 1];
}

void Runtime::connect_due(std::int64_t now) {
    if (!started_) return;
    for (std::size_t at = 0; at < links_.size(); ++at) {
        Link& link = links_[at];
        // A clock that was set back makes no wait longer.
        link.connect_at_ns = std::min(link.connect_at_ns, now + link.backoff_ns);
        if (link.initiator && link.channel == no_channel && now >= link.connect_at_ns && engine_->wants(at))
            link.channel =
                transport_.open(host_of(link.settings, link.failover.host()), link.settings.connection);
    }
    probe_due(now);
}

// --- back to the first host: it has to answer before the session leaves the one it is on
// ------------------------------------------------------------------------------------------------------------

bool Runtime::is_logged_on(std::size_t session) const {
    const auto phase = engine_->venue_session(session).phase;
    return phase == schema::SessionState::ready || phase == schema::SessionState::reconciling;
}

void Runtime::probe_due(std::int64_t now) {
    for (std::size_t at = 0; at < links_.size(); ++at) {
        Link& link = links_[at];
        link.logged_on = link.logged_on || (link.open && is_logged_on(at));
        if (link.initiator && link.open && link.probe == no_channel && now >= link.failover.probe_due_ns())
            link.probe = transport_.open(link.settings.endpoint, link.settings.connection);
    }
}

bool Runtime::probe_opened(Channel channel, std::int64_t now) {
    for (std::size_t at = 0; at < links_.size(); ++at) {
        Link& link = links_[at];
        if (link.probe != channel) continue;
        link.probe = no_channel;
        transport_.close(channel, "the first host answers");
        link.failover.go_back();
        link.failover.opened(now);  // looks again, should the Logout come to nothing
        engine_->end_connection(at, "going back to the first host", now);
        return true;
    }
    return false;
}

bool Runtime::probe_closed(Channel channel, std::int64_t now) {
    for (Link& link : links_) {
        if (link.probe != channel) continue;
        link.probe = no_channel;
        link.failover.probe_failed(now);
        return true;
    }
    return false;
}

}  // namespace gw::net
