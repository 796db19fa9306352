// The transport over kernel sockets: non-blocking TCP and one epoll.
//
// Threads: poll() belongs to one thread. All other calls, and the callbacks inside poll(), happen under the
// lock that is given to the constructor; poll() takes it itself around each callback and never while it
// waits. send() writes straight into the socket from the caller's thread, so that an order needs no hop; only
// what the socket does not take is queued.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "net/transport.hpp"

namespace gw::net {

inline constexpr std::size_t receive_buffer_bytes = 128 * 1024;  // twice the largest message by default
inline constexpr std::size_t receive_buffer_bytes_max = 2 * 1024 * 1024;  // where a session takes larger ones
inline constexpr std::size_t backlog_bytes_max = 16 * 1024 * 1024;

class KernelTransport final : public Transport {
  public:
    explicit KernelTransport(std::mutex& lock);
    ~KernelTransport() override;
    KernelTransport(const KernelTransport&) = delete;
    KernelTransport& operator=(const KernelTransport&) = delete;

    Channel open(const Endpoint& to) override;
    Channel listen(const Endpoint& at, std::string& error) override;
    [[nodiscard]] std::uint16_t port(Channel listener) const override;
    void poll(int timeout_ms, Events& events) override;
    void wake() override;
    void send(Channel channel, std::string_view bytes) override;
    [[nodiscard]] std::size_t backlog_bytes(Channel channel) const override;
    void close(Channel channel, std::string_view reason) override;

  private:
    enum class Kind : std::uint8_t { connecting, connected, listener };
    struct Connection {
        int descriptor = -1;
        Kind kind = Kind::connecting;
        bool wants_write = false;
        bool closing = false;
        std::string reason;  // why it is closing
        std::vector<char> in;
        std::size_t in_used = 0;
        std::vector<char> out;
        std::size_t out_sent = 0;
    };

    Channel add(int descriptor, Kind kind, std::uint32_t epoll_events);
    void watch(Channel channel, Connection& connection, bool write);
    void flush(Channel channel, Connection& connection);
    void fail(Channel channel, Connection& connection, std::string_view reason);
    void remove(Channel channel, Events& events);
    void accept_all(Channel listener, int descriptor, Events& events);
    void read_all(Channel channel, Events& events);
    void finish_connect(Channel channel, Connection& connection, Events& events);

    std::mutex& lock_;
    int epoll_ = -1;
    int wake_ = -1;
    Channel next_channel_ = 1;
    std::unordered_map<Channel, std::unique_ptr<Connection>> connections_;
    std::vector<Channel> closing_;  // to be told from the next poll()
};

}  // namespace gw::net
