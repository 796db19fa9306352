// The transport over kernel sockets: non-blocking TCP and one epoll, with TLS where a connection has it.
//
// The way of a connection: resolving (a name's addresses are looked up) -> connecting (one address after the
// other) -> shaking_hands (TLS) -> connected. One that was accepted starts at the third or the last. Lookups
// and handshakes are done on threads of their own (resolver.hpp, handshaker.hpp) and come back through
// wake(), so that whoever is slow there holds up nobody.
//
// Threads: poll() belongs to one thread. All other calls, and the callbacks inside poll(), happen under the
// lock that is given to the constructor; poll() takes it itself around each callback and never while it
// waits. send() writes straight into the socket from the caller's thread, so that an order needs no hop; only
// what the socket does not take is queued.
//
// Files: kernel_transport.cpp (open, listen), kernel_connect.cpp (on the way to connected), kernel_send.cpp,
// kernel_poll.cpp (what arrives).
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "net/address.hpp"
#include "net/descriptor.hpp"
#include "net/handshaker.hpp"
#include "net/resolver.hpp"
#include "net/send_queue.hpp"
#include "net/tls.hpp"
#include "net/transport.hpp"

namespace gw::net {

inline constexpr std::size_t receive_buffer_bytes = 128 * 1024;  // twice the largest message by default
inline constexpr std::size_t receive_buffer_bytes_max = 2 * 1024 * 1024;  // where a session takes larger ones

class KernelTransport final : public Transport {
  public:
    explicit KernelTransport(std::mutex& lock, Lookup lookup = look_up);
    ~KernelTransport() override;
    KernelTransport(const KernelTransport&) = delete;
    KernelTransport& operator=(const KernelTransport&) = delete;

    Channel open(const Endpoint& to, const ConnectionOptions& options) override;
    Channel listen(const Endpoint& at, const ConnectionOptions& options, std::string& error) override;
    [[nodiscard]] std::uint16_t port(Channel listener) const override;
    [[nodiscard]] const TlsContext* tls(Channel channel) const override;
    void set_options(Channel listener, const ConnectionOptions& options) override;
    [[nodiscard]] const TlsPeer* peer(Channel channel) const override;
    void poll(int timeout_ms, Events& events) override;
    void wake() override;
    void send(Channel channel, std::string_view bytes) override;
    [[nodiscard]] std::size_t backlog_bytes(Channel channel) const override;
    void close(Channel channel, std::string_view reason) override;

  private:
    enum class Kind : std::uint8_t { resolving, connecting, shaking_hands, connected, listener };
    struct Connection {
        Descriptor socket;
        Kind kind = Kind::resolving;
        bool initiator = false;
        bool wants_write = false;
        bool closing = false;
        CloseCause cause = CloseCause::requested;
        std::string reason;  // why it is closing
        Endpoint endpoint;
        ConnectionOptions options;
        std::vector<SocketAddress> addresses;  // that are left to try
        std::string tried;                     // what became of those before
        std::int64_t deadline_ns = 0;          // of resolving and connecting; 0: none
        std::unique_ptr<TlsStream> tls;
        std::vector<char> in;
        std::size_t in_used = 0;
        SendQueue out;
        std::int64_t taken_at_ns = 0;  // when the counterparty last took some of it
    };

    Channel add(std::unique_ptr<Connection> connection);
    void register_socket(Channel channel, Connection& connection, std::uint32_t epoll_events);
    void watch(Channel channel, Connection& connection, bool write);
    void fail(Channel channel, Connection& connection, CloseCause cause, std::string_view reason);
    void remove(Channel channel, Events& events);
    [[nodiscard]] Connection* find(Channel channel) const;

    // kernel_connect.cpp
    void connect_next(Channel channel, Connection& connection);
    bool begin_connect(Channel channel, Connection& connection, const SocketAddress& address,
                       std::string& error);
    void finish_connect(Channel channel, Connection& connection, Events& events);
    void begin_handshake(Channel channel, Connection& connection);
    void take_lookups();
    void take_handshakes(Events& events);
    void expire();
    void cut_stalled();

    // kernel_send.cpp
    void transmit(Channel channel, Connection& connection, std::string_view bytes);
    // How many bytes the socket took; fails the channel where it is lost.
    std::size_t write_some(Channel channel, Connection& connection, std::string_view bytes);
    void flush(Channel channel, Connection& connection);
    void send_tls_output(Channel channel, Connection& connection);

    // kernel_poll.cpp
    void handle(Channel channel, std::uint32_t what, Events& events);
    void accept_all(Channel listener, Events& events);
    void read_all(Channel channel, Connection& connection, Events& events);
    void read_tls(Channel channel, Connection& connection, Events& events);
    void decrypt(Channel channel, Connection& connection, Events& events);
    void deliver(Channel channel, Connection& connection, Events& events);
    [[nodiscard]] bool read_failed(Channel channel, Connection& connection, long size);

    std::mutex& lock_;
    Descriptor epoll_, wake_;
    Descriptor reserve_;  // given up to accept and refuse a connection where descriptors have run out
    Channel next_channel_ = 1;
    std::unordered_map<Channel, std::unique_ptr<Connection>> connections_;
    std::vector<Channel> closing_;     // to be told from the next poll()
    std::vector<Channel> underway_;    // with a deadline
    std::vector<Channel> backlogged_;  // with bytes in their queue
    std::vector<char> ciphertext_;     // the loop's own
    Resolver resolver_;
    std::unique_ptr<Handshaker> handshaker_;  // made for the first TLS connection
};

}  // namespace gw::net
