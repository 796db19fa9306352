// What venues say of orders.

#include "engine/engine_reports.hpp"
#include "engine/step_commit.hpp"

namespace gw::engine {

using order::OrderId;
using order::ReportOutcome;
using order::RequestId;

namespace {
constexpr std::uint32_t cl_ord_id_tag = 11;
constexpr std::uint32_t ref_seq_num_tag = 45;
constexpr std::uint32_t text_tag = 58;
constexpr std::uint32_t ref_msg_type_tag = 372;
constexpr std::uint32_t mass_status_req_id_tag = 584;
constexpr std::uint32_t last_rpt_requested_tag = 912;
constexpr std::uint32_t business_reject_ref_id_tag = 379;
constexpr std::uint32_t cxl_rej_reason_unknown_order = 1;

// The venue says where the order stands and calls it by the ClOrdID(11) of a replace that we hold for
// pending: the replace was done, and its report is lost. (We ask by the ClOrdID before it; 39=E says that it
// is pending there, too.) The same where it ends an order under that ClOrdID which is filled by what we know:
// it had been opened again.
bool shows_replaced(const order::Ledger& ledger, RequestId id, const order::Report& report) {
    using schema::ExecType;
    if (id == 0) return false;
    const order::Request& request = ledger.request(id);
    const bool ends = (report.exec_type == ExecType::canceled || report.exec_type == ExecType::expired) &&
                      request.order != 0 && ledger.order(request.order).execution == order::Execution::filled;
    if (report.exec_type != ExecType::order_status && !ends) return false;
    // Also of one that we took for moot, when its order seemed filled.
    const bool pending =
        request.kind == order::RequestKind::replace &&
        (request.state == order::RequestState::pending || request.state == order::RequestState::moot);
    return pending &&
           (ends || report.ord_status == order::OrderStatus::new_ ||
            report.ord_status == order::OrderStatus::partially_filled ||
            report.ord_status == order::OrderStatus::filled || order::is_beyond_trading(report.ord_status));
}

}  // namespace

// By ClOrdID(11), then OrigClOrdID(41), then OrderID(37): unsolicited reports often carry only the last.
OrderId EngineReports::match(const VenueSession& vs, const order::Report& report, RequestId& request) const {
    request = 0;
    for (const std::string_view text : {report.cl_ord_id, report.orig_cl_ord_id}) {
        const auto id = ids_.number(text);
        if (!id || !ledger_.has_request(*id)) continue;
        const order::Request& found = ledger_.request(*id);
        if (found.order == 0 || found.state == order::RequestState::denied) continue;
        if (!tells_of(vs, ledger_.order(found.order).venue)) continue;
        if (text.data() == report.cl_ord_id.data()) request = *id;
        return found.order;
    }
    for (std::uint32_t venue = 1; venue <= ledger_.names().venues.size(); ++venue) {
        if (!tells_of(vs, venue)) continue;
        if (const OrderId id = ledger_.find_venue_order(venue, report.venue_order_id)) return id;
    }
    return match_external(venue_of_report(vs, report), report);
}

ClOrdId EngineQueries::cl_ord_id_of(RequestId request) const {
    const order::Request& made = ledger_.request(request);
    const bool foreign = ledger_.order(made.order).external && made.kind == order::RequestKind::new_order;
    return foreign ? ClOrdId::of(made.client_request_id.view()) : ids_.text(request);
}

void EngineReports::take_execution_report(std::size_t session, const fix::Message& message) {
    VenueSession& vs = *sessions_[session];
    order::Report report = read_report(message, vs.dialect, texts_);
    RequestId request = 0;
    OrderId id = match(vs, report, request);
    const bool ends_mass_status = message.get_char(last_rpt_requested_tag).value_or('N') == 'Y';
    // "No open orders" comes as a report of none.
    const bool tells_of_none = id == 0 && report.ord_status == order::OrderStatus::rejected &&
                               message.get(mass_status_req_id_tag).has_value();
    if (tells_of_none) {
        commit_step(session);
        if (ends_mass_status) end_mass_status(session);
        return;
    }
    take_known_report(session, message, report, id, request);
    if (ends_mass_status) end_mass_status(session);
}

void EngineReports::take_known_report(std::size_t session, const fix::Message& message, order::Report& report,
                                      OrderId id, RequestId request) {
    if (id == 0 && is_adoptable(session, report)) {
        id = adopt(session, report);
        if (id == 0) {  // the journal is full: the venue is to send it again
            step_.disconnect = true;
            return wire_.disconnect(session, "the journal cannot be written");
        }
    }
    if (id != 0) {
        if (shows_replaced(ledger_, request, report)) report.exec_type = schema::ExecType::replaced;
        report.execution_scope = execution_scope(report, id);
        if (const auto inferred = ledger_.order(id).inferred_fill; inferred != 0)
            report.inferred_exec_id = inferred_exec_id(id, ledger_.fill(inferred).reported);
        const VenueSession& vs = *sessions_[session];
        if (vs.drop_copy) report.drop_copy = vs.name;
        // Where there are two sources, one of them is behind; an answer to a question is not.
        report.may_be_late = (vs.drop_copy || is_copied(ledger_.order(id).venue)) &&
                             report.exec_type != schema::ExecType::order_status;
    }
    take_report(session, &message, report, id, request);
}

void EngineReports::take_report(std::size_t session, const fix::Message* message, const order::Report& report,
                                OrderId id, RequestId request) {
    if (id == 0) return orphan(session, report, report.text);
    schema::ExecutionReported event;
    switch (order::decide_report(ledger_, id, request, report, event)) {
        case ReportOutcome::take:
            break;
        case ReportOutcome::duplicate:
            ++counters_.duplicate_executions;
            commit_step(session);
            return answered(session, id);
        case ReportOutcome::conflict:
            ++counters_.conflicting_executions;
            return orphan(session, report, "this ExecID was reported before with other content", 'Z');
        case ReportOutcome::unusable:
            ++counters_.unusable_reports;
            return orphan(session, report, "a trade needs ExecID, LastQty above zero and LastPx");
        case ReportOutcome::unmatched_bust:
            ++counters_.unusable_reports;
            return orphan(session, report, "corrects or cancels a trade that was canceled before");
        case ReportOutcome::no_room:
            // Not taken, so that the venue sends it again once there is room: a fill is never dropped.
            step_.disconnect = true;
            return wire_.disconnect(session, "the ledger is full: raise orders_max and restart");
    }
    order::decide_charges(ledger_, id, profile_of(ledger_.order(id).venue).charges, report, event);
    if (message != nullptr) add_extra_fields(*sessions_[session], *message, event);
    const order::Order& order = ledger_.order(id);
    const order::Execution before = order.execution;
    schema::OrderUncertain uncertain;
    uncertain.order_id = id;
    uncertain.reason = order::doubt_of(order, report);
    const bool unknown = !uncertain.reason.empty();
    const bool broken = breaks_promise(order, event);
    schema::CancelPromiseBroken broken_event;
    broken_event.order_id = id;
    broken_event.venue = ledger_.names().venues.name(order.venue);
    broken_event.disconnected_ns = order.disconnected_ns;
    std::uint64_t broken_lsn = 0;
    const bool was_unknown = order.certainty == order::Certainty::unknown;  // and is being asked about
    std::uint64_t lsn = 0;
    std::uint64_t uncertain_lsn = 0;
    const bool done = commit_step(
        session,
        [&] {
            lsn = log_.event(event, order.client);
            if (broken) broken_lsn = log_.event(broken_event, order.client);
            if (unknown) uncertain_lsn = log_.event(uncertain, order.client);
        },
        [&] {
            apply(event, lsn, now_ns_);
            if (broken) apply(broken_event, broken_lsn, now_ns_);
            if (unknown) apply(uncertain, uncertain_lsn, now_ns_);
        });
    if (!done) return;
    count(event, before);
    answered(session, id);
    if (event.in_question) ++counters_.conflicting_executions;
    weigh(session, id, report, event);
    if (order.in_question) inquire(id);
    if (unknown && !was_unknown) inquire(id);
    if (order.cancel_promised)
        inquire(id);  // it works now, and may yet be canceled: asked again when time is up
    if (order.status_differs) {
        ++counters_.report_differences;
        learn_difference(id, report, event);
    }
}

// The venue promised to cancel the order on the disconnect, has had its time, and says that it works.
bool EngineReports::breaks_promise(const order::Order& order, const schema::ExecutionReported& event) const {
    if (!order.cancel_promised) return false;
    order::Order after = order;
    after.execution = order::execution_of(event.execution_state);
    const std::int64_t until_ns =
        order.disconnected_ns + profile_of(order.venue).cancel_on_disconnect_ms * 1'000'000;
    return after.open() && now_ns_ >= until_ns;
}

// A message that the session answered with Reject(3): its number is used up, so that it will not come again.
// What it may have told of an execution must not vanish with it.
void EngineReports::quarantine(std::size_t session, const fix::Message& message) {
    order::Report report = read_report(message, sessions_[session]->dialect, texts_);
    orphan(session, report, "answered with Reject(3): the message is not valid", '\0');
}

void EngineReports::orphan(std::size_t session, const order::Report& report, std::string_view why,
                           char dk_reason) {
    dont_know(session, report, dk_reason);
    schema::ExecutionOrphaned event;
    event.session = sessions_[session]->name;
    event.cl_ord_id = report.cl_ord_id;
    event.venue_order_id = report.venue_order_id;
    event.exec_id = report.exec_id;
    event.exec_type = report.exec_type;
    event.instrument = report.instrument;
    event.side = report.side;
    if (report.last_quantity.ok()) event.last_quantity = report.last_quantity.value;
    if (report.last_price.ok()) event.last_price = report.last_price.value;
    event.text = why;
    event.account = report.account;
    std::uint64_t lsn = 0;
    commit_step(
        session, [&] { lsn = log_.event(event, 0, sessions_[session]->number); },
        [&] { apply(event, lsn, now_ns_); });
}

// DontKnowTrade(Q), where the venue's profile asks for it.
void EngineReports::dont_know(std::size_t session, const order::Report& report, char reason) {
    VenueSession& vs = *sessions_[session];
    const std::uint32_t venue = vs.drop_copy ? 0 : venue_of(vs);
    if (reason == '\0' || venue == 0 || !profile_of(venue).dont_know_trades) return;
    if (report.exec_type != schema::ExecType::trade || report.exec_id.empty()) return;
    fix::Encoder message = vs.protocol.begin_message("Q", now_ns_, step_);
    write_dont_know_trade(message, report, reason);
    (void)vs.protocol.end_message(message, step_);
}

void EngineReports::count(const schema::ExecutionReported& event, order::Execution before) {
    const bool counts = event.exec_type == schema::ExecType::trade && !event.in_question;
    if (counts) ++counters_.fills;
    if (counts && !event.drop_copy.empty()) ++counters_.drop_copy_executions;
    if (event.charges_incomplete) ++counters_.charges_incomplete;
    const order::Execution now = ledger_.order(event.order_id).execution;
    if (now == before) return;
    switch (now) {
        case order::Execution::filled:
            ++counters_.orders_filled;
            break;
        case order::Execution::canceled:
            ++counters_.orders_canceled;
            break;
        case order::Execution::rejected:
            ++counters_.orders_rejected;
            break;
        case order::Execution::expired:
            ++counters_.orders_expired;
            break;
        default:
            break;
    }
}

void EngineReports::take_cancel_reject(std::size_t session, const fix::Message& message) {
    const CancelReject reject = read_cancel_reject(message, texts_);
    const auto id = ids_.number(reject.cl_ord_id);
    const bool known = id && ledger_.has_request(*id) && ledger_.request(*id).order != 0 &&
                       ledger_.request(*id).state != order::RequestState::denied &&
                       ledger_.request(*id).kind != order::RequestKind::new_order;
    if (!known) {
        order::Report report;
        report.cl_ord_id = reject.cl_ord_id;
        report.orig_cl_ord_id = reject.orig_cl_ord_id;
        report.venue_order_id = reject.venue_order_id;
        return orphan(session, report, "OrderCancelReject for a request that is not known here");
    }
    const order::Request& request = ledger_.request(*id);
    schema::RequestRejected event;
    event.order_id = request.order;
    event.cl_ord_id = reject.cl_ord_id;
    event.client_request_id = request.client_request_id.view();
    event.replace = request.kind == order::RequestKind::replace;
    event.reject_reason = reject.reason;
    event.text = reject.text;
    event.request_id = *id;
    order::Order after = ledger_.order(request.order);
    if (request.state == order::RequestState::pending)
        --(event.replace ? after.pending_replaces : after.pending_cancels);
    after.certainty = order::Certainty::known;
    event.status = order::status_of(after);
    // "Unknown order" is no end of an order that we have sent: whether the venue has it, it is to be asked.
    schema::OrderUncertain uncertain;
    uncertain.order_id = request.order;
    uncertain.reason = "the venue does not know the order that was to be canceled or replaced";
    const bool unknown = reject.reason == cxl_rej_reason_unknown_order && after.open();
    std::uint64_t lsn = 0;
    std::uint64_t uncertain_lsn = 0;
    const bool done = commit_step(
        session,
        [&] {
            lsn = log_.event(event, after.client);
            if (unknown) uncertain_lsn = log_.event(uncertain, after.client);
        },
        [&] {
            apply(event, lsn, now_ns_);
            if (unknown) apply(uncertain, uncertain_lsn, now_ns_);
        });
    if (!done) return;
    ++counters_.requests_rejected;
    answered(session, event.order_id);
    if (unknown) inquire(event.order_id);
}

void EngineReports::take_business_reject(std::size_t session, const fix::Message& message) {
    const auto cl_ord_id = message.get(business_reject_ref_id_tag);
    if (!cl_ord_id || cl_ord_id->empty()) return take_session_reject(session, message);  // it is optional
    take_refusal(session, message.get(ref_msg_type_tag).value_or(std::string_view{}), *cl_ord_id,
                 clean_text(message.get(text_tag).value_or(std::string_view{}), texts_.buffers[0]));
}

// Reject(3) names only a sequence number: the journal knows what was sent under it.
void EngineReports::take_session_reject(std::size_t session, const fix::Message& message) {
    const auto seq = message.get_int(ref_seq_num_tag);
    const auto stored =
        seq && *seq > 0 ? sessions_[session]->store.outbound(static_cast<std::uint64_t>(*seq)) : std::nullopt;
    const std::string_view text =
        clean_text(message.get(text_tag).value_or(std::string_view{}), texts_.buffers[0]);
    // `message` may live in message_ or kept_message_; the stored one is read into a buffer of the step.
    if (!stored ||
        step_.stored.parse(stored->bytes, sessions_[session]->protocol.data_tags()) != fix::ParseError::none)
        return take_refusal(session, message.get(ref_msg_type_tag).value_or(std::string_view{}), {}, text);
    take_refusal(session, step_.stored.msg_type(),
                 step_.stored.get(cl_ord_id_tag).value_or(std::string_view{}), text);
}

void EngineReports::take_refusal(std::size_t session, std::string_view msg_type, std::string_view cl_ord_id,
                                 std::string_view text) {
    VenueSession& vs = *sessions_[session];
    const auto id = ids_.number(cl_ord_id);
    const bool pending = id && ledger_.has_request(*id) &&
                         ledger_.request(*id).state == order::RequestState::pending &&
                         ledger_.request(*id).order != 0;
    if (msg_type == "q") return refuse_mass_cancel(session, cl_ord_id, text);
    if (msg_type == "AF") {  // single questions instead
        commit_step(session);
        vs.mass_pending = false;
        return continue_reconcile(session);
    }
    if (msg_type == "H") {  // the venue does not answer status requests: asking on would go on for ever
        commit_step(session);
        vs.ask_next = vs.ask_end + 1;
        vs.asked.clear();
        return continue_reconcile(session);
    }
    if (!pending) {
        commit_step(session);
        return;
    }
    const order::Request& request = ledger_.request(*id);
    if (request.kind == order::RequestKind::new_order) {
        order::Report report;
        report.cl_ord_id = cl_ord_id;
        report.exec_type = schema::ExecType::rejected;
        report.ord_status = order::OrderStatus::rejected;
        report.text = text;
        return take_report(session, nullptr, report, request.order, *id);
    }
    schema::RequestRejected event;
    event.order_id = request.order;
    event.cl_ord_id = cl_ord_id;
    event.client_request_id = request.client_request_id.view();
    event.replace = request.kind == order::RequestKind::replace;
    event.text = text;
    event.request_id = *id;
    order::Order after = ledger_.order(request.order);
    --(event.replace ? after.pending_replaces : after.pending_cancels);
    event.status = order::status_of(after);
    std::uint64_t lsn = 0;
    if (commit_step(
            session, [&] { lsn = log_.event(event, after.client); }, [&] { apply(event, lsn, now_ns_); }))
        ++counters_.requests_rejected;
}

void EngineReports::take_unsupported(std::size_t session, const fix::Message& message) {
    // News(B) wants no answer; to everything else the answer is that it is not
    // supported here.
    const std::string_view type = message.msg_type();
    if (type != "B")
        sessions_[session]->protocol.reject_business(
            message, session::BusinessRejectReason::unsupported_message_type, {}, {}, now_ns_, step_);
    commit_step(session);
}

}  // namespace gw::engine
