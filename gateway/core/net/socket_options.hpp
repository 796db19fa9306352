// What may be set on a connection's socket. 0 leaves the kernel's own value.
#pragma once

#include <cstddef>
#include <string>

namespace gw::net {

struct SocketOptions {
    std::string source_address;  // where an initiator connects from; empty: the kernel's choice
    bool no_delay = true;        // TCP_NODELAY: small messages go at once
    bool keep_alive = true;      // SO_KEEPALIVE
    int keep_alive_idle_s = 0, keep_alive_interval_s = 0, keep_alive_count = 0;
    int user_timeout_ms = 0;  // TCP_USER_TIMEOUT: how long sent bytes may stay unacknowledged
    int send_buffer_bytes = 0, receive_buffer_bytes = 0;
    friend bool operator==(const SocketOptions&, const SocketOptions&) = default;
};

// Sets them on a socket that is not connected yet, or was accepted. Empty, or the option that the kernel does
// not take.
[[nodiscard]] std::string apply_options(int socket, const SocketOptions& options);
// The buffers' sizes, which an accepted socket takes over from its listener.
void apply_buffer_sizes(int socket, const SocketOptions& options);

}  // namespace gw::net
