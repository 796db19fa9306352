// Overrides of one order: granted and ended by people, used up by the order.

#include "base/utf8.hpp"
#include "engine/engine.hpp"

namespace gw::engine {

using schema::LimitKind;

std::string Engine::fault_of_override(const schema::OrderOverrideGranted& event) const {
    const auto quoted = [](std::string_view text) { return "'" + std::string(cut_text(text, 64)) + "'"; };
    const order::LedgerNames& names = ledger_.names();
    const schema::OrderOverrideTerms& terms = event.order;
    const std::uint32_t client = client_number(terms.client);
    if (client == 0) return "client: " + quoted(terms.client) + " is not configured";
    if (DenialText denial; !check_id(terms.client_order_id, denial) || !is_clean_text(terms.client_order_id))
        return "client_order_id: expected the id that the order or replace will have, 1 to 40 bytes of text";
    if (ledger_.find_request(client, terms.client_order_id) != 0)
        return "client_order_id: " + quoted(terms.client_order_id) + " is of a request that was made already";
    const std::uint32_t instrument = names.instruments.find(terms.instrument);
    if (instrument >= instruments_.size() || !instruments_[instrument].configured)
        return "instrument: " + quoted(terms.instrument) + " is not configured";
    if (!is_known(terms.side) || terms.side == schema::Side::unspecified)
        return "side: expected BUY, SELL or SELL_SHORT";
    if (!terms.quantity.ok() || !terms.quantity.value.is_positive())
        return "quantity: expected the largest that the order may have, a decimal number above zero, was " +
               quoted(terms.quantity.text);
    if (terms.limits.size() == 0) return "limits: expected the names of 1 to 8 limits, was nothing";
    for (const schema::WaivedLimit& waived : terms.limits) {
        bool found = false;
        for (std::uint32_t at = 0; at < control_.book.size(); ++at) {
            const risk::Definition& limit = control_.book.entry(at).definition;
            if (limit.name != waived.name) continue;
            found = true;
            if (!risk::may_be_waived(limit.kind))
                return "limits: " + quoted(waived.name) + " is of kind " + std::string(name_of(limit.kind)) +
                       ", which no override waives; change the limit";
        }
        if (!found) return "limits: " + quoted(waived.name) + " is not in force";
    }
    if (event.override_id == 0 || overrides_.with_id(event.override_id) != nullptr)
        return "override_id: expected a number that no override has";
    if (event.expires_at_ns <= now_ns_) return "expires_at: expected a time to come";
    if (overrides_.find(terms.client, terms.client_order_id, now_ns_) != nullptr)
        return "client_order_id: " + quoted(terms.client_order_id) +
               " has an override already; end that first";
    if (overrides_.unexpired(now_ns_) >= risk::order_overrides_max)
        return "overrides: at most " + std::to_string(risk::order_overrides_max) +
               " can wait for their orders; end some";
    for (const std::string_view text : {event.granted_by, event.approved_by, event.reason})
        if (!is_clean_text(text)) return "reason: expected UTF-8 without control characters";
    if (event.reason.empty()) return "reason: expected why, was nothing";
    return {};
}

Engine::ControlResult Engine::grant_order_override(std::string_view granted, bool validate_only,
                                                   std::int64_t now_ns, std::string& fault) {
    now_ns_ = now_ns;
    schema::OrderOverrideGranted event;
    fault = event.decode(granted) ? fault_of_override(event) : "expected 1 to 8 limits, was no such override";
    if (!fault.empty() || validate_only) return {true, 0, 0};
    event.granted_by = cut_text(event.granted_by, event_text_max);
    event.approved_by = cut_text(event.approved_by, event_text_max);
    event.reason = cut_text(event.reason, event_text_max);
    return {true, commit_event(event), 0};
}

Engine::ControlResult Engine::end_order_override(std::uint64_t id, std::string_view ended_by,
                                                 std::string_view reason, std::int64_t now_ns) {
    now_ns_ = now_ns;
    const risk::OrderOverride* known = overrides_.with_id(id);
    if (known == nullptr || known->order != 0) return {};
    schema::OrderOverrideEnded event;
    event.override_id = id;
    event.ended_by = cut_text(ended_by, event_text_max);
    event.reason = cut_text(reason, event_text_max);
    return {true, commit_event(event), 0};
}

// Without the limits that an override of this order waives, where that lets it pass.
std::uint64_t EngineOrders::waive(std::string_view client, std::string_view client_order_id,
                                  const risk::Proposal& proposal, risk::Decision& decision) const {
    const risk::OrderOverride* known = overrides_.find(client, client_order_id, now_ns_);
    if (known == nullptr) return 0;
    schema::OrderOverrideGranted event;
    const std::string_view instrument = ledger_.names().instruments.name(proposal.instrument);
    if (!event.decode(known->event) ||
        !risk::is_for(event.order, instrument, proposal.side, proposal.quantity))
        return 0;
    const risk::Decision waived =
        risk::decide(control_, instruments_[proposal.instrument], proposal, &event.order.limits);
    // At its full quantity another limit may deny what passes when it is reduced.
    if (!waived.approved() && decision.approved()) return 0;
    decision = waived;
    return decision.approved() ? known->id : 0;
}

// The same for one that was accepted by an override, and waits.
risk::Decision EngineOrders::decide_waiting(order::OrderId id, const risk::Proposal& proposal) const {
    const risk::Instrument& instrument = instruments_[proposal.instrument];
    const risk::OrderOverride* used = overrides_.empty() ? nullptr : overrides_.of_order(id);
    schema::OrderOverrideGranted event;
    if (used != nullptr && event.decode(used->event))
        return risk::decide(control_, instrument, proposal, &event.order.limits);
    return risk::decide(control_, instrument, proposal);
}

void EngineQueries::order_overrides(pb::Writer& out) const {
    for (const risk::OrderOverride& each : overrides_.all())
        if (each.order == 0) out.bytes(schema::number::ListLimitChangesResponse::order_overrides, each.event);
}

}  // namespace gw::engine
