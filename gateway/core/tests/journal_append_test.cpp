// Append, commit, abandon, rolling segments, and that the steady state allocates nothing.
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstring>
#include <new>

#include "check.hpp"
#include "journal_fixture.hpp"

namespace {
std::atomic<std::uint64_t> allocations{0};
}

// Not inlined: the compiler would take malloc and free for a mismatched pair.
[[gnu::noinline]] void* operator new(std::size_t bytes) {
    allocations.fetch_add(1, std::memory_order_relaxed);
    if (void* memory = std::malloc(bytes)) return memory;
    throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
    std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}

using namespace gw::journal;

TEST(test_append_then_commit_is_read_back_as_written) {
    const TemporaryDirectory directory;
    const OpenedJournal opened = Journal::open(directory.path(), small_options());
    REQUIRE(opened.journal);
    Journal& journal = *opened.journal;
    journal.begin(1'700'000'000'000'000'001);
    CHECK_EQ(journal.append({.kind = Kind::event, .flags = 0x0300, .client = 4}, "accepted"), 1U);
    CHECK_EQ(journal.append({.kind = Kind::message_out, .flags = kAdmin, .session = 9, .seq = 77}, ""), 2U);
    const CommitResult result = journal.commit();
    CHECK(result.ok());
    CHECK_EQ(result.first_lsn, 1U);
    CHECK_EQ(result.last_lsn, 2U);
    CHECK_EQ(journal.committed_lsn(), 2U);

    Cursor cursor = journal.cursor(1);
    Record record;
    REQUIRE(cursor.next(record));
    CHECK_EQ(record.lsn, 1U);
    CHECK_EQ(record.time_ns, 1'700'000'000'000'000'001);
    CHECK_EQ(record.kind, Kind::event);
    CHECK_EQ(record.flags, 0x0300);
    CHECK_EQ(record.client, 4U);
    CHECK_EQ(record.payload, "accepted");
    CHECK(!record.ends_batch());
    REQUIRE(cursor.next(record));
    CHECK_EQ(record.session, 9U);
    CHECK_EQ(record.seq, 77U);
    CHECK_EQ(record.flags, kAdmin | kEndOfBatch);
    CHECK_EQ(record.payload, "");
    CHECK_EQ(record.batch_first_lsn(), 1U);
    CHECK(!cursor.next(record));
    CHECK(!cursor.error());
}

TEST(test_append_before_commit_is_not_visible) {
    const TemporaryDirectory directory;
    const OpenedJournal opened = Journal::open(directory.path(), small_options());
    REQUIRE(opened.journal);
    Cursor cursor = opened.journal->cursor(1);
    Record record;
    opened.journal->begin(0);
    opened.journal->append({}, "x");
    CHECK(!cursor.next(record));
    CHECK(opened.journal->commit().ok());
    CHECK(cursor.next(record));
}

TEST(test_reserve_encodes_in_place_and_leaves_nothing_behind) {
    const TemporaryDirectory directory;
    {
        const OpenedJournal opened = Journal::open(directory.path(), small_options());
        REQUIRE(opened.journal);
        Journal& journal = *opened.journal;
        journal.begin(0);
        const std::span<char> room = journal.reserve({.kind = Kind::message_out, .seq = 5}, 200);
        REQUIRE(room.size() == 200);
        std::memset(room.data(), 'x', room.size());
        std::memcpy(room.data(), "8=FIX", 5);
        CHECK_EQ(journal.finish(5, 200), 1U);
        CHECK(journal.commit().ok());
        Cursor cursor = journal.cursor(1);
        Record record;
        REQUIRE(cursor.next(record));
        CHECK_EQ(record.payload, "8=FIX");
    }
    const Report report = verify(directory.path());
    CHECK(report.clean());
    CHECK_EQ(report.torn_tail_bytes, 0U);
}

TEST(test_abandon_gives_its_lsn_to_the_next_batch) {
    const TemporaryDirectory directory;
    {
        const OpenedJournal opened = Journal::open(directory.path(), small_options());
        REQUIRE(opened.journal);
        Journal& journal = *opened.journal;
        CHECK_EQ(commit_batch(journal, 1), 1U);
        journal.begin(0);
        CHECK_EQ(journal.append({}, "dropped"), 2U);
        (void)journal.reserve({}, 100);
        journal.abandon();
        CHECK_EQ(journal.next_lsn(), 2U);
        CHECK_EQ(commit_batch(journal, 2), 3U);
        CHECK_EQ(last_intact_lsn(journal.cursor(1)), 3U);
    }
    CHECK_EQ(verify(directory.path()).torn_tail_bytes, 0U);
}

TEST(test_commit_of_an_empty_batch_is_refused) {
    const TemporaryDirectory directory;
    const OpenedJournal opened = Journal::open(directory.path(), small_options());
    REQUIRE(opened.journal);
    CHECK_EQ(opened.journal->commit().error, ErrorCode::not_open);
    opened.journal->begin(0);
    CHECK_EQ(opened.journal->commit().error, ErrorCode::batch_empty);
    CHECK_EQ(opened.journal->append({}, "outside a batch"), 0U);
    CHECK_EQ(opened.journal->committed_lsn(), 0U);
}

TEST(test_batch_over_the_limit_is_refused_as_a_whole) {
    const TemporaryDirectory directory;
    const OpenedJournal opened = Journal::open(directory.path(), small_options());
    REQUIRE(opened.journal);
    Journal& journal = *opened.journal;
    const std::size_t most = journal.batch_bytes_max() - sizeof(RecordHeader);
    journal.begin(0);
    CHECK_EQ(journal.append({}, std::string(most, 'x')), 1U);
    CHECK_EQ(journal.append({}, ""), 0U);
    CHECK_EQ(journal.commit().error, ErrorCode::batch_too_large);
    CHECK_EQ(journal.next_lsn(), 1U);
    journal.begin(0);
    CHECK_EQ(journal.append({}, std::string(journal.batch_bytes_max() + 1, 'x')), 0U);
    CHECK_EQ(journal.commit().error, ErrorCode::batch_too_large);
    journal.begin(0);
    CHECK_EQ(journal.append({}, std::string(most, 'y')), 1U);
    CHECK(journal.commit().ok());
    CHECK_EQ(journal.committed_lsn(), 1U);
}

TEST(test_segments_roll_with_whole_batches) {
    const TemporaryDirectory directory;
    std::uint64_t last = 0;
    {
        const OpenedJournal opened = Journal::open(directory.path(), small_options());
        REQUIRE(opened.journal);
        Journal& journal = *opened.journal;
        for (std::size_t i = 0; i < 300; ++i) {
            last = commit_batch(journal, 1 + i % 5, 10 + i % 90);
            REQUIRE(last != 0);
            if (i % 3 == 0) CHECK(!journal.maintain());
        }
        const auto segments = journal.segments();
        CHECK(segments.size() > 10);
        for (std::size_t i = 1; i < segments.size(); ++i) {
            CHECK_EQ(segments[i].first_lsn, segments[i - 1].last_lsn + 1);
            Cursor cursor = journal.cursor(segments[i].first_lsn);
            Record record;
            REQUIRE(cursor.next(record));
            CHECK_EQ(record.batch_index, 0U);
        }
        CHECK_EQ(segments.back().last_lsn, last);
    }
    const Report report = verify(directory.path());
    CHECK(report.clean());
    CHECK_EQ(report.last_lsn, last);
    CHECK_EQ(report.records, last);
    CHECK_EQ(report.batches, 300U);
    CHECK_EQ(report.torn_tail_bytes, 0U);
}

TEST(test_reopened_journal_continues) {
    const TemporaryDirectory directory;
    std::uint64_t last = 0;
    for (int run = 0; run < 20; ++run) {
        const OpenedJournal opened =
            Journal::open(directory.path(), small_options(run % 2 == 0 ? 4096 : 16384));
        REQUIRE(opened.journal);
        CHECK_EQ(opened.journal->committed_lsn(), last);
        CHECK_EQ(opened.recovery.records, last);
        CHECK_EQ(opened.recovery.torn_tail_bytes, 0U);
        for (std::size_t i = 0; i < 7; ++i) last = commit_batch(*opened.journal, 3, 60);
        CHECK_EQ(last_intact_lsn(opened.journal->cursor(1), 60), last);
    }
    CHECK_EQ(last, 20U * 21U);
}

TEST(test_steady_state_allocates_nothing) {
    const TemporaryDirectory directory;
    Options options = small_options(std::size_t{4} << 20);
    const OpenedJournal opened = Journal::open(directory.path(), options);
    REQUIRE(opened.journal);
    Journal& journal = *opened.journal;
    Cursor cursor = journal.cursor(1);
    const std::string payload(250, 'x');
    Record record;
    const std::uint64_t before = allocations.load();
    for (std::uint64_t i = 0; i < 5000; ++i) {
        journal.begin(static_cast<std::int64_t>(i));
        journal.append({.kind = Kind::event, .client = 1}, payload);
        const std::span<char> room =
            journal.reserve({.kind = Kind::message_out, .session = 1, .seq = i + 1}, 300);
        std::memcpy(room.data(), payload.data(), payload.size());
        journal.finish(payload.size());
        if (!journal.commit().ok() || !cursor.next(record) || !cursor.next(record)) break;
        if (!journal.outbound(1, i + 1)) break;
    }
    CHECK_EQ(allocations.load() - before, 0U);
    CHECK_EQ(record.lsn, 10000U);
}

// From here on the kernel ends the process at its first system call other than exit.
static bool forbid_system_calls() {
    sock_filter rules[] = {
        {BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)},
        {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, SYS_exit_group},
        {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
        {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_KILL_PROCESS},
    };
    const sock_fprog program{.len = 4, .filter = rules};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

TEST(test_steady_state_makes_no_system_call) {
    const TemporaryDirectory directory;
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        const OpenedJournal opened = Journal::open(directory.path(), small_options(std::size_t{4} << 20));
        if (!opened.journal) ::_exit(1);
        Journal& journal = *opened.journal;
        Cursor cursor = journal.cursor(1);
        Record record;
        if (!forbid_system_calls()) ::_exit(2);
        int result = 0;
        for (std::uint64_t i = 0; i < 2000 && result == 0; ++i) {
            journal.begin(static_cast<std::int64_t>(i));
            journal.append({.kind = Kind::event}, "an event");
            journal.append({.kind = Kind::message_out, .session = 1, .seq = i + 1}, "a message");
            if (!journal.commit().ok() || !cursor.next(record) || !cursor.next(record)) result = 3;
            if (record.lsn != 2 * i + 2) result = 4;
        }
        ::syscall(SYS_exit_group, result);  // _exit() belongs to the sanitizers
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK(WIFEXITED(status));
    CHECK_EQ(WEXITSTATUS(status), 0);
}

TEST(test_record_of_no_known_kind_is_refused) {
    const TemporaryDirectory directory;
    const OpenedJournal opened = Journal::open(directory.path(), small_options());
    REQUIRE(opened.journal);
    opened.journal->begin(0);
    CHECK_EQ(opened.journal->append({.kind = static_cast<Kind>(9)}, "x"), 0U);
    CHECK_EQ(opened.journal->commit().error, ErrorCode::bad_record);
    CHECK_EQ(commit_batch(*opened.journal, 1), 1U);
}

TEST_MAIN
