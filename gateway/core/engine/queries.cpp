// What is known now, as messages.

#include "base/hash.hpp"
#include "engine/engine_queries.hpp"

namespace gw::engine {

namespace {

template <class Message>
void append(pb::Writer& out, std::uint32_t field, const Message& message) {
    const auto at = out.open(field);
    message.encode(out);
    out.close(at);
}

}  // namespace

bool EngineQueries::order(std::string_view client, order::OrderId id, std::string_view client_order_id,
                          pb::Writer& out) const {
    const std::uint32_t number = ledger_.names().clients.find(client);
    if (id == 0 && number != 0) {
        const order::RequestId request = ledger_.find_request(number, client_order_id);
        if (request != 0 && ledger_.request(request).kind == order::RequestKind::new_order)
            id = ledger_.request(request).order;
    }
    if (!ledger_.has_order(id) || (!client.empty() && ledger_.order(id).client != number)) return false;
    std::array<char, 8> date;
    schema::Order shown = ledger_.shown(id, date);
    const ClOrdId cl_ord_id = cl_ord_id_of(ledger_.order(id).live_request);
    if (!shown.has_denial) shown.cl_ord_id = cl_ord_id.view();
    shown.encode(out);
    return true;
}

order::OrderId EngineQueries::orders(const OrderFilter& filter, pb::Writer& out) const {
    const order::LedgerNames& names = ledger_.names();
    const std::uint32_t client = names.clients.find(filter.client);
    const std::uint32_t instrument = names.instruments.find(filter.instrument);
    const std::uint32_t account = names.accounts.find(filter.account);
    std::size_t found = 0;
    order::OrderId id = ledger_.order_count();
    if (filter.before != 0 && filter.before <= id) id = filter.before - 1;
    for (; id != 0; --id) {
        const order::Order& order = ledger_.order(id);
        if (!filter.client.empty() && order.client != client) continue;
        if (filter.open_only && !order.open() && !order.held()) continue;
        if (!filter.instrument.empty() && (order.instrument != instrument || instrument == 0)) continue;
        if (!filter.account.empty() && (order.account != account || account == 0)) continue;
        if (found == filter.limit) return id + 1;
        std::array<char, 8> date;
        schema::Order shown = ledger_.shown(id, date);
        const ClOrdId cl_ord_id = cl_ord_id_of(order.live_request);
        if (!shown.has_denial) shown.cl_ord_id = cl_ord_id.view();
        append(out, schema::number::ListOrdersResponse::orders, shown);
        ++found;
    }
    return 0;
}

void EngineQueries::trading_states(pb::Writer& out) const {
    control_.states.for_each([&](risk::Level level, const risk::LevelState& state) {
        if (!state.trading_was_set) return;
        std::string text(risk::prefix_of(level.kind));
        text += level_name(level);
        schema::TradingStateChanged shown;
        shown.level = text;
        shown.state = state.trading;
        shown.reason = state.reason;
        shown.changed_by = state.changed_by;
        append(out, schema::number::ListTradingStatesResponse::states, shown);
    });
}

std::uint64_t EngineQueries::state_hash() const {
    Hash hash(7);
    hash.add(ledger_.state_hash()).add(ids_.prefix());
    for (const auto& vs : sessions_)
        if (vs->life != VenueSession::Life::gone)
            hash.add(vs->name).add(vs->protocol.state().next_in).add(vs->protocol.state().next_out);
    for (const SessionMemory& memory : memory_) hash.add(memory.enabled ? 1U : 0U).add(memory.day);
    control_.states.for_each([&](risk::Level level, const risk::LevelState& state) {
        if (state.trading_was_set)
            hash.add(static_cast<std::uint64_t>(level.kind))
                .add(level_name(level))
                .add(static_cast<std::uint64_t>(state.trading));
    });
    for (std::uint32_t number = 1; number < instruments_.size(); ++number)
        if (instruments_[number].reference_price) hash.add(number).add(*instruments_[number].reference_price);
    for (std::uint32_t number = 1; number < instruments_.size(); ++number)
        if (instruments_[number].halted) hash.add(std::uint64_t{number} << 32);
    for (std::uint32_t number = 1; number < instruments_.size(); ++number)
        if (instruments_[number].references != risk::References{})
            hash.add(number).add(instruments_[number].references.hash());
    for (const auto& [pair, rate] : rates_)
        hash.add(pair.first)
            .add(pair.second)
            .add(rate.value)
            .add(rate.source)
            .add(static_cast<std::uint64_t>(rate.as_of_ns))
            .add(static_cast<std::uint64_t>(rate.set_ns))
            .add(rate.lsn);
    control_.groups.for_each([&](risk::Level member, std::uint32_t group) {
        const bool desk = member.kind == risk::LevelKind::account;
        hash.add(level_name(member)).add(desk ? desks_.name(group) : session_names_.name(group));
    });
    for (const auto& [level, state] : phases_)
        hash.add(std::uint64_t{level.first} << 32 | level.second)
            .add(static_cast<std::uint64_t>(state.phase))
            .add(state.reason)
            .add(state.changed_by);
    hash.add(limit_set_.state_hash()).add(control_.memory.state_hash()).add(overrides_.state_hash());
    return hash.value();
}

}  // namespace gw::engine
