// How much of the limits is used, and whether what is kept of it is right.

#include "engine/engine_queries.hpp"
#include "risk/check.hpp"

namespace gw::engine {

using risk::BookEntry;
using schema::LimitKind;

namespace {

struct Used {
    Decimal value, limit;
    std::uint32_t instrument = 0;

    // In percent; the largest number where the limit is zero and something is used.
    [[nodiscard]] Decimal share() const {
        if (value.is_zero()) return {};
        if (limit.is_zero()) return Decimal::from_raw(std::numeric_limits<std::int64_t>::max());
        return Product(value, Decimal::from_units(100)).divided_by(limit);
    }
};

Used used_of(const risk::Exposures& exposures, const risk::Rule& rule, std::uint32_t today) {
    const auto kind = static_cast<LimitKind>(rule.kind);
    Used used;
    used.limit = rule.value;
    if (kind == LimitKind::open_orders) {
        used.value = Decimal::from_units(exposures.totals(rule.tracked).open_orders);
        used.limit = Decimal::from_units(rule.count);
    } else if (kind == LimitKind::locate) {
        exposures.for_each_holding(rule.tracked, [&](std::uint32_t instrument, const risk::Holding& holding) {
            const Decimal sold = holding.sold_short_on(today) + holding.open_short;
            if (sold <= used.value) return;
            used.value = sold;
            used.instrument = instrument;
        });
    } else if (kind == LimitKind::position) {
        exposures.for_each_holding(rule.tracked, [&](std::uint32_t instrument, const risk::Holding& holding) {
            const Decimal worst = risk::worst_case(holding);
            if (worst <= used.value) return;
            used.value = worst;
            used.instrument = instrument;
        });
    } else {
        used.value = risk::shown(risk::measured(kind, exposures.totals(rule.tracked)));
    }
    return used;
}

// `now_ns`: the time of the last input. What has left the window since then counts until the next.
Used used_of(const risk::Memory& memory, const risk::Rule& rule, std::int64_t now_ns) {
    const risk::Gauge& gauge = memory.gauge(rule.tracked);
    Used used;
    used.limit = rule.value;
    switch (static_cast<LimitKind>(rule.kind)) {
        case LimitKind::message_rate:
            used.value = Decimal::from_units(memory.within(gauge, now_ns).first);
            used.limit = Decimal::from_units(rule.count);
            break;
        case LimitKind::repeated_executions: {
            const risk::Sums sums = memory.within(gauge, now_ns);
            used.value = Decimal::from_units(std::max(sums.first, sums.second));
            used.limit = Decimal::from_units(rule.count);
            break;
        }
        case LimitKind::order_to_trade_ratio:
        case LimitKind::cancel_ratio: {
            const risk::Sums sums = memory.within(gauge, now_ns);
            if (sums.first >= rule.count) used.value = risk::ratio_of(sums.first, sums.second);
            break;
        }
        case LimitKind::accumulated_notional:
            used.value = Decimal::from_raw(memory.within(gauge, now_ns).first);
            break;
        case LimitKind::accumulated_quantity:
            memory.for_each_cell(rule.tracked, [&](const risk::Gauge& cell) {
                const Decimal value = Decimal::from_raw(memory.within(cell, now_ns).first);
                if (value <= used.value) return;
                used.value = value;
                used.instrument = cell.instrument;
            });
            break;
        case LimitKind::loss_streak:
            used.limit = Decimal::from_units(rule.count);
            used.value = risk::lost(memory, rule);
            break;
        default:
            used.value = std::max(risk::lost(memory, rule), Decimal{});
            break;
    }
    return used;
}

}  // namespace

void EngineQueries::limit_utilization(std::string_view level, pb::Writer& out) const {
    const auto today = static_cast<std::uint32_t>(now_ns_ / order::day_ns);
    control_.book.for_each([&](const risk::Rule& rule) {
        const auto kind = static_cast<LimitKind>(rule.kind);
        if (rule.tracked == 0 || kind == LimitKind::short_sale_marking || kind == LimitKind::duplicate_orders)
            return;
        const BookEntry& entry = control_.book.entry(rule.definition);
        const risk::Definition& limit = entry.definition;
        if (!level.empty() && limit.level != level && limit.second_level != level) return;
        const risk::KindTerms* terms = risk::terms_of(limit.kind);
        const Used used = terms->remembers ? used_of(control_.memory, rule, now_ns_)
                                           : used_of(control_.exposures, rule, today);
        std::string levels = limit.level;
        if (!limit.second_level.empty()) levels += "+" + limit.second_level;
        schema::LimitUtilization shown;
        shown.name = limit.name;
        shown.level = levels;
        shown.kind = limit.kind;
        shown.instrument = ledger_.names().instruments.name(used.instrument);
        shown.value = used.value;
        shown.limit = used.limit;
        shown.share_percent = used.share();
        const auto at = out.open(schema::number::ListLimitUtilizationResponse::utilizations);
        shown.encode(out);
        out.close(at);
    });
}

std::string EngineQueries::reservation_fault() const {
    struct Sum {
        Decimal buy, sell, unpriced, sold_short;
        Product notional;
        std::uint32_t orders = 0;
    };
    std::vector<Sum> sums(ledger_.positions().size() + 1);
    for (order::OrderId id = 1; id <= ledger_.order_count(); ++id) {
        const order::Order& order = ledger_.order(id);
        if (order.position == 0) continue;
        const order::Reservation held = ledger_.reservation_of(order);
        if (held != order::Reservation{order.reserved, order.reserved_price})
            return "order " + std::to_string(id) + " has not reserved what it could trade";
        Sum& sum = sums[order.position];
        (order.buys() ? sum.buy : sum.sell) += held.quantity;
        sum.notional += Product(held.quantity, held.price);
        if (held.price.is_zero()) sum.unpriced += held.quantity;
        if (order.side == schema::Side::sell_short) sum.sold_short += held.quantity;
        sum.orders += order.open() ? 1U : 0U;
    }
    for (std::uint64_t at = 1; at <= ledger_.positions().size(); ++at) {
        const order::Position& p = ledger_.positions()[at];
        const Sum& sum = sums[at];
        const bool same = p.open_buy == sum.buy && p.open_sell == sum.sell &&
                          p.open_unpriced == sum.unpriced && p.open_notional == sum.notional &&
                          p.open_orders == sum.orders && p.open_short == sum.sold_short;
        if (!same) return "position " + std::to_string(at) + " does not hold what its orders have reserved";
        const bool nothing = p.open_buy.is_zero() && p.open_sell.is_zero() && p.open_unpriced.is_zero() &&
                             p.open_notional == Product{} && p.open_orders == 0;
        if (ledger_.open_order_count() == 0 && !nothing)
            return "nothing is open, and position " + std::to_string(at) + " has reservations";
    }
    if (!configured_) return {};
    risk::Exposures anew;
    anew.rebuild(control_.book, ledger_, instruments_, control_.groups);
    return anew.same_as(control_.exposures) ? std::string() : "exposures are not what the positions say";
}

}  // namespace gw::engine
