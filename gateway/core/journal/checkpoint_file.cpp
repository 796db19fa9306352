#include "journal/checkpoint_file.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <functional>

#include "base/crc32c.hpp"

namespace gw::journal {
namespace {

constexpr std::array<char, 8> magic{'G', 'W', 'C', 'H', 'K', 'P', 'T', '1'};
constexpr std::uint32_t version = 1;
constexpr std::string_view name_prefix = "checkpoint-";
constexpr std::size_t name_digits = 20;
constexpr std::size_t buffer_bytes = 1 << 20;

struct Header {
    std::array<char, 8> file_magic = magic;
    std::uint32_t file_version = version;
    std::uint32_t header_bytes = sizeof(Header);
    std::uint64_t lsn = 0;
    std::int64_t time_ns = 0;
    std::uint64_t keep_from_lsn = 0;
    std::uint64_t body_bytes = 0;
    std::uint32_t payload_crc = 0;
    std::uint32_t body_crc = 0;
    std::uint32_t zero = 0;
    std::uint32_t crc = 0;  // of all before it
};
static_assert(sizeof(Header) == 64);

std::uint32_t crc_of(const Header& header) {
    return crc32c(0, &header, offsetof(Header, crc));
}

std::string wrong_with(const Header& header, std::size_t file_bytes) {
    if (header.file_magic != magic) return "it is no checkpoint";
    if (header.file_version != version || header.header_bytes != sizeof(Header))
        return "its version is " + std::to_string(header.file_version) + ", and " + std::to_string(version) +
               " is known here";
    if (header.crc != crc_of(header)) return "its header is damaged";
    if (file_bytes != sizeof(Header) + header.body_bytes) return "it is not as long as it says";
    return {};
}

}  // namespace

CheckpointMark CheckpointMark::of(const Record& record) {
    return {record.lsn, record.time_ns, crc32c(0, record.payload.data(), record.payload.size()), 0};
}

bool CheckpointMark::is_of(Cursor& cursor) const {
    Record record;
    if (cursor.seek(lsn) != SeekOutcome::found || !cursor.next(record)) return false;
    const CheckpointMark found = of(record);
    return found.lsn == lsn && found.time_ns == time_ns && found.payload_crc == payload_crc;
}

std::string checkpoint_name(std::uint64_t lsn) {
    const std::string digits = std::to_string(lsn);
    return std::string(name_prefix) + std::string(name_digits - digits.size(), '0') + digits;
}

std::vector<std::uint64_t> list_checkpoints(const std::string& directory) {
    std::vector<std::uint64_t> found;
    DIR* stream = ::opendir(directory.c_str());
    if (stream == nullptr) return found;
    while (const dirent* entry = ::readdir(stream)) {
        const std::string name = entry->d_name;
        if (name.size() != name_prefix.size() + name_digits || name.find(name_prefix) != 0) continue;
        const std::string digits = name.substr(name_prefix.size());
        const std::uint64_t lsn = std::strtoull(digits.c_str(), nullptr, 10);
        if (lsn != 0 && checkpoint_name(lsn) == name) found.push_back(lsn);
    }
    ::closedir(stream);
    std::sort(found.begin(), found.end(), std::greater<>());
    return found;
}

// --- writing

CheckpointWriter::CheckpointWriter(const std::string& directory, FileOps& files)
    : directory_(directory), path_(directory + "/checkpoint.new"), files_(files) {
    buffer_.reserve(buffer_bytes);
    descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    if (descriptor_ < 0) failure_ = errno;
    const Header none;
    put(&none, sizeof none);
}

CheckpointWriter::~CheckpointWriter() {
    if (descriptor_ < 0) return;
    ::close(descriptor_);
    ::unlink(path_.c_str());
}

void CheckpointWriter::write(const void* bytes, std::size_t size) {
    body_crc_ = crc32c(body_crc_, bytes, size);
    body_bytes_ += size;
    put(bytes, size);
}

void CheckpointWriter::put(const void* bytes, std::size_t size) {
    const auto* from = static_cast<const std::byte*>(bytes);
    while (size > 0 && failure_ == 0) {
        const std::size_t part = std::min(size, buffer_bytes - buffer_.size());
        buffer_.insert(buffer_.end(), from, from + part);
        from += part;
        size -= part;
        if (buffer_.size() == buffer_bytes) flush();
    }
}

void CheckpointWriter::flush() {
    if (failure_ == 0) failure_ = files_.write(descriptor_, buffer_.data(), buffer_.size());
    buffer_.clear();
}

Error CheckpointWriter::finish(const CheckpointMark& mark) {
    flush();
    Header header;
    header.lsn = mark.lsn;
    header.time_ns = mark.time_ns;
    header.keep_from_lsn = mark.keep_from_lsn;
    header.payload_crc = mark.payload_crc;
    header.body_bytes = body_bytes_;
    header.body_crc = body_crc_;
    header.crc = crc_of(header);
    if (failure_ == 0 && ::lseek(descriptor_, 0, SEEK_SET) != 0) failure_ = errno;
    if (failure_ == 0) failure_ = files_.write(descriptor_, &header, sizeof header);
    if (failure_ == 0) failure_ = files_.sync_file(descriptor_);
    const std::string path = directory_ + "/" + checkpoint_name(mark.lsn);
    if (failure_ == 0) failure_ = files_.rename(path_, path);
    if (failure_ == 0) {
        ::close(descriptor_);
        descriptor_ = -1;
        failure_ = files_.sync_directory(directory_);
    }
    if (failure_ == 0) return {};
    return {failure_ == ENOSPC ? ErrorCode::no_space : ErrorCode::io,
            failed("cannot write", path, failure_) + "; the checkpoints before it still count"};
}

// --- reading

std::unique_ptr<CheckpointFile> CheckpointFile::open(const std::string& directory, std::uint64_t lsn,
                                                     std::string& why) {
    const std::string path = directory + "/" + checkpoint_name(lsn);
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat info {};
    if (descriptor < 0 || ::fstat(descriptor, &info) != 0) {
        why = failed("cannot open", path, errno);
        if (descriptor >= 0) ::close(descriptor);
        return nullptr;
    }
    std::unique_ptr<CheckpointFile> file(new CheckpointFile());
    file->map_bytes_ = static_cast<std::size_t>(info.st_size);
    void* map = file->map_bytes_ < sizeof(Header)
                    ? MAP_FAILED
                    : ::mmap(nullptr, file->map_bytes_, PROT_READ, MAP_SHARED | MAP_POPULATE, descriptor, 0);
    ::close(descriptor);
    if (map == MAP_FAILED) {
        why = path + ": it is not as long as it says, or cannot be mapped";
        return nullptr;
    }
    file->map_ = map;
    Header header;
    std::memcpy(&header, map, sizeof header);
    why = wrong_with(header, file->map_bytes_);
    file->image_ = {static_cast<const std::byte*>(map) + sizeof header, file->map_bytes_ - sizeof header};
    if (why.empty() && header.lsn != lsn) why = "it is the one of lsn " + std::to_string(header.lsn);
    if (why.empty() && crc32c(0, file->image_.data(), file->image_.size()) != header.body_crc)
        why = "it is damaged";
    if (!why.empty()) {
        why = path + ": " + why;
        return nullptr;
    }
    file->mark_ = {header.lsn, header.time_ns, header.payload_crc, header.keep_from_lsn};
    return file;
}

CheckpointFile::~CheckpointFile() {
    if (map_ != nullptr) ::munmap(map_, map_bytes_);
}

}  // namespace gw::journal
