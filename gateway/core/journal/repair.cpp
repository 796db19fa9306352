// Cutting a damaged journal after its last good batch. Nothing is deleted: files move to damaged-<time_ns>/.
//
// The lsn of what is cut off have been seen: a database has projected them, a client has resumed from them.
// Given out again for other records they would be skipped by both, so the journal goes on in a new segment
// behind the highest lsn that can have been seen, and that segment's header says after which record it
// follows.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "journal/directory.hpp"
#include "journal/examine.hpp"

namespace gw::journal {
namespace {

class Repair {
  public:
    Repair(std::string directory, std::int64_t now_ns)
        : directory_(std::move(directory)),
          stamp_(std::to_string(now_ns)),
          aside_(directory_ + "/damaged-" + stamp_) {}

    RepairReport run();

  private:
    [[nodiscard]] Error move_aside(std::uint64_t first_lsn);
    [[nodiscard]] Error rewrite(const Examined& found, std::uint64_t previous_lsn,
                                std::uint64_t next_first_lsn);
    [[nodiscard]] Error reseal(std::uint64_t first_lsn, std::uint64_t next_first_lsn);
    [[nodiscard]] Error go_on(std::uint64_t first_lsn, std::uint64_t previous_lsn);
    [[nodiscard]] Error write_account();

    std::string directory_;
    std::string stamp_;
    std::string aside_;
    FileOps& files_ = system_files();
    std::size_t segment_bytes_ = kSegmentBytesDefault;
    RepairReport report_;
};

// The highest lsn that the segment, or a missing one after it, can have shown to anyone: by records and marks
// alike, and where there are none to go by, as many as fit.
std::uint64_t highest_seen(const Examined& found, std::size_t segment_bytes) {
    const std::uint64_t fit = segment_bytes / sizeof(RecordHeader);
    if (!found.segment) return found.first_lsn + fit - 1;
    const SegmentHeader& header = found.segment->header();
    std::uint64_t records = found.scan.good.records;
    for (const std::uint64_t word : {header.commit.mark.word, ~header.commit.mark.complement})
        if (Mark::of(word).records <= fit) records = std::max(records, Mark::of(word).records);
    const std::uint64_t missing = header.commit.next_first_lsn;
    const bool plausible = missing == found.first_lsn + records;
    return found.first_lsn + records - 1 + (found.promise.newest && plausible ? fit : 0);
}

Error Repair::move_aside(std::uint64_t first_lsn) {
    const std::string from = directory_ + "/" + segment_name(first_lsn);
    std::error_code failure;
    std::filesystem::create_directories(aside_, failure);
    const std::string to = aside_ + "/" + segment_name(first_lsn);
    const int result = failure ? failure.value() : files_.rename(from, to);
    if (result != 0) return {ErrorCode::io, failed("cannot move aside", from, result)};
    report_.actions.push_back("moved " + segment_name(first_lsn) + " to " + to);
    return {};
}

// A copy of the good part takes the place of the damaged file.
Error Repair::rewrite(const Examined& found, std::uint64_t previous_lsn, std::uint64_t next_first_lsn) {
    const std::string path = directory_ + "/" + segment_name(found.first_lsn);
    const std::string fresh = directory_ + "/repair.new";
    Error error;
    auto copy = Segment::prepare(
        fresh, std::max(segment_bytes_, (found.segment->bytes() + 4095) / 4096 * 4096), files_, false, error);
    if (!copy) return error;
    const Mark good = found.scan.good;
    copy->start(found.first_lsn, previous_lsn, current_boot_id(), Durability::process);
    std::memcpy(copy->base() + kHeaderBytes, found.segment->base() + kHeaderBytes, good.end - kHeaderBytes);
    store_mark(copy->header().commit.mark, good);
    store_mark(copy->header().durable.mark, good);
    copy->header().commit.next_first_lsn = next_first_lsn;
    if (const int result = files_.sync_range(copy->base(), copy->bytes()); result != 0)
        return {ErrorCode::io, failed("cannot sync", fresh, result)};
    if (error = move_aside(found.first_lsn); error) return error;
    if (const int result = files_.rename(fresh, path); result != 0)
        return {ErrorCode::io, failed("cannot put in place", path, result)};
    report_.actions.push_back("kept " + std::to_string(good.records) + " records of " +
                              segment_name(found.first_lsn));
    return {};
}

// The segment before the cut names the one that follows it now.
Error Repair::reseal(std::uint64_t first_lsn, std::uint64_t next_first_lsn) {
    Error error;
    auto segment = Segment::map(directory_ + "/" + segment_name(first_lsn), true, error);
    if (!segment) return error;
    segment->header().commit.next_first_lsn = next_first_lsn;
    const int result = files_.sync_range(segment->base(), kHeaderBytes);
    return result == 0 ? Error{} : Error{ErrorCode::io, failed("cannot sync", segment->path(), result)};
}

// An empty segment whose first lsn nobody has seen yet.
Error Repair::go_on(std::uint64_t first_lsn, std::uint64_t previous_lsn) {
    const std::string fresh = directory_ + "/repair.new";
    const std::string path = directory_ + "/" + segment_name(first_lsn);
    Error error;
    auto segment = Segment::prepare(fresh, segment_bytes_, files_, false, error);
    if (!segment) return error;
    segment->start(first_lsn, previous_lsn, current_boot_id(), Durability::process);
    int result = files_.sync_range(segment->base(), segment->bytes());
    if (result == 0) result = files_.rename(fresh, path);
    if (result != 0) return {ErrorCode::io, failed("cannot put in place", path, result)};
    report_.actions.push_back("the journal goes on with lsn " + std::to_string(first_lsn) + " after lsn " +
                              std::to_string(previous_lsn));
    return {};
}

Error Repair::write_account() {
    std::string text;
    for (const std::string& action : report_.actions) text += action + "\n";
    const std::string path = directory_ + "/repair-" + stamp_ + ".txt";
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_APPEND, 0640);
    const bool written = descriptor >= 0 &&
                         ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                         ::fsync(descriptor) == 0;
    const int error_number = errno;
    if (descriptor >= 0) ::close(descriptor);
    if (!written) return {ErrorCode::io, failed("cannot write", path, error_number)};
    const int result = files_.sync_directory(directory_);
    return result == 0 ? Error{} : Error{ErrorCode::io, failed("cannot sync", directory_, result)};
}

RepairReport Repair::run() {
    DirectoryLock lock;
    if (report_.error = lock.take(directory_); report_.error) return report_;
    const DirectoryListing listing = list_directory(directory_);
    if (report_.error = listing.error; report_.error) return report_;
    if (listing.unnamed != 0) {
        if (const int result = name_segment(directory_, listing.unnamed, files_); result != 0) {
            report_.error = {ErrorCode::io, failed("cannot give a name to spare.seg in", directory_, result)};
            return report_;
        }
        report_.actions.push_back("gave spare.seg its name, " + segment_name(listing.unnamed));
    }
    const std::uint64_t oldest = read_oldest(directory_);
    if (listing.segments.empty()) {
        report_.error = {ErrorCode::damaged,
                         "no segment is left in " + directory_ + "; restore the directory"};
        return report_;
    }
    Walk walk({.directory = directory_, .boot_id = current_boot_id()});
    std::vector<Examined> all;
    std::size_t first_bad = listing.segments.size();
    for (std::size_t i = 0; i < listing.segments.size(); ++i) {
        const std::uint64_t next = i + 1 < listing.segments.size() ? listing.segments[i + 1] : 0;
        all.push_back(walk.step(listing.segments[i], next, nullptr));
        const Examined& found = all.back();
        if (found.adopted) segment_bytes_ = found.segment->header().identity.segment_bytes;
        if (!found.dropped) report_.last_lsn = found.last_lsn();
        if (!found.judgement.damage.empty() && first_bad == listing.segments.size()) first_bad = i;
    }
    report_.next_lsn = report_.last_lsn + 1;
    if (listing.segments.front() > oldest || oldest == 0) {
        report_.error = write_oldest(directory_, listing.segments.front(), files_);
        if (report_.error) return report_;
        report_.actions.push_back("the journal now begins with lsn " +
                                  std::to_string(listing.segments.front()));
    }
    if (first_bad < all.size()) {
        const Examined& bad = all[first_bad];
        const Damage damage = bad.damage(segment_name(bad.first_lsn));
        report_.actions.push_back("damage in " + damage.segment + " at offset " +
                                  std::to_string(damage.offset) + ": " + damage.what);
        const std::uint64_t before = first_bad > 0 ? all[first_bad - 1].last_lsn() : bad.first_lsn - 1;
        const bool follows = !bad.adopted || bad.segment->header().identity.previous_lsn == before;
        const bool keeps = bad.segment != nullptr && follows && bad.scan.good.records > 0;
        std::uint64_t seen = 0;
        for (std::size_t i = first_bad; i < all.size(); ++i)
            seen = std::max(seen, highest_seen(all[i], segment_bytes_));
        report_.last_lsn = keeps ? bad.last_lsn() : before;
        report_.next_lsn = seen + 1;
        for (std::size_t i = all.size() - 1; i > first_bad && !report_.error; --i)
            report_.error = move_aside(all[i].first_lsn);
        if (!report_.error)
            report_.error = keeps ? rewrite(bad, before, seen + 1) : move_aside(bad.first_lsn);
        if (!report_.error) report_.error = go_on(seen + 1, report_.last_lsn);
        if (!report_.error && !keeps)
            report_.error = first_bad > 0 ? reseal(all[first_bad - 1].first_lsn, seen + 1)
                                          : write_oldest(directory_, seen + 1, files_);
    }
    if (!report_.actions.empty()) {
        const Error account = write_account();
        if (!report_.error) report_.error = account;
    }
    return report_;
}

}  // namespace

RepairReport repair(const std::string& directory, std::int64_t now_ns) {
    return Repair(directory, now_ns).run();
}

}  // namespace gw::journal
