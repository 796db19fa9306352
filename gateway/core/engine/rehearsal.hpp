// What other limits would have done: a journal or a list of orders, judged anew by the same checks.
//
// Theory of operation. An engine without sessions, wire and journal follows the events of a journal, as
// recovery does. Before it applies an OrderAccepted it asks the checks about the order, with the state as it
// was at that moment and the limits that are proposed. What they would have denied is applied as denied, and
// what the journal says of that order later is passed over: it takes no place in positions and reservations,
// so that one order too many is not held against all that come after it. An order that the journal has denied
// stays denied, whatever is proposed: nobody knows what the venue would have made of it.
//
// Replaces are judged too, and applied as recorded. Orders that a link holds or releases are applied as
// recorded and not judged. So are orders that a limit would have reduced, for the journal has the fills of
// all of it.
//
// A state that a limit sets is set here, too, and holds until the journal has a person's decision on the
// level: what that limit then keeps out is denied by the state. States that the journal has of limits which
// are proposed otherwise are not taken from it.
//
// Not for several threads at once.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "engine/engine.hpp"
#include "journal/journal.hpp"

namespace gw::engine {

// What the limits do to an order.
enum class Effect : std::uint8_t { passes, denied, resized, warned };

// An order that was denied, or would be denied, reduced or warned of.
struct Rehearsed {
    Effect effect = Effect::passes;
    std::uint64_t lsn = 0;  // 0: of a list of orders
    std::int64_t time_ns = 0;
    order::OrderId order_id = 0;
    bool replace = false;
    std::string client, client_order_id, account, strategy, instrument;
    schema::Side side = schema::Side::unspecified;
    Decimal quantity{}, price{};
    // What the journal says; unspecified: it was accepted.
    schema::DenialCode recorded = schema::DenialCode::unspecified;
    std::string recorded_limit, recorded_level;
    // What the checks say now; unspecified: it would pass. Of a warning: what it warns of.
    schema::DenialCode denial = schema::DenialCode::unspecified;
    std::string limit_name, level, observed, allowed;
    Decimal sent{};  // of one that is resized
};

struct RehearsalCounts {
    std::uint64_t orders = 0;    // new orders that were judged
    std::uint64_t replaces = 0;  // replaces that were judged
    std::uint64_t unjudged = 0;  // orders and requests that could not be, or are not by limits
    std::uint64_t last_lsn = 0;
};

class Rehearsal {
  public:
    explicit Rehearsal(const Settings& settings);

    // Begins with a journal, or (null) with nothing. Call once, first. Empty, or what is wrong with the
    // journal.
    [[nodiscard]] std::string begin(journal::Reader* reader, journal::Visibility visibility);
    // `request`: a SetLimitsRequest whose limits hold from now on, whatever the journal says of those of the
    // same names, and of `removed`. `alone`: no other limits are set. Empty, or what is wrong with it: then
    // nothing has changed.
    [[nodiscard]] std::string propose(std::string_view request, const std::vector<std::string>& removed,
                                      bool alone);
    // Takes up to so many records; false at the end. `problem` is not empty where the journal cannot be read
    // on.
    [[nodiscard]] bool run(std::size_t records_max, std::vector<Rehearsed>& found, std::string& problem);
    // Judges a NewOrder of `client`; it stays open if it passes, as much of it as is sent. Nothing where the
    // bytes are none, or there is no such client.
    [[nodiscard]] std::optional<Rehearsed> order(std::string_view client, std::string_view bytes,
                                                 std::int64_t now_ns, std::vector<Rehearsed>& warned);
    [[nodiscard]] const RehearsalCounts& counts() const { return counts_; }

  private:
    template <class Body>
    void take(const Body& event, std::uint64_t lsn, std::int64_t time_ns, std::vector<Rehearsed>& found);
    void take_accepted(const schema::OrderAccepted& event, std::uint64_t lsn, std::int64_t time_ns,
                       std::vector<Rehearsed>& found);
    void take_denied(const schema::OrderDenied& event, std::uint64_t lsn, std::int64_t time_ns,
                     std::vector<Rehearsed>& found);
    void take_replace(const schema::ReplaceRequested& event, std::uint64_t lsn, std::int64_t time_ns,
                      std::vector<Rehearsed>& found);
    void take_limits(const schema::LimitsChanged& event, std::uint64_t lsn, std::int64_t time_ns);
    void pass_over_request(std::string_view client_request_id, order::OrderId id, bool replace,
                           order::RequestId request, std::uint64_t lsn, std::int64_t time_ns);
    template <class Event>
    [[nodiscard]] std::optional<risk::Proposal> proposal_of(const Event& event) const;
    // Says in `order` what the limits do, adds their warnings to `found`, and keeps what state they set.
    void judge(risk::Proposal proposal, Rehearsed& order, std::vector<Rehearsed>& found);
    void add_warnings(const risk::Decision& decision, const Rehearsed& order, std::vector<Rehearsed>& found);
    void take_state(const schema::TradingStateChanged& event, std::uint64_t lsn, std::int64_t time_ns);
    // Of the last order that was judged, and of what fills and prices break. `replayed`: a state that a limit
    // sets which is not proposed comes with an event of the journal.
    void set_states(std::uint64_t lsn, std::int64_t time_ns, bool replayed);
    [[nodiscard]] bool is_proposed(std::string_view limit) const { return alone_ || fixed_.contains(limit); }

    Engine engine_;
    std::unique_ptr<journal::Cursor> cursor_;
    std::unordered_set<order::OrderId> dropped_;  // accepted in the journal, and denied here
    std::set<std::string, std::less<>> fixed_;    // limits that the journal does not change any more
    bool alone_ = false;
    DenialText::Enforced enforced_;  // by the last order; its texts are the limit's
    RehearsalCounts counts_;
    std::uint64_t next_lsn_ = 1;
};

}  // namespace gw::engine
