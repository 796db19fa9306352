#include "journal/reader.hpp"

#include <dirent.h>

#include <algorithm>

#include "journal/directory.hpp"
#include "journal/segment_chain.hpp"

namespace gw::journal {

Reader::Reader(std::unique_ptr<SegmentChain> chain) : chain_(std::move(chain)) {}
Reader::~Reader() = default;

OpenedReader Reader::open(const std::string& directory) {
    OpenedReader opened;
    const DirectoryListing listing = list_directory(directory);
    if (listing.error) return {nullptr, listing.error};
    if (listing.segments.empty())
        return {nullptr, {ErrorCode::io, "no journal in " + directory + "; is the path right?"}};
    auto chain = std::make_unique<SegmentChain>(directory, ChainMode::follower);
    for (const std::uint64_t first_lsn : listing.segments) {
        const std::string path = directory + "/" + segment_name(first_lsn);
        auto segment = Segment::map(directory, first_lsn, false, opened.error);
        if (!segment) return opened;
        std::string why;
        if (!segment->adopt(why)) {
            opened.error = {ErrorCode::damaged, path + ": " + why + "; run `gateway journal verify`"};
            return opened;
        }
        chain->append(std::move(segment));
    }
    opened.reader.reset(new Reader(std::move(chain)));
    return opened;
}

Cursor Reader::cursor(std::uint64_t from_lsn, Visibility visibility) {
    return chain_->cursor(from_lsn, visibility);
}
std::uint64_t Reader::oldest_lsn() const {
    return chain_->oldest_lsn();
}
std::uint64_t Reader::committed_lsn() const {
    return chain_->last_lsn(Visibility::committed);
}
std::uint64_t Reader::durable_lsn() const {
    return chain_->last_lsn(Visibility::durable);
}
std::vector<SegmentInfo> Reader::segments() const {
    return chain_->list();
}
const std::string& Reader::directory() const {
    return chain_->directory();
}
Durability Reader::durability() const {
    Segment* newest = chain_->pin(chain_->last_lsn(Visibility::committed));
    const auto written = static_cast<Durability>(newest->header().writer.durability);
    SegmentChain::unpin(*newest);
    return written;
}

}  // namespace gw::journal
