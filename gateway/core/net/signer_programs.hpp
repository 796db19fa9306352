// Programs that sign Logons, each run on a thread of its own and ended when its time is over: what they do is
// the user's, and the loop may not wait for it. They read the payload from their standard input and write the
// signature to their standard output; their standard error is the gateway's. See logon/outside.hpp.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "net/transport.hpp"

namespace gw::net {

struct SignerProgram {
    std::string name;                  // for people
    std::vector<std::string> command;  // a path, or a name to look for in PATH, and arguments; empty: none
    std::int64_t timeout_ms = 5'000;
};

class SignerPrograms {
  public:
    struct Job {
        Channel channel = no_channel;  // whose Logon it is
        std::string session;           // given to the program as GATEWAY_SESSION
        SignerProgram program;
        std::string payload;
        std::int64_t at_ns = 0;  // the time that the payload holds
    };
    struct Result {
        Job job;
        std::string output;
        std::string error;  // empty: the program ended well
    };
    static constexpr std::size_t running_max = 64;  // and so threads

    // `wake` is called from any thread once there is a result to take().
    explicit SignerPrograms(std::function<void()> wake);
    // Ends the programs that run, and waits until they have.
    ~SignerPrograms();
    SignerPrograms(const SignerPrograms&) = delete;
    SignerPrograms& operator=(const SignerPrograms&) = delete;

    // A result follows. False: too many programs run.
    [[nodiscard]] bool begin(Job job);
    [[nodiscard]] std::vector<Result> take();

  private:
    void run(const Job& job);
    [[nodiscard]] bool is_stopping();

    std::function<void()> wake_;
    std::mutex lock_;  // of what follows
    std::condition_variable ended_;
    std::size_t running_ = 0;
    bool stopping_ = false;
    std::vector<Result> results_;
};

}  // namespace gw::net
