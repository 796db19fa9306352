// Runs the whole-system simulation for many seeds.
//
//     simulation --seeds 2000 [--from 0] [--kept FILE]    exit code 1 where a seed fails
//     simulation --seed 17 [--trace]                      one again, event by event
//     simulation --seeds 500 --plant NAME                 with a mistake built in: exit code 0 where it is
//     found simulation --seeds 50 --twice                       each twice: the same seed has to give the
//     same bytes
#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "common/seeds.hpp"
#include "world.hpp"

namespace {

using gw::simulation::Outcome;
using gw::simulation::parse;
using gw::simulation::Plant;
using gw::simulation::read_kept;
using gw::simulation::World;

struct Options {
    std::uint64_t seeds = 1'000;
    std::uint64_t from = 0;
    bool one = false;
    bool trace = false;
    bool twice = false;
    Plant plant = Plant::none;
    std::string plant_name;
    std::string kept;
};

int usage(const char* why) {
    std::fprintf(stderr,
                 "simulation: %s\n"
                 "usage: simulation [--seeds N] [--from N] [--kept FILE] [--twice] [--plant NAME]\n"
                 "       simulation --seed N [--trace] [--plant NAME]\n"
                 "--kept:  a file of seeds, one a line, that are run first; `#` begins a comment\n"
                 "--twice: every seed is run twice and has to give the same bytes\n"
                 "--plant: a mistake is built in, and success is to find it: %s\n",
                 why, gw::simulation::plant_names().c_str());
    return 2;
}

Outcome run_seed(std::uint64_t seed, const Options& options) {
    World::Options world;
    world.plant = options.plant;
    world.trace = options.trace;
    Outcome outcome = World(seed, world).run();
    if (options.twice && outcome.failure.empty() && World(seed, world).run().hash != outcome.hash)
        outcome.failure = "the same seed gave other bytes";
    return outcome;
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
        const Outcome outcome = run_seed(seed, options);
        total.orders += outcome.orders;
        total.executions += outcome.executions;
        total.crashes += outcome.crashes;
        total.cuts += outcome.cuts;
        total.lost_reports += outcome.lost_reports;
        total.states_compared += outcome.states_compared;
        if (options.one)
            std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed), outcome.plan.c_str());
        if (outcome.failure.empty()) continue;
        const std::string_view demanded = gw::simulation::found_by(options.plant);
        if (!demanded.empty() && outcome.problems.find(demanded) == std::string::npos) continue;
        ++failed;
        std::printf("seed %llu failed: %s\n    (%s)\n    replay: %s --seed %llu --trace%s%s\n",
                    static_cast<unsigned long long>(seed),
                    (demanded.empty() ? outcome.failure : outcome.problems).c_str(), outcome.plan.c_str(),
                    program, static_cast<unsigned long long>(seed),
                    options.plant_name.empty() ? "" : " --plant ", options.plant_name.c_str());
        if (failed == 10 || options.plant != Plant::none) break;
    }
    const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    std::printf(
        "%zu seeds, %u failed; %llu orders, %llu executions, %llu crashes (%llu states compared), %llu cuts, "
        "%llu lost reports; %.1f s\n",
        seeds.size(), failed, static_cast<unsigned long long>(total.orders),
        static_cast<unsigned long long>(total.executions), static_cast<unsigned long long>(total.crashes),
        static_cast<unsigned long long>(total.states_compared), static_cast<unsigned long long>(total.cuts),
        static_cast<unsigned long long>(total.lost_reports), took);
    if (options.plant == Plant::none) return failed == 0 ? 0 : 1;
    if (failed == 0) std::printf("the mistake %s was not found\n", options.plant_name.c_str());
    return failed == 0 ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    for (int i = 1; i < argc; ++i) {
        const std::string_view name = argv[i];
        if (name == "--trace" || name == "--twice") {
            (name == "--trace" ? options.trace : options.twice) = true;
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
            options.one = true;
        } else if (name == "--kept") {
            options.kept = value;
        } else if (name == "--plant") {
            const auto plant = gw::simulation::find_plant(value);
            if (!plant || *plant == Plant::none) return usage("--plant does not know that name");
            options.plant = *plant;
            options.plant_name = value;
        } else {
            return usage("an option is not known");
        }
    }
    return run(options, argv[0]);
}
