// What operators decide of orders and positions.

#include "base/utf8.hpp"
#include "engine/engine.hpp"
#include "engine/step_commit.hpp"

namespace gw::engine {

using order::OrderId;
using order::OrderStatus;

namespace {

bool is_outcome(OrderStatus status) {
    switch (status) {
        case OrderStatus::new_:
        case OrderStatus::canceled:
        case OrderStatus::rejected:
        case OrderStatus::expired:
        case OrderStatus::done_for_day:
        case OrderStatus::filled:
        case OrderStatus::not_sent:
            return true;
        default:
            return false;
    }
}

}  // namespace

Engine::ResolveError Engine::resolve(const Resolution& resolution, std::int64_t now_ns, std::uint64_t& lsn) {
    now_ns_ = now_ns;
    if (!ledger_.has_order(resolution.order)) return ResolveError::unknown_order;
    const order::Order& order = ledger_.order(resolution.order);
    // A request whose answer is lost for good leaves the order known and yet not settled.
    const bool in_doubt =
        order.pending_requests() != 0 ||
        (needs_answer(order) && !(order.cancel_promised && order.certainty == order::Certainty::known));
    if (!in_doubt) return ResolveError::not_in_doubt;
    const bool trades = resolution.cum_quantity > order.cum_quantity;
    const Decimal cum = trades ? resolution.cum_quantity : order.cum_quantity;
    // Filled means all of it, and what never reached the venue has not traded.
    const bool fits = resolution.outcome != OrderStatus::filled || cum >= order.quantity;
    const bool untraded = cum.is_zero() || (resolution.outcome != OrderStatus::not_sent &&
                                            resolution.outcome != OrderStatus::rejected);
    if (!is_outcome(resolution.outcome) || !fits || !untraded) return ResolveError::outcome;
    if (trades && !settle_questions(resolution.order, cum, resolution.average_price) &&
        !infer_fill(resolution.order, resolution.cum_quantity, resolution.average_price))
        return ResolveError::no_price;

    schema::OrderResolved event;
    event.order_id = resolution.order;
    event.outcome = resolution.outcome;
    event.reason = cut_text(resolution.reason, event_text_max);
    event.resolved_by = cut_text(resolution.resolved_by, event_text_max);
    const bool works = resolution.outcome == OrderStatus::new_;
    event.requests_end = true;
    order::Order after = order;
    after.certainty = order::Certainty::known;
    after.pending_replaces = after.pending_cancels = 0;
    event.status = works ? order::status_of(after) : resolution.outcome;
    if (works) event.leaves_quantity = order.leaves();
    lsn = commit_event(event, order.client);
    if (lsn == 0) return ResolveError::not_recorded;
    return ResolveError::none;
}

std::uint32_t Engine::cancel_orders(const CancelFilter& filter, std::int64_t now_ns) {
    now_ns_ = now_ns;
    return cancel_fitting(filter);
}

std::uint32_t EngineOrders::cancel_fitting(const CancelFilter& filter) {
    const order::LedgerNames& names = ledger_.names();
    const std::uint32_t client = names.clients.find(filter.client);
    if (client == 0) return 0;
    const auto fits = [](std::string_view wanted, std::string_view name) {
        return wanted.empty() || wanted == name;
    };
    std::vector<OrderId> wanted;
    for (OrderId id = 1; id <= ledger_.order_count(); ++id) {
        const order::Order& order = ledger_.order(id);
        if (order.client != client) continue;
        if (!fits(filter.account, names.accounts.name(order.account)) ||
            !fits(filter.strategy, names.strategies.name(order.strategy)) ||
            !fits(filter.instrument, names.instruments.name(order.instrument)))
            continue;
        wanted.push_back(id);
    }
    return cancel_many(std::move(wanted), "canceled with the client's other orders");
}

// Cancels an order without a request of its client; false where there is nothing to cancel, or a cancel is
// under way.
bool EngineOrders::cancel_unasked(OrderId id, std::string_view reason) {
    const order::Order& order = ledger_.order(id);
    if (order.held()) return end_held(id, reason);
    if (!order.open() || order.pending_cancels != 0 || order.execution == order::Execution::filled)
        return false;
    if (order.pending_requests() >= order::pending_requests_max) return false;
    std::uint64_t lsn = 0;
    ClOrdId cl_ord_id;
    return send_cancel(id, {}, 0, 0, lsn, cl_ord_id);
}

Engine::ControlResult Engine::adjust_position(const Adjustment& adjustment, std::int64_t now_ns) {
    now_ns_ = now_ns;
    const order::LedgerNames& names = ledger_.names();
    const std::uint32_t instrument = names.instruments.find(adjustment.instrument);
    const bool new_batch =
        !adjustment.batch_id.empty() && ledger_.find_position_batch(adjustment.batch_id) == nullptr;
    const bool room = ledger_.has_room_for_position() && ledger_.has_room_for_fill() &&
                      ledger_.has_room_for_charge() &&
                      (!new_batch || ledger_.position_batch_count() < position_batches_max);
    const bool known = instrument < instruments_.size() && instruments_[instrument].configured &&
                       names.accounts.find(adjustment.account) != 0 && room;
    if (!known) return {};
    if (!adjustment.batch_id.empty()) {
        const order::PositionBatch* batch = ledger_.find_position_batch(adjustment.batch_id);
        const std::uint32_t rows = batch != nullptr ? batch->rows : 0;
        const bool other = batch != nullptr && batch->hash != adjustment.batch_hash;
        if (other || adjustment.batch_row != rows + 1) return {.known = true, .out_of_turn = true};
    }
    schema::PositionAdjusted event;
    event.kind = adjustment.kind;
    event.account = adjustment.account;
    event.strategy = adjustment.strategy;
    event.instrument = adjustment.instrument;
    event.quantity = adjustment.quantity;
    event.price = adjustment.price;
    event.reason = cut_text(adjustment.reason, event_text_max);
    event.changed_by = cut_text(adjustment.changed_by, event_text_max);
    for (const schema::Charge& charge : adjustment.charges)
        if (schema::Charge* added = event.charges.add()) *added = charge;
    event.batch_id = adjustment.batch_id;
    event.batch_row = adjustment.batch_row;
    event.batch_hash = adjustment.batch_hash;
    const std::uint64_t lsn = commit_event(event);
    if (lsn == 0) return {true, 0, 0};
    watch_limits();
    return {true, lsn, 0};
}

void EngineState::apply(const schema::PositionAdjusted& event, std::uint64_t lsn, std::int64_t time_ns) {
    ledger_.apply(event, lsn, time_ns);
    const order::LedgerNames& names = ledger_.names();
    if (event.kind == schema::PositionAdjustmentKind::split && event.batch_row == 1)
        control_.memory.split_mark(names.instruments.find(event.instrument), event.new_units.value,
                                   event.old_units.value);
    const std::uint32_t position =
        ledger_.find_position(names.accounts.find(event.account), names.strategies.find(event.strategy),
                              names.instruments.find(event.instrument));
    if (position == 0) return;
    control_.memory.revalue(position, ledger_, event.kind == schema::PositionAdjustmentKind::start_of_day);
    if (configured_) control_.exposures.update(position, ledger_.positions()[position]);
}

}  // namespace gw::engine
