// What operators and price sources set.

#include "base/utf8.hpp"
#include "engine/engine.hpp"
#include "engine/step_commit.hpp"

namespace gw::engine {

void EngineSessions::begin_shutdown(std::int64_t now_ns) {
    now_ns_ = now_ns;
    shutting_down_ = true;
    const WireBatch batch(*this);
    for (std::size_t at = 0; at < sessions_.size(); ++at) {
        sessions_[at]->protocol.decide_logout("the gateway is shutting down", now_ns, step_);
        commit_step(at);
    }
}

void EngineSessions::end_connection(std::size_t session, std::string_view text, std::int64_t now_ns) {
    now_ns_ = now_ns;
    sessions_[session]->protocol.decide_logout(text, now_ns, step_);
    commit_step(session);
}

bool EngineOrders::falls_under(const order::Order& order, risk::Level level) const {
    if (order.instrument >= instruments_.size()) return level.kind == risk::LevelKind::firm;
    const risk::Proposal proposal = proposal_of(order, order.quantity, order.price, {});
    return risk::falls_under(risk::numbers_of(control_, instruments_[order.instrument], proposal), level);
}

Engine::ControlResult Engine::set_trading_state(std::string_view level, schema::TradingState state,
                                                std::string_view reason, std::string_view changed_by,
                                                bool cancel_open_orders, std::int64_t now_ns) {
    now_ns_ = now_ns;
    const auto at = find_level(level);
    if (!at) return {};
    schema::TradingStateChanged event;
    event.level = level;
    event.state = state;
    event.reason = cut_text(reason, event_text_max);
    event.changed_by = cut_text(changed_by, event_text_max);
    const std::uint64_t lsn = commit_event(event);
    if (lsn == 0) return {true, 0, 0};

    ControlResult result{true, lsn, 0};
    if (!cancel_open_orders) return result;
    std::vector<order::OrderId> wanted;
    for (order::OrderId id = 1; id <= ledger_.order_count(); ++id)
        if (falls_under(ledger_.order(id), *at)) wanted.push_back(id);
    result.cancels = cancel_many(std::move(wanted), "canceled by the kill switch");
    return result;
}

Engine::ControlResult Engine::record_risk_decision(schema::RiskDecisionRecorded event, std::int64_t now_ns) {
    now_ns_ = now_ns;
    event.changed_by = cut_text(event.changed_by, event_text_max);
    event.reason = cut_text(event.reason, event_text_max);
    event.detail = cut_text(event.detail, event_bytes_max / 2);
    return {true, commit_event(event), 0};
}

}  // namespace gw::engine
