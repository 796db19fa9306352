#include "journal/segment.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>

namespace gw::journal {
namespace {

constexpr std::size_t kPageBytes = 4096;
constexpr int kPopulateWrite = 23;  // MADV_POPULATE_WRITE, Linux 5.14; older headers do not name it
constexpr std::size_t kNameDigits = 20;
constexpr std::string_view kNameEnd = ".seg";

// An open file, closed on every way out.
class Descriptor {
  public:
    explicit Descriptor(int value) : value_(value) {}
    ~Descriptor() {
        if (value_ >= 0) ::close(value_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    [[nodiscard]] int get() const { return value_; }

  private:
    int value_;
};

ErrorCode code_of(int error_number) {
    return error_number == ENOSPC || error_number == EDQUOT ? ErrorCode::no_space : ErrorCode::io;
}

}  // namespace

std::string segment_name(std::uint64_t first_lsn) {
    char text[kNameDigits + 8];
    const int size =
        std::snprintf(text, sizeof text, "%020llu.seg", static_cast<unsigned long long>(first_lsn));
    return {text, static_cast<std::size_t>(size)};
}

std::uint64_t lsn_of_name(const std::string& name) {
    if (name.size() != kNameDigits + kNameEnd.size() || !name.ends_with(kNameEnd)) return 0;
    std::uint64_t lsn = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + kNameDigits, lsn);
    return error == std::errc{} && end == name.data() + kNameDigits ? lsn : 0;
}

std::unique_ptr<Segment> Segment::prepare(const std::string& path, std::size_t bytes, FileOps& files,
                                          bool synced, Error& error) {
    const Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640));
    if (file.get() < 0) {
        error = {code_of(errno), failed("cannot create", path, errno) + "; make the directory writable"};
        return nullptr;
    }
    const auto give_up = [&](const char* what, int error_number) {
        error = {code_of(error_number),
                 failed(what, path, error_number) + "; free disk space or mend the disk"};
        ::unlink(path.c_str());
        return nullptr;
    };
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) return give_up("cannot examine", errno);
    if (status.st_size > static_cast<off_t>(bytes) && ::ftruncate(file.get(), static_cast<off_t>(bytes)) != 0)
        return give_up("cannot shorten", errno);
    if (const int result = files.allocate(file.get(), bytes); result != 0)
        return give_up("cannot allocate", result);
    void* address = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
    if (address == MAP_FAILED) return give_up("cannot map", errno);
    std::unique_ptr<Segment> segment(new Segment(path, static_cast<std::byte*>(address), bytes));
    if (!is_zero(segment->base_, bytes)) std::memset(address, 0, bytes);
    segment->touch_ahead(0, bytes);
    segment->make_sparse_index();
    if (synced) {
        // Once the blocks are written, a later sync of a few records has no file metadata to write.
        if (const int result = files.sync_range(address, bytes); result != 0)
            return give_up("cannot sync", result);
    }
    return segment;
}

std::unique_ptr<Segment> Segment::map(const std::string& path, bool writable, Error& error) {
    const Descriptor file(::open(path.c_str(), (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC));
    struct stat status {};
    if (file.get() < 0 || ::fstat(file.get(), &status) != 0) {
        error = {ErrorCode::io, failed("cannot open", path, errno)};
        return nullptr;
    }
    const auto bytes = static_cast<std::size_t>(status.st_size);
    if (bytes < kHeaderBytes || bytes > kSegmentBytesMax) {
        error = {ErrorCode::damaged, path + " has " + std::to_string(bytes) + " bytes, expected " +
                                         std::to_string(kHeaderBytes) + " to " +
                                         std::to_string(kSegmentBytesMax)};
        return nullptr;
    }
    void* address =
        ::mmap(nullptr, bytes, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, file.get(), 0);
    if (address == MAP_FAILED) {
        error = {ErrorCode::io, failed("cannot map", path, errno)};
        return nullptr;
    }
    return std::unique_ptr<Segment>(new Segment(path, static_cast<std::byte*>(address), bytes));
}

std::unique_ptr<Segment> Segment::map(const std::string& directory, std::uint64_t first_lsn, bool writable,
                                      Error& error) {
    const std::string path = directory + "/" + segment_name(first_lsn);
    const auto is_there = [&path] { return ::access(path.c_str(), F_OK) == 0; };
    if (!is_there()) {
        Error ignored;
        auto spare = map(directory + "/" + kSpareName, writable, ignored);
        // It may be given its name just now.
        if (spare && !is_there() && spare->header().identity.first_lsn == first_lsn) return spare;
    }
    return map(path, writable, error);
}

Segment::~Segment() {
    ::munmap(base_, bytes_);
}

bool Segment::adopt(std::string& why) {
    const SegmentIdentity& identity = header().identity;
    if (identity.magic != kMagic || identity.crc != identity.expected_crc()) {
        why = "the segment's header is not valid";
        return false;
    }
    if (identity.version != kFormatVersion || identity.header_bytes != kHeaderBytes) {
        why = "format version " + std::to_string(identity.version) + ", expected " +
              std::to_string(kFormatVersion);
        return false;
    }
    const bool named = segment_name(identity.first_lsn) == name() || name() == kSpareName;
    if (identity.first_lsn == 0 || !named) {
        why = "the file's name does not agree with the first lsn in its header, " +
              std::to_string(identity.first_lsn);
        return false;
    }
    first_lsn_ = identity.first_lsn;
    make_sparse_index();
    return true;
}

void Segment::start(std::uint64_t first_lsn, std::uint64_t previous_lsn, const BootId& boot_id,
                    Durability durability) {
    first_lsn_ = first_lsn;
    write_identity(header(), bytes_, first_lsn, previous_lsn);
    write_writer_line(header(), boot_id, durability);
    store_mark(header().durable.mark, kEmptyMark);
    store_mark(header().commit.mark, kEmptyMark);
}

void Segment::make_sparse_index() {
    const std::size_t entries = bytes_ / sizeof(RecordHeader) / kIndexStride + 1;
    sparse_ = std::make_unique<std::atomic<std::uint32_t>[]>(entries);
    note_record(0, kHeaderBytes);
}

void Segment::read(std::uint64_t offset, Record& record) const {
    const RecordHeader& found = record_at(offset);
    record.lsn = found.lsn;
    record.time_ns = found.time_ns;
    record.kind = static_cast<Kind>(found.kind);
    record.flags = found.flags;
    record.client = found.client;
    record.session = found.session;
    record.seq = found.seq;
    record.batch_index = found.batch_index;
    record.payload = {reinterpret_cast<const char*>(base_ + offset + sizeof(RecordHeader)), found.length};
}

std::uint64_t Segment::locate(std::uint64_t lsn, const Mark& end) const {
    if (lsn < first_lsn_ || lsn - first_lsn_ >= end.records) return 0;
    const std::uint64_t wanted = lsn - first_lsn_;
    std::uint64_t entry = wanted / kIndexStride;
    while (sparse_[entry].load(std::memory_order_relaxed) == 0) --entry;  // entry 0 is always there
    std::uint64_t offset = std::uint64_t{sparse_[entry].load(std::memory_order_relaxed)} * 8;
    for (std::uint64_t index = entry * kIndexStride;; ++index) {
        if (offset + sizeof(RecordHeader) > end.end || record_at(offset).lsn != first_lsn_ + index) return 0;
        note_record(index, offset);
        if (index == wanted) return offset;
        offset += record_size(record_at(offset).length);
    }
}

void Segment::touch_ahead(std::uint64_t offset, std::size_t bytes) const {
    const std::uint64_t from = offset / kPageBytes * kPageBytes;
    if (from >= bytes_) return;
    // Where the kernel does not know this advice, the writer meets page faults and nothing worse.
    (void)::madvise(base_ + from, std::min(bytes, bytes_ - from), kPopulateWrite);
}

}  // namespace gw::journal
