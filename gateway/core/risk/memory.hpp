// What limits remember: how much has come within their window, and what has come lately.
//
// Theory of operation. A limit of a kind that remembers has a Gauge, found by its number. A window is kept in
// 32 parts of equal length, the newest of which fills; one that has wholly left the window is taken out of
// the sums. So a gauge takes the same memory whatever comes, and what comes is remembered for the window and
// up to 1/31 of it longer: never shorter. Limits that hold for each instrument have a gauge for each that was
// ordered.
//
// All of it is state: it changes by events alone, with their time, so that recovery and checkpoints bring it
// back. It is kept for disabled limits too. When limits change, a gauge goes over to the limit of the same
// name, kind and levels; where the window has another length, what has come is put into its parts at the end
// of the part in which it was.
//
// No allocation, except for an instrument seen the first time by a limit that holds for each.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/image_fields.hpp"
#include "order/ledger.hpp"
#include "order/order.hpp"
#include "risk/book.hpp"
#include "risk/groups.hpp"
#include "risk/limit_set.hpp"

namespace gw::risk {

inline constexpr std::int64_t window_parts = 32;
inline constexpr std::size_t recent_orders_max = 64 * 1024;  // a power of two

// Amounts of a window; of what, the kind says. Counts are plain, quantities and money as raw decimals.
struct Sums {
    std::int64_t first = 0, second = 0;
};

// One to a cache line: a decision waits for each that it reads.
struct alignas(64) Gauge {
    std::int64_t width_ns = 0;  // of one part; 0: it has no window
    std::int64_t part = 0;      // number of the newest part: its time / width
    // Over all parts that are not taken out. Of a drawdown the second is the highest profit; of a loss streak
    // the first is its length.
    Sums sums;
    std::int64_t next_ns = 0;      // of a token bucket: when it is full again
    std::uint32_t limit = 0;       // number of its limit
    std::uint32_t instrument = 0;  // where it holds for one alone
    std::uint32_t reserve = 0;     // of its limit
};

struct GaugeParts {
    std::array<std::int64_t, window_parts> first{}, second{};
};

// An order, as later ones may repeat it.
struct RecentOrder {
    std::uint64_t fingerprint = 0;
    std::int64_t time_ns = 0;
    std::uint64_t previous = 0;  // number of the one before in the same place of the index; 0: none
};

// In money, of a level or of a position.
struct Profit {
    Product realized, unrealized;
};

// What positions are valued at: the reference price that was set while running, or else the last own trade.
struct Mark {
    Decimal price{};  // zero: none
    bool is_reference = false;
};

// As a raw decimal; what does not fit is as large as can be.
[[nodiscard]] std::int64_t raw_of(const Product& amount);

[[nodiscard]] std::uint64_t fingerprint_of(std::uint32_t client, std::uint32_t instrument, bool buys,
                                           Decimal quantity, Decimal price);

class Memory {
  public:
    // Takes the limits that remember out of these; `level_of` gives their levels numbers. Sums are kept where
    // a limit stays what it was.
    void compile(const LimitSet::Definitions& all, const Book::Resolve& level_of);
    // Looked at for the levels of positions; it has to live as long.
    void set_groups(const Groups* groups) { groups_ = groups; }
    // What one unit of a currency is worth in another; zero where nobody knows. After a change of it the
    // caller has all positions valued anew where `converts`.
    using RateOf = std::function<Decimal(std::string_view from, std::string_view to)>;
    void set_rates(RateOf rate_of) { rate_of_ = std::move(rate_of); }
    [[nodiscard]] bool converts() const { return converts_; }
    [[nodiscard]] bool empty() const { return limits_.empty(); }
    // The number of a limit by its name, from 1; 0 where it remembers nothing.
    [[nodiscard]] std::uint32_t number_of(const Definition& definition) const;
    [[nodiscard]] const Definition& limit(std::uint32_t number) const { return limits_[number - 1]; }
    // Calls visit(rule) for each of its limits on these levels; rule.tracked is its number.
    template <class Visitor>
    void for_each_rule(const LevelNumbers& numbers, Visitor&& visit) const {
        book_.for_each_rule(numbers, visit);
    }
    template <class Visitor>
    void for_each_rule(Visitor&& visit) const {
        book_.for_each(visit);
    }
    [[nodiscard]] const BookEntry& entry(const Rule& rule) const { return book_.entry(rule.definition); }

    // --- what events change
    void new_order(const LevelNumbers& numbers, std::uint64_t fingerprint, Decimal quantity, Decimal notional,
                   std::int64_t time_ns);
    // `quantity`, `notional`: by how much it asks for more.
    void replace(const LevelNumbers& numbers, Decimal quantity, Decimal notional, std::int64_t time_ns);
    void cancel(const LevelNumbers& numbers, std::int64_t time_ns);
    void fill(const LevelNumbers& numbers, bool buys, std::int64_t time_ns);
    // memory_profits.cpp. After the position has changed; `day_begins`: with its start of day, so that the
    // highest profit is looked for anew.
    void revalue(std::uint32_t position, const order::Ledger& ledger, bool day_begins);
    void revalue_all(const order::Ledger& ledger);
    void set_mark(std::uint32_t instrument, Decimal price, bool is_reference, const order::Ledger& ledger);
    // The position has traded at this price, for the first time perhaps: it is valued with the others in the
    // instrument, so that no high is made of a sum without what the trade cost.
    void trade(std::uint32_t position, Decimal price, const order::Ledger& ledger);
    // Of an instrument whose positions are about to be split and revalued: what is open is worth the same.
    void split_mark(std::uint32_t instrument, Decimal new_units, Decimal old_units);
    // A trade realized this in the position.
    void trade_realized(std::uint32_t position, const Product& profit);
    // A person lets this level trade again: what had stopped it is forgotten.
    void forgive(Level level);

    // --- what checks read
    // Asks for the memory of what a check of this rule reads, ahead of the check.
    void expect(const Rule& rule) const {
        if (rule.reads_gauge) __builtin_prefetch(&gauges_[rule.tracked]);
    }
    void expect_repeated(std::uint64_t fingerprint) const {
        __builtin_prefetch(&newest_[fingerprint & (recent_orders_max - 1)]);
    }
    [[nodiscard]] bool keeps_orders() const { return keeps_orders_; }
    [[nodiscard]] const Gauge& gauge(std::uint32_t number) const { return gauges_[number]; }
    // Null where nothing has come in this instrument.
    [[nodiscard]] const Gauge* gauge(std::uint32_t number, std::uint32_t instrument) const;
    // Within the window that ends now.
    [[nodiscard]] Sums within(const Gauge& gauge, std::int64_t now_ns) const;
    // How many of the last orders with this fingerprint came within the window; counts to `most` at most.
    [[nodiscard]] std::uint32_t repeated(std::uint64_t fingerprint, std::int64_t window_ns,
                                         std::int64_t now_ns, std::uint32_t most) const;
    // What a limit on losses looks at.
    [[nodiscard]] const Profit& profit(std::uint32_t number) const { return profits_[number]; }
    [[nodiscard]] Mark mark_of(std::uint32_t instrument) const {
        return instrument < marks_.size() ? marks_[instrument] : Mark{};
    }
    // Calls visit(rule) for those that what came since the last call may have broken, or for all.
    template <class Visitor>
    void for_each_due(Visitor&& visit) {
        if (all_due_) book_.for_each(visit);
        if (!all_due_)
            for (const std::uint32_t number : due_) visit(rules_[number]);
        due_.clear();
        all_due_ = false;
    }
    [[nodiscard]] bool is_due() const { return all_due_ || !due_.empty(); }
    void all_due() { all_due_ = true; }
    // Calls visit(gauge) for those of one limit that hold for one instrument.
    template <class Visitor>
    void for_each_cell(std::uint32_t number, Visitor&& visit) const {
        for (std::size_t at = limits_.size() + 1; at < gauges_.size(); ++at)
            if (gauges_[at].limit == number) visit(gauges_[at]);
    }

    // Over everything that recovery must bring back, numbers of names apart.
    [[nodiscard]] std::uint64_t state_hash() const;
    // For a checkpoint. Taken after `compile` with the same limits; false where they do not fit.
    struct Image {
        std::vector<Gauge> gauges;
        std::vector<GaugeParts> parts;
        std::vector<RecentOrder> recent;
        std::vector<Mark> marks;
        std::uint64_t recent_count = 0;
    };
    [[nodiscard]] Image image() const;
    bool take_image(const Image& image);

  private:
    [[nodiscard]] std::uint32_t find_cell(std::uint32_t limit, std::uint32_t instrument) const;
    std::uint32_t cell(std::uint32_t limit, std::uint32_t instrument);
    void index_cells();
    // A position, as it is in the sums.
    struct Valued {
        Profit profit;
        std::uint32_t first_link = 0, link_count = 0;
        std::uint32_t next = 0;  // position in the same instrument
        bool linked = false;
    };
    static constexpr std::size_t due_max = 256;
    // A limit that looks at a position, and what of the position is in its sum.
    struct ProfitLink {
        std::uint32_t limit = 0;
        Decimal rate = Decimal::from_units(1);  // into the limit's currency
        Profit counted;
    };
    void link(std::uint32_t position, Valued& valued, const LevelNumbers& numbers, std::uint32_t instrument,
              std::string_view currency);
    // Has the limits that look at the position known, where they are not.
    Valued& linked(std::uint32_t position, const order::Ledger& ledger);
    [[nodiscard]] Profit counted(const ProfitLink& link, const Profit& own, const order::Position& position,
                                 const order::Ledger& ledger) const;
    [[nodiscard]] Decimal rate_into(const Definition& limit, std::string_view currency) const;
    void add_due(std::uint32_t number) {
        if (due_.size() < due_max)
            due_.push_back(number);
        else
            all_due_ = true;
    }
    void keep_orders(bool keeps);
    void add(std::uint32_t gauge, const Sums& more, std::int64_t time_ns);
    void remember(std::uint64_t fingerprint, std::int64_t time_ns);
    [[nodiscard]] std::uint64_t oldest_recent() const {
        return recent_count_ > recent_orders_max ? recent_count_ - recent_orders_max : 0;
    }
    [[nodiscard]] const RecentOrder& recent(std::uint64_t number) const {
        return recent_[(number - 1) & (recent_orders_max - 1)];
    }

    std::vector<Definition> limits_;  // by name
    std::vector<Rule> rules_;         // by number
    std::vector<std::uint32_t> due_;
    bool all_due_ = false;
    bool watches_losses_ = false;  // a limit on losses is set
    bool converts_ = false;        // and one of them has a currency
    RateOf rate_of_;
    std::vector<Mark> marks_;  // by instrument
    // The rest follows from the ledger, the marks and the limits.
    std::vector<Profit> profits_;           // by number
    std::vector<Valued> valued_;            // by position
    std::vector<ProfitLink> profit_links_;  // of positions, side by side
    std::vector<std::uint32_t> newest_in_;  // by instrument: the newest position that a limit looks at
    const Groups* groups_ = nullptr;
    Book book_;
    std::vector<Gauge> gauges_{1};      // by number; the first is none; those of one instrument behind
    std::vector<GaugeParts> parts_{1};  // of the same numbers
    std::vector<std::uint32_t> cells_;  // numbers of gauges of one instrument, by hash; 0: free
    bool keeps_orders_ = false;         // a limit on duplicates is set
    std::vector<RecentOrder> recent_;   // a ring; order n is at n - 1
    std::uint64_t recent_count_ = 0;
    std::vector<std::uint64_t> newest_;  // by the fingerprint's low bits: number of the newest; 0: none
};

}  // namespace gw::risk

namespace gw {
template <>
struct ImageFields<risk::Sums> {
    using T = risk::Sums;
    static constexpr std::array list{GW_IMAGE_FIELD(T, first), GW_IMAGE_FIELD(T, second)};
};
template <>
struct ImageFields<risk::Gauge> {
    using T = risk::Gauge;
    static constexpr std::array list{GW_IMAGE_FIELD(T, width_ns), GW_IMAGE_FIELD(T, part),
                                     GW_IMAGE_FIELD(T, sums),     GW_IMAGE_FIELD(T, next_ns),
                                     GW_IMAGE_FIELD(T, limit),    GW_IMAGE_FIELD(T, instrument),
                                     GW_IMAGE_FIELD(T, reserve)};
};
template <>
struct ImageFields<risk::GaugeParts> {
    using T = risk::GaugeParts;
    static constexpr std::array list{GW_IMAGE_FIELD(T, first), GW_IMAGE_FIELD(T, second)};
};
template <>
struct ImageFields<risk::Mark> {
    using T = risk::Mark;
    static constexpr std::array list{GW_IMAGE_FIELD(T, price), GW_IMAGE_FIELD(T, is_reference)};
};
template <>
struct ImageFields<risk::RecentOrder> {
    using T = risk::RecentOrder;
    static constexpr std::array list{GW_IMAGE_FIELD(T, fingerprint), GW_IMAGE_FIELD(T, time_ns),
                                     GW_IMAGE_FIELD(T, previous)};
};
}  // namespace gw
