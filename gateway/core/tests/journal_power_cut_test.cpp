// Power cuts, played: what reached the disk is any mixture of what the files held since they were last
// synced, sector by sector, and names that were not synced may be gone. Whatever the mixture, a journal with
// durability `disk` comes up again with everything that sync() had answered for.
#include <cstring>
#include <map>

#include "check.hpp"
#include "journal_fixture.hpp"

using namespace gw::journal;

namespace {

constexpr std::size_t kSectorBytes = 512;
constexpr std::size_t kFirstLsnOffset =
    offsetof(SegmentHeader, identity) + offsetof(SegmentIdentity, first_lsn);
constexpr BootId kBefore{std::byte{1}};
constexpr BootId kAfter{std::byte{2}};

// Keeps, for every segment, what the disk may hold: the last synced content and what was there since.
class VolatileDisk : public FileOps {
  public:
    int sync_range(void* address, std::size_t bytes) override {
        auto& versions = segments_[static_cast<const char*>(address)];
        const std::size_t whole = std::max(bytes, versions.empty() ? bytes : versions.front().size());
        std::string synced(versions.empty() ? std::string(whole, '\0') : versions.front());
        std::memcpy(synced.data(), address, bytes);
        versions.assign(1, std::move(synced));
        return 0;
    }
    int sync_directory(const std::string&) override { return 0; }

    // The kernel may write a page back at any time.
    void snapshot() {
        for (auto& [address, versions] : segments_) versions.emplace_back(address, versions.front().size());
    }

    void cut(const std::string& directory, std::mt19937& random) {
        snapshot();
        std::map<std::uint64_t, const std::vector<std::string>*> by_lsn;
        for (const auto& [address, versions] : segments_) {
            std::uint64_t first_lsn = 0;
            std::memcpy(&first_lsn, address + kFirstLsnOffset, sizeof first_lsn);
            if (first_lsn != 0) by_lsn[first_lsn] = &versions;
        }
        bool lost = false;
        for (const auto& [first_lsn, versions] : by_lsn) {
            lost = lost || (first_lsn > named_through_ && random() % 3 == 0);
            if (lost) continue;
            std::string image = versions->back();
            for (std::size_t at = 0; at < image.size(); at += kSectorBytes)
                image.replace(at, kSectorBytes, (*versions)[random() % versions->size()], at, kSectorBytes);
            write_file(first_segment(directory, first_lsn), image);
        }
        write_file(directory + "/oldest", "1\n");
    }

    // Names up to this segment's were synced: told by the test, which knows what sync() covered.
    void named_through(std::uint64_t first_lsn) { named_through_ = first_lsn; }

  private:
    std::map<const char*, std::vector<std::string>> segments_;
    std::uint64_t named_through_ = 1;
};

}  // namespace

TEST(test_power_cut_at_any_point_keeps_everything_synced) {
    std::mt19937 random(41);
    int lost_something = 0;
    int lost_a_segment = 0;
    for (int round = 0; round < 400; ++round) {
        const TemporaryDirectory before;
        const TemporaryDirectory after;
        VolatileDisk disk;
        Options options = small_options(round % 2 == 0 ? 4096 : 8192);
        options.durability = Durability::disk;
        options.files = &disk;
        options.boot_id = kBefore;
        std::uint64_t durable = 0;
        std::uint64_t committed = 0;
        std::size_t segments = 0;
        {
            const OpenedJournal opened = Journal::open(before.path(), options);
            REQUIRE(opened.journal);
            Journal& journal = *opened.journal;
            const std::size_t steps = random() % 60;
            const std::size_t sync_one_in = 1 + random() % 30;
            for (std::size_t step = 0; step < steps; ++step) {
                committed = commit_batch(journal, 1 + random() % 4, 60);
                if (random() % 4 == 0) disk.snapshot();
                if (random() % 5 == 0) CHECK(!journal.maintain());
                if (random() % sync_one_in != 0) continue;
                const std::uint64_t newest = journal.segments().back().first_lsn;
                durable = journal.sync().durable_lsn;
                CHECK_EQ(durable, committed);
                disk.named_through(newest);
            }
            if (random() % 2 == 0) {
                journal.begin(0);
                journal.append({}, payload_of(0));
            }
            segments = journal.segments().size();
            disk.cut(after.path(), random);
        }
        options.files = nullptr;
        options.boot_id = kAfter;
        std::uint64_t last = 0;
        for (int again = 0; again < 2; ++again) {
            const OpenedJournal opened = Journal::open(after.path(), options);
            if (!opened.journal)
                gw::test::fail(__FILE__, __LINE__, std::to_string(round) + ": " + opened.error.text);
            REQUIRE(opened.journal);
            Journal& journal = *opened.journal;
            if (again == 0) {
                CHECK(journal.committed_lsn() >= durable);
                CHECK(journal.committed_lsn() <= committed);
                lost_something += journal.committed_lsn() < committed ? 1 : 0;
                lost_a_segment += opened.recovery.segments < segments ? 1 : 0;
            } else {
                CHECK_EQ(journal.committed_lsn(), last);
            }
            CHECK_EQ(last_intact_lsn(journal.cursor(1), 60), journal.committed_lsn());
            CHECK_EQ(journal.durable_lsn(), journal.committed_lsn());
            for (int i = 0; i < 20; ++i) last = commit_batch(journal, 2, 60);
            CHECK_EQ(last_intact_lsn(journal.cursor(1), 60), last);
        }
        CHECK(verify(after.path()).clean());
    }
    CHECK(lost_something > 50);
    CHECK(lost_a_segment > 20);
}

TEST_MAIN
