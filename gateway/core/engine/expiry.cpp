// Orders whose time is over by our own clock. A venue that has said nothing by then has most likely ended
// them, and its report is lost or comes later: no reason to call them ended here. They are UNKNOWN, keep
// their reservation, and are asked about.
//
// A session's day ends with its last window. Day orders end with it where the venue's profile says so, and
// orders good till that date; ExpireTime(126) is watched by the clock.

#include <algorithm>

#include "engine/engine_sessions.hpp"
#include "engine/step_commit.hpp"

namespace gw::engine {

using order::OrderId;
using order::TimeInForce;

namespace {

constexpr std::string_view day_over = "its day is over, and the venue has not said what became of it";
constexpr std::string_view time_over =
    "its ExpireTime has passed, and the venue has not said what became of it";

// What cannot outlive a trading day.
bool ends_with_the_day(TimeInForce time_in_force) {
    switch (time_in_force) {
        case TimeInForce::day:
        case TimeInForce::opg:
        case TimeInForce::cls:
        case TimeInForce::ioc:
        case TimeInForce::fok:
            return true;
        default:
            return false;
    }
}

bool is_later(const Expiry& a, const Expiry& b) {
    return a.at_ns > b.at_ns;
}

}  // namespace

bool EngineSessions::may_have_expired(const order::Order& order) const {
    return order.open() && order.certainty == order::Certainty::known && !ledger_.is_waiting(order);
}

void EngineSessions::mark_unknown(const std::vector<OrderId>& orders, std::string_view reason) {
    constexpr std::size_t events_a_batch = 64;
    std::array<std::uint64_t, events_a_batch> lsns;
    for (std::size_t from = 0; from < orders.size(); from += events_a_batch) {
        const std::size_t count = std::min(events_a_batch, orders.size() - from);
        schema::OrderUncertain event;
        event.reason = reason;
        log_.begin(now_ns_);
        for (std::size_t at = 0; at < count; ++at) {
            event.order_id = orders[from + at];
            lsns[at] = log_.event(event, ledger_.order(event.order_id).client);
        }
        if (!log_.commit()) return;
        for (std::size_t at = 0; at < count; ++at) {
            event.order_id = orders[from + at];
            apply(event, lsns[at], now_ns_);
            inquire(event.order_id);
        }
    }
}

// Every order of before `begins_ns` that was good for the day, or till a date before `day` (YYYYMMDD).
void EngineSessions::end_days_before(std::size_t session, std::uint32_t day, std::int64_t begins_ns) {
    std::vector<OrderId> over;
    for (OrderId id = 1; id <= ledger_.order_count(); ++id) {
        const order::Order& order = ledger_.order(id);
        if (!may_have_expired(order) || session_of_venue(order.venue) != session) continue;
        if (!profile_of(order.venue).day_orders_end) continue;
        const std::uint32_t till = order.terms == 0 ? 0 : ledger_.terms(order.terms).expire_date;
        const bool dated = order.time_in_force == TimeInForce::gtd && till != 0 && till < day;
        const bool of_a_day = ends_with_the_day(order.time_in_force) && order.created_ns < begins_ns;
        if (dated || of_a_day) over.push_back(id);
    }
    mark_unknown(over, day_over);
}

// A window has closed, or one has opened, and the journal has it.
void EngineSessions::end_days(std::size_t session, const SessionWindow& window, bool open) {
    const std::vector<SessionWindow>& windows = sessions_[session]->schedule.windows;
    if (open) {
        std::int64_t begins_ns = window.opens_ns;
        for (const SessionWindow& each : windows)
            if (each.day == window.day) begins_ns = std::min(begins_ns, each.opens_ns);
        return end_days_before(session, window.day, begins_ns);
    }
    const bool goes_on = std::any_of(windows.begin(), windows.end(), [&](const SessionWindow& each) {
        return each.day == window.day && each.opens_ns >= window.closes_ns;
    });
    if (!goes_on) end_days_before(session, window.day + 1, std::max(window.closes_ns, now_ns_));
}

void EngineState::note_expiry(OrderId id) {
    if (!links_are_worked_) return;
    const order::Order& order = ledger_.order(id);
    if (order.terms == 0 || !order.open()) return;
    const std::int64_t at_ns = ledger_.terms(order.terms).expire_time_ns;
    if (at_ns == 0) return;
    expiries_.push_back({at_ns + profile_of(order.venue).expiry_grace_ms * 1'000'000, id});
    std::push_heap(expiries_.begin(), expiries_.end(), is_later);
}

void EngineState::note_all_expiries() {
    expiries_.clear();
    for (OrderId id = 1; id <= ledger_.order_count(); ++id) note_expiry(id);
}

void EngineSessions::run_expiries() {
    std::vector<OrderId> over;
    while (!expiries_.empty() && expiries_.front().at_ns <= now_ns_) {
        const OrderId id = expiries_.front().order;
        std::pop_heap(expiries_.begin(), expiries_.end(), is_later);
        expiries_.pop_back();
        const order::Order& order = ledger_.order(id);
        if (!may_have_expired(order) || order.terms == 0) continue;
        const std::int64_t grace_ns = profile_of(order.venue).expiry_grace_ms * 1'000'000;
        const std::int64_t at_ns = ledger_.terms(order.terms).expire_time_ns;
        if (at_ns != 0 && at_ns + grace_ns <= now_ns_) over.push_back(id);  // else it was replaced meanwhile
    }
    mark_unknown(over, time_over);
}

}  // namespace gw::engine
