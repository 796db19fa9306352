// Orders and reports as FIX messages. The dialects of FIX 4.0 to 5.0 SP2 differ in a few fields; this is
// where.
#pragma once

#include <cstdint>
#include <string_view>

#include "fix/encoder.hpp"
#include "fix/message.hpp"
#include "order/order.hpp"
#include "order/report.hpp"
#include "risk/checks.hpp"

namespace gw::engine {

// Before FIX 4.3, ExecTransType(20) tells corrections and status reports apart, and a trade is ExecType 1
// or 2.
struct Dialect {
    bool exec_trans_type = false;  // up to 4.2
    bool handl_inst = true;        // HandlInst(21) is required up to 4.4
};
[[nodiscard]] Dialect dialect_of(std::string_view begin_string);

// What the messages need of an order, as texts.
struct WireOrder {
    std::string_view cl_ord_id, orig_cl_ord_id, venue_order_id, account, symbol;
    order::Side side;
    order::OrderType type;
    order::TimeInForce time_in_force;
    Decimal quantity, price;
    std::int64_t now_ns = 0;
};

// Body fields only: header and trailer are the session's. New orders and replaces need the checks' approval.
void write_new_order(fix::Encoder& out, const WireOrder& order, const Dialect& dialect,
                     const risk::Approval& approval);
void write_replace(fix::Encoder& out, const WireOrder& order, const Dialect& dialect,
                   const risk::Approval& approval);
void write_cancel(fix::Encoder& out, const WireOrder& order);
void write_status_request(fix::Encoder& out, const WireOrder& order);

// Texts that had to be mended for events.
struct ReportTexts {
    std::array<std::array<char, 256>, 8> buffers;
};

// ExecutionReport(8). Views point into the message or into `texts`.
[[nodiscard]] order::Report read_report(const fix::Message& message, const Dialect& dialect,
                                        ReportTexts& texts);

// OrderCancelReject(9).
struct CancelReject {
    std::string_view cl_ord_id, orig_cl_ord_id, venue_order_id, text;
    std::uint32_t reason = 0;
};
[[nodiscard]] CancelReject read_cancel_reject(const fix::Message& message, ReportTexts& texts);

}  // namespace gw::engine
