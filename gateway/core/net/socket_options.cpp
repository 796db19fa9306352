#include "net/socket_options.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "net/address.hpp"

namespace gw::net {

namespace {

struct Option {
    const char* name;
    int level, option, value;
    bool wanted;
};

}  // namespace

void apply_buffer_sizes(int socket, const SocketOptions& options) {
    // The kernel takes any size and cuts it to its own limits.
    if (options.send_buffer_bytes != 0)
        ::setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &options.send_buffer_bytes, sizeof(int));
    if (options.receive_buffer_bytes != 0)
        ::setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &options.receive_buffer_bytes, sizeof(int));
}

std::string apply_options(int socket, const SocketOptions& options) {
    apply_buffer_sizes(socket, options);
    const std::array all{
        Option{"TCP_NODELAY", IPPROTO_TCP, TCP_NODELAY, options.no_delay ? 1 : 0, true},
        Option{"SO_KEEPALIVE", SOL_SOCKET, SO_KEEPALIVE, options.keep_alive ? 1 : 0, true},
        Option{"TCP_KEEPIDLE", IPPROTO_TCP, TCP_KEEPIDLE, options.keep_alive_idle_s,
               options.keep_alive && options.keep_alive_idle_s != 0},
        Option{"TCP_KEEPINTVL", IPPROTO_TCP, TCP_KEEPINTVL, options.keep_alive_interval_s,
               options.keep_alive && options.keep_alive_interval_s != 0},
        Option{"TCP_KEEPCNT", IPPROTO_TCP, TCP_KEEPCNT, options.keep_alive_count,
               options.keep_alive && options.keep_alive_count != 0},
        Option{"TCP_USER_TIMEOUT", IPPROTO_TCP, TCP_USER_TIMEOUT, options.user_timeout_ms,
               options.user_timeout_ms != 0},
    };
    for (const Option& one : all)
        if (one.wanted && ::setsockopt(socket, one.level, one.option, &one.value, sizeof one.value) != 0)
            return std::string("cannot set ") + one.name + ": " + std::generic_category().message(errno);
    return {};
}

}  // namespace gw::net
