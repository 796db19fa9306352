// Orders and reports as FIX messages. The dialects of FIX 4.0 to 5.0 SP2 differ in a few fields; this is
// where. What an ExecutionReport(8) of FIX 4.0 to 4.2 means is said in the terms of FIX 4.3 and later.
#pragma once

#include <cstdint>
#include <string_view>

#include "engine/venue_profile.hpp"
#include "fix/encoder.hpp"
#include "fix/message.hpp"
#include "fix/timestamp.hpp"
#include "order/order.hpp"
#include "order/report.hpp"
#include "risk/checks.hpp"

namespace gw::engine {

// Where the versions differ in what is sent and read. One row a version in fix_orders.cpp.
struct Dialect {
    std::string_view begin_string = "FIX.4.4";  // of the messages, which FIXT 1.1 carries by DefaultApplVerID
    std::string_view appl_ver_id = "6";
    bool exec_trans_type = false;  // ExecTransType(20) tells corrections and status reports apart: up to 4.2
    bool exec_type = true;         // ExecType(150): from 4.1 on; before it OrdStatus(39) tells
    bool handl_inst = true;        // HandlInst(21): required up to 4.3; 4.4 has it, and many venues want it
    bool transact_time = true;     // TransactTime(60) in requests: from 4.2 on
    bool cxl_type = false;         // CxlType(125) in cancels: 4.0 only, required there
    bool cancel_account = true;    // Account(1) in cancels: from 4.2 on
    fix::TimePrecision time_precision = fix::TimePrecision::milliseconds;  // of TransactTime(60)
};
// `default_appl_ver_id` counts with FIXT.1.1 only. A version that is not known is taken for FIX 5.0 SP2.
[[nodiscard]] Dialect dialect_of(std::string_view begin_string, std::string_view default_appl_ver_id = {});

// What the messages need of an order, as texts.
struct WireOrder {
    std::string_view cl_ord_id, orig_cl_ord_id, venue_order_id, account, symbol;
    order::Side side;
    order::OrderType type;
    order::TimeInForce time_in_force;
    Decimal quantity, price;              // no price: zero
    const order::Terms* terms = nullptr;  // null: none that are rare
    const VenueProfile* profile = nullptr;
    std::int64_t now_ns = 0;
};

// Body fields only: header and trailer are the session's. New orders and replaces need the checks' approval.
void write_new_order(fix::Encoder& out, const WireOrder& order, const Dialect& dialect,
                     const risk::Approval& approval);
void write_replace(fix::Encoder& out, const WireOrder& order, const Dialect& dialect,
                   const risk::Approval& approval);
void write_cancel(fix::Encoder& out, const WireOrder& order, const Dialect& dialect);
void write_status_request(fix::Encoder& out, const WireOrder& order);
// OrderMassCancelRequest(q); what is empty or unspecified does not limit it.
struct WireMassCancel {
    std::string_view cl_ord_id, account, symbol;
    order::Side side = order::Side::unspecified;
    std::int64_t now_ns = 0;
};
void write_mass_cancel(fix::Encoder& out, const WireMassCancel& request, const Dialect& dialect);
// OrderMassStatusRequest(AF) about every order.
void write_mass_status_request(fix::Encoder& out, std::string_view request_id);
// DontKnowTrade(Q); `reason` is DKReason(127).
void write_dont_know_trade(fix::Encoder& out, const order::Report& report, char reason);

// Texts that had to be mended for events.
struct ReportTexts {
    std::array<std::array<char, 256>, 12> buffers;
};

// ExecutionReport(8). Views point into the message or into `texts`.
[[nodiscard]] order::Report read_report(const fix::Message& message, const Dialect& dialect,
                                        ReportTexts& texts);

// Its Commission(12) and MiscFees(136): what they mean is decided elsewhere.
void read_charges(const fix::Message& message, order::ReportedCharges& charges);

// OrderMassCancelReport(r).
struct MassCancelReport {
    std::string_view cl_ord_id, text;
    bool accepted = false;
    std::uint32_t reject_reason = 0, affected_count = 0;
};
[[nodiscard]] MassCancelReport read_mass_cancel_report(const fix::Message& message, ReportTexts& texts);

// OrderCancelReject(9).
struct CancelReject {
    std::string_view cl_ord_id, orig_cl_ord_id, venue_order_id, text;
    std::uint32_t reason = 0;
};
[[nodiscard]] CancelReject read_cancel_reject(const fix::Message& message, ReportTexts& texts);

}  // namespace gw::engine
