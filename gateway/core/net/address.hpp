// Addresses of sockets, in numbers and in text.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/transport.hpp"

namespace gw::net {

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = 0;

    [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
    [[nodiscard]] sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
    [[nodiscard]] int family() const { return storage.ss_family; }
    [[nodiscard]] std::uint16_t port() const;
    // Without the port. An IPv4 address that came in over an IPv6 socket is shown as what it is.
    [[nodiscard]] std::string host() const;
};

// Null where the host is a name. Never asks anybody.
[[nodiscard]] std::optional<SocketAddress> numeric_address(const std::string& host, std::uint16_t port);
// Every address of a name, in the order to try them. May take as long as the system's resolver waits.
[[nodiscard]] std::vector<SocketAddress> look_up(const std::string& host, std::uint16_t port,
                                                 std::string& error);
// Looks up the name of an endpoint that is to be listened on: `address` becomes the first. Empty, or why
// there is none. May take as long as the system's resolver waits.
[[nodiscard]] std::string look_up_listener(Endpoint& endpoint);
// "host:port", with brackets where the host is an IPv6 address.
[[nodiscard]] std::string text_of(const Endpoint& endpoint);

// A range of addresses: "192.0.2.0/24", "2001:db8::/32", or one address.
class AddressRange {
  public:
    [[nodiscard]] static std::optional<AddressRange> parse(std::string_view text);
    [[nodiscard]] bool holds(const std::string& host) const;

  private:
    unsigned char bytes_[16] = {};
    int family_ = 0;
    unsigned prefix_bits_ = 0;
};

}  // namespace gw::net
