// Which host is tried next, and when.
#include "net/failover.hpp"

#include "check.hpp"

using namespace gw::net;

namespace {

Failover three_hosts(ReturnToFirst policy, std::int64_t after_ms = 0) {
    return Failover({3, policy, after_ms, 100, 350});
}

}  // namespace

TEST(failed_attempts_go_round_and_the_pause_doubles_with_each_round) {
    Failover hosts = three_hosts(ReturnToFirst::never);
    const std::size_t tried[] = {1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0};
    const std::int64_t pauses_ms[] = {100, 100, 100, 100, 100, 200, 100, 100, 350, 100, 100, 350};
    CHECK_EQ(hosts.host(), 0U);
    for (std::size_t at = 0; at < 12; ++at) {
        CHECK_EQ(hosts.ended(false), pauses_ms[at]);
        CHECK_EQ(hosts.host(), tried[at]);
    }
}

TEST(one_host_keeps_doubling_its_pause) {
    Failover host({1, ReturnToFirst::at_next_logon, 0, 100, 350});
    CHECK_EQ(host.ended(false), 100);
    CHECK_EQ(host.ended(false), 200);
    CHECK_EQ(host.ended(false), 350);
    CHECK_EQ(host.ended(true), 100);
    CHECK_EQ(host.host(), 0U);
}

TEST(never_stays_on_the_host_that_worked) {
    Failover hosts = three_hosts(ReturnToFirst::never);
    (void)hosts.ended(false);
    hosts.opened(1);
    CHECK_EQ(hosts.ended(true), 100);
    CHECK_EQ(hosts.host(), 1U);
    CHECK_EQ(hosts.probe_due_ns(), Failover::never_ns);
}

TEST(at_next_logon_begins_with_the_first) {
    Failover hosts = three_hosts(ReturnToFirst::at_next_logon);
    (void)hosts.ended(false);
    hosts.opened(1);
    CHECK_EQ(hosts.probe_due_ns(), Failover::never_ns);
    (void)hosts.ended(true);
    CHECK_EQ(hosts.host(), 0U);
}

TEST(after_looks_for_the_first_host_once_the_backup_was_used_so_long) {
    Failover hosts = three_hosts(ReturnToFirst::after, 5'000);
    hosts.opened(1);
    CHECK_EQ(hosts.probe_due_ns(), Failover::never_ns);  // on the first
    (void)hosts.ended(false);
    CHECK_EQ(hosts.host(), 1U);
    hosts.opened(7);
    CHECK_EQ(hosts.probe_due_ns(), 5'000'000'007);
    hosts.probe_failed(5'000'000'010);
    CHECK_EQ(hosts.probe_due_ns(), 10'000'000'010);
    hosts.go_back();
    (void)hosts.ended(false);  // after a Logout it counts as not up
    CHECK_EQ(hosts.host(), 0U);
}

TEST_MAIN
