#include "net/address.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include <array>
#include <charconv>
#include <cstring>

namespace gw::net {

namespace {

std::vector<SocketAddress> query(const std::string& host, std::uint16_t port, int flags, std::string& error) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const int result = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
    std::vector<SocketAddress> all;
    if (result != 0) {
        error = "cannot resolve " + host + ": " + ::gai_strerror(result);
        return all;
    }
    for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
        SocketAddress address;
        std::memcpy(&address.storage, at->ai_addr, at->ai_addrlen);
        address.size = at->ai_addrlen;
        all.push_back(address);
    }
    ::freeaddrinfo(found);
    return all;
}

}  // namespace

std::uint16_t SocketAddress::port() const {
    if (family() == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_port);
    return ntohs(reinterpret_cast<const sockaddr_in*>(&storage)->sin_port);
}

std::string SocketAddress::host() const {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (family() == AF_INET6) {
        const auto* in6 = reinterpret_cast<const sockaddr_in6*>(&storage);
        if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
            ::inet_ntop(AF_INET, &in6->sin6_addr.s6_addr[12], text.data(), text.size());
        } else {
            ::inet_ntop(AF_INET6, &in6->sin6_addr, text.data(), text.size());
        }
    } else if (family() == AF_INET) {
        const auto* in = reinterpret_cast<const sockaddr_in*>(&storage);
        ::inet_ntop(AF_INET, &in->sin_addr, text.data(), text.size());
    }
    return text.data();
}

std::optional<SocketAddress> numeric_address(const std::string& host, std::uint16_t port) {
    std::string ignored;
    const auto all = query(host, port, AI_NUMERICHOST, ignored);
    return all.empty() ? std::nullopt : std::optional(all.front());
}

std::vector<SocketAddress> look_up(const std::string& host, std::uint16_t port, std::string& error) {
    return query(host, port, AI_ADDRCONFIG, error);
}

std::string look_up_listener(Endpoint& endpoint) {
    std::string error;
    if (!endpoint.address.empty() || numeric_address(endpoint.host, endpoint.port)) return error;
    const auto found = look_up(endpoint.host, endpoint.port, error);
    if (!found.empty()) endpoint.address = found.front().host();
    return error;
}

std::string text_of(const Endpoint& endpoint) {
    const bool bracketed = endpoint.host.find(':') != std::string::npos;
    return (bracketed ? "[" + endpoint.host + "]" : endpoint.host) + ":" + std::to_string(endpoint.port);
}

std::optional<AddressRange> AddressRange::parse(std::string_view text) {
    const std::size_t slash = text.find('/');
    const std::string host(text.substr(0, slash));
    AddressRange range;
    range.family_ = host.find(':') == std::string::npos ? AF_INET : AF_INET6;
    if (::inet_pton(range.family_, host.c_str(), range.bytes_) != 1) return std::nullopt;
    const unsigned bits_max = range.family_ == AF_INET ? 32 : 128;
    range.prefix_bits_ = bits_max;
    if (slash == std::string_view::npos) return range;
    const std::string_view bits = text.substr(slash + 1);
    const auto [end, problem] = std::from_chars(bits.data(), bits.data() + bits.size(), range.prefix_bits_);
    if (problem != std::errc{} || end != bits.data() + bits.size() || range.prefix_bits_ > bits_max)
        return std::nullopt;
    return range;
}

bool AddressRange::holds(const std::string& host) const {
    std::array<unsigned char, 16> other{};
    if (::inet_pton(family_, host.c_str(), other.data()) != 1) return false;
    const unsigned whole = prefix_bits_ / 8;
    if (std::memcmp(bytes_, other.data(), whole) != 0) return false;
    const unsigned rest = prefix_bits_ % 8;
    if (rest == 0) return true;
    const auto mask = static_cast<unsigned char>(0xff00U >> rest);
    return (bytes_[whole] & mask) == (other[whole] & mask);
}

}  // namespace gw::net
