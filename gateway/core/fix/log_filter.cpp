#include "fix/log_filter.hpp"

#include <algorithm>
#include <utility>

#include "base/decimal.hpp"

namespace gw::fix {
namespace {

constexpr std::uint32_t tag_cl_ord_id = 11, tag_order_id = 37, tag_orig_cl_ord_id = 41;
constexpr std::uint32_t tag_sender_comp_id = 49, tag_target_comp_id = 56;

std::string_view value_of(std::string_view text, const Field& field) {
    return text.substr(field.offset, field.length);
}

int compare(std::string_view value, const std::string& with) {
    const auto one = Decimal::parse(value);
    const auto other = one ? Decimal::parse(with) : std::nullopt;
    if (one && other) return *one < *other ? -1 : *other < *one ? 1 : 0;
    return value.compare(with);
}

bool passes(LogTest test, std::string_view value, const std::string& with) {
    switch (test) {
        case LogTest::equal:
        case LogTest::not_equal:
            return value == with;
        case LogTest::contains:
            return value.find(with) != std::string_view::npos;
        case LogTest::less:
            return compare(value, with) < 0;
        case LogTest::at_most:
            return compare(value, with) <= 0;
        case LogTest::more:
            return compare(value, with) > 0;
        case LogTest::at_least:
            return compare(value, with) >= 0;
        case LogTest::present:
        case LogTest::absent:
            return true;
    }
    return false;
}

// What venues write into OrderID(37) where they have none.
bool is_no_id(std::string_view id) {
    return id.empty() || id == "NONE" || id == "UNKNOWN" || id == "0";
}

}  // namespace

bool holds(const LogCondition& condition, std::string_view text, const std::vector<Field>& fields) {
    const bool needs_value = condition.test != LogTest::present && condition.test != LogTest::absent;
    const bool found = std::ranges::any_of(fields, [&](const Field& field) {
        if (std::ranges::find(condition.tags, field.tag) == condition.tags.end()) return false;
        return !needs_value || std::ranges::any_of(condition.values, [&](const std::string& with) {
            return passes(condition.test, value_of(text, field), with);
        });
    });
    return found != (condition.test == LogTest::not_equal || condition.test == LogTest::absent);
}

void LogOrders::add(std::string_view text, const std::vector<Field>& fields) {
    bool has_first = false;
    std::uint32_t first = 0;
    for (const Field& field : fields) {
        if (field.tag != tag_cl_ord_id && field.tag != tag_orig_cl_ord_id && field.tag != tag_order_id)
            continue;
        const std::string_view id = value_of(text, field);
        if (is_no_id(id)) continue;
        if (!has_first) scope_of(text, fields);
        const std::uint32_t found = node(scope_, field.tag == tag_order_id ? 'V' : 'C', id);
        if (has_first) unite(first, found);
        first = found;
        has_first = true;
    }
}

void LogOrders::want(const std::string& id) {
    wanted_ids_.insert(id);
    const auto known = by_id_.find(id);
    if (known == by_id_.end()) return;
    for (const std::uint32_t node : known->second) wanted_[root(node)] = true;
}

bool LogOrders::is_wanted(std::string_view text, const std::vector<Field>& fields) {
    for (const Field& field : fields) {
        if (field.tag != tag_cl_ord_id && field.tag != tag_orig_cl_ord_id && field.tag != tag_order_id)
            continue;
        const std::string_view id = value_of(text, field);
        if (is_no_id(id)) continue;
        scope_of(text, fields);
        return wanted_[root(node(scope_, field.tag == tag_order_id ? 'V' : 'C', id))];
    }
    return false;
}

std::uint32_t LogOrders::node(std::string_view scope, char kind, std::string_view id) {
    key_.assign(scope).push_back(kind);
    key_.append(id);
    const auto known = nodes_.find(key_);
    if (known != nodes_.end()) return known->second;
    const auto made = static_cast<std::uint32_t>(parent_.size());
    nodes_.emplace(key_, made);
    parent_.push_back(made);
    const std::string text(id);
    wanted_.push_back(wanted_ids_.contains(text));
    by_id_[text].push_back(made);
    return made;
}

std::uint32_t LogOrders::root(std::uint32_t node) {
    while (parent_[node] != node) {
        parent_[node] = parent_[parent_[node]];
        node = parent_[node];
    }
    return node;
}

void LogOrders::unite(std::uint32_t one, std::uint32_t other) {
    one = root(one);
    other = root(other);
    if (one == other) return;
    if (one > other) std::swap(one, other);  // the older is the root
    parent_[other] = one;
    if (wanted_[other]) wanted_[one] = true;
}

void LogOrders::scope_of(std::string_view text, const std::vector<Field>& fields) {
    std::string_view sender;
    std::string_view target;
    for (const Field& field : fields) {
        if (field.tag == tag_sender_comp_id && sender.empty()) sender = value_of(text, field);
        if (field.tag == tag_target_comp_id && target.empty()) target = value_of(text, field);
    }
    if (target < sender) std::swap(sender, target);
    scope_.assign(sender).push_back('\x01');
    scope_.append(target).push_back('\x01');
}

}  // namespace gw::fix
