// Cursors in this and in other processes, waiting, seeking, and archived segments.
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "check.hpp"
#include "journal_fixture.hpp"

using namespace gw::journal;

TEST(test_cursors_under_load_see_every_record_once_and_in_order) {
    const TemporaryDirectory directory;
    const OpenedJournal opened = Journal::open(directory.path(), small_options(16384));
    REQUIRE(opened.journal);
    Journal& journal = *opened.journal;
    constexpr std::uint64_t kRecords = 30000;
    std::atomic<int> wrong{0};
    std::atomic<bool> written{false};
    std::vector<std::thread> threads;
    for (int reader = 0; reader < 3; ++reader)
        threads.emplace_back([&, reader] {
            const Visibility visibility = reader == 2 ? Visibility::durable : Visibility::committed;
            Cursor cursor = journal.cursor(1, visibility);
            Waiter waiter(journal);
            Record record;
            std::uint64_t last = 0;
            while (last < kRecords) {
                if (!cursor.next(record)) {
                    if (cursor.error()) ++wrong;
                    if (cursor.error() || !waiter.wait(last, 10'000, visibility)) break;
                    continue;
                }
                if (record.lsn != ++last || record.payload != payload_of(last)) ++wrong;
                if (visibility == Visibility::durable && last > journal.durable_lsn()) ++wrong;
            }
            if (last != kRecords) ++wrong;
        });
    threads.emplace_back([&] {
        while (!written.load()) {
            (void)journal.maintain();
            (void)journal.sync();
        }
        (void)journal.sync();
    });
    for (std::size_t i = 0; journal.committed_lsn() < kRecords; ++i) {
        const std::uint64_t left = kRecords - journal.committed_lsn();
        if (commit_batch(journal, std::min<std::size_t>(1 + i % 5, left)) == 0) break;
    }
    written = true;
    for (std::thread& thread : threads) thread.join();
    CHECK_EQ(wrong.load(), 0);
    CHECK(journal.segments().size() > 50);
}

TEST(test_seek_finds_every_lsn) {
    const TemporaryDirectory directory;
    const OpenedJournal opened = Journal::open(directory.path(), small_options(65536));
    REQUIRE(opened.journal);
    Journal& journal = *opened.journal;
    while (journal.committed_lsn() < 3000) commit_batch(journal, 3, 20);
    const std::uint64_t last = journal.committed_lsn();
    OpenedReader reader = Journal::open_reader(directory.path());
    REQUIRE(reader.reader);
    Cursor own = journal.cursor(1);
    Cursor other = reader.reader->cursor(1);
    Record record;
    std::mt19937_64 random(3);
    for (int i = 0; i < 4000; ++i) {
        const std::uint64_t lsn = 1 + random() % last;
        for (Cursor* cursor : {&own, &other}) {
            CHECK_EQ(cursor->seek(lsn), SeekOutcome::found);
            REQUIRE(cursor->next(record));
            CHECK_EQ(record.lsn, lsn);
        }
    }
    CHECK_EQ(own.seek(last + 1), SeekOutcome::ahead);
    CHECK(!own.next(record));
    CHECK_EQ(own.seek(last + 3), SeekOutcome::ahead);
    CHECK_EQ(own.next_lsn(), last + 3);
    commit_batch(journal, 4, 20);
    REQUIRE(own.next(record));
    CHECK_EQ(record.lsn, last + 3);
    CHECK_EQ(own.seek(0), SeekOutcome::below_oldest);
    CHECK_EQ(own.next_lsn(), 1U);
}

TEST(test_reader_in_another_process_follows_the_writer) {
    const TemporaryDirectory directory;
    const OpenedJournal opened = Journal::open(directory.path(), small_options());
    REQUIRE(opened.journal);
    constexpr std::uint64_t kRecords = 6000;
    commit_batch(*opened.journal, 1);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        const OpenedReader reader = Journal::open_reader(directory.path());
        if (!reader.reader) ::_exit(1);
        Cursor cursor = reader.reader->cursor(1);
        Record record;
        std::uint64_t last = 0;
        while (last < kRecords) {
            if (!cursor.next(record)) {
                if (cursor.error()) ::_exit(2);
                std::this_thread::yield();
                continue;
            }
            if (record.lsn != ++last || record.payload != payload_of(last)) ::_exit(3);
        }
        if (reader.reader->committed_lsn() < kRecords) ::_exit(4);
        ::_exit(0);
    }
    while (opened.journal->committed_lsn() < kRecords + 3) commit_batch(*opened.journal, 2);
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK(WIFEXITED(status));
    CHECK_EQ(WEXITSTATUS(status), 0);
}

TEST(test_reader_without_a_writer_reads_what_was_committed) {
    const TemporaryDirectory directory;
    std::uint64_t last = 0;
    std::size_t segments = 0;
    {
        const OpenedJournal opened = Journal::open(directory.path(), small_options());
        REQUIRE(opened.journal);
        for (int i = 0; i < 100; ++i) last = commit_batch(*opened.journal, 2);
        segments = opened.journal->segments().size();
    }
    const OpenedReader reader = Journal::open_reader(directory.path());
    REQUIRE(reader.reader);
    CHECK_EQ(last_intact_lsn(reader.reader->cursor(1)), last);
    CHECK_EQ(reader.reader->committed_lsn(), last);
    CHECK_EQ(reader.reader->durable_lsn(), last);
    CHECK_EQ(reader.reader->oldest_lsn(), 1U);
    CHECK_EQ(reader.reader->segments().size(), segments);
    CHECK_EQ(Journal::open_reader(directory.path() + "/none").error.code, ErrorCode::io);
}

TEST(test_reader_stops_at_a_damaged_record) {
    const TemporaryDirectory directory;
    {
        const OpenedJournal opened = Journal::open(directory.path(), small_options());
        REQUIRE(opened.journal);
        for (int i = 0; i < 5; ++i) commit_batch(*opened.journal, 1);
    }
    std::string image = read_file(first_segment(directory.path()));
    const std::size_t third = kHeaderBytes + 2 * record_size(40);
    image[third + 60] = static_cast<char>(image[third + 60] ^ 4);
    write_file(first_segment(directory.path()), image);
    const OpenedReader reader = Journal::open_reader(directory.path());
    REQUIRE(reader.reader);
    Cursor cursor = reader.reader->cursor(1);
    Record record;
    CHECK(cursor.next(record));
    CHECK(cursor.next(record));
    CHECK(!cursor.next(record));
    CHECK_EQ(cursor.error().code, ErrorCode::damaged);
    CHECK(cursor.error().text.find("last good lsn 2") != std::string::npos);
}

TEST(test_waiter_is_woken_by_the_commit_after_it_was_armed) {
    const TemporaryDirectory directory;
    const OpenedJournal opened = Journal::open(directory.path(), small_options());
    REQUIRE(opened.journal);
    Journal& journal = *opened.journal;
    Waiter waiter(journal);
    Waiter second(journal);
    const auto readable = [](const Waiter& which) {
        pollfd watched{.fd = which.descriptor(), .events = POLLIN, .revents = 0};
        return ::poll(&watched, 1, 0) == 1;
    };
    CHECK(waiter.arm(0));
    CHECK(second.arm(0));
    CHECK(!readable(waiter));
    commit_batch(journal, 1);
    CHECK(readable(waiter));
    CHECK(readable(second));
    CHECK(!waiter.arm(0));  // there already
    CHECK(!readable(waiter));
    CHECK(waiter.arm(1));
    waiter.disarm();
    commit_batch(journal, 1);
    CHECK(!readable(waiter));
    CHECK(!waiter.wait(2, 0));
    CHECK(waiter.wait(1, 0));
    CHECK(waiter.arm(0, Visibility::durable));
    commit_batch(journal, 1);
    CHECK(!readable(waiter));
    CHECK(!journal.sync().error);
    CHECK(readable(waiter));
}

TEST(test_waiters_over_the_maximum_are_told) {
    const TemporaryDirectory directory;
    const OpenedJournal opened = Journal::open(directory.path(), small_options());
    REQUIRE(opened.journal);
    std::vector<std::unique_ptr<Waiter>> waiters;
    for (int i = 0; i < kWaitersMax; ++i) waiters.push_back(std::make_unique<Waiter>(*opened.journal));
    CHECK(waiters.back()->descriptor() >= 0);
    Waiter over(*opened.journal);
    CHECK_EQ(over.descriptor(), -1);
    CHECK(!over.arm(0));
    waiters.clear();
    CHECK(Waiter(*opened.journal).descriptor() >= 0);
}

TEST(test_released_segments_are_archived_and_said_to_be_gone) {
    const TemporaryDirectory directory;
    std::uint64_t oldest = 0;
    std::uint64_t last = 0;
    {
        const OpenedJournal opened = Journal::open(directory.path(), small_options());
        REQUIRE(opened.journal);
        Journal& journal = *opened.journal;
        while (journal.segments().size() < 6) last = commit_batch(journal, 3, 100);
        const auto before = journal.segments();
        Cursor slow = journal.cursor(before[2].first_lsn);
        Error error;
        CHECK_EQ(journal.release_before(before[1].last_lsn, error), 1U);  // the second is still needed
        CHECK_EQ(journal.release_before(last, error), 1U);                // a cursor stands in the third
        CHECK(!error);
        CHECK_EQ(journal.oldest_lsn(), before[2].first_lsn);
        CHECK(std::filesystem::exists(directory.path() + "/archived/" + segment_name(1)));
        Record record;
        while (slow.next(record)) {
        }
        CHECK_EQ(record.lsn, last);
        CHECK_EQ(journal.release_before(last, error), 3U);
        oldest = journal.oldest_lsn();
        CHECK_EQ(slow.seek(1), SeekOutcome::below_oldest);
        CHECK_EQ(slow.next_lsn(), oldest);
        CHECK(slow.next(record));
        CHECK_EQ(record.lsn, oldest);
    }
    CHECK(verify(directory.path()).clean());
    const OpenedJournal again = Journal::open(directory.path(), small_options());
    REQUIRE(again.journal);
    CHECK_EQ(again.journal->oldest_lsn(), oldest);
    CHECK_EQ(again.journal->committed_lsn(), last);
    CHECK_EQ(last_intact_lsn(again.journal->cursor(1), 100), last);
}

TEST_MAIN
