// verify and repair: what the operator's commands say and do.
#include <cstring>

#include "check.hpp"
#include "journal_fixture.hpp"

using namespace gw::journal;

namespace {

constexpr std::int64_t kNow = 1'767'225'600'000'000'000;

struct Made {
    std::uint64_t last = 0;
    std::vector<SegmentInfo> segments;
};

Made make(const std::string& directory, std::size_t segments = 4) {
    const OpenedJournal opened = Journal::open(directory, small_options());
    REQUIRE(opened.journal);
    Made made;
    while (opened.journal->segments().size() < segments) made.last = commit_batch(*opened.journal, 3, 100);
    made.last = commit_batch(*opened.journal, 3, 100);
    made.segments = opened.journal->segments();
    return made;
}

void flip(const std::string& path, std::size_t offset) {
    std::string image = read_file(path);
    image[offset] = static_cast<char>(image[offset] ^ 0x20);
    write_file(path, image);
}

// Opens, checks that nothing of what is expected lacks and that new lsn begin where the repair said.
void check_usable(const std::string& directory, const RepairReport& report) {
    CHECK(verify(directory).clean());
    const OpenedJournal opened = Journal::open(directory, small_options());
    if (!opened.journal) gw::test::fail(__FILE__, __LINE__, opened.error.text);
    REQUIRE(opened.journal);
    CHECK_EQ(opened.journal->next_lsn(), report.next_lsn);
    const std::uint64_t next = commit_batch(*opened.journal, 1, 100);
    CHECK_EQ(next, report.next_lsn);
    Cursor cursor = opened.journal->cursor(1);
    Record record;
    std::uint64_t before = 0;
    while (cursor.next(record)) {
        CHECK(record.lsn == before + 1 || (before == report.last_lsn && record.lsn == report.next_lsn));
        CHECK_EQ(record.payload, payload_of(record.lsn, 100));
        before = record.lsn;
    }
    CHECK(!cursor.error());
    CHECK_EQ(before, next);
    if (report.last_lsn + 1 < report.next_lsn) {
        const SeekOutcome expected = report.last_lsn == 0 ? SeekOutcome::below_oldest : SeekOutcome::in_gap;
        CHECK_EQ(cursor.seek(report.last_lsn + 1), expected);
        CHECK(cursor.next(record));
        CHECK_EQ(record.lsn, report.next_lsn);
    }
}

}  // namespace

TEST(test_verify_of_a_sound_journal_counts_what_is_there) {
    const TemporaryDirectory directory;
    const Made made = make(directory.path());
    const Report report = verify(directory.path());
    CHECK(report.clean());
    CHECK_EQ(report.segments, 4U);
    CHECK_EQ(report.first_lsn, 1U);
    CHECK_EQ(report.last_lsn, made.last);
    CHECK_EQ(report.records, made.last);
    CHECK_EQ(report.batches, made.last / 3);
    CHECK(report.notes.empty());
}

TEST(test_verify_beside_a_writer_looks_at_what_is_committed) {
    const TemporaryDirectory directory;
    const OpenedJournal opened = Journal::open(directory.path(), small_options());
    REQUIRE(opened.journal);
    const std::uint64_t last = commit_batch(*opened.journal, 3);
    opened.journal->begin(0);
    opened.journal->append({}, "not committed");
    const Report report = verify(directory.path());
    CHECK(report.clean());
    CHECK_EQ(report.last_lsn, last);
    CHECK_EQ(report.notes.size(), 1U);
    CHECK(opened.journal->commit().ok());
}

TEST(test_verify_lists_every_damaged_segment) {
    const TemporaryDirectory directory;
    const Made made = make(directory.path());
    flip(made.segments[1].path, kHeaderBytes + 70);
    flip(made.segments[3].path, kHeaderBytes + 70);
    const Report report = verify(directory.path());
    REQUIRE(report.damage.size() == 2);
    CHECK_EQ(report.damage[0].segment, segment_name(made.segments[1].first_lsn));
    CHECK_EQ(report.damage[0].offset, kHeaderBytes);
    CHECK_EQ(report.damage[0].last_good_lsn, made.segments[0].last_lsn);
    CHECK_EQ(report.damage[1].segment, segment_name(made.segments[3].first_lsn));
}

TEST(test_verify_and_repair_of_no_journal_say_so) {
    const TemporaryDirectory directory;
    CHECK_EQ(verify(directory.path() + "/none").error.code, ErrorCode::io);
    CHECK(!verify(directory.path()).clean());
    CHECK(repair(directory.path(), kNow).error);
}

TEST(test_repair_of_a_sound_journal_does_nothing) {
    const TemporaryDirectory directory;
    const Made made = make(directory.path());
    const RepairReport report = repair(directory.path(), kNow);
    CHECK(!report.error);
    CHECK(report.actions.empty());
    CHECK_EQ(report.last_lsn, made.last);
    check_usable(directory.path(), report);
}

TEST(test_repair_keeps_what_is_before_the_damage_and_never_reuses_an_lsn) {
    for (std::size_t which = 0; which < 4; ++which) {
        const TemporaryDirectory directory;
        const Made made = make(directory.path());
        // In the second batch of the segment.
        const std::size_t batch = 3 * record_size(100);
        flip(made.segments[which].path, kHeaderBytes + batch + 70);
        CHECK_EQ(Journal::open(directory.path(), small_options()).error.code, ErrorCode::damaged);
        const std::string damaged = read_file(made.segments[which].path);
        const RepairReport report = repair(directory.path(), kNow);
        if (report.error) gw::test::fail(__FILE__, __LINE__, report.error.text);
        CHECK_EQ(report.last_lsn, made.segments[which].first_lsn + 2);
        CHECK_EQ(report.next_lsn, made.last + 1);
        const std::string aside = directory.path() + "/damaged-" + std::to_string(kNow) + "/";
        CHECK(read_file(aside + segment_name(made.segments[which].first_lsn)) == damaged);
        for (std::size_t later = which + 1; later < 4; ++later)
            CHECK(std::filesystem::exists(aside + segment_name(made.segments[later].first_lsn)));
        const std::string account = read_file(directory.path() + "/repair-" + std::to_string(kNow) + ".txt");
        for (const std::string& action : report.actions) CHECK(account.find(action) != std::string::npos);
        check_usable(directory.path(), report);
    }
}

TEST(test_repair_of_a_segment_without_one_good_batch_takes_it_out) {
    for (std::size_t which = 0; which < 4; ++which) {
        const TemporaryDirectory directory;
        const Made made = make(directory.path());
        flip(made.segments[which].path, kHeaderBytes + 70);
        const RepairReport report = repair(directory.path(), kNow);
        CHECK(!report.error);
        CHECK_EQ(report.last_lsn, made.segments[which].first_lsn - 1);
        CHECK_EQ(report.next_lsn, made.last + 1);
        check_usable(directory.path(), report);
    }
}

TEST(test_repair_of_a_damaged_header_loses_no_record) {
    for (const std::size_t offset : {std::size_t{3}, std::size_t{20}, std::size_t{66}, std::size_t{75}}) {
        const TemporaryDirectory directory;
        const Made made = make(directory.path());
        flip(made.segments[3].path, offset);
        const RepairReport report = repair(directory.path(), kNow);
        CHECK(!report.error);
        CHECK_EQ(report.last_lsn, made.last);
        check_usable(directory.path(), report);
    }
}

TEST(test_repair_after_a_lost_segment_goes_on_behind_all_that_it_can_have_held) {
    for (std::size_t gone = 0; gone < 4; ++gone) {
        const TemporaryDirectory directory;
        const Made made = make(directory.path());
        std::filesystem::remove(made.segments[gone].path);
        const RepairReport report = repair(directory.path(), kNow);
        if (report.error) gw::test::fail(__FILE__, __LINE__, report.error.text);
        CHECK(report.next_lsn > made.last);
        CHECK(verify(directory.path()).clean());
        const OpenedJournal opened = Journal::open(directory.path(), small_options());
        if (!opened.journal) gw::test::fail(__FILE__, __LINE__, opened.error.text);
        REQUIRE(opened.journal);
        CHECK_EQ(opened.journal->next_lsn(), report.next_lsn);
        CHECK_EQ(commit_batch(*opened.journal, 1, 100), report.next_lsn);
    }
}

TEST_MAIN
