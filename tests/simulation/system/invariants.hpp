// The oracle: DESIGN.md's invariants, each by a function of its own, against the venues' ledgers, the bytes
// of the wire and the answers that clients have had.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include "world.hpp"

namespace gw::simulation {

// The world's limits, in lots and whole units: what risk has to keep.
inline constexpr std::int64_t reference_price = 100;
inline constexpr std::int64_t quantity_max = 1'000;
inline constexpr std::int64_t notional_max = 200'000;
inline constexpr std::int64_t collar_percent = 20;

// The venue's order that an order of the gateway became; null where it never reached the book.
[[nodiscard]] const VenueOrder* find_venue_order(const World& world, std::uint64_t order_id);
// All that it became: an order that its link releases anew has another ClOrdID.
[[nodiscard]] std::vector<const VenueOrder*> find_venue_orders(const World& world, std::uint64_t order_id);
// Open orders, theirs and ours, before the wind-down. Empty, or the difference.
[[nodiscard]] std::string compare_open_orders(const World& world);
// What the venue has not yet settled of an order whose outcome is known.
[[nodiscard]] bool needs_more(const order::Order& order);
// Why the world is not quiet, for people.
[[nodiscard]] std::string describe_unrest(const World& world);

class Judgement {
  public:
    explicit Judgement(World& world);
    // The first, and one of each check.
    [[nodiscard]] const std::string& problem() const { return problem_; }
    [[nodiscard]] const std::string& problems() const { return problems_; }
    // Over the wire, the answers and the journal.
    [[nodiscard]] std::uint64_t hash() const { return hash_; }

  private:
    struct Trade {
        std::uint64_t order_id;
        std::uint32_t count = 0;
    };

    void read_journal();
    void check_wire_is_journalled();  // 1
    void check_risk(const FixText& message);
    void check_sent_once();     // 2
    void check_executions();    // 3
    void check_order_sums();    // 3
    void check_positions();     // 4
    void check_sequences();     // 5
    void check_ends();          // 6
    void check_links();         // 2 and 3
    void check_readers();       // 8
    void check_reservations();  // 9
    void add_to_hash(std::string_view bytes);
    void fail(const std::string& what) {
        if (problem_.empty()) problem_ = what;
        problems_ += what + "; ";
    }

    World& world_;
    std::string problem_, problems_;
    std::uint64_t hash_ = 1'469'598'103'934'665'603ULL;
    // From the journal.
    std::unordered_set<std::string> messages_out_;
    std::map<std::string, std::uint64_t> decided_in_;  // ClOrdID -> first lsn of the batch of its event
    std::map<std::string, std::uint64_t> written_in_;  // ClOrdID -> first lsn of the batch of its message
    std::map<std::string, Trade> trades_;              // by ExecID
    std::set<std::string> questioned_;                 // ExecIDs that were kept aside
    std::map<std::string, std::uint32_t> corrections_;
    std::set<std::string> corrected_;  // ExecRefID(19): what a correction stands in the place of
    // By client and client_order_id; an order that is released anew is the same.
    std::map<std::pair<std::string, std::string>, std::set<std::uint64_t>> accepted_;
};

}  // namespace gw::simulation
