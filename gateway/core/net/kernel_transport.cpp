#include "net/kernel_transport.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>

#include "net/time.hpp"

namespace gw::net {

namespace {

constexpr std::size_t ciphertext_bytes = 64 * 1024;
constexpr int listen_backlog = 64;

}  // namespace

KernelTransport::KernelTransport(std::mutex& lock, Lookup lookup)
    : lock_(lock),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      reserve_(::open("/dev/null", O_RDONLY | O_CLOEXEC)),
      ciphertext_(ciphertext_bytes),
      resolver_([this] { wake(); }, std::move(lookup)) {
    if (!epoll_.is_open() || !wake_.is_open())
        throw std::system_error(errno, std::generic_category(), "epoll or eventfd");
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = no_channel;
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event);
}

KernelTransport::~KernelTransport() = default;

KernelTransport::Connection* KernelTransport::find(Channel channel) const {
    const auto found = connections_.find(channel);
    return found == connections_.end() ? nullptr : found->second.get();
}

Channel KernelTransport::add(std::unique_ptr<Connection> connection) {
    const Channel channel = next_channel_++;
    connections_.emplace(channel, std::move(connection));
    return channel;
}

void KernelTransport::register_socket(Channel channel, Connection& connection, std::uint32_t epoll_events) {
    connection.wants_write = (epoll_events & EPOLLOUT) != 0;
    epoll_event event{};
    event.events = epoll_events;
    event.data.u64 = channel;
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, connection.socket.get(), &event);
}

void KernelTransport::watch(Channel channel, Connection& connection, bool write) {
    if (connection.wants_write == write) return;
    connection.wants_write = write;
    epoll_event event{};
    event.events = EPOLLIN | EPOLLRDHUP | (write ? static_cast<std::uint32_t>(EPOLLOUT) : 0U);
    event.data.u64 = channel;
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, connection.socket.get(), &event);
}

Channel KernelTransport::open(const Endpoint& to, const ConnectionOptions& options) {
    auto made = std::make_unique<Connection>();
    Connection& connection = *made;
    connection.initiator = true;
    connection.endpoint = to;
    connection.options = options;
    connection.deadline_ns = steady_ns() + options.connect_timeout_ms * ns_per_ms;
    const Channel channel = add(std::move(made));
    underway_.push_back(channel);
    if (const auto address = numeric_address(to.host, to.port)) {
        connection.addresses.push_back(*address);
        connect_next(channel, connection);
    } else if (!resolver_.begin(channel, to)) {
        fail(channel, connection, CloseCause::connect_failed,
             "cannot resolve " + to.host + ": too many names are being looked up already");
    }
    return channel;
}

// Before the loop starts, or for a session that an operator adds: a name is looked up here and now.
Channel KernelTransport::listen(const Endpoint& at, const ConnectionOptions& options, std::string& error) {
    Endpoint numeric = at;
    if (error = look_up_listener(numeric); !error.empty()) return no_channel;
    const auto address = numeric_address(numeric.address.empty() ? at.host : numeric.address, at.port);
    if (!address) {
        error = "cannot listen on " + text_of(at) + ": it has no address";
        return no_channel;
    }
    Descriptor socket(::socket(address->family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const int on = 1;
    if (socket.is_open()) {
        ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        apply_buffer_sizes(socket.get(), options.socket);
    }
    if (!socket.is_open() || ::bind(socket.get(), address->get(), address->size) != 0 ||
        ::listen(socket.get(), listen_backlog) != 0) {
        error = "cannot listen on " + text_of(at) + ": " + std::generic_category().message(errno);
        return no_channel;
    }
    auto made = std::make_unique<Connection>();
    Connection& connection = *made;
    connection.socket = std::move(socket);
    connection.kind = Kind::listener;
    connection.endpoint = at;
    connection.options = options;
    const Channel channel = add(std::move(made));
    register_socket(channel, connection, EPOLLIN);
    return channel;
}

std::uint16_t KernelTransport::port(Channel listener) const {
    const Connection* connection = find(listener);
    if (connection == nullptr) return 0;
    SocketAddress address;
    address.size = sizeof address.storage;
    ::getsockname(connection->socket.get(), address.get(), &address.size);
    return address.port();
}

const TlsContext* KernelTransport::tls(Channel channel) const {
    const Connection* connection = find(channel);
    return connection == nullptr || connection->tls == nullptr ? nullptr : connection->options.tls.get();
}

void KernelTransport::set_options(Channel listener, const ConnectionOptions& options) {
    Connection* connection = find(listener);
    if (connection != nullptr) connection->options = options;
}

const TlsPeer* KernelTransport::peer(Channel channel) const {
    const Connection* connection = find(channel);
    if (connection == nullptr || connection->tls == nullptr) return nullptr;
    const TlsPeer& peer = connection->tls->peer();
    return peer.certificate_sha256.empty() ? nullptr : &peer;
}

void KernelTransport::wake() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
}

void KernelTransport::fail(Channel channel, Connection& connection, CloseCause cause,
                           std::string_view reason) {
    if (connection.closing) return;
    connection.closing = true;
    connection.cause = cause;
    connection.reason = reason;
    closing_.push_back(channel);
    wake();
}

void KernelTransport::remove(Channel channel, Events& events) {
    const auto found = connections_.find(channel);
    if (found == connections_.end()) return;
    const std::unique_ptr<Connection> connection = std::move(found->second);
    connections_.erase(found);
    std::erase(underway_, channel);
    std::erase(backlogged_, channel);
    if (connection->kind == Kind::resolving) resolver_.forget(channel);
    if (connection->kind == Kind::shaking_hands && handshaker_ != nullptr) handshaker_->give_up(channel);
    connection->socket.reset();
    events.closed(channel, connection->cause, connection->reason);
}

}  // namespace gw::net
