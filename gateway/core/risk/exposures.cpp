#include "risk/exposures.hpp"

#include <algorithm>

#include "base/hash.hpp"

namespace gw::risk {

namespace {

Product larger(const Product& a, const Product& b) {
    return a < b ? b : a;
}
Product magnitude(const Product& value) {
    return value.raw() < 0 ? Product{} - value : value;
}

struct Parts {
    Product up, down, open;
    Decimal margin_rate;

    Parts(const Holding& holding, const Valuation& valuation)
        : up(holding.net + holding.open_buy, valuation.unit),
          down(holding.net - holding.open_sell, valuation.unit),
          open(Product(holding.open_unpriced, valuation.unit) +
               value_of(holding.open_notional, valuation.rate)),
          margin_rate(valuation.margin) {}
    [[nodiscard]] Product gross() const { return larger(magnitude(up), magnitude(down)); }
    [[nodiscard]] Product long_up() const { return larger(up, Product{}); }
    [[nodiscard]] Product short_down() const { return larger(Product{} - down, Product{}); }
    [[nodiscard]] Product margin() const {
        return margin_rate.is_zero() ? Product{} : value_of(gross(), margin_rate);
    }
};

// Of the newest day that any of the positions knows.
void count_short_sales(Holding& sum, const Holding& was, const Holding& now) {
    sum.short_sold -= was.sold_short_on(sum.short_day);
    if (now.short_day > sum.short_day) {
        sum.short_day = now.short_day;
        sum.short_sold = Decimal{};
    }
    sum.short_sold += now.sold_short_on(sum.short_day);
}

std::uint64_t place_hash(std::uint32_t tracked, std::uint32_t instrument) {
    return Hash(30).add(tracked).add(instrument).value();
}

}  // namespace

Product value_of(const Product& priced, Decimal multiplier) {
    if (multiplier == Decimal::from_units(1)) return priced;
    return Product::from_raw(priced.raw() / Decimal::scale * multiplier.raw());
}

void add(Totals& totals, const Holding& holding, const Valuation& valuation) {
    const Parts parts(holding, valuation);
    totals.open_notional += parts.open;
    totals.gross += parts.gross();
    totals.net_up += parts.up;
    totals.net_down += parts.down;
    totals.long_up += parts.long_up();
    totals.short_down += parts.short_down();
    totals.margin += parts.margin();
}

void take(Totals& totals, const Holding& holding, const Valuation& valuation) {
    const Parts parts(holding, valuation);
    totals.open_notional -= parts.open;
    totals.gross -= parts.gross();
    totals.net_up -= parts.up;
    totals.net_down -= parts.down;
    totals.long_up -= parts.long_up();
    totals.short_down -= parts.short_down();
    totals.margin -= parts.margin();
}

Valuation Exposures::valuation(std::uint32_t instrument) const {
    return instrument < instruments_->size() ? valuation_of((*instruments_)[instrument]) : Valuation{};
}

std::uint32_t Exposures::find(std::uint32_t tracked, std::uint32_t instrument) const {
    if (slots_.empty()) return 0;
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t at = place_hash(tracked, instrument) & mask;; at = (at + 1) & mask) {
        const std::uint32_t bucket = slots_[at];
        if (bucket == 0) return 0;
        if (buckets_[bucket].tracked == tracked && buckets_[bucket].instrument == instrument) return bucket;
    }
}

std::uint32_t Exposures::find_or_add(std::uint32_t tracked, std::uint32_t instrument) {
    if (const std::uint32_t known = find(tracked, instrument); known != 0) return known;
    if (2 * (buckets_.size() + 1) > slots_.size()) grow_slots();
    const auto made = static_cast<std::uint32_t>(buckets_.size());
    buckets_.push_back({{}, tracked, instrument});
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = place_hash(tracked, instrument) & mask;
    while (slots_[at] != 0) at = (at + 1) & mask;
    slots_[at] = made;
    if (instrument >= by_instrument_.size()) by_instrument_.resize(instrument + 1);
    by_instrument_[instrument].push_back(made);
    return made;
}

void Exposures::grow_slots() {
    slots_.assign(std::max<std::size_t>(1024, slots_.size() * 2), 0);
    const std::size_t mask = slots_.size() - 1;
    for (std::uint32_t bucket = 1; bucket < buckets_.size(); ++bucket) {
        std::size_t at = place_hash(buckets_[bucket].tracked, buckets_[bucket].instrument) & mask;
        while (slots_[at] != 0) at = (at + 1) & mask;
        slots_[at] = bucket;
    }
}

void Exposures::rebuild(const Book& book, const order::Ledger& ledger,
                        const std::vector<Instrument>& instruments, const Groups& groups) {
    book_ = &book;
    instruments_ = &instruments;
    groups_ = &groups;
    counted_.clear();
    links_.clear();
    buckets_.assign(1, Bucket{});
    slots_.clear();
    by_instrument_.clear();
    totals_.assign(book.tracked_count() + 1, Totals{});
    valuations_.clear();
    for (const Instrument& instrument : instruments) valuations_.push_back(valuation_of(instrument));
    if (book.tracked_count() == 0) return;
    for (std::uint32_t number = 1; number <= ledger.positions().size(); ++number)
        update(number, ledger.positions()[number]);
}

void Exposures::link(Counted& counted, const order::Position& position) {
    LevelNumbers numbers{};
    numbers[at(LevelKind::account)] = position.account;
    numbers[at(LevelKind::strategy)] = position.strategy;
    numbers[at(LevelKind::instrument)] = position.instrument;
    if (position.instrument < instruments_->size()) {
        const Instrument& instrument = (*instruments_)[position.instrument];
        numbers[at(LevelKind::venue)] = instrument.venue;
        numbers[at(LevelKind::asset_class)] = instrument.asset_class;
        numbers[at(LevelKind::currency)] = instrument.currency;
        numbers[at(LevelKind::sector)] = instrument.sector;
        numbers[at(LevelKind::region)] = instrument.region;
    }
    groups_->add(numbers);
    counted.linked = true;
    counted.first_link = static_cast<std::uint32_t>(links_.size());
    book_->for_each_tracked(numbers, [&](std::uint32_t tracked) {
        links_.push_back(find_or_add(tracked, position.instrument));
        ++counted.link_count;
    });
}

void Exposures::update(std::uint32_t number, const order::Position& position) {
    if (totals_.size() <= 1) return;  // nothing is measured
    if (number >= counted_.size()) counted_.resize(number + 1);
    Counted& counted = counted_[number];
    if (!counted.linked) link(counted, position);
    if (position.instrument >= valuations_.size()) valuations_.resize(position.instrument + 1);
    const Valuation valued = valuations_[position.instrument];
    const Decimal multiplier = position.instrument < instruments_->size()
                                   ? (*instruments_)[position.instrument].multiplier
                                   : Decimal::from_units(1);
    const Product notional = value_of(position.open_notional, multiplier);
    const Holding now{position.net(), position.open_buy,   position.open_sell,  position.open_unpriced,
                      notional,       position.open_short, position.short_sold, position.short_day};
    const Holding& was = counted.holding;
    for (std::uint32_t at = 0; at < counted.link_count; ++at) {
        Bucket& bucket = buckets_[links_[counted.first_link + at]];
        Totals& totals = totals_[bucket.tracked];
        totals.open_orders += std::int64_t{position.open_orders} - std::int64_t{counted.open_orders};
        take(totals, bucket.holding, valued);
        bucket.holding.net += now.net - was.net;
        bucket.holding.open_buy += now.open_buy - was.open_buy;
        bucket.holding.open_sell += now.open_sell - was.open_sell;
        bucket.holding.open_unpriced += now.open_unpriced - was.open_unpriced;
        bucket.holding.open_notional += now.open_notional - was.open_notional;
        bucket.holding.open_short += now.open_short - was.open_short;
        count_short_sales(bucket.holding, was, now);
        add(totals, bucket.holding, valued);
    }
    counted.holding = now;
    counted.open_orders = position.open_orders;
}

void Exposures::reprice(std::uint32_t instrument) {
    if (totals_.size() <= 1) return;
    if (instrument >= valuations_.size()) valuations_.resize(instrument + 1);
    const Valuation before = valuations_[instrument];
    const Valuation after = valuation(instrument);
    if (before == after) return;
    valuations_[instrument] = after;
    if (instrument >= by_instrument_.size()) return;
    for (const std::uint32_t at : by_instrument_[instrument]) {
        const Bucket& bucket = buckets_[at];
        take(totals_[bucket.tracked], bucket.holding, before);
        add(totals_[bucket.tracked], bucket.holding, after);
    }
}

bool Exposures::same_as(const Exposures& other) const {
    if (totals_ != other.totals_) return false;
    const auto holds = [](const Exposures& a, const Exposures& b) {
        return std::all_of(a.buckets_.begin(), a.buckets_.end(), [&b](const Bucket& bucket) {
            return bucket.instrument == 0 || b.holding(bucket.tracked, bucket.instrument) == bucket.holding;
        });
    };
    return holds(*this, other) && holds(other, *this);
}

}  // namespace gw::risk
