// Reports of venues, read into the dialect of FIX 4.3 and later.

#include "base/utf8.hpp"
#include "engine/fix_orders.hpp"

namespace gw::engine {

namespace {

using order::OrderStatus;
using order::Side;
using schema::ExecType;

namespace tag {
constexpr std::uint32_t account = 1;
constexpr std::uint32_t avg_px = 6;
constexpr std::uint32_t cl_ord_id = 11;
constexpr std::uint32_t cum_qty = 14;
constexpr std::uint32_t currency = 15;
constexpr std::uint32_t exec_id = 17;
constexpr std::uint32_t exec_ref_id = 19;
constexpr std::uint32_t exec_trans_type = 20;
constexpr std::uint32_t last_px = 31;
constexpr std::uint32_t last_qty = 32;
constexpr std::uint32_t order_id = 37;
constexpr std::uint32_t order_qty = 38;
constexpr std::uint32_t ord_status = 39;
constexpr std::uint32_t orig_cl_ord_id = 41;
constexpr std::uint32_t price = 44;
constexpr std::uint32_t side = 54;
constexpr std::uint32_t symbol = 55;
constexpr std::uint32_t text = 58;
constexpr std::uint32_t transact_time = 60;
constexpr std::uint32_t cxl_rej_reason = 102;
constexpr std::uint32_t ord_rej_reason = 103;
constexpr std::uint32_t exec_type = 150;
constexpr std::uint32_t leaves_qty = 151;
constexpr std::uint32_t exec_restatement_reason = 378;
constexpr std::uint32_t mass_cancel_response = 531;
constexpr std::uint32_t mass_cancel_reject_reason = 532;
constexpr std::uint32_t total_affected_orders = 533;
constexpr std::uint32_t trade_date = 75;
}  // namespace tag

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
        case 'L':
            return ExecType::triggered;
        default:
            return ExecType::unspecified;
    }
}

// FIX 4.0 has no ExecType(150): OrdStatus(39) tells, but for executions. Those have LastShares(32) above
// zero, whatever the status shows beside them (a fill while a cancel is pending comes as Pending Cancel),
// unless it says that the order ended otherwise.
ExecType exec_type_of_status(const fix::Message& message) {
    const char status = message.get_char(tag::ord_status).value_or('\0');
    const auto last = message.get_decimal(tag::last_qty);
    const ExecType type = exec_type_of_code(status);
    switch (type) {
        case ExecType::canceled:
        case ExecType::rejected:
        case ExecType::expired:
        case ExecType::done_for_day:
            return type;
        case ExecType::trade:
            // Partly or wholly filled, and nothing traded now: it tells where the order stands.
            return last && last->is_positive() ? ExecType::trade : ExecType::order_status;
        default:
            return last && last->is_positive() ? ExecType::trade : type;
    }
}

// ExecTransType(20) comes before ExecType(150) in the dialects that have it.
ExecType exec_type_of(const fix::Message& message, const Dialect& dialect) {
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
    const auto code = message.get_char(tag::exec_type);
    if (!dialect.exec_type && !code) return exec_type_of_status(message);
    return exec_type_of_code(code.value_or(message.get_char(tag::ord_status).value_or('\0')));
}

pb::DecimalText decimal_of(const fix::Message& message, std::uint32_t number) {
    const auto value = message.get_decimal(number);
    return value ? pb::DecimalText(*value) : pb::DecimalText();
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
    report.restatement_reason = text(tag::exec_restatement_reason);
    report.trade_date = text(tag::trade_date);
    report.currency = text(tag::currency);
    report.exec_type = exec_type_of(message, dialect);
    report.ord_status = status_of_code(message.get_char(tag::ord_status).value_or('\0'));
    report.side = side_of(message.get_char(tag::side).value_or('\0'));
    report.quantity = decimal_of(message, tag::order_qty);
    report.price = decimal_of(message, tag::price);
    report.last_quantity = decimal_of(message, tag::last_qty);
    report.last_price = decimal_of(message, tag::last_px);
    report.cum_quantity = decimal_of(message, tag::cum_qty);
    report.leaves_quantity = decimal_of(message, tag::leaves_qty);
    report.average_price = decimal_of(message, tag::avg_px);
    report.reject_reason = static_cast<std::uint32_t>(message.get_int(tag::ord_rej_reason).value_or(0));
    report.transact_time_ns = message.get_timestamp_ns(tag::transact_time).value_or(0);
    switch (report.exec_type) {
        case ExecType::trade:
        case ExecType::trade_cancel:
        case ExecType::trade_correct:
        case ExecType::calculated:
            read_charges(message, report.charges);
            break;
        default:
            break;
    }
    return report;
}

MassCancelReport read_mass_cancel_report(const fix::Message& message, ReportTexts& texts) {
    TextReader text(message, texts);
    MassCancelReport report;
    report.cl_ord_id = text(tag::cl_ord_id);
    report.text = text(tag::text);
    report.accepted = message.get_char(tag::mass_cancel_response).value_or('0') != '0';
    report.reject_reason =
        static_cast<std::uint32_t>(message.get_int(tag::mass_cancel_reject_reason).value_or(0));
    report.affected_count =
        static_cast<std::uint32_t>(message.get_int(tag::total_affected_orders).value_or(0));
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
