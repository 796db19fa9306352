#include "plants.hpp"

#include <utility>

#include "fix_text.hpp"

namespace gw::simulation {
namespace {

constexpr std::pair<std::string_view, Plant> plants[] = {
    {"dedup-off", Plant::dedup_off},
    {"apply-twice", Plant::apply_twice},
    {"resend-unflagged", Plant::resend_unflagged},
    {"lost-report", Plant::lost_report},
    {"unknown-is-rejected", Plant::unknown_is_rejected},
    {"send-before-sync", Plant::send_before_sync},
    {"skip-event", Plant::skip_event},
    {"new-id-on-retry", Plant::new_id_on_retry},
    {"replay-cache", Plant::replay_cache},
    {"release-twice", Plant::release_twice},
};

}  // namespace

std::string InboundPlant::change(const std::string& message) {
    if (plant_ != Plant::dedup_off && plant_ != Plant::lost_report) return message;
    FixText text = parsed(message);
    if (text.type() != "8" || !text.has(32) || text.has(19)) return message;
    const std::string exec_id = text.get(17);
    const std::string begin_string = message.substr(2, message.find('\x01') - 2);
    if (plant_ == Plant::dedup_off) {
        if (text.poss_dup() || seen_.insert(exec_id).second) return message;
        text.set(17, exec_id + "-" + text.get(34));
        text.set(14, "1000000");  // as if the venue's sum had no say
        return framed(begin_string, text);
    }
    if (exec_id.back() != '7') return message;
    FixText nothing("0");
    for (const int tag : {34, 43, 49, 52, 56, 122})
        if (text.has(tag)) nothing.add(tag, text.get(tag));
    return framed(begin_string, nothing);
}

std::optional<Plant> find_plant(std::string_view name) {
    for (const auto& [known, plant] : plants)
        if (known == name) return plant;
    return std::nullopt;
}

// An order of a link that is sent twice breaks other invariants too: the check of links has to see it itself.
std::string_view found_by(Plant plant) {
    return plant == Plant::release_twice ? "reached the venue as" : "";
}

std::string plant_names() {
    std::string names;
    for (const auto& [name, plant] : plants) names += (names.empty() ? "" : ", ") + std::string(name);
    return names;
}

}  // namespace gw::simulation
