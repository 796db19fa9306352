#include "common/disk.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

#include "journal/directory.hpp"
#include "journal/segment_format.hpp"

namespace gw::simulation {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t sector_bytes = 512;

std::string read_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void write_file(const fs::path& path, const std::string& bytes) {
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

bool is_segment(const fs::path& path) {
    return path.extension() == ".seg" && path.filename() != journal::kSpareName;
}

}  // namespace

Disk::Disk() {
    std::string pattern =
        fs::is_directory("/dev/shm") ? "/dev/shm/simulation-XXXXXX" : "/tmp/simulation-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    root_ = pattern;
}

Disk::~Disk() {
    std::error_code ignored;
    fs::remove_all(root_, ignored);
}

int Disk::allocate(int descriptor, std::size_t bytes) {
    if (read_only_) return EROFS;
    return allocate_error_ != 0 ? allocate_error_ : FileOps::allocate(descriptor, bytes);
}

int Disk::rename(const std::string& from, const std::string& to) {
    return read_only_ ? EROFS : FileOps::rename(from, to);
}

int Disk::remove(const std::string& path) {
    return read_only_ ? EROFS : FileOps::remove(path);
}

int Disk::sync_range(void* address, std::size_t bytes) {
    if (sync_error_ != 0) return sync_error_;
    std::uint64_t first_lsn = 0;
    constexpr std::size_t at =
        offsetof(journal::SegmentHeader, identity) + offsetof(journal::SegmentIdentity, first_lsn);
    std::memcpy(&first_lsn, static_cast<const char*>(address) + at, sizeof first_lsn);
    if (first_lsn == 0) return 0;  // a spare, not yet part of the journal
    std::string& content = synced_[journal::segment_name(first_lsn)];
    if (content.size() < bytes) content.resize(bytes);
    std::memcpy(content.data(), address, bytes);
    return 0;
}

void Disk::opened() {
    synced_.clear();
    for (const fs::directory_entry& entry : fs::directory_iterator(directory()))
        if (is_segment(entry.path())) synced_[entry.path().filename().string()] = read_file(entry.path());
}

void Disk::cut(Dice& dice) {
    const fs::path before = directory();
    ++generation_;
    const fs::path after = directory();
    fs::create_directory(after);
    for (const auto& [name, synced] : synced_) {
        std::string image = read_file(before / name);
        // What was written since may be there, or may not, in any mixture.
        const std::uint64_t lost_one_in = dice.between(1, 3);
        for (std::size_t sector = 0; sector < image.size(); sector += sector_bytes) {
            if (!dice.one_in(lost_one_in)) continue;
            const std::size_t size = std::min(sector_bytes, image.size() - sector);
            std::string old = sector < synced.size() ? synced.substr(sector, size) : std::string();
            old.resize(size);
            image.replace(sector, size, old);
        }
        write_file(after / name, image);
    }
    write_file(after / "oldest", "1\n");
    std::error_code ignored;
    fs::remove_all(before, ignored);
}

}  // namespace gw::simulation
