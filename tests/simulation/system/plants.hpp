// Mistakes that the simulation can be told to make, between the gateway and the world: to show that its
// oracle finds them.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace gw::simulation {

enum class Plant : std::uint8_t {
    none,
    dedup_off,            // an execution that is reported twice counts twice
    apply_twice,          // an event is applied twice
    resend_unflagged,     // a resent order lacks PossDupFlag(43)
    lost_report,          // a report is taken off the session and thrown away
    unknown_is_rejected,  // silence is taken for a reject
    send_before_sync,     // durability `disk`: bytes leave before they are durable
    skip_event,           // a subscriber that resumes leaves an event out
    new_id_on_retry,      // a client's retry is taken for another order
    replay_cache,         // a restart applies executions again, from a cache beside the journal
    release_twice,        // an order of a link that was sent is taken for one that was not, and sent again
};

// What the order layer would make of the venue's messages with such a mistake, as other messages.
class InboundPlant {
  public:
    explicit InboundPlant(Plant plant) : plant_(plant) {}
    [[nodiscard]] std::string change(const std::string& message);

  private:
    Plant plant_;
    std::set<std::string> seen_;  // ExecID(17)
};

[[nodiscard]] std::optional<Plant> find_plant(std::string_view name);
[[nodiscard]] std::string plant_names();
// What the judgement has to say of it; empty: anything.
[[nodiscard]] std::string_view found_by(Plant plant);

}  // namespace gw::simulation
