// Limits as the checks read them: compiled when they change, found by number.
//
// Theory of operation. A limit becomes a Rule. The rules of one level stand side by side in one array, in the
// order of the checks; a Row says where. The row of a level is found by its number in an array, the row of a
// pair of levels by a hash - and only for those pairs of kinds that some limit names. So a decision touches
// the rows of its own levels and nothing else, however many limits there are.
//
// Permissions are another matter: an order of a level that has some needs one that fits, for each kind of
// second level. They stand in a set by their pair of levels; the row of the first level has one rule for each
// such kind.
//
// Nothing in here is state: it follows from the limits that were set, the configuration, and the numbers of
// names.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/names.hpp"
#include "risk/definition.hpp"
#include "risk/level.hpp"

namespace gw::risk {

// What a check reads of a limit. None of them is on two cache lines.
struct alignas(32) Rule {
    Decimal value{};
    std::int64_t window_ns = 0;
    std::uint32_t definition = 0;    // its place in the book
    std::uint32_t count = 0;         // of permissions: LevelKind of their first level
    std::uint8_t kind = 0;           // LimitKind
    std::uint8_t order = 0;          // of its check
    std::uint8_t unit : 4 = 0;       // LimitUnit; of permissions: LevelKind of their second level
    std::uint8_t reference : 4 = 0;  // LimitReference
    std::uint8_t action : 3 = 0;     // LimitAction
    std::uint8_t crossing : 3 = 0;   // CrossingPolicy
    bool allow_missing_reference : 1 = false;
    bool reads_gauge : 1 = false;  // its check reads the gauge that has the number `tracked`
    // Of a kind that measures exposures: its row's number; of one that remembers: its own. Else 0.
    std::uint32_t tracked = 0;
};
static_assert(sizeof(Rule) == 32, "two to a cache line: most of a decision is waiting for them");

struct Row {
    std::uint32_t first = 0;
    std::uint32_t count = 0;
    std::uint32_t tracked = 0;  // from 1; 0: none of its limits measures exposures
};

// A limit as it was set, and where: for denials, and for those who ask.
struct BookEntry {
    Definition definition;
    Level level, second_level;  // second_level: the firm where there is none
};

// Of one order: each kind of level, and each pair of kinds.
inline constexpr std::size_t rows_max = level_kind_count + level_kind_count * (level_kind_count - 1) / 2;

// Where the rules of one order stand.
class FoundRows {
  public:
    // Nothing is written before it is known: the rows of most orders are few of those that there may be.
    struct Place {
        std::uint32_t first, count;
    };
    void add(const Row& row) {
        if (row.count != 0) places_[count_++] = {row.first, row.count};
    }
    [[nodiscard]] std::span<const Place> all() const { return {places_.data(), count_}; }

  private:
    std::array<Place, rows_max> places_;
    std::size_t count_ = 0;
};

class Book {
  public:
    using Resolve = std::function<std::optional<Level>(std::string_view)>;
    using NumberOf = std::function<std::uint32_t(const Definition&)>;

    // Entries whose level `resolve` does not know, and disabled ones, are kept out. `configured` are those
    // of the configuration file, which stand behind the others. `number_of` numbers those that remember.
    void compile(std::vector<Definition> set, const std::vector<Definition>& configured,
                 const Resolve& resolve, const NumberOf& number_of = {});

    [[nodiscard]] std::uint32_t tracked_count() const { return tracked_count_; }
    // Calls visit(tracked) for each tracked row of these levels.
    template <class Visitor>
    void for_each_tracked(const LevelNumbers& numbers, Visitor&& visit) const {
        for (std::size_t kind = 0; kind < level_kind_count; ++kind)
            if (numbers[kind] < single_[kind].size() && single_[kind][numbers[kind]].tracked != 0)
                visit(single_[kind][numbers[kind]].tracked);
        for (const PairKind pair : pair_kinds_)
            if (const Row row = find_pair(pair_key(pair, numbers)); row.tracked != 0) visit(row.tracked);
    }
    // Finds the rows of these levels, and asks for the memory of their rules, so that it is waited for once.
    void find(const LevelNumbers& numbers, FoundRows& found) const {
        for (std::size_t kind = 0; kind < level_kind_count; ++kind)
            if (numbers[kind] < single_[kind].size()) found.add(single_[kind][numbers[kind]]);
        for (const PairKind pair : pair_kinds_) found.add(find_pair(pair_key(pair, numbers)));
        for (const FoundRows::Place& row : found.all())
            for (std::uint32_t ahead = 0; ahead < row.count; ahead += 2)
                __builtin_prefetch(&rules_[row.first + ahead]);
    }
    // Calls visit(rule) for each rule of these levels, in no order that matters.
    template <class Visitor>
    void for_each_rule(const FoundRows& found, Visitor&& visit) const {
        for (const FoundRows::Place& row : found.all())
            for (std::uint32_t rule = 0; rule < row.count; ++rule) visit(rules_[row.first + rule]);
    }
    template <class Visitor>
    void for_each_rule(const LevelNumbers& numbers, Visitor&& visit) const {
        FoundRows found;
        find(numbers, found);
        for_each_rule(found, visit);
    }
    // Calls visit(rule) for all of them.
    template <class Visitor>
    void for_each(Visitor&& visit) const {
        for (const Rule& rule : rules_) visit(rule);
    }
    // Whether some permission has these levels.
    [[nodiscard]] bool permits(Level first, Level second) const {
        if (second.number == 0) return false;
        for (std::size_t place = spread(permission_key(first, second)) & permissions_mask_;;
             place = (place + 1) & permissions_mask_) {
            if (permissions_[place] == permission_key(first, second)) return true;
            if (permissions_[place] == 0) return false;
        }
    }
    [[nodiscard]] const BookEntry& entry(std::uint32_t at) const { return entries_[at]; }
    [[nodiscard]] std::size_t size() const { return entries_.size(); }

  private:
    struct PairKind {
        LevelKind a, b;  // a < b
        friend bool operator==(PairKind, PairKind) = default;
    };
    struct Slot {
        std::uint64_t key = 0;  // 0: free
        Row row{};
    };
    // 0 where one of the two is not there. Kinds take 4 bits each, numbers 28: more names than that there
    // are not.
    [[nodiscard]] static std::uint64_t pair_key(PairKind pair, const LevelNumbers& numbers) {
        const std::uint64_t a = numbers[at(pair.a)], b = numbers[at(pair.b)];
        if (a == 0 || b == 0) return 0;
        return static_cast<std::uint64_t>(pair.a) << 60 | static_cast<std::uint64_t>(pair.b) << 56 | a << 28 |
               b;
    }
    [[nodiscard]] Row find_pair(std::uint64_t key) const {
        if (key == 0) return {};
        for (std::size_t place = spread(key) & mask_;; place = (place + 1) & mask_) {
            if (pairs_[place].key == key) return pairs_[place].row;
            if (pairs_[place].key == 0) return {};
        }
    }
    [[nodiscard]] static std::uint64_t spread(std::uint64_t key) {
        key *= 0x9e37'79b9'7f4a'7c15ULL;
        return key ^ key >> 32;
    }
    Row& add_row(Level level, Level second);
    // In the order that they were given in: who, and what. Never 0: the second level has a number.
    [[nodiscard]] static std::uint64_t permission_key(Level first, Level second) {
        return static_cast<std::uint64_t>(first.kind) << 60 | static_cast<std::uint64_t>(second.kind) << 56 |
               std::uint64_t{first.number} << 28 | second.number;
    }
    void take_permissions(const std::vector<BookEntry>& entries);

    std::array<std::vector<Row>, level_kind_count> single_;  // by number
    std::vector<PairKind> pair_kinds_;
    std::vector<Slot> pairs_;
    std::size_t mask_ = 0;
    std::vector<std::uint64_t> permissions_ = {0};  // keys by hash; 0: free
    std::size_t permissions_mask_ = 0;
    std::vector<Rule> rules_;
    std::uint32_t tracked_count_ = 0;
    std::vector<BookEntry> entries_;
};

}  // namespace gw::risk
