#include "net/signer_programs.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <optional>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include "logon/outside.hpp"
#include "net/descriptor.hpp"
#include "net/time.hpp"

namespace gw::net {
namespace {

constexpr int look_ms = 20;  // how often a waiting thread looks whether it is to stop

std::string text_of_error(int error) {
    return std::generic_category().message(error);
}

struct Pipe {
    Descriptor read_end, write_end;

    [[nodiscard]] bool open() {
        std::array<int, 2> ends;
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) return false;
        read_end = Descriptor(ends[0]);
        write_end = Descriptor(ends[1]);
        return true;
    }
};

std::vector<char*> pointers_of(std::vector<std::string>& texts) {
    std::vector<char*> out;
    for (std::string& text : texts) out.push_back(text.data());
    out.push_back(nullptr);
    return out;
}

std::vector<std::string> environment_with(const std::string& session) {
    constexpr std::string_view name = "GATEWAY_SESSION=";
    std::vector<std::string> out;
    for (char** at = environ; *at != nullptr; ++at)
        if (!std::string_view(*at).starts_with(name)) out.emplace_back(*at);
    out.push_back(std::string(name) + session);
    return out;
}

// A child in a process group of its own, with the signals as a program expects them. 0, or the error.
int spawn(const SignerPrograms::Job& job, int in, int out, pid_t& pid) {
    std::vector<std::string> command = job.program.command;
    std::vector<std::string> environment = environment_with(job.session);
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    const int error = ::posix_spawnp(&pid, command.front().c_str(), &actions, &attributes,
                                     pointers_of(command).data(), pointers_of(environment).data());
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

std::string describe_end(int status) {
    if (WIFSIGNALED(status)) return "was ended by signal " + std::to_string(WTERMSIG(status));
    if (WEXITSTATUS(status) == 0) return {};
    return "ended with exit status " + std::to_string(WEXITSTATUS(status)) +
           " (it may have said why in the log)";
}

}  // namespace

SignerPrograms::SignerPrograms(std::function<void()> wake) : wake_(std::move(wake)) {}

SignerPrograms::~SignerPrograms() {
    std::unique_lock<std::mutex> guard(lock_);
    stopping_ = true;
    ended_.wait(guard, [this] { return running_ == 0; });
}

bool SignerPrograms::begin(Job job) {
    const std::lock_guard<std::mutex> guard(lock_);
    if (running_ >= running_max) return false;
    try {
        std::thread([this, job = std::move(job)] { run(job); }).detach();
    } catch (const std::system_error&) {
        return false;  // no thread to be had
    }
    ++running_;
    return true;
}

std::vector<SignerPrograms::Result> SignerPrograms::take() {
    const std::lock_guard<std::mutex> guard(lock_);
    return std::exchange(results_, {});
}

bool SignerPrograms::is_stopping() {
    const std::lock_guard<std::mutex> guard(lock_);
    return stopping_;
}

// --- one program's thread
// ----------------------------------------------------------------------------------------------------------

void SignerPrograms::run(const Job& job) {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);  // a program that does not read makes no SIGPIPE

    const std::int64_t deadline = steady_ns() + job.program.timeout_ms * ns_per_ms;
    // False once the time is over or nobody waits any more; else sleeps for at most look_ms, or until
    // `output` has something.
    const auto may_wait = [&](int output) {
        const std::int64_t left_ms = (deadline - steady_ns()) / ns_per_ms;
        if (left_ms <= 0 || is_stopping()) return false;
        pollfd waited{output, POLLIN, 0};
        (void)::poll(&waited, output < 0 ? 0 : 1, static_cast<int>(std::min<std::int64_t>(left_ms, look_ms)));
        return true;
    };

    Result result{job, {}, {}};
    const std::string name = "the signer " + job.program.name + " ";
    Pipe in, out;
    pid_t pid = 0;
    int error = job.program.command.empty() ? ENOENT : in.open() && out.open() ? 0 : errno;
    if (error == 0) error = spawn(job, in.read_end.get(), out.write_end.get(), pid);
    if (error != 0) {
        result.error = name + "cannot be run: " + text_of_error(error);
    } else {
        in.read_end.reset();
        out.write_end.reset();
        // All of it at once: a pipe holds 64 KiB. What the program does not read is its own affair.
        ::fcntl(in.write_end.get(), F_SETFL, O_NONBLOCK);
        ::fcntl(out.read_end.get(), F_SETFL, O_NONBLOCK);
        [[maybe_unused]] const auto written =
            ::write(in.write_end.get(), job.payload.data(), job.payload.size());
        in.write_end.reset();

        bool in_time = true;
        std::array<char, 4096> buffer;
        while (result.output.size() <= logon::answer_bytes_max) {
            const ssize_t count = ::read(out.read_end.get(), buffer.data(), buffer.size());
            if (count > 0) result.output.append(buffer.data(), static_cast<std::size_t>(count));
            if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) break;
            if (count < 0 && !(in_time = may_wait(out.read_end.get()))) break;
        }
        out.read_end.reset();
        // Not yet reaped, so that the process group is still its own when it is ended.
        const auto has_ended = [pid] {
            siginfo_t info{};
            return ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
                   info.si_pid != 0;
        };
        while (in_time && !has_ended()) in_time = may_wait(-1);
        ::kill(-pid, SIGKILL);  // and whatever it has left behind
        int status = 0;
        while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
        const std::string end = describe_end(status);
        if (!in_time)
            result.error = name + "did not answer within " + std::to_string(job.program.timeout_ms) + " ms";
        else if (!end.empty() && result.output.size() <= logon::answer_bytes_max)
            result.error = name + end;
    }
    // Under the lock to its end: the destructor waits for it.
    const std::lock_guard<std::mutex> guard(lock_);
    results_.push_back(std::move(result));
    if (!stopping_) wake_();
    --running_;
    ended_.notify_all();
}

}  // namespace gw::net
