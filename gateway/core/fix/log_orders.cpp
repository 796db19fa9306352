#include "fix/log_orders.hpp"

#include <algorithm>
#include <functional>

namespace gw::fix {
namespace {

constexpr std::uint32_t tag_cl_ord_id = 11, tag_order_id = 37, tag_orig_cl_ord_id = 41;
constexpr std::uint32_t tag_sender_comp_id = 49, tag_target_comp_id = 56;

std::uint64_t hash_of(std::string_view text) {
    return std::hash<std::string_view>{}(text);
}

// The finalizer of splitmix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
std::uint64_t mixed(std::uint64_t value) {
    value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    value = (value ^ (value >> 27U)) * 0x94d049bb133111ebULL;
    return value ^ (value >> 31U);
}

bool is_id(std::uint32_t tag) {
    return tag == tag_cl_ord_id || tag == tag_order_id || tag == tag_orig_cl_ord_id;
}

// What venues write into OrderID(37) where they have none.
bool is_no_id(std::string_view id) {
    return id.empty() || id == "NONE" || id == "UNKNOWN" || id == "0";
}

}  // namespace

void LogOrders::want(const std::string& id) {
    wanted_.push_back({id, hash_of(id), false});
}

void LogOrders::add(std::string_view text, const std::vector<Field>& fields) {
    if (complete_) return;
    read_ids(text, fields);
    for (std::size_t i = 1; i < ids_.size(); ++i) pairs_.push_back({ids_[i - 1], ids_[i]});
    if (std::ranges::none_of(ids_, [this](std::uint64_t id) { return is_found(id); })) return;
    for (const std::uint64_t id : ids_) grown_ = find(id) || grown_;
}

void LogOrders::complete() {
    close();
    complete_ = true;
    pairs_ = {};
}

bool LogOrders::is_wanted(std::string_view text, const std::vector<Field>& fields) {
    if (grown_) close();
    read_ids(text, fields);
    return std::ranges::any_of(ids_, [this](std::uint64_t id) { return is_found(id); });
}

bool LogOrders::knows(const std::string& id) const {
    return std::ranges::any_of(wanted_, [&](const Wanted& wanted) { return wanted.id == id && wanted.seen; });
}

void LogOrders::read_ids(std::string_view text, const std::vector<Field>& fields) {
    ids_.clear();
    std::string_view sender;
    std::string_view target;
    for (const Field& field : fields) {
        if (field.tag == tag_sender_comp_id && sender.empty())
            sender = text.substr(field.offset, field.length);
        if (field.tag == tag_target_comp_id && target.empty())
            target = text.substr(field.offset, field.length);
    }
    const std::uint64_t scope = mixed(hash_of(sender)) + mixed(hash_of(target));  // the same either way
    for (const Field& field : fields) {
        if (!is_id(field.tag)) continue;
        const std::string_view id = text.substr(field.offset, field.length);
        if (is_no_id(id)) continue;
        const std::uint64_t hash = hash_of(id);
        const std::uint64_t kind = field.tag == tag_order_id ? 0x9e3779b97f4a7c15ULL : 0;
        ids_.push_back(mixed(hash ^ scope) + kind);
        for (Wanted& wanted : wanted_) {
            if (wanted.hash != hash || wanted.id != id) continue;
            wanted.seen = true;
            grown_ = find(ids_.back()) || grown_;
        }
    }
}

bool LogOrders::is_found(std::uint64_t id) const {
    return marks_[id % marks_count] && found_.contains(id);
}

bool LogOrders::find(std::uint64_t id) {
    marks_[id % marks_count] = true;
    return found_.insert(id).second;
}

bool LogOrders::spread(const Pair& pair) {
    const bool has_one = is_found(pair.one);
    if (has_one == is_found(pair.other)) return false;
    return find(has_one ? pair.other : pair.one);
}

// A chain is mostly in the order of time, so that going there and back once finds all of it.
void LogOrders::close() {
    for (bool more = grown_; more;) {
        more = false;
        for (const Pair& pair : pairs_) more = spread(pair) || more;
        for (auto pair = pairs_.rbegin(); pair != pairs_.rend(); ++pair) more = spread(*pair) || more;
    }
    grown_ = false;
}

}  // namespace gw::fix
