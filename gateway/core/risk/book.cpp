#include "risk/book.hpp"

#include <algorithm>
#include <bit>
#include <tuple>

namespace gw::risk {

namespace {

Rule rule_of(const Definition& definition, std::uint32_t at) {
    Rule rule;
    rule.value = definition.value;
    rule.window_ns = definition.window_ns;
    rule.definition = at;
    rule.count = definition.count;
    rule.kind = static_cast<std::uint8_t>(definition.kind);
    rule.order = order_of(definition.kind);
    rule.unit = static_cast<std::uint8_t>(definition.unit) & 0xF;
    rule.reference = static_cast<std::uint8_t>(definition.reference) & 0xF;
    rule.allow_missing_reference = definition.allow_missing_reference;
    return rule;
}

auto place_of(const BookEntry& entry) {
    return std::tuple(entry.level.kind, entry.level.number, entry.second_level.kind,
                      entry.second_level.number);
}

}  // namespace

void Book::compile(std::vector<Definition> set, const std::vector<Definition>& configured,
                   const Resolve& resolve) {
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
        if (entry.second_level.kind != LevelKind::firm && entry.second_level.kind < entry.level.kind)
            std::swap(entry.level, entry.second_level);
        entries.push_back(std::move(entry));
    }
    std::vector<std::uint32_t> sorted(entries.size());
    for (std::uint32_t at = 0; at < sorted.size(); ++at) sorted[at] = at;
    std::stable_sort(sorted.begin(), sorted.end(), [&](std::uint32_t a, std::uint32_t b) {
        return std::tuple(place_of(entries[a]), order_of(entries[a].definition.kind)) <
               std::tuple(place_of(entries[b]), order_of(entries[b].definition.kind));
    });

    for (auto& rows : single_) rows.clear();
    pair_kinds_.clear();
    const auto pair_count =
        static_cast<std::size_t>(std::count_if(entries.begin(), entries.end(), [](const BookEntry& e) {
            return e.second_level.kind != LevelKind::firm;
        }));
    pairs_.assign(std::bit_ceil(2 * pair_count + 2), Slot{});
    mask_ = pairs_.size() - 1;
    rules_.clear();
    tracked_count_ = 0;
    rules_.reserve(entries.size());
    Row* row = nullptr;
    for (std::size_t at = 0; at < sorted.size(); ++at) {
        const BookEntry& entry = entries[sorted[at]];
        if (at == 0 || place_of(entry) != place_of(entries[sorted[at - 1]])) {
            row = &add_row(entry.level, entry.second_level);
            row->first = static_cast<std::uint32_t>(rules_.size());
        }
        rules_.push_back(rule_of(entry.definition, sorted[at]));
        const KindTerms* terms = terms_of(entry.definition.kind);
        if (terms != nullptr && terms->measures) {
            if (row->tracked == 0) row->tracked = ++tracked_count_;
            rules_.back().tracked = row->tracked;
        }
        ++row->count;
    }
    entries_ = std::move(entries);
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
