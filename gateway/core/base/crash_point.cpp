#include "base/crash_point.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

namespace gw {
namespace {

std::atomic<std::uint64_t> passes_left{0};

}  // namespace

std::string arm_crash_point(std::string_view text) {
    const std::size_t colon = text.find(':');
    const std::string_view name = text.substr(0, colon);
    const std::string_view number = colon == std::string_view::npos ? "" : text.substr(colon + 1);
    std::uint64_t passes = 0;
    const auto read = std::from_chars(number.data(), number.data() + number.size(), passes);
    const auto* found = std::find(crash_point_names.begin() + 1, crash_point_names.end(), name);
    if (found == crash_point_names.end() || passes == 0 || read.ptr != number.data() + number.size()) {
        std::string known;
        for (std::size_t at = 1; at < crash_point_names.size(); ++at)
            known += (at == 1 ? "" : ", ") + std::string(crash_point_names[at]);
        return "expected NAME:N with N from 1 and a name of " + known + "; was `" + std::string(text) + "`";
    }
    passes_left = passes;
    armed_crash_point = static_cast<CrashPoint>(found - crash_point_names.begin());
    return {};
}

bool count_crash_point() {
    return passes_left.fetch_sub(1) == 1;
}

void die() {
    for (;;) {
        (void)::kill(::getpid(), SIGKILL);
        (void)::pause();
    }
}

}  // namespace gw
