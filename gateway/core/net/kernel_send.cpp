// What goes out.

#include <sys/socket.h>

#include <cerrno>
#include <system_error>

#include "base/crash_point.hpp"
#include "net/kernel_transport.hpp"
#include "net/time.hpp"

namespace gw::net {

void KernelTransport::send(Channel channel, std::string_view bytes) {
    Connection* connection = find(channel);
    if (connection == nullptr || connection->closing || connection->kind != Kind::connected) return;
    if (connection->tls == nullptr) return transmit(channel, *connection, bytes);
    connection->tls->write(bytes);
    send_tls_output(channel, *connection);
}

void KernelTransport::send_tls_output(Channel channel, Connection& connection) {
    TlsStream& tls = *connection.tls;
    const std::string_view bytes = tls.output();
    if (!bytes.empty()) {
        transmit(channel, connection, bytes);
        tls.drop_output(bytes.size());
    }
    if (tls.state() == TlsStream::State::failed)
        fail(channel, connection, CloseCause::tls_failed, tls.error());
}

void KernelTransport::transmit(Channel channel, Connection& connection, std::string_view bytes) {
    if (connection.out.empty()) {
        bytes.remove_prefix(write_some(channel, connection, bytes));
        if (bytes.empty() || connection.closing) return;
    }
    if (connection.out.size() + bytes.size() > connection.options.backlog_bytes_max)
        return fail(channel, connection, CloseCause::slow_reader,
                    "the counterparty does not read: " + std::to_string(connection.out.size()) +
                        " bytes wait for it, and more may not (outbound_buffer_size)");
    if (connection.out.empty()) {
        connection.taken_at_ns = steady_ns();
        backlogged_.push_back(channel);
    }
    connection.out.append(bytes);
    watch(channel, connection, true);
}

void KernelTransport::cut_stalled() {
    if (backlogged_.empty()) return;
    const std::int64_t now = steady_ns();
    for (const Channel channel : backlogged_) {
        Connection* connection = find(channel);
        if (connection == nullptr || connection->closing) continue;
        if (now < connection->taken_at_ns + connection->options.stall_timeout_ms * ns_per_ms) continue;
        fail(channel, *connection, CloseCause::slow_reader,
             "the counterparty does not read: it took none of " + std::to_string(connection->out.size()) +
                 " bytes for " + std::to_string(connection->options.stall_timeout_ms) +
                 " ms (outbound_stall_timeout)");
    }
}

std::size_t KernelTransport::write_some(Channel channel, Connection& connection, std::string_view bytes) {
    if (crashes_at(CrashPoint::half_transmitted)) [[unlikely]] {
        (void)::send(connection.socket.get(), bytes.data(), bytes.size() / 2, MSG_NOSIGNAL);
        die();
    }
    std::size_t taken = 0;
    while (taken < bytes.size()) {
        const ssize_t sent =
            ::send(connection.socket.get(), bytes.data() + taken, bytes.size() - taken, MSG_NOSIGNAL);
        if (sent > 0) {
            taken += static_cast<std::size_t>(sent);
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            break;
        } else if (errno != EINTR) {
            fail(channel, connection, CloseCause::counterparty, std::generic_category().message(errno));
            break;
        }
    }
    pass(CrashPoint::transmitted);
    return taken;
}

void KernelTransport::flush(Channel channel, Connection& connection) {
    while (!connection.out.empty()) {
        const std::string_view bytes = connection.out.front();
        const std::size_t taken = write_some(channel, connection, bytes);
        connection.out.drop(taken);
        if (taken != 0) connection.taken_at_ns = steady_ns();
        if (taken < bytes.size()) return;
    }
    std::erase(backlogged_, channel);
    watch(channel, connection, false);
}

std::size_t KernelTransport::backlog_bytes(Channel channel) const {
    const Connection* connection = find(channel);
    return connection == nullptr ? 0 : connection->out.size();
}

void KernelTransport::close(Channel channel, std::string_view reason) {
    Connection* connection = find(channel);
    if (connection == nullptr || connection->closing) return;
    if (connection->kind == Kind::connected) {
        if (connection->tls != nullptr) {
            connection->tls->shut_down();
            send_tls_output(channel, *connection);
        }
        flush(channel, *connection);
    }
    fail(channel, *connection, CloseCause::requested, reason);
}

}  // namespace gw::net
