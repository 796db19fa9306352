// The ledger: every order, request, fill and position, and the only code that changes them.
//
// `apply` takes events and nothing else: what the engine has just journalled, or what recovery reads back.
// The same events give the same ledger, whatever the code around it decides today (DESIGN, "decide, journal,
// apply, transmit"). Ids are positions: order n is the n-th order of the journal, and request n the n-th
// ClOrdID(11), so both are found without a search. Nothing is ever removed, because an id that a client has
// used stays used.
//
// Files: ledger.cpp (finding and adding), ledger_reports.cpp (what venues say, applied),
// ledger_positions.cpp (positions, commission and fees), ledger_links.cpp, ledger_show.cpp,
// ledger_image.hpp and .cpp (checkpoints).
//
// One thread at a time, under the engine's lock. No allocation, except for a strategy or position seen the
// first time.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/hash_index.hpp"
#include "base/image_fields.hpp"
#include "base/names.hpp"
#include "base/slab.hpp"
#include "order/charge.hpp"
#include "order/instrument.hpp"
#include "order/link.hpp"
#include "order/order.hpp"
#include "schema/gateway_v1.hpp"

namespace gw::order {

struct LedgerNames {
    Names clients, accounts, strategies, instruments, venues;
    Names currencies, asset_classes, sectors, regions;
};

// How many of each the ledger has room for.
struct LedgerSizes {
    std::size_t orders = 1'000'000;
    std::size_t requests = 4'000'000;
    std::size_t fills = 8'000'000;
    std::size_t positions = 100'000;
};

// Who owns the ClOrdIDs of orders that were not made here: no client can have such a name.
inline constexpr std::size_t external_client_size_max = 64;
[[nodiscard]] inline ShortText<external_client_size_max> external_client(std::string_view venue) {
    constexpr std::string_view prefix = "external:";
    std::array<char, external_client_size_max> text;
    std::size_t size = prefix.copy(text.data(), prefix.size());
    size += venue.copy(text.data() + size, text.size() - size);
    return ShortText<external_client_size_max>(std::string_view{text.data(), size});
}

struct ExecutionKey {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
};
// Source: ExecID(17) is unique per counterparty; the scope is the venue that gave it.
[[nodiscard]] ExecutionKey execution_key(std::string_view venue, std::string_view exec_id);

class Ledger {
  public:
    explicit Ledger(const LedgerSizes& sizes);

    // --- events
    // -----------------------------------------------------------------------------------------------------
    void apply(const schema::OrderAccepted& event, std::uint64_t lsn, std::int64_t time_ns);
    void apply(const schema::OrderDenied& event, std::uint64_t lsn, std::int64_t time_ns);
    void apply(const schema::ReplaceRequested& event, std::uint64_t lsn, std::int64_t time_ns);
    void apply(const schema::CancelRequested& event, std::uint64_t lsn, std::int64_t time_ns);
    void apply(const schema::RequestDenied& event, std::uint64_t lsn, std::int64_t time_ns);
    void apply(const schema::ExecutionReported& event, std::uint64_t lsn, std::int64_t time_ns);
    void apply(const schema::RequestRejected& event, std::uint64_t lsn, std::int64_t time_ns);
    void apply(const schema::OrderUncertain& event, std::uint64_t lsn, std::int64_t time_ns);
    void apply(const schema::OrderNotSent& event, std::uint64_t lsn, std::int64_t time_ns);
    void apply(const schema::OrderReleased& event, std::uint64_t lsn, std::int64_t time_ns);
    // Accepted, and not yet sent: the venue does not know it.
    [[nodiscard]] bool is_waiting(const Order& order) const {
        return requests_[order.first_request].state == RequestState::waiting;
    }
    void apply(const schema::ExternalOrderAdopted& event, std::uint64_t lsn, std::int64_t time_ns);
    void apply(const schema::OrderResolved& event, std::uint64_t lsn, std::int64_t time_ns);
    void apply(const schema::PositionAdjusted& event, std::uint64_t lsn, std::int64_t time_ns);
    void apply(const schema::LinkAccepted& event, std::uint64_t lsn, std::int64_t time_ns);
    void apply(const schema::HeldOrderEnded& event, std::uint64_t lsn, std::int64_t time_ns);
    void apply(const schema::LinkReported& event, std::uint64_t lsn, std::int64_t time_ns);
    void apply(const schema::CancelPromiseBroken& event, std::uint64_t lsn, std::int64_t time_ns);
    void apply(const schema::MassCancelRequested& event, std::uint64_t lsn, std::int64_t time_ns);
    void apply(const schema::MassCancelTaken& event, std::uint64_t lsn, std::int64_t time_ns);
    void apply(const schema::InstrumentDefined& event, std::uint64_t lsn, std::int64_t time_ns);

    // --- what is known
    // ----------------------------------------------------------------------------------------------
    [[nodiscard]] bool has_order(OrderId id) const { return orders_.contains(id); }
    [[nodiscard]] const Order& order(OrderId id) const { return orders_[id]; }
    [[nodiscard]] OrderId next_order_id() const { return orders_.next_index(); }  // 0: full
    [[nodiscard]] std::size_t order_count() const { return orders_.size(); }
    [[nodiscard]] bool has_request(RequestId id) const { return requests_.contains(id); }
    [[nodiscard]] const Request& request(RequestId id) const { return requests_[id]; }
    [[nodiscard]] RequestId next_request_id() const { return requests_.next_index(); }  // 0: full
    // 0 where the client never used the id.
    [[nodiscard]] RequestId find_request(std::uint32_t client, std::string_view client_request_id) const;
    // Ahead of it.
    void prefetch_request(std::uint32_t client, std::string_view client_request_id) const {
        request_index_.prefetch(request_hash(client, client_request_id));
    }
    // 0 where the venue never reported this OrderID(37). Where a venue reuses one, the first order with it.
    [[nodiscard]] OrderId find_venue_order(std::uint32_t venue, std::string_view venue_order_id) const;
    // What was reported under this key, be it a fill or an alias of one, or null.
    [[nodiscard]] const Fill* find_execution(const ExecutionKey& key) const;
    // The fill that this key leads to, live or busted, or null.
    [[nodiscard]] const Fill* find_fill(const ExecutionKey& key) const;
    // How many of the order's pending replaces ask for more than `cum_quantity`: they stay pending when it is
    // filled, because the venue may open it again by them.
    [[nodiscard]] std::uint8_t pending_replaces_beyond(const Order& order, Decimal cum_quantity) const;
    // The newest replace that asked for this quantity, was not refused and is not known to be done; 0: none.
    [[nodiscard]] RequestId unconfirmed_replace(const Order& order, Decimal quantity) const;
    // Whether the newest trades of the order have one with this quantity and price under the same CumQty(14).
    [[nodiscard]] bool has_counted(const Order& order, Decimal quantity, Decimal price,
                                   Decimal claimed) const;
    // The number of that fill; 0 where there is none.
    [[nodiscard]] std::uint64_t find_fill_id(const ExecutionKey& key) const;
    // For a report's fill, an alias of it and two entries of a position; and `more` entries.
    [[nodiscard]] bool has_room_for_fill(std::size_t more = 0) const {
        return fills_.size() + 4 + more <= fills_.size_max();
    }
    // For those of one report.
    [[nodiscard]] bool has_room_for_charge() const {
        return charges_.size() + charges_max <= charges_.size_max() &&
               position_charges_.size() + charges_max <= position_charges_.size_max();
    }
    // What was booked for the order under the kind, currency and type of `like`, without what belongs to a
    // fill.
    [[nodiscard]] Decimal booked_charges(const Order& order, const schema::Charge& like,
                                         std::uint64_t but_of_fill) const;
    [[nodiscard]] const PositionCharges& position_charges(std::uint32_t id) const {
        return position_charges_[id];
    }
    // 0 where it never was.
    [[nodiscard]] std::uint32_t find_position(std::uint32_t account, std::uint32_t strategy,
                                              std::uint32_t instrument) const;
    // Null where no positions were loaded under this id.
    [[nodiscard]] const PositionBatch* find_position_batch(std::string_view batch_id) const;
    [[nodiscard]] std::size_t position_batch_count() const { return position_batches_.size(); }
    [[nodiscard]] const Fill& fill(std::uint64_t id) const { return fills_[id]; }
    [[nodiscard]] bool has_room_for_question() const { return questions_.next_index() != 0; }
    [[nodiscard]] const Question& question(std::uint64_t number) const { return questions_[number]; }
    [[nodiscard]] std::size_t fill_count() const { return fills_.size(); }
    // Fills and aliases of fills; not what changed positions beside them.
    [[nodiscard]] std::uint32_t reported_fill_count() const { return reported_fills_; }
    [[nodiscard]] const Slab<Position>& positions() const { return positions_; }
    // What is held for an order by what it and its requests are now: nothing once it has ended.
    [[nodiscard]] Reservation reservation_of(const Order& order) const;
    // Fails only where there is no room for another.
    [[nodiscard]] bool has_room_for_position() const { return positions_.next_index() != 0; }
    [[nodiscard]] std::size_t open_order_count() const { return open_orders_; }
    [[nodiscard]] std::size_t unknown_order_count() const { return unknown_orders_; }

    [[nodiscard]] LinkId next_link_id() const { return links_.next_index(); }  // 0: full
    [[nodiscard]] std::size_t link_count() const { return links_.size(); }
    [[nodiscard]] const Link& link(LinkId id) const { return links_[id]; }
    // For a link of so many orders.
    [[nodiscard]] bool has_room_for_link(std::size_t orders) const {
        return links_.next_index() != 0 && orders_.size() + orders <= orders_.size_max() &&
               requests_.size() + orders + 1 <= requests_.size_max() &&
               positions_.size() + orders <= positions_.size_max() &&
               terms_.size() + orders <= terms_.size_max();
    }

    // Precondition: number != 0.
    [[nodiscard]] const Terms& terms(std::uint32_t number) const { return terms_[number]; }
    [[nodiscard]] bool has_room_for_terms() const { return terms_.next_index() != 0; }

    // By the instrument's number; that of an instrument which no event has defined has a multiplier of 1.
    [[nodiscard]] const InstrumentFacts& facts(std::uint32_t instrument) const {
        return instrument < facts_.size() ? facts_[instrument] : no_facts_;
    }

    [[nodiscard]] LedgerNames& names() { return names_; }
    [[nodiscard]] const LedgerNames& names() const { return names_; }

    // The order as clients see it. Views point into the ledger and into `date`; cl_ord_id is left to the
    // caller.
    [[nodiscard]] schema::Order shown(OrderId id, std::array<char, 8>& date) const;

    // Over everything that recovery must bring back.
    [[nodiscard]] std::uint64_t state_hash() const;

    // Everything that apply() changes, for a checkpoint: see order/ledger_image.hpp. What is added to the
    // ledger is added there.
    template <class Image>
    void image(Image& image);
    // The oldest event whose request still waits for its answer: its message may have to be resent. The
    // largest number where none waits.
    [[nodiscard]] std::uint64_t oldest_pending_lsn() const;

    // Touches memory ahead of its use: records on each call, and the indexes part by part, `step` by step
    // from 0. Any thread, beside the writer.
    void prefault(std::size_t step) const;
    // All of it at once.
    void prefault_all() const;

  private:
    struct Before {
        bool open;
        bool unknown;
        Decimal cum_quantity{};
    };
    [[nodiscard]] static Before before(const Order& order) {
        return {order.open(), order.open() && order.certainty == Certainty::unknown, order.cum_quantity};
    }
    void changed(Order& order, const Before& was, std::uint64_t lsn, std::int64_t time_ns);
    void count_short_sale(Position& position, Decimal quantity, std::int64_t time_ns);

    [[nodiscard]] static std::uint64_t request_hash(std::uint32_t client, std::string_view client_request_id);
    [[nodiscard]] static std::uint64_t position_hash(std::uint32_t account, std::uint32_t strategy,
                                                     std::uint32_t instrument);
    [[nodiscard]] static std::uint64_t venue_order_hash(std::uint32_t venue, std::string_view venue_order_id);
    Order& add_order(OrderId expected_id);
    Order& add_accepted(const schema::OrderAccepted& event, std::uint64_t lsn, std::int64_t time_ns);
    Request& add_request(RequestId expected_id, std::uint32_t client, std::string_view client_request_id);
    std::uint32_t add_terms(const schema::OrderTerms& terms);
    std::uint32_t position_of(std::uint32_t account, std::uint32_t strategy, std::uint32_t instrument);
    void hold(const schema::OrderAccepted& order, LinkId link, std::uint8_t leg, std::uint64_t lsn,
              std::int64_t time_ns);
    void release(const schema::OrderAccepted& event, std::uint64_t lsn, std::int64_t time_ns);
    // Null where it belongs to no link.
    [[nodiscard]] LinkLeg* leg_of(const Order& order) {
        return order.link == 0 ? nullptr : &links_[order.link].legs[order.leg];
    }
    void settle(Request& request, RequestEvent event, Order& order);
    void end_pending_requests(Order& order);
    void end_all_requests(Order& order);
    void take_questioned(Order& order, const schema::ExecutionReported& event, const Fill& fill,
                         std::uint64_t lsn);
    [[nodiscard]] bool is_questioned(const Order& order) const;
    void take_inferred_out(Order& order, const schema::ExecutionReported& event);
    std::uint64_t add_fill(std::string_view scope, std::string_view exec_id, const Fill& fill);
    [[nodiscard]] static Decimal claimed_by(const schema::ExecutionReported& event);
    static void book(Order& order, Decimal quantity, Decimal price);
    void confirm(Order& order, RequestId replace);
    [[nodiscard]] Decimal signed_quantity(const Fill& trade) const;
    void book_entry(Position& position, const Fill& entry);
    void enter(std::uint32_t position_id, std::uint64_t entry_id);
    void enter_adjustment(std::uint32_t position_id, EntryKind kind, Decimal quantity, Decimal price);
    void enter_change(std::uint32_t position_id, std::uint64_t entry_id, const Fill& before);
    void book_again(Position& position);
    [[nodiscard]] std::uint32_t charges_of(std::uint32_t position_id, std::uint32_t currency);
    void add_charge(std::uint32_t position_id, schema::ChargeKind kind, std::uint32_t currency,
                    Decimal amount);
    void book_charges(Order& order, std::uint64_t fill_id, const ChargeList& charges);
    void take_charges_back(const Order& order, std::uint64_t fill_id);
    void restore_chains();
    void remember_batch(std::string_view batch_id, std::uint64_t hash, std::uint32_t row);
    void take_trade(Order& order, const schema::ExecutionReported& event, std::uint64_t lsn);
    void take_bust(Order& order, const schema::ExecutionReported& event);
    void answer_request(Order& order, const schema::ExecutionReported& event);
    void take_claim(Order& order, const schema::ExecutionReported& event, std::int64_t time_ns);
    void take_venue_order_id(Order& order, const schema::ExecutionReported& event);
    void update_reservation(Order& order);
    void rebuild(const std::vector<ImageNumber>& by_venue_id);
    void rebuild_reservations();

    LedgerNames names_;
    Slab<Order> orders_;
    Slab<Request> requests_;
    Slab<Fill> fills_;
    Slab<Position> positions_;
    Slab<Terms> terms_;
    Slab<Link> links_;
    Slab<Question> questions_;
    Slab<Charge> charges_;
    Slab<PositionCharges> position_charges_;
    Names position_batch_ids_;
    std::vector<PositionBatch> position_batches_;  // by their number, less 1
    std::vector<InstrumentFacts> facts_;           // by instrument number
    InstrumentFacts no_facts_;
    HashIndex request_index_;
    HashIndex fill_index_;
    HashIndex position_index_;
    HashIndex venue_order_index_;
    std::uint32_t reported_fills_ = 0;
    std::size_t open_orders_ = 0;
    std::size_t unknown_orders_ = 0;
};

}  // namespace gw::order
