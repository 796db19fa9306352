// Old segments: how much there is since a point, how old it is, and letting go of it.

#include <filesystem>

#include "journal/file_ops.hpp"
#include "journal/journal.hpp"
#include "journal/segment_chain.hpp"

namespace gw::journal {

std::uint64_t Journal::bytes_after(std::uint64_t lsn) {
    std::uint64_t bytes = 0;
    for (Segment* segment : chain_->pin_all()) {
        const Mark mark = segment->committed();
        const std::uint64_t used = mark.end - kHeaderBytes;
        const std::uint64_t last = segment->first_lsn() + mark.records - 1;
        if (lsn < segment->first_lsn())
            bytes += used;
        else if (lsn < last)  // records of one size, so to speak
            bytes += used / mark.records * (last - lsn);
        SegmentChain::unpin(*segment);
    }
    return bytes;
}

std::uint64_t Journal::first_lsn_at(std::int64_t time_ns) {
    std::uint64_t found = oldest_lsn();
    for (Segment* segment : chain_->pin_all()) {
        if (segment->committed().records != 0 && segment->record_at(kHeaderBytes).time_ns <= time_ns)
            found = std::max(found, segment->first_lsn());
        SegmentChain::unpin(*segment);
    }
    return found;
}

std::size_t Journal::release_before(std::uint64_t lsn, Error& error, Release how, std::mutex* writer) {
    const std::lock_guard lock(release_mutex_);
    const std::string& directory = chain_->directory();
    if (how == Release::archive) {
        std::error_code failure;
        std::filesystem::create_directories(directory + "/archived", failure);
        if (failure) {
            error = {ErrorCode::io, failed("cannot create", directory + "/archived", failure.value())};
            return 0;
        }
    }
    const auto take = [&] {
        std::unique_lock<std::mutex> held;
        if (writer != nullptr) held = std::unique_lock(*writer);
        return chain_->take_oldest_before(lsn);
    };
    std::size_t released = 0;
    while (auto segment = take()) {
        // Said before it is done: a crash between the two leaves a segment too many, never one too few.
        if (error = write_oldest(directory, chain_->oldest_lsn(), files_); error) return released;
        const std::string archived = directory + "/archived/" + segment->name();
        const int result = how == Release::archive ? files_.rename(segment->path(), archived)
                                                   : files_.remove(segment->path());
        if (result != 0) {
            error = {ErrorCode::io, how == Release::archive
                                        ? failed("cannot move to", archived, result)
                                        : failed("cannot remove", segment->path(), result)};
            return released;
        }
        ++released;
    }
    return released;
}

}  // namespace gw::journal
