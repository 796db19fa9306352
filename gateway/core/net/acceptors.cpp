// Connections that come in: whose they are is known once their Logon is read.

#include <algorithm>

#include "fix/frame.hpp"
#include "net/runtime.hpp"
#include "net/time.hpp"

namespace gw::net {

namespace {

constexpr std::int64_t stranger_ms_max = 10'000;
constexpr std::size_t strangers_max = 64;

}  // namespace

std::uint16_t Runtime::listening_port(std::size_t session) {
    const std::lock_guard<std::mutex> guard(lock_);
    return links_[session].initiator ? std::uint16_t{0} : transport_.port(links_[session].listener);
}

void Runtime::accepted(Channel listener, Channel channel, const std::string&) {
    if (strangers_.size() >= strangers_max)
        return transport_.close(channel, "too many connections without a Logon");
    strangers_.push_back({channel, listener, now_ns() + stranger_ms_max * ns_per_ms});
}

std::size_t Runtime::received_first(Channel channel, std::string_view bytes) {
    const auto stranger = std::find_if(strangers_.begin(), strangers_.end(),
                                       [channel](const Stranger& s) { return s.channel == channel; });
    if (stranger == strangers_.end()) return bytes.size();
    bool decided = false;
    const auto session = identify(*stranger, bytes, decided);
    if (!decided) return 0;
    strangers_.erase(stranger);
    if (!session) {
        transport_.close(channel,
                         "no session for this Logon: none is configured, it is connected already, or it is "
                         "not to be up now");
        return bytes.size();
    }
    links_[*session].channel = channel;
    links_[*session].open = true;
    engine_->connected(*session, now_ns());
    return engine_->received(*session, bytes, now_ns());
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
        if (fits && may_have(links_[at].settings, stranger.channel)) return at;
    }
    return std::nullopt;
}

// Whether the connection has the TLS, and the counterparty the certificate, that the session asks for.
bool Runtime::may_have(const LinkSettings& settings, Channel channel) const {
    if (settings.connection.tls == nullptr) return true;
    if (!transport_.encrypted(channel)) return false;
    const TlsSettings& tls = settings.connection.tls->settings();
    if (!tls.require_client_certificate) return true;
    const TlsPeer* peer = transport_.peer(channel);
    return peer != nullptr && (tls.pins.empty() || peer->matches(tls.pins)) &&
           (settings.client_name.empty() || peer->has_name(settings.client_name));
}

void Runtime::drop_strangers(std::int64_t now) {
    for (const Stranger& stranger : strangers_)
        if (now >= stranger.deadline_ns) transport_.close(stranger.channel, "no Logon in time");
}

}  // namespace gw::net
