// What the journal's tests share: a directory that goes away, records that can be told apart, files that can
// be harmed.
#pragma once

#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "journal/file_ops.hpp"
#include "journal/journal.hpp"
#include "journal/segment_format.hpp"
#include "journal/verify.hpp"

namespace gw::journal {

class TemporaryDirectory {
  public:
    TemporaryDirectory() {
        // In memory where there is such a place: the tests are about what is written, not about how fast the
        // disk is.
        std::string pattern =
            std::filesystem::is_directory("/dev/shm") ? "/dev/shm/journal-XXXXXX" : "/tmp/journal-XXXXXX";
        path_ = ::mkdtemp(pattern.data()) != nullptr ? pattern : std::string("journal-test");
    }
    ~TemporaryDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    std::string path_;
};

inline Options small_options(std::size_t segment_bytes = kSegmentBytesMin) {
    Options options;
    options.segment_bytes = segment_bytes;
    options.outbound_entries = 256;
    return options;
}

// Every payload says which lsn it belongs to.
inline std::string payload_of(std::uint64_t lsn, std::size_t bytes = 40) {
    std::string text = "record " + std::to_string(lsn) + " ";
    std::mt19937_64 random(lsn);
    while (text.size() < bytes) text.push_back(static_cast<char>('a' + random() % 26));
    return text;
}

// Appends and commits `records` as one batch; the last lsn, or 0 when it was refused.
inline std::uint64_t commit_batch(Journal& journal, std::size_t records, std::size_t bytes = 40) {
    journal.begin(static_cast<std::int64_t>(journal.next_lsn()) * 1000);
    for (std::size_t i = 0; i < records; ++i) {
        const std::uint64_t lsn = journal.next_lsn();
        const Kind kind = i == 0 ? Kind::event : Kind::message_out;
        journal.append({.kind = kind, .flags = 0x0100, .client = 7, .session = 3, .seq = i == 0 ? 0 : lsn},
                       payload_of(lsn, bytes));
    }
    const CommitResult result = journal.commit();
    return result.ok() ? result.last_lsn : 0;
}

// The lsn read from the start on, as far as each record is what commit_batch() wrote; 0 when one is not.
inline std::uint64_t last_intact_lsn(Cursor cursor, std::size_t bytes = 40) {
    std::uint64_t last = cursor.next_lsn() - 1;
    Record record;
    while (cursor.next(record)) {
        if (record.lsn != last + 1 || record.payload != payload_of(record.lsn, bytes)) return 0;
        last = record.lsn;
    }
    return cursor.error() ? 0 : last;
}

inline std::string read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_file(const std::string& path, const std::string& bytes) {
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

inline std::string first_segment(const std::string& directory, std::uint64_t lsn = 1) {
    return directory + "/" + segment_name(lsn);
}

// Refuses what it is told to.
class FailingFiles : public FileOps {
  public:
    int allocate(int descriptor, std::size_t bytes) override {
        return allocate_error != 0 ? allocate_error : FileOps::allocate(descriptor, bytes);
    }
    int sync_range(void* address, std::size_t bytes) override {
        ++syncs;
        return sync_error != 0 ? sync_error : FileOps::sync_range(address, bytes);
    }
    int sync_directory(const std::string& directory) override {
        return sync_directory_error != 0 ? sync_directory_error : FileOps::sync_directory(directory);
    }
    int rename(const std::string& from, const std::string& to) override {
        return rename_error != 0 ? rename_error : FileOps::rename(from, to);
    }

    int allocate_error = 0;
    int sync_error = 0;
    int sync_directory_error = 0;
    int rename_error = 0;
    int syncs = 0;
};

}  // namespace gw::journal
