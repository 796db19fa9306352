// An order through the gateway's core between two sockets, against a relay that only passes bytes on.
//
//   relay_bench [--directory DIR] [--rounds N] [--trips N]
//
// Two threads, both polling. One is client and venue in one: it sends a request and takes the time until the
// venue's socket has the whole message. The other is the gateway: it reads the request (a TradeRequest of one
// order, its length before it), decides, journals, applies and sends the NewOrderSingle to the venue. The raw
// relay reads as many bytes and sends as many as the gateway does. FIX order entry does not exist yet: what a
// client's FIX session would add (one parse, one session decision, the journal record of the inbound message)
// is not in these figures.
#include <atomic>
#include <thread>

#include "bench/engine_bench.hpp"
#include "bench/loopback.hpp"

namespace {

using namespace gw;
using namespace gw::bench;

constexpr std::size_t warm_trips = 2'000;
constexpr std::size_t house_every = 1'000;

class SocketWire : public engine::Wire {
  public:
    explicit SocketWire(Socket socket) : socket_(std::move(socket)) {}
    void send(std::size_t, std::string_view bytes, std::uint64_t) override {
        socket_.send_all(bytes);
        last_size_ = bytes.size();
    }
    void disconnect(std::size_t, std::string_view reason) override { give_up(reason); }
    [[nodiscard]] std::size_t backlog_bytes(std::size_t) const override { return 0; }
    [[nodiscard]] std::size_t last_size() const { return last_size_; }

  private:
    Socket socket_;
    std::size_t last_size_ = 0;
};

struct Sizes {
    std::size_t request = 0, message = 0;
};

std::string prefixed(std::string_view request) {
    std::string framed_request(4, '\0');
    const auto size = static_cast<std::uint32_t>(request.size());
    std::memcpy(framed_request.data(), &size, sizeof size);
    return framed_request.append(request);
}

// Reads until `complete(have)` says that what stands in `room` is whole. False where the other side has
// closed.
template <class Complete>
bool read_until(Socket& socket, std::span<char> room, Complete&& complete) {
    for (std::size_t have = 0;;) {
        const ssize_t size = socket.receive(room.subspan(have));
        if (size < 0) return false;
        have += static_cast<std::size_t>(size);
        if (size > 0 && complete(std::string_view(room.data(), have))) return true;
    }
}

bool whole_request(std::string_view bytes) {
    std::uint32_t size = 0;
    if (bytes.size() < sizeof size) return false;
    std::memcpy(&size, bytes.data(), sizeof size);
    return bytes.size() == sizeof size + size;
}

// Client and venue: sends each request, waits for the message behind the gateway.
void drive(std::string_view subject, Socket& client, Socket& venue, std::size_t trips, Sizes sizes,
           const std::atomic<bool>& pause) {
    Requests requests(1);
    std::array<char, 64 * 1024> room;
    Samples samples(trips);
    for (std::size_t trip = 0; trip < warm_trips + trips; ++trip) {
        const std::string request = prefixed(requests.orders(1 + trip, 1));
        while (pause.load(std::memory_order_acquire)) {
        }
        const std::int64_t started = now_ns();
        client.send_all(request);
        const bool arrived = read_until(venue, room, [&](std::string_view bytes) {
            return sizes.message != 0 ? bytes.size() >= sizes.message
                                      : bytes.size() > 7 && bytes.substr(bytes.size() - 7, 3) == "10=" &&
                                            bytes[bytes.size() - 1] == '\x01';
        });
        require(arrived, "the gateway has gone");
        if (trip >= warm_trips) samples.add(static_cast<double>(now_ns() - started));
    }
    print("relay", subject, samples);
}

Sizes through_gateway(const std::string& parent, std::size_t trips) {
    const TemporaryDirectory directory(parent);
    Pair client = connected_pair(), venue = connected_pair();
    std::atomic<bool> ready{false}, pause{false};
    Sizes sizes;
    std::thread gateway([&, in = std::move(client.far), out = std::move(venue.near)]() mutable {
        SocketWire wire(std::move(out));
        ReadyEngine engine(directory.path(), warm_trips + trips + 1, wire);
        engine.log_on();
        engine.keep_house();
        ready = true;
        std::array<char, 64 * 1024> room;
        std::size_t request_size = 0, count = 0;
        while (read_until(in, room, [&](std::string_view bytes) {
            request_size = bytes.size();
            return whole_request(bytes);
        })) {
            keep(engine.command({room.data() + 4, request_size - 4}));
            if (++count % house_every == 0) {  // in the daemon another thread's work
                pause.store(true, std::memory_order_release);
                engine.keep_house();
                pause.store(false, std::memory_order_release);
            }
        }
        sizes = {request_size, wire.last_size()};
    });
    while (!ready) std::this_thread::yield();
    std::array<char, 4096> logon;
    require(read_until(venue.far, logon, [](std::string_view bytes) { return bytes.ends_with('\x01'); }),
            "no Logon");
    drive("gateway", client.near, venue.far, trips, {}, pause);
    { const Socket closed = std::move(client.near); }
    gateway.join();
    return sizes;
}

void through_raw_relay(std::size_t trips, Sizes sizes) {
    Pair client = connected_pair(), venue = connected_pair();
    const std::atomic<bool> pause{false};
    std::thread relay([in = std::move(client.far), out = std::move(venue.near), sizes]() mutable {
        std::array<char, 64 * 1024> room{};
        while (read_until(in, room, whole_request)) out.send_all({room.data(), sizes.message});
    });
    drive("raw TCP relay", client.near, venue.far, trips, sizes, pause);
    { const Socket closed = std::move(client.near); }
    relay.join();
}

}  // namespace

int main(int argc, char** argv) {
    const std::size_t trips = count_argument(argc, argv, "--trips", 20'000);
    const std::size_t rounds = count_argument(argc, argv, "--rounds", 3);
    const std::string directory(argument(argc, argv, "--directory", "/tmp"));
    for (std::size_t round = 0; round < rounds; ++round) {
        const Sizes sizes = through_gateway(directory, trips);
        through_raw_relay(trips, sizes);
        if (round != 0) continue;
        print_value("relay_bytes_in", "gateway", "bytes", static_cast<double>(sizes.request));
        print_value("relay_bytes_out", "gateway", "bytes", static_cast<double>(sizes.message));
    }
    return 0;
}
