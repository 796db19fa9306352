// What links do: after every event that speaks of one of their orders, and after a restart.
//
// order/link.hpp says what is to be done; here it is done, one batch an action: the event that records the
// decision, and the message that carries it out. What cannot be done now - the session is down, the throttle
// is full, a limit refuses - is put off and looked at again.

#include <algorithm>

#include "engine/command_parts.hpp"
#include "engine/engine_orders.hpp"
#include "engine/step_commit.hpp"

namespace gw::engine {

using order::LinkAction;
using order::LinkActionKind;
using order::LinkId;
using order::LinkLeg;
using order::OrderId;
using schema::LinkProblem;

namespace {
constexpr std::int64_t pause_ns = 100'000'000;
constexpr std::int64_t first_pause_after_refusal_ns = 500'000'000;  // doubles with each
constexpr std::uint8_t refusals_max = 5;
constexpr unsigned steps_max = 64;  // of one link at once; what is more waits for the next tick
}  // namespace

void EngineState::note_link(OrderId id) {
    if (!links_are_worked_ || !ledger_.has_order(id)) return;
    const LinkId link = ledger_.order(id).link;
    if (link != 0 && (links_due_.empty() || links_due_.back() != link)) links_due_.push_back(link);
}

// After recovery: a fill may be in the journal and what follows from it not.
void EngineState::all_links_due() {
    links_are_worked_ = true;
    links_put_off_.clear();
    for (LinkId id = 1; id <= ledger_.link_count(); ++id) links_put_off_.push_back(id);
}

void EngineOrders::work_links() {
    for (std::size_t at = 0; at < links_due_.size(); ++at) work_link(links_due_[at]);  // it grows meanwhile
    links_due_.clear();
}

void EngineOrders::run_links() {
    if (!links_put_off_.empty() && now_ns_ >= next_links_ns_) {
        next_links_ns_ = now_ns_ + pause_ns;
        links_due_.swap(links_put_off_);
        std::sort(links_due_.begin(), links_due_.end());
        links_due_.erase(std::unique(links_due_.begin(), links_due_.end()), links_due_.end());
    }
    work_links();
}

std::int64_t EngineOrders::next_link_ns() const {
    if (!links_due_.empty()) return 0;
    return links_put_off_.empty() ? session::Session::never_ns : next_links_ns_;
}

void EngineOrders::work_link(LinkId id) {
    const order::Link& link = ledger_.link(id);
    std::array<order::Lot, order::link_orders_max> lots;
    for (std::size_t at = 0; at < link.count; ++at) {
        const risk::Instrument& instrument = instruments_[ledger_.order(link.legs[at].order).instrument];
        lots[at] = {instrument.lot_size, instrument.min_quantity};
    }
    unsigned passed_over = 0;
    bool again = false;
    for (unsigned steps = 0; steps < steps_max; ++steps) {
        const LinkAction action = order::next_action(ledger_, link, lots, passed_over);
        if (action.kind == LinkActionKind::none) break;
        if (take_step(id, action)) continue;
        if (action.kind == LinkActionKind::report_overfill) return links_put_off_.push_back(id);
        passed_over |= 1U << action.leg;
        again = true;
    }
    if (again) links_put_off_.push_back(id);
}

// False where it cannot be done now.
bool EngineOrders::take_step(LinkId id, const LinkAction& action) {
    const LinkLeg& leg = ledger_.link(id).legs[action.leg];
    const order::Order& order = ledger_.order(leg.order);
    if (leg.refused != 0 && action.kind != LinkActionKind::report_overfill) {
        if (leg.refused >= refusals_max)
            return report_link(
                id, LinkProblem::refused, leg.order, action.quantity,
                "the venue refuses what the link asks for: cancel or replace the order by hand");
        if (now_ns_ < order.updated_ns + (first_pause_after_refusal_ns << leg.refused)) return false;
    }
    switch (action.kind) {
        case LinkActionKind::release:
            return release_order(id, action);
        case LinkActionKind::resize:
            return resize_order(id, action);
        case LinkActionKind::cancel: {
            const std::size_t session = session_of_venue(order.venue);
            DenialText denial;
            if (session == no_session || order.pending_requests() >= order::pending_requests_max ||
                !check_session(session, order::RequestKind::cancel, denial))
                return false;
            std::uint64_t lsn = 0;
            ClOrdId cl_ord_id;
            return send_cancel(leg.order, {}, 0, id, lsn, cl_ord_id);
        }
        case LinkActionKind::end_held:
            return end_held(leg.order, "what the order waited for has ended without it");
        case LinkActionKind::report_overfill:
            return report_link(id, LinkProblem::overfilled, 0, action.quantity,
                               "more was filled than the link was for");
        case LinkActionKind::none:
            break;
    }
    return false;
}

bool EngineOrders::release_order(LinkId id, const LinkAction& action) {
    const OrderId order_id = ledger_.link(id).legs[action.leg].order;
    const order::Order& order = ledger_.order(order_id);
    const std::size_t session = session_of_venue(order.venue);
    DenialText denial;
    if (session == no_session || shutting_down_ || !log_.journal().accepts_new_orders() ||
        !check_session(session, order::RequestKind::replace, denial))
        return false;
    std::optional<order::Terms> terms;
    if (order.terms != 0) terms = ledger_.terms(order.terms);
    risk::Proposal proposal =
        proposal_of(order, action.quantity, order.price, terms ? terms->stop_price : Decimal{});
    proposal.now_ns = now_ns_;
    const risk::Decision decision = risk::decide(control_, instruments_[order.instrument], proposal);
    if (!decision.approved()) {
        describe(decision.refusal(), denial);
        report_release_denied(id, action, denial);
        return false;
    }
    if (decision.cancels_resting() && !clear_crossing(proposal)) return false;
    const order::LedgerNames& names = ledger_.names();
    const order::Request& request = ledger_.request(order.first_request);
    // Under a ClOrdID of its own where it was released before and never reached the venue.
    const bool again = request.state != order::RequestState::pending;
    const order::RequestId request_id = again ? ledger_.next_request_id() : order.first_request;
    if (request_id == 0) return false;
    const ClOrdId cl_ord_id = ids_.text(request_id);
    schema::OrderAccepted event;
    event.order_id = order_id;
    event.client_order_id = request.client_request_id.view();
    event.cl_ord_id = cl_ord_id.view();
    event.client = names.clients.name(order.client);
    event.account = names.accounts.name(order.account);
    event.strategy = names.strategies.name(order.strategy);
    event.instrument = names.instruments.name(order.instrument);
    event.venue = names.venues.name(order.venue);
    event.side = order.side;
    event.order_type = order.type;
    event.time_in_force = order.time_in_force;
    event.quantity = action.quantity;
    if (!order.price.is_zero())
        event.price = order.price;
    else
        add_reference(event, terms ? terms->stop_price : Decimal{}, order.instrument);
    std::array<char, 8> date;
    if (terms) {
        event.has_terms = true;
        event.terms = order::shown(*terms, date);
    }
    event.request_id = request_id;
    event.content_hash = request.content_hash;
    event.link_id = id;

    VenueSession& vs = *sessions_[session];
    WireOrder wire = wire_order(order, cl_ord_id.view(), {});
    wire.quantity = action.quantity;
    vs.protocol.begin(step_);
    fix::Encoder message = vs.protocol.begin_message("D", now_ns_, step_);
    write_new_order(message, wire, vs.dialect, decision.approval());
    std::uint64_t lsn = 0;
    const bool done =
        vs.protocol.end_message(message, step_) && commit_step(
                                                       session,
                                                       [&] {
                                                           lsn = log_.event(event, order.client);
                                                           append_warnings(decision, order_id, order.client);
                                                       },
                                                       [&] { apply(event, lsn, now_ns_); });
    if (done) ++counters_.orders_accepted;
    return done;
}

bool EngineOrders::resize_order(LinkId id, const LinkAction& action) {
    const OrderId order_id = ledger_.link(id).legs[action.leg].order;
    const order::Order& order = ledger_.order(order_id);
    const order::Request& newest = ledger_.request(order.newest_request);
    const std::size_t session = session_of_venue(order.venue);
    DenialText denial;
    if (session == no_session || !check_session(session, order::RequestKind::replace, denial) ||
        ledger_.next_request_id() == 0)
        return false;
    Replacement replacement;
    replacement.link = id;
    replacement.quantity = action.quantity;
    replacement.price = newest.price;
    if (newest.terms != 0) {
        if (!ledger_.has_room_for_terms()) return false;
        replacement.terms = ledger_.terms(newest.terms);
        replacement.terms->display_quantity = std::min(replacement.terms->display_quantity, action.quantity);
        replacement.terms->min_quantity = std::min(replacement.terms->min_quantity, action.quantity);
    }
    const risk::Decision decision = decide_replace(order, replacement);
    if (!decision.approved()) {
        describe(decision.refusal(), denial);
        report_release_denied(id, action, denial);
        return false;
    }
    if (decision.cancels_resting() && !clear_crossing(proposal_of(order, replacement))) return false;
    std::uint64_t lsn = 0;
    return send_replace(order_id, replacement, decision, lsn);
}

void EngineOrders::report_release_denied(LinkId id, const LinkAction& action, const DenialText& denial) {
    const LinkLeg& leg = ledger_.link(id).legs[action.leg];
    enforce(denial.enforced());
    if (!leg.release_denied)
        report_link(id, LinkProblem::release_denied, leg.order, action.quantity, denial.denial().limit_name);
}

bool EngineOrders::report_link(LinkId id, LinkProblem problem, OrderId order, Decimal quantity,
                               std::string_view text) {
    schema::LinkReported event;
    event.link_id = id;
    event.problem = problem;
    event.order_id = order;
    event.quantity = quantity;
    event.text = text;
    return commit_event(event, ledger_.link(id).client) != 0;
}

}  // namespace gw::engine
