// Crash points: what is armed kills, the time it was told to, and nothing else does.
#include "base/crash_point.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.hpp"

using namespace gw;

namespace {

// The signal that ended a process which passes each point `times` times with this armed; 0: it lived.
int signal_after(std::string_view armed, int times) {
    const pid_t child = ::fork();
    if (child == 0) {
        if (!armed.empty() && !arm_crash_point(armed).empty()) ::_exit(9);
        for (int i = 0; i < times; ++i)
            for (std::size_t at = 1; at < crash_point_names.size(); ++at) pass(static_cast<CrashPoint>(at));
        ::_exit(0);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

TEST(unarmed_points_do_nothing) {
    CHECK_EQ(signal_after("", 1000), 0);
}

TEST(every_point_kills_the_time_it_was_told_to) {
    for (std::size_t at = 1; at < crash_point_names.size(); ++at) {
        const std::string armed = std::string(crash_point_names[at]) + ":3";
        CHECK_EQ(signal_after(armed, 2), 0);
        CHECK_EQ(signal_after(armed, 3), SIGKILL);
    }
}

TEST(what_is_no_point_is_refused_and_arms_nothing) {
    for (const char* text :
         {"", "written", "written:", "written:0", "written:x", "written:1x", "none:1", "no:1"}) {
        CHECK(arm_crash_point(text).find("expected NAME:N") == 0);
        CHECK(armed_crash_point == CrashPoint::none);
    }
}

TEST_MAIN
