// The files of one journal, of which a power cut leaves what was synced and, sector by sector, perhaps what
// was not.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "common/dice.hpp"
#include "journal/file_ops.hpp"

namespace gw::simulation {

class Disk : public journal::FileOps {
  public:
    Disk();
    ~Disk() override;
    Disk(const Disk&) = delete;
    Disk& operator=(const Disk&) = delete;

    int allocate(int descriptor, std::size_t bytes) override;
    int sync_range(void* address, std::size_t bytes) override;
    int sync_directory(const std::string&) override { return sync_error_; }
    int rename(const std::string& from, const std::string& to) override;
    int remove(const std::string& path) override;

    // From now on these fail with an errno value; 0: they work.
    void fail_syncs(int error) { sync_error_ = error; }
    void fail_allocations(int error) { allocate_error_ = error; }
    // What is mapped can be written to; no file can be made, named or removed.
    void become_read_only(bool read_only) { read_only_ = read_only; }

    [[nodiscard]] bool fails() const { return sync_error_ != 0 || allocate_error_ != 0 || read_only_; }

    // Where the journal is; another place after a power cut.
    [[nodiscard]] std::string directory() const { return (root_ / std::to_string(generation_)).string(); }
    // Call it when a journal was opened: everything that is there has been recovered, and is taken for
    // durable.
    void opened();
    // Power fails while a journal is open. A segment whose name was not synced is gone.
    void cut(Dice& dice);

  private:
    std::filesystem::path root_;
    unsigned generation_ = 0;
    int sync_error_ = 0;
    int allocate_error_ = 0;
    bool read_only_ = false;
    std::map<std::string, std::string> synced_;  // by file name: content at the last sync
};

}  // namespace gw::simulation
