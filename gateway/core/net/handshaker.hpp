// TLS handshakes, on a thread of its own: their arithmetic takes milliseconds, and a peer may take its time.
// Neither holds up the loop or an order. A connection is here from its first byte until the handshake is
// done, has failed or is out of time.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "net/descriptor.hpp"
#include "net/tls.hpp"
#include "net/transport.hpp"

namespace gw::net {

class Handshaker {
  public:
    struct Job {
        Channel channel = no_channel;
        Descriptor socket;  // connected, not blocking
        std::unique_ptr<TlsStream> stream;
        std::int64_t deadline_ns = 0;  // of steady_ns()
    };
    struct Result {
        Channel channel = no_channel;
        Descriptor socket;
        std::unique_ptr<TlsStream> stream;
        std::string error;  // empty: done
    };

    // `wake` is called from the handshaker's thread once there is a result to take().
    explicit Handshaker(std::function<void()> wake);
    ~Handshaker();
    Handshaker(const Handshaker&) = delete;
    Handshaker& operator=(const Handshaker&) = delete;

    void begin(Job job);
    // No result follows, or one that nobody wants.
    void give_up(Channel channel);
    [[nodiscard]] std::vector<Result> take();

  private:
    struct Work {
        Job job;
        bool wants_write = false;
    };

    void run();
    void take_in();
    void advance(Channel channel);
    void expire();
    bool send_output(Work& work);
    void end(Channel channel, std::string error);
    [[nodiscard]] int timeout_ms() const;

    std::function<void()> wake_;
    Descriptor epoll_, bell_;
    std::unordered_map<Channel, Work> works_;  // the thread's own
    std::mutex lock_;                          // of what follows
    std::vector<Job> jobs_;
    std::vector<Channel> given_up_;
    std::vector<Result> results_;
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

}  // namespace gw::net
