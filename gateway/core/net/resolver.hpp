// Names into addresses, on threads of its own: the system's resolver may take half a minute, and the loop may
// not wait for it. A name that is being asked for is not asked for twice at once, so that a dead name server
// holds at most one thread a name.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "net/address.hpp"
#include "net/transport.hpp"

namespace gw::net {

// As look_up(): every address, or none and `error`. Called by several threads at once.
using Lookup = std::function<std::vector<SocketAddress>(const std::string& host, std::uint16_t port,
                                                        std::string& error)>;

class Resolver {
  public:
    struct Answer {
        std::vector<Channel> channels;  // that wait for it
        std::vector<SocketAddress> addresses;
        std::string error;
    };
    static constexpr std::size_t lookups_max = 64;  // at once, and so threads

    // `wake` is called from any thread once there is an answer to take().
    Resolver(std::function<void()> wake, Lookup lookup);
    // Does not wait for lookups under way: they end by themselves and find nobody.
    ~Resolver();
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;

    // An answer follows, unless the channel is forgotten before. False: too many lookups are under way.
    [[nodiscard]] bool begin(Channel channel, const Endpoint& endpoint);
    void forget(Channel channel);
    [[nodiscard]] std::vector<Answer> take();

  private:
    struct Query {
        Endpoint endpoint;
        std::vector<Channel> channels;
    };
    struct Shared {
        std::mutex lock;
        std::vector<std::shared_ptr<Query>> queries;
        std::vector<Answer> answers;
        std::function<void()> wake;  // empty once the resolver has gone
    };

    std::shared_ptr<Shared> shared_;
    Lookup lookup_;
};

}  // namespace gw::net
