// The files of one journal, of which a power cut leaves what was synced and, sector by sector, perhaps what
// was not.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "dice.hpp"
#include "journal/file_ops.hpp"

namespace gw::simulation {

class Disk : public journal::FileOps {
  public:
    Disk();
    ~Disk() override;
    Disk(const Disk&) = delete;
    Disk& operator=(const Disk&) = delete;

    int sync_range(void* address, std::size_t bytes) override;
    int sync_directory(const std::string&) override { return 0; }

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
    std::map<std::string, std::string> synced_;  // by file name: content at the last sync
};

}  // namespace gw::simulation
