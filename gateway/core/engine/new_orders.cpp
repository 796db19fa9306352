// New orders: the checks on a command, and what it becomes.

#include <algorithm>

#include "base/hash.hpp"
#include "engine/command_parts.hpp"
#include "engine/engine_orders.hpp"
#include "engine/step_commit.hpp"

namespace gw::engine {

using schema::DenialCode;
using schema::OrderType;

bool EngineOrders::check_new_order(const schema::NewOrder& command, std::uint32_t client,
                                   std::int64_t deadline_ns, Route& route, DenialText& denial) const {
    const auto refuse = [&denial](DenialCode code, std::string_view name, std::string_view observed,
                                  std::string_view allowed) {
        denial.refuse(code, name).observed(observed).allowed(allowed);
        return false;
    };
    const order::LedgerNames& names = ledger_.names();
    if (deadline_ns != 0 && now_ns_ > deadline_ns)
        return refuse(DenialCode::deadline_exceeded, "deadline", {}, {});
    route.account = names.accounts.find(command.account);
    const std::vector<bool>& accounts = clients_[client].accounts;
    if (route.account >= accounts.size() || !accounts[route.account])
        return refuse(DenialCode::unknown_account, "account", command.account,
                      "an account that this client may trade");
    if (command.strategy.empty() || command.strategy.size() > order::strategy_size_max)
        return refuse(DenialCode::invalid_strategy, "strategy", command.strategy, "1 to 32 bytes of text");
    route.instrument = names.instruments.find(command.instrument);
    if (route.instrument >= instruments_.size() || !instruments_[route.instrument].configured)
        return refuse(DenialCode::unknown_instrument, "instrument", command.instrument,
                      "a configured instrument");
    const risk::Instrument& instrument = instruments_[route.instrument];
    route.venue = instrument.venue;
    if (!command.venue.empty() && names.venues.find(command.venue) != route.venue)
        return refuse(DenialCode::unknown_venue, "venue", command.venue, names.venues.name(route.venue));
    if (command.side == schema::Side::unspecified || !is_known(command.side))
        return refuse(DenialCode::invalid_side, "side", {}, "BUY, SELL or SELL_SHORT");
    if (!check_type(command, route, denial)) return false;
    if (!check_positive(command.quantity, DenialCode::invalid_quantity, "quantity", denial)) return false;
    if (!check_prices(command, route, denial)) return false;
    route.session = session_of_venue(route.venue);
    if (route.session == no_session)
        return refuse(DenialCode::session_not_ready, "session", {}, "a venue with a session");
    return check_session(route.session, order::RequestKind::new_order, denial);
}

void EngineOrders::take_new_order(std::uint32_t client, std::string_view bytes, std::int64_t deadline_ns,
                                  pb::Writer& out) {
    DenialText denial;
    schema::NewOrder command;
    const bool decoded = command.decode(bytes);
    if (decoded) ledger_.prefetch_request(client, command.client_order_id);
    if (!decoded || !is_clean(command)) {
        denial.refuse(DenialCode::malformed_command, "new_order")
            .allowed("a valid NewOrder of clean UTF-8 text");
        return answer_unrecorded({}, 0, denial.denial(), out);
    }
    if (!check_id(command.client_order_id, denial))
        return answer_unrecorded(command.client_order_id, 0, denial.denial(), out);
    const std::uint64_t hash = content_hash(command);
    // Decided ahead of the question whether the id is a known one, which changes nothing: the place where the
    // answer stands is on its way from memory meanwhile.
    Route route;
    risk::Decision decision;
    const bool approved = check_order(command, client, deadline_ns, true, route, decision, denial);
    if (answer_repeated(client, command.client_order_id, hash, out)) return;
    DenialText service;
    if (!check_service(true, service))
        return answer_unrecorded(command.client_order_id, 0, service.denial(), out);
    if (!approved) {
        deny_order(command, client, hash, denial, out);
        if (decision.refusal().cancels_resting) (void)clear_crossing(route.proposal);
        return;
    }
    if (decision.cancels_resting() && !clear_crossing(route.proposal)) {
        denial.refuse(DenialCode::self_trade, "self_trade").allowed("once the resting order can be canceled");
        return deny_order(command, client, hash, denial, out);
    }
    accept_order(command, client, route, decision, hash, deadline_ns, out);
}

// What the event says of the command; the ids are the caller's.
schema::OrderAccepted EngineOrders::accepted(const schema::NewOrder& command, std::uint32_t client,
                                             const Route& route) const {
    schema::OrderAccepted event;
    event.client_order_id = command.client_order_id;
    event.client = ledger_.names().clients.name(client);
    event.account = command.account;
    event.strategy = command.strategy;
    event.instrument = command.instrument;
    event.venue = ledger_.names().venues.name(route.venue);
    event.side = command.side;
    event.order_type = command.order_type;
    event.time_in_force = command.time_in_force;
    event.quantity = command.quantity.value;
    if (command.price.present())
        event.price = command.price.value;
    else
        add_reference(event, command.terms.stop_price.value, route.instrument);
    event.has_terms = command.has_terms;
    if (command.has_terms) event.terms = command.terms;
    return event;
}

risk::Proposal EngineOrders::proposal_of(const schema::NewOrder& command, std::uint32_t client,
                                         const Route& route, bool may_resize) const {
    risk::Proposal proposal{client,
                            route.account,
                            ledger_.names().strategies.find(command.strategy),
                            route.instrument,
                            route.venue,
                            command.side,
                            command.order_type,
                            command.quantity.value,
                            command.price.value,
                            command.terms.stop_price.value};
    proposal.now_ns = now_ns_;
    proposal.time_in_force = command.time_in_force;
    // What is shown of it, and what has to trade at least, would not go with another quantity.
    proposal.may_resize =
        may_resize && !command.terms.display_quantity.present() && !command.terms.min_quantity.present();
    return proposal;
}

// Fills in the route on the way. False where the order is refused.
bool EngineOrders::check_order(schema::NewOrder& command, std::uint32_t client, std::int64_t deadline_ns,
                               bool may_resize, Route& route, risk::Decision& decision,
                               DenialText& denial) const {
    if (command.time_in_force == schema::TimeInForce::unspecified)
        command.time_in_force = schema::TimeInForce::day;
    if (!check_new_order(command, client, deadline_ns, route, denial)) return false;
    route.proposal = proposal_of(command, client, route, may_resize);
    risk::decide_into(decision, control_, instruments_[route.instrument], route.proposal);
    const bool hindered = !decision.approved() || decision.resized_by().has_value();
    if (hindered && may_resize && !overrides_.empty()) [[unlikely]]
        route.override_id =
            waive(ledger_.names().clients.name(client), command.client_order_id, route.proposal, decision);
    if (decision.approved()) return true;
    describe(decision.refusal(), denial);
    // Orders that hang together are decided about again when they are released: long after their override.
    if (!may_resize && !overrides_.empty()) [[unlikely]] {
        risk::Decision alone = decision;
        if (waive(ledger_.names().clients.name(client), command.client_order_id, route.proposal, alone) != 0)
            denial.refuse(DenialCode::override_not_for_linked, denial.denial().limit_name);
    }
    return false;
}

void EngineOrders::accept_order(const schema::NewOrder& command, std::uint32_t client, const Route& route,
                                const risk::Decision& decision, std::uint64_t hash, std::int64_t deadline_ns,
                                pb::Writer& out) {
    const risk::Approval& approval = decision.approval();
    VenueSession& vs = *sessions_[route.session];
    const ClOrdId cl_ord_id = ids_.text(ledger_.next_request_id());
    schema::OrderAccepted event = accepted(command, client, route);
    event.order_id = ledger_.next_order_id();
    event.cl_ord_id = cl_ord_id.view();
    event.request_id = ledger_.next_request_id();
    event.content_hash = hash;
    event.override_id = route.override_id;
    Resized resized;
    if (const auto by = decision.resized_by(); by.has_value()) [[unlikely]] {
        resized = {command.quantity.value, approval.terms().quantity};
        event.quantity = resized.sent;
        event.requested_quantity = resized.requested;
        event.resized_by = control_.book.entry(*by).definition.name;
    }

    WireOrder wire{};
    wire.cl_ord_id = event.cl_ord_id;
    wire.account = event.account;
    wire.symbol = event.instrument;
    wire.side = event.side;
    wire.type = event.order_type;
    wire.time_in_force = event.time_in_force;
    wire.quantity = approval.terms().quantity;
    wire.price = command.price.value;
    wire.profile = &profile_of(route.venue);
    if (command.has_terms) [[unlikely]]
        wire.terms = &(terms_ = order::terms_of(command.terms));
    wire.now_ns = now_ns_;

    const ThrottleSettings& throttle = vs.throttle.settings();
    event.waiting =
        throttle.over == OverLimit::wait && (!vs.waiting.empty() || !vs.throttle.has_room(now_ns_, false));
    std::uint64_t lsn = 0;
    bool done = false;
    if (event.waiting) [[unlikely]] {
        log_.begin(now_ns_);
        lsn = log_.event(event, client);
        append_warnings(decision, event.order_id, client);
        done = log_.commit();
        if (done) {
            apply(event, lsn, now_ns_);
            const std::int64_t until = now_ns_ + throttle.wait_max_ns;
            vs.waiting.push({event.order_id, deadline_ns == 0 ? until : std::min(until, deadline_ns)});
            began_waiting_ = true;
        }
    } else {
        vs.protocol.begin(step_);
        fix::Encoder message = vs.protocol.begin_message("D", now_ns_, step_);
        write_new_order(message, wire, vs.dialect, approval);
        done = vs.protocol.end_message(message, step_) &&
               commit_step(
                   route.session,
                   [&] {
                       lsn = log_.event(event, client);
                       append_warnings(decision, event.order_id, client);
                   },
                   [&] { apply(event, lsn, now_ns_); });
    }
    if (!done) {
        DenialText denial;
        denial.refuse(DenialCode::journal_unavailable, "journal");
        return answer_unrecorded(command.client_order_id, 0, denial.denial(), out);
    }
    ++counters_.orders_accepted;
    answer_sent(command.client_order_id, event.order_id, cl_ord_id, lsn, out, resized);
}

void EngineOrders::deny_order(const schema::NewOrder& command, std::uint32_t client, std::uint64_t hash,
                              const DenialText& denial, pb::Writer& out) {
    if (!denial.is_recorded()) return answer_unrecorded(command.client_order_id, 0, denial.denial(), out);
    schema::OrderDenied event;
    event.order_id = ledger_.next_order_id();
    event.client_order_id = command.client_order_id;
    event.client = ledger_.names().clients.name(client);
    event.account = cut(command.account);
    event.strategy = cut(command.strategy);
    event.instrument = cut(command.instrument);
    event.venue = cut(command.venue);
    event.side = is_known(command.side) ? command.side : schema::Side::unspecified;
    event.order_type = is_known(command.order_type) ? command.order_type : OrderType::unspecified;
    event.time_in_force =
        is_known(command.time_in_force) ? command.time_in_force : schema::TimeInForce::unspecified;
    if (command.quantity.ok()) event.quantity = command.quantity.value;
    if (command.price.ok()) event.price = command.price.value;
    event.request_id = ledger_.next_request_id();
    event.content_hash = hash;
    event.has_denial = true;
    event.denial = denial.denial();
    log_.begin(now_ns_);
    const std::uint64_t lsn = log_.event(event, client);
    const NewState state = append_state(denial.enforced());
    if (!log_.commit()) {
        note_not_set(state);
        return answer_unrecorded(command.client_order_id, 0, denial.denial(), out);
    }
    apply(event, lsn, now_ns_);
    apply_state(state);
    answer_denied(command.client_order_id, event.order_id, denial.denial(), lsn, out);
}

}  // namespace gw::engine
