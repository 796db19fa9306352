#include "order/report.hpp"

#include <algorithm>
#include <optional>

#include "base/checked.hpp"

namespace gw::order {

namespace {

using schema::ExecType;

constexpr std::uint32_t reject_reason_duplicate_order = 6;  // OrdRejReason(103)

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
        case OrderStatus::calculated:
            return ExecutionEvent::calculated;
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
struct ReportedTerms {
    Decimal quantity, price, cum_quantity;
    Product notional;
    bool cum_restated = false;
    bool busted_before = false;
    bool replaces_inferred = false;
    bool in_question = false;
};

bool is_usable_trade(const Report& report) {
    return !report.exec_id.empty() && report.last_quantity.ok() && report.last_price.ok() &&
           report.last_quantity.value.is_positive();
}

// An execution that comes after one was inferred for it takes its place. What is newer than the inferred one
// says a CumQty(14) above ours.
void take_inferred_out(const Ledger& ledger, const Order& order, const Report& report, ReportedTerms& terms) {
    if (order.inferred_fill == 0 || report.inferred) return;
    if (report.cum_quantity.ok() && report.cum_quantity.value > terms.cum_quantity) return;
    const Fill& inferred = ledger.fill(order.inferred_fill);
    terms.cum_quantity -= inferred.quantity;
    terms.notional -= Product(inferred.quantity, inferred.price);
    terms.replaces_inferred = true;
}

// Whether a trade would make our sum larger than any that the venue has said, or is one that has counted: it
// brings the same CumQty(14), which each trade makes larger. With a CumQty(14) that leaves
// the trade itself out, a report says nothing about sums.
bool is_questionable(const Ledger& ledger, const Order& order, const Report& report, Decimal sum) {
    if (report.inferred || !report.cum_quantity.ok() || order.cum_quantity.is_zero()) return false;
    if (report.cum_quantity.value < report.last_quantity.value) return false;
    const bool beyond = sum > std::max(report.cum_quantity.value, order.claimed_quantity);
    // A sum that was never said before is nobody's copy: the usual case, in which no fill is looked at.
    const bool repeats = report.cum_quantity.value <= order.claimed_quantity &&
                         ledger.has_counted(order, report.last_quantity.value, report.last_price.value,
                                            report.cum_quantity.value);
    return (beyond || repeats) && report.exec_id.size() <= questioned_exec_id_size_max &&
           ledger.has_room_for_question();
}

void add_trade(ReportedTerms& terms, const Report& report) {
    terms.cum_quantity += report.last_quantity.value;
    terms.notional += Product(report.last_quantity.value, report.last_price.value);
}

ReportOutcome take_trade(const Ledger& ledger, const Order& order, std::string_view venue,
                         const Report& report, ReportedTerms& terms) {
    if (!is_usable_trade(report)) return ReportOutcome::unusable;
    if (report.question != 0) {
        take_inferred_out(ledger, order, report, terms);
        add_trade(terms, report);
        return ReportOutcome::take;
    }
    if (const Fill* seen = ledger.find_execution(execution_key(venue, report.exec_id))) {
        if (seen->busted && seen->quantity.is_zero()) {  // its cancel came first
            terms.busted_before = true;
            return ReportOutcome::take;
        }
        const bool same =
            seen->quantity == report.last_quantity.value && seen->price == report.last_price.value;
        // A corrected fill no longer has the content that a repeated original brings.
        return same || seen->corrected ? ReportOutcome::duplicate : ReportOutcome::conflict;
    }
    if (!ledger.has_room_for_fill()) return ReportOutcome::no_room;
    ReportedTerms counted = terms;
    take_inferred_out(ledger, order, report, counted);
    if (!checked_sum(counted.cum_quantity, report.last_quantity.value)) return ReportOutcome::unusable;
    add_trade(counted, report);
    terms.in_question = is_questionable(ledger, order, report, counted.cum_quantity);
    if (!terms.in_question) terms = counted;
    return ReportOutcome::take;
}

// A cancel or correction of a trade. It may come before the trade: a cancel is then kept for it, and a
// correction stands in its place.
ReportOutcome take_bust(const Ledger& ledger, std::string_view venue, const Report& report,
                        ReportedTerms& terms) {
    const bool corrects = report.exec_type == ExecType::trade_correct;
    if (report.exec_ref_id.empty() || (corrects && !is_usable_trade(report))) return ReportOutcome::unusable;
    const bool seen_before =
        !report.exec_id.empty() && ledger.find_execution(execution_key(venue, report.exec_id)) != nullptr;
    if (seen_before) return ReportOutcome::duplicate;
    if (!ledger.has_room_for_fill()) return ReportOutcome::no_room;
    if (const Fill* fill = ledger.find_fill(execution_key(venue, report.exec_ref_id))) {
        if (fill->busted && !fill->questioned) return ReportOutcome::unmatched_bust;
        if (!fill->questioned) {
            terms.cum_quantity -= fill->quantity;
            terms.notional -= Product(fill->quantity, fill->price);
        }
    }
    if (corrects && !checked_sum(terms.cum_quantity, report.last_quantity.value))
        return ReportOutcome::unusable;
    if (corrects) add_trade(terms, report);
    return ReportOutcome::take;
}

// The terms that a replace, or a restatement without one, leaves in force.
void take_terms(const Ledger& ledger, const Order& order, RequestId request_id, const Report& report,
                ReportedTerms& terms) {
    if (report.exec_type == ExecType::replaced && request_id != 0) {
        const Request& request = ledger.request(request_id);
        if (request.kind == RequestKind::replace) {
            // Told again or late, after a later replace was done: what is in force now stays.
            if (request.state == RequestState::accepted || request_id < order.live_request) return;
            terms.quantity = request.quantity;
            terms.price = request.price;
        }
    }
    // The venue's word on its own terms comes before what we asked for.
    if (report.quantity.ok() && report.quantity.value.is_positive()) terms.quantity = report.quantity.value;
    if (report.price.ok() && report.price.value.is_positive()) terms.price = report.price.value;
    // A corporate action (378=0) restates what has traded as well: a split makes more of it at a lower price.
    if (report.exec_type == ExecType::restated && report.restatement_reason == "0" &&
        report.cum_quantity.ok() && report.cum_quantity.value != terms.cum_quantity) {
        terms.cum_quantity = report.cum_quantity.value;
        terms.cum_restated = true;
    }
}

// The venue ends an order of another OrderQty(38) than we know, and a replace has asked for just that: it was
// done before, and its report is lost. Without that a late fill would seem to fill the order.
bool take_unconfirmed_replace(const Ledger& ledger, const Order& order, const Report& report,
                              ReportedTerms& terms) {
    if (!report.quantity.ok() || report.quantity.value == order.quantity) return false;
    // Some venues say OrderQty(38) = CumQty(14) of what they cancel; and a replace to that fills the order.
    const Decimal traded = report.cum_quantity.ok() ? report.cum_quantity.value : terms.cum_quantity;
    if (report.quantity.value <= std::max(traded, terms.cum_quantity)) return false;
    const RequestId id = ledger.unconfirmed_replace(order, report.quantity.value);
    if (id == 0) return false;
    terms.quantity = report.quantity.value;
    terms.price = ledger.request(id).price;
    return true;
}

// "No such order", of a ClOrdID that never reached the venue: the order is under way under another.
bool is_superseded(const Ledger& ledger, const Order& order, RequestId request_id, const Report& report) {
    if (request_id == 0 || request_id == order.live_request || report.ord_status != OrderStatus::rejected)
        return false;
    const Request& request = ledger.request(request_id);
    return request.kind == RequestKind::new_order && ledger.request(order.live_request).kind == request.kind;
}

// A reject ends the order, unless it speaks of another message than the one that made the order: then it
// says, by OrdStatus(39) or by naming the ClOrdID as used before, that the order is there.
std::optional<ExecutionEvent> by_reject(const Order& order, const Report& report) {
    const bool elsewhere =
        report.ord_status != OrderStatus::rejected && report.ord_status != OrderStatus::unspecified;
    if (elsewhere) return by_status(order, report.ord_status);
    if (report.reject_reason == reject_reason_duplicate_order) return std::nullopt;
    return ExecutionEvent::rejected;
}

// A replace that was done, told only when the order had gone on from there: where it stands now.
bool goes_beyond_replaced(const Report& report) {
    return report.exec_type == ExecType::replaced && is_beyond_trading(report.ord_status);
}

std::optional<ExecutionEvent> event_of(const Order& order, const Report& report, const ReportedTerms& terms) {
    switch (report.exec_type) {
        case ExecType::trade:
            if (terms.busted_before || terms.in_question) return std::nullopt;
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
            return by_reject(order, report);
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
        case ExecType::triggered:
            return by_status(order, report.ord_status);
        case ExecType::pending_cancel:
        case ExecType::pending_replace:
        case ExecType::unspecified:
            return std::nullopt;
    }
    return std::nullopt;
}

// What the venue says of the order as a whole, against our own sums.
void compare(const Report& report, schema::ExecutionReported& event) {
    const bool refused =
        report.exec_type == ExecType::rejected ||
        (report.exec_type == ExecType::order_status && report.ord_status == OrderStatus::rejected);
    if (refused) return;
    const bool late = report.may_be_late && report.cum_quantity.ok() &&
                      report.cum_quantity.value < event.cum_quantity.value;
    if (late) return;
    event.cum_quantity_differs =
        report.cum_quantity.ok() && report.cum_quantity.value != event.cum_quantity.value;
    if (event.cum_quantity_differs) event.reported_cum_quantity = report.cum_quantity.value;
    if (event.cum_quantity_differs || event.busted_before) return;
    event.leaves_quantity_differs = report.leaves_quantity.ok() &&
                                    report.exec_type != ExecType::pending_replace &&
                                    report.exec_type != ExecType::pending_cancel &&
                                    report.leaves_quantity.value != event.leaves_quantity.value;
    const bool priced = report.average_price.ok() && report.average_price.value.is_positive();
    event.average_price_differs =
        priced && event.average_price.ok() &&
        differs_by_more_than_rounding(report.average_price.value, event.average_price.value);
}

// A trade whose report is older than the largest sum that the venue has said settles no difference: more is
// missing, or a cancel of a trade is, and the next answer tells. The same of one that is only part of what an
// inferred fill stood for.
void keep_missing(const Order& order, const Report& report, schema::ExecutionReported& event) {
    const bool was_short = order.status_differs || !event.replaces_exec_id.empty();
    const bool is_short = report.exec_type == ExecType::trade && report.cum_quantity.ok() &&
                          !event.cum_quantity_differs && event.cum_quantity.value < order.claimed_quantity;
    if (!was_short || !is_short) return;
    event.cum_quantity_differs = true;
    event.reported_cum_quantity = order.claimed_quantity;
    event.leaves_quantity_differs = event.average_price_differs = false;
}

// The status to show once the event has been applied: requests that it answers are no longer pending.
OrderStatus status_after(const Ledger& ledger, const Order& before, RequestId request_id, ExecType exec_type,
                         Execution execution, Decimal cum_quantity) {
    Order after = before;
    after.execution = execution;
    after.cum_quantity = cum_quantity;
    after.certainty = Certainty::known;
    if (request_id != 0 && ledger.request(request_id).state == RequestState::pending) {
        const RequestKind kind = ledger.request(request_id).kind;
        if (kind == RequestKind::replace && exec_type == ExecType::replaced && after.pending_replaces != 0) {
            --after.pending_replaces;
            // And what it builds on, as Ledger::answer_request has it.
            for (RequestId id = ledger.request(request_id).builds_on; id > before.live_request;
                 id = ledger.request(id).builds_on)
                if (ledger.request(id).state == RequestState::pending && after.pending_replaces != 0)
                    --after.pending_replaces;
        }
        if (kind == RequestKind::cancel && exec_type == ExecType::canceled && after.pending_cancels != 0)
            --after.pending_cancels;
    }
    if (execution == Execution::filled) {
        const bool answered = after.pending_replaces != before.pending_replaces &&
                              ledger.request(request_id).quantity > cum_quantity;
        after.pending_cancels = 0;
        after.pending_replaces = static_cast<std::uint8_t>(
            ledger.pending_replaces_beyond(before, cum_quantity) - (answered ? 1 : 0));
    }
    if (!after.open()) after.pending_cancels = after.pending_replaces = 0;
    return status_of(after);
}

}  // namespace

bool differs_by_more_than_rounding(Decimal theirs, Decimal ours) {
    // Venues round AvgPx(6) to two places or more.
    const Decimal distance = (theirs - ours).magnitude();
    return distance > Decimal::from_raw(1'000'000) &&
           Product(distance, Decimal::from_units(10'000)) > Product(ours, Decimal::from_units(1));
}

bool is_beyond_trading(OrderStatus status) {
    switch (status) {
        case OrderStatus::canceled:
        case OrderStatus::expired:
        case OrderStatus::done_for_day:
        case OrderStatus::calculated:
        case OrderStatus::suspended:
        case OrderStatus::stopped:
            return true;
        default:
            return false;
    }
}

std::string_view doubt_of(const Order& order, const Report& report) {
    const bool duplicate = report.exec_type == ExecType::rejected &&
                           order.execution == Execution::pending_new &&
                           report.reject_reason == reject_reason_duplicate_order && !by_reject(order, report);
    if (duplicate) return "the venue refused the ClOrdID as used before: it may hold the order";
    const bool forgotten = report.exec_type == ExecType::order_status &&
                           report.ord_status == OrderStatus::rejected && order.open() &&
                           order.execution != Execution::pending_new;
    if (forgotten) return "the venue does not know the order, which it had acknowledged: resolve it by hand";
    return {};
}

ReportOutcome decide_report(const Ledger& ledger, OrderId order_id, RequestId request_id,
                            const Report& report, schema::ExecutionReported& event) {
    const Order& order = ledger.order(order_id);
    const LedgerNames& names = ledger.names();
    const std::string_view venue = names.venues.name(order.venue);
    const std::string_view scope = report.execution_scope.empty() ? venue : report.execution_scope;
    ReportedTerms terms{order.quantity, order.price, order.cum_quantity, order.traded_notional};

    ReportOutcome outcome = ReportOutcome::take;
    bool shows_replace = false;
    switch (report.exec_type) {
        case ExecType::canceled:
        case ExecType::expired:
            shows_replace = take_unconfirmed_replace(ledger, order, report, terms);
            break;
        case ExecType::trade:
            outcome = take_trade(ledger, order, scope, report, terms);
            break;
        case ExecType::trade_cancel:
        case ExecType::trade_correct:
            outcome = take_bust(ledger, scope, report, terms);
            break;
        case ExecType::replaced:
        case ExecType::restated:
            take_terms(ledger, order, request_id, report, terms);
            break;
        default:
            break;
    }
    if (outcome != ReportOutcome::take) return outcome;

    // A pair that the table does not list leaves the state as it is; what was traded counts all the same.
    Execution execution = order.execution;
    const auto move = [&execution](std::optional<ExecutionEvent> change) {
        if (!change) return;
        if (const auto next = execution_table.next(execution, *change)) execution = *next;
    };
    if (shows_replace) move(by_quantity(terms.cum_quantity, terms.quantity));
    if (!is_superseded(ledger, order, request_id, report)) move(event_of(order, report, terms));
    if (goes_beyond_replaced(report)) move(by_status(order, report.ord_status));

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
    event.status = status_after(ledger, order, request_id, report.exec_type, execution, terms.cum_quantity);
    event.quantity = terms.quantity;
    if (!terms.price.is_zero()) event.price = terms.price;
    event.cum_quantity = terms.cum_quantity;
    Order after = order;
    after.execution = execution;
    after.cum_quantity = terms.cum_quantity;
    after.quantity = terms.quantity;
    const bool working = (is_open(execution) || after.sleeps()) && terms.cum_quantity < terms.quantity;
    event.leaves_quantity = working ? terms.quantity - terms.cum_quantity : Decimal{};
    if (!terms.cum_quantity.is_zero()) event.average_price = terms.notional.divided_by(terms.cum_quantity);
    event.cum_quantity_restated = terms.cum_restated;
    event.restatement_reason = report.restatement_reason;
    event.busted_before = terms.busted_before;
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
    event.execution_scope = report.execution_scope;
    event.inferred = report.inferred;
    event.in_question = terms.in_question;
    event.question = report.question;
    event.drop_copy = report.drop_copy;
    if (terms.replaces_inferred) event.replaces_exec_id = report.inferred_exec_id;
    compare(report, event);
    keep_missing(order, report, event);
    return ReportOutcome::take;
}

}  // namespace gw::order
