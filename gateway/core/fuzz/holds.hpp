// What a fuzz target claims of every input. A claim that fails ends the process, which is how libFuzzer and
// the replay of the corpus find it.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace gw::fuzz {

inline void holds(bool claim, const char* what) {
    if (claim) return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

}  // namespace gw::fuzz
