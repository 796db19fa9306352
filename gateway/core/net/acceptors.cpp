// Connections that come in: whose they are is known once their Logon is read.

#include <algorithm>

#include "fix/frame.hpp"
#include "net/runtime.hpp"
#include "net/time.hpp"

namespace gw::net {

std::uint16_t Runtime::listening_port(std::size_t session) {
    const std::lock_guard<std::mutex> guard(lock_);
    return links_[session].initiator ? std::uint16_t{0} : transport_.port(links_[session].listener);
}

void Runtime::accepted(Channel listener, Channel channel, const std::string& host) {
    const std::int64_t now = steady_ns();
    ++network_counters_.accepted;
    Stranger stranger{channel, listener, now + admission_.settings().logon_timeout_ms * ns_per_ms, host};
    const Refusal refusal =
        has_session_for(listener, host) ? admission_.enter(host, now) : Refusal::address_not_allowed;
    if (refusal != Refusal::none) return refuse(stranger, refusal);
    strangers_.push_back(std::move(stranger));
}

// Refuses a connection that is not, or no longer, among the strangers.
void Runtime::refuse(const Stranger& stranger, Refusal refusal, std::string_view text) {
    if (text.empty()) text = text_of(refusal);
    ++network_counters_.refused[static_cast<std::size_t>(refusal)];
    notices_.add(now_ns(), stranger.host, std::string("refused: ").append(text));
    transport_.close(stranger.channel, text);
}

std::size_t Runtime::received_first(Channel channel, std::string_view bytes) {
    const auto found = std::find_if(strangers_.begin(), strangers_.end(),
                                    [channel](const Stranger& s) { return s.channel == channel; });
    if (found == strangers_.end()) return bytes.size();
    bool decided = false;
    const auto session = identify(*found, bytes, decided);
    const bool too_long = !decided && bytes.size() > admission_.settings().first_message_bytes_max;
    if (!decided && !too_long) return 0;
    const Stranger stranger = std::move(*found);
    strangers_.erase(found);
    admission_.leave(stranger.host);
    if (!session) {
        refuse(stranger, too_long ? Refusal::too_many_bytes : Refusal::unknown_identity);
        return bytes.size();
    }
    links_[*session].channel = channel;
    links_[*session].open = true;
    engine_->connected(*session, now_ns());
    return engine_->received(*session, bytes, now_ns());
}

// A connection that ended before it had said whose it is.
bool Runtime::leave_door(Channel channel, CloseCause cause, std::string_view reason) {
    const auto found = std::find_if(strangers_.begin(), strangers_.end(),
                                    [channel](const Stranger& s) { return s.channel == channel; });
    if (found == strangers_.end()) return false;
    const Stranger stranger = std::move(*found);
    strangers_.erase(found);
    admission_.leave(stranger.host);
    if (cause == CloseCause::tls_failed) refuse(stranger, Refusal::tls_failed, reason);
    return true;
}

bool Runtime::has_session_for(Channel listener, const std::string& host) const {
    return std::any_of(links_.begin(), links_.end(), [&](const Link& link) {
        return !link.initiator && link.listener == listener && may_come_from(link.settings, host);
    });
}

bool Runtime::may_come_from(const LinkSettings& settings, const std::string& host) {
    return settings.allowed_addresses.empty() ||
           std::any_of(settings.allowed_addresses.begin(), settings.allowed_addresses.end(),
                       [&](const AddressRange& range) { return range.holds(host); });
}

// Which acceptor session a first message belongs to, by its CompIDs. `decided` false: more bytes are needed.
std::optional<std::size_t> Runtime::identify(const Stranger& stranger, std::string_view bytes,
                                             bool& decided) {
    constexpr std::uint32_t sender_comp_id = 49;
    constexpr std::uint32_t target_comp_id = 56;
    const fix::Frame frame = fix::frame(bytes);
    decided = frame.status != fix::FrameStatus::incomplete;
    if (frame.status != fix::FrameStatus::complete) return std::nullopt;
    if (first_message_.parse(bytes.substr(0, frame.length)) != fix::ParseError::none) return std::nullopt;
    if (first_message_.msg_type() != "A") return std::nullopt;
    for (std::size_t at = 0; at < links_.size(); ++at) {
        const session::Config& config = engine_->venue_session(at).protocol.config();
        const bool fits = !links_[at].initiator && links_[at].listener == stranger.listener &&
                          links_[at].channel == no_channel && engine_->wants(at) &&
                          first_message_.begin_string() == config.begin_string &&
                          first_message_.get(sender_comp_id) == config.target_comp_id &&
                          first_message_.get(target_comp_id) == config.sender_comp_id;
        if (fits && may_have(links_[at].settings, stranger)) return at;
    }
    return std::nullopt;
}

// Whether the connection has the address, the TLS and the certificate that the session asks for.
bool Runtime::may_have(const LinkSettings& settings, const Stranger& stranger) const {
    if (!may_come_from(settings, stranger.host)) return false;
    if (settings.connection.tls == nullptr) return true;
    const TlsContext* under = transport_.tls(stranger.channel);
    if (under == nullptr) return false;
    // The listener's TLS has vouched for the certificate: it has to be as strict as the session's.
    const TlsSettings& tls = settings.connection.tls->settings();
    if (tls.require_client_certificate != under->settings().require_client_certificate ||
        tls.ca_file != under->settings().ca_file)
        return false;
    if (!tls.require_client_certificate) return true;
    const TlsPeer* peer = transport_.peer(stranger.channel);
    return peer != nullptr && (tls.pins.empty() || peer->matches(tls.pins)) &&
           (settings.client_name.empty() || peer->has_name(settings.client_name));
}

void Runtime::drop_strangers() {
    const std::int64_t now = steady_ns();
    for (std::size_t at = 0; at < strangers_.size();) {
        if (now < strangers_[at].deadline_ns) {
            ++at;
            continue;
        }
        const Stranger stranger = std::move(strangers_[at]);
        strangers_.erase(strangers_.begin() + static_cast<std::ptrdiff_t>(at));
        admission_.leave(stranger.host);
        refuse(stranger, Refusal::no_logon_in_time);
    }
}

NetworkCounters Runtime::network_counters() {
    const std::lock_guard<std::mutex> guard(lock_);
    NetworkCounters counters = network_counters_;
    counters.waiting = admission_.waiting();
    return counters;
}

std::vector<Notice> Runtime::take_notices() {
    const std::lock_guard<std::mutex> guard(lock_);
    return notices_.take();
}

}  // namespace gw::net
