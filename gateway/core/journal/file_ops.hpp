// The port to what the operating system may refuse: tests put failures here, a simulation its own disk.
#pragma once

#include <cstddef>
#include <string>

namespace gw::journal {

// Every call returns 0 or an errno value.
class FileOps {
  public:
    virtual ~FileOps() = default;

    // Takes `bytes` of disk for the file, so that no later write into its map can fail for want of space.
    virtual int allocate(int descriptor, std::size_t bytes);
    // Writes the pages of a shared map to the disk and waits until they are there.
    virtual int sync_range(void* address, std::size_t bytes);
    // Writes all of it where the file stands.
    virtual int write(int descriptor, const void* bytes, std::size_t size);
    virtual int sync_file(int descriptor);
    // Makes names created or changed in a directory durable.
    virtual int sync_directory(const std::string& directory);
    virtual int rename(const std::string& from, const std::string& to);
    virtual int remove(const std::string& path);
};

[[nodiscard]] FileOps& system_files();

// "what path: reason (errno)", the form that every error text here has.
[[nodiscard]] std::string failed(const std::string& what, const std::string& path, int error_number);

}  // namespace gw::journal
