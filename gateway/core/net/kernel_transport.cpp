#include "net/kernel_transport.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace gw::net {

namespace {

std::string error_text(int error) {
    return std::generic_category().message(error);
}

void set_option(int descriptor, int level, int option, int value) {
    ::setsockopt(descriptor, level, option, &value,
                 sizeof value);  // all of ours are improvements, none is vital
}

void set_connection_options(int descriptor) {
    set_option(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1);
}

// The first address that the name resolves to. Blocks for a name that is no address: called by the loop's
// thread only.
struct Address {
    sockaddr_storage storage{};
    socklen_t size = 0;
};
bool resolve(const Endpoint& endpoint, bool passive, Address& out, std::string& error) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = passive ? AI_PASSIVE : 0;
    addrinfo* found = nullptr;
    const int result =
        ::getaddrinfo(endpoint.host.c_str(), std::to_string(endpoint.port).c_str(), &hints, &found);
    if (result != 0) {
        error = "cannot resolve " + endpoint.host + ": " + ::gai_strerror(result);
        return false;
    }
    std::memcpy(&out.storage, found->ai_addr, found->ai_addrlen);
    out.size = found->ai_addrlen;
    ::freeaddrinfo(found);
    return true;
}

}  // namespace

KernelTransport::KernelTransport(std::mutex& lock) : lock_(lock) {
    epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (epoll_ < 0 || wake_ < 0) throw std::system_error(errno, std::generic_category(), "epoll or eventfd");
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = no_channel;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event);
}

KernelTransport::~KernelTransport() {
    for (const auto& [channel, connection] : connections_)
        if (connection->descriptor >= 0) ::close(connection->descriptor);
    ::close(wake_);
    ::close(epoll_);
}

Channel KernelTransport::add(int descriptor, Kind kind, std::uint32_t epoll_events) {
    const Channel channel = next_channel_++;
    auto connection = std::make_unique<Connection>();
    connection->descriptor = descriptor;
    connection->kind = kind;
    connection->wants_write = (epoll_events & EPOLLOUT) != 0;
    if (kind != Kind::listener) connection->in.resize(receive_buffer_bytes);
    connections_.emplace(channel, std::move(connection));
    epoll_event event{};
    event.events = epoll_events;
    event.data.u64 = channel;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event);
    return channel;
}

void KernelTransport::watch(Channel channel, Connection& connection, bool write) {
    if (connection.wants_write == write) return;
    connection.wants_write = write;
    epoll_event event{};
    event.events = EPOLLIN | EPOLLRDHUP | (write ? static_cast<std::uint32_t>(EPOLLOUT) : 0U);
    event.data.u64 = channel;
    ::epoll_ctl(epoll_, EPOLL_CTL_MOD, connection.descriptor, &event);
}

Channel KernelTransport::open(const Endpoint& to) {
    Address address;
    std::string error;
    int descriptor = -1;
    if (resolve(to, false, address, error)) {
        descriptor = ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (descriptor < 0) error = error_text(errno);
    }
    if (descriptor >= 0) {
        set_connection_options(descriptor);
        const int result =
            ::connect(descriptor, reinterpret_cast<const sockaddr*>(&address.storage), address.size);
        if (result != 0 && errno != EINPROGRESS) {
            error = error_text(errno);
            ::close(descriptor);
            descriptor = -1;
        }
    }
    if (descriptor >= 0) return add(descriptor, Kind::connecting, EPOLLOUT | EPOLLIN | EPOLLRDHUP);
    // A connection that failed at once is told like one that failed later.
    const Channel channel = next_channel_++;
    auto connection = std::make_unique<Connection>();
    connection->closing = true;
    connection->reason = error;
    connections_.emplace(channel, std::move(connection));
    closing_.push_back(channel);
    return channel;
}

Channel KernelTransport::listen(const Endpoint& at, std::string& error) {
    Address address;
    if (!resolve(at, true, address, error)) return no_channel;
    const int descriptor = ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor >= 0) set_option(descriptor, SOL_SOCKET, SO_REUSEADDR, 1);
    const bool listening =
        descriptor >= 0 &&
        ::bind(descriptor, reinterpret_cast<const sockaddr*>(&address.storage), address.size) == 0 &&
        ::listen(descriptor, 64) == 0;
    if (!listening) {
        error = "cannot listen on " + at.host + ":" + std::to_string(at.port) + ": " + error_text(errno);
        if (descriptor >= 0) ::close(descriptor);
        return no_channel;
    }
    return add(descriptor, Kind::listener, EPOLLIN);
}

std::uint16_t KernelTransport::port(Channel listener) const {
    const auto found = connections_.find(listener);
    if (found == connections_.end()) return 0;
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    ::getsockname(found->second->descriptor, reinterpret_cast<sockaddr*>(&storage), &size);
    if (storage.ss_family == AF_INET6)
        return ntohs(reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_port);
    return ntohs(reinterpret_cast<const sockaddr_in*>(&storage)->sin_port);
}

void KernelTransport::wake() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_, &one, sizeof one);
}

// --- sending
// ----------------------------------------------------------------------------------------------------------

void KernelTransport::send(Channel channel, std::string_view bytes) {
    const auto found = connections_.find(channel);
    if (found == connections_.end() || found->second->closing) return;
    Connection& connection = *found->second;
    if (connection.out.empty() && connection.kind == Kind::connected) {
        while (!bytes.empty()) {
            const ssize_t sent = ::send(connection.descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent > 0) {
                bytes.remove_prefix(static_cast<std::size_t>(sent));
            } else if (errno == EINTR) {
                continue;
            } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
                break;
            } else {
                return fail(channel, connection, error_text(errno));
            }
        }
        if (bytes.empty()) return;
    }
    if (connection.out.size() - connection.out_sent + bytes.size() > backlog_bytes_max)
        return fail(channel, connection, "the counterparty does not read: the outbound buffer is full");
    connection.out.insert(connection.out.end(), bytes.begin(), bytes.end());
    watch(channel, connection, true);
}

void KernelTransport::flush(Channel channel, Connection& connection) {
    while (connection.out_sent < connection.out.size()) {
        const ssize_t sent = ::send(connection.descriptor, connection.out.data() + connection.out_sent,
                                    connection.out.size() - connection.out_sent, MSG_NOSIGNAL);
        if (sent > 0) {
            connection.out_sent += static_cast<std::size_t>(sent);
        } else if (errno == EINTR) {
            continue;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            return;
        } else {
            return fail(channel, connection, error_text(errno));
        }
    }
    connection.out.clear();
    connection.out_sent = 0;
    watch(channel, connection, false);
}

std::size_t KernelTransport::backlog_bytes(Channel channel) const {
    const auto found = connections_.find(channel);
    return found == connections_.end() ? 0 : found->second->out.size() - found->second->out_sent;
}

void KernelTransport::close(Channel channel, std::string_view reason) {
    const auto found = connections_.find(channel);
    if (found == connections_.end() || found->second->closing) return;
    if (found->second->kind == Kind::connected) flush(channel, *found->second);
    if (!found->second->closing) fail(channel, *found->second, reason);
}

void KernelTransport::fail(Channel channel, Connection& connection, std::string_view reason) {
    connection.closing = true;
    connection.reason = reason;
    closing_.push_back(channel);
    wake();
}

// --- polling
// ----------------------------------------------------------------------------------------------------------

void KernelTransport::poll(int timeout_ms, Events& events) {
    constexpr int events_a_round = 64;
    std::array<epoll_event, events_a_round> ready;
    const int count = ::epoll_wait(epoll_, ready.data(), events_a_round, timeout_ms);
    for (int at = 0; at < count; ++at) {
        const Channel channel = ready[static_cast<std::size_t>(at)].data.u64;
        const std::uint32_t what = ready[static_cast<std::size_t>(at)].events;
        if (channel == no_channel) {
            std::uint64_t woken = 0;
            [[maybe_unused]] const auto taken = ::read(wake_, &woken, sizeof woken);
            continue;
        }
        const std::lock_guard<std::mutex> guard(lock_);
        const auto found = connections_.find(channel);
        if (found == connections_.end() || found->second->closing) continue;
        Connection& connection = *found->second;
        switch (connection.kind) {
            case Kind::listener:
                accept_all(channel, connection.descriptor, events);
                break;
            case Kind::connecting:
                finish_connect(channel, connection, events);
                break;
            case Kind::connected:
                if ((what & EPOLLOUT) != 0) flush(channel, connection);
                if ((what & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) read_all(channel, events);
                break;
        }
    }
    const std::lock_guard<std::mutex> guard(lock_);
    while (!closing_.empty()) {
        const Channel channel = closing_.back();
        closing_.pop_back();
        remove(channel, events);
    }
}

void KernelTransport::finish_connect(Channel channel, Connection& connection, Events& events) {
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(connection.descriptor, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return fail(channel, connection, error_text(error));
    connection.kind = Kind::connected;
    watch(channel, connection, !connection.out.empty());
    events.opened(channel);
}

void KernelTransport::accept_all(Channel listener, int descriptor, Events& events) {
    for (;;) {
        const int accepted = ::accept4(descriptor, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (accepted < 0) return;
        set_connection_options(accepted);
        events.accepted(listener, add(accepted, Kind::connected, EPOLLIN | EPOLLRDHUP));
    }
}

// One full buffer at a time and then the next connection: nobody can keep the loop for himself.
void KernelTransport::read_all(Channel channel, Events& events) {
    const auto found = connections_.find(channel);
    if (found == connections_.end()) return;
    Connection& connection = *found->second;
    const ssize_t size = ::recv(connection.descriptor, connection.in.data() + connection.in_used,
                                connection.in.size() - connection.in_used, 0);
    if (size == 0) return fail(channel, connection, "the counterparty closed the connection");
    if (size < 0) {
        if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
            fail(channel, connection, error_text(errno));
        return;
    }
    connection.in_used += static_cast<std::size_t>(size);
    const std::size_t used = events.received(channel, {connection.in.data(), connection.in_used});
    std::memmove(connection.in.data(), connection.in.data() + used, connection.in_used - used);
    connection.in_used -= used;
    if (connection.in_used < connection.in.size()) return;
    // The session waits for the rest of a large message; its own limit is below ours.
    if (connection.in.size() < receive_buffer_bytes_max)
        connection.in.resize(2 * connection.in.size());
    else
        fail(channel, connection, "the counterparty sent more than a message may have");
}

void KernelTransport::remove(Channel channel, Events& events) {
    const auto found = connections_.find(channel);
    if (found == connections_.end()) return;
    const std::unique_ptr<Connection> connection = std::move(found->second);
    connections_.erase(found);
    if (connection->descriptor >= 0) ::close(connection->descriptor);
    events.closed(channel, connection->reason);
}

}  // namespace gw::net
