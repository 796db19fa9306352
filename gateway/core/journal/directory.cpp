#include "journal/directory.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "journal/segment_format.hpp"

namespace gw::journal {
namespace {

constexpr std::size_t kNumberTextMax = 32;

// A decimal number at the start of a small file; 0 when there is none.
std::uint64_t read_number(int descriptor) {
    std::array<char, kNumberTextMax> text{};
    const ssize_t got = ::pread(descriptor, text.data(), text.size() - 1, 0);
    return got > 0 ? std::strtoull(text.data(), nullptr, 10) : 0;
}

bool write_number(int descriptor, std::uint64_t number) {
    const std::string text = std::to_string(number) + "\n";
    return ::ftruncate(descriptor, 0) == 0 &&
           ::pwrite(descriptor, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
}

// Of a file that is too short, or not there: zeros.
SegmentHeader read_header(const std::string& path) {
    SegmentHeader header{};
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return header;
    if (::pread(descriptor, &header, sizeof header, 0) != static_cast<ssize_t>(sizeof header)) header = {};
    ::close(descriptor);
    return header;
}

// The first lsn of the segment that is in the spare's file; 0 where that is a spare. A segment it is where
// the one before names it as its successor (written once it was entered), or where it has records. What a
// crash leaves between the header and the entering is neither.
std::uint64_t unnamed_segment(const std::string& directory, std::uint64_t newest) {
    const SegmentHeader spare = read_header(directory + "/" + kSpareName);
    const SegmentIdentity& identity = spare.identity;
    if (identity.magic != kMagic || identity.crc != identity.expected_crc()) return 0;
    if (newest == 0 || identity.first_lsn <= newest) return 0;
    const SegmentHeader before = read_header(directory + "/" + segment_name(newest));
    const bool follows = before.commit.next_first_lsn == identity.first_lsn;
    const bool written =
        Mark::of(spare.commit.mark.word).records != 0 || Mark::of(~spare.commit.mark.complement).records != 0;
    return follows || written ? identity.first_lsn : 0;
}

// Locks of the open file, not of the process: they can be looked at without being taken, and a second open in
// the same process is refused as well.
struct flock whole_file(short type) {
    struct flock range {};
    range.l_type = type;
    range.l_whence = SEEK_SET;
    return range;
}

}  // namespace

DirectoryListing list_directory(const std::string& directory) {
    DirectoryListing listing;
    DIR* stream = ::opendir(directory.c_str());
    if (stream == nullptr) {
        listing.error = {ErrorCode::io, failed("cannot list", directory, errno)};
        return listing;
    }
    while (const dirent* entry = ::readdir(stream)) {
        const std::string name = entry->d_name;
        if (const std::uint64_t lsn = lsn_of_name(name); lsn != 0) listing.segments.push_back(lsn);
        if (name == kSpareName) listing.has_spare = true;
    }
    ::closedir(stream);
    std::sort(listing.segments.begin(), listing.segments.end());
    const std::uint64_t newest = listing.segments.empty() ? 0 : listing.segments.back();
    if (listing.has_spare) listing.unnamed = unnamed_segment(directory, newest);
    if (listing.unnamed != 0) listing.segments.push_back(listing.unnamed);
    return listing;
}

int name_segment(const std::string& directory, std::uint64_t first_lsn, FileOps& files) {
    return files.rename(directory + "/" + kSpareName, directory + "/" + segment_name(first_lsn));
}

std::uint64_t read_oldest(const std::string& directory) {
    const int descriptor = ::open((directory + "/oldest").c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return errno == ENOENT ? 1 : 0;
    const std::uint64_t lsn = read_number(descriptor);
    ::close(descriptor);
    return lsn;
}

Error write_oldest(const std::string& directory, std::uint64_t lsn, FileOps& files) {
    const std::string path = directory + "/oldest";
    const std::string written = path + ".new";
    const int descriptor = ::open(written.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (descriptor < 0) return {ErrorCode::io, failed("cannot create", written, errno)};
    const bool stored = write_number(descriptor, lsn) && ::fsync(descriptor) == 0;
    const int error_number = errno;
    ::close(descriptor);
    if (!stored) return {ErrorCode::io, failed("cannot write", written, error_number)};
    if (const int result = files.rename(written, path); result != 0)
        return {ErrorCode::io, failed("cannot rename to", path, result)};
    if (const int result = files.sync_directory(directory); result != 0)
        return {ErrorCode::io, failed("cannot sync", directory, result)};
    return {};
}

DirectoryLock::~DirectoryLock() {
    give_up();
}

void DirectoryLock::give_up() {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
}

Error DirectoryLock::take(const std::string& directory) {
    const std::string path = directory + "/lock";
    descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (descriptor_ < 0) return {ErrorCode::io, failed("cannot open", path, errno)};
    struct flock exclusive = whole_file(F_WRLCK);
    if (::fcntl(descriptor_, F_OFD_SETLK, &exclusive) != 0) {
        const std::uint64_t holder = read_number(descriptor_);
        return {ErrorCode::locked, "process " + std::to_string(holder) + " already writes the journal in " +
                                       directory + "; stop it first"};
    }
    // The number is for people: on a full disk it cannot be written, and the gateway has to come up all the
    // same.
    (void)write_number(descriptor_, static_cast<std::uint64_t>(::getpid()));
    return {};
}

std::int64_t lock_holder(const std::string& directory) {
    const int descriptor = ::open((directory + "/lock").c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return 0;
    struct flock asked = whole_file(F_RDLCK);
    const bool held = ::fcntl(descriptor, F_OFD_GETLK, &asked) == 0 && asked.l_type != F_UNLCK;
    const auto holder = held ? static_cast<std::int64_t>(read_number(descriptor)) : 0;
    ::close(descriptor);
    return holder;
}

}  // namespace gw::journal
