// The transport over real sockets: names, several addresses, options, slow readers.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <condition_variable>

#include "transport_fixture.hpp"

using namespace gw;
using namespace gw::net;
using gw::test::Network;

namespace {

SocketAddress loopback(const char* host, std::uint16_t port) {
    return *numeric_address(host, port);
}

}  // namespace

TEST(bytes_arrive_in_order_in_both_directions) {
    Network net;
    const auto [near, far] = net.connect();
    net.send(near, "one ");
    net.send(near, "two");
    net.send(far, "three");
    CHECK(net.until([&] { return net.told.bytes[far] == "one two" && net.told.bytes[near] == "three"; }));
}

TEST(slow_lookup_holds_up_nobody_and_has_its_limit) {
    std::mutex lock;
    std::condition_variable released;
    bool release = false;
    {
        Network net([&](const std::string&, std::uint16_t, std::string& error) {
            std::unique_lock<std::mutex> waiting(lock);
            released.wait(waiting, [&] { return release; });
            error = "too late";
            return std::vector<SocketAddress>{};
        });
        ConnectionOptions hurried;
        hurried.connect_timeout_ms = 150;
        const Channel slow = net.open("slow.example", 1, hurried);
        const Channel same = net.open("slow.example", 1, hurried);
        const auto [near, far] = net.connect();  // meanwhile
        CHECK(!net.told.is_closed(slow));
        net.send(near, "x");
        CHECK(net.until([&] { return net.told.bytes[far] == "x"; }));
        CHECK(net.until([&] { return net.told.is_closed(slow) && net.told.is_closed(same); }));
        CHECK_EQ(net.told.reasons[slow], std::string("cannot resolve slow.example: no answer within 150 ms"));
        CHECK(net.told.causes[slow] == CloseCause::connect_failed);
    }  // does not wait for the lookup
    {
        const std::lock_guard<std::mutex> guard(lock);
        release = true;
    }
    released.notify_all();
}

TEST(listener_whose_name_was_looked_up_asks_nobody) {
    Endpoint endpoint{"localhost", 0};
    CHECK_EQ(look_up_listener(endpoint), std::string());
    CHECK(numeric_address(endpoint.address, 0).has_value());
    Endpoint numeric{"127.0.0.1", 0};
    CHECK_EQ(look_up_listener(numeric), std::string());
    CHECK(numeric.address.empty());
    Endpoint nowhere{"no-such-host.invalid", 0};
    CHECK(look_up_listener(nowhere).find("cannot resolve no-such-host.invalid") == 0);

    // The name stands for what is shown; the address is what counts.
    endpoint.host = "no-such-host.invalid";
    std::string error;
    Network net;
    const std::lock_guard<std::mutex> guard(net.lock);
    const Channel listener = net.transport.listen(endpoint, {}, error);
    CHECK_EQ(error, std::string());
    CHECK(listener != no_channel);
    CHECK(net.transport.listen(nowhere, {}, error) == no_channel);
    CHECK((endpoint == Endpoint{"no-such-host.invalid", 0}));
}

TEST(every_address_of_a_name_is_tried) {
    std::uint16_t port = 0;
    Network net([&](const std::string&, std::uint16_t, std::string&) {
        return std::vector<SocketAddress>{loopback("127.0.0.9", port), loopback("::1", 1),
                                          loopback("127.0.0.1", port)};
    });
    port = net.port(net.listen());
    const Channel channel = net.open("three.example", port);
    CHECK(net.until([&] { return net.told.is_open(channel) || net.told.is_closed(channel); }));
    CHECK(net.told.is_open(channel));
}

TEST(failed_attempt_names_each_address) {
    Network net([](const std::string&, std::uint16_t, std::string&) {
        return std::vector<SocketAddress>{loopback("127.0.0.1", 1), loopback("127.0.0.2", 1)};
    });
    const Channel channel = net.open("two.example", 1);
    CHECK(net.until([&] { return net.told.is_closed(channel); }));
    CHECK_EQ(net.told.reasons[channel],
             std::string("cannot connect to two.example:1 (127.0.0.1: Connection refused; 127.0.0.2: "
                         "Connection refused)"));
}

TEST(unknown_name_is_told) {
    Network net([](const std::string& host, std::uint16_t, std::string& error) {
        error = "cannot resolve " + host + ": Name or service not known";
        return std::vector<SocketAddress>{};
    });
    const Channel channel = net.open("none.example", 1);
    CHECK(net.until([&] { return net.told.is_closed(channel); }));
    CHECK_EQ(net.told.reasons[channel],
             std::string("cannot resolve none.example: Name or service not known"));
}

TEST(source_address_is_used_and_a_wrong_one_is_named) {
    Network net;
    ConnectionOptions options;
    options.socket.source_address = "127.0.0.7";
    const Channel listener = net.listen();
    CHECK(net.until([&, channel = net.open("127.0.0.1", net.port(listener), options)] {
        return net.told.is_open(channel);
    }));
    options.socket.source_address = "192.0.2.1";  // not of this machine
    const Channel wrong = net.open("127.0.0.1", net.port(listener), options);
    CHECK(net.until([&] { return net.told.is_closed(wrong); }));
    CHECK(net.told.reasons[wrong].find("cannot connect from 192.0.2.1") != std::string::npos);
}

TEST(socket_options_are_set) {
    SocketOptions options;
    options.no_delay = false;
    options.keep_alive_idle_s = 31;
    options.keep_alive_interval_s = 7;
    options.keep_alive_count = 3;
    options.user_timeout_ms = 21'000;
    options.send_buffer_bytes = options.receive_buffer_bytes = 65'536;
    const Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    CHECK_EQ(apply_options(socket.get(), options), std::string());
    const auto value = [&](int level, int option) {
        int number = -1;
        socklen_t size = sizeof number;
        ::getsockopt(socket.get(), level, option, &number, &size);
        return number;
    };
    CHECK_EQ(value(IPPROTO_TCP, TCP_NODELAY), 0);
    CHECK_EQ(value(SOL_SOCKET, SO_KEEPALIVE), 1);
    CHECK_EQ(value(IPPROTO_TCP, TCP_KEEPIDLE), 31);
    CHECK_EQ(value(IPPROTO_TCP, TCP_KEEPINTVL), 7);
    CHECK_EQ(value(IPPROTO_TCP, TCP_KEEPCNT), 3);
    CHECK_EQ(value(IPPROTO_TCP, TCP_USER_TIMEOUT), 21'000);
    CHECK_EQ(value(SOL_SOCKET, SO_SNDBUF), 2 * 65'536);  // the kernel doubles it for itself
    CHECK_EQ(value(SOL_SOCKET, SO_RCVBUF), 2 * 65'536);
    options.keep_alive_count = 1'000;
    CHECK(apply_options(socket.get(), options).starts_with("cannot set TCP_KEEPCNT: "));
}

TEST(slow_reader_is_cut_at_its_limit_and_memory_stays_below_it) {
    Network net;
    const Descriptor deaf(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));  // reads nothing
    const Channel listener = net.listen([] {
        ConnectionOptions options;
        options.backlog_bytes_max = 1024 * 1024;
        options.socket.send_buffer_bytes = 16 * 1024;
        return options;
    }());
    const SocketAddress address = loopback("127.0.0.1", net.port(listener));
    REQUIRE(::connect(deaf.get(), address.get(), address.size) == 0);
    REQUIRE(net.until([&] { return net.told.accepted_channels.size() == 1; }));
    const Channel slow = net.told.accepted_channels[0];
    const auto [near, far] = net.connect();
    const std::string block(10'000, 'x');
    std::size_t backlog_max = 0;
    for (int at = 0; at < 2'000 && !net.told.is_closed(slow); ++at) {
        net.send(slow, block);
        backlog_max = std::max(backlog_max, net.transport.backlog_bytes(slow));
        net.send(near, "y");
        net.transport.poll(0, net.told);
    }
    CHECK(net.told.is_closed(slow));
    CHECK(net.told.causes[slow] == CloseCause::slow_reader);
    CHECK(net.told.reasons[slow].starts_with("the counterparty does not read: "));
    CHECK(backlog_max <= 1024 * 1024);
    CHECK(backlog_max > 512 * 1024);
    CHECK(net.until([&] { return net.told.bytes[far].size() > 50; }));  // the other goes on
    CHECK(!net.told.is_closed(far));
}

TEST(reader_that_takes_nothing_is_cut_after_its_time) {
    Network net;
    const Descriptor deaf(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ConnectionOptions options;
    options.stall_timeout_ms = 100;
    options.socket.send_buffer_bytes = 16 * 1024;
    const Channel listener = net.listen(options);
    const SocketAddress address = loopback("127.0.0.1", net.port(listener));
    REQUIRE(::connect(deaf.get(), address.get(), address.size) == 0);
    REQUIRE(net.until([&] { return net.told.accepted_channels.size() == 1; }));
    const Channel slow = net.told.accepted_channels[0];
    // The kernel goes on taking bytes for a while: its buffers grow.
    CHECK(net.until([&] {
        if (net.transport.backlog_bytes(slow) < 100'000) net.send(slow, std::string(10'000, 'x'));
        return net.told.is_closed(slow);
    }));
    CHECK(net.told.reasons[slow].find("outbound_stall_timeout") != std::string::npos);
}

TEST(queue_gives_back_what_was_taken) {
    SendQueue queue;
    std::size_t sent = 0, taken = 0;
    const std::string block(1'000, 'x');
    for (int at = 0; at < 100'000; ++at) {  // a reader that always stays a little behind
        queue.append(block);
        sent += block.size();
        while (queue.size() > 50'000) {
            const std::size_t count = std::min<std::size_t>(queue.front().size(), 700);
            queue.drop(count);
            taken += count;
        }
        CHECK_EQ(queue.size(), sent - taken);
        CHECK(queue.capacity() <= 4 * SendQueue::block_bytes);
    }
}

TEST(queue_keeps_the_order_at_every_size) {
    for (const std::size_t size : {1U, 7U, 65'535U, 65'536U, 65'537U, 200'000U}) {
        SendQueue queue;
        std::string in, out;
        for (int round = 0; round < 3; ++round) {
            std::string bytes(size, '\0');
            for (std::size_t at = 0; at < size; ++at) bytes[at] = static_cast<char>((at + in.size()) % 251);
            queue.append(bytes);
            in += bytes;
        }
        while (!queue.empty()) {
            const std::string_view front = queue.front().substr(0, 10'007);
            out += front;
            queue.drop(front.size());
        }
        CHECK(in == out);
    }
}

TEST_MAIN
