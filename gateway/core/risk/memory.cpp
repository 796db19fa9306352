#include "risk/memory.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/hash.hpp"

namespace gw::risk {

using schema::LimitKind;

namespace {

constexpr std::size_t cells_reserved = 1024;

// So that the parts that are kept always cover the window, wherever in the newest part it ends.
std::int64_t width_of(const Definition& limit) {
    return (limit.window_ns + window_parts - 2) / (window_parts - 1);
}

bool is_same(const Definition& a, const Definition& b) {
    return a.name == b.name && a.kind == b.kind && a.level == b.level && a.second_level == b.second_level &&
           a.currency == b.currency && a.include_charges == b.include_charges;
}

std::size_t place(std::int64_t part) {
    return static_cast<std::size_t>(part) & static_cast<std::size_t>(window_parts - 1);
}

// A sum stays at the largest number there is, and above every limit. Returns what was added.
std::int64_t add_clipped(std::int64_t& sum, std::int64_t more) {
    const std::int64_t taken = std::min(more, std::numeric_limits<std::int64_t>::max() - sum);
    sum += taken;
    return taken;
}

void add_at(Gauge& gauge, GaugeParts& parts, const Sums& more) {
    parts.first[place(gauge.part)] += add_clipped(gauge.sums.first, more.first);
    parts.second[place(gauge.part)] += add_clipped(gauge.sums.second, more.second);
}

void advance(Gauge& gauge, GaugeParts& parts, std::int64_t time_ns) {
    const std::int64_t now = time_ns / gauge.width_ns;
    if (now <= gauge.part) return;  // also where the clock was set back
    const std::int64_t steps = std::min(now - gauge.part, window_parts);
    for (std::int64_t step = 1; step <= steps; ++step) {
        const std::size_t at = place(gauge.part + step);
        gauge.sums.first -= std::exchange(parts.first[at], 0);
        gauge.sums.second -= std::exchange(parts.second[at], 0);
    }
    gauge.part = now;
}

// What has come, in parts of another width: each at the end of the part in which it was.
void carry(const Gauge& from, const GaugeParts& parts, Gauge& to, GaugeParts& to_parts) {
    to.next_ns = from.next_ns;
    if (from.width_ns == to.width_ns) {
        to.part = from.part;
        to.sums = from.sums;
        to_parts = parts;
        return;
    }
    if (from.width_ns == 0 || to.width_ns == 0) return;
    // The newest part may end later than now: what the new window covers now is not to fall out for that.
    to.part = ((from.part + 1) * from.width_ns - 1) / to.width_ns;
    for (std::int64_t part = from.part - window_parts + 1; part <= from.part; ++part) {
        const std::int64_t end_ns = (part + 1) * from.width_ns - 1;
        if (end_ns + window_parts * to.width_ns < from.part * from.width_ns) continue;
        const std::size_t at = place(std::max(end_ns / to.width_ns, to.part - window_parts + 1));
        to_parts.first[at] += add_clipped(to.sums.first, parts.first[place(part)]);
        to_parts.second[at] += add_clipped(to.sums.second, parts.second[place(part)]);
    }
}

}  // namespace

std::uint64_t fingerprint_of(std::uint32_t client, std::uint32_t instrument, bool buys, Decimal quantity,
                             Decimal price) {
    return Hash(40).add(client).add(instrument).add(buys ? 1U : 0U).add(quantity).add(price).value();
}

// --- limits
// -------------------------------------------------------------------------------------------------------------

void Memory::compile(const LimitSet::Definitions& all, const Book::Resolve& level_of) {
    std::vector<Definition> limits;
    bool keeps = false;
    watches_losses_ = converts_ = false;
    for (const auto& [name, definition] : all) {
        const KindTerms* terms = terms_of(definition.kind);
        if (terms == nullptr || !terms->remembers) continue;
        limits.push_back(definition);
        keeps = keeps || definition.kind == LimitKind::duplicate_orders;
        watches_losses_ = watches_losses_ || is_on_losses(definition.kind);
        converts_ = converts_ || !definition.currency.empty();
    }
    keep_orders(keeps);
    std::vector<Gauge> gauges(1 + limits.size());
    std::vector<GaugeParts> parts(1 + limits.size());
    std::vector<std::uint32_t> number_now(limits_.size() + 1, 0);  // by the number until now
    for (std::uint32_t at = 0; at < limits.size(); ++at) {
        Gauge& gauge = gauges[at + 1];
        gauge.limit = at + 1;
        gauge.width_ns = width_of(limits[at]);
        gauge.reserve = limits[at].reserve;
        const std::uint32_t before = number_of(limits[at]);
        if (before == 0 || !is_same(limits_[before - 1], limits[at])) continue;
        number_now[before] = at + 1;
        carry(gauges_[before], parts_[before], gauge, parts[at + 1]);
    }
    for (std::size_t at = limits_.size() + 1; at < gauges_.size(); ++at) {
        const Gauge& from = gauges_[at];
        const std::uint32_t limit = number_now[from.limit];
        if (limit == 0) continue;
        Gauge& to = gauges.emplace_back();
        to.limit = limit;
        to.instrument = from.instrument;
        to.width_ns = width_of(limits[limit - 1]);
        carry(from, parts_[at], to, parts.emplace_back());
    }
    gauges.reserve(gauges.size() + cells_reserved);
    parts.reserve(parts.size() + cells_reserved);
    limits_ = std::move(limits);
    gauges_ = std::move(gauges);
    parts_ = std::move(parts);
    index_cells();
    std::vector<Definition> counted = limits_;
    for (Definition& definition : counted) definition.disabled = false;
    book_.compile(std::move(counted), {}, level_of,
                  [this](const Definition& definition) { return number_of(definition); });
    rules_.assign(limits_.size() + 1, Rule{});
    book_.for_each([this](const Rule& rule) { rules_[rule.tracked] = rule; });
    profits_.assign(limits_.size() + 1, Profit{});
    due_.reserve(due_max);
    all_due_ = true;
}

std::uint32_t Memory::number_of(const Definition& definition) const {
    const auto found =
        std::lower_bound(limits_.begin(), limits_.end(), definition.name,
                         [](const Definition& each, const std::string& name) { return each.name < name; });
    const bool known =
        found != limits_.end() && found->name == definition.name && found->kind == definition.kind;
    return known ? static_cast<std::uint32_t>(found - limits_.begin()) + 1 : 0;
}

// --- gauges of one instrument
// -------------------------------------------------------------------------------------------

void Memory::index_cells() {
    const std::size_t count = gauges_.size() - limits_.size();
    cells_.assign(std::max<std::size_t>(cells_reserved, std::bit_ceil(4 * count)), 0);
    for (std::size_t at = limits_.size() + 1; at < gauges_.size(); ++at) {
        std::size_t slot = Hash(41).add(gauges_[at].limit).add(gauges_[at].instrument).value();
        while (cells_[slot & (cells_.size() - 1)] != 0) ++slot;
        cells_[slot & (cells_.size() - 1)] = static_cast<std::uint32_t>(at);
    }
}

std::uint32_t Memory::find_cell(std::uint32_t limit, std::uint32_t instrument) const {
    for (std::size_t slot = Hash(41).add(limit).add(instrument).value();; ++slot) {
        const std::uint32_t at = cells_[slot & (cells_.size() - 1)];
        if (at == 0 || (gauges_[at].limit == limit && gauges_[at].instrument == instrument)) return at;
    }
}

std::uint32_t Memory::cell(std::uint32_t limit, std::uint32_t instrument) {
    if (const std::uint32_t known = find_cell(limit, instrument); known != 0) return known;
    Gauge made;
    made.limit = limit;
    made.instrument = instrument;
    made.width_ns = gauges_[limit].width_ns;
    gauges_.push_back(made);
    parts_.emplace_back();
    const std::size_t count = gauges_.size() - limits_.size();
    if (2 * count > cells_.size()) {
        index_cells();
    } else {
        std::size_t slot = Hash(41).add(limit).add(instrument).value();
        while (cells_[slot & (cells_.size() - 1)] != 0) ++slot;
        cells_[slot & (cells_.size() - 1)] = static_cast<std::uint32_t>(gauges_.size() - 1);
    }
    return static_cast<std::uint32_t>(gauges_.size() - 1);
}

const Gauge* Memory::gauge(std::uint32_t number, std::uint32_t instrument) const {
    const std::uint32_t at = find_cell(number, instrument);
    return at == 0 ? nullptr : &gauges_[at];
}

// --- windows
// -------------------------------------------------------------------------------------------------------------

void Memory::add(std::uint32_t gauge, const Sums& more, std::int64_t time_ns) {
    advance(gauges_[gauge], parts_[gauge], time_ns);
    add_at(gauges_[gauge], parts_[gauge], more);
}

Sums Memory::within(const Gauge& gauge, std::int64_t now_ns) const {
    if (now_ns < (gauge.part + 1) * gauge.width_ns) return gauge.sums;
    const std::int64_t steps = now_ns / gauge.width_ns - gauge.part;
    if (steps >= window_parts) return {};
    const GaugeParts& parts = parts_[static_cast<std::size_t>(&gauge - gauges_.data())];
    Sums sums = gauge.sums;
    for (std::int64_t step = 1; step <= steps; ++step) {
        sums.first -= parts.first[place(gauge.part + step)];
        sums.second -= parts.second[place(gauge.part + step)];
    }
    return sums;
}

// --- recent orders
// -------------------------------------------------------------------------------------------------------

void Memory::keep_orders(bool keeps) {
    if (keeps == keeps_orders_) return;
    keeps_orders_ = keeps;
    recent_count_ = 0;
    recent_ = std::vector<RecentOrder>(keeps ? recent_orders_max : 0);
    newest_ = std::vector<std::uint64_t>(keeps ? recent_orders_max : 0);
}

void Memory::remember(std::uint64_t fingerprint, std::int64_t time_ns) {
    const std::int64_t last_ns = recent_count_ == 0 ? time_ns : recent(recent_count_).time_ns;
    std::uint64_t& newest = newest_[fingerprint & (recent_orders_max - 1)];
    ++recent_count_;
    recent_[(recent_count_ - 1) & (recent_orders_max - 1)] = {fingerprint, std::max(time_ns, last_ns),
                                                              newest};
    newest = recent_count_;
}

std::uint32_t Memory::repeated(std::uint64_t fingerprint, std::int64_t window_ns, std::int64_t now_ns,
                               std::uint32_t most) const {
    std::uint32_t found = 0;
    const std::uint64_t oldest = oldest_recent();
    std::uint64_t number = newest_[fingerprint & (recent_orders_max - 1)];
    while (number > oldest && found < most) {
        const RecentOrder& order = recent(number);
        if (now_ns - order.time_ns >= window_ns) break;
        if (order.fingerprint == fingerprint) ++found;
        number = order.previous;
    }
    return found;
}

// --- events
// --------------------------------------------------------------------------------------------------------------

namespace {

// When a token bucket is full again, with one token more taken out of it.
std::int64_t bucket_after(const Definition& limit, std::int64_t next_ns, std::int64_t time_ns) {
    return std::max(next_ns, time_ns) + limit.window_ns / limit.count;
}

}  // namespace

void Memory::new_order(const LevelNumbers& numbers, std::uint64_t fingerprint, Decimal quantity,
                       Decimal notional, std::int64_t time_ns) {
    if (keeps_orders_) remember(fingerprint, time_ns);
    book_.for_each_rule(numbers, [&](const Rule& rule) {
        const std::uint32_t number = rule.tracked;
        switch (static_cast<LimitKind>(rule.kind)) {
            case LimitKind::message_rate:
                gauges_[number].next_ns = bucket_after(limits_[number - 1], gauges_[number].next_ns, time_ns);
                return add(number, {1, 0}, time_ns);
            case LimitKind::order_to_trade_ratio:
                return add(number, {1, 0}, time_ns);
            case LimitKind::cancel_ratio:
                return add(number, {0, 1}, time_ns);
            case LimitKind::accumulated_quantity:
                return add(cell(number, numbers[at(LevelKind::instrument)]), {quantity.raw(), 0}, time_ns);
            case LimitKind::accumulated_notional:
                return add(number, {notional.raw(), 0}, time_ns);
            default:
                return;
        }
    });
}

void Memory::replace(const LevelNumbers& numbers, Decimal quantity, Decimal notional, std::int64_t time_ns) {
    book_.for_each_rule(numbers, [&](const Rule& rule) {
        const std::uint32_t number = rule.tracked;
        switch (static_cast<LimitKind>(rule.kind)) {
            case LimitKind::message_rate:
                gauges_[number].next_ns = bucket_after(limits_[number - 1], gauges_[number].next_ns, time_ns);
                return add(number, {1, 0}, time_ns);
            case LimitKind::order_to_trade_ratio:
                return add(number, {1, 0}, time_ns);
            case LimitKind::accumulated_quantity:
                if (quantity.is_positive())
                    add(cell(number, numbers[at(LevelKind::instrument)]), {quantity.raw(), 0}, time_ns);
                return;
            case LimitKind::accumulated_notional:
                if (notional.is_positive()) add(number, {notional.raw(), 0}, time_ns);
                return;
            default:
                return;
        }
    });
}

void Memory::cancel(const LevelNumbers& numbers, std::int64_t time_ns) {
    book_.for_each_rule(numbers, [&](const Rule& rule) {
        const std::uint32_t number = rule.tracked;
        const auto kind = static_cast<LimitKind>(rule.kind);
        if (kind == LimitKind::message_rate)
            gauges_[number].next_ns = bucket_after(limits_[number - 1], gauges_[number].next_ns, time_ns);
        if (kind == LimitKind::message_rate || kind == LimitKind::cancel_ratio) add(number, {1, 0}, time_ns);
    });
}

void Memory::fill(const LevelNumbers& numbers, bool buys, std::int64_t time_ns) {
    book_.for_each_rule(numbers, [&](const Rule& rule) {
        const auto kind = static_cast<LimitKind>(rule.kind);
        if (kind == LimitKind::repeated_executions) {
            add(rule.tracked, buys ? Sums{1, 0} : Sums{0, 1}, time_ns);
            add_due(rule.tracked);
        }
        if (kind == LimitKind::order_to_trade_ratio) add(rule.tracked, {0, 1}, time_ns);
    });
}

void Memory::forgive(Level level) {
    book_.for_each([&](const Rule& rule) {
        const BookEntry& entry = book_.entry(rule.definition);
        if (entry.level != level &&
            (entry.second_level.kind == LevelKind::firm || entry.second_level != level))
            return;
        const auto action = entry.definition.action;
        const bool stops = static_cast<LimitKind>(rule.kind) == LimitKind::repeated_executions ||
                           action == schema::LimitAction::halt || action == schema::LimitAction::reduce;
        if (!stops) return;
        for (std::size_t at = 1; at < gauges_.size(); ++at) {
            if (gauges_[at].limit != rule.tracked) continue;
            const bool draws = static_cast<LimitKind>(rule.kind) == LimitKind::drawdown;
            gauges_[at].sums = {};
            if (draws)
                gauges_[at].sums.second =
                    raw_of(profits_[rule.tracked].realized + profits_[rule.tracked].unrealized);
            gauges_[at].next_ns = 0;
            parts_[at] = {};
        }
    });
}

// --- checkpoints
// ---------------------------------------------------------------------------------------------------------

std::uint64_t Memory::state_hash() const {
    Hash hash(42);
    const auto add = [&hash](std::int64_t value) { hash.add(static_cast<std::uint64_t>(value)); };
    for (std::size_t at = 1; at < gauges_.size(); ++at) {
        const Gauge& gauge = gauges_[at];
        hash.add(limits_[gauge.limit - 1].name).add(gauge.instrument);
        for (const std::int64_t value : {gauge.part, gauge.sums.first, gauge.sums.second, gauge.next_ns})
            add(value);
        for (std::size_t part = 0; part < parts_[at].first.size(); ++part) {
            add(parts_[at].first[part]);
            add(parts_[at].second[part]);
        }
    }
    for (std::uint32_t instrument = 1; instrument < marks_.size(); ++instrument)
        if (!marks_[instrument].price.is_zero())
            hash.add(instrument).add(marks_[instrument].price).add(marks_[instrument].is_reference ? 1U : 0U);
    hash.add(recent_count_);
    for (std::uint64_t number = oldest_recent() + 1; number <= recent_count_; ++number) {
        hash.add(recent(number).fingerprint);
        add(recent(number).time_ns);
    }
    return hash.value();
}

Memory::Image Memory::image() const {
    Image image;
    image.gauges = gauges_;
    image.parts = parts_;
    image.recent_count = recent_count_;
    image.marks = marks_;
    for (std::uint64_t number = oldest_recent() + 1; number <= recent_count_; ++number)
        image.recent.push_back(recent(number));
    return image;
}

bool Memory::take_image(const Image& image) {
    marks_ = image.marks;
    if (image.gauges.size() < limits_.size() + 1 || image.parts.size() != image.gauges.size()) return false;
    for (std::size_t at = 1; at < image.gauges.size(); ++at) {
        const std::uint32_t limit = image.gauges[at].limit;
        if (limit == 0 || limit > limits_.size() || (at <= limits_.size() && limit != at)) return false;
        if (image.gauges[at].width_ns != gauges_[limit].width_ns) return false;
    }
    gauges_ = image.gauges;
    parts_ = image.parts;
    index_cells();
    if (!keeps_orders_ || image.recent.size() > image.recent_count) return image.recent.empty();
    recent_count_ = image.recent_count;
    std::uint64_t number = image.recent_count - image.recent.size();
    for (const RecentOrder& order : image.recent) {
        ++number;
        recent_[(number - 1) & (recent_orders_max - 1)] = order;
        newest_[order.fingerprint & (recent_orders_max - 1)] = number;
    }
    return true;
}

}  // namespace gw::risk
