// Whether an order would pass now: the decision itself, and beside it what each limit says.

#include <algorithm>
#include <string>

#include "engine/command_parts.hpp"
#include "engine/engine_orders.hpp"
#include "risk/check.hpp"

namespace gw::engine {

namespace {

namespace field = schema::number::CheckOrderResponse;

std::optional<Decimal> limit_of(const risk::Rule& rule, const risk::Definition& definition) {
    if (definition.has_value) return rule.value;
    if (definition.count != 0) return Decimal::from_units(rule.count);
    return std::nullopt;
}

// What the check observes. Checks say it of what they refuse alone, so it is asked with a rule that allows
// nothing.
std::optional<Decimal> observed_by(risk::Check check, const risk::Question& question,
                                   const risk::Rule& rule) {
    risk::Rule nothing = rule;
    nothing.value = {};
    nothing.count = 0;
    risk::Breach breach;
    if (check(question, nothing, breach)) return std::nullopt;
    return breach.observed;
}

// In percent; the largest number where the limit is zero and something is used.
Decimal share_of(Decimal value, Decimal limit) {
    if (value.is_zero()) return {};
    if (limit.is_zero()) return Decimal::from_raw(std::numeric_limits<std::int64_t>::max());
    return Product(value, Decimal::from_units(100)).divided_by(limit);
}

}  // namespace

CommandError EngineOrders::check_order_now(std::string_view client, std::string_view order,
                                           std::int64_t now_ns, pb::Writer& out) {
    now_ns_ = now_ns;
    const std::uint32_t number = client_number(client);
    if (number == 0) return CommandError::unknown_client;
    schema::NewOrder command;
    if (!command.decode(order) || !is_clean(command)) return CommandError::not_a_request;

    DenialText denial;
    Route route;
    route.session = no_session;  // found last: until then the order is not known to be valid
    if (command.time_in_force == schema::TimeInForce::unspecified)
        command.time_in_force = schema::TimeInForce::day;
    std::string_view resized_by;
    Decimal sent;
    std::uint64_t override_id = 0;
    bool passes = check_service(true, denial) && check_new_order(command, number, 0, route, denial);
    const risk::Proposal proposal = proposal_of(command, number, route, true);
    if (passes) {
        risk::Decision decision = risk::decide(control_, instruments_[route.instrument], proposal);
        if (const bool hindered = !decision.approved() || decision.resized_by().has_value();
            hindered && !overrides_.empty())
            override_id =
                waive(ledger_.names().clients.name(number), command.client_order_id, proposal, decision);
        passes = decision.approved();
        if (!passes) describe(decision.refusal(), denial);
        if (const auto by = decision.resized_by()) {
            resized_by = control_.book.entry(*by).definition.name;
            sent = decision.approval().terms().quantity;
        }
    }
    out.varint(field::passes, passes ? 1 : 0);
    if (!passes) {
        const auto at = out.open(field::denial);
        denial.denial().encode(out);
        out.close(at);
    }
    if (route.session != no_session) write_limit_checks(proposal, denial.denial(), override_id, out);
    if (!resized_by.empty()) {
        out.decimal(field::quantity_sent, pb::DecimalText(sent));
        out.bytes(field::resized_by, resized_by);
    }
    if (override_id != 0) out.varint(field::override_id, override_id);
    return CommandError::none;
}

void EngineOrders::write_limit_checks(const risk::Proposal& proposal, const schema::Denial& denial,
                                      std::uint64_t override_id, pb::Writer& out) const {
    const risk::OrderOverride* known = override_id == 0 ? nullptr : overrides_.with_id(override_id);
    schema::OrderOverrideGranted granted;
    const bool waives = known != nullptr && granted.decode(known->event);
    const risk::Instrument& instrument = instruments_[proposal.instrument];
    const risk::LevelNumbers numbers = risk::numbers_of(control_, instrument, proposal);
    risk::Question question{control_, instrument, proposal, numbers, {}};
    if (proposal.price.is_zero())
        question.market = risk::market_price(control_, instrument, numbers, proposal);
    control_.book.for_each_rule(numbers, [&](const risk::Rule& rule) {
        const risk::BookEntry& entry = control_.book.entry(rule.definition);
        const risk::Definition& limit = entry.definition;
        const risk::Check check = risk::check_of(rule);
        const std::string levels = risk::levels_text(limit);
        risk::Refusal refusal;
        refusal.code = denial.code;
        refusal.limit_name = limit.name;
        refusal.level = entry.level;
        refusal.second_level = entry.second_level;
        DenialText place;  // as a denial by this limit would name its level
        describe(refusal, place);

        risk::Breach breach;
        schema::LimitCheck shown;
        shown.name = limit.name;
        shown.level = levels;
        shown.kind = limit.kind;
        shown.action = limit.action;
        shown.holds = check(question, rule, breach);
        shown.decides =
            !shown.holds && denial.limit_name == limit.name && denial.level == place.denial().level;
        shown.waived = !shown.holds && waives && risk::may_be_waived(limit.kind) &&
                       std::any_of(granted.order.limits.begin(), granted.order.limits.end(),
                                   [&limit](const auto& each) { return each.name == limit.name; });
        const auto value = shown.holds ? observed_by(check, question, rule) : breach.observed;
        const auto most = limit_of(rule, limit);
        if (value) shown.value = *value;
        if (most) shown.limit = *most;
        if (value && most) shown.share_percent = share_of(*value, *most);
        const auto at = out.open(field::limits);
        shown.encode(out);
        out.close(at);
    });
}

}  // namespace gw::engine
