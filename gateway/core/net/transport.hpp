// What the loop needs of a network: open, poll, send, close. Kernel sockets implement it first; anything that
// can do these four can take their place, and the session core never knows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gw::net {

struct Endpoint {
    std::string host;
    std::uint16_t port = 0;
    friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

// Names one connection or listener. Never reused, so that a late event cannot hit a successor.
using Channel = std::uint64_t;
inline constexpr Channel no_channel = 0;

class Transport {
  public:
    // Told from within poll().
    struct Events {
        virtual ~Events() = default;
        virtual void opened(Channel channel) = 0;
        virtual void accepted(Channel listener, Channel channel) = 0;
        // Returns how many bytes were used; the rest is offered again together with what follows.
        virtual std::size_t received(Channel channel, std::string_view bytes) = 0;
        // After this the channel is gone. `reason` is for people.
        virtual void closed(Channel channel, std::string_view reason) = 0;
    };

    virtual ~Transport() = default;
    // Begins to connect; opened() or closed() follows.
    virtual Channel open(const Endpoint& to) = 0;
    // no_channel and `error` where it cannot listen. Port 0: any; see port().
    virtual Channel listen(const Endpoint& at, std::string& error) = 0;
    [[nodiscard]] virtual std::uint16_t port(Channel listener) const = 0;
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
