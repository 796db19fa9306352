#include "engine/rehearsal.hpp"

#include <algorithm>
#include <array>

#include "engine/command_parts.hpp"
#include "journal/checkpoint_file.hpp"
#include "risk/actions.hpp"

namespace gw::engine {

using schema::DenialCode;

namespace {

// A denial by a check names its level; one of a session or of what is no order does not, or names the
// session.
bool is_of_checks(const schema::Denial& denial) {
    return !denial.level.empty() && !denial.level.starts_with("session:");
}

void take_denial(const schema::Denial& denial, Rehearsed& order) {
    order.effect = Effect::denied;
    order.denial = denial.code;
    order.limit_name = denial.limit_name;
    order.level = denial.level;
    order.observed = denial.observed;
    order.allowed = denial.allowed;
}

std::string text_of(Decimal value) {
    std::array<char, 32> text{};
    return {text.data(), value.format(text.data())};
}

template <class Event>
Rehearsed rehearsed(const Event& event, std::uint64_t lsn, std::int64_t time_ns) {
    Rehearsed order;
    order.lsn = lsn;
    order.time_ns = time_ns;
    order.order_id = event.order_id;
    order.client = event.client;
    order.client_order_id = event.client_order_id;
    order.account = event.account;
    order.strategy = event.strategy;
    order.instrument = event.instrument;
    order.side = event.side;
    order.quantity = event.quantity.value;
    order.price = event.price.value;
    return order;
}

// The same order, denied: it takes the same numbers, so that those of all later ones stay right.
schema::OrderDenied denied(const schema::OrderAccepted& event, const Rehearsed& order) {
    schema::OrderDenied instead;
    instead.order_id = event.order_id;
    instead.client_order_id = event.client_order_id;
    instead.client = event.client;
    instead.account = event.account;
    instead.strategy = event.strategy;
    instead.instrument = event.instrument;
    instead.venue = event.venue;
    instead.side = event.side;
    instead.order_type = event.order_type;
    instead.time_in_force = event.time_in_force;
    instead.quantity = event.quantity;
    instead.price = event.price;
    instead.request_id = event.request_id;
    instead.content_hash = event.content_hash;
    instead.has_denial = true;
    instead.denial.code = order.denial;
    instead.denial.limit_name = order.limit_name;
    instead.denial.level = order.level;
    instead.denial.observed = order.observed;
    instead.denial.allowed = order.allowed;
    return instead;
}

}  // namespace

Rehearsal::Rehearsal(const Settings& settings) : engine_(settings.sizes) {
    engine_.settings_ = settings;
    engine_.settings_.sessions.clear();  // nothing is sent
}

std::string Rehearsal::begin(journal::Reader* reader, journal::Visibility visibility) {
    std::string problem;
    if (reader != nullptr) {
        if (reader->oldest_lsn() > 1) {
            journal::Cursor cursor = reader->cursor(reader->oldest_lsn(), visibility);
            journal::CheckpointMark ignored;
            problem = engine_.take_checkpoint(reader->directory(), cursor, reader->oldest_lsn(), ignored);
        }
        cursor_ = std::make_unique<journal::Cursor>(
            reader->cursor(std::max(reader->oldest_lsn(), engine_.checkpoint_lsn_ + 1), visibility));
    }
    order::LedgerNames& names = engine_.ledger_.names();
    for (const ClientSettings& client : engine_.settings_.clients) names.clients.add(client.name);
    for (const InstrumentSettings& instrument : engine_.settings_.instruments) {
        const schema::InstrumentDefined event = Engine::defined(instrument);
        if (!engine_.is_defined_as(event)) engine_.apply(event, 0, 0);
    }
    for (const Engine::Grouping& grouping : engine_.configured_groups()) {
        schema::LevelGrouped event;
        event.member = grouping.member;
        event.group = grouping.group;
        if (!engine_.is_grouped_as(grouping)) engine_.apply(event, 0, 0);
    }
    engine_.take_configuration();
    return problem;
}

std::string Rehearsal::propose(std::string_view request, const std::vector<std::string>& removed,
                               bool alone) {
    const std::map<std::string, risk::Definition, std::less<>> before(
        engine_.limit_set_.definitions().begin(), engine_.limit_set_.definitions().end());
    std::vector<schema::LimitChange> changes;
    std::vector<std::string> names;
    pb::Reader in(request);
    while (in.next()) {
        if (in.field() != schema::number::SetLimitsRequest::limits) continue;
        schema::LimitChange& change = changes.emplace_back();
        change.has_after = change.after.decode(in.bytes());
        names.emplace_back(change.after.name);
    }
    if (std::string fault = engine_.fault_of_limits(request); !fault.empty()) return fault;
    const auto remove = [&](const std::string& name) {
        const auto found = before.find(name);
        if (found == before.end()) return;
        schema::LimitChange& change = changes.emplace_back();
        change.has_before = true;
        change.before = risk::shown(found->second);
    };
    for (const std::string& name : removed) remove(name);
    if (alone)
        for (const auto& [name, definition] : before)
            if (std::find(names.begin(), names.end(), name) == names.end()) remove(name);
    fixed_.insert(names.begin(), names.end());
    fixed_.insert(removed.begin(), removed.end());
    alone_ = alone_ || alone;
    for (std::size_t at = 0; at < changes.size();) {
        schema::LimitsChanged event;
        event.version = engine_.limit_set_.version() + 1;
        event.part = at == 0 ? 1 : 2;
        while (at < changes.size()) {
            schema::LimitChange* change = event.changes.add();
            if (change == nullptr) break;
            *change = changes[at++];
        }
        event.more = at < changes.size();
        engine_.apply(event, 0, 0);
    }
    return {};
}

bool Rehearsal::run(std::size_t records_max, std::vector<Rehearsed>& found, std::string& problem) {
    journal::Record record;
    for (std::size_t count = 0; count < records_max; ++count) {
        if (cursor_ == nullptr || !cursor_->next(record)) {
            if (cursor_ != nullptr && cursor_->error()) problem = cursor_->error().text;
            return false;
        }
        counts_.last_lsn = record.lsn;
        next_lsn_ = record.lsn + 1;
        if (record.kind != journal::Kind::event) continue;
        const bool known =
            visit_record(record.payload, [&](const auto& body, std::uint64_t lsn, std::int64_t time_ns) {
                take(body, lsn, time_ns, found);
            });
        if (known) {
            set_states(record.lsn, engine_.now_ns_, true);
            continue;
        }
        problem = "the event with lsn " + std::to_string(record.lsn) +
                  " is not known to this version; use the version that wrote the journal, or a newer one";
        return false;
    }
    return true;
}

template <class Body>
void Rehearsal::take(const Body& event, std::uint64_t lsn, std::int64_t time_ns,
                     std::vector<Rehearsed>& found) {
    engine_.now_ns_ = time_ns;
    if constexpr (std::is_same_v<Body, schema::OrderAccepted>) {
        take_accepted(event, lsn, time_ns, found);
    } else if constexpr (std::is_same_v<Body, schema::OrderDenied>) {
        take_denied(event, lsn, time_ns, found);
    } else if constexpr (std::is_same_v<Body, schema::ReplaceRequested>) {
        take_replace(event, lsn, time_ns, found);
    } else if constexpr (std::is_same_v<Body, schema::CancelRequested>) {
        if (dropped_.contains(event.order_id))
            return pass_over_request(event.client_request_id, event.order_id, false, event.request_id, lsn,
                                     time_ns);
        engine_.apply(event, lsn, time_ns);
    } else if constexpr (std::is_same_v<Body, schema::LimitsChanged>) {
        take_limits(event, lsn, time_ns);
    } else if constexpr (std::is_same_v<Body, schema::TradingStateChanged>) {
        take_state(event, lsn, time_ns);
    } else if constexpr (std::is_same_v<Body, schema::RequestDenied>) {
        engine_.apply(event, lsn, time_ns);  // it has a number of its own
    } else {
        if constexpr (requires { event.order_id; })
            if (dropped_.contains(event.order_id)) return;
        engine_.apply(event, lsn, time_ns);
    }
}

void Rehearsal::take_accepted(const schema::OrderAccepted& event, std::uint64_t lsn, std::int64_t time_ns,
                              std::vector<Rehearsed>& found) {
    const auto proposal = event.link_id == 0 ? proposal_of(event) : std::nullopt;
    if (!proposal) {
        ++counts_.unjudged;
        return engine_.apply(event, lsn, time_ns);
    }
    ++counts_.orders;
    Rehearsed order = rehearsed(event, lsn, time_ns);
    judge(*proposal, order, found);
    if (order.effect == Effect::denied) {
        dropped_.insert(event.order_id);
        engine_.apply(denied(event, order), lsn, time_ns);
    } else {
        engine_.apply(event, lsn, time_ns);
    }
    if (order.effect != Effect::passes) found.push_back(std::move(order));
}

void Rehearsal::take_denied(const schema::OrderDenied& event, std::uint64_t lsn, std::int64_t time_ns,
                            std::vector<Rehearsed>& found) {
    const auto proposal = is_of_checks(event.denial) ? proposal_of(event) : std::nullopt;
    if (proposal) {
        ++counts_.orders;
        Rehearsed order = rehearsed(event, lsn, time_ns);
        order.recorded = event.denial.code;
        order.recorded_limit = event.denial.limit_name;
        order.recorded_level = event.denial.level;
        judge(*proposal, order, found);
        found.push_back(std::move(order));
    } else {
        ++counts_.unjudged;
    }
    engine_.apply(event, lsn, time_ns);
}

void Rehearsal::take_replace(const schema::ReplaceRequested& event, std::uint64_t lsn, std::int64_t time_ns,
                             std::vector<Rehearsed>& found) {
    if (dropped_.contains(event.order_id))
        return pass_over_request(event.client_request_id, event.order_id, true, event.request_id, lsn,
                                 time_ns);
    const order::Ledger& ledger = engine_.ledger_;
    if (event.link_id != 0 || !ledger.has_order(event.order_id)) {
        ++counts_.unjudged;
        return engine_.apply(event, lsn, time_ns);
    }
    const order::Order& order = ledger.order(event.order_id);
    ++counts_.replaces;
    Rehearsed one;
    one.lsn = lsn;
    one.time_ns = time_ns;
    one.order_id = event.order_id;
    one.replace = true;
    one.client = ledger.names().clients.name(order.client);
    one.client_order_id = event.client_request_id;
    one.account = ledger.names().accounts.name(order.account);
    one.strategy = ledger.names().strategies.name(order.strategy);
    one.instrument = ledger.names().instruments.name(order.instrument);
    one.side = order.side;
    one.quantity = event.quantity.value;
    one.price = event.price.value;
    risk::Proposal proposal = engine_.proposal_of(order, event.quantity.value, event.price.value,
                                                  event.has_terms ? event.terms.stop_price.value : Decimal{});
    proposal.sends = risk::Sends::replace;
    judge(proposal, one, found);
    if (one.effect != Effect::passes) found.push_back(std::move(one));
    engine_.apply(event, lsn, time_ns);
}

// The journal's own changes, without those of limits that are proposed.
void Rehearsal::take_limits(const schema::LimitsChanged& event, std::uint64_t lsn, std::int64_t time_ns) {
    if (fixed_.empty() && !alone_) return engine_.apply(event, lsn, time_ns);
    schema::LimitsChanged kept;
    kept.version = event.version;
    kept.part = event.part;
    kept.more = event.more;
    for (const schema::LimitChange& change : event.changes) {
        const std::string_view name = change.has_after ? change.after.name : change.before.name;
        if (!alone_ && !fixed_.contains(name)) *kept.changes.add() = change;
    }
    engine_.apply(kept, lsn, time_ns);
}

// A request of an order that is not there: its number is used up all the same.
void Rehearsal::pass_over_request(std::string_view client_request_id, order::OrderId id, bool replace,
                                  order::RequestId request, std::uint64_t lsn, std::int64_t time_ns) {
    ++counts_.unjudged;
    schema::RequestDenied event;
    event.order_id = id;
    event.client_request_id = client_request_id;
    event.replace = replace;
    event.request_id = request;
    event.has_denial = true;
    event.denial.code = DenialCode::order_not_open;
    const order::Ledger& ledger = engine_.ledger_;
    if (ledger.has_order(id)) event.client = ledger.names().clients.name(ledger.order(id).client);
    engine_.apply(event, lsn, time_ns);
}

template <class Event>
std::optional<risk::Proposal> Rehearsal::proposal_of(const Event& event) const {
    const order::LedgerNames& names = engine_.ledger_.names();
    risk::Proposal proposal;
    proposal.client = names.clients.find(event.client);
    proposal.account = names.accounts.find(event.account);
    proposal.strategy = names.strategies.find(event.strategy);
    proposal.instrument = names.instruments.find(event.instrument);
    proposal.side = event.side;
    proposal.type = event.order_type;
    proposal.time_in_force = event.time_in_force;
    proposal.quantity = event.quantity.value;
    proposal.price = event.price.value;
    proposal.may_resize = true;  // a denial does not say whether some of it was to be shown
    if constexpr (requires { event.has_terms; })
        if (event.has_terms) {
            proposal.stop_price = event.terms.stop_price.value;
            proposal.may_resize =
                event.terms.display_quantity.value.is_zero() && event.terms.min_quantity.value.is_zero();
        }
    const bool known = proposal.client != 0 && proposal.account != 0 &&
                       proposal.instrument < engine_.instruments_.size() &&
                       engine_.instruments_[proposal.instrument].configured;
    if (!known) return std::nullopt;
    proposal.venue = engine_.instruments_[proposal.instrument].venue;
    if constexpr (requires { event.requested_quantity; })  // a limit has reduced it
        if (!event.requested_quantity.value.is_zero()) proposal.quantity = event.requested_quantity.value;
    return proposal;
}

void Rehearsal::judge(risk::Proposal proposal, Rehearsed& order, std::vector<Rehearsed>& found) {
    proposal.now_ns = engine_.now_ns_;
    risk::Decision decision =
        risk::decide(engine_.control_, engine_.instruments_[proposal.instrument], proposal);
    // As when it came: an override of this order, or of this replace.
    if (const bool hindered = !decision.approved() || decision.resized_by().has_value(); hindered)
        (void)engine_.waive(order.client, order.client_order_id, proposal, decision);
    if (!decision.approved()) {
        DenialText denial;
        engine_.describe(decision.refusal(), denial);
        take_denial(denial.denial(), order);
        enforced_ = denial.enforced();
        return;
    }
    if (const auto by = decision.resized_by()) {
        const risk::Definition& limit = engine_.control_.book.entry(*by).definition;
        order.effect = Effect::resized;
        order.denial = DenialCode::unspecified;
        order.limit_name = limit.name;
        order.level = risk::levels_text(limit);
        order.sent = decision.approval().terms().quantity;
    }
    add_warnings(decision, order, found);
}

void Rehearsal::add_warnings(const risk::Decision& decision, const Rehearsed& order,
                             std::vector<Rehearsed>& found) {
    for (const risk::Warning& warning : decision.warnings()) {
        const risk::Definition& limit = engine_.control_.book.entry(warning.definition).definition;
        Rehearsed& one = found.emplace_back(order);
        one.effect = Effect::warned;
        one.denial = warning.code;
        one.limit_name = limit.name;
        one.level = risk::levels_text(limit);
        if (warning.has_observed) one.observed = text_of(warning.observed);
        if (warning.has_allowed) one.allowed = text_of(warning.allowed);
    }
}

void Rehearsal::take_state(const schema::TradingStateChanged& event, std::uint64_t lsn,
                           std::int64_t time_ns) {
    const std::string_view by = event.changed_by;
    const bool of_limit = by.starts_with(DenialText::by_limit);
    if (of_limit && is_proposed(by.substr(DenialText::by_limit.size()))) return;
    engine_.apply(event, lsn, time_ns);
}

void Rehearsal::set_states(std::uint64_t lsn, std::int64_t time_ns, bool replayed) {
    const auto set = [&](const DenialText::Enforced& state) {
        if (state.state == schema::TradingState::active || (replayed && !is_proposed(state.limit))) return;
        if (const auto event = engine_.state_change(state)) engine_.apply(*event, lsn, time_ns);
    };
    set(enforced_);
    enforced_ = {};
    risk::Memory& memory = engine_.control_.memory;
    if (!memory.is_due()) return;
    memory.for_each_due([&](const risk::Rule& rule) {
        risk::Breach ignored;
        if (!engine_.is_broken(rule, ignored)) return;
        const risk::Definition& limit = memory.limit(rule.tracked);
        set({risk::state_of(risk::action_of(limit)), limit.level, limit.name});
    });
}

std::optional<Rehearsed> Rehearsal::order(std::string_view client, std::string_view bytes,
                                          std::int64_t now_ns, std::vector<Rehearsed>& warned) {
    schema::NewOrder command;
    const std::uint32_t number = engine_.client_number(client);
    if (number == 0 || !command.decode(bytes) || !is_clean(command)) return std::nullopt;
    if (command.time_in_force == schema::TimeInForce::unspecified)
        command.time_in_force = schema::TimeInForce::day;
    engine_.now_ns_ = now_ns;
    if (engine_.ids_.prefix().empty()) engine_.ids_.set_prefix("REHEARSAL");
    ++counts_.orders;
    Engine::Route route;
    route.session = 0;
    DenialText denial;
    if (engine_.check_id(command.client_order_id, denial) &&
        engine_.ledger_.find_request(number, command.client_order_id) != 0)
        denial.refuse(DenialCode::client_request_id_reused, "client_request_id")
            .observed(command.client_order_id);
    const order::Ledger& ledger = engine_.ledger_;
    if (ledger.next_request_id() == 0 || ledger.next_order_id() == 0 || !ledger.has_room_for_position())
        denial.refuse(DenialCode::capacity_exhausted, "orders_max");
    // Every order that is valid ends at the session, for there is none here.
    if (!denial.refused() && !engine_.check_new_order(command, number, 0, route, denial) &&
        route.session == Engine::no_session)
        denial.refuse(DenialCode::unspecified, {});
    schema::OrderAccepted event = engine_.accepted(command, number, route);
    event.order_id = engine_.ledger_.next_order_id();
    const ClOrdId cl_ord_id = engine_.ids_.text(engine_.ledger_.next_request_id());
    event.cl_ord_id = cl_ord_id.view();
    event.request_id = engine_.ledger_.next_request_id();
    event.content_hash = content_hash(command);
    Rehearsed order = rehearsed(event, 0, now_ns);
    if (denial.refused()) {
        take_denial(denial.denial(), order);
        return order;
    }
    judge(engine_.proposal_of(command, number, route, true), order, warned);
    const std::uint64_t lsn = next_lsn_++;
    if (order.effect == Effect::denied) {
        engine_.apply(denied(event, order), lsn, now_ns);
    } else {
        if (order.effect == Effect::resized) {
            event.requested_quantity = event.quantity;
            event.quantity = order.sent;
        }
        engine_.apply(event, lsn, now_ns);
    }
    set_states(lsn, now_ns, false);
    return order;
}

}  // namespace gw::engine
