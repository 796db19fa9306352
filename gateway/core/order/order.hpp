// What the gateway holds of orders, requests, executions and positions: plain records that `Ledger` keeps.
#pragma once

#include <cstdint>

#include "base/decimal.hpp"
#include "base/short_text.hpp"
#include "order/certainty_table.hpp"
#include "order/execution_table.hpp"
#include "order/request_table.hpp"
#include "order/terms.hpp"
#include "schema/gateway_v1.hpp"

namespace gw::order {

using schema::OrderStatus;
using schema::OrderType;
using schema::Side;
using schema::TimeInForce;

inline constexpr std::size_t client_request_id_size_max = 40;
inline constexpr std::size_t venue_order_id_size_max = 40;  // what is longer is kept in the journal only
inline constexpr std::size_t strategy_size_max = 32;
inline constexpr unsigned pending_requests_max = 8;

using OrderId = std::uint64_t;    // 1 ..: position in the ledger, and the number that clients see
using RequestId = std::uint64_t;  // 1 ..: position in the ledger, and the number inside ClOrdID(11)

enum class RequestKind : std::uint8_t { new_order, replace, cancel, link, mass_cancel };

// One ClOrdID(11): a new order, a replace or a cancel.
struct Request {
    OrderId order = 0;        // 0: denied before an order was found
    RequestId builds_on = 0;  // OrigClOrdID(41)
    RequestId previous = 0;   // the order's request before this one, of any kind
    std::uint64_t content_hash = 0;
    std::uint64_t lsn = 0;  // of the event that recorded the decision
    Decimal quantity{};     // terms asked for; of a mass cancel: how many cancels it sent
    Decimal price{};
    std::uint32_t client = 0;  // 0: made by the gateway itself
    RequestKind kind = RequestKind::new_order;
    RequestState state = RequestState::pending;
    schema::DenialCode denial = schema::DenialCode::unspecified;
    std::uint32_t terms = 0;  // what few orders have, as this request asks for it; 0: none
    std::uint32_t link = 0;   // that asks for it, or that it asks for; 0: none
    ShortText<client_request_id_size_max> client_request_id{};
};

struct Order {
    std::uint64_t lsn = 0;  // of the newest event that speaks of it
    std::int64_t created_ns = 0;
    std::int64_t updated_ns = 0;
    Decimal quantity{};  // terms in force
    Decimal price{};
    Decimal cum_quantity{};
    Decimal claimed_quantity{};   // the largest CumQty(14) that the venue has said of it
    Product traded_notional{};    // sum of quantity x price of live fills: the average price without rounding
    Decimal reserved{};           // what the position counts as open for this order
    Decimal reserved_price{};     // and at which price; zero where it has no limit
    RequestId first_request = 0;  // the new order
    RequestId live_request = 0;   // whose terms are in force: what the venue knows the order by
    RequestId newest_request = 0;  // the newest that the venue has not refused: what the next builds on
    RequestId last_request = 0;    // of any kind and state: the end of the chain of `previous`
    std::uint32_t client = 0;
    std::uint32_t account = 0;
    std::uint32_t strategy = 0;
    std::uint32_t instrument = 0;
    std::uint32_t venue = 0;
    std::uint32_t position = 0;
    std::uint32_t terms = 0;          // in force; 0: none
    std::uint32_t link = 0;           // that it belongs to; 0: none
    std::uint32_t inferred_fill = 0;  // that stands for an execution which has not come; 0: none
    std::uint32_t question = 0;       // its newest trade in question; 0: none
    std::uint32_t newest_fill = 0;    // that came as a trade; 0: none
    Side side = Side::unspecified;
    OrderType type = OrderType::unspecified;
    TimeInForce time_in_force = TimeInForce::unspecified;
    Execution execution = Execution::pending_new;
    Certainty certainty = Certainty::known;
    std::uint8_t pending_replaces = 0;
    std::uint8_t pending_cancels = 0;
    bool status_differs = false;         // the venue's CumQty(14), LeavesQty(151) or AvgPx(6) is not ours
    std::uint8_t unsettled_answers = 0;  // seconds with answers that left a difference as it was
    std::uint8_t leg = 0;                // its place in its link
    bool external = false;               // not made here: its first ClOrdID(11) is another's
    bool in_question = false;            // whether a trade in question counts, the venue has not said
    bool cancel_promised = false;        // the venue is to cancel it for a disconnect, and has not said so
    std::int64_t disconnected_ns = 0;    // that disconnect
    std::int64_t unsettled_ns = 0;       // when an unsettled answer was counted last
    std::uint32_t charges = 0;           // the newest; 0: none
    ShortText<venue_order_id_size_max> venue_order_id{};

    [[nodiscard]] unsigned pending_requests() const { return unsigned{pending_replaces} + pending_cancels; }
    [[nodiscard]] bool good_till() const {
        return time_in_force == TimeInForce::gtc || time_in_force == TimeInForce::gtd;
    }
    // Good till a later day, and over for this one.
    [[nodiscard]] bool sleeps() const {
        return good_till() && (execution == Execution::done_for_day ||
                               (execution == Execution::calculated && cum_quantity < quantity));
    }
    // Whether the venue may still trade it: it holds a reservation and can be canceled. An order that is good
    // till a later day is so while it is done for the day, and a filled one while a replace that would open
    // it again is under way.
    [[nodiscard]] bool open() const {
        return is_open(execution) || sleeps() || (execution == Execution::filled && pending_replaces != 0);
    }
    // Kept here by its link: it can be canceled, and the venue knows nothing of it.
    [[nodiscard]] bool held() const { return execution == Execution::held; }
    // LeavesQty(151): nothing once the order has ended.
    [[nodiscard]] Decimal leaves() const {
        if (!open() || cum_quantity >= quantity) return Decimal{};
        return quantity - cum_quantity;
    }
    [[nodiscard]] Decimal average_price() const {
        return cum_quantity.is_zero() ? Decimal{} : traded_notional.divided_by(cum_quantity);
    }
    [[nodiscard]] bool buys() const { return side == Side::buy; }
};

// DESIGN's budget: a live order with the request that made it.
static_assert(sizeof(Order) + sizeof(Request) <= 512);

// What a position's chain consists of: fills, and what changed it beside them (`order` is 0 then).
enum class EntryKind : std::uint8_t {
    trade,
    adjustment,    // its quantity has a sign
    start_of_day,  // the same; nothing before it counts
    multiplier,    // another contract multiplier holds from here on; `price` is the one that held before
    split,         // `quantity` new units for `price` old ones
};

// One fill, by its execution key. The key is 128 bits of hash over session and ExecID(17): two different
// fills agreeing in it is less likely than the memory lying.
//
// The report that corrects or cancels a fill has an ExecID of its own, by which a repetition is known and to
// which the next correction may refer: it is kept as an alias of the fill, with no quantity of its own.
struct Fill {
    std::uint64_t key_low = 0;
    std::uint64_t key_high = 0;
    std::uint64_t alias_of = 0;  // 0: a fill
    OrderId order = 0;
    Decimal quantity{};
    Decimal price{};
    bool busted = false;
    bool corrected = false;
    bool questioned = false;  // it does not count (`busted` is set), unless the venue's sum says that it does
    EntryKind kind = EntryKind::trade;
    std::uint32_t next_entry = 0;  // in the position's chain
    std::uint32_t charges = 0;     // the newest; 0: none
    std::uint32_t reported = 0;    // its number among what venues have reported
    std::uint32_t previous_of_order = 0;
    Decimal claimed{};  // CumQty(14) in its report
};

// A trade that would make our sum larger than any CumQty(14) which the venue has said, its own report's
// included, or that has quantity, price and CumQty(14) of one which has counted, though each trade makes that
// larger: most likely one that was reported before under another ExecID(17). Kept aside, and asked about.
inline constexpr std::size_t questioned_exec_id_size_max = 64;  // what has a longer one counts at once
struct Question {
    std::uint64_t fill = 0;
    std::uint64_t lsn = 0;       // of the event that kept it aside
    std::uint32_t previous = 0;  // of the same order; 0: none
    ShortText<questioned_exec_id_size_max> exec_id{};
};

// What is kept free for an order: all that it could still trade, at the highest price that it could.
struct Reservation {
    Decimal quantity{};
    Decimal price{};  // zero where it has no limit

    friend bool operator==(const Reservation&, const Reservation&) = default;
};

inline constexpr std::int64_t day_ns = 86'400'000'000'000;

struct Position {
    std::uint32_t account = 0;
    std::uint32_t strategy = 0;
    std::uint32_t instrument = 0;
    Decimal bought{};
    Decimal sold{};
    std::uint32_t first_entry = 0;  // of its chain: the newest start of a day, or the first fill
    std::uint32_t last_entry = 0;
    std::uint32_t charges = 0;  // by currency; 0: none
    bool saturated = false;     // a sum did not fit: figures are wrong
    Product cost{};             // of the net quantity at entry; negative when short
    Product realized{};         // at average cost, times nothing: see `carried`
    Product carried{};          // money that was realised under other multipliers
    Product restored{};         // and before the chain, where a checkpoint of an older version had none
    Decimal open_buy{};         // reserved by open orders
    Decimal open_sell{};
    Product open_notional{};  // of those with a limit: quantity x price
    Decimal open_unpriced{};  // quantity of those without
    std::uint32_t open_orders = 0;
    std::uint32_t short_day = 0;  // the last day on which something was sold short: days since 1970, UTC
    Decimal short_sold{};         // so much on that day
    Decimal open_short{};         // part of open_sell: orders to sell short

    [[nodiscard]] Decimal net() const { return bought - sold; }
};

// The status to show: by the precedence of the FIX 4.4 order state change matrices (volume 4, appendix D),
// with our own UNKNOWN before everything that could still change.
[[nodiscard]] OrderStatus status_of(const Order& order);
[[nodiscard]] OrderStatus status_of(Execution execution);
// The way back; a status that is no execution state alone is pending_new.
[[nodiscard]] Execution execution_of(OrderStatus status);

}  // namespace gw::order
