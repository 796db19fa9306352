// What a report's commission and fees mean for the order: the decision.

#include <algorithm>

#include "base/checked.hpp"
#include "order/report.hpp"

namespace gw::order {

namespace {

using schema::ExecType;

constexpr std::size_t currency_size_max = 8;
constexpr std::uint32_t currencies_max = 4096;   // a venue's garbage is to fill no table
constexpr std::string_view no_currency = "XXX";  // ISO 4217's code for it

bool is_currency(std::string_view text) {
    const auto is_part = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
    return text.size() >= 3 && text.size() <= currency_size_max &&
           std::all_of(text.begin(), text.end(), is_part);
}

// CommCurrency(479), else Currency(15), else the instrument's.
std::string_view currency_of(const Ledger& ledger, const Order& order, const ReportedCharge& charge,
                             const Report& report) {
    const LedgerNames& names = ledger.names();
    for (const std::string_view given : {charge.currency, report.currency}) {
        if (given.empty()) continue;
        const bool room = names.currencies.find(given) != 0 || names.currencies.size() < currencies_max;
        return is_currency(given) && room ? given : no_currency;
    }
    const std::string_view own = names.currencies.name(ledger.facts(order.instrument).currency);
    return own.empty() ? no_currency : own;
}

// In money. Source: FIX 4.4 volume 6, CommType(13): a percentage of 5 % is written 0.05.
std::optional<Decimal> amount_of(const ReportedCharge& charge, Decimal quantity, Product notional,
                                 Decimal multiplier) {
    if (!charge.amount.ok()) return std::nullopt;
    const Decimal given = charge.amount.value;
    switch (charge.basis) {
        case ChargeBasis::absolute:
            return given;
        case ChargeBasis::per_unit:
            return rounded(Product(given, quantity));
        case ChargeBasis::per_contract_unit: {
            const auto money = checked_scaled(Product(given, quantity), multiplier);
            return money ? rounded(*money) : std::nullopt;
        }
        case ChargeBasis::percentage: {
            const auto money = checked_scaled(notional, multiplier);
            const auto part = money ? checked_scaled(*money, given) : std::nullopt;
            return part ? rounded(*part) : std::nullopt;
        }
        case ChargeBasis::unknown:
            break;
    }
    return std::nullopt;
}

schema::Charge* find_same(schema::ExecutionReported& event, const schema::Charge& like) {
    for (std::size_t at = 0; at < event.charges.size(); ++at) {
        schema::Charge& known = event.charges[at];
        if (known.kind == like.kind && known.currency == like.currency && known.type == like.type)
            return &known;
    }
    return nullptr;
}

}  // namespace

void decide_charges(const Ledger& ledger, OrderId order_id, ChargePolicy policy, const Report& report,
                    schema::ExecutionReported& event) {
    if (policy == ChargePolicy::none || event.busted_before || report.inferred) return;
    if (event.in_question) {  // should it count after all, it is to be seen that its costs are missing
        event.charges_incomplete = report.charges.list.size() != 0;
        return;
    }
    const bool trades = event.exec_type == ExecType::trade || event.exec_type == ExecType::trade_correct;
    const bool sums_up = policy == ChargePolicy::cumulative && (event.exec_type == ExecType::trade_cancel ||
                                                                event.exec_type == ExecType::calculated);
    if (!trades && !sums_up) return;
    // A report of before the newest one tells of less than is booked already.
    const bool late = policy == ChargePolicy::cumulative && report.cum_quantity.ok() &&
                      report.cum_quantity.value < event.cum_quantity.value;
    if (late) return;
    event.charges_incomplete = report.charges.incomplete;
    event.charges_restated = event.exec_type == ExecType::trade_correct && report.charges.list.size() != 0;
    const Order& order = ledger.order(order_id);
    const bool cumulative = policy == ChargePolicy::cumulative;
    const Decimal quantity = cumulative ? event.cum_quantity.value : event.last_quantity.value;
    const Decimal price = cumulative ? event.average_price.value : event.last_price.value;
    std::uint64_t changed = 0;  // the fill whose charges this report takes back
    if (event.exec_type != ExecType::trade && event.exec_type != ExecType::calculated) {
        const std::string_view scope = event.execution_scope.empty() ? event.venue : event.execution_scope;
        changed = ledger.find_fill_id(execution_key(scope, event.exec_ref_id));
    }
    for (const ReportedCharge& reported : report.charges.list) {
        schema::Charge charge;
        charge.kind = reported.kind;
        charge.type = reported.type;
        charge.currency = currency_of(ledger, order, reported, report);
        auto amount = amount_of(reported, quantity, Product(quantity, price),
                                ledger.facts(order.instrument).multiplier);
        schema::Charge* same = find_same(event, charge);  // two of a kind in one report are one sum
        if (amount && same != nullptr)
            amount = checked_sum(*amount, same->amount.value);
        else if (amount && cumulative)
            amount = checked_sum(*amount, -ledger.booked_charges(order, charge, changed));
        if (same == nullptr && amount && ledger.has_room_for_charge() &&
            (same = event.charges.add()) != nullptr)
            *same = charge;
        if (!amount || same == nullptr)
            event.charges_incomplete = true;
        else
            same->amount = *amount;
    }
}

}  // namespace gw::order
