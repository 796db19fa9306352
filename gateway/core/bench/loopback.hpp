// TCP over loopback, polled without ever sleeping: what is left is the kernel's path and the work between the
// calls.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "bench/measure.hpp"

namespace gw::bench {

class Socket {
  public:
    Socket() = default;
    explicit Socket(int descriptor) : descriptor_(descriptor) {
        require(descriptor >= 0, "a socket cannot be made");
    }
    Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    Socket& operator=(Socket&& other) noexcept {
        std::swap(descriptor_, other.descriptor_);
        return *this;
    }
    ~Socket() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    [[nodiscard]] int descriptor() const { return descriptor_; }

    // For a connection: small messages leave at once, and calls return at once.
    void set_options() {
        const int on = 1;
        require(::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0, "no TCP_NODELAY");
        require(::fcntl(descriptor_, F_SETFL, O_NONBLOCK) == 0, "a socket stays blocking");
    }
    void send_all(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
            require(sent > 0 || errno == EAGAIN || errno == EINTR, "the other side has gone");
        }
    }
    // Bytes received, 0 where none are there, -1 where the other side has closed.
    [[nodiscard]] ssize_t receive(std::span<char> room) {
        const ssize_t size = ::recv(descriptor_, room.data(), room.size(), 0);
        if (size > 0) return size;
        if (size < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
        return -1;
    }

  private:
    int descriptor_ = -1;
};

// Listens on 127.0.0.1, any port.
class Listener {
  public:
    Listener() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof at;
        require(::bind(socket_.descriptor(), reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0 &&
                    ::listen(socket_.descriptor(), 8) == 0 &&
                    ::getsockname(socket_.descriptor(), reinterpret_cast<sockaddr*>(&at), &size) == 0,
                "cannot listen on 127.0.0.1");
        port_ = ntohs(at.sin_port);
    }
    [[nodiscard]] std::uint16_t port() const { return port_; }
    // Blocks until somebody connects.
    [[nodiscard]] Socket accept() {
        Socket accepted(::accept4(socket_.descriptor(), nullptr, nullptr, SOCK_CLOEXEC));
        accepted.set_options();
        return accepted;
    }

  private:
    Socket socket_;
    std::uint16_t port_ = 0;
};

inline Socket connect_to(std::uint16_t port) {
    Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    at.sin_port = htons(port);
    require(::connect(socket.descriptor(), reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0,
            "cannot connect to 127.0.0.1");
    socket.set_options();
    return socket;
}

struct Pair {
    Socket near, far;
};
inline Pair connected_pair() {
    Listener listener;
    Pair pair;
    pair.near = connect_to(listener.port());
    pair.far = listener.accept();
    return pair;
}

}  // namespace gw::bench
