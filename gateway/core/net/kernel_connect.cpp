// A connection's way: its name's addresses, one address after the other, TLS.

#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>

#include "net/kernel_transport.hpp"
#include "net/time.hpp"

namespace gw::net {

namespace {

std::string error_text(int error) {
    return std::generic_category().message(error);
}

}  // namespace

bool KernelTransport::begin_connect(Channel channel, Connection& connection, const SocketAddress& address,
                                    std::string& error) {
    Descriptor socket(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket.is_open()) return error = error_text(errno), false;
    const SocketOptions& options = connection.options.socket;
    error = apply_options(socket.get(), options);
    if (!error.empty()) return false;
    if (!options.source_address.empty()) {
        const auto source = numeric_address(options.source_address, 0);
        if (!source || ::bind(socket.get(), source->get(), source->size) != 0) {
            error = "cannot connect from " + options.source_address + ": " +
                    (source ? error_text(errno) : "not an IP address") + " (source_address)";
            return false;
        }
    }
    if (::connect(socket.get(), address.get(), address.size) != 0 && errno != EINPROGRESS)
        return error = error_text(errno), false;
    connection.socket = std::move(socket);
    connection.kind = Kind::connecting;
    connection.deadline_ns = steady_ns() + connection.options.connect_timeout_ms * ns_per_ms;
    register_socket(channel, connection, EPOLLOUT);
    return true;
}

// Tries the addresses that are left; fails where there is none.
void KernelTransport::connect_next(Channel channel, Connection& connection) {
    connection.socket.reset();
    while (!connection.addresses.empty()) {
        const SocketAddress address = connection.addresses.front();
        connection.addresses.erase(connection.addresses.begin());
        connection.tried += (connection.tried.empty() ? "" : "; ") + address.host() + ": ";
        std::string error;
        if (begin_connect(channel, connection, address, error)) return;
        connection.tried += error;
    }
    fail(channel, connection, CloseCause::connect_failed,
         "cannot connect to " + text_of(connection.endpoint) + " (" + connection.tried + ")");
}

void KernelTransport::finish_connect(Channel channel, Connection& connection, Events& events) {
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(connection.socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) {
        connection.tried += error_text(error);
        return connect_next(channel, connection);
    }
    connection.deadline_ns = 0;
    std::erase(underway_, channel);
    if (connection.options.tls != nullptr) {
        ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, connection.socket.get(), nullptr);
        return begin_handshake(channel, connection);
    }
    connection.kind = Kind::connected;
    connection.in.resize(receive_buffer_bytes);
    watch(channel, connection, false);
    events.opened(channel);
}

// From here on the handshaker has the socket, until it gives it back.
void KernelTransport::begin_handshake(Channel channel, Connection& connection) {
    if (handshaker_ == nullptr) handshaker_ = std::make_unique<Handshaker>([this] { wake(); });
    connection.kind = Kind::shaking_hands;
    auto stream = std::make_unique<TlsStream>(connection.options.tls, connection.endpoint.host);
    if (stream->state() == TlsStream::State::failed)
        return fail(channel, connection, CloseCause::tls_failed, stream->error());
    handshaker_->begin({channel, std::move(connection.socket), std::move(stream),
                        steady_ns() + connection.options.handshake_timeout_ms * ns_per_ms});
}

void KernelTransport::take_lookups() {
    for (Resolver::Answer& answer : resolver_.take()) {
        for (const Channel channel : answer.channels) {
            Connection* connection = find(channel);
            if (connection == nullptr || connection->closing || connection->kind != Kind::resolving) continue;
            connection->addresses = answer.addresses;
            if (connection->addresses.empty()) {
                fail(channel, *connection, CloseCause::connect_failed, answer.error);
            } else {
                connect_next(channel, *connection);
            }
        }
    }
}

void KernelTransport::take_handshakes(Events& events) {
    if (handshaker_ == nullptr) return;
    for (Handshaker::Result& result : handshaker_->take()) {
        Connection* connection = find(result.channel);
        if (connection == nullptr || connection->closing) continue;
        if (!result.error.empty()) {
            fail(result.channel, *connection, CloseCause::tls_failed, result.error);
            continue;
        }
        connection->socket = std::move(result.socket);
        connection->tls = std::move(result.stream);
        connection->kind = Kind::connected;
        connection->in.resize(receive_buffer_bytes);
        register_socket(result.channel, *connection, EPOLLIN | EPOLLRDHUP);
        send_tls_output(result.channel, *connection);
        if (connection->initiator && !connection->closing) events.opened(result.channel);
        // What came together with the end of the handshake makes no socket readable any more.
        if (!connection->closing) decrypt(result.channel, *connection, events);
    }
}

void KernelTransport::expire() {
    if (underway_.empty()) return;
    const std::int64_t now = steady_ns();
    const std::vector<Channel> underway = underway_;
    for (const Channel channel : underway) {
        Connection* connection = find(channel);
        if (connection == nullptr || connection->closing || now < connection->deadline_ns) continue;
        const std::string limit = std::to_string(connection->options.connect_timeout_ms) + " ms";
        if (connection->kind == Kind::connecting) {
            connection->tried += "no answer within " + limit;
            connect_next(channel, *connection);
        } else {
            fail(channel, *connection, CloseCause::connect_failed,
                 "cannot resolve " + connection->endpoint.host + ": no answer within " + limit);
        }
    }
}

}  // namespace gw::net
