// A file system that has become read-only: the next segment is entered under the spare's name, new orders are
// refused, everything else is written until that segment ends, and whoever opens the journal then finds it.
#include <cerrno>

#include "check.hpp"
#include "journal/directory.hpp"
#include "journal_fixture.hpp"

using namespace gw::journal;

namespace {

constexpr std::size_t segment_bytes = 16384;

// A journal whose second segment could not be given its name.
struct Unnamed {
    TemporaryDirectory directory;
    FailingFiles files;
    Options options = small_options(segment_bytes);
    std::unique_ptr<Journal> journal;
    std::uint64_t last_of_first = 0;
    std::uint64_t last = 0;

    explicit Unnamed(Durability durability = Durability::process) {
        options.files = &files;
        options.durability = durability;
        journal = Journal::open(directory.path(), options).journal;
        REQUIRE(journal != nullptr);
        fail(EROFS);
        while (journal->segments().size() < 2) {
            last_of_first = last;
            last = commit_batch(*journal, 2, 100);
            REQUIRE(last != 0);
        }
    }
    void fail(int error) { files.rename_error = files.allocate_error = error; }
    [[nodiscard]] std::string path(const std::string& name) const { return directory.path() + "/" + name; }
    [[nodiscard]] std::string second() const { return segment_name(last_of_first + 1); }
    // What a crash at this moment leaves: another directory with the same files.
    void copy_to(const TemporaryDirectory& copy) const {
        for (const std::string& name :
             {segment_name(1), second(), std::string(kSpareName), std::string("oldest")})
            if (std::filesystem::exists(path(name)))
                std::filesystem::copy_file(path(name), copy.path() + "/" + name);
    }
};

SegmentHeader& header_of(std::string& bytes) {
    return *reinterpret_cast<SegmentHeader*>(bytes.data());
}

// Opens what a crash has left and writes on: the last lsn that was there.
std::uint64_t recovered(const TemporaryDirectory& copy) {
    const OpenedJournal opened = Journal::open(copy.path(), small_options(segment_bytes));
    CHECK_EQ(opened.error.text, std::string());
    if (!opened.journal) return 0;
    Journal& journal = *opened.journal;
    const std::uint64_t last = journal.committed_lsn();
    CHECK(journal.accepts_new_orders());
    CHECK_EQ(commit_batch(journal, 3, 100), last + 3);
    CHECK_EQ(last_intact_lsn(journal.cursor(1), 100), last + 3);
    return last;
}

}  // namespace

TEST(test_next_segment_is_entered_under_the_spares_name_and_named_later) {
    Unnamed made;
    Journal& journal = *made.journal;
    CHECK(!journal.accepts_new_orders());
    CHECK_EQ(journal.refusal().code, ErrorCode::io);
    CHECK(!std::filesystem::exists(made.path(made.second())));
    CHECK_EQ(journal.maintain().code, ErrorCode::io);

    // A whole segment is left for what ends orders.
    std::uint64_t last = made.last;
    for (std::uint64_t lsn = last; lsn != 0; lsn = commit_batch(journal, 2, 100)) last = lsn;
    CHECK((last - made.last) * record_size(100) > segment_bytes - 6 * record_size(100));
    CHECK_EQ(journal.segments().size(), 2U);
    CHECK_EQ(last_intact_lsn(journal.cursor(1), 100), last);

    made.fail(0);
    CHECK(!journal.maintain());
    CHECK(journal.accepts_new_orders());
    CHECK(std::filesystem::exists(made.path(made.second())));
    CHECK_EQ(commit_batch(journal, 2, 100), last + 2);
    CHECK_EQ(last_intact_lsn(journal.cursor(1), 100), last + 2);
    made.journal.reset();
    CHECK(verify(made.directory.path()).clean());
}

TEST(test_crash_while_the_newest_segment_has_the_spares_name_loses_nothing) {
    Unnamed made;
    std::uint64_t last = made.last;
    for (int batch = 0; batch < 20; ++batch) {
        const TemporaryDirectory copy;
        made.copy_to(copy);
        const Report report = verify(copy.path());
        CHECK(report.damage.empty());
        CHECK_EQ(report.last_lsn, last);
        CHECK_EQ(recovered(copy), last);
        CHECK(std::filesystem::exists(copy.path() + "/" + made.second()));
        last = commit_batch(*made.journal, 2, 100);
    }
}

TEST(test_readers_beside_the_writer_find_the_segment_under_the_spares_name) {
    Unnamed made;
    const OpenedReader late = Journal::open_reader(made.directory.path());
    REQUIRE(late.reader);
    CHECK_EQ(last_intact_lsn(late.reader->cursor(1), 100), made.last);

    // And one that was there before it was entered.
    const TemporaryDirectory directory;
    FailingFiles files;
    Options options = small_options(segment_bytes);
    options.files = &files;
    const OpenedJournal opened = Journal::open(directory.path(), options);
    REQUIRE(opened.journal);
    std::uint64_t last = commit_batch(*opened.journal, 2, 100);
    const OpenedReader early = Journal::open_reader(directory.path());
    REQUIRE(early.reader);
    files.rename_error = EROFS;
    while (opened.journal->segments().size() < 2) last = commit_batch(*opened.journal, 2, 100);
    CHECK_EQ(last_intact_lsn(early.reader->cursor(1), 100), last);
}

TEST(test_segment_that_was_entered_and_not_yet_written_to_is_empty_and_goes_on) {
    Unnamed made;
    const TemporaryDirectory copy;
    made.copy_to(copy);
    const std::string path = copy.path() + "/" + kSpareName;
    std::string bytes = read_file(path);
    std::fill(bytes.begin() + kHeaderBytes, bytes.end(), '\0');
    store_mark(header_of(bytes).commit.mark, kEmptyMark);
    write_file(path, bytes);
    CHECK_EQ(recovered(copy), made.last_of_first);
    CHECK(std::filesystem::exists(copy.path() + "/" + made.second()));
}

// The header is written before the segment is entered: without the seal of the one before it is a spare.
TEST(test_spare_with_a_header_that_was_never_entered_is_a_spare) {
    Unnamed made;
    const TemporaryDirectory copy;
    made.copy_to(copy);
    const std::string path = copy.path() + "/" + kSpareName;
    std::string bytes = read_file(path);
    std::fill(bytes.begin() + kHeaderBytes, bytes.end(), '\0');
    store_mark(header_of(bytes).commit.mark, kEmptyMark);
    write_file(path, bytes);
    std::string first = read_file(first_segment(copy.path()));
    header_of(first).commit.next_first_lsn = 0;
    write_file(first_segment(copy.path()), first);
    CHECK(!list_directory(copy.path()).unnamed);
    CHECK_EQ(recovered(copy), made.last_of_first);
}

TEST(test_records_under_the_spares_name_are_kept_where_the_seal_before_them_is_lost) {
    Unnamed made;
    const TemporaryDirectory copy;
    made.copy_to(copy);
    std::string first = read_file(first_segment(copy.path()));
    header_of(first).commit.next_first_lsn = 0;
    write_file(first_segment(copy.path()), first);
    CHECK_EQ(recovered(copy), made.last);
}

TEST(test_damage_under_the_spares_name_is_found_and_repaired) {
    Unnamed made;
    const TemporaryDirectory copy;
    made.copy_to(copy);
    const std::string path = copy.path() + "/" + kSpareName;
    std::string bytes = read_file(path);
    bytes[kHeaderBytes + 60] = static_cast<char>(bytes[kHeaderBytes + 60] ^ 1);
    write_file(path, bytes);
    CHECK_EQ(verify(copy.path()).damage.size(), 1U);
    CHECK_EQ(Journal::open(copy.path(), small_options(segment_bytes)).error.code, ErrorCode::damaged);
    CHECK(!repair(copy.path(), 1).error);
    CHECK(Journal::open(copy.path(), small_options(segment_bytes)).journal != nullptr);
}

TEST(test_segment_without_its_name_is_not_durable) {
    std::uint64_t last = 0;
    const TemporaryDirectory copy;
    {
        Unnamed made(Durability::disk);
        CHECK_EQ(made.journal->sync().error.code, ErrorCode::sync_failed);
        CHECK_EQ(made.journal->durable_lsn(), 0U + made.last_of_first);
        last = commit_batch(*made.journal, 1, 100);  // a cancel
        CHECK(last != 0);
        made.copy_to(copy);
    }
    CHECK_EQ(recovered(copy), last);
}

TEST_MAIN
