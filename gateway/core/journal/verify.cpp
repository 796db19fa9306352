#include "journal/verify.hpp"

#include "journal/directory.hpp"
#include "journal/examine.hpp"

namespace gw::journal {

Report verify(const std::string& directory) {
    Report report;
    const DirectoryListing listing = list_directory(directory);
    report.error = listing.error;
    if (report.error) return report;
    const std::uint64_t oldest = read_oldest(directory);
    if (listing.segments.empty() || oldest == 0 || listing.segments.front() > oldest)
        report.damage.push_back({.segment = segment_name(oldest == 0 ? 1 : oldest),
                                 .offset = 0,
                                 .last_good_lsn = 0,
                                 .what = "the oldest segment is missing"});
    const std::int64_t writer = lock_holder(directory);
    if (writer != 0) report.notes.push_back("process " + std::to_string(writer) + " is writing this journal");

    if (listing.unnamed != 0)
        report.notes.push_back(segment_name(listing.unnamed) +
                               ": still called spare.seg; the next start gives it its name");

    Walk walk({.directory = directory, .boot_id = current_boot_id(), .beside_writer = writer != 0});
    for (std::size_t i = 0; i < listing.segments.size(); ++i) {
        const std::uint64_t next = i + 1 < listing.segments.size() ? listing.segments[i + 1] : 0;
        const Examined found = walk.step(listing.segments[i], next, nullptr);
        const std::string name = segment_name(found.first_lsn);
        ++report.segments;
        if (found.dropped) {
            report.notes.push_back(
                name + ": follows on records that were lost with the machine; none was acknowledged");
            continue;
        }
        report.records += found.scan.good.records;
        report.batches += found.scan.batches;
        if (found.scan.good.records > 0) {
            if (report.first_lsn == 0) report.first_lsn = found.first_lsn;
            report.last_lsn = found.last_lsn();
        }
        const bool sound = found.judgement.damage.empty();
        if (!sound) report.damage.push_back(found.damage(name));
        if (!found.judgement.note.empty()) report.notes.push_back(name + ": " + found.judgement.note);
        if (found.judgement.cut_short)
            report.notes.push_back(name +
                                   ": unsynced records were lost with the machine; none was acknowledged");
        if (sound && writer == 0 && found.segment)
            report.torn_tail_bytes += dirty_bytes_from(*found.segment, found.scan.good.end);
    }
    return report;
}

}  // namespace gw::journal
