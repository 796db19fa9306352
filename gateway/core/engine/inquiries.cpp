// Asking about single orders while the session is up: what a report left unknown, and where the venue's
// CumQty(14) is not ours. Questions are paced and bounded; what they do not settle stays UNKNOWN for an
// operator.

#include <algorithm>
#include <utility>

#include "engine/engine_reports.hpp"
#include "engine/step_commit.hpp"

namespace gw::engine {

using schema::SessionState;

namespace {
constexpr std::size_t inquiries_max = 1024;  // at once; what is more is looked up again when there is room
constexpr order::OrderId looked_up_max = 50'000;  // a tick
constexpr unsigned questions_a_tick_max = 16;
constexpr std::uint32_t questions_an_order_max = 5;
constexpr std::uint8_t unsettled_answers_max = 10;
constexpr std::int64_t first_pause_ns = 1'000'000'000;  // doubles with each question

// The last question; precondition: there was one, and another may follow.
std::int64_t asked_at_ns(std::int64_t next_ns, std::uint32_t asked) {
    return next_ns - (first_pause_ns << (asked - 1));
}
}  // namespace

bool EngineReports::needs_answer(const order::Order& order) const {
    return (order.open() && order.certainty == order::Certainty::unknown) || order.status_differs ||
           order.in_question || order.cancel_promised;
}

// Whether the venue has answered often enough that it stays a matter for an operator. A new execution,
// or another sum, begins it anew.
bool EngineSteps::is_past_asking(const order::Order& order) {
    return order.unsettled_answers >= unsettled_answers_max && order.certainty == order::Certainty::known;
}

void EngineSteps::inquire(order::OrderId id) {
    const std::size_t session = session_of_venue(ledger_.order(id).venue);
    if (session == no_session || is_past_asking(ledger_.order(id))) return;
    const bool known = std::any_of(inquiries_.begin(), inquiries_.end(),
                                   [id](const Inquiry& inquiry) { return inquiry.order == id; });
    // What the venue promises to cancel is asked about when the time for it is over.
    const order::Order& order = ledger_.order(id);
    std::int64_t first_ns = now_ns_;
    if (order.cancel_promised && order.certainty == order::Certainty::known)
        first_ns = std::max(
            first_ns, order.disconnected_ns + profile_of(order.venue).cancel_on_disconnect_ms * 1'000'000);
    if (known) return;
    if (inquiries_.size() >= inquiries_max) {
        // From the beginning once more: the orders behind it have been looked at.
        if (missed_from_ == 0 || id < missed_from_) missed_from_ = id;
        return;
    }
    inquiries_.push_back({id, 0, first_ns, first_ns, {}, {}});
}

// What found no room is found again by what is known of the orders, some at a time and in their order.
void EngineReports::take_up_missed() {
    if (missed_from_ == 0 || inquiries_.size() > inquiries_max / 2) return;
    const order::OrderId last = ledger_.order_count();
    order::OrderId at = std::exchange(missed_from_, 0);
    const order::OrderId stop = std::min(last, at + looked_up_max - 1);
    for (; at <= stop && inquiries_.size() < inquiries_max; ++at)
        if (needs_answer(ledger_.order(at))) inquire(at);
    if (at <= last) missed_from_ = at;
}

// The venue's sums are not ours: an execution is missing, or a correction. It is asked about, and what the
// venue counts is kept for the case that the execution never comes.
void EngineReports::learn_difference(order::OrderId id, const order::Report& report,
                                     const schema::ExecutionReported& event) {
    inquire(id);
    // What was said before this report is known already, and may be out of date.
    const bool older =
        event.cum_quantity_differs && event.reported_cum_quantity.value != report.cum_quantity.value;
    if (!report.cum_quantity.ok() || older) return;
    for (Inquiry& inquiry : inquiries_) {
        if (inquiry.order != id) continue;
        inquiry.venue_cum = report.cum_quantity.value;
        inquiry.venue_average = report.average_price.ok() ? report.average_price.value : Decimal{};
    }
}

std::string_view EngineReports::inferred_exec_id(order::OrderId id, std::uint64_t fill) {
    std::size_t size = std::string_view("INFERRED-").copy(inferred_id_.data(), inferred_id_.size());
    const auto add = [this, &size](std::uint64_t number) {
        std::array<char, 20> digits;
        std::size_t count = 0;
        do {
            digits[count++] = static_cast<char>('0' + number % 10);
            number /= 10;
        } while (number != 0);
        while (count != 0) inferred_id_[size++] = digits[--count];
    };
    add(id);
    inferred_id_[size++] = '-';
    add(fill);
    return {inferred_id_.data(), size};
}

// Stands for the execution that the venue counts and has not reported: its price is what makes our average
// price the venue's. The real one, when it comes, takes its place.
bool EngineReports::infer_fill(order::OrderId id, Decimal venue_cum, Decimal venue_average) {
    const order::Order& order = ledger_.order(id);
    if (venue_cum <= order.cum_quantity || !ledger_.has_room_for_fill()) return false;
    // One stands for all that is missing: where more is, a larger one takes the place of that before.
    Decimal quantity = venue_cum - order.cum_quantity;
    Product known = order.traded_notional;
    if (order.inferred_fill != 0) {
        const order::Fill& before = ledger_.fill(order.inferred_fill);
        quantity += before.quantity;
        known -= Product(before.quantity, before.price);
    }
    Decimal price = order.price;
    if (venue_average.is_positive()) price = (Product(venue_cum, venue_average) - known).divided_by(quantity);
    if (!price.is_positive()) return false;  // nothing to go by: an operator has to find it
    withdraw_inferred(id, Decimal{});
    order::Report report;
    report.exec_type = schema::ExecType::trade;
    report.exec_id = inferred_exec_id(id, ledger_.reported_fill_count() + 1);
    report.last_quantity = quantity;
    report.last_price = price;
    report.cum_quantity = venue_cum;
    report.text = "inferred from CumQty(14): the execution did not come";
    report.inferred = true;
    if (!record_execution(id, report)) return false;
    ++counters_.inferred_fills;
    return true;
}

void EngineReports::send_inquiry(std::size_t session, order::OrderId id) {
    VenueSession& vs = *sessions_[session];
    const order::Order& order = ledger_.order(id);
    const ClOrdId cl_ord_id = cl_ord_id_of(order.live_request);
    vs.protocol.begin(step_);
    fix::Encoder out = vs.protocol.begin_message("H", now_ns_, step_);
    write_status_request(out, wire_order(order, cl_ord_id.view(), {}));
    if (vs.protocol.end_message(out, step_)) commit_step(session);
}

void EngineReports::continue_inquiries() {
    take_up_missed();
    unsigned questions = 0;
    for (std::size_t at = 0; at < inquiries_.size();) {
        Inquiry& inquiry = inquiries_[at];
        const order::Order& order = ledger_.order(inquiry.order);
        // The real execution has its chance first: the venue was asked and had a second to answer, or cannot
        // be asked, and time has passed.
        const std::int64_t patience_ns = profile_of(order.venue).inferred_fill_after_ms * 1'000'000;
        const std::size_t session = session_of_venue(order.venue);
        const bool gone = session == no_session;  // removed meanwhile: its next logon asks anew
        const bool asks = !gone && sessions_[session]->order_status_requests;
        const bool patient = patience_ns == 0 || now_ns_ < inquiry.since_ns + patience_ns;
        const bool questions_left = asks && inquiry.asked < questions_an_order_max;
        const bool had_time =
            inquiry.asked != 0 && now_ns_ >= asked_at_ns(inquiry.next_ns, inquiry.asked) + first_pause_ns;
        // Not by what the venue counted once, where its last word agrees with our sum.
        const bool missing = needs_answer(order) && inquiry.venue_cum > order.cum_quantity;
        if (missing && !patient && (had_time || !questions_left) &&
            !settle_questions(inquiry.order, inquiry.venue_cum, inquiry.venue_average))
            infer_fill(inquiry.order, inquiry.venue_cum, inquiry.venue_average);
        const bool exhausted = !questions_left && (patience_ns == 0 || !patient);
        if (!needs_answer(order) || exhausted || gone) {
            inquiries_[at] = inquiries_.back();
            inquiries_.pop_back();
            continue;
        }
        ++at;
        if (!questions_left) {
            inquiry.next_ns = inquiry.since_ns + patience_ns;
            continue;
        }
        if (inquiry.next_ns > now_ns_ || sessions_[session]->phase != SessionState::ready) continue;
        if (sessions_[session]->protocol.replay_pending() || questions >= questions_a_tick_max) continue;
        ++questions;
        inquiry.next_ns = now_ns_ + (first_pause_ns << inquiry.asked);
        ++inquiry.asked;
        send_inquiry(session, inquiry.order);
    }
}

std::int64_t EngineReports::next_inquiry_ns() const {
    std::int64_t next = session::Session::never_ns;
    if (missed_from_ != 0 && inquiries_.size() <= inquiries_max / 2) return now_ns_;
    for (const Inquiry& inquiry : inquiries_) {
        const std::size_t session = session_of_venue(ledger_.order(inquiry.order).venue);
        if (session == no_session) return 0;  // to be dropped
        if (sessions_[session]->phase == SessionState::ready) next = std::min(next, inquiry.next_ns);
    }
    return next;
}

}  // namespace gw::engine
