#include "risk/book.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <tuple>

namespace gw::risk {

namespace {

Rule rule_of(const Definition& definition, std::uint32_t at) {
    Rule rule;
    rule.value = definition.value;
    // The exposure that the capital bears; what does not fit is no exposure that could be reached.
    if (definition.kind == schema::LimitKind::leverage)
        rule.value = Product(definition.value, definition.capital)
                         .to_decimal()
                         .value_or(Decimal::from_raw(std::numeric_limits<std::int64_t>::max()));
    rule.window_ns = definition.window_ns;
    rule.definition = at;
    rule.count = definition.count;
    rule.kind = static_cast<std::uint8_t>(definition.kind);
    rule.order = order_of(definition.kind);
    rule.unit = static_cast<std::uint8_t>(definition.unit) & 3U;
    rule.reference = static_cast<std::uint8_t>(definition.reference) & 7U;
    rule.action = static_cast<std::uint8_t>(action_of(definition)) & 7U;
    rule.crossing = static_cast<std::uint8_t>(definition.crossing) & 7U;
    rule.allow_missing_reference = definition.allow_missing_reference;
    return rule;
}

// Of those that remember: not what has come in one instrument, nor repeated orders, which are found by a
// hash.
bool reads_gauge(schema::LimitKind kind) {
    return kind != schema::LimitKind::accumulated_quantity && kind != schema::LimitKind::duplicate_orders;
}

bool is_permission(const BookEntry& entry) {
    return entry.definition.kind == schema::LimitKind::permitted;
}

// Where its rule stands: permissions stand with their first level.
auto place_of(const BookEntry& entry) {
    const Level second = is_permission(entry) ? Level{} : entry.second_level;
    return std::tuple(entry.level.kind, entry.level.number, second.kind, second.number);
}

}  // namespace

void Book::compile(std::vector<Definition> set, const std::vector<Definition>& configured,
                   const Resolve& resolve, const NumberOf& number_of) {
    set.insert(set.end(), configured.begin(), configured.end());
    std::vector<BookEntry> entries;
    entries.reserve(set.size());
    for (Definition& definition : set) {
        const auto level = resolve(definition.level);
        const auto second =
            definition.second_level.empty() ? std::optional(Level{}) : resolve(definition.second_level);
        if (definition.disabled || !level || !second) continue;
        BookEntry entry{std::move(definition), *level, *second};
        // The kinds of a pair in one order, so that both ways to write it are the same row.
        if (!is_permission(entry) && entry.second_level.kind != LevelKind::firm &&
            entry.second_level.kind < entry.level.kind)
            std::swap(entry.level, entry.second_level);
        entries.push_back(std::move(entry));
    }
    std::vector<std::uint32_t> sorted(entries.size());
    for (std::uint32_t at = 0; at < sorted.size(); ++at) sorted[at] = at;
    std::stable_sort(sorted.begin(), sorted.end(), [&](std::uint32_t a, std::uint32_t b) {
        return std::tuple(place_of(entries[a]), order_of(entries[a].definition.kind),
                          entries[a].second_level.kind) < std::tuple(place_of(entries[b]),
                                                                     order_of(entries[b].definition.kind),
                                                                     entries[b].second_level.kind);
    });

    for (auto& rows : single_) rows.clear();
    pair_kinds_.clear();
    const auto pair_count =
        static_cast<std::size_t>(std::count_if(entries.begin(), entries.end(), [](const BookEntry& e) {
            return !is_permission(e) && e.second_level.kind != LevelKind::firm;
        }));
    pairs_.assign(std::bit_ceil(2 * pair_count + 2), Slot{});
    mask_ = pairs_.size() - 1;
    rules_.clear();
    tracked_count_ = 0;
    take_permissions(entries);
    rules_.reserve(entries.size());
    Row* row = nullptr;
    for (std::size_t at = 0; at < sorted.size(); ++at) {
        const BookEntry& entry = entries[sorted[at]];
        if (at == 0 || place_of(entry) != place_of(entries[sorted[at - 1]])) {
            row = &add_row(entry.level, is_permission(entry) ? Level{} : entry.second_level);
            row->first = static_cast<std::uint32_t>(rules_.size());
        } else if (is_permission(entry) && is_permission(entries[sorted[at - 1]]) &&
                   entries[sorted[at - 1]].second_level.kind == entry.second_level.kind) {
            continue;  // one rule stands for all of them
        }
        rules_.push_back(rule_of(entry.definition, sorted[at]));
        if (is_permission(entry)) {
            rules_.back().count = static_cast<std::uint32_t>(entry.level.kind);
            rules_.back().unit = static_cast<std::uint8_t>(entry.second_level.kind) & 0xF;
        }
        const KindTerms* terms = terms_of(entry.definition.kind);
        if (terms != nullptr && terms->measures) {
            if (row->tracked == 0) row->tracked = ++tracked_count_;
            rules_.back().tracked = row->tracked;
        } else if (terms != nullptr && terms->remembers && number_of) {
            rules_.back().tracked = number_of(entry.definition);
            rules_.back().reads_gauge = rules_.back().tracked != 0 && reads_gauge(entry.definition.kind);
        }
        ++row->count;
    }
    entries_ = std::move(entries);
}

void Book::take_permissions(const std::vector<BookEntry>& entries) {
    const auto count = static_cast<std::size_t>(std::count_if(entries.begin(), entries.end(), is_permission));
    permissions_.assign(std::bit_ceil(2 * count + 1), 0);
    permissions_mask_ = permissions_.size() - 1;
    for (const BookEntry& entry : entries) {
        if (!is_permission(entry)) continue;
        const std::uint64_t key = permission_key(entry.level, entry.second_level);
        std::size_t place = spread(key) & permissions_mask_;
        while (permissions_[place] != 0 && permissions_[place] != key)
            place = (place + 1) & permissions_mask_;
        permissions_[place] = key;
    }
}

Row& Book::add_row(Level level, Level second) {
    if (second.kind == LevelKind::firm) {
        auto& rows = single_[at(level.kind)];
        if (level.number >= rows.size()) rows.resize(level.number + 1);
        return rows[level.number];
    }
    const PairKind pair{level.kind, second.kind};
    if (std::find(pair_kinds_.begin(), pair_kinds_.end(), pair) == pair_kinds_.end())
        pair_kinds_.push_back(pair);
    LevelNumbers numbers{};
    numbers[at(level.kind)] = level.number;
    numbers[at(second.kind)] = second.number;
    const std::uint64_t key = pair_key(pair, numbers);
    std::size_t place = spread(key) & mask_;
    while (pairs_[place].key != 0) place = (place + 1) & mask_;
    pairs_[place].key = key;
    return pairs_[place].row;
}

}  // namespace gw::risk
