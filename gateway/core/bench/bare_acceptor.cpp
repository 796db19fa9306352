// A venue that costs little: logs on, keeps the session up, reads orders, and acknowledges each of them or
// none.
//
//   bare_acceptor [none|new]     prints the port that it listens on; CompIDs VENUE and GATEWAY; one
//   connection, then ends
//
// It sleeps while nothing comes, so that it takes no more of a small machine than it has to. At its end it
// prints how many orders it has read.
#include <poll.h>

#include <memory>

#include "bench/session_link.hpp"

namespace {

using namespace gw;
using namespace gw::bench;

void acknowledge(fix::Encoder& out, const fix::Message& order, std::uint64_t number) {
    const auto field = [&order](std::uint32_t tag) { return order.get(tag).value_or(std::string_view()); };
    out.field<37>(number).field<11>(field(11)).field<17>(number).field<150>('0').field<39>('0');
    out.field<55>(field(55)).field<54>(field(54)).field<38>(field(38)).field<44>(field(44));
    out.field<151>(field(38)).field<14>('0').field<6>('0').field<60>(field(60));
}

}  // namespace

int main(int argc, char** argv) {
    const bool answers = argc > 1 && std::string_view(argv[1]) == "new";
    Listener listener;
    std::printf("%u\n", unsigned{listener.port()});
    std::fflush(stdout);
    Socket socket = listener.accept();
    pollfd waiting{socket.descriptor(), POLLIN, 0};
    const auto link = std::make_unique<SessionLink>(session::Role::acceptor, std::move(socket));
    std::uint64_t orders = 0;
    const auto take = [&](const fix::Message& message) {
        if (message.msg_type() != "D") return;
        ++orders;
        if (answers) link->add("8", [&](fix::Encoder& out) { acknowledge(out, message, orders); });
    };
    constexpr int tick_ms = 500;
    do {
        (void)::poll(&waiting, 1, tick_ms);
        link->tick();
    } while (link->poll(take));
    print_value("orders_read", "bare acceptor", "orders", static_cast<double>(orders));
    return 0;
}
