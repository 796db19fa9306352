/* Stands between a process and its C library (LD_PRELOAD): while a file is there, calls on paths below a folder fail.
 *
 *   FAILING_DISK_FOLDER   the folder
 *   FAILING_DISK_SYNC     while this file exists, msync and fsync fail with EIO
 *   FAILING_DISK_ALL      while this one exists, the folder is on a file system that was remounted read-only: nothing is
 *                         created, allocated, renamed or removed there, and nothing is synced
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int is_there(const char* variable) {
    const char* path = getenv(variable);
    return path != NULL && access(path, F_OK) == 0;
}

static int is_below(const char* path) {
    const char* folder = getenv("FAILING_DISK_FOLDER");
    return folder != NULL && path != NULL && strncmp(path, folder, strlen(folder)) == 0;
}

static int refuses(const char* path) {
    return is_below(path) && is_there("FAILING_DISK_ALL");
}

int msync(void* address, size_t length, int flags) {
    int (*real)(void*, size_t, int) = (int (*)(void*, size_t, int))dlsym(RTLD_NEXT, "msync");
    if (is_there("FAILING_DISK_SYNC") || is_there("FAILING_DISK_ALL")) {
        errno = EIO;
        return -1;
    }
    return real(address, length, flags);
}

int posix_fallocate64(int descriptor, off64_t offset, off64_t length) {
    int (*real)(int, off64_t, off64_t) = (int (*)(int, off64_t, off64_t))dlsym(RTLD_NEXT, "posix_fallocate64");
    return is_there("FAILING_DISK_ALL") ? EROFS : real(descriptor, offset, length);
}

int posix_fallocate(int descriptor, off_t offset, off_t length) {
    int (*real)(int, off_t, off_t) = (int (*)(int, off_t, off_t))dlsym(RTLD_NEXT, "posix_fallocate");
    return is_there("FAILING_DISK_ALL") ? EROFS : real(descriptor, offset, length);
}

static int open_as(const char* name, const char* path, int flags, mode_t mode) {
    int (*real)(const char*, int, ...) = (int (*)(const char*, int, ...))dlsym(RTLD_NEXT, name);
    if ((flags & (O_CREAT | O_WRONLY | O_RDWR)) != 0 && refuses(path)) {
        errno = EROFS;
        return -1;
    }
    return real(path, flags, mode);
}

static mode_t mode_of(int flags, va_list rest) {
    return (flags & O_CREAT) != 0 ? (mode_t)va_arg(rest, int) : 0;
}

int open(const char* path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    const mode_t mode = mode_of(flags, rest);
    va_end(rest);
    return open_as("open", path, flags, mode);
}

int open64(const char* path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    const mode_t mode = mode_of(flags, rest);
    va_end(rest);
    return open_as("open64", path, flags, mode);
}

int rename(const char* from, const char* to) {
    int (*real)(const char*, const char*) = (int (*)(const char*, const char*))dlsym(RTLD_NEXT, "rename");
    if (refuses(from) || refuses(to)) {
        errno = EROFS;
        return -1;
    }
    return real(from, to);
}

int unlink(const char* path) {
    int (*real)(const char*) = (int (*)(const char*))dlsym(RTLD_NEXT, "unlink");
    if (refuses(path)) {
        errno = EROFS;
        return -1;
    }
    return real(path);
}
