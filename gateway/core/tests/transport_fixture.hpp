// The kernel transport as a test drives it: real sockets on loopback, and what it told.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "check.hpp"
#include "net/kernel_transport.hpp"
#include "net/time.hpp"

namespace gw::test {

struct Told : net::Transport::Events {
    std::vector<net::Channel> open, accepted_channels;
    std::map<net::Channel, std::string> bytes;
    std::map<net::Channel, std::string> reasons;
    std::map<net::Channel, net::CloseCause> causes;
    std::function<void(net::Channel)> on_bytes = [](net::Channel) {};

    void opened(net::Channel channel) override { open.push_back(channel); }
    void accepted(net::Channel, net::Channel channel, const std::string&) override {
        accepted_channels.push_back(channel);
    }
    std::size_t received(net::Channel channel, std::string_view more) override {
        bytes[channel].append(more);
        on_bytes(channel);
        return more.size();
    }
    void closed(net::Channel channel, net::CloseCause cause, std::string_view reason) override {
        causes[channel] = cause;
        reasons[channel] = reason;
    }
    [[nodiscard]] bool is_open(net::Channel channel) const {
        return std::find(open.begin(), open.end(), channel) != open.end();
    }
    [[nodiscard]] bool is_closed(net::Channel channel) const { return reasons.count(channel) != 0; }
};

class Network {
  public:
    std::mutex lock;
    net::KernelTransport transport;
    Told told;

    explicit Network(net::Lookup lookup = net::look_up) : transport(lock, std::move(lookup)) {}

    net::Channel listen(const net::ConnectionOptions& options = {}) {
        std::string error;
        const std::lock_guard<std::mutex> guard(lock);
        const net::Channel listener = transport.listen({"127.0.0.1", 0}, options, error);
        REQUIRE(listener != net::no_channel);
        return listener;
    }
    net::Channel open(const std::string& host, std::uint16_t port,
                      const net::ConnectionOptions& options = {}) {
        const std::lock_guard<std::mutex> guard(lock);
        return transport.open({host, port}, options);
    }
    std::uint16_t port(net::Channel listener) {
        const std::lock_guard<std::mutex> guard(lock);
        return transport.port(listener);
    }
    void send(net::Channel channel, std::string_view bytes) {
        const std::lock_guard<std::mutex> guard(lock);
        transport.send(channel, bytes);
    }
    // Polls until it holds; far longer than it takes, for a busy machine.
    template <class Condition>
    bool until(Condition&& condition) {
        const std::int64_t give_up_ns = net::steady_ns() + 20'000 * net::ns_per_ms;
        while (!condition()) {
            if (net::steady_ns() > give_up_ns) return false;
            transport.poll(5, told);
        }
        return true;
    }
    // A connection through the transport, both ends of it.
    struct Ends {
        net::Channel near, far;
    };
    Ends connect(const net::ConnectionOptions& near = {}, const net::ConnectionOptions& far = {}) {
        const net::Channel listener = listen(far);
        const net::Channel channel = open("127.0.0.1", port(listener), near);
        const std::size_t before = told.accepted_channels.size();
        REQUIRE(until([&] {
            return (told.is_open(channel) && told.accepted_channels.size() > before) ||
                   told.is_closed(channel);
        }));
        return {channel, told.accepted_channels.empty() ? net::no_channel : told.accepted_channels.back()};
    }
};

}  // namespace gw::test
