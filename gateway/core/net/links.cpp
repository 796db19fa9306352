// The connection of each session: when it is made, and what the transport tells of it.

#include <algorithm>

#include "net/runtime.hpp"
#include "net/time.hpp"

namespace gw::net {

std::optional<std::size_t> Runtime::session_of(Channel channel) const {
    for (std::size_t at = 0; at < links_.size(); ++at)
        if (links_[at].channel == channel) return at;
    return std::nullopt;
}

void Runtime::opened(Channel channel) {
    const auto session = session_of(channel);
    if (!session) return;
    if (!engine_->wants(*session)) return transport_.close(channel, "the session is not to be up now");
    links_[*session].open = true;
    engine_->connected(*session, now_ns());
}

std::size_t Runtime::received(Channel channel, std::string_view bytes) {
    const std::int64_t begun = steady_ns();
    if (const auto session = session_of(channel)) {
        const std::size_t used = engine_->received(*session, bytes, now_ns());
        report_latency_.record(steady_ns() - begun);
        return used;
    }
    return received_first(channel, bytes);
}

void Runtime::closed(Channel channel, CloseCause, std::string_view reason) {
    std::erase_if(strangers_, [channel](const Stranger& s) { return s.channel == channel; });
    const auto session = session_of(channel);
    if (!session) return;
    Link& link = links_[*session];
    const std::int64_t now = now_ns();
    // Only a session that had been logged on starts its backoff anew: a venue that accepts and hangs up is
    // not hammered.
    const auto phase = engine_->venue_session(*session).phase;
    const bool was_up = phase == schema::SessionState::ready || phase == schema::SessionState::reconciling;
    if (was_up) link.backoff_ms = link.settings.reconnect_min_ms;
    link.connect_at_ns = now + jittered(link.backoff_ms) * ns_per_ms;
    link.backoff_ms = std::min(link.backoff_ms * 2, link.settings.reconnect_max_ms);
    link.channel = no_channel;
    link.open = false;
    link.held.clear();
    link.held_bytes.clear();
    link.gathered.clear();
    engine_->disconnected(*session, reason, now);
    settle(*session);
}

std::int64_t Runtime::jittered(std::int64_t backoff_ms) {
    return std::uniform_int_distribution<std::int64_t>(backoff_ms - backoff_ms / 4, backoff_ms)(jitter_);
}

void Runtime::connect_due(std::int64_t now) {
    if (!started_) return;
    for (std::size_t at = 0; at < links_.size(); ++at) {
        Link& link = links_[at];
        if (link.initiator && link.channel == no_channel && now >= link.connect_at_ns && engine_->wants(at))
            link.channel = transport_.open(link.settings.endpoint, link.settings.connection);
    }
}

}  // namespace gw::net
