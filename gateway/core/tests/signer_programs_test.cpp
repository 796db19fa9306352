// Programs that sign, real ones: what they read and write, how they fail, and that they end in time.
#include "net/signer_programs.hpp"

#include <condition_variable>
#include <ctime>
#include <mutex>

#include "check.hpp"

using gw::net::SignerProgram;
using gw::net::SignerPrograms;

namespace {

class Desk {
  public:
    SignerPrograms::Result run(std::vector<std::string> command, std::string payload = "payload",
                               std::int64_t timeout_ms = 30'000) {
        REQUIRE(
            programs_.begin({7, "VENUE", {"test", std::move(command), timeout_ms}, std::move(payload), 42}));
        std::unique_lock<std::mutex> guard(lock_);
        changed_.wait(guard, [this] { return woken_; });
        woken_ = false;
        auto results = programs_.take();
        REQUIRE(results.size() == 1);
        return results.front();
    }

  private:
    std::mutex lock_;
    std::condition_variable changed_;
    bool woken_ = false;
    SignerPrograms programs_{[this] {
        const std::lock_guard<std::mutex> guard(lock_);
        woken_ = true;
        changed_.notify_all();
    }};
};

std::vector<std::string> script(const std::string& text) {
    return {"/bin/sh", "-c", text};
}

}  // namespace

TEST(program_reads_the_payload_and_its_output_is_the_signature) {
    Desk desk;
    const auto result = desk.run(script("printf 'signed:'; cat; printf ':%s' \"$GATEWAY_SESSION\""));
    CHECK_EQ(result.error, std::string());
    CHECK_EQ(result.output, std::string("signed:payload:VENUE"));
    CHECK_EQ(result.job.channel, 7U);
    CHECK_EQ(result.job.at_ns, 42);
    // Bytes of any value, and a program that is looked for in PATH.
    const std::string bytes("\x00\x01\xff\n", 4);
    CHECK_EQ(desk.run({"cat"}, bytes).output, bytes);
}

TEST(program_that_fails_says_how) {
    Desk desk;
    CHECK_EQ(desk.run(script("echo half; exit 3")).error,
             std::string("the signer test ended with exit status 3 (it may have said why in the log)"));
    CHECK_EQ(desk.run(script("kill -9 $$")).error, std::string("the signer test was ended by signal 9"));
    CHECK_EQ(desk.run({"/nonexistent/signer"}).error,
             std::string("the signer test cannot be run: No such file or directory"));
    CHECK_EQ(desk.run({}).error, std::string("the signer test cannot be run: No such file or directory"));
}

TEST(program_that_does_not_read_does_no_harm) {
    Desk desk;
    const auto result = desk.run(script("exec <&-; echo done"), std::string(60'000, 'x'));
    CHECK_EQ(result.error, std::string());
    CHECK_EQ(result.output, std::string("done\n"));
}

TEST(program_that_writes_for_ever_is_cut_off) {
    Desk desk;
    const auto result = desk.run({"yes"});
    CHECK(result.output.size() > 8 * 1024);
    CHECK(result.output.size() < 64 * 1024);
}

TEST(program_that_takes_too_long_is_ended_with_all_that_it_has_started) {
    Desk desk;
    const auto result =
        desk.run(script("sleep 1000 & echo $! >&2; echo $!; exec 1>&-; sleep 1000"), "payload", 300);
    CHECK_EQ(result.error, std::string("the signer test did not answer within 300 ms"));
    const int child = std::stoi(result.output);
    // Whoever adopts it may take a moment to bury it; a zombie is not running.
    bool runs = true;
    for (int look = 0; look < 500 && runs; ++look) {
        std::string state = "/proc/" + std::to_string(child) + "/stat";
        std::FILE* file = std::fopen(state.c_str(), "r");
        char line[256] = {};
        runs = file != nullptr && std::fgets(line, sizeof line, file) != nullptr &&
               std::string(line).find(") Z ") == std::string::npos;
        if (file != nullptr) std::fclose(file);
        if (runs) {
            const timespec pause{0, 10'000'000};
            ::nanosleep(&pause, nullptr);
        }
    }
    CHECK(!runs);
}

TEST(programs_are_ended_when_nobody_waits_any_more) {
    // Else the destructor would wait for them, and this test with it.
    SignerPrograms programs([] {});
    CHECK(programs.begin({1, "A", {"test", script("sleep 1000000"), 600'000}, "", 0}));
    CHECK(programs.begin({2, "B", {"test", script("sleep 1000000"), 600'000}, "", 0}));
}

TEST(programs_are_bounded_in_number) {
    SignerPrograms programs([] {});
    for (std::size_t at = 0; at < SignerPrograms::running_max; ++at)
        REQUIRE(programs.begin({at + 1, "A", {"test", {"sleep", "1000"}, 600'000}, "", 0}));
    CHECK(!programs.begin({100, "A", {"test", {"sleep", "1000"}, 600'000}, "", 0}));
}

TEST_MAIN
