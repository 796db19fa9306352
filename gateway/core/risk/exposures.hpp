// What is held and ordered, by level: reservations and exposures, as limits are measured against them.
//
// Theory of operation. The ledger keeps a position for each account, strategy and instrument, with what its
// open orders have reserved. Everything here is a sum over those positions: for each level that some limit
// measures (a tracked row of the book), a Holding for each instrument, so that what is long in one strategy
// and short in another is netted inside a level, and Totals over the instruments, in money.
//
// It is kept by differences: after an event has changed a position, `update` takes the old part of that
// position out of the sums and the new one in. `rebuild` gives the same from nothing, which is what happens
// at a start and when limits change, and what tests hold it against. So none of it is state of its own: it
// follows from the ledger, the prices and the limits.
//
// No allocation, except for a position seen the first time.
#pragma once

#include <cstdint>
#include <vector>

#include "base/decimal.hpp"
#include "order/ledger.hpp"
#include "risk/book.hpp"
#include "risk/groups.hpp"
#include "risk/limits.hpp"

namespace gw::risk {

// In one instrument.
struct Holding {
    Decimal net, open_buy, open_sell;
    Decimal open_unpriced;
    Product open_notional;        // orders with a limit: quantity x price x multiplier, in its own currency
    Decimal open_short;           // part of open_sell
    Decimal short_sold;           // on short_day
    std::uint32_t short_day = 0;  // as in order::Position

    // What was sold short on a day.
    [[nodiscard]] Decimal sold_short_on(std::uint32_t day) const {
        return day == short_day ? short_sold : Decimal{};
    }

    friend bool operator==(const Holding&, const Holding&) = default;
};

// In money of the base currency: quantities at the reference price and the multiplier. The worst case is with
// every open buy filled, or every open sale, whichever is worse.
struct Totals {
    std::int64_t open_orders = 0;
    Product open_notional;  // orders with a limit at their limit
    Product gross;          // sum of the larger worst case of each instrument
    Product net_up;         // sum of the positions with all buys filled
    Product net_down;       // and with all sales
    Product long_up;        // of those that are long in the worst case
    Product short_down;     // of those that are short; above zero
    Product margin;         // sum of gross x margin rate, in percent

    friend bool operator==(const Totals&, const Totals&) = default;
};

// What an instrument's quantities are worth.
struct Valuation {
    Decimal unit{};                         // one of quantity, in the base currency; zero: nobody knows
    Decimal rate = Decimal::from_units(1);  // one of its own currency in the base currency
    Decimal margin{};

    friend bool operator==(const Valuation&, const Valuation&) = default;
};
[[nodiscard]] inline Valuation valuation_of(const Instrument& instrument) {
    return {instrument.unit_value(), instrument.rate, instrument.margin_in_force()};
}
// A product times a number.
[[nodiscard]] Product value_of(const Product& priced, Decimal multiplier);
// What a holding adds to the totals, open_orders apart.
void add(Totals& totals, const Holding& holding, const Valuation& valuation);
void take(Totals& totals, const Holding& holding, const Valuation& valuation);

class Exposures {
  public:
    // `numbers(position)` gives the levels of a position; `instruments` are found by number.
    void rebuild(const Book& book, const order::Ledger& ledger, const std::vector<Instrument>& instruments,
                 const Groups& groups);
    // After a change of the position with this number.
    void update(std::uint32_t number, const order::Position& position);
    // After a change of the instrument's reference price, rate into the base currency or margin rate.
    void reprice(std::uint32_t instrument);

    // Precondition: `tracked` is that of a rule of the book.
    [[nodiscard]] const Totals& totals(std::uint32_t tracked) const { return totals_[tracked]; }
    [[nodiscard]] Holding holding(std::uint32_t tracked, std::uint32_t instrument) const {
        const std::uint32_t bucket = find(tracked, instrument);
        return bucket == 0 ? Holding{} : buckets_[bucket].holding;
    }
    // Calls visit(instrument, holding) for each instrument of a tracked row.
    template <class Visitor>
    void for_each_holding(std::uint32_t tracked, Visitor&& visit) const {
        for (const Bucket& bucket : buckets_)
            if (bucket.tracked == tracked && bucket.instrument != 0) visit(bucket.instrument, bucket.holding);
    }
    // Whether both hold the same sums.
    [[nodiscard]] bool same_as(const Exposures& other) const;

  private:
    // What of a position is in the sums now.
    struct Counted {
        Holding holding;
        std::uint32_t open_orders = 0;
        std::uint32_t first_link = 0;
        std::uint32_t link_count = 0;
        bool linked = false;
    };
    struct Bucket {
        Holding holding;
        std::uint32_t tracked = 0;
        std::uint32_t instrument = 0;
    };

    [[nodiscard]] std::uint32_t find(std::uint32_t tracked, std::uint32_t instrument) const;
    std::uint32_t find_or_add(std::uint32_t tracked, std::uint32_t instrument);
    void grow_slots();
    void link(Counted& counted, const order::Position& position);
    [[nodiscard]] Valuation valuation(std::uint32_t instrument) const;

    const Book* book_ = nullptr;
    const std::vector<Instrument>* instruments_ = nullptr;
    const Groups* groups_ = nullptr;
    std::vector<Counted> counted_;       // by position number
    std::vector<std::uint32_t> links_;   // buckets of positions, side by side
    std::vector<Bucket> buckets_;        // the first is none
    std::vector<std::uint32_t> slots_;   // buckets by hash; 0: free
    std::vector<Valuation> valuations_;  // that the sums were made with, by instrument
    std::vector<Totals> totals_;         // by tracked row; the first is none
    std::vector<std::vector<std::uint32_t>> by_instrument_;
};

}  // namespace gw::risk
