// A journal opened for reading only: by another process while its writer runs, or by a tool after it ended.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "journal/cursor.hpp"
#include "journal/error.hpp"
#include "journal/options.hpp"

namespace gw::journal {

struct SegmentInfo {
    std::string path;
    std::uint64_t first_lsn = 0;
    std::uint64_t last_lsn = 0;  // first_lsn - 1 when it holds nothing
    std::uint64_t bytes = 0;     // of the file
    bool sealed = false;         // no longer written to
};

class Reader;

struct OpenedReader {
    std::unique_ptr<Reader> reader;
    Error error;
};

// Reads what is committed, follows the writer into new segments, and changes nothing. Checks each record's
// checksum.
class Reader {
  public:
    [[nodiscard]] static OpenedReader open(const std::string& directory);
    ~Reader();
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    // Any thread.
    [[nodiscard]] Cursor cursor(std::uint64_t from_lsn, Visibility visibility = Visibility::committed);
    [[nodiscard]] std::uint64_t oldest_lsn() const;
    [[nodiscard]] std::uint64_t committed_lsn() const;
    [[nodiscard]] std::uint64_t durable_lsn() const;
    [[nodiscard]] std::vector<SegmentInfo> segments() const;
    [[nodiscard]] const std::string& directory() const;
    // What the journal was last written with.
    [[nodiscard]] Durability durability() const;

  private:
    explicit Reader(std::unique_ptr<SegmentChain> chain);
    std::unique_ptr<SegmentChain> chain_;
};

}  // namespace gw::journal
