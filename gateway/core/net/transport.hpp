// What the loop needs of a network: open, poll, send, close. Kernel sockets implement it first, plain or
// under TLS; anything that can do these four can take their place, and the session core never knows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "net/socket_options.hpp"

namespace gw::net {

class TlsContext;
struct TlsPeer;

struct Endpoint {
    std::string host;
    std::uint16_t port = 0;
    // In numbers, where it was looked up before; a listener then asks nobody.
    std::string address = {};
    friend bool operator==(const Endpoint& a, const Endpoint& b) {
        return a.host == b.host && a.port == b.port;
    }
};

// How a connection is made and kept. A listener hands it on to what it accepts.
struct ConnectionOptions {
    SocketOptions socket;
    std::shared_ptr<const TlsContext> tls;       // null: plain text
    std::int64_t connect_timeout_ms = 10'000;    // to find a name's addresses, and again to reach each
    std::int64_t handshake_timeout_ms = 10'000;  // TLS
    // What may wait for a counterparty that does not read; beyond it the connection is cut.
    std::size_t backlog_bytes_max = 16 * 1024 * 1024;
    // How long some of it may wait without the counterparty taking a byte.
    std::int64_t stall_timeout_ms = 30'000;
};

// Names one connection or listener. Never reused, so that a late event cannot hit a successor.
using Channel = std::uint64_t;
inline constexpr Channel no_channel = 0;

enum class CloseCause : std::uint8_t {
    requested,       // by close()
    counterparty,    // it closed, or the network lost it
    connect_failed,  // no such name, nobody there, no answer in time
    tls_failed,
    slow_reader,  // more waits for it than may
    oversized,    // it sent more than a message may have
};

class Transport {
  public:
    // Told from within poll().
    struct Events {
        virtual ~Events() = default;
        // Bytes may be sent; under TLS the counterparty has been authenticated.
        virtual void opened(Channel channel) = 0;
        // A connection came in from this address. Under TLS its handshake is yet to come: received() follows
        // only after it, and closed() where it fails.
        virtual void accepted(Channel listener, Channel channel, const std::string& host) = 0;
        // Returns how many bytes were used; the rest is offered again together with what follows.
        virtual std::size_t received(Channel channel, std::string_view bytes) = 0;
        // After this the channel is gone. `reason` is for people.
        virtual void closed(Channel channel, CloseCause cause, std::string_view reason) = 0;
    };

    virtual ~Transport() = default;
    // Begins to connect; opened() or closed() follows.
    virtual Channel open(const Endpoint& to, const ConnectionOptions& options) = 0;
    // no_channel and `error` where it cannot listen. Port 0: any; see port().
    virtual Channel listen(const Endpoint& at, const ConnectionOptions& options, std::string& error) = 0;
    [[nodiscard]] virtual std::uint16_t port(Channel listener) const = 0;
    // The TLS that the connection is under; null for plain text.
    [[nodiscard]] virtual const TlsContext* tls(Channel channel) const = 0;
    // What connections that come in from now on are given.
    virtual void set_options(Channel listener, const ConnectionOptions& options) = 0;
    // What the counterparty's certificate says; null without TLS, or without a certificate.
    [[nodiscard]] virtual const TlsPeer* peer(Channel channel) const = 0;
    // Waits for at most `timeout_ms` and tells what happened.
    virtual void poll(int timeout_ms, Events& events) = 0;
    // Ends a poll() that waits. Any thread.
    virtual void wake() = 0;
    // Takes all of the bytes, or closes a channel whose counterparty does not read (closed() follows from
    // poll()).
    virtual void send(Channel channel, std::string_view bytes) = 0;
    [[nodiscard]] virtual std::size_t backlog_bytes(Channel channel) const = 0;
    // Sends what is waiting as far as the counterparty takes it at once, then closes; closed() follows from
    // poll().
    virtual void close(Channel channel, std::string_view reason) = 0;
};

}  // namespace gw::net
