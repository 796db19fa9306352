// Old segments: what is counted, what is old, and what goes.
#include <filesystem>
#include <thread>

#include "check.hpp"
#include "journal_fixture.hpp"

using namespace gw::journal;

namespace {

// Segments of 8 KiB with records of 1000 bytes; the time of a record is 1000 times its lsn (see
// commit_batch).
struct Filled {
    TemporaryDirectory directory;
    std::unique_ptr<Journal> journal;
    Filled() {
        journal = Journal::open(directory.path(), small_options()).journal;
        REQUIRE(journal != nullptr);
        while (journal->segments().size() < 4) {
            CHECK(commit_batch(*journal, 1, 1000) != 0);
            CHECK(!journal->maintain());
        }
    }
};

}  // namespace

TEST(bytes_after_an_lsn_are_those_of_the_records_behind_it) {
    const Filled f;
    const std::uint64_t last = f.journal->committed_lsn();
    CHECK_EQ(f.journal->bytes_after(0), last * record_size(1000));
    CHECK_EQ(f.journal->bytes_after(last - 5), 5 * record_size(1000));
    CHECK_EQ(f.journal->bytes_after(last), 0U);
}

TEST(segment_is_as_old_as_the_next_ones_first_record) {
    const Filled f;
    const auto segments = f.journal->segments();
    const auto time_of = [](std::uint64_t lsn) { return static_cast<std::int64_t>(lsn) * 1000; };
    CHECK_EQ(f.journal->first_lsn_at(0), 1U);
    CHECK_EQ(f.journal->first_lsn_at(time_of(segments[1].first_lsn) - 1), 1U);
    CHECK_EQ(f.journal->first_lsn_at(time_of(segments[1].first_lsn)), segments[1].first_lsn);
    CHECK_EQ(f.journal->first_lsn_at(time_of(100'000)), segments[3].first_lsn);
}

TEST(released_segments_are_archived_or_removed_and_the_journal_opens_again) {
    for (const Release how : {Release::archive, Release::remove}) {
        Filled f;
        const auto segments = f.journal->segments();
        std::mutex writer;
        Error error;
        CHECK_EQ(f.journal->release_before(segments[2].first_lsn, error, how, &writer), 2U);
        CHECK(!error);
        CHECK(writer.try_lock());
        CHECK_EQ(f.journal->oldest_lsn(), segments[2].first_lsn);
        const std::string archived = f.directory.path() + "/archived";
        const bool kept = std::filesystem::exists(archived + "/" + segment_name(1));
        CHECK_EQ(kept, how == Release::archive);
        CHECK(!std::filesystem::exists(segments[0].path));
        const std::uint64_t last = f.journal->committed_lsn();
        f.journal.reset();
        CHECK(verify(f.directory.path()).clean());
        f.journal = Journal::open(f.directory.path(), small_options()).journal;
        REQUIRE(f.journal != nullptr);
        CHECK_EQ(f.journal->oldest_lsn(), segments[2].first_lsn);
        CHECK_EQ(last_intact_lsn(f.journal->cursor(1), 1000), last);
    }
}

TEST(segment_that_cannot_be_removed_is_said_and_the_journal_opens_again) {
    class Stubborn : public FileOps {
        int remove(const std::string&) override { return EACCES; }
    } files;
    TemporaryDirectory directory;
    Options options = small_options();
    options.files = &files;
    auto journal = Journal::open(directory.path(), options).journal;
    while (journal->segments().size() < 3) {
        CHECK(commit_batch(*journal, 1, 1000) != 0);
        CHECK(!journal->maintain());
    }
    Error error;
    const std::uint64_t second = journal->segments()[1].first_lsn;
    CHECK_EQ(journal->release_before(second, error, Release::remove), 0U);
    CHECK(error.code == ErrorCode::io);
    CHECK(error.text.find("cannot remove") == 0);
    const std::uint64_t last = journal->committed_lsn();
    journal.reset();
    journal = Journal::open(directory.path(), small_options()).journal;
    REQUIRE(journal != nullptr);
    CHECK_EQ(last_intact_lsn(journal->cursor(journal->oldest_lsn()), 1000), last);
}

TEST_MAIN
