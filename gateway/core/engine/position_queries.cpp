// Positions as clients see them: with the instrument's facts and reference price, and in money.

#include <array>
#include <utility>

#include "engine/engine_queries.hpp"
#include "order/position.hpp"

namespace gw::engine {

namespace {

// Texts of amounts that may be larger than a Decimal, for as long as a message is written.
class MoneyTexts {
  public:
    pb::DecimalText operator()(Product amount) {
        pb::DecimalText out;
        texts_[next_].emplace(amount);
        out.text = texts_[next_++]->view();
        return out;
    }

  private:
    std::array<std::optional<order::MoneyText>, 20> texts_;
    std::size_t next_ = 0;
};

}  // namespace

void EngineQueries::positions(std::string_view account, pb::Writer& out) const {
    const order::LedgerNames& names = ledger_.names();
    const std::uint32_t number = names.accounts.find(account);
    for (std::uint64_t at = 1; at <= ledger_.positions().size(); ++at) {
        const order::Position& position = ledger_.positions()[at];
        if (!account.empty() && (position.account != number || number == 0)) continue;
        const order::InstrumentFacts& facts = ledger_.facts(position.instrument);
        MoneyTexts money;
        schema::Position shown;
        shown.account = names.accounts.name(position.account);
        shown.strategy = names.strategies.name(position.strategy);
        shown.instrument = names.instruments.name(position.instrument);
        shown.net_quantity = position.net();
        shown.bought_quantity = position.bought;
        shown.sold_quantity = position.sold;
        if (!position.net().is_zero()) shown.average_price = order::entry_price(position);
        shown.saturated = position.saturated;
        if (const auto profit = order::realized_profit(position, facts.multiplier))
            shown.realized_profit = money(*profit);
        else
            shown.saturated = true;
        shown.open_buy_quantity = position.open_buy;
        shown.open_sell_quantity = position.open_sell;
        shown.currency = names.currencies.name(facts.currency);
        shown.multiplier = facts.multiplier;
        shown.venue = names.venues.name(facts.venue);
        shown.asset_class = names.asset_classes.name(facts.asset_class);
        shown.sector = names.sectors.name(facts.sector);
        shown.region = names.regions.name(facts.region);
        const bool known = position.instrument < instruments_.size();
        if (const auto price = known ? instruments_[position.instrument].reference_price : std::nullopt) {
            shown.reference_price = *price;
            if (const auto profit = order::unrealized_profit(position, *price, facts.multiplier))
                shown.unrealized_profit = money(*profit);
            else
                shown.saturated = true;
        }
        for (std::uint32_t id = position.charges; id != 0; id = ledger_.position_charges(id).next) {
            const order::PositionCharges& sums = ledger_.position_charges(id);
            shown.saturated = shown.saturated || sums.saturated;
            schema::PositionCharges* added = shown.charges.add();
            if (added == nullptr) break;
            added->currency = names.currencies.name(sums.currency);
            added->commission = money(sums.commission);
            added->fees = money(sums.fees);
        }
        const auto opened = out.open(schema::number::ListPositionsResponse::positions);
        shown.encode(out);
        out.close(opened);
    }
}

std::size_t EngineQueries::saturated_positions() const {
    std::size_t count = 0;
    for (std::uint64_t at = 1; at <= ledger_.positions().size(); ++at)
        if (ledger_.positions()[at].saturated) ++count;
    return count;
}

}  // namespace gw::engine
