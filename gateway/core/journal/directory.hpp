// The journal's directory: what is in it, and who may write it.
//
//   00000000000000000001.seg ...   segments, named by their first lsn
//   spare.seg                      the next segment, prepared; or the newest one, where the file system
//                                  refused to give it its name
//   lock                           held by the writer; holds its process id
//   oldest                         the first lsn that is still there, once segments were archived
//   archived/                      segments that release_before() has let go
//   damaged-<time_ns>/             what a repair has put aside
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "journal/error.hpp"
#include "journal/file_ops.hpp"

namespace gw::journal {

struct DirectoryListing {
    std::vector<std::uint64_t> segments;  // first lsn, ascending; the one in the spare's file among them
    bool has_spare = false;
    // The first lsn of the newest segment, where it has the spare's name still: it was entered when the file
    // system renamed nothing any more. 0: none.
    std::uint64_t unnamed = 0;
    Error error;
};

[[nodiscard]] DirectoryListing list_directory(const std::string& directory);

// Gives the segment in the spare's file its name. 0 or an errno value.
[[nodiscard]] int name_segment(const std::string& directory, std::uint64_t first_lsn, FileOps& files);

// The first lsn that has to be there: 1, or what the file `oldest` says. 0 when that file cannot be read.
[[nodiscard]] std::uint64_t read_oldest(const std::string& directory);
[[nodiscard]] Error write_oldest(const std::string& directory, std::uint64_t lsn, FileOps& files);

// The writer's exclusive lock on the directory. The system gives it up when the process ends, however it
// ends.
class DirectoryLock {
  public:
    DirectoryLock() = default;
    ~DirectoryLock();
    DirectoryLock(const DirectoryLock&) = delete;
    DirectoryLock& operator=(const DirectoryLock&) = delete;

    [[nodiscard]] Error take(const std::string& directory);
    void give_up();

  private:
    int descriptor_ = -1;
};

// The process that holds the lock: its id, or 0 when nobody does.
[[nodiscard]] std::int64_t lock_holder(const std::string& directory);

}  // namespace gw::journal
