// What a reader of events may see, and what it asked for.

#include "net/event_view.hpp"

#include <algorithm>

namespace gw::net {

namespace {

bool holds(const std::vector<std::string>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

// Names that the gateway itself gives to what is nobody's: "(unknown)", "(external)". No configured name
// begins like this.
bool is_nobodys(std::string_view name) {
    return name.empty() || name.front() == '(';
}

constexpr std::string_view shared_levels[] = {"firm", "instrument:", "venue:", "session:"};

// Events that name their order in the first field, and are judged by it alone.
template <std::uint32_t Kind, std::uint32_t OrderField>
constexpr std::uint32_t first_is_order() {
    static_assert(OrderField == 1);
    return Kind;
}
namespace number = schema::number;
constexpr std::uint32_t of_orders[] = {
    first_is_order<number::Event::order_accepted, number::OrderAccepted::order_id>(),
    first_is_order<number::Event::replace_requested, number::ReplaceRequested::order_id>(),
    first_is_order<number::Event::cancel_requested, number::CancelRequested::order_id>(),
    first_is_order<number::Event::execution_reported, number::ExecutionReported::order_id>(),
    first_is_order<number::Event::request_rejected, number::RequestRejected::order_id>(),
    first_is_order<number::Event::order_uncertain, number::OrderUncertain::order_id>(),
    first_is_order<number::Event::order_not_sent, number::OrderNotSent::order_id>(),
    first_is_order<number::Event::order_released, number::OrderReleased::order_id>(),
    first_is_order<number::Event::order_resolved, number::OrderResolved::order_id>(),
    first_is_order<number::Event::external_order_adopted, number::ExternalOrderAdopted::order_id>(),
    first_is_order<number::Event::held_order_ended, number::HeldOrderEnded::order_id>(),
    first_is_order<number::Event::cancel_promise_broken, number::CancelPromiseBroken::order_id>(),
};

// The order that an event of these names; 0 for other events.
order::OrderId order_of(std::uint32_t kind, std::string_view bytes) {
    if (std::find(std::begin(of_orders), std::end(of_orders), kind) == std::end(of_orders)) return 0;
    pb::Reader body(bytes);
    return body.next() && body.field() == 1 ? body.varint() : 0;
}

}  // namespace

EventView::EventView(Runtime& runtime, EventFilter filter)
    : runtime_(&runtime),
      filter_(std::move(filter)),
      any_kind_(filter_.kinds.empty()),
      asks_for_places_(!filter_.in_accounts.empty() || !filter_.in_strategies.empty() ||
                       !filter_.in_instruments.empty()) {
    for (const std::uint32_t kind : filter_.kinds)
        if (kind < event_kinds_max) kinds_.set(kind);
}

// Clients and sessions may get their numbers later than the view is made.
void EventView::find_numbers() {
    const bool found = (filter_.client.empty() || client_ != 0) &&
                       (filter_.of_client.empty() || of_client_ != 0) &&
                       (filter_.session.empty() || session_ != 0);
    if (found) return;
    runtime_->with_engine([this](engine::Engine& engine, std::int64_t) {
        client_ = engine.client_number(filter_.client);
        of_client_ = engine.client_number(filter_.of_client);
        session_ = engine.session_number(filter_.session);
    });
}

bool EventView::wants(const journal::Record& record) {
    if (record.kind != journal::Kind::event || !reaches(record)) return false;
    if (filter_.everything && any_kind_ && !asks_for_places_ && filter_.order_id == 0) return true;
    const Body body = body_of(record.payload);
    if (!any_kind_ && (body.kind >= event_kinds_max || !kinds_[body.kind])) return false;
    if (!filter_.exec_types.empty() && !is_of_type(body)) return false;
    return wants_body(record, body);
}

// By the record's header alone.
bool EventView::reaches(const journal::Record& record) const {
    if (!filter_.of_client.empty() && record.client != 0 && record.client != of_client_) return false;
    if (!filter_.session.empty() && (record.session != session_ || session_ == 0)) return false;
    if (filter_.from_ns != 0 && record.time_ns < filter_.from_ns) return false;
    if (filter_.before_ns != 0 && record.time_ns >= filter_.before_ns) return false;
    if (filter_.everything || filter_.every_client) return true;
    return (record.client == client_ && client_ != 0) || (record.flags & engine::flag_public) != 0;
}

EventView::Body EventView::body_of(std::string_view payload) {
    pb::Reader element(payload);
    if (!element.next()) return {};
    pb::Reader event(element.bytes());
    Body body;
    while (event.next())
        if (event.field() != schema::number::Event::lsn && event.field() != schema::number::Event::time)
            body = {event.field(), event.bytes()};
    return body;
}

bool EventView::is_of_type(const Body& body) const {
    schema::ExecutionReported report;
    if (body.kind != number::Event::execution_reported || !report.decode(body.bytes)) return false;
    const auto type = static_cast<std::uint32_t>(report.exec_type);
    return std::find(filter_.exec_types.begin(), filter_.exec_types.end(), type) != filter_.exec_types.end();
}

bool EventView::wants_body(const journal::Record& record, const Body& body) {
    const bool own = record.client == client_ && client_ != 0;
    if (!filter_.of_client.empty() && record.client == 0 && !is_by(subject_of(body).by)) return false;
    if (const order::OrderId id = order_of(body.kind, body.bytes)) {
        if (filter_.order_id != 0 && id != filter_.order_id) return false;
        if (const auto verdict = verdict_on(id)) return *verdict;
    }
    const Subject subject = subject_of(body);
    if (filter_.order_id != 0 && subject.order != filter_.order_id) return false;
    if (subject.refusal && own && !asks_for_places_) return true;
    if (subject.order != 0 && !subject.has_place) {
        // An order that is not held any more: its own client may read on unless rights or questions need
        // more.
        const auto verdict = verdict_on(subject.order);
        return verdict ? *verdict : own && filter_.strategies.empty() && !asks_for_places_;
    }
    return wants_subject(subject, own);
}

// "CLIENT" or "CLIENT/PERSON".
bool EventView::is_by(std::string_view by) const {
    const std::string_view client = filter_.of_client;
    return by.starts_with(client) && (by.size() == client.size() || by[client.size()] == '/');
}

bool EventView::wants_subject(const Subject& subject, bool own) {
    if (!subject.level.empty())
        return (filter_.everything || may_see_level(subject.level)) && !asks_for_places_;
    // What a client asked for may name anything of its own.
    if (subject.is_call && !filter_.everything && !subject.by.empty() && !holds(filter_.clients, subject.by))
        return false;
    if (subject.link != 0 && !subject.has_place) return verdict_on(first_order(subject.link)).value_or(false);
    if (!subject.has_place)
        return !asks_for_places_ || (!subject.instrument.empty() && asks_for({}, {}, subject.instrument));
    const bool may = (subject.refusal && own) || may_see(subject.account, subject.strategy);
    return may && asks_for(subject.account, subject.strategy, subject.instrument);
}

order::OrderId EventView::first_order(order::LinkId id) {
    return runtime_->with_engine([id](engine::Engine& engine, std::int64_t) {
        return id <= engine.ledger().link_count() ? engine.ledger().link(id).legs[0].order : 0;
    });
}

// Empty where the order is not held here any more.
std::optional<bool> EventView::verdict_on(order::OrderId id) {
    std::uint64_t& kept = verdicts_[id % verdicts_kept];
    if (id != 0 && kept >> 1 == id) return (kept & 1) != 0;
    const auto wanted =
        runtime_->with_engine([&](engine::Engine& engine, std::int64_t) -> std::optional<bool> {
            if (!engine.ledger().has_order(id)) return std::nullopt;
            return wants_order(engine, id);
        });
    if (wanted) kept = id << 1 | (*wanted ? 1 : 0);
    return wanted;
}

bool EventView::wants_order(const engine::Engine& engine, order::OrderId id) const {
    const order::Ledger& ledger = engine.ledger();
    const order::Order& order = ledger.order(id);
    const order::LedgerNames& names = ledger.names();
    const std::string_view account = names.accounts.name(order.account);
    const std::string_view strategy = names.strategies.name(order.strategy);
    const bool own = !filter_.client.empty() && names.clients.name(order.client) == filter_.client;
    if (!filter_.everything && !filter_.every_client && !own) return false;
    if (!filter_.of_client.empty() && names.clients.name(order.client) != filter_.of_client) return false;
    // A denied order is in no account: what it named was only asked for.
    const bool denied = order.execution == order::Execution::denied;
    const bool may = (own && denied) || may_see(account, strategy);
    return may && asks_for(account, strategy, names.instruments.name(order.instrument));
}

bool EventView::may_see(std::string_view account, std::string_view strategy) const {
    if (filter_.everything) return true;
    const auto allowed = [this](const std::vector<std::string>& names, std::string_view name) {
        return holds(names, name) || (filter_.every_client && is_nobodys(name));
    };
    return allowed(filter_.accounts, account) &&
           (filter_.strategies.empty() || allowed(filter_.strategies, strategy));
}

// Levels that are all clients' are seen by all. One of a kind that is not known here is seen by whoever may
// set it.
bool EventView::may_see_level(std::string_view level) const {
    const std::string_view name = level.substr(std::min(level.find(':'), level.size() - 1) + 1);
    if (level.starts_with("account:")) return holds(filter_.accounts, name);
    if (level.starts_with("client:")) return filter_.client_levels || name == filter_.client;
    if (level.starts_with("strategy:")) return filter_.strategies.empty() || holds(filter_.strategies, name);
    const auto known = [level](std::string_view kind) { return level.starts_with(kind); };
    return filter_.client_levels || std::any_of(std::begin(shared_levels), std::end(shared_levels), known);
}

bool EventView::asks_for(std::string_view account, std::string_view strategy,
                         std::string_view instrument) const {
    const auto fits = [](const std::vector<std::string>& wanted, std::string_view name) {
        return wanted.empty() || holds(wanted, name);
    };
    return fits(filter_.in_accounts, account) && fits(filter_.in_strategies, strategy) &&
           fits(filter_.in_instruments, instrument);
}

EventView::Subject EventView::subject_of(const Body& body) {
    Subject subject;
    const auto take = [&subject]<class Event>(const Event& event) {
        if constexpr (requires { event.order_id; }) subject.order = event.order_id;
        if constexpr (requires { event.link_id; } && !requires { event.order_type; })
            subject.link = event.link_id;
        if constexpr (requires { event.account; }) {
            subject.account = event.account;
            subject.has_place = true;
        }
        if constexpr (requires { event.strategy; }) subject.strategy = event.strategy;
        if constexpr (requires { event.instrument; }) subject.instrument = event.instrument;
        if constexpr (requires { event.client; }) subject.by = event.client;
        if constexpr (requires { event.peer; }) subject.is_call = true;
        if constexpr (requires { event.changed_by; }) subject.by = event.changed_by;
        if constexpr (requires { event.resolved_by; }) subject.by = event.resolved_by;
        if constexpr (requires {
                          event.level;
                          event.state;
                      })
            subject.level = event.level;
        if constexpr (requires {
                          event.denial;
                          event.client;
                      })
            subject.refusal = true;
        if constexpr (std::is_same_v<Event, schema::MassCancelTaken>) {
            // It is as wide as its client, whatever it names.
            subject = {};
            subject.by = event.client;
            subject.is_call = subject.refusal = true;
        }
        if constexpr (std::is_same_v<Event, schema::LinkAccepted>) {
            if (event.orders.size() == 0) return;
            subject.order = event.orders[0].order_id;
            subject.account = event.orders[0].account;
            subject.strategy = event.orders[0].strategy;
            subject.instrument = event.orders[0].instrument;
            subject.has_place = true;
        }
    };
    (void)schema::visit_event(body.kind, body.bytes, take);
    return subject;
}

}  // namespace gw::net
