// Asking about single orders while the session is up: what a report left unknown, and where the venue's
// CumQty(14) is not ours. Questions are paced and bounded; what they do not settle stays UNKNOWN for an
// operator.

#include <algorithm>

#include "engine/step_commit.hpp"

namespace gw::engine {

using schema::SessionState;

namespace {
constexpr std::size_t inquiries_max = 1024;  // at once; what is more waits for the next logon
constexpr unsigned questions_a_tick_max = 16;
constexpr std::uint32_t questions_an_order_max = 5;
constexpr std::int64_t first_pause_ns = 1'000'000'000;  // doubles with each question
}  // namespace

bool Engine::needs_answer(const order::Order& order) const {
    return (order.open() && order.certainty == order::Certainty::unknown) || order.status_differs;
}

void Engine::inquire(order::OrderId id) {
    const std::size_t session = session_of_venue(ledger_.order(id).venue);
    if (session == no_session || !sessions_[session]->order_status_requests) return;
    const bool known = std::any_of(inquiries_.begin(), inquiries_.end(),
                                   [id](const Inquiry& inquiry) { return inquiry.order == id; });
    if (!known && inquiries_.size() < inquiries_max) inquiries_.push_back({id, 0, now_ns_});
}

void Engine::send_inquiry(std::size_t session, order::OrderId id) {
    VenueSession& vs = *sessions_[session];
    const order::Order& order = ledger_.order(id);
    const ClOrdId cl_ord_id = ids_.text(order.live_request);
    vs.protocol.begin(step_);
    fix::Encoder out = vs.protocol.begin_message("H", now_ns_, step_);
    write_status_request(out, wire_order(order, cl_ord_id.view(), {}));
    if (vs.protocol.end_message(out, step_)) commit_step(session);
}

void Engine::continue_inquiries() {
    unsigned questions = 0;
    for (std::size_t at = 0; at < inquiries_.size();) {
        Inquiry& inquiry = inquiries_[at];
        const order::Order& order = ledger_.order(inquiry.order);
        if (!needs_answer(order) || inquiry.asked >= questions_an_order_max) {
            inquiries_[at] = inquiries_.back();
            inquiries_.pop_back();
            continue;
        }
        ++at;
        const std::size_t session = session_of_venue(order.venue);
        if (inquiry.next_ns > now_ns_ || sessions_[session]->phase != SessionState::ready) continue;
        if (sessions_[session]->protocol.replay_pending() || questions >= questions_a_tick_max) continue;
        ++questions;
        inquiry.next_ns = now_ns_ + (first_pause_ns << inquiry.asked);
        ++inquiry.asked;
        send_inquiry(session, inquiry.order);
    }
}

std::int64_t Engine::next_inquiry_ns() const {
    std::int64_t next = session::Session::never_ns;
    for (const Inquiry& inquiry : inquiries_) {
        const std::size_t session = session_of_venue(ledger_.order(inquiry.order).venue);
        if (sessions_[session]->phase == SessionState::ready) next = std::min(next, inquiry.next_ns);
    }
    return next;
}

}  // namespace gw::engine
