// Runs the simulation of two sessions for many seeds.
//
//     session_simulation --seeds 1000 [--from 0] [--kept FILE]    exit code 1 where a seed fails
//     session_simulation --seed 17 [--trace]                      one again, event by event
//     session_simulation --seeds 500 --bug NAME                   with a mistake built in: exit code 0 where
//     it is found
#include <chrono>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "common/seeds.hpp"
#include "world.hpp"

namespace {

using gw::simulation::Bug;
using gw::simulation::Outcome;
using gw::simulation::parse;
using gw::simulation::read_kept;

struct Options {
    std::uint64_t seeds = 1'000;
    std::uint64_t from = 0;
    bool trace = false;
    Bug bug = Bug::none;
    std::string bug_name;
    std::string kept;
};

struct NamedBug {
    std::string_view name;
    Bug bug;
};
constexpr NamedBug bugs[] = {{"send-before-journal", Bug::send_before_journal},
                             {"deliver-twice", Bug::deliver_twice},
                             {"forget-kept", Bug::forget_kept},
                             {"stale-numbers", Bug::stale_numbers}};

int usage(const char* why) {
    std::fprintf(
        stderr,
        "session_simulation: %s\n"
        "usage: session_simulation [--seeds N] [--from N] [--kept FILE] [--bug NAME]\n"
        "       session_simulation --seed N [--trace] [--bug NAME]\n"
        "--kept: a file of seeds, one a line, that are run first; `#` begins a comment\n"
        "--bug:  send-before-journal, deliver-twice, forget-kept or stale-numbers; success is to find it\n",
        why);
    return 2;
}

int run(const Options& options, const char* program) {
    std::vector<std::uint64_t> seeds;
    if (!options.kept.empty() && !read_kept(options.kept, seeds))
        return usage("the file of --kept cannot be read");
    for (std::uint64_t i = 0; i < options.seeds; ++i) seeds.push_back(options.from + i);
    const auto began = std::chrono::steady_clock::now();
    Outcome total;
    unsigned failed = 0;
    for (const std::uint64_t seed : seeds) {
        const Outcome outcome = gw::simulation::run_seed(seed, options.bug, options.trace);
        total.messages += outcome.messages;
        total.crashes += outcome.crashes;
        total.cuts += outcome.cuts;
        if (outcome.failure.empty()) continue;
        ++failed;
        std::printf("seed %llu failed: %s\n    (%s)\n    replay: %s --seed %llu --trace%s%s\n",
                    static_cast<unsigned long long>(seed), outcome.failure.c_str(), outcome.profile.c_str(),
                    program, static_cast<unsigned long long>(seed), options.bug_name.empty() ? "" : " --bug ",
                    options.bug_name.c_str());
        if (failed == 10 || options.bug != Bug::none) break;
    }
    const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    std::printf("%zu seeds, %u failed; %llu messages, %llu crashes, %llu cuts; %.1f s\n", seeds.size(),
                failed, static_cast<unsigned long long>(total.messages),
                static_cast<unsigned long long>(total.crashes), static_cast<unsigned long long>(total.cuts),
                took);
    if (options.bug == Bug::none) return failed == 0 ? 0 : 1;
    if (failed == 0) std::printf("the bug %s was not found\n", options.bug_name.c_str());
    return failed == 0 ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    for (int i = 1; i < argc; ++i) {
        const std::string_view name = argv[i];
        if (name == "--trace") {
            options.trace = true;
            continue;
        }
        if (++i == argc) return usage("an option lacks its value, or is not known");
        const std::string_view value = argv[i];
        if (name == "--seeds") {
            if (!parse(value, options.seeds)) return usage("--seeds takes a number");
        } else if (name == "--from") {
            if (!parse(value, options.from)) return usage("--from takes a number");
        } else if (name == "--seed") {
            if (!parse(value, options.from)) return usage("--seed takes a number");
            options.seeds = 1;
        } else if (name == "--kept") {
            options.kept = value;
        } else if (name == "--bug") {
            options.bug_name = value;
            for (const NamedBug& bug : bugs)
                if (bug.name == value) options.bug = bug.bug;
            if (options.bug == Bug::none) return usage("--bug does not know that name");
        } else {
            return usage("an option is not known");
        }
    }
    return run(options, argv[0]);
}
