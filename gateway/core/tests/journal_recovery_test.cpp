// What open() does with what a crash, a power cut, a bad disk or a hand has left behind.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

#include "check.hpp"
#include "journal_fixture.hpp"

using namespace gw::journal;

namespace {

constexpr std::uint64_t kMarkOffset = 64;
constexpr BootId kThisBoot{std::byte{1}};
constexpr BootId kNextBoot{std::byte{2}};

// A journal of one segment with a few batches, closed; returns its last lsn.
std::uint64_t make_small(const std::string& directory, int batches = 4,
                         const Options& options = small_options()) {
    const OpenedJournal opened = Journal::open(directory, options);
    REQUIRE(opened.journal);
    std::uint64_t last = 0;
    for (int i = 0; i < batches; ++i)
        last = commit_batch(*opened.journal, static_cast<std::size_t>(1 + i % 3), 24);
    return last;
}

std::uint64_t end_of_records(const std::string& image) {
    std::uint64_t word = 0;
    std::memcpy(&word, image.data() + kMarkOffset, sizeof word);
    return Mark::of(word).end;
}

// The mark as it was when the records ended at the given batch: what a crash before the next mark leaves.
void put_mark(std::string& image, const Mark& mark, std::size_t offset = kMarkOffset) {
    const std::uint64_t word = mark.word();
    const std::uint64_t complement = ~word;
    std::memcpy(image.data() + offset, &word, sizeof word);
    std::memcpy(image.data() + offset + 8, &complement, sizeof complement);
}

std::vector<Mark> batch_ends(const std::string& image) {
    std::vector<Mark> ends{kEmptyMark};
    std::uint64_t records = 0;
    for (std::uint64_t at = kHeaderBytes; at < end_of_records(image);) {
        RecordHeader header;
        std::memcpy(&header, image.data() + at, sizeof header);
        at += record_size(header.length);
        ++records;
        if ((header.flags & kEndOfBatch) != 0) ends.push_back({.records = records, .end = at});
    }
    return ends;
}

}  // namespace

TEST(test_open_after_every_torn_end_of_unacknowledged_batch_keeps_the_acknowledged) {
    const TemporaryDirectory directory;
    make_small(directory.path(), 5);
    const std::string path = first_segment(directory.path());
    const std::string whole = read_file(path);
    const std::vector<Mark> ends = batch_ends(whole);
    const Mark acknowledged = ends[ends.size() - 2];
    const Mark written = ends.back();
    for (std::uint64_t cut = acknowledged.end; cut <= written.end; ++cut) {
        std::string image = whole;
        put_mark(image, acknowledged);
        put_mark(image, acknowledged, 128);
        std::fill(image.begin() + static_cast<std::ptrdiff_t>(cut), image.end(), '\0');
        write_file(path, image);
        const OpenedJournal opened = Journal::open(directory.path(), small_options());
        REQUIRE(opened.journal);
        // The last batch's padding is zero: a cut within it is none.
        const std::uint64_t last = opened.journal->committed_lsn();
        CHECK(last == acknowledged.records || (last == written.records && cut + 8 > written.end));
        CHECK_EQ(last_intact_lsn(opened.journal->cursor(1), 24), last);
        CHECK_EQ(commit_batch(*opened.journal, 2, 24), last + 2);
        CHECK_EQ(last_intact_lsn(opened.journal->cursor(1), 24), last + 2);
    }
}

TEST(test_open_after_acknowledged_bytes_are_zeroed_refuses_at_every_byte) {
    const TemporaryDirectory directory;
    make_small(directory.path(), 5);
    const std::string path = first_segment(directory.path());
    const std::string whole = read_file(path);
    const std::uint64_t end = end_of_records(whole);
    for (std::uint64_t cut = kHeaderBytes; cut < end; ++cut) {
        std::string image = whole;
        std::fill(image.begin() + static_cast<std::ptrdiff_t>(cut), image.end(), '\0');
        if (image == whole) continue;
        write_file(path, image);
        const OpenedJournal opened = Journal::open(directory.path(), small_options());
        CHECK(!opened.journal);
        CHECK_EQ(opened.error.code, ErrorCode::damaged);
        CHECK(read_file(path) == image);
    }
}

TEST(test_open_after_the_file_was_cut_short_refuses_or_loses_nothing) {
    const TemporaryDirectory directory;
    const std::uint64_t last = make_small(directory.path(), 5);
    const std::string path = first_segment(directory.path());
    const std::string whole = read_file(path);
    const std::uint64_t end = end_of_records(whole);
    for (std::uint64_t size = 0; size < end + 40; ++size) {
        write_file(path, whole.substr(0, size));
        const OpenedJournal opened = Journal::open(directory.path(), small_options());
        CHECK_EQ(opened.journal != nullptr, size >= end);
        if (!opened.journal) continue;
        CHECK_EQ(last_intact_lsn(opened.journal->cursor(1), 24), last);
        CHECK_EQ(std::filesystem::file_size(path), whole.size());
    }
}

TEST(test_every_flipped_bit_is_found_or_harmless) {
    const TemporaryDirectory directory;
    const std::uint64_t last = make_small(directory.path(), 3);
    const std::string path = first_segment(directory.path());
    const std::string whole = read_file(path);
    const std::uint64_t end = end_of_records(whole);
    const Report sound = verify(directory.path());
    CHECK(sound.clean());
    CHECK(sound.notes.empty());
    int refused = 0;
    for (std::uint64_t bit = 0; bit < whole.size() * 8; ++bit) {
        // Behind the records one bit of each byte is enough: nothing there has a meaning.
        if (bit / 8 > end + 64 && bit % 61 != 0) continue;
        std::string image = whole;
        image[bit / 8] = static_cast<char>(image[bit / 8] ^ (1 << bit % 8));
        write_file(path, image);
        const Report report = verify(directory.path());
        const bool told = !report.damage.empty() || !report.notes.empty() || report.torn_tail_bytes > 0;
        if (!told) gw::test::fail(__FILE__, __LINE__, "not found: flipped bit " + std::to_string(bit));
        const OpenedJournal opened = Journal::open(directory.path(), small_options());
        CHECK_EQ(opened.journal == nullptr, !report.damage.empty());
        if (opened.journal)
            CHECK_EQ(last_intact_lsn(opened.journal->cursor(1), 24), last);
        else
            ++refused;
        const bool acknowledged_record = bit / 8 >= kHeaderBytes && bit / 8 < end;
        if (acknowledged_record) CHECK(!opened.journal);
    }
    CHECK(refused > static_cast<int>((end - kHeaderBytes) * 8));
}

TEST(test_open_with_damage_names_segment_offset_and_last_good_lsn) {
    const TemporaryDirectory directory;
    make_small(directory.path(), 3);
    const std::string path = first_segment(directory.path());
    std::string image = read_file(path);
    const Mark second = batch_ends(image)[1];
    image[second.end + 60] = static_cast<char>(image[second.end + 60] ^ 0x10);
    write_file(path, image);
    const OpenedJournal opened = Journal::open(directory.path(), small_options());
    REQUIRE(!opened.journal);
    for (const std::string& part :
         {std::string("00000000000000000001.seg"), "offset " + std::to_string(second.end),
          "last good lsn " + std::to_string(second.records), std::string("gateway journal verify"),
          std::string("gateway journal repair")})
        if (opened.error.text.find(part) == std::string::npos)
            gw::test::fail(__FILE__, __LINE__, "'" + part + "' is not in: " + opened.error.text);
}

TEST(test_crash_between_the_two_words_of_the_mark_keeps_the_batch) {
    const TemporaryDirectory directory;
    const std::uint64_t last = make_small(directory.path(), 3);
    const std::string path = first_segment(directory.path());
    std::string image = read_file(path);
    const auto ends = batch_ends(image);
    const std::uint64_t complement_before = ~ends[ends.size() - 2].word();
    std::memcpy(image.data() + kMarkOffset + 8, &complement_before, sizeof complement_before);
    write_file(path, image);
    const OpenedJournal opened = Journal::open(directory.path(), small_options());
    REQUIRE(opened.journal);
    CHECK_EQ(opened.journal->committed_lsn(), last);
    CHECK_EQ(opened.recovery.notes.size(), 1U);
}

TEST(test_missing_segment_is_refused_wherever_it_is_missing) {
    for (std::size_t gone = 0; gone < 4; ++gone) {
        const TemporaryDirectory directory;
        std::vector<SegmentInfo> segments;
        {
            const OpenedJournal opened = Journal::open(directory.path(), small_options());
            REQUIRE(opened.journal);
            while (opened.journal->segments().size() < 4) commit_batch(*opened.journal, 3, 100);
            segments = opened.journal->segments();
        }
        std::filesystem::remove(segments[gone].path);
        const OpenedJournal opened = Journal::open(directory.path(), small_options());
        CHECK_EQ(opened.error.code, ErrorCode::damaged);
        CHECK(!verify(directory.path()).clean());
    }
}

TEST(test_all_segments_missing_does_not_start_a_new_journal) {
    const TemporaryDirectory directory;
    make_small(directory.path());
    std::filesystem::remove(first_segment(directory.path()));
    CHECK_EQ(Journal::open(directory.path(), small_options()).error.code, ErrorCode::damaged);
}

TEST(test_second_writer_is_refused_and_told_who_the_first_is) {
    const TemporaryDirectory directory;
    const OpenedJournal first = Journal::open(directory.path(), small_options());
    REQUIRE(first.journal);
    const OpenedJournal second = Journal::open(directory.path(), small_options());
    CHECK_EQ(second.error.code, ErrorCode::locked);
    CHECK(second.error.text.find(std::to_string(::getpid())) != std::string::npos);
    CHECK_EQ(repair(directory.path(), 1).error.code, ErrorCode::locked);
}

// A child writes as fast as it can and says through a pipe what was acknowledged; it is killed at a random
// point.
TEST(test_kill_at_any_point_keeps_every_acknowledged_lsn) {
    std::mt19937 random(20260101);
    for (int round = 0; round < 40; ++round) {
        const TemporaryDirectory directory;
        int pipe_ends[2];
        REQUIRE(::pipe(pipe_ends) == 0);
        const std::size_t stop_after = 1 + random() % 400;
        const pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            ::close(pipe_ends[0]);
            const OpenedJournal opened = Journal::open(directory.path(), small_options());
            std::uint64_t said = 0;
            for (std::size_t i = 0; opened.journal != nullptr; ++i) {
                said = commit_batch(*opened.journal, 1 + i % 4, 30 + i % 50);
                if (said == 0 || ::write(pipe_ends[1], &said, sizeof said) != sizeof said) break;
                if (i % 5 == 0) (void)opened.journal->maintain();
            }
            ::_exit(1);
        }
        ::close(pipe_ends[1]);
        std::uint64_t acknowledged = 0;
        std::uint64_t lsn = 0;
        for (std::size_t i = 0; i < stop_after && ::read(pipe_ends[0], &lsn, sizeof lsn) == sizeof lsn; ++i)
            acknowledged = lsn;
        ::kill(child, SIGKILL);
        while (::read(pipe_ends[0], &lsn, sizeof lsn) == sizeof lsn) acknowledged = lsn;
        ::close(pipe_ends[0]);
        int status = 0;
        ::waitpid(child, &status, 0);
        CHECK(WIFSIGNALED(status));

        const OpenedJournal opened = Journal::open(directory.path(), small_options());
        if (!opened.journal) gw::test::fail(__FILE__, __LINE__, opened.error.text);
        REQUIRE(opened.journal);
        CHECK(opened.journal->committed_lsn() >= acknowledged);
        CHECK(opened.journal->committed_lsn() <= acknowledged + 8);
        Cursor cursor = opened.journal->cursor(1);
        Record record;
        std::uint64_t expected = 1;
        while (cursor.next(record)) {
            CHECK_EQ(record.lsn, expected++);
            CHECK_EQ(record.payload.substr(0, 7 + std::to_string(record.lsn).size()),
                     "record " + std::to_string(record.lsn));
        }
        CHECK_EQ(expected - 1, opened.journal->committed_lsn());
    }
}

// A power cut: the page cache is gone, and with it any of what was not synced.
TEST(test_power_cut_with_disk_durability_drops_only_what_was_not_synced) {
    const TemporaryDirectory directory;
    Options options = small_options();
    options.durability = Durability::disk;
    options.boot_id = kThisBoot;
    std::uint64_t synced = 0;
    const std::string path = first_segment(directory.path());
    std::string image;
    {
        const OpenedJournal opened = Journal::open(directory.path(), options);
        REQUIRE(opened.journal);
        commit_batch(*opened.journal, 3, 24);
        synced = opened.journal->sync().durable_lsn;
        CHECK_EQ(synced, 3U);
        commit_batch(*opened.journal, 2, 24);
        commit_batch(*opened.journal, 2, 24);
        image = read_file(path);
    }
    const auto ends = batch_ends(image);
    // The header with the newest mark reached the disk, the records of the second batch did not, the third's
    // did.
    std::string cut = image;
    std::fill(cut.begin() + static_cast<std::ptrdiff_t>(ends[1].end),
              cut.begin() + static_cast<std::ptrdiff_t>(ends[2].end), '\0');
    write_file(path, cut);
    CHECK_EQ(Journal::open(directory.path(), options).error.code,
             ErrorCode::damaged);  // same boot: nothing may lack
    options.boot_id = kNextBoot;
    {
        const OpenedJournal opened = Journal::open(directory.path(), options);
        REQUIRE(opened.journal);
        CHECK_EQ(opened.journal->committed_lsn(), synced);
        CHECK_EQ(opened.journal->durable_lsn(), synced);
        CHECK_EQ(commit_batch(*opened.journal, 1, 24), synced + 1);
    }
    // What was synced has to be there all the same.
    cut = image;
    cut[kHeaderBytes + 50] = static_cast<char>(cut[kHeaderBytes + 50] ^ 1);
    write_file(path, cut);
    CHECK_EQ(Journal::open(directory.path(), options).error.code, ErrorCode::damaged);
}

TEST(test_power_cut_with_process_durability_refuses_when_acknowledged_records_lack) {
    const TemporaryDirectory directory;
    Options options = small_options();
    options.boot_id = kThisBoot;
    make_small(directory.path(), 3, options);
    const std::string path = first_segment(directory.path());
    std::string image = read_file(path);
    put_mark(image, kEmptyMark, 128);  // never synced
    image[kHeaderBytes + 50] = static_cast<char>(image[kHeaderBytes + 50] ^ 1);
    write_file(path, image);
    options.boot_id = kNextBoot;
    CHECK_EQ(Journal::open(directory.path(), options).error.code, ErrorCode::damaged);
}

TEST(test_power_cut_with_process_durability_refuses_a_torn_end_behind_an_old_mark) {
    const TemporaryDirectory directory;
    Options options = small_options();
    options.boot_id = kThisBoot;
    make_small(directory.path(), 4, options);
    const std::string path = first_segment(directory.path());
    std::string image = read_file(path);
    const auto ends = batch_ends(image);
    for (const std::size_t mark : {std::size_t{64}, std::size_t{128}}) put_mark(image, ends[1], mark);
    std::fill(image.begin() + static_cast<std::ptrdiff_t>(ends[2].end),
              image.begin() + static_cast<std::ptrdiff_t>(ends[3].end), '\0');
    write_file(path, image);
    options.boot_id = kNextBoot;
    CHECK_EQ(Journal::open(directory.path(), options).error.code, ErrorCode::damaged);
}

TEST(test_larger_segments_after_an_empty_small_one_do_not_share_its_name) {
    const TemporaryDirectory directory;
    { CHECK(Journal::open(directory.path(), small_options()).journal); }
    const OpenedJournal opened = Journal::open(directory.path(), small_options(65536));
    REQUIRE(opened.journal);
    opened.journal->begin(0);
    CHECK_EQ(opened.journal->append({}, std::string(8000, 'x')), 0U);
    CHECK_EQ(opened.journal->commit().error, ErrorCode::batch_too_large);
    for (int i = 0; i < 60; ++i) CHECK(commit_batch(*opened.journal, 3, 100) != 0);
    const auto segments = opened.journal->segments();
    REQUIRE(segments.size() == 2);
    CHECK(segments[0].first_lsn < segments[1].first_lsn);
}

TEST(test_power_cut_puts_segments_aside_that_were_never_synced) {
    const TemporaryDirectory directory;
    Options options = small_options();
    options.durability = Durability::disk;
    options.boot_id = kThisBoot;
    std::vector<std::string> images;
    std::vector<SegmentInfo> segments;
    std::uint64_t synced = 0;
    {
        const OpenedJournal opened = Journal::open(directory.path(), options);
        REQUIRE(opened.journal);
        synced = commit_batch(*opened.journal, 2, 24);
        CHECK(!opened.journal->sync().error);
        while (opened.journal->segments().size() < 3) commit_batch(*opened.journal, 3, 100);
        segments = opened.journal->segments();
        for (const SegmentInfo& segment : segments) images.push_back(read_file(segment.path));
    }
    const auto ends = batch_ends(images[0]);
    std::fill(images[0].begin() + static_cast<std::ptrdiff_t>(ends[1].end), images[0].end(), '\0');
    images[2].assign(images[2].size(), '\0');
    for (std::size_t i = 0; i < 3; ++i) write_file(segments[i].path, images[i]);
    options.boot_id = kNextBoot;
    const OpenedJournal opened = Journal::open(directory.path(), options);
    REQUIRE(opened.journal);
    CHECK_EQ(opened.journal->committed_lsn(), synced);
    CHECK_EQ(opened.recovery.segments, 1U);
    CHECK(std::filesystem::exists(segments[1].path + ".unacknowledged-1"));
    CHECK_EQ(commit_batch(*opened.journal, 1, 24), synced + 1);
}

TEST_MAIN
