// Full disks and failing syncs: what is refused, what still passes, what comes back.
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "check.hpp"
#include "journal_fixture.hpp"

using namespace gw::journal;

namespace {

std::uint64_t fill(Journal& journal) {
    std::uint64_t last = journal.committed_lsn();
    for (int i = 0; i < 10000; ++i) {
        const std::uint64_t lsn = commit_batch(journal, 2, 100);
        if (lsn == 0) break;
        last = lsn;
    }
    return last;
}

}  // namespace

TEST(test_full_disk_refuses_new_orders_while_half_a_segment_is_left) {
    const TemporaryDirectory directory;
    FailingFiles files;
    Options options = small_options(16384);
    options.files = &files;
    const OpenedJournal opened = Journal::open(directory.path(), options);
    REQUIRE(opened.journal);
    Journal& journal = *opened.journal;
    CHECK(journal.accepts_new_orders());
    CHECK(!journal.refusal());
    files.allocate_error = ENOSPC;
    CHECK(!journal.maintain());  // the spare is there already
    // Without maintain(): the writer finds out itself, half a segment before the end.
    std::uint64_t last_accepted = 0;
    while (journal.accepts_new_orders()) last_accepted = commit_batch(journal, 2, 100);
    CHECK_EQ(journal.refusal().code, ErrorCode::no_space);
    CHECK(!journal.sync_failed());
    CHECK(journal.refusal().text.find("spare.seg") != std::string::npos);
    CHECK_EQ(journal.segments().size(), 2U);
    const std::uint64_t last = fill(journal);
    CHECK((last - last_accepted) * record_size(100) > 16384 / 2 - 2 * record_size(100) - kHeaderBytes);

    // The reserve is used up: an error, and nothing of the batch.
    journal.begin(0);
    for (int i = 0; i < 4; ++i) journal.append({}, std::string(150, 'x'));
    CHECK_EQ(journal.commit().error, ErrorCode::no_space);
    CHECK_EQ(journal.committed_lsn(), last);
    CHECK_EQ(journal.next_lsn(), last + 1);
    CHECK_EQ(last_intact_lsn(journal.cursor(1), 100), last);

    files.allocate_error = 0;
    CHECK(!journal.maintain());
    CHECK(journal.accepts_new_orders());
    CHECK(!journal.refusal());
    CHECK_EQ(commit_batch(journal, 2, 100), last + 2);
    CHECK_EQ(last_intact_lsn(journal.cursor(1), 100), last + 2);
}

TEST(test_full_disk_found_by_maintain_leaves_the_whole_segment_as_reserve) {
    const TemporaryDirectory directory;
    FailingFiles files;
    Options options = small_options();
    options.files = &files;
    const OpenedJournal opened = Journal::open(directory.path(), options);
    REQUIRE(opened.journal);
    Journal& journal = *opened.journal;
    files.allocate_error = ENOSPC;
    while (journal.segments().size() < 2) commit_batch(journal, 1, 100);
    CHECK(journal.accepts_new_orders());
    CHECK_EQ(journal.maintain().code, ErrorCode::no_space);
    CHECK(!journal.accepts_new_orders());
    CHECK(commit_batch(journal, 1, 100) != 0);
}

TEST(test_open_on_a_full_disk_comes_up_and_refuses_new_orders) {
    const TemporaryDirectory directory;
    FailingFiles files;
    Options options = small_options();
    options.files = &files;
    std::uint64_t last = 0;
    {
        const OpenedJournal opened = Journal::open(directory.path(), options);
        REQUIRE(opened.journal);
        last = commit_batch(*opened.journal, 3);
    }
    std::filesystem::remove(directory.path() + "/spare.seg");
    files.allocate_error = ENOSPC;
    const OpenedJournal opened = Journal::open(directory.path(), options);
    REQUIRE(opened.journal);
    CHECK(!opened.journal->accepts_new_orders());
    CHECK_EQ(commit_batch(*opened.journal, 1), last + 1);
}

TEST(test_sync_publishes_what_was_committed) {
    const TemporaryDirectory directory;
    Options options = small_options();
    options.durability = Durability::disk;
    const OpenedJournal opened = Journal::open(directory.path(), options);
    REQUIRE(opened.journal);
    Journal& journal = *opened.journal;
    Cursor durable = journal.cursor(1, Visibility::durable);
    Record record;
    for (int i = 0; i < 50; ++i) {
        const std::uint64_t last = commit_batch(journal, 3, 100);
        CHECK(journal.durable_lsn() < last);
        CHECK(!durable.next(record));
        const SyncResult synced = journal.sync();
        CHECK(!synced.error);
        CHECK_EQ(synced.durable_lsn, last);
        for (int k = 0; k < 3; ++k) CHECK(durable.next(record));
        CHECK_EQ(record.lsn, last);
    }
    CHECK(journal.segments().size() > 3);
}

TEST(test_first_failed_sync_stays_until_the_journal_is_opened_anew) {
    const TemporaryDirectory directory;
    FailingFiles files;
    Options options = small_options();
    options.durability = Durability::disk;
    options.files = &files;
    std::uint64_t last = 0;
    {
        const OpenedJournal opened = Journal::open(directory.path(), options);
        REQUIRE(opened.journal);
        Journal& journal = *opened.journal;
        const std::uint64_t synced = commit_batch(journal, 2);
        CHECK(!journal.sync().error);
        last = commit_batch(journal, 2);
        files.sync_error = EIO;
        CHECK_EQ(journal.sync().error.code, ErrorCode::sync_failed);
        files.sync_error = 0;
        const SyncResult again = journal.sync();
        CHECK_EQ(again.error.code, ErrorCode::sync_failed);
        CHECK_EQ(again.durable_lsn, synced);
        CHECK(!journal.accepts_new_orders());
        CHECK_EQ(journal.refusal().code, ErrorCode::sync_failed);
        CHECK(journal.sync_failed());
        CHECK(!journal.maintain());
        CHECK(!journal.accepts_new_orders());
        last = commit_batch(journal, 1);  // a cancel
        CHECK_EQ(journal.durable_lsn(), synced);
    }
    files.sync_error = EIO;
    CHECK_EQ(Journal::open(directory.path(), options).error.code, ErrorCode::sync_failed);
    files.sync_error = 0;
    files.syncs = 0;
    const OpenedJournal opened = Journal::open(directory.path(), options);
    REQUIRE(opened.journal);
    CHECK(files.syncs > 0);
    CHECK(opened.journal->accepts_new_orders());
    CHECK_EQ(opened.journal->durable_lsn(), last);
}

TEST(test_segment_whose_name_cannot_be_synced_is_not_durable) {
    const TemporaryDirectory directory;
    FailingFiles files;
    Options options = small_options();
    options.durability = Durability::disk;
    options.files = &files;
    const OpenedJournal opened = Journal::open(directory.path(), options);
    REQUIRE(opened.journal);
    while (opened.journal->segments().size() < 2) commit_batch(*opened.journal, 1, 100);
    const std::uint64_t first_of_new = opened.journal->segments().back().first_lsn;
    files.sync_directory_error = EIO;
    CHECK_EQ(opened.journal->sync().error.code, ErrorCode::sync_failed);
    CHECK(opened.journal->durable_lsn() < first_of_new);
}

// The real thing, where the system lets us mount: a file system that is too small. The exit code says how far
// it came.
TEST(test_small_file_system_runs_full_without_a_signal_or_a_lost_record) {
    const TemporaryDirectory directory;
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        constexpr int kNotPermitted = 77;
        const int wanted = CLONE_NEWNS | (::geteuid() == 0 ? 0 : CLONE_NEWUSER);
        if (::unshare(wanted) != 0) ::_exit(kNotPermitted);
        (void)::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
        if (::mount("journal", directory.path().c_str(), "tmpfs", 0, "size=256k") != 0)
            ::_exit(kNotPermitted);
        Options options = small_options(65536);
        const OpenedJournal opened = Journal::open(directory.path(), options);
        if (!opened.journal) ::_exit(1);
        Journal& journal = *opened.journal;
        const std::uint64_t last = fill(journal);
        if (journal.accepts_new_orders() || journal.refusal().code != ErrorCode::no_space) ::_exit(2);
        if (last_intact_lsn(journal.cursor(1), 100) != last) ::_exit(3);
        if (!journal.maintain()) ::_exit(4);
        // Space returns: the oldest segment is archived and taken away.
        Error error;
        if (journal.release_before(last, error) == 0 || error) ::_exit(5);
        std::error_code failure;
        std::filesystem::remove_all(directory.path() + "/archived", failure);
        if (journal.maintain() || !journal.accepts_new_orders()) ::_exit(6);
        if (commit_batch(journal, 2, 100) != last + 2) ::_exit(7);
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 77);
}

TEST_MAIN
