// Which logged messages are wanted: conditions on fields, and the orders that a message belongs to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "fix/field.hpp"
#include "fix/log_scan.hpp"

namespace gw::fix {

enum class LogTest : std::uint8_t {
    equal,
    not_equal,
    contains,
    less,
    at_most,
    more,
    at_least,
    present,
    absent
};

// Holds where a field with one of the tags passes the test against one of the values; not_equal and absent
// hold where none does the opposite. Order is that of numbers where both are numbers, else that of the bytes,
// which is right for UTCTimestamps.
struct LogCondition {
    std::vector<std::uint32_t> tags;
    LogTest test;
    std::vector<std::string> values;
};

[[nodiscard]] bool holds(const LogCondition& condition, std::string_view text,
                         const std::vector<Field>& fields);

// Puts messages together that are about one order: ClOrdID(11), OrigClOrdID(41) and OrderID(37) of a message
// belong to the same order, between the same two CompIDs. So a chain of replaces is one order however it is
// entered, and messages may come in any order.
class LogOrders {
  public:
    // Takes note of the message's ids. Allocates for ids that are new.
    void add(std::string_view text, const std::vector<Field>& fields);
    // From now on, messages of every order that has this id are wanted.
    void want(const std::string& id);
    // Precondition: the message was added. Whether it is of a wanted order.
    [[nodiscard]] bool is_wanted(std::string_view text, const std::vector<Field>& fields);
    // Whether any message had the id.
    [[nodiscard]] bool knows(const std::string& id) const { return by_id_.contains(id); }

  private:
    [[nodiscard]] std::uint32_t node(std::string_view scope, char kind, std::string_view id);
    [[nodiscard]] std::uint32_t root(std::uint32_t node);
    void unite(std::uint32_t one, std::uint32_t other);
    void scope_of(std::string_view text, const std::vector<Field>& fields);

    std::unordered_map<std::string, std::uint32_t> nodes_;               // scope, kind and id
    std::unordered_map<std::string, std::vector<std::uint32_t>> by_id_;  // the id alone
    std::unordered_set<std::string> wanted_ids_;
    std::vector<std::uint32_t> parent_;
    std::vector<bool> wanted_;  // of roots
    std::string scope_;
    std::string key_;
};

}  // namespace gw::fix
