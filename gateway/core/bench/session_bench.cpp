// A round trip over loopback, both ends polling: the session core on both sides against bare TCP with as many
// bytes.
//
//   session_bench [--rounds N] [--trips N]    session and raw echo, by turns
//   session_bench accept                      our session core as an acceptor that polls; prints its port
//   session_bench ping PORT NAME [--trips N]  TestRequest to Heartbeat against any acceptor (CompIDs GATEWAY,
//   VENUE)
//
// The echo: an application message of an order's size goes over, its text comes back in a message of the same
// size. Each side frames, parses, checks and numbers every message; nothing is journalled.
#include <atomic>
#include <thread>

#include "bench/session_link.hpp"

namespace {

using namespace gw;
using namespace gw::bench;

constexpr std::size_t warm_trips = 2'000;
constexpr std::string_view text =
    "an order's worth of text, which makes the message as long as an order's is: 0123456789";

void session_echo(std::size_t trips, std::size_t& message_size) {
    Pair pair = connected_pair();
    std::thread far([socket = std::move(pair.far)]() mutable {
        SessionLink link(session::Role::acceptor, std::move(socket));
        const auto echo = [&link](const fix::Message& message) {
            const std::string_view received = message.get(58).value_or(std::string_view());
            link.add("B", [received](fix::Encoder& out) { out.field<58>(received); });
        };
        while (link.poll(echo)) {
        }
    });
    {
        SessionLink link(session::Role::initiator, std::move(pair.near));
        bool answered = false;
        const auto take = [&answered](const fix::Message& message) {
            require(message.get(58) == text, "the echo is not what was sent");
            answered = true;
        };
        while (!link.logged_on()) require(link.poll(take), "no Logon");
        Samples samples(trips);
        for (std::size_t trip = 0; trip < warm_trips + trips; ++trip) {
            const std::int64_t started = now_ns();
            answered = false;
            link.send("B", [](fix::Encoder& out) { out.field<58>(text); });
            while (!answered) require(link.poll(take), "the echo has gone");
            if (trip >= warm_trips) samples.add(static_cast<double>(now_ns() - started));
        }
        message_size = link.sent_size();
        print("session_echo", "gateway", samples);
    }
    far.join();
}

void raw_echo(std::size_t trips, std::size_t message_size) {
    Pair pair = connected_pair();
    std::thread far([socket = std::move(pair.far), message_size]() mutable {
        std::array<char, 64 * 1024> room;
        std::size_t have = 0;
        for (;;) {
            const ssize_t size = socket.receive(std::span(room).subspan(have));
            if (size < 0) return;
            have += static_cast<std::size_t>(size);
            if (have < message_size) continue;
            socket.send_all({room.data(), have});
            have = 0;
        }
    });
    {
        const std::string message(message_size, 'm');
        std::array<char, 64 * 1024> room;
        Samples samples(trips);
        for (std::size_t trip = 0; trip < warm_trips + trips; ++trip) {
            const std::int64_t started = now_ns();
            pair.near.send_all(message);
            for (std::size_t have = 0; have < message_size;) {
                const ssize_t size = pair.near.receive(std::span(room).subspan(have));
                require(size >= 0, "the echo has gone");
                have += static_cast<std::size_t>(size);
            }
            if (trip >= warm_trips) samples.add(static_cast<double>(now_ns() - started));
        }
        print("session_echo", "raw TCP echo", samples);
        const Socket closed = std::move(pair.near);
    }
    far.join();
}

int serve() {
    Listener listener;
    std::printf("%u\n", unsigned{listener.port()});
    std::fflush(stdout);
    SessionLink link(session::Role::acceptor, listener.accept());
    while (link.poll([](const fix::Message&) {})) {
    }
    return 0;
}

// Written by hand rather than by a session: the same few instructions whoever answers.
int ping(std::uint16_t port, std::string_view name, std::size_t trips) {
    Socket socket = connect_to(port);
    std::array<char, 64 * 1024> room;
    std::size_t seq = 1;
    const auto exchange = [&](std::string_view msg_type, const std::string& body, std::string_view awaited) {
        char time[fix::timestamp_size_max];
        const std::int64_t wall = std::chrono::duration_cast<std::chrono::nanoseconds>(
                                      std::chrono::system_clock::now().time_since_epoch())
                                      .count();
        const std::size_t size = fix::format_timestamp(wall, fix::TimePrecision::milliseconds, time);
        const std::string message =
            framed(joined({"35=", msg_type, "|34=", std::to_string(seq++),
                           "|49=GATEWAY|52=", std::string_view(time, size), "|56=VENUE|", body}));
        const std::int64_t started = now_ns();
        socket.send_all(message);
        for (std::size_t have = 0;;) {
            const ssize_t got = socket.receive(std::span(room).subspan(have));
            require(got >= 0, "the acceptor has hung up");
            have += static_cast<std::size_t>(got);
            const std::string_view answer(room.data(), have);
            if (got > 0 && answer.find(awaited) != std::string_view::npos && answer.ends_with('\x01'))
                return now_ns() - started;
        }
    };
    (void)exchange("A", "98=0|108=30|141=Y|",
                   "\x01"
                   "35=A\x01");
    Samples samples(trips);
    for (std::size_t trip = 0; trip < trips / 10 + trips; ++trip) {
        const std::string id = numbered("T", 1'000'000 + trip);
        const std::int64_t took = exchange("1", joined({"112=", id, "|"}), joined({"112=", id, "\x01"}));
        if (trip >= trips / 10) samples.add(static_cast<double>(took));
    }
    print("test_request", name, samples);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::size_t trips = count_argument(argc, argv, "--trips", 20'000);
    if (argc > 1 && std::string_view(argv[1]) == "accept") return serve();
    if (argc > 3 && std::string_view(argv[1]) == "ping")
        return ping(static_cast<std::uint16_t>(std::strtoul(argv[2], nullptr, 10)), argv[3], trips);
    const std::size_t rounds = count_argument(argc, argv, "--rounds", 3);
    for (std::size_t round = 0; round < rounds; ++round) {
        std::size_t message_size = 0;
        session_echo(trips, message_size);
        raw_echo(trips, message_size);
        if (round == 0)
            print_value("session_echo_bytes", "gateway", "bytes", static_cast<double>(message_size));
    }
    return 0;
}
