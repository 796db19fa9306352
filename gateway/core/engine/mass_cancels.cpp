// Canceling many orders: by OrderMassCancelRequest(q) where the venue takes it and its scope holds nothing
// that is to live, singly where not. What a mass cancel leaves open - refused, unanswered, or not all that
// was asked for - is canceled singly.

#include <algorithm>

#include "base/utf8.hpp"
#include "engine/engine_orders.hpp"
#include "engine/order_codes.hpp"
#include "engine/step_commit.hpp"

namespace gw::engine {

using order::OrderId;

namespace {
constexpr std::int64_t answer_timeout_ns = 5'000'000'000;
constexpr std::int64_t reports_timeout_ns = 2'000'000'000;  // from the answer to the last order's own report
constexpr std::int64_t pause_ns = 1'000'000'000;            // while nothing can be sent
constexpr std::uint32_t first_version = 43;

MassCancel scope_of(const order::Order& order, MassCancelScope scope) {
    MassCancel made;
    made.venue = order.venue;
    if (scope == MassCancelScope::account) made.account = order.account;
    if (scope == MassCancelScope::instrument || scope == MassCancelScope::instrument_side)
        made.instrument = order.instrument;
    if (scope == MassCancelScope::instrument_side) made.side = order.side;
    return made;
}
}  // namespace

bool EngineOrders::is_cancelable(const order::Order& order) const {
    return order.open() && order.pending_cancels == 0 && order.execution != order::Execution::filled;
}

std::uint32_t EngineOrders::cancel_many(std::vector<OrderId> wanted, std::string_view reason) {
    const WireBatch batch(*this);
    std::uint32_t cancels = 0;
    std::set<OrderId> open;
    for (const OrderId id : wanted) {
        if (ledger_.order(id).held()) cancels += end_held(id, reason) ? 1U : 0U;
        const order::Order& order = ledger_.order(id);
        if (!is_cancelable(order)) continue;
        if (ledger_.is_waiting(order))
            cancels += cancel_unasked(id, reason) ? 1U : 0U;  // the venue has never seen it
        else
            open.insert(id);
    }
    for (std::uint32_t venue = 1; venue < venue_sessions_.size(); ++venue)
        send_mass_cancels(venue, open, reason, cancels);
    for (const OrderId id : open) cancels += cancel_unasked(id, reason) ? 1U : 0U;
    work_links();
    return cancels;
}

// Takes what it has sent for out of `wanted`. The widest scope first; one that would end an order which is
// not wanted is passed over.
void EngineOrders::send_mass_cancels(std::uint32_t venue, std::set<OrderId>& wanted, std::string_view reason,
                                     std::uint32_t& cancels) {
    const std::size_t session = session_of_venue(venue);
    DenialText denial;
    if (session == no_session || version_number(sessions_[session]->dialect.begin_string) < first_version ||
        !check_session(session, order::RequestKind::cancel, denial))
        return;
    for (std::size_t at = 0; at < mass_cancel_scope_count; ++at) {
        if (!profile_of(venue).mass_cancel[at]) continue;
        struct Group {
            MassCancel scope;
            std::vector<OrderId> orders;
            bool whole = true;
        };
        std::vector<Group> groups;
        for (const OrderId id : wanted) {
            if (ledger_.order(id).venue != venue) continue;
            const MassCancel scope = scope_of(ledger_.order(id), static_cast<MassCancelScope>(at));
            auto group = std::find_if(groups.begin(), groups.end(),
                                      [&](const Group& each) { return each.scope.same_scope(scope); });
            if (group == groups.end()) group = groups.insert(group, {scope, {}, true});
            group->orders.push_back(id);
        }
        for (OrderId id = 1; id <= ledger_.order_count() && !groups.empty(); ++id) {
            const order::Order& order = ledger_.order(id);
            if (!order.open() || order.pending_cancels != 0 || wanted.contains(id)) continue;
            for (Group& group : groups) group.whole = group.whole && !group.scope.covers(order);
        }
        for (const Group& group : groups) {
            if (!group.whole || group.orders.size() < 2) continue;
            const auto count = static_cast<std::uint32_t>(group.orders.size());
            if (!send_mass_cancel(group.scope, count, reason)) return;
            cancels += count;
            for (const OrderId id : group.orders) wanted.erase(id);
        }
    }
}

bool EngineOrders::send_mass_cancel(const MassCancel& scope, std::uint32_t count, std::string_view reason) {
    const order::LedgerNames& names = ledger_.names();
    const std::size_t session = session_of_venue(scope.venue);
    VenueSession& vs = *sessions_[session];
    if (ledger_.next_request_id() == 0) return false;
    const ClOrdId cl_ord_id = ids_.text(ledger_.next_request_id());
    schema::MassCancelRequested event;
    event.venue = names.venues.name(scope.venue);
    event.cl_ord_id = cl_ord_id.view();
    if (scope.account != 0) event.account = names.accounts.name(scope.account);
    if (scope.instrument != 0) event.instrument = names.instruments.name(scope.instrument);
    event.side = scope.side;
    event.request_id = ledger_.next_request_id();
    event.last_order_id = ledger_.order_count();
    event.order_count = count;
    event.reason = cut_text(reason, event_text_max);
    vs.protocol.begin(step_);
    fix::Encoder message = vs.protocol.begin_message("q", now_ns_, step_);
    write_mass_cancel(message, {event.cl_ord_id, event.account, event.instrument, event.side, now_ns_},
                      vs.dialect);
    std::uint64_t lsn = 0;
    return vs.protocol.end_message(message, step_) &&
           commit_step(
               session, [&] { lsn = log_.event(event, 0, vs.number); }, [&] { apply(event, lsn, now_ns_); });
}

void EngineState::apply(const schema::MassCancelRequested& event, std::uint64_t lsn, std::int64_t time_ns) {
    order::LedgerNames& names = ledger_.names();
    ledger_.apply(event, lsn, time_ns);
    MassCancel made;
    made.request = event.request_id;
    made.venue = names.venues.add(event.venue);
    if (!event.account.empty()) made.account = names.accounts.add(event.account);
    if (!event.instrument.empty()) made.instrument = names.instruments.add(event.instrument);
    made.side = event.side;
    made.last_order = event.last_order_id;
    made.next_ns = time_ns + answer_timeout_ns;
    mass_cancels_.push_back(made);
}

void EngineState::apply(const schema::MassCancelAnswered& event, std::uint64_t, std::int64_t time_ns) {
    for (MassCancel& each : mass_cancels_)
        if (each.request == event.request_id)
            each.next_ns = event.accepted ? time_ns + reports_timeout_ns : time_ns;
}

void EngineState::apply(const schema::MassCancelEnded& event, std::uint64_t, std::int64_t) {
    std::erase_if(mass_cancels_, [&](const MassCancel& each) { return each.request == event.request_id; });
}

// By ClOrdID(11); where the venue does not give it back, the session's oldest.
MassCancel* EngineOrders::find_mass_cancel(std::size_t session, std::string_view cl_ord_id) {
    const auto id = ids_.number(cl_ord_id);
    for (MassCancel& each : mass_cancels_) {
        const bool here = session_of_venue(each.venue) == session;
        if (here && (cl_ord_id.empty() || (id && *id == each.request))) return &each;
    }
    return nullptr;
}

void EngineOrders::take_mass_cancel_report(std::size_t session, const fix::Message& message) {
    const MassCancelReport report = read_mass_cancel_report(message, texts_);
    const MassCancel* found = find_mass_cancel(session, report.cl_ord_id);
    if (found == nullptr) {  // told again, or of somebody else's request
        commit_step(session);
        return;
    }
    schema::MassCancelAnswered event;
    event.request_id = found->request;
    event.accepted = report.accepted;
    event.reject_reason = report.reject_reason;
    event.text = report.text;
    event.affected_count = report.affected_count;
    answer_mass_cancel(session, event);
}

void EngineOrders::refuse_mass_cancel(std::size_t session, std::string_view cl_ord_id,
                                      std::string_view text) {
    const MassCancel* found = find_mass_cancel(session, cl_ord_id);
    if (found == nullptr) {
        commit_step(session);
        return;
    }
    schema::MassCancelAnswered event;
    event.request_id = found->request;
    event.text = text;
    answer_mass_cancel(session, event);
}

void EngineOrders::answer_mass_cancel(std::size_t session, const schema::MassCancelAnswered& event) {
    std::uint64_t lsn = 0;
    commit_step(
        session, [&] { lsn = log_.event(event, 0, sessions_[session]->number); },
        [&] { apply(event, lsn, now_ns_); });
}

void EngineOrders::run_mass_cancels() {
    for (std::size_t at = 0; at < mass_cancels_.size();) {
        if (now_ns_ < mass_cancels_[at].next_ns || !finish(mass_cancels_[at])) ++at;
    }
}

// Cancels singly what is left. True where it is over, and gone from the list. The single cancels are in the
// journal before its end is: after a restart between, those that were sent are pending and not sent again.
bool EngineOrders::finish(MassCancel& mass_cancel) {
    const MassCancel scope = mass_cancel;
    mass_cancel.next_ns = now_ns_ + pause_ns;
    const std::size_t session = session_of_venue(scope.venue);
    schema::MassCancelEnded event;
    event.request_id = scope.request;
    for (OrderId id = 1; id <= scope.last_order; ++id) {
        const order::Order& order = ledger_.order(id);
        if (!scope.covers(order) || !is_cancelable(order)) continue;
        DenialText denial;
        if (session == no_session || !check_session(session, order::RequestKind::cancel, denial))
            return false;
        if (!cancel_unasked(id, "left open by the mass cancel")) return false;
        ++event.single_cancels;
    }
    return commit_event(event) != 0;
}

}  // namespace gw::engine
