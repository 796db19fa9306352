#include "engine/fix_orders.hpp"

#include "base/utf8.hpp"

namespace gw::engine {

namespace {

using order::OrderStatus;
using order::Side;
using order::TimeInForce;
using schema::ExecType;

namespace tag {
constexpr std::uint32_t account = 1;
constexpr std::uint32_t cl_ord_id = 11;
constexpr std::uint32_t cum_qty = 14;
constexpr std::uint32_t exec_id = 17;
constexpr std::uint32_t exec_ref_id = 19;
constexpr std::uint32_t exec_trans_type = 20;
constexpr std::uint32_t handl_inst = 21;
constexpr std::uint32_t last_px = 31;
constexpr std::uint32_t last_qty = 32;
constexpr std::uint32_t order_id = 37;
constexpr std::uint32_t order_qty = 38;
constexpr std::uint32_t ord_status = 39;
constexpr std::uint32_t ord_type = 40;
constexpr std::uint32_t orig_cl_ord_id = 41;
constexpr std::uint32_t price = 44;
constexpr std::uint32_t side = 54;
constexpr std::uint32_t symbol = 55;
constexpr std::uint32_t text = 58;
constexpr std::uint32_t time_in_force = 59;
constexpr std::uint32_t transact_time = 60;
constexpr std::uint32_t cxl_rej_reason = 102;
constexpr std::uint32_t ord_rej_reason = 103;
constexpr std::uint32_t exec_type = 150;
}  // namespace tag

char side_code(Side side) {
    switch (side) {
        case Side::buy:
            return '1';
        case Side::sell_short:
            return '5';
        case Side::sell:
        case Side::unspecified:
            break;
    }
    return '2';
}

Side side_of(char code) {
    switch (code) {
        case '1':
            return Side::buy;
        case '2':
            return Side::sell;
        case '5':
            return Side::sell_short;
        default:
            return Side::unspecified;
    }
}

char time_in_force_code(TimeInForce time_in_force) {
    switch (time_in_force) {
        case TimeInForce::gtc:
            return '1';
        case TimeInForce::ioc:
            return '3';
        case TimeInForce::fok:
            return '4';
        case TimeInForce::day:
        case TimeInForce::unspecified:
            break;
    }
    return '0';
}

OrderStatus status_of_code(char code) {
    switch (code) {
        case '0':
            return OrderStatus::new_;
        case '1':
            return OrderStatus::partially_filled;
        case '2':
            return OrderStatus::filled;
        case '3':
            return OrderStatus::done_for_day;
        case '4':
            return OrderStatus::canceled;
        case '5':
            return OrderStatus::new_;  // Replaced, up to FIX 4.2: open with new terms
        case '6':
            return OrderStatus::pending_cancel;
        case '7':
            return OrderStatus::stopped;
        case '8':
            return OrderStatus::rejected;
        case '9':
            return OrderStatus::suspended;
        case 'A':
            return OrderStatus::pending_new;
        case 'B':
            return OrderStatus::calculated;
        case 'C':
            return OrderStatus::expired;
        case 'E':
            return OrderStatus::pending_replace;
        default:
            return OrderStatus::unspecified;
    }
}

ExecType exec_type_of_code(char code) {
    switch (code) {
        case '0':
            return ExecType::new_;
        case '1':
        case '2':
        case 'F':
            return ExecType::trade;
        case '3':
            return ExecType::done_for_day;
        case '4':
            return ExecType::canceled;
        case '5':
            return ExecType::replaced;
        case '6':
            return ExecType::pending_cancel;
        case '7':
            return ExecType::stopped;
        case '8':
            return ExecType::rejected;
        case '9':
            return ExecType::suspended;
        case 'A':
            return ExecType::pending_new;
        case 'B':
            return ExecType::calculated;
        case 'C':
            return ExecType::expired;
        case 'D':
            return ExecType::restated;
        case 'E':
            return ExecType::pending_replace;
        case 'G':
            return ExecType::trade_correct;
        case 'H':
            return ExecType::trade_cancel;
        case 'I':
            return ExecType::order_status;
        default:
            return ExecType::unspecified;
    }
}

// ExecTransType(20) comes before ExecType(150) in the dialects that have it. FIX 4.0 has no ExecType:
// OrdStatus tells.
ExecType exec_type_of(const fix::Message& message, const Dialect& dialect) {
    const char code =
        message.get_char(tag::exec_type).value_or(message.get_char(tag::ord_status).value_or('\0'));
    if (dialect.exec_trans_type) {
        switch (message.get_char(tag::exec_trans_type).value_or('0')) {
            case '1':
                return ExecType::trade_cancel;
            case '2':
                return ExecType::trade_correct;
            case '3':
                return ExecType::order_status;
            default:
                break;
        }
    }
    return exec_type_of_code(code);
}

pb::DecimalText decimal_of(const fix::Message& message, std::uint32_t number) {
    const auto value = message.get_decimal(number);
    return value ? pb::DecimalText(*value) : pb::DecimalText();
}

void write_terms(fix::Encoder& out, const WireOrder& order, const Dialect& dialect) {
    if (!order.account.empty()) out.field<tag::account>(order.account);
    if (dialect.handl_inst) out.field<tag::handl_inst>('1');
    out.field<tag::symbol>(order.symbol).field<tag::side>(side_code(order.side));
    out.field<tag::transact_time>(fix::UtcTimestamp{order.now_ns});
    out.field<tag::order_qty>(order.quantity);
    const bool limit = order.type == order::OrderType::limit;
    out.field<tag::ord_type>(limit ? '2' : '1');
    if (limit) out.field<tag::price>(order.price);
    out.field<tag::time_in_force>(time_in_force_code(order.time_in_force));
}

// Texts of a venue's message, cleaned for events, each in a buffer of its own where it had to change.
class TextReader {
  public:
    TextReader(const fix::Message& message, ReportTexts& texts) : message_(message), texts_(texts) {}
    std::string_view operator()(std::uint32_t number) {
        return clean_text(message_.get(number).value_or(std::string_view{}), texts_.buffers[next_++]);
    }

  private:
    const fix::Message& message_;
    ReportTexts& texts_;
    std::size_t next_ = 0;
};

}  // namespace

Dialect dialect_of(std::string_view begin_string) {
    const bool up_to_42 = begin_string == "FIX.4.0" || begin_string == "FIX.4.1" || begin_string == "FIX.4.2";
    return {up_to_42, begin_string.starts_with("FIX.4.")};
}

void write_new_order(fix::Encoder& out, const WireOrder& order, const Dialect& dialect,
                     const risk::Approval&) {
    out.field<tag::cl_ord_id>(order.cl_ord_id);
    write_terms(out, order, dialect);
}

void write_replace(fix::Encoder& out, const WireOrder& order, const Dialect& dialect, const risk::Approval&) {
    if (!order.venue_order_id.empty()) out.field<tag::order_id>(order.venue_order_id);
    out.field<tag::orig_cl_ord_id>(order.orig_cl_ord_id).field<tag::cl_ord_id>(order.cl_ord_id);
    write_terms(out, order, dialect);
}

void write_cancel(fix::Encoder& out, const WireOrder& order) {
    out.field<tag::orig_cl_ord_id>(order.orig_cl_ord_id);
    if (!order.venue_order_id.empty()) out.field<tag::order_id>(order.venue_order_id);
    out.field<tag::cl_ord_id>(order.cl_ord_id);
    if (!order.account.empty()) out.field<tag::account>(order.account);
    out.field<tag::symbol>(order.symbol).field<tag::side>(side_code(order.side));
    out.field<tag::transact_time>(fix::UtcTimestamp{order.now_ns});
    out.field<tag::order_qty>(order.quantity);
}

void write_status_request(fix::Encoder& out, const WireOrder& order) {
    if (!order.venue_order_id.empty()) out.field<tag::order_id>(order.venue_order_id);
    out.field<tag::cl_ord_id>(order.cl_ord_id);
    out.field<tag::symbol>(order.symbol).field<tag::side>(side_code(order.side));
}

order::Report read_report(const fix::Message& message, const Dialect& dialect, ReportTexts& texts) {
    TextReader text(message, texts);
    order::Report report;
    report.cl_ord_id = text(tag::cl_ord_id);
    report.orig_cl_ord_id = text(tag::orig_cl_ord_id);
    report.venue_order_id = text(tag::order_id);
    report.exec_id = text(tag::exec_id);
    report.exec_ref_id = text(tag::exec_ref_id);
    report.text = text(tag::text);
    report.instrument = text(tag::symbol);
    report.account = text(tag::account);
    report.exec_type = exec_type_of(message, dialect);
    report.ord_status = status_of_code(message.get_char(tag::ord_status).value_or('\0'));
    report.side = side_of(message.get_char(tag::side).value_or('\0'));
    report.quantity = decimal_of(message, tag::order_qty);
    report.price = decimal_of(message, tag::price);
    report.last_quantity = decimal_of(message, tag::last_qty);
    report.last_price = decimal_of(message, tag::last_px);
    report.cum_quantity = decimal_of(message, tag::cum_qty);
    report.reject_reason = static_cast<std::uint32_t>(message.get_int(tag::ord_rej_reason).value_or(0));
    report.transact_time_ns = message.get_timestamp_ns(tag::transact_time).value_or(0);
    return report;
}

CancelReject read_cancel_reject(const fix::Message& message, ReportTexts& texts) {
    TextReader text(message, texts);
    CancelReject reject;
    reject.cl_ord_id = text(tag::cl_ord_id);
    reject.orig_cl_ord_id = text(tag::orig_cl_ord_id);
    reject.venue_order_id = text(tag::order_id);
    reject.text = text(tag::text);
    reject.reason = static_cast<std::uint32_t>(message.get_int(tag::cxl_rej_reason).value_or(0));
    return reject;
}

}  // namespace gw::engine
