// The orders that are wanted of a log, each through its whole chain.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "fix/field.hpp"

namespace gw::fix {

// Puts messages together that are about one order: ClOrdID(11), OrigClOrdID(41) and OrderID(37) of a message
// belong to the same order, between the same two CompIDs. So a chain of replaces is one order however it is
// entered, and messages may come in any order.
//
// An id is known by 64 bits of hash, and only ids that a message has together are kept, one behind the other:
// a log is read at the speed of memory, whatever its number of orders. What hangs together with a wanted id
// is found by going over them, there and back, until nothing is added. Two ids with one hash matter only
// where one of them is wanted: about once in 10^18 for each pair.
class LogOrders {
  public:
    // Wants messages of every order that has this id. Precondition: no message was added.
    void want(const std::string& id);
    // Takes note of the message's ids; nothing once complete. Allocates.
    void add(std::string_view text, const std::vector<Field>& fields);
    // Every message was added: from now on what is wanted stays as it is.
    void complete();
    // Precondition: the message was added. Whether it is of a wanted order, as far as is known by now.
    [[nodiscard]] bool is_wanted(std::string_view text, const std::vector<Field>& fields);
    // Whether any message had a wanted id.
    [[nodiscard]] bool knows(const std::string& id) const;

  private:
    struct Wanted {
        std::string id;
        std::uint64_t hash;
        bool seen;
    };
    struct Pair {
        std::uint64_t one;
        std::uint64_t other;
    };
    static constexpr std::size_t marks_count = 4096;

    // Leaves the hashes of the message's ids in ids_.
    void read_ids(std::string_view text, const std::vector<Field>& fields);
    [[nodiscard]] bool is_found(std::uint64_t id) const;
    bool find(std::uint64_t id);
    bool spread(const Pair& pair);
    void close();

    std::vector<Wanted> wanted_;
    std::vector<Pair> pairs_;  // of ids that one message had
    std::unordered_set<std::uint64_t> found_;
    std::bitset<marks_count> marks_;  // of found_, so that most ids are dismissed at once
    std::vector<std::uint64_t> ids_;
    bool grown_ = false;  // found_ since pairs_ were last gone over
    bool complete_ = false;
};

}  // namespace gw::fix
