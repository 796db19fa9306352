// What an ExecutionReport(8) means for an order: the decision, apart from the event that records it.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/protobuf.hpp"
#include "order/ledger.hpp"
#include "schema/gateway_v1.hpp"

namespace gw::order {

// The fields of an ExecutionReport(8) that decisions need, in the dialect of FIX 4.3 and later. Views into
// the message.
struct Report {
    std::string_view cl_ord_id, orig_cl_ord_id, venue_order_id, exec_id, exec_ref_id, text, instrument,
        account;
    schema::ExecType exec_type = schema::ExecType::unspecified;
    OrderStatus ord_status = OrderStatus::unspecified;
    Side side = Side::unspecified;
    std::string_view restatement_reason;
    std::string_view trade_date;        // TradeDate(75)
    std::string_view execution_scope;   // where ExecID(17) is unique; empty: the venue
    std::string_view inferred_exec_id;  // of the order's inferred fill, where it has one
    bool inferred = false;              // made here, for an execution that has not come
    std::uint64_t question = 0;         // the trade in question that this is about: it counts after all
    pb::DecimalText quantity, price, last_quantity, last_price, cum_quantity, leaves_quantity, average_price;
    std::uint32_t reject_reason = 0;
    std::int64_t transact_time_ns = 0;
    std::string_view currency;  // Currency(15)
    ReportedCharges charges;
    std::string_view drop_copy;  // the session, where a copy told of it
    // What another session has told may be ahead of this report: sums below ours are no difference.
    bool may_be_late = false;
};

enum class ReportOutcome : std::uint8_t {
    take,            // the event is filled in
    duplicate,       // this execution has counted already, with the same content
    conflict,        // the same ExecID(17) with other content: to be looked at, not counted
    unusable,        // a trade without ExecID, quantity or price: to be looked at, not counted
    unmatched_bust,  // a correction or a further cancel of a trade that was busted before
    no_room,         // the ledger is full
};

// OrdStatus(39) of an order that has ended or pauses, by something else than its trades.
[[nodiscard]] bool is_beyond_trading(OrderStatus status);

// Venues round AvgPx(6).
[[nodiscard]] bool differs_by_more_than_rounding(Decimal theirs, Decimal ours);

// Why the order's outcome is not known after this report; empty where it is. A venue that refuses an order as
// sent before, and has never spoken of it, may hold it; and one that does not know what it had acknowledged
// has forgotten it, or answers for another system than the one that works it.
[[nodiscard]] std::string_view doubt_of(const Order& order, const Report& report);

// Precondition: ledger.has_order(order_id); request_id is the request that the report's ClOrdID(11) names, or
// 0.
[[nodiscard]] ReportOutcome decide_report(const Ledger& ledger, OrderId order_id, RequestId request_id,
                                          const Report& report, schema::ExecutionReported& event);

// The commission and fees to book with it, filled into the event. Precondition: decide_report has taken it.
void decide_charges(const Ledger& ledger, OrderId order_id, ChargePolicy policy, const Report& report,
                    schema::ExecutionReported& event);

}  // namespace gw::order
