// Profits as limits on losses see them: sums over the positions of a level, kept by differences.

#include <algorithm>
#include <bit>
#include <limits>
#include <utility>

#include "base/checked.hpp"
#include "order/position.hpp"
#include "risk/exposures.hpp"
#include "risk/memory.hpp"

namespace gw::risk {

using schema::LimitKind;

namespace {

LevelNumbers levels_of(const order::Position& position, const order::InstrumentFacts& facts,
                       const Groups* groups) {
    LevelNumbers numbers{};
    numbers[at(LevelKind::account)] = position.account;
    numbers[at(LevelKind::strategy)] = position.strategy;
    numbers[at(LevelKind::instrument)] = position.instrument;
    numbers[at(LevelKind::venue)] = facts.venue;
    numbers[at(LevelKind::asset_class)] = facts.asset_class;
    numbers[at(LevelKind::currency)] = facts.currency;
    numbers[at(LevelKind::sector)] = facts.sector;
    numbers[at(LevelKind::region)] = facts.region;
    if (groups != nullptr) groups->add(numbers);
    return numbers;
}

}  // namespace

std::int64_t raw_of(const Product& amount) {
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
    if (const auto decimal = amount.to_decimal()) return decimal->raw();
    return amount.raw() < 0 ? -most : most;
}

// A position whose rate nobody knows is in no sum that needs it.
Decimal Memory::rate_into(const Definition& limit, std::string_view currency) const {
    if (limit.currency.empty() || limit.currency == currency) return Decimal::from_units(1);
    return rate_of_ ? rate_of_(currency, limit.currency) : Decimal{};
}

Profit Memory::counted(const ProfitLink& link, const Profit& own, const order::Position& position,
                       const order::Ledger& ledger) const {
    const Definition& limit = limits_[link.limit - 1];
    Profit made{value_of(own.realized, link.rate), value_of(own.unrealized, link.rate)};
    if (!limit.include_charges) return made;
    for (std::uint32_t id = position.charges; id != 0; id = ledger.position_charges(id).next) {
        const order::PositionCharges& charges = ledger.position_charges(id);
        const Decimal rate = rate_into(limit, ledger.names().currencies.name(charges.currency));
        made.realized -= value_of(charges.commission + charges.fees, rate);
    }
    return made;
}

void Memory::link(std::uint32_t number, Valued& valued, const LevelNumbers& numbers, std::uint32_t instrument,
                  std::string_view currency) {
    valued.linked = true;
    valued.first_link = static_cast<std::uint32_t>(profit_links_.size());
    book_.for_each_rule(numbers, [&](const Rule& rule) {
        if (!is_on_losses(static_cast<LimitKind>(rule.kind))) return;
        profit_links_.push_back({rule.tracked, rate_into(limits_[rule.tracked - 1], currency), {}});
        ++valued.link_count;
    });
    if (valued.link_count == 0) return;
    if (instrument >= newest_in_.size()) newest_in_.resize(std::bit_ceil(std::size_t{instrument} + 1));
    valued.next = std::exchange(newest_in_[instrument], number);
}

Memory::Valued& Memory::linked(std::uint32_t number, const order::Ledger& ledger) {
    if (number >= valued_.size()) valued_.resize(std::size_t{number} + 1);
    Valued& valued = valued_[number];
    if (valued.linked) return valued;
    const order::Position& position = ledger.positions()[number];
    const order::InstrumentFacts& facts = ledger.facts(position.instrument);
    link(number, valued, levels_of(position, facts, groups_), position.instrument,
         ledger.names().currencies.name(facts.currency));
    return valued;
}

void Memory::trade(std::uint32_t number, Decimal price, const order::Ledger& ledger) {
    if (watches_losses_) (void)linked(number, ledger);
    set_mark(ledger.positions()[number].instrument, price, false, ledger);
    revalue(number, ledger, false);
}

void Memory::revalue(std::uint32_t number, const order::Ledger& ledger, bool day_begins) {
    if (!watches_losses_) return;
    const order::Position& position = ledger.positions()[number];
    const order::InstrumentFacts& facts = ledger.facts(position.instrument);
    Valued& valued = linked(number, ledger);
    const Decimal price = mark_of(position.instrument).price;
    Profit now;
    now.realized = order::realized_profit(position, facts.multiplier).value_or(valued.profit.realized);
    if (!price.is_zero() && !position.net().is_zero())
        now.unrealized =
            order::unrealized_profit(position, price, facts.multiplier).value_or(valued.profit.unrealized);
    for (std::uint32_t at = 0; at < valued.link_count; ++at) {
        ProfitLink& link = profit_links_[valued.first_link + at];
        const std::uint32_t limit = link.limit;
        const Profit own = counted(link, now, position, ledger);
        Profit& profit = profits_[limit];
        profit.realized += own.realized - link.counted.realized;
        profit.unrealized += own.unrealized - link.counted.unrealized;
        link.counted = own;
        const std::int64_t total = raw_of(profit.realized + profit.unrealized);
        std::int64_t& high = gauges_[limit].sums.second;
        if (limits_[limit - 1].kind == LimitKind::drawdown && (day_begins || total > high)) high = total;
        add_due(limit);
    }
    valued.profit = now;
}

void Memory::revalue_all(const order::Ledger& ledger) {
    valued_.clear();
    profit_links_.clear();
    newest_in_.clear();
    profits_.assign(limits_.size() + 1, Profit{});
    if (!watches_losses_) return;
    valued_.reserve(ledger.positions().size_max() + 1);
    profit_links_.reserve(4 * ledger.positions().size_max());
    // A high is not made of sums that are not yet complete.
    std::vector<Gauge> kept = gauges_;
    for (std::uint32_t number = 1; number <= ledger.positions().size(); ++number)
        revalue(number, ledger, false);
    gauges_ = std::move(kept);
    for (std::uint32_t limit = 1; limit <= limits_.size(); ++limit) {
        if (limits_[limit - 1].kind != LimitKind::drawdown) continue;
        std::int64_t& high = gauges_[limit].sums.second;
        high = std::max(high, raw_of(profits_[limit].realized + profits_[limit].unrealized));
    }
}

void Memory::set_mark(std::uint32_t instrument, Decimal price, bool is_reference,
                      const order::Ledger& ledger) {
    if (instrument >= marks_.size()) marks_.resize(std::bit_ceil(std::size_t{instrument} + 1));
    Mark& mark = marks_[instrument];
    if ((mark.is_reference && !is_reference) || price.is_zero()) return;
    mark = {price, is_reference};
    if (!watches_losses_ || instrument >= newest_in_.size()) return;
    const auto for_each_position = [&](auto&& visit) {
        for (std::uint32_t number = newest_in_[instrument]; number != 0; number = valued_[number].next)
            visit(number);
    };
    const auto for_each_drawdown = [&](auto&& visit) {
        for_each_position([&](std::uint32_t number) {
            const Valued& valued = valued_[number];
            for (std::uint32_t at = 0; at < valued.link_count; ++at) {
                const std::uint32_t limit = profit_links_[valued.first_link + at].limit;
                if (limits_[limit - 1].kind == LimitKind::drawdown) visit(limit, gauges_[limit].sums);
            }
        });
    };
    // Between two positions a sum is half at the old price: no high is made of that. What it was before waits
    // in the first sum, which a drawdown has no use for.
    for_each_drawdown([](std::uint32_t, Sums& sums) { sums.first = sums.second; });
    for_each_position([&](std::uint32_t number) { revalue(number, ledger, false); });
    for_each_drawdown([this](std::uint32_t limit, Sums& sums) {
        sums.second = std::max(sums.first, raw_of(profits_[limit].realized + profits_[limit].unrealized));
    });
    for_each_drawdown([](std::uint32_t, Sums& sums) { sums.first = 0; });
}

void Memory::split_mark(std::uint32_t instrument, Decimal new_units, Decimal old_units) {
    if (instrument >= marks_.size()) return;
    Decimal& price = marks_[instrument].price;
    price = checked_ratio(price, old_units, new_units).value_or(price);
}

void Memory::trade_realized(std::uint32_t number, const Product& profit) {
    if (!watches_losses_ || number >= valued_.size() || profit == Product{}) return;
    const Valued& valued = valued_[number];
    for (std::uint32_t at = 0; at < valued.link_count; ++at) {
        const std::uint32_t limit = profit_links_[valued.first_link + at].limit;
        if (limits_[limit - 1].kind != LimitKind::loss_streak) continue;
        std::int64_t& streak = gauges_[limit].sums.first;
        streak = profit < Product{} ? streak + 1 : 0;
        add_due(limit);
    }
}

}  // namespace gw::risk
