#include "engine/checkpoint.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "engine/engine.hpp"
#include "journal/checkpoint_file.hpp"

namespace gw::engine {
namespace {

using journal::Error;
using journal::ErrorCode;

class OneAtATime {
  public:
    explicit OneAtATime(const std::string& directory) {
        const std::string path = directory + "/checkpoint.lock";
        descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
        if (descriptor_ < 0)
            error = {ErrorCode::io, journal::failed("cannot open", path, errno)};
        else if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0)
            error = {ErrorCode::locked, "another checkpoint of " + directory + " is being made; wait for it"};
    }
    ~OneAtATime() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    OneAtATime(const OneAtATime&) = delete;
    OneAtATime& operator=(const OneAtATime&) = delete;

    Error error;

  private:
    int descriptor_ = -1;
};

// Keeps the newest `kept` of the good ones; what is not good goes first.
void remove_old(const std::string& directory, const std::vector<std::uint64_t>& good, unsigned kept) {
    const std::size_t count = std::min<std::size_t>(good.size(), std::max(kept, 1U));
    for (const std::uint64_t lsn : journal::list_checkpoints(directory))
        if (std::find(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(count), lsn) ==
            good.begin() + static_cast<std::ptrdiff_t>(count))
            ::unlink((directory + "/" + journal::checkpoint_name(lsn)).c_str());
}

// Those that can be started from, newest first.
std::vector<std::uint64_t> good_ones(const std::string& directory, journal::Reader& reader, unsigned kept,
                                     std::string& notes) {
    std::vector<std::uint64_t> good;
    for (const std::uint64_t lsn : journal::list_checkpoints(directory)) {
        if (good.size() == kept) break;
        std::string why;
        const auto file = journal::CheckpointFile::open(directory, lsn, why);
        journal::Cursor cursor = reader.cursor(reader.oldest_lsn());
        if (file != nullptr && file->mark().is_of(cursor))
            good.push_back(lsn);
        else
            notes += (file != nullptr ? journal::checkpoint_name(lsn) + ": not of this journal" : why) + "\n";
    }
    return good;
}

// Room for what the checkpoint before holds and for all that so many records can add: address space, of which
// only what is used costs memory.
order::LedgerSizes sizes_for(const std::string& directory, const std::vector<std::uint64_t>& good,
                             std::uint64_t records) {
    // One record makes up to four orders, and a request for each and for their link.
    order::LedgerSizes sizes{4 * records, 5 * records, 2 * records, 4 * records};
    std::string why;
    const auto file = good.empty() ? nullptr : journal::CheckpointFile::open(directory, good[0], why);
    ImageSections sections;
    if (file == nullptr || !sections.parse(file->image()).empty()) return sizes;
    const auto held = [&sections](std::string_view name) {
        const ImageSections::Section* section = sections.find(name);
        return section == nullptr ? std::size_t{0} : section->count;
    };
    sizes.orders += held("orders");
    sizes.requests += held("requests");
    sizes.fills += held("fills");
    sizes.positions += held("positions");
    return sizes;
}

}  // namespace

CheckpointOutcome make_checkpoint(const std::string& directory, const CheckpointOptions& options) {
    CheckpointOutcome outcome;
    const OneAtATime lock(directory);
    if (outcome.error = lock.error; outcome.error) return outcome;
    journal::OpenedReader opened = journal::Reader::open(directory);
    if (outcome.error = opened.error; outcome.error) return outcome;
    journal::Reader& reader = *opened.reader;
    const bool disk = reader.durability() == journal::Durability::disk;
    const journal::Visibility visibility =
        disk ? journal::Visibility::durable : journal::Visibility::committed;
    const std::uint64_t last = disk ? reader.durable_lsn() : reader.committed_lsn();

    std::vector<std::uint64_t> good = good_ones(directory, reader, std::max(options.kept, 1U), outcome.notes);
    const auto finish = [&] {
        if (!good.empty()) outcome.lsn = good[0];
        if (good.size() < 2) return;
        outcome.previous_lsn = good[1];
        std::string why;
        if (const auto file = journal::CheckpointFile::open(directory, good[1], why))
            outcome.keep_from_lsn = file->mark().keep_from_lsn;
    };
    if (last == 0 || (!good.empty() && good.front() >= last)) {
        finish();
        return outcome;
    }

    const std::uint64_t from = std::max(reader.oldest_lsn() - 1, good.empty() ? 0 : good.front());
    Engine engine(sizes_for(directory, good, last - from));
    journal::CheckpointMark mark;
    const std::string problem = engine.follow(reader, visibility, last, mark, outcome.records);
    if (!problem.empty()) {
        outcome.error = {ErrorCode::damaged, "no checkpoint of " + directory + ": " + problem};
        return outcome;
    }
    journal::CheckpointWriter writer(directory,
                                     options.files != nullptr ? *options.files : journal::system_files());
    engine.write_image(writer);
    mark.keep_from_lsn = std::min(engine.ledger().oldest_pending_lsn(), mark.lsn + 1);
    if (outcome.error = writer.finish(mark); outcome.error) return outcome;
    outcome.bytes = writer.bytes();
    good.insert(good.begin(), mark.lsn);
    remove_old(directory, good, options.kept);
    if (good.size() > std::max(options.kept, 1U)) good.resize(std::max(options.kept, 1U));
    finish();
    return outcome;
}

}  // namespace gw::engine
