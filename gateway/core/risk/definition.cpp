#include "risk/definition.hpp"

#include <algorithm>

#include "risk/level.hpp"

namespace gw::risk {

namespace {

using schema::DenialCode;
using schema::LimitAction;
using schema::LimitKind;

// A limit on what is open or held, in money.
constexpr KindTerms measure(LimitKind kind, DenialCode code, std::string_view name) {
    return {kind, code, name, Need::must, Need::none, Need::may, false, true, true};
}

// A limit on what comes within a window.
constexpr KindTerms window(LimitKind kind, DenialCode code, std::string_view name, Need value, Need count) {
    return {kind, code, name, value, count, Need::must, false, false, false, true};
}
// And on its sum.
constexpr KindTerms accumulated(LimitKind kind, DenialCode code, std::string_view name, bool per_instrument) {
    return {kind, code, name, Need::must, Need::none, Need::must, per_instrument, true, false, true};
}

constexpr KindTerms loss(LimitKind kind, std::string_view name, Need value, Need count) {
    return {kind, DenialCode::loss_limit, name, value, count, Need::none, false, false, false, true};
}

// In the order of the checks.
constexpr std::array table = {
    KindTerms{LimitKind::restricted, DenialCode::restricted, "restricted"},
    KindTerms{LimitKind::permitted, DenialCode::not_permitted, "permitted"},
    KindTerms{LimitKind::short_sale_marking, DenialCode::short_sale_not_marked, "short_sale_marking",
              Need::none, Need::none, Need::none, true, false, true},
    KindTerms{LimitKind::locate, DenialCode::no_locate, "locate", Need::must, Need::none, Need::none, true,
              true, true},
    KindTerms{LimitKind::max_order_quantity, DenialCode::max_order_quantity, "max_order_quantity", Need::must,
              Need::none, Need::none, false, true},
    KindTerms{LimitKind::price_collar, DenialCode::price_collar, "price_collar", Need::must, Need::none,
              Need::may},
    KindTerms{LimitKind::max_order_notional, DenialCode::max_order_notional, "max_order_notional", Need::must,
              Need::none, Need::may, false, true},
    KindTerms{LimitKind::volume_share, DenialCode::volume_share, "volume_share", Need::must, Need::none,
              Need::may, false, true},
    window(LimitKind::duplicate_orders, DenialCode::duplicate_order, "duplicate_orders", Need::none,
           Need::must),
    window(LimitKind::message_rate, DenialCode::message_rate, "message_rate", Need::may, Need::must),
    window(LimitKind::order_to_trade_ratio, DenialCode::order_to_trade_ratio, "order_to_trade_ratio",
           Need::must, Need::must),
    window(LimitKind::cancel_ratio, DenialCode::cancel_ratio, "cancel_ratio", Need::must, Need::must),
    window(LimitKind::repeated_executions, DenialCode::repeated_executions, "repeated_executions", Need::none,
           Need::must),
    accumulated(LimitKind::accumulated_quantity, DenialCode::accumulated_quantity, "accumulated_quantity",
                true),
    accumulated(LimitKind::accumulated_notional, DenialCode::accumulated_notional, "accumulated_notional",
                false),
    KindTerms{LimitKind::open_orders, DenialCode::max_open_orders, "open_orders", Need::none, Need::must,
              Need::none, false, false, true},
    measure(LimitKind::open_notional, DenialCode::max_open_notional, "open_notional"),
    KindTerms{LimitKind::position, DenialCode::max_position, "position", Need::must, Need::none, Need::none,
              true, true, true},
    measure(LimitKind::gross_exposure, DenialCode::max_exposure, "gross_exposure"),
    measure(LimitKind::net_exposure, DenialCode::max_exposure, "net_exposure"),
    measure(LimitKind::long_exposure, DenialCode::max_exposure, "long_exposure"),
    measure(LimitKind::short_exposure, DenialCode::max_exposure, "short_exposure"),
    measure(LimitKind::leverage, DenialCode::max_leverage, "leverage"),
    measure(LimitKind::margin, DenialCode::insufficient_margin, "margin"),
    measure(LimitKind::buying_power, DenialCode::insufficient_buying_power, "buying_power"),
    KindTerms{LimitKind::self_trade, DenialCode::self_trade, "self_trade"},
    loss(LimitKind::realized_loss, "realized_loss", Need::must, Need::none),
    loss(LimitKind::unrealized_loss, "unrealized_loss", Need::must, Need::none),
    loss(LimitKind::total_loss, "total_loss", Need::must, Need::none),
    loss(LimitKind::drawdown, "drawdown", Need::must, Need::none),
    loss(LimitKind::loss_streak, "loss_streak", Need::none, Need::must),
};

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._:/-").find(c) != std::string_view::npos;
}

bool is_currency_character(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

std::string quoted(std::string_view text) {
    return "'" + std::string(text.substr(0, 80)) + "'";
}

std::string unexpected(std::string_view field, const KindTerms& terms) {
    return std::string(field) + ": a limit of kind " + std::string(name_of(terms.kind)) +
           " has none; leave it out";
}

std::string fault_of_value(const schema::Limit& limit, const KindTerms& terms) {
    const pb::DecimalText& value = limit.value;
    if (!value.present())
        return terms.value == Need::must ? "value: expected a number, was nothing" : std::string();
    if (terms.value == Need::none) return unexpected("value", terms);
    if (!value.ok())
        return "value: expected a decimal number with at most 11 digits before the point and 8 behind it, "
               "was " +
               quoted(value.text);
    if (value.value.is_negative()) return "value: expected zero or above, was " + quoted(value.text);
    return {};
}

std::string fault_of_period(const schema::Limit& limit, const KindTerms& terms) {
    if (limit.count != 0 && terms.count == Need::none) return unexpected("count", terms);
    if (limit.count == 0 && terms.count == Need::must) return "count: expected 1 or more, was 0";
    if (limit.window_ns != 0 && terms.window == Need::none) return unexpected("window", terms);
    if (limit.window_ns == 0 && terms.window == Need::must) return "window: expected a period, was nothing";
    if (limit.window_ns != 0 && (limit.window_ns < window_min_ns || limit.window_ns > window_max_ns))
        return "window: expected 1 ms to 7 days, was " + std::to_string(limit.window_ns) + " ns";
    return {};
}

std::string fault_of_action(const schema::Limit& limit, const KindTerms& terms) {
    if (limit.action == LimitAction::resize && !terms.resizes)
        return "action: no smaller order passes a limit of kind " + std::string(name_of(terms.kind)) +
               "; choose DENY, WARN, HALT or REDUCE";
    return {};
}

// The terms that a kind has beside its value, count and window.
std::string fault_of_counts(const schema::Limit& limit, const KindTerms& terms) {
    const bool rate = limit.kind == LimitKind::message_rate;
    if (limit.reserve != 0 && !rate) return unexpected("reserve", terms);
    if (limit.reserve != 0 && limit.reserve >= limit.count)
        return "reserve: expected less than count (" + std::to_string(limit.count) + "), was " +
               std::to_string(limit.reserve);
    if (rate && limit.value.present()) {
        const Decimal burst = limit.value.value;
        if (burst < Decimal::from_units(1) || !burst.is_multiple_of(Decimal::from_units(1)) ||
            burst > Decimal::from_units(limit.count))
            return "value: expected how many may come at once, a whole number from 1 to count (" +
                   std::to_string(limit.count) + "), was " + quoted(limit.value.text);
        if (burst <= Decimal::from_units(limit.reserve))
            return "reserve: expected less than value (" + std::string(limit.value.text) + "), was " +
                   std::to_string(limit.reserve);
    }
    if (limit.kind == LimitKind::duplicate_orders && limit.count > duplicates_max)
        return "count: expected 1 to " + std::to_string(duplicates_max) + ", was " +
               std::to_string(limit.count);
    return {};
}

std::string fault_of_choices(const schema::Limit& limit, const KindTerms& terms) {
    const bool collar = limit.kind == LimitKind::price_collar;
    if (!is_known(limit.unit)) return "unit: expected PERCENT, TICKS or ABSOLUTE";
    if (!collar && limit.unit != schema::LimitUnit::unspecified) return unexpected("unit", terms);
    if (!is_known(limit.reference)) return "reference: expected LAST, MID, CLOSE or VENUE_BAND";
    if (!collar && limit.reference != schema::LimitReference::unspecified)
        return unexpected("reference", terms);
    if (limit.kind == LimitKind::permitted && limit.second_level.empty())
        return "second_level: expected what the orders of the first level may be on, was nothing";
    if (!is_known(limit.action)) return "action: expected DENY, WARN, RESIZE, HALT or REDUCE";
    if (std::string fault = fault_of_action(limit, terms); !fault.empty()) return fault;
    if (!is_known(limit.crossing)) return "crossing: expected DENY, CANCEL_RESTING, CANCEL_BOTH or DECREMENT";
    if (limit.kind != LimitKind::self_trade && limit.crossing != schema::CrossingPolicy::unspecified)
        return unexpected("crossing", terms);
    if (limit.crossing > schema::CrossingPolicy::deny && limit.action > LimitAction::deny)
        return "action: crossing says what is done; leave it out, or choose DENY for crossing";
    const bool in_money = is_on_losses(limit.kind) && limit.kind != LimitKind::loss_streak;
    if (limit.include_charges && (!in_money || limit.kind == LimitKind::unrealized_loss))
        return unexpected("include_charges", terms);
    if (!limit.currency.empty() && !in_money) return unexpected("currency", terms);
    if (!std::all_of(limit.currency.begin(), limit.currency.end(), is_currency_character) ||
        limit.currency.size() > currency_size_max)
        return "currency: expected up to 8 capital letters or digits, was " + quoted(limit.currency);
    if (limit.kind == LimitKind::leverage) {
        if (!limit.capital.ok() || !limit.capital.value.is_positive())
            return "capital: expected a decimal number above zero, was " + quoted(limit.capital.text);
    } else if (limit.capital.present()) {
        return unexpected("capital", terms);
    }
    return {};
}

}  // namespace

const KindTerms* terms_of(LimitKind kind) {
    const auto found =
        std::find_if(table.begin(), table.end(), [kind](const KindTerms& each) { return each.kind == kind; });
    return found == table.end() ? nullptr : &*found;
}

std::uint8_t order_of(LimitKind kind) {
    const KindTerms* found = terms_of(kind);
    return found == nullptr ? static_cast<std::uint8_t>(table.size())
                            : static_cast<std::uint8_t>(found - table.data());
}

Definition definition_of(const schema::Limit& limit) {
    Definition made;
    made.name = limit.name;
    made.level = limit.level;
    made.second_level = limit.second_level;
    made.kind = limit.kind;
    made.has_value = limit.value.present();
    made.value = limit.value.value;
    made.capital = limit.capital.value;
    made.count = limit.count;
    made.reserve = limit.reserve;
    made.window_ns = limit.window_ns;
    made.unit = limit.unit;
    made.reference = limit.reference;
    made.action = limit.action;
    made.crossing = limit.crossing;
    made.disabled = limit.disabled;
    made.allow_missing_reference = limit.allow_missing_reference;
    made.include_charges = limit.include_charges;
    made.currency = limit.currency;
    return made;
}

schema::Limit shown(const Definition& definition) {
    schema::Limit limit;
    limit.name = definition.name;
    limit.level = definition.level;
    limit.second_level = definition.second_level;
    limit.kind = definition.kind;
    if (definition.has_value) limit.value = definition.value;
    if (!definition.capital.is_zero()) limit.capital = definition.capital;
    limit.count = definition.count;
    limit.reserve = definition.reserve;
    limit.window_ns = definition.window_ns;
    limit.unit = definition.unit;
    limit.reference = definition.reference;
    limit.action = definition.action;
    limit.crossing = definition.crossing;
    limit.disabled = definition.disabled;
    limit.allow_missing_reference = definition.allow_missing_reference;
    limit.include_charges = definition.include_charges;
    limit.currency = definition.currency;
    return limit;
}

std::string fault_of(const schema::Limit& limit) {
    if (limit.name.empty() || limit.name.size() > limit_name_size_max ||
        !std::all_of(limit.name.begin(), limit.name.end(), is_name_character))
        return "name: expected 1 to 64 letters, digits and ._:/-, was " + quoted(limit.name);
    const KindTerms* terms = is_known(limit.kind) ? terms_of(limit.kind) : nullptr;
    if (terms == nullptr)
        return "kind: expected a kind that this version checks, was " + std::string(name_of(limit.kind)) +
               " (" + std::to_string(static_cast<int>(limit.kind)) + ")";
    if (std::string fault = fault_of_value(limit, *terms); !fault.empty()) return fault;
    if (std::string fault = fault_of_period(limit, *terms); !fault.empty()) return fault;
    if (std::string fault = fault_of_counts(limit, *terms); !fault.empty()) return fault;
    return fault_of_choices(limit, *terms);
}

}  // namespace gw::risk
