// What a breach does beside denying an order: it warns, or sets the trading state of the limit's level.
//
// States are set by TradingStateChanged, in the batch of the denial where there is one. They never become
// looser here: that takes a person with a reason.

#include "engine/engine_orders.hpp"
#include "risk/actions.hpp"

namespace gw::engine {

using schema::LimitAction;
using schema::LimitKind;
using schema::TradingState;

namespace {

// "account:A1+instrument:ACME", into `buffer`.
std::string_view level_text(const risk::Definition& limit, std::span<char> buffer) {
    std::size_t size = limit.level.copy(buffer.data(), risk::level_size_max);
    if (limit.second_level.empty()) return {buffer.data(), size};
    buffer[size++] = '+';
    size += limit.second_level.copy(buffer.data() + size, risk::level_size_max);
    return {buffer.data(), size};
}

}  // namespace

std::optional<schema::TradingStateChanged> EngineOrders::state_change(const DenialText::Enforced& enforced) {
    if (enforced.state == TradingState::active) return std::nullopt;
    const auto level = find_level(enforced.level);
    if (!level) return std::nullopt;
    const risk::LevelState* now = control_.states.find(*level);
    if (now != nullptr && (now->trading == enforced.state || now->trading == TradingState::halted))
        return std::nullopt;
    constexpr std::string_view prefix = DenialText::by_limit;
    std::size_t size = prefix.copy(enforced_by_.data(), prefix.size());
    size += enforced.limit.copy(enforced_by_.data() + size, enforced_by_.size() - size);
    schema::TradingStateChanged event;
    event.level = enforced.level;
    event.state = enforced.state;
    event.reason = "a limit does not hold";
    event.changed_by = {enforced_by_.data(), size};
    return event;
}

EngineOrders::NewState EngineOrders::append_state(const DenialText::Enforced& enforced) {
    NewState made;
    if (const auto event = state_change(enforced)) {
        made.event = *event;
        made.lsn = log_.event(made.event, 0);
    }
    return made;
}

void EngineOrders::enforce(const DenialText::Enforced& enforced) {
    log_.begin(now_ns_);
    const NewState state = append_state(enforced);
    if (log_.commit()) return apply_state(state);
    note_not_set(state);
}

void EngineOrders::note_not_set(const NewState& state) {
    if (state.lsn == 0) return;
    ++counters_.states_not_set;
    control_.memory.all_due();  // those that fills and prices break are looked at again with the next of them
}

void EngineOrders::append_each_warning(const risk::Decision& decision, order::OrderId order,
                                       std::uint32_t client) {
    for (const risk::Warning& warning : decision.warnings()) {
        const risk::Definition& limit = control_.book.entry(warning.definition).definition;
        schema::LimitBreached event;
        event.order_id = order;
        event.client = ledger_.names().clients.name(client);
        event.limit_name = limit.name;
        event.level = level_text(limit, breached_level_);
        event.kind = limit.kind;
        event.action = risk::action_of(limit);  // of one that was waived: what it would have done
        event.code = warning.code;
        if (warning.has_observed) event.observed = warning.observed;
        if (warning.has_allowed) event.allowed = warning.allowed;
        log_.event(event, client);
    }
}

// --- orders that would trade with own ones
// ----------------------------------------------------------------------------------

bool EngineOrders::clear_crossing(const risk::Proposal& proposal) {
    const risk::Instrument& instrument = instruments_[proposal.instrument];
    crossing_.clear();
    const auto numbers = risk::numbers_of(control_, instrument, proposal);
    control_.book.for_each_rule(numbers, [&](const risk::Rule& rule) {
        const auto policy = static_cast<schema::CrossingPolicy>(rule.crossing);
        const bool cancels =
            policy == schema::CrossingPolicy::cancel_resting || policy == schema::CrossingPolicy::cancel_both;
        if (static_cast<LimitKind>(rule.kind) != LimitKind::self_trade || !cancels) return;
        risk::for_each_crossing(control_, instrument, proposal, rule,
                                [this](order::OrderId id, const order::Order&) {
                                    crossing_.push_back(id);
                                    return true;
                                });
    });
    bool all = true;
    for (const order::OrderId id : crossing_) {
        const order::Order& order = ledger_.order(id);
        if (!order.open() || order.pending_cancels != 0) continue;
        DenialText denial;
        const std::size_t session = session_of_venue(order.venue);
        const bool can =
            ledger_.is_waiting(order) ||
            (session != no_session && check_session(session, order::RequestKind::cancel, denial));
        all = can && cancel_unasked(id, "it would trade with another order of its own") && all;
    }
    return all;
}

// --- what fills and prices break
// ------------------------------------------------------------------------------------------

bool EngineOrders::is_broken(const risk::Rule& rule, risk::Breach& breach) const {
    const auto kind = static_cast<LimitKind>(rule.kind);
    if (kind != LimitKind::repeated_executions && !risk::is_on_losses(kind)) return false;
    const risk::Definition& limit = control_.memory.limit(rule.tracked);
    if (limit.disabled || risk::state_of(risk::action_of(limit)) == TradingState::active) return false;
    const risk::Instrument none;
    risk::Proposal proposal;
    proposal.now_ns = now_ns_;
    const risk::LevelNumbers numbers{};
    return !risk::check_of(rule)(risk::Question{control_, none, proposal, numbers, {}}, rule, breach);
}

void EngineOrders::watch_rule(const risk::Rule& rule) {
    risk::Breach breach;
    if (!is_broken(rule, breach)) return;
    const risk::Definition& limit = control_.memory.limit(rule.tracked);
    const LimitAction action = risk::action_of(limit);
    log_.begin(now_ns_);
    const NewState state = append_state({risk::state_of(action), limit.level, limit.name});
    if (state.lsn != 0) {
        schema::LimitBreached event;
        event.limit_name = limit.name;
        event.level = level_text(limit, breached_level_);
        event.kind = limit.kind;
        event.action = action;
        event.code = breach.code;
        if (breach.observed) event.observed = *breach.observed;
        if (breach.allowed) event.allowed = *breach.allowed;
        log_.event(event, 0);
    }
    if (log_.commit()) return apply_state(state);
    note_not_set(state);
}

}  // namespace gw::engine
