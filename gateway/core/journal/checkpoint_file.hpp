// Checkpoint files: the state after the record with a certain lsn, beside the journal that it was made from.
//
//   checkpoint-<lsn, 20 digits>   a header, then an image (see base/image.hpp)
//
// A file is written under another name, synced, and renamed: what is there under its name is whole. Both
// parts have a CRC32C. Which state it is of is proven by the record with its lsn: a journal that lost its end
// in a power cut, or was cut by a repair, gives that lsn to another record or to none, and the checkpoint
// counts no more.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/image.hpp"
#include "journal/cursor.hpp"
#include "journal/error.hpp"
#include "journal/file_ops.hpp"

namespace gw::journal {

// What a checkpoint says of itself.
struct CheckpointMark {
    std::uint64_t lsn = 0;            // of the last record that it holds
    std::int64_t time_ns = 0;         // of that record
    std::uint32_t payload_crc = 0;    // CRC32C of that record's payload
    std::uint64_t keep_from_lsn = 0;  // messages from here on may have to be resent

    [[nodiscard]] static CheckpointMark of(const Record& record);
    // The cursor is moved. False where the journal does not hold that record, or another in its place.
    [[nodiscard]] bool is_of(Cursor& cursor) const;
};

[[nodiscard]] std::string checkpoint_name(std::uint64_t lsn);
// Their lsn, newest first, whatever they hold.
[[nodiscard]] std::vector<std::uint64_t> list_checkpoints(const std::string& directory);

// Writes one. What is not finished is removed again.
class CheckpointWriter : public ImageSink {
  public:
    CheckpointWriter(const std::string& directory, FileOps& files);
    ~CheckpointWriter() override;
    CheckpointWriter(const CheckpointWriter&) = delete;
    CheckpointWriter& operator=(const CheckpointWriter&) = delete;

    void write(const void* bytes, std::size_t size) override;  // an error shows in finish()
    // Syncs it and gives it its name.
    [[nodiscard]] Error finish(const CheckpointMark& mark);
    [[nodiscard]] std::uint64_t bytes() const { return body_bytes_; }

  private:
    void put(const void* bytes, std::size_t size);
    void flush();

    std::string directory_, path_;
    FileOps& files_;
    int descriptor_ = -1;
    int failure_ = 0;
    std::vector<std::byte> buffer_;
    std::uint64_t body_bytes_ = 0;
    std::uint32_t body_crc_ = 0;
};

// One that is whole, mapped for reading.
class CheckpointFile {
  public:
    // Null where it cannot be read or is damaged; then `why` says what is wrong. Reads every byte.
    [[nodiscard]] static std::unique_ptr<CheckpointFile> open(const std::string& directory, std::uint64_t lsn,
                                                              std::string& why);
    ~CheckpointFile();
    CheckpointFile(const CheckpointFile&) = delete;
    CheckpointFile& operator=(const CheckpointFile&) = delete;

    [[nodiscard]] const CheckpointMark& mark() const { return mark_; }
    [[nodiscard]] std::span<const std::byte> image() const { return image_; }

  private:
    CheckpointFile() = default;
    void* map_ = nullptr;
    std::size_t map_bytes_ = 0;
    CheckpointMark mark_;
    std::span<const std::byte> image_;
};

}  // namespace gw::journal
