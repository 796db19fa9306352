// Which events one reader gets: what it may see, and what it asked for.
//
// Orders keep their account, strategy and instrument for life, so what is found out about one is kept: the
// events of a stream are judged by their order's id, without reading more of them and without the lock.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/runtime.hpp"

namespace gw::net {

inline constexpr std::size_t event_kinds_max = 256;  // field numbers of Event.body are below it

struct EventFilter {
    // --- what it may see
    std::string client;                   // whose events these are; with `every_client` only who asks
    bool every_client = false;            // events of all clients, and of none, in its accounts
    bool everything = false;              // a reader of the gateway's own: no rights are looked at
    std::vector<std::string> accounts;    // that it may see
    std::vector<std::string> strategies;  // likewise; any where empty
    bool client_levels = false;           // trading states of other clients
    std::vector<std::string> clients;     // whose calls it may see, with `every_client`

    // --- what it asks for; empty or 0: anything
    std::vector<std::uint32_t> kinds;  // field numbers of Event.body
    std::vector<std::string> in_accounts, in_strategies, in_instruments;
    std::string of_client;
    std::string session;
    std::uint64_t order_id = 0;
    std::vector<std::uint32_t> exec_types;   // of executions
    std::uint64_t from_lsn = 0, to_lsn = 0;  // both inclusive
    std::int64_t from_ns = 0;                // at or after
    std::int64_t before_ns = 0;              // before
};

struct EventPage {
    std::string data;  // elements of a repeated Event, field 1
    std::uint64_t count = 0;
    std::uint64_t next_lsn = 0;  // where the next page goes on; 0: this was the last
};

struct ChangedOrders {
    std::vector<std::uint64_t> orders;  // each once, by the first event that speaks of it
    std::uint64_t resume_lsn = 0;
};

// One thread at a time. The runtime must outlive it.
class EventView {
  public:
    EventView(Runtime& runtime, EventFilter filter);

    // Oldest first, never waiting: the bytes of TradeResponse.events.
    [[nodiscard]] EventBatch after(std::uint64_t lsn, std::size_t bytes_max);
    // A page of at most `count_max`, looking at a bounded number of records: newest first before an lsn (0:
    // from the newest), or oldest first from an lsn on. A page may be empty and not the last.
    [[nodiscard]] EventPage newest_first(std::uint64_t before_lsn, std::size_t count_max);
    [[nodiscard]] EventPage oldest_first(std::uint64_t from_lsn, std::size_t count_max);
    // Orders that the events after an lsn speak of.
    [[nodiscard]] ChangedOrders changed(std::uint64_t after_lsn, std::size_t count_max);
    // Whether the reader may see an order, and asked for it. Precondition: the engine's lock is held and its
    // ledger has the order.
    [[nodiscard]] bool wants_order(const engine::Engine& engine, order::OrderId id) const;
    [[nodiscard]] const std::string& client() const { return filter_.client; }

  private:
    struct Body {
        std::uint32_t kind = 0;
        std::string_view bytes;
    };
    // What an event is about, as far as it says so.
    struct Subject {
        order::OrderId order = 0;
        order::LinkId link = 0;
        std::string_view account, strategy, instrument, level, by;
        bool refusal = false;    // of what a client asked for: names in it are only asked for
        bool has_place = false;  // it is of an account
        bool is_call = false;    // of whoever is named in `by`
    };

    [[nodiscard]] bool wants(const journal::Record& record);
    [[nodiscard]] static Body body_of(std::string_view payload);
    [[nodiscard]] static Subject subject_of(const Body& body);
    [[nodiscard]] bool reaches(const journal::Record& record) const;
    [[nodiscard]] bool is_by(std::string_view by) const;
    [[nodiscard]] bool is_of_type(const Body& body) const;
    [[nodiscard]] bool wants_body(const journal::Record& record, const Body& body);
    [[nodiscard]] std::optional<bool> verdict_on(order::OrderId id);
    [[nodiscard]] order::OrderId first_order(order::LinkId id);
    [[nodiscard]] bool wants_subject(const Subject& subject, bool own);
    [[nodiscard]] bool may_see(std::string_view account, std::string_view strategy) const;
    [[nodiscard]] bool may_see_level(std::string_view level) const;
    [[nodiscard]] bool asks_for(std::string_view account, std::string_view strategy,
                                std::string_view instrument) const;
    [[nodiscard]] static std::vector<order::OrderId> orders_of(const journal::Record& record);
    [[nodiscard]] std::uint64_t last_lsn() const;
    void find_numbers();

    static constexpr std::size_t verdicts_kept = 1'024;

    Runtime* runtime_;
    EventFilter filter_;
    std::bitset<event_kinds_max> kinds_;
    bool any_kind_;
    bool asks_for_places_;
    std::uint32_t client_ = 0, of_client_ = 0, session_ = 0;  // numbers in record headers; 0: not known yet
    // Twice an order's id, and 1 more where it is wanted; the newest of those that fall on one place.
    std::array<std::uint64_t, verdicts_kept> verdicts_{};
};

}  // namespace gw::net
