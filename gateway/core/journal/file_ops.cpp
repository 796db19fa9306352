#include "journal/file_ops.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

namespace gw::journal {

int FileOps::allocate(int descriptor, std::size_t bytes) {
    for (;;) {
        const int result = ::posix_fallocate(descriptor, 0, static_cast<off_t>(bytes));
        if (result != EINTR) return result;
    }
}

int FileOps::sync_range(void* address, std::size_t bytes) {
    return ::msync(address, bytes, MS_SYNC) == 0 ? 0 : errno;
}

int FileOps::write(int descriptor, const void* bytes, std::size_t size) {
    const auto* from = static_cast<const char*>(bytes);
    while (size > 0) {
        const ssize_t done = ::write(descriptor, from, size);
        if (done < 0 && errno != EINTR) return errno;
        if (done <= 0) continue;
        from += done;
        size -= static_cast<std::size_t>(done);
    }
    return 0;
}

int FileOps::sync_file(int descriptor) {
    return ::fsync(descriptor) == 0 ? 0 : errno;
}

int FileOps::sync_directory(const std::string& directory) {
    const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return errno;
    const int result = ::fsync(descriptor) == 0 ? 0 : errno;
    ::close(descriptor);
    return result;
}

int FileOps::rename(const std::string& from, const std::string& to) {
    return std::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
}

int FileOps::remove(const std::string& path) {
    return ::unlink(path.c_str()) == 0 ? 0 : errno;
}

FileOps& system_files() {
    static FileOps ops;
    return ops;
}

std::string failed(const std::string& what, const std::string& path, int error_number) {
    return what + " " + path + ": " + std::generic_category().message(error_number) + " (errno " +
           std::to_string(error_number) + ")";
}

}  // namespace gw::journal
