// What the engine is asked with and answers with, and what it remembers beside the ledger.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/decimal.hpp"
#include "engine/session_log.hpp"
#include "order/link.hpp"
#include "order/order.hpp"
#include "schema/gateway_v1.hpp"

namespace gw::engine {

inline constexpr unsigned commands_max = 1024;        // in one request
inline constexpr std::size_t result_bytes_max = 512;  // of one CommandResult
inline constexpr std::size_t sessions_max = 1024;
inline constexpr std::size_t detail_size_max = 1024;  // of what a change of a session says of itself

enum class CommandError : std::uint8_t { none, unknown_client, not_a_request, too_many_commands };

// One for each denial code, and for the numbers between them.
inline constexpr std::size_t denial_codes_max = [] {
    constexpr std::int32_t looked_at_max = 4096;
    std::size_t count = 0;
    for (std::int32_t code = 0; code < looked_at_max; ++code)
        if (schema::is_known(static_cast<schema::DenialCode>(code)))
            count = static_cast<std::size_t>(code) + 1;
    return count;
}();

struct Counters {
    std::uint64_t orders_accepted = 0;
    std::array<std::uint64_t, denial_codes_max> denied{};  // by DenialCode
    std::uint64_t orders_filled = 0, orders_canceled = 0, orders_rejected = 0, orders_expired = 0,
                  orders_not_sent = 0;
    std::uint64_t fills = 0, duplicate_executions = 0, conflicting_executions = 0, unusable_reports = 0,
                  orphan_executions = 0, external_orders = 0, inferred_fills = 0, report_differences = 0,
                  link_problems = 0, cancel_promises_broken = 0, drop_copy_executions = 0,
                  charges_incomplete = 0;
    std::uint64_t states_not_set = 0;  // that a limit was to set, and the journal could not take
    std::uint64_t requests_replace = 0, requests_cancel = 0, requests_rejected = 0;
    std::uint64_t messages_in = 0, messages_out = 0, garbled_in = 0, resends_out = 0, logons = 0;
};

// What the journal says of a session, kept for as long as the journal is: also of one that was removed.
// The numbers are those that were recovered, or of a session when it was removed; a present one's are in its
// protocol.
struct SessionMemory : Sequences {
    bool enabled = true;    // false: an operator keeps it out
    std::uint32_t day = 0;  // the session day that was begun last
};

struct LimitsResult {
    std::string fault;     // empty, or the place in the request and what is wrong there: nothing has changed
    bool recorded = true;  // false: the journal cannot be written, and nothing has changed
    std::uint64_t version = 0, lsn = 0;
    std::uint32_t changed = 0, removed = 0;
};

struct ControlResult {
    bool known = false;     // the level or instrument exists, and there is room
    std::uint64_t lsn = 0;  // 0 where it is known: the journal cannot be written, and nothing has changed
    std::uint32_t cancels = 0;
    bool out_of_turn = false;  // not the next row of its batch, or of another batch of the same id
};

// What an operator knows of an order that is UNKNOWN or whose quantities are not the venue's. `outcome`
// as in ResolveOrderRequest; `cum_quantity` above ours is booked as an inferred fill.
struct Resolution {
    order::OrderId order = 0;
    schema::OrderStatus outcome = schema::OrderStatus::unspecified;
    Decimal cum_quantity, average_price;  // zero: nothing more has traded
    std::string_view reason, resolved_by;
};

enum class ResolveError : std::uint8_t { none, unknown_order, not_in_doubt, outcome, no_price, not_recorded };

struct Adjustment {
    schema::PositionAdjustmentKind kind = schema::PositionAdjustmentKind::unspecified;
    std::string_view account, strategy, instrument;
    Decimal quantity, price;
    std::string_view reason, changed_by;
    std::span<const schema::Charge> charges = {};
    // The file of positions that it is a row of; empty: none.
    std::string_view batch_id = {};
    std::uint32_t batch_row = 0;
    std::uint64_t batch_hash = 0;
};

// A split of an instrument's positions; the units are above zero.
struct Split {
    std::string_view instrument;
    Decimal new_units, old_units;
    std::string_view split_id, reason, changed_by;
};

enum class SplitVerdict : std::uint8_t {
    done,
    done_before,
    unknown_instrument,
    no_position,
    other_split,   // the id was used for another one, or for a file of positions
    no_room,       // for so many entries, or in one batch
    does_not_fit,  // a quantity would be larger than there is
    not_recorded,  // the journal cannot be written
};

struct SplitResult {
    SplitVerdict verdict = SplitVerdict::done;
    std::uint64_t lsn = 0;  // of the last of them
    std::uint32_t positions = 0;
};

inline constexpr std::size_t rates_max = 4096;
inline constexpr std::size_t position_batches_max = 100'000;

// What one unit of a currency is worth in another.
struct RateSetting {
    std::string_view from, to;
    Decimal rate;
    std::string_view source;
    std::int64_t as_of_ns = 0;
};

struct Rate {
    Decimal value{};
    std::string source{};
    std::int64_t as_of_ns = 0;
    std::int64_t set_ns = 0;
    std::uint64_t lsn = 0;
};

struct CancelFilter {
    std::string_view client, account, strategy, instrument;  // empty, but for the client: any
};

struct Note {
    std::string_view changed_by, reason;
    std::string_view detail = {};  // what is changed, for people
};

enum class Verdict : std::uint8_t { done, refused, journal_unavailable };

struct SessionResult {
    Verdict verdict = Verdict::done;
    std::string_view why = {};  // of a refusal; static
    std::uint64_t lsn = 0;
    std::size_t session = 0;
};

struct OrderFilter {
    std::string_view client, instrument, account;
    bool open_only = false;
    order::OrderId before = 0;  // 0: from the newest
    std::size_t limit = 100;
};

// An order as a replace would leave it, and who asks.
struct Replacement {
    std::string_view client_request_id{};
    std::uint64_t content_hash = 0;
    order::LinkId link = 0;
    Decimal quantity{}, price{};
    std::optional<order::Terms> terms{};
    std::uint64_t override_id = 0;  // by which it passes; 0: none
};

// Of an order that a limit reduced: what was asked for, and what is sent. Zero: of none.
struct Resized {
    Decimal requested{}, sent{};
};

// When an order's ExpireTime(126) and the venue's grace are over.
struct Expiry {
    std::int64_t at_ns = 0;
    order::OrderId order = 0;
};

struct Inquiry {
    order::OrderId order = 0;
    std::uint32_t asked = 0;
    std::int64_t next_ns = 0;
    std::int64_t since_ns = 0;
    Decimal venue_cum{}, venue_average{};  // as last reported
};

}  // namespace gw::engine
