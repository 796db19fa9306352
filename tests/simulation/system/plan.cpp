#include "plan.hpp"

#include <utility>

namespace gw::simulation {

Later later_of(std::uint64_t seed) {
    if (seed % 4 == 3) return Later::lost_stores;
    switch (seed % 16) {
        case 4:
            return Later::read_only_disk;
        case 12:
            return Later::linked_orders;
        case 10:
            return Later::drop_copies;
        case 14:
            return Later::little_room;
        default:
            return Later::nothing;
    }
}

Plan make_plan(Dice& dice, Later later) {
    static constexpr const char* versions[] = {"FIX.4.2", "FIX.4.4", "FIX.4.4"};
    static constexpr std::uint32_t chunks[] = {0, 0, 1, 3};
    static constexpr std::uint32_t kept[] = {1, 4, 64};
    static constexpr std::size_t segments[] = {64 * 1024, 128 * 1024, 256 * 1024};
    Plan plan;
    plan.begin_string = dice.pick(versions);
    plan.venues = static_cast<std::uint32_t>(dice.between(1, 2));
    plan.clients = static_cast<std::uint32_t>(dice.between(1, 3));
    plan.steps = static_cast<std::uint32_t>(dice.between(40, 250));
    plan.heartbeat_s = static_cast<std::uint32_t>(dice.between(2, 30));
    plan.resend_chunk = dice.pick(chunks);
    plan.kept_messages = dice.pick(kept);
    plan.next_expected = false;
    plan.disk = dice.one_in(2);
    plan.segment_bytes = dice.pick(segments);
    // Each fault is there in some runs only: many at once hide each other.
    const auto rate = [&dice](std::uint64_t one_run_in, std::uint64_t often, std::uint64_t seldom) {
        return dice.one_in(one_run_in) ? static_cast<Rate>(dice.between(often, seldom)) : Rate{0};
    };
    plan.cut = rate(2, 10, 60);
    plan.crash = rate(2, 15, 80);
    plan.power_cut = plan.disk ? rate(2, 1, 3) : 0;
    plan.lose_reply = rate(2, 3, 20);
    plan.clock_step = rate(4, 10, 50);
    plan.meddle = rate(4, 10, 50);
    plan.sync_failure = plan.disk ? rate(8, 20, 100) : 0;
    plan.disk_full = rate(8, 10, 60);
    plan.lose_report = rate(3, 5, 30);
    plan.late_report = rate(3, 3, 20);
    plan.double_report = rate(3, 3, 20);
    plan.slow_answer = rate(2, 1, 6);
    plan.drop_order = rate(6, 10, 40);
    plan.forget_order = rate(6, 10, 40);
    plan.venue_restart = rate(4, 20, 80);
    plan.cancel_on_disconnect = rate(5, 1, 3);
    plan.bust = rate(3, 3, 20);
    plan.subscriber_stop = rate(2, 2, 10);
    if (later == Later::read_only_disk) plan.read_only = rate(1, 15, 60);
    if (later == Later::little_room) plan.orders_max = dice.between(3, 30);
    if (later == Later::linked_orders) plan.linked = rate(1, 2, 5);
    if (later == Later::drop_copies) {
        plan.drop_copy = true;
        plan.lose_copy = rate(2, 2, 10);
        plan.late_copy = rate(2, 2, 10);
    }
    if (later != Later::lost_stores) return plan;
    // What was canceled or corrected and is told again under another id, or is lost with a store, nothing
    // shows.
    plan.bust = rate(4, 3, 20);
    if (plan.bust != 0) return plan;
    plan.double_report = rate(2, 3, 20);
    plan.rename_report = rate(2, 1, 3);
    plan.lose_store = rate(2, 30, 100);
    return plan;
}

std::string Plan::describe() const {
    std::string text = begin_string + (disk ? " disk" : " process") + ", " + std::to_string(venues) +
                       " venues, " + std::to_string(clients) + " clients, " + std::to_string(steps) +
                       " steps" + (drop_copy ? ", drop copies" : "") +
                       (orders_max < 2'000 ? ", room for " + std::to_string(orders_max) + " orders" : "") +
                       "; one in:";
    const std::pair<const char*, Rate> rates[] = {{"cut", cut},
                                                  {"crash", crash},
                                                  {"power-cut", power_cut},
                                                  {"lose-reply", lose_reply},
                                                  {"clock-step", clock_step},
                                                  {"meddle", meddle},
                                                  {"sync-failure", sync_failure},
                                                  {"disk-full", disk_full},
                                                  {"read-only", read_only},
                                                  {"linked-orders", linked},
                                                  {"lose-copy", lose_copy},
                                                  {"late-copy", late_copy},
                                                  {"lose-report", lose_report},
                                                  {"late-report", late_report},
                                                  {"double-report", double_report},
                                                  {"slow-answer", slow_answer},
                                                  {"drop-order", drop_order},
                                                  {"forget-order", forget_order},
                                                  {"venue-restart", venue_restart},
                                                  {"cancel-on-disconnect", cancel_on_disconnect},
                                                  {"bust", bust},
                                                  {"rename-report", rename_report},
                                                  {"lose-store", lose_store},
                                                  {"subscriber-stop", subscriber_stop}};
    for (const auto& [name, rate] : rates)
        if (rate != 0) text += std::string(" ") + name + " " + std::to_string(rate);
    return text;
}

}  // namespace gw::simulation
