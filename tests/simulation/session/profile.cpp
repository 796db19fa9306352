#include "profile.hpp"

namespace gw::simulation {

Profile make_profile(Dice& dice) {
    Profile profile;
    static constexpr const char* versions[] = {"FIX.4.0", "FIX.4.2", "FIX.4.4", "FIX.4.4", "FIXT.1.1"};
    static constexpr std::uint64_t chunks[] = {0, 0, 1, 2, 7};
    static constexpr std::uint32_t slices[] = {1, 2, 5, 64};
    static constexpr std::uint32_t kept[] = {1, 3, 16, 1'024};
    const std::string version = dice.pick(versions);
    const bool next_expected = dice.one_in(3);
    const auto heartbeat_s = static_cast<std::uint32_t>(dice.between(1, 30));
    for (session::Config* config : {&profile.initiator, &profile.acceptor}) {
        config->begin_string = version;
        if (version == "FIXT.1.1") config->default_appl_ver_id = "9";
        config->heartbeat_interval_s = heartbeat_s;
        config->resend_chunk = dice.pick(chunks);
        config->replay_messages_per_step = dice.pick(slices);
        config->kept_messages_max = dice.pick(kept);
        config->kept_bytes_max = dice.one_in(4) ? 400 : 64 * 1024;
        // Each side says for itself whether it tells what it expects: one that does not must do, too.
        config->next_expected_msg_seq_num = next_expected && !dice.one_in(4);
        config->last_msg_seq_num_processed = dice.one_in(4);
        config->resend_stall_timeout_ms = static_cast<std::int64_t>(dice.between(2, 60)) * 1'000;
    }
    profile.initiator.role = session::Role::initiator;
    profile.initiator.sender_comp_id = profile.acceptor.target_comp_id = "TW";
    profile.acceptor.role = session::Role::acceptor;
    profile.acceptor.sender_comp_id = profile.initiator.target_comp_id = "ISLD";
    profile.disk = dice.one_in(2);
    profile.stale_orders = dice.one_in(5);
    profile.quiet_resets = dice.one_in(6);
    profile.proxy_faults = !profile.quiet_resets && dice.one_in(3);
    profile.clock_steps = dice.one_in(3);
    profile.steps = static_cast<std::uint32_t>(dice.between(20, 160));
    return profile;
}

std::string Profile::describe() const {
    std::string text = initiator.begin_string + (disk ? " disk" : " process");
    for (const auto& [on, name] : {std::pair{stale_orders, " stale-orders"},
                                   {quiet_resets, " resets"},
                                   {proxy_faults, " proxy"},
                                   {clock_steps, " clock"}})
        if (on) text += name;
    for (const session::Config* config : {&initiator, &acceptor}) {
        text += std::string(config == &initiator ? " | initiator:" : " | acceptor:") + " chunk " +
                std::to_string(config->resend_chunk) + " slice " +
                std::to_string(config->replay_messages_per_step) + " kept " +
                std::to_string(config->kept_messages_max) +
                (config->next_expected_msg_seq_num ? " 789" : "") +
                (config->last_msg_seq_num_processed ? " 369" : "");
    }
    return text + " | HeartBtInt " + std::to_string(initiator.heartbeat_interval_s) + " s, " +
           std::to_string(steps) + " steps";
}

}  // namespace gw::simulation
