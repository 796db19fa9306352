// Memory that is touched before it is used, so that the order path meets no page fault, and in large pages,
// so that a table of many megabytes does not miss the translation cache at every place. Both are hints: where
// the kernel does not follow, an access takes longer and nothing else.
#pragma once

#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace gw {

inline void use_large_pages(void* at, std::size_t bytes) {
    ::madvise(at, bytes, MADV_HUGEPAGE);
}

// `from` and what is `bytes` behind it; beyond the end of the mapping nothing.
inline void populate(const void* from, std::size_t bytes) {
    constexpr std::uintptr_t page = 4096;
    const std::uintptr_t start = reinterpret_cast<std::uintptr_t>(from) & ~(page - 1);
    const std::uintptr_t end = reinterpret_cast<std::uintptr_t>(from) + bytes;
    ::madvise(reinterpret_cast<void*>(start), end - start, MADV_POPULATE_WRITE);
}

}  // namespace gw
