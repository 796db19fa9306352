#include "net/admission.hpp"

#include <arpa/inet.h>

#include <algorithm>

namespace gw::net {

namespace {

struct Words {
    std::string_view name, text;
};
constexpr std::array<Words, static_cast<std::size_t>(Refusal::count)> words{{
    {"none", ""},
    {"too_many_waiting", "too many connections without a Logon"},
    {"too_many_of_address", "too many connections without a Logon from this address"},
    {"too_fast", "too many connections a minute from this address"},
    {"address_not_allowed", "the address is in no session's allowed_addresses"},
    {"no_logon_in_time", "no Logon in time"},
    {"too_many_bytes", "no Logon within the first bytes"},
    {"unknown_identity",
     "no session for this Logon: none is configured, it is connected already or not to be up now, or this "
     "address or certificate may not have it"},
    {"tls_failed", "the TLS handshake failed"},
}};

// Whoever has an IPv6 address has 2^64 of them: its /64 counts as one.
std::string network_of(const std::string& host) {
    std::array<unsigned char, 16> bytes{};
    if (::inet_pton(AF_INET6, host.c_str(), bytes.data()) != 1) return host;
    std::fill(bytes.begin() + 8, bytes.end(), static_cast<unsigned char>(0));
    std::array<char, INET6_ADDRSTRLEN> text{};
    ::inet_ntop(AF_INET6, bytes.data(), text.data(), text.size());
    return text.data();
}

}  // namespace

std::string_view name_of(Refusal refusal) {
    return words[static_cast<std::size_t>(refusal)].name;
}

std::string_view text_of(Refusal refusal) {
    return words[static_cast<std::size_t>(refusal)].text;
}

double Admission::connects_left(const Address& address, std::int64_t now_ns) const {
    constexpr double ns_per_minute = 60e9;
    const double most = settings_.connects_per_minute_max;
    const double since = std::max(static_cast<double>(now_ns - address.seen_at_ns), 0.0);
    return std::min(most, address.connects_left + since / ns_per_minute * most);
}

// Null where no more addresses can be remembered: those at rest are forgotten first.
Admission::Address* Admission::remember(const std::string& network, std::int64_t now_ns) {
    const auto found = addresses_.find(network);
    if (found != addresses_.end()) return &found->second;
    const double most = settings_.connects_per_minute_max;
    if (addresses_.size() >= addresses_max)
        std::erase_if(addresses_, [&](const auto& entry) {
            return entry.second.waiting == 0 && connects_left(entry.second, now_ns) >= most;
        });
    if (addresses_.size() >= addresses_max) return nullptr;
    return &addresses_.emplace(network, Address{0, most, now_ns}).first->second;
}

Refusal Admission::enter(const std::string& host, std::int64_t now_ns) {
    Address* address = remember(network_of(host), now_ns);
    if (address == nullptr) return Refusal::too_fast;
    address->connects_left = connects_left(*address, now_ns);
    address->seen_at_ns = now_ns;
    if (address->connects_left < 1) return Refusal::too_fast;
    address->connects_left -= 1;
    if (address->waiting >= settings_.waiting_per_address_max) return Refusal::too_many_of_address;
    if (waiting_ >= settings_.waiting_max) return Refusal::too_many_waiting;
    ++address->waiting;
    ++waiting_;
    return Refusal::none;
}

void Admission::leave(const std::string& host) {
    const auto found = addresses_.find(network_of(host));
    if (found == addresses_.end() || found->second.waiting == 0) return;
    --found->second.waiting;
    --waiting_;
}

}  // namespace gw::net
