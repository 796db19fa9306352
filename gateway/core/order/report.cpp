#include "order/report.hpp"

#include <optional>

namespace gw::order {

namespace {

using schema::ExecType;

ExecutionEvent by_quantity(Decimal cum_quantity, Decimal quantity) {
    if (cum_quantity >= quantity) return ExecutionEvent::closed_traded;
    return cum_quantity.is_positive() ? ExecutionEvent::open_traded : ExecutionEvent::open_untraded;
}

// A status report tells where the order stands; it brings no execution. What it says beyond our own sum shows
// up as cum_quantity_differs, because only an execution may move CumQty.
std::optional<ExecutionEvent> by_status(const Order& order, OrderStatus status) {
    switch (status) {
        case OrderStatus::pending_new:
            return ExecutionEvent::pending;
        case OrderStatus::new_:
            return ExecutionEvent::acknowledged;
        case OrderStatus::partially_filled:
        case OrderStatus::filled:
            if (order.execution == Execution::pending_new) return ExecutionEvent::acknowledged;
            return std::nullopt;
        case OrderStatus::canceled:
            return ExecutionEvent::canceled;
        case OrderStatus::expired:
            return ExecutionEvent::expired;
        case OrderStatus::done_for_day:
            return ExecutionEvent::done_for_day;
        case OrderStatus::suspended:
            return ExecutionEvent::suspended;
        case OrderStatus::stopped:
            return ExecutionEvent::stopped;
        case OrderStatus::rejected:
            // "No such order" ends only an order that the venue has never acknowledged. A venue that has
            // forgotten an order which it worked before is an alarm, not an end.
            if (order.execution == Execution::pending_new) return ExecutionEvent::rejected;
            return std::nullopt;
        default:
            return std::nullopt;
    }
}

// What the report changes, beside the state.
struct Terms {
    Decimal quantity, price, cum_quantity;
    Product notional;
};

ReportOutcome take_trade(const Ledger& ledger, std::string_view venue, const Report& report, Terms& terms) {
    const bool usable = !report.exec_id.empty() && report.last_quantity.ok() && report.last_price.ok() &&
                        report.last_quantity.value.is_positive();
    if (!usable) return ReportOutcome::unusable;
    if (const Fill* seen = ledger.find_fill(execution_key(venue, report.exec_id))) {
        const bool same =
            seen->quantity == report.last_quantity.value && seen->price == report.last_price.value;
        // A corrected fill no longer has the content that a repeated original brings.
        return same || seen->corrected ? ReportOutcome::duplicate : ReportOutcome::conflict;
    }
    if (!ledger.has_room_for_fill()) return ReportOutcome::no_room;
    terms.cum_quantity += report.last_quantity.value;
    terms.notional += Product(report.last_quantity.value, report.last_price.value);
    return ReportOutcome::take;
}

ReportOutcome take_bust(const Ledger& ledger, std::string_view venue, const Report& report, Terms& terms) {
    const Fill* fill = ledger.find_fill(execution_key(venue, report.exec_ref_id));
    if (fill == nullptr || fill->busted) return ReportOutcome::unmatched_bust;
    terms.cum_quantity -= fill->quantity;
    terms.notional -= Product(fill->quantity, fill->price);
    if (report.exec_type == ExecType::trade_cancel) return ReportOutcome::take;
    if (!report.last_quantity.ok() || !report.last_price.ok()) return ReportOutcome::unusable;
    if (fill->quantity == report.last_quantity.value && fill->price == report.last_price.value)
        return ReportOutcome::duplicate;
    terms.cum_quantity += report.last_quantity.value;
    terms.notional += Product(report.last_quantity.value, report.last_price.value);
    return ReportOutcome::take;
}

std::optional<ExecutionEvent> event_of(const Order& order, const Report& report, const Terms& terms) {
    switch (report.exec_type) {
        case ExecType::trade:
            return terms.cum_quantity >= terms.quantity ? ExecutionEvent::traded_in_full
                                                        : ExecutionEvent::traded_in_part;
        case ExecType::trade_cancel:
        case ExecType::trade_correct:
        case ExecType::replaced:
        case ExecType::restated:
            return by_quantity(terms.cum_quantity, terms.quantity);
        case ExecType::new_:
            return ExecutionEvent::acknowledged;
        case ExecType::pending_new:
            return ExecutionEvent::pending;
        case ExecType::canceled:
            return ExecutionEvent::canceled;
        case ExecType::rejected:
            return ExecutionEvent::rejected;
        case ExecType::expired:
            return ExecutionEvent::expired;
        case ExecType::done_for_day:
            return ExecutionEvent::done_for_day;
        case ExecType::stopped:
            return ExecutionEvent::stopped;
        case ExecType::suspended:
            return ExecutionEvent::suspended;
        case ExecType::calculated:
            return ExecutionEvent::calculated;
        case ExecType::order_status:
            return by_status(order, report.ord_status);
        case ExecType::pending_cancel:
        case ExecType::pending_replace:
        case ExecType::unspecified:
            return std::nullopt;
    }
    return std::nullopt;
}

// The status to show once the event has been applied: requests that it answers are no longer pending.
OrderStatus status_after(const Ledger& ledger, const Order& before, RequestId request_id, ExecType exec_type,
                         Execution execution) {
    Order after = before;
    after.execution = execution;
    after.certainty = Certainty::known;
    if (!after.open() && after.execution != before.execution)
        after.pending_cancels = after.pending_replaces = 0;
    if (request_id != 0 && ledger.request(request_id).state == RequestState::pending) {
        const RequestKind kind = ledger.request(request_id).kind;
        if (kind == RequestKind::replace && exec_type == ExecType::replaced && after.pending_replaces != 0)
            --after.pending_replaces;
        if (kind == RequestKind::cancel && exec_type == ExecType::canceled && after.pending_cancels != 0)
            --after.pending_cancels;
    }
    return status_of(after);
}

}  // namespace

ReportOutcome decide_report(const Ledger& ledger, OrderId order_id, RequestId request_id,
                            const Report& report, schema::ExecutionReported& event) {
    const Order& order = ledger.order(order_id);
    const LedgerNames& names = ledger.names();
    const std::string_view venue = names.venues.name(order.venue);
    Terms terms{order.quantity, order.price, order.cum_quantity, order.traded_notional};

    ReportOutcome outcome = ReportOutcome::take;
    switch (report.exec_type) {
        case ExecType::trade:
            outcome = take_trade(ledger, venue, report, terms);
            break;
        case ExecType::trade_cancel:
        case ExecType::trade_correct:
            outcome = take_bust(ledger, venue, report, terms);
            break;
        case ExecType::replaced:
            if (request_id != 0 && ledger.request(request_id).kind == RequestKind::replace) {
                terms.quantity = ledger.request(request_id).quantity;
                terms.price = ledger.request(request_id).price;
            }
            [[fallthrough]];
        case ExecType::restated:
            // The venue's word on its own terms comes before what we asked for.
            if (report.quantity.ok() && report.quantity.value.is_positive())
                terms.quantity = report.quantity.value;
            if (report.price.ok() && report.price.value.is_positive()) terms.price = report.price.value;
            break;
        default:
            break;
    }
    if (outcome != ReportOutcome::take) return outcome;

    Execution execution = order.execution;
    if (const auto change = event_of(order, report, terms)) {
        // A pair that the table does not list leaves the state as it is; what was traded counts all the same.
        if (const auto next = execution_table.next(order.execution, *change)) execution = *next;
    }

    event.order_id = order_id;
    event.cl_ord_id = report.cl_ord_id;
    event.exec_id = report.exec_id;
    event.exec_ref_id = report.exec_ref_id;
    event.exec_type = report.exec_type;
    event.venue_order_id = report.venue_order_id;
    if (report.last_quantity.ok() && report.last_quantity.value.is_positive()) {
        event.last_quantity = report.last_quantity.value;
        if (report.last_price.ok()) event.last_price = report.last_price.value;
    }
    event.execution_state = status_of(execution);
    event.status = status_after(ledger, order, request_id, report.exec_type, execution);
    event.quantity = terms.quantity;
    if (order.type != OrderType::market) event.price = terms.price;
    event.cum_quantity = terms.cum_quantity;
    const bool working = is_open(execution) && terms.cum_quantity < terms.quantity;
    event.leaves_quantity = working ? terms.quantity - terms.cum_quantity : Decimal{};
    if (!terms.cum_quantity.is_zero()) event.average_price = terms.notional.divided_by(terms.cum_quantity);
    event.reject_reason = report.reject_reason;
    event.text = report.text;
    event.request_id = request_id;
    event.client_order_id = ledger.request(order.first_request).client_request_id.view();
    event.account = names.accounts.name(order.account);
    event.strategy = names.strategies.name(order.strategy);
    event.instrument = names.instruments.name(order.instrument);
    event.venue = venue;
    event.side = order.side;
    event.transact_time_ns = report.transact_time_ns;
    event.cum_quantity_differs =
        report.cum_quantity.ok() && report.cum_quantity.value != terms.cum_quantity &&
        report.exec_type != ExecType::rejected &&
        !(report.exec_type == ExecType::order_status && report.ord_status == OrderStatus::rejected);
    return ReportOutcome::take;
}

}  // namespace gw::order
