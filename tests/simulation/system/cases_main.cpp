// Plays one scripted case, or lists them.
//
//     simulation_cases NAME [--trace]
//     simulation_cases --list
#include <cstdio>
#include <string_view>

#include "cases.hpp"

namespace {

using gw::simulation::Script;

struct Case {
    std::string_view name;
    void (*run)(Script&);
};

#define CASE(name) {#name, gw::simulation::name}
constexpr Case cases[] = {
    CASE(in_flight_retries_run_out),
    CASE(outage_during_a_cancel),
    CASE(replace_half_way_doubles_exposure),
    CASE(partial_fill_during_a_modify),
    CASE(restart_replays_fills),
    CASE(synthetic_ids_differ_at_each_restart),
    CASE(inferred_fill_just_before_the_real_one),
    CASE(partial_then_cancel),
    CASE(bust_before_its_fill),
    CASE(fill_before_the_order_is_stored),
    CASE(accounts_are_kept_apart),
    CASE(fills_while_the_session_is_not_ready),
    CASE(one_fill_lost_on_a_healthy_stream),
    CASE(replays_after_the_end),
    CASE(fill_for_an_unknown_id),
    CASE(not_open_for_cancel),
    CASE(mismatch_that_is_only_logged),
    CASE(replay_of_a_fill_fires_a_linked_order),
    CASE(fill_again_under_another_id),
    CASE(original_after_its_resend),
    CASE(client_retry_with_a_new_id),
};
#undef CASE

// With durability `process` and with `disk`: what is true must not hang on it.
bool play(const Case& each, bool trace) {
    for (const bool disk : {false, true}) {
        Script script(trace, disk);
        try {
            script.start();
            each.run(script);
        } catch (const gw::simulation::Unexpected&) {
        }
        if (script.failure().empty()) continue;
        std::printf("%s (durability %s): %s\n", each.name.data(), disk ? "disk" : "process",
                    script.failure().c_str());
        return false;
    }
    return true;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view name = argc > 1 ? argv[1] : "";
    const bool trace = argc > 2 && std::string_view(argv[2]) == "--trace";
    for (const Case& each : cases) {
        if (name == "--list") std::printf("%s\n", each.name.data());
        if (name == each.name) return play(each, trace) ? 0 : 1;
    }
    if (name == "--list") return 0;
    std::fprintf(stderr, "usage: simulation_cases NAME [--trace] | --list\n");
    return 2;
}
