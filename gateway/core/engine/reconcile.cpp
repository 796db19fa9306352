// After a logon: the venue is asked about every order that may still be open, and only then are new orders
// taken.

#include "engine/engine_reports.hpp"
#include "engine/order_codes.hpp"
#include "engine/step_commit.hpp"

namespace gw::engine {

using schema::SessionState;

namespace {
// Bounds on one round: orders looked at, questions under way.
constexpr order::OrderId looked_at_max = 50'000;
constexpr std::size_t questions_max = 64;
constexpr unsigned unanswered_logons_max = 3;
}  // namespace

// Of one that has ended an execution may be missing, and a restart does not end that doubt. But not for ever:
// what the venue has not settled in so many answers, or at so many logons, is an operator's.
bool EngineReports::is_asked_about_ended(order::OrderId id) const {
    const order::Order& order = ledger_.order(id);
    if ((!order.status_differs && !order.in_question) || is_past_asking(order)) return false;
    const auto at = unanswered_.find(id);
    return at == unanswered_.end() || at->second < unanswered_logons_max;
}

void EngineSteps::begin_reconcile(std::size_t session) {
    VenueSession& vs = *sessions_[session];
    vs.asked.clear();
    vs.told.clear();
    vs.mass_pending = false;
    vs.mass_asked = vs.drop_copy || !asks_mass_status(vs);
    vs.ask_next = 1;
    vs.ask_end = vs.order_status_requests && !vs.drop_copy ? ledger_.order_count() : 0;
    vs.reconcile_deadline_ns = now_ns_ + vs.reconcile_timeout_ms * 1'000'000;
    vs.reason = "asking the venue about open orders";
}

bool EngineSteps::asks_mass_status(const VenueSession& vs) const {
    const std::uint32_t venue = venue_of(vs);
    return venue != 0 && profile_of(venue).mass_status && version_number(vs.dialect.begin_string) >= 43;
}

// One question about all orders. Whom its answer does not tell of is asked about singly: a venue that leaves
// an order out, or an answer that is cut off, says nothing about it.
void EngineReports::ask_mass_status(std::size_t session) {
    VenueSession& vs = *sessions_[session];
    vs.mass_asked = vs.mass_pending = true;
    vs.mass_deadline_ns = now_ns_ + vs.reconcile_timeout_ms * 1'000'000 / 2;
    vs.protocol.begin(step_);
    fix::Encoder out = vs.protocol.begin_message("AF", now_ns_, step_);
    std::array<char, fix::timestamp_size_max> id;
    const std::size_t size = fix::format_timestamp(now_ns_, fix::TimePrecision::nanoseconds, id.data());
    write_mass_status_request(out, {id.data(), size});
    if (vs.protocol.end_message(out, step_)) commit_step(session);
}

void EngineReports::end_mass_status(std::size_t session) {
    sessions_[session]->mass_pending = false;
    continue_reconcile(session);
}

void EngineReports::ask(std::size_t session) {
    VenueSession& vs = *sessions_[session];
    if (vs.protocol.replay_pending()) return;
    if (!vs.mass_asked) return ask_mass_status(session);
    if (vs.mass_pending && now_ns_ < vs.mass_deadline_ns) return;
    vs.mass_pending = false;
    vs.protocol.begin(step_);
    order::OrderId looked_at = 0;
    for (; vs.ask_next <= vs.ask_end && looked_at < looked_at_max && vs.asked.size() < questions_max;
         ++vs.ask_next, ++looked_at) {
        const order::Order& order = ledger_.order(vs.ask_next);
        if (!order.open() && !is_asked_about_ended(vs.ask_next)) continue;
        if (session_of_venue(order.venue) != session) continue;
        if (ledger_.is_waiting(order)) continue;
        if (vs.told.contains(vs.ask_next)) continue;
        const ClOrdId cl_ord_id = cl_ord_id_of(order.live_request);
        fix::Encoder out = vs.protocol.begin_message("H", now_ns_, step_);
        write_status_request(out, wire_order(order, cl_ord_id.view(), {}));
        if (!vs.protocol.end_message(out, step_)) break;
        vs.asked.insert(vs.ask_next);
    }
    if (!step_.outbound().empty()) commit_step(session);
}

void EngineReports::continue_reconcile(std::size_t session) {
    VenueSession& vs = *sessions_[session];
    if (vs.phase != SessionState::reconciling) return;
    if (!session::Session::can_send(vs.protocol.state())) return;  // a reset is under way
    if (can_ask(vs)) ask(session);
    if (vs.phase != SessionState::reconciling)
        return;  // the journal refused, or the connection was lost meanwhile

    const bool in_sync =
        vs.protocol.state().inbound == session::Inbound::in_sync && !vs.protocol.replay_pending();
    const bool all_answered =
        vs.ask_next > vs.ask_end && vs.asked.empty() && vs.mass_asked && !vs.mass_pending;
    const bool out_of_time = now_ns_ >= vs.reconcile_deadline_ns;
    if (!(in_sync && all_answered) && !out_of_time) return;

    schema::SessionChanged event;
    event.session = vs.name;
    event.state = SessionState::ready;
    event.reason = out_of_time ? "the venue did not answer for every open order in time" : "";
    log_.begin(now_ns_);
    log_.event(event, 0, vs.number);
    if (!log_.commit()) return;
    vs.phase = SessionState::ready;
    vs.reason = event.reason;
    next_links_ns_ = now_ns_;  // what had to wait may be sent now
    for (const order::OrderId id : vs.asked) {
        if (!ledger_.order(id).open()) ++unanswered_[id];
        inquire(id);  // no answer is not "nothing there"
    }
    vs.asked.clear();
    vs.told.clear();
}

// Any word of the venue on an order answers the question about it: the logon does not wait for it any longer.
// But a refused cancel, or an execution that is known, says nothing of the sums: what they leave open is
// asked about again.
void EngineReports::answered(std::size_t session, order::OrderId order) {
    VenueSession& vs = *sessions_[session];
    if (vs.phase != SessionState::reconciling) return;
    vs.asked.erase(order);
    unanswered_.erase(order);
    if (vs.mass_pending) vs.told.insert(order);
    if (needs_answer(ledger_.order(order))) inquire(order);
    continue_reconcile(session);
}

}  // namespace gw::engine
