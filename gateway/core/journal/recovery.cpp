#include "journal/recovery.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "journal/directory.hpp"
#include "journal/examine.hpp"

namespace gw::journal {
namespace {

Error refusal(const std::string& directory, const Damage& damage) {
    return {ErrorCode::damaged,
            "the journal in " + directory + " is damaged: segment " + damage.segment + ", offset " +
                std::to_string(damage.offset) + ": " + damage.what + "; last good lsn " +
                std::to_string(damage.last_good_lsn) +
                ". Run `gateway journal verify` to see all of it, then restore the file, or cut "
                "the journal there with `gateway journal repair`"};
}

// A file that was cut short behind its last record gets its space back.
Error lengthen(Examined& found, FileOps& files) {
    const std::size_t bytes = found.segment->header().identity.segment_bytes;
    const std::string path = found.segment->path();
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    const int result = descriptor < 0 ? errno : files.allocate(descriptor, bytes);
    if (descriptor >= 0) ::close(descriptor);
    if (result != 0)
        return {ErrorCode::no_space, failed("cannot lengthen", path, result) + "; free disk space"};
    Error error;
    auto whole = Segment::map(path, true, error);
    std::string why;
    if (whole && whole->adopt(why)) found.segment = std::move(whole);
    return error;
}

Error put_aside(const std::string& directory, std::uint64_t first_lsn, FileOps& files,
                RecoveryReport& report) {
    const std::string path = directory + "/" + segment_name(first_lsn);
    std::string aside;
    for (int attempt = 1;; ++attempt) {
        aside = path + ".unacknowledged-" + std::to_string(attempt);
        if (::access(aside.c_str(), F_OK) != 0) break;
    }
    if (const int result = files.rename(path, aside); result != 0)
        return {ErrorCode::io, failed("cannot put aside", path, result)};
    report.notes.push_back("put aside, never acknowledged: " + aside);
    return {};
}

void settle(Segment& segment, const Scan& scan, bool newest, std::uint64_t next_first_lsn,
            RecoveryReport& report) {
    if (newest) {
        const std::uint64_t torn = dirty_bytes_from(segment, scan.good.end);
        if (torn > 0) std::memset(segment.base() + scan.good.end, 0, torn);
        report.torn_tail_bytes += torn;
    }
    SegmentHeader& header = segment.header();
    const Mark durable = Mark::of(header.durable.mark.word);
    if (header.commit.mark.word != scan.good.word() || header.commit.mark.complement != ~scan.good.word())
        store_mark(header.commit.mark, scan.good);
    if (header.durable.mark.word != ~header.durable.mark.complement || durable.end > scan.good.end)
        store_mark(header.durable.mark, kEmptyMark);
    if (header.commit.next_first_lsn != next_first_lsn) header.commit.next_first_lsn = next_first_lsn;
}

}  // namespace

Recovered recover(const std::string& directory, const Options& options, FileOps& files,
                  OutboundIndex& outbound) {
    Recovered recovered;
    recovered.chain = std::make_unique<SegmentChain>(directory, ChainMode::writer);
    const DirectoryListing listing = list_directory(directory);
    if (listing.error) {
        recovered.error = listing.error;
        return recovered;
    }
    // Entered while the file system renamed nothing.
    if (listing.unnamed != 0) {
        if (const int result = name_segment(directory, listing.unnamed, files); result != 0) {
            recovered.error = {ErrorCode::io,
                               failed("cannot give its name to", directory + "/" + kSpareName, result) +
                                   "; make the directory writable"};
            return recovered;
        }
        recovered.report.notes.push_back(segment_name(listing.unnamed) +
                                         ": was still called spare.seg, because the file system had refused "
                                         "to rename it");
    }
    const std::uint64_t oldest = read_oldest(directory);
    const bool begun = ::access((directory + "/oldest").c_str(), F_OK) == 0;
    if (listing.segments.empty() && !begun) return recovered;
    if (listing.segments.empty() || oldest == 0 || listing.segments.front() > oldest) {
        recovered.error = refusal(directory, {.segment = segment_name(std::max<std::uint64_t>(oldest, 1)),
                                              .offset = 0,
                                              .last_good_lsn = 0,
                                              .what = "the oldest segment is missing"});
        return recovered;
    }

    std::vector<Examined> all;
    std::size_t kept = 0;
    Walk walk(
        {.directory = directory, .boot_id = options.boot_id.value_or(current_boot_id()), .writable = true});
    for (std::size_t i = 0; i < listing.segments.size(); ++i) {
        const std::uint64_t next = i + 1 < listing.segments.size() ? listing.segments[i + 1] : 0;
        all.push_back(walk.step(listing.segments[i], next, &outbound));
        const Examined& found = all.back();
        const std::string name = segment_name(found.first_lsn);
        if (!found.judgement.damage.empty()) {
            recovered.error = refusal(directory, found.damage(name));
            return recovered;
        }
        if (!found.judgement.note.empty())
            recovered.report.notes.push_back(name + ": " + found.judgement.note);
        if (!found.dropped) ++kept;
    }

    // From here on the journal is sound and files are changed.
    for (std::size_t i = all.size(); i > kept; --i) {
        recovered.error = put_aside(directory, all[i - 1].first_lsn, files, recovered.report);
        if (recovered.error) return recovered;
    }
    for (std::size_t i = 0; i < kept; ++i) {
        const bool newest = i + 1 == kept;
        if (newest && all[i].segment->bytes() != all[i].segment->header().identity.segment_bytes)
            recovered.error = lengthen(all[i], files);
        if (recovered.error) return recovered;
        settle(*all[i].segment, all[i].scan, newest, newest ? 0 : all[i + 1].first_lsn, recovered.report);
        recovered.report.records += all[i].scan.good.records;
        recovered.last_lsn = all[i].last_lsn();
        recovered.chain->append(std::move(all[i].segment));
    }
    recovered.report.segments = kept;
    return recovered;
}

}  // namespace gw::journal
