// What arrives.

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "net/kernel_transport.hpp"

namespace gw::net {

void KernelTransport::poll(int timeout_ms, Events& events) {
    constexpr int events_a_round = 64;
    std::array<epoll_event, events_a_round> ready;
    const int count = ::epoll_wait(epoll_.get(), ready.data(), events_a_round, timeout_ms);
    for (int at = 0; at < count; ++at) {
        const Channel channel = ready[static_cast<std::size_t>(at)].data.u64;
        if (channel == no_channel) {
            std::uint64_t woken = 0;
            [[maybe_unused]] const auto taken = ::read(wake_.get(), &woken, sizeof woken);
            continue;
        }
        const std::lock_guard<std::mutex> guard(lock_);
        handle(channel, ready[static_cast<std::size_t>(at)].events, events);
    }
    const std::lock_guard<std::mutex> guard(lock_);
    take_lookups();
    take_handshakes(events);
    expire();
    cut_stalled();
    while (!closing_.empty()) {
        const Channel channel = closing_.back();
        closing_.pop_back();
        remove(channel, events);
    }
}

void KernelTransport::handle(Channel channel, std::uint32_t what, Events& events) {
    Connection* connection = find(channel);
    if (connection == nullptr || connection->closing) return;
    switch (connection->kind) {
        case Kind::listener:
            return accept_all(channel, events);
        case Kind::connecting:
            return finish_connect(channel, *connection, events);
        case Kind::connected:
            if ((what & EPOLLOUT) != 0) flush(channel, *connection);
            if ((what & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0 && !connection->closing)
                read_all(channel, *connection, events);
            return;
        case Kind::resolving:
        case Kind::shaking_hands:
            return;  // not watched here
    }
}

void KernelTransport::accept_all(Channel listener, Events& events) {
    for (;;) {
        // A callback may close the listener.
        Connection* at = find(listener);
        if (at == nullptr || at->closing) return;
        SocketAddress from;
        from.size = sizeof from.storage;
        Descriptor accepted(
            ::accept4(at->socket.get(), from.get(), &from.size, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (!accepted.is_open()) {
            if (errno == ECONNABORTED || errno == EINTR) continue;
            if (errno != EMFILE && errno != ENFILE) return;
            // Out of descriptors: the connection would wait and the loop spin. It is refused instead.
            reserve_.reset();
            const bool refused =
                Descriptor(::accept4(at->socket.get(), nullptr, nullptr, SOCK_CLOEXEC)).is_open();
            reserve_ = Descriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC));
            if (!refused || !reserve_.is_open()) return;
            continue;
        }
        (void)apply_options(accepted.get(), at->options.socket);  // the peer is gone, or they are set
        auto made = std::make_unique<Connection>();
        Connection& connection = *made;
        connection.socket = std::move(accepted);
        connection.endpoint = {from.host(), from.port()};
        connection.options = at->options;
        connection.kind = Kind::connected;
        const Channel channel = add(std::move(made));
        events.accepted(listener, channel, connection.endpoint.host);
        if (connection.closing) continue;  // refused
        if (connection.options.tls != nullptr) {
            begin_handshake(channel, connection);
        } else {
            connection.in.resize(receive_buffer_bytes);
            register_socket(channel, connection, EPOLLIN | EPOLLRDHUP);
        }
    }
}

// True where nothing was read.
bool KernelTransport::read_failed(Channel channel, Connection& connection, long size) {
    if (size > 0 || (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)))
        return size <= 0;
    std::string reason =
        size == 0 ? "the counterparty closed the connection" : std::generic_category().message(errno);
    if (connection.tls != nullptr) reason += connection.tls->hint();
    fail(channel, connection, CloseCause::counterparty, reason);
    return true;
}

// One full buffer at a time and then the next connection: nobody can keep the loop for himself.
void KernelTransport::read_all(Channel channel, Connection& connection, Events& events) {
    if (connection.tls != nullptr) return read_tls(channel, connection, events);
    const ssize_t size = ::recv(connection.socket.get(), connection.in.data() + connection.in_used,
                                connection.in.size() - connection.in_used, 0);
    if (read_failed(channel, connection, size)) return;
    connection.in_used += static_cast<std::size_t>(size);
    deliver(channel, connection, events);
}

void KernelTransport::read_tls(Channel channel, Connection& connection, Events& events) {
    const ssize_t size = ::recv(connection.socket.get(), ciphertext_.data(), ciphertext_.size(), 0);
    if (read_failed(channel, connection, size)) return;
    connection.tls->feed({ciphertext_.data(), static_cast<std::size_t>(size)});
    decrypt(channel, connection, events);
}

void KernelTransport::decrypt(Channel channel, Connection& connection, Events& events) {
    TlsStream& tls = *connection.tls;
    while (!connection.closing) {
        const std::size_t size =
            tls.read({connection.in.data() + connection.in_used, connection.in.size() - connection.in_used});
        if (size == 0) break;
        connection.in_used += size;
        deliver(channel, connection, events);
    }
    if (connection.closing) return;
    send_tls_output(channel, connection);  // an answer to a key update, or an alert
    if (tls.state() == TlsStream::State::ended)
        fail(channel, connection, CloseCause::counterparty, "the counterparty closed the connection");
}

void KernelTransport::deliver(Channel channel, Connection& connection, Events& events) {
    const std::size_t used = events.received(channel, {connection.in.data(), connection.in_used});
    std::memmove(connection.in.data(), connection.in.data() + used, connection.in_used - used);
    connection.in_used -= used;
    if (connection.in_used < connection.in.size()) return;
    // The session waits for the rest of a large message; its own limit is below ours.
    if (connection.in.size() < receive_buffer_bytes_max)
        connection.in.resize(2 * connection.in.size());
    else
        fail(channel, connection, CloseCause::oversized,
             "the counterparty sent more than a message may have");
}

}  // namespace gw::net
