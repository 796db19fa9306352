// Which levels belong to which: journalled where the configuration says it otherwise than the journal.

#include "engine/engine_sessions.hpp"

namespace gw::engine {

std::vector<EngineSessions::Grouping> EngineSessions::configured_groups() const {
    std::vector<Grouping> all;
    for (const AccountSettings& account : settings_.accounts)
        all.push_back({"account:" + account.name, account.desk.empty() ? "" : "desk:" + account.desk});
    for (const VenueSettings& venue : settings_.venues)
        all.push_back({"venue:" + venue.name, venue.session.empty() ? "" : "session:" + venue.session});
    return all;
}

bool EngineSessions::is_grouped_as(const Grouping& grouping) const {
    const auto member = find_level(grouping.member);
    const auto group = find_level(grouping.group);
    const std::uint32_t wanted = group ? group->number : 0;
    if (!grouping.group.empty() && wanted == 0) return false;
    if (!member) return wanted == 0;
    const std::uint32_t known = member->kind == risk::LevelKind::account
                                    ? control_.groups.desk_of(member->number)
                                    : control_.groups.session_of(member->number);
    return known == wanted;
}

// False where the journal cannot be written; what is missing then is journalled at the next start.
bool EngineSessions::define_groups() {
    constexpr std::size_t events_a_batch = 64;
    const std::vector<Grouping> all = configured_groups();
    for (std::size_t from = 0; from < all.size();) {
        std::array<std::pair<schema::LevelGrouped, std::uint64_t>, events_a_batch> batch;
        std::size_t count = 0;
        log_.begin(now_ns_);
        for (; from < all.size() && count < events_a_batch; ++from) {
            if (is_grouped_as(all[from])) continue;
            schema::LevelGrouped& event = batch[count].first;
            event.member = all[from].member;
            event.group = all[from].group;
            batch[count++].second = log_.event(event, 0);
        }
        if (!log_.commit()) return false;
        for (std::size_t at = 0; at < count; ++at) apply(batch[at].first, batch[at].second, now_ns_);
    }
    return true;
}

void EngineState::apply(const schema::LevelGrouped& event, std::uint64_t, std::int64_t) {
    const auto member = add_level(event.member);
    const auto group = event.group.empty() ? std::optional(risk::Level{}) : add_level(event.group);
    if (!member || !group || !control_.groups.set(*member, group->number)) return;
    // Sums over positions are those of the groups as they are now; what has come stays where it came.
    control_.memory.revalue_all(ledger_);
    if (configured_) compile_limits();
}

}  // namespace gw::engine
