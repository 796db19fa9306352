// The core asks the kernel for nothing between bytes in and bytes out once it is warm: a child process gives
// up every system call but its exit (a seccomp filter) and goes on. The first other call kills it.
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>

#include "check.hpp"
#include "steady_state.hpp"

namespace {

bool allow_exit_alone() {
    sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    };
    const sock_fprog filter{static_cast<unsigned short>(std::size(program)), program};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

enum class Outcome { fine, failed, killed, unavailable };

// Runs `call` in a child: `calls` times as it is, then `calls` times without system calls.
template <class Make>
Outcome confined(std::size_t calls, Make&& make) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        auto call = make();
        bool ok = true;
        for (std::size_t i = 0; i < calls; ++i) ok = call() && ok;
        if (!allow_exit_alone()) ::_exit(3);
        for (std::size_t i = 0; i < calls; ++i) ok = call() && ok;
        ::syscall(SYS_exit_group, ok ? 0 : 1);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    if (WIFSIGNALED(status)) return Outcome::killed;
    switch (WEXITSTATUS(status)) {
        case 0:
            return Outcome::fine;
        case 3:
            return Outcome::unavailable;
        default:
            return Outcome::failed;
    }
}

}  // namespace

TEST(a_system_call_ends_the_child) {
    CHECK_EQ(confined(10, [] { return [] { return ::syscall(SYS_getppid) > 0; }; }), Outcome::killed);
}

TEST(session_receive_to_echo_makes_no_system_call) {
    CHECK_EQ(confined(1'000,
                      [] {
                          return [session = std::make_shared<gw::test::EchoSession>()] {
                              return session->echo() && session->admin();
                          };
                      }),
             Outcome::fine);
}

TEST(order_to_wire_and_reports_to_events_make_no_system_call) {
    // Made here, so that its journal is removed again: the child cannot.
    gw::test::OrderPath path;
    CHECK_EQ(confined(1'000, [&] { return [&path] { return path.trade(); }; }), Outcome::fine);
}

TEST_MAIN
