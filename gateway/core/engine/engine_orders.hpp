// What clients ask for, and what follows from it: requests, orders that wait or hang together, mass cancels,
// and what a limit does beside its denial.
//
// Files: commands.cpp, new_orders.cpp, order_terms.cpp, order_changes.cpp, waiting_orders.cpp,
// linked_orders.cpp and links.cpp (as commands, and what follows from fills), mass_cancel_commands.cpp,
// mass_cancels.cpp, enforcement.cpp, order_overrides.cpp, limit_check.cpp.
#pragma once

#include "engine/engine_steps.hpp"

namespace gw::engine {

class EngineOrders : public EngineSteps {
  public:
    using EngineSteps::EngineSteps;

    // `request` is a TradeRequest; a CommandResult for each command is appended to `out` as a TradeResponse's
    // field. Precondition: room for commands_max x result_bytes_max. `deadline_ns` 0: none.
    [[nodiscard]] CommandError command(std::string_view client, std::string_view request, std::int64_t now_ns,
                                       std::int64_t deadline_ns, pb::Writer& out);
    // Whether an order has begun to wait since this was asked last: tick() has something to do sooner.
    [[nodiscard]] bool take_began_waiting() { return std::exchange(began_waiting_, false); }
    using CancelFilter = engine::CancelFilter;
    // Whether an order of `client` would pass now, and what each limit says of it: appends a
    // CheckOrderResponse; `order` is a NewOrder. Changes and journals nothing (limit_check.cpp).
    [[nodiscard]] CommandError check_order_now(std::string_view client, std::string_view order,
                                               std::int64_t now_ns, pb::Writer& out);

  protected:
    // Where an order goes and what it is, by number.
    struct Route {
        std::uint32_t account = 0, instrument = 0, venue = 0;
        std::size_t session = 0;
        std::uint64_t override_id = 0;  // by which it passes; 0: none
        risk::Proposal proposal{};
    };

    // limit_check.cpp
    void write_limit_checks(const risk::Proposal& proposal, const schema::Denial& denial,
                            std::uint64_t override_id, pb::Writer& out) const;

    // commands.cpp, new_orders.cpp, order_changes.cpp
    void take_command(std::uint32_t client, std::string_view bytes, std::int64_t deadline_ns,
                      pb::Writer& out);
    void take_new_order(std::uint32_t client, std::string_view bytes, std::int64_t deadline_ns,
                        pb::Writer& out);
    void take_replace(std::uint32_t client, std::string_view bytes, std::int64_t deadline_ns,
                      pb::Writer& out);
    void take_cancel(std::uint32_t client, std::string_view bytes, std::int64_t deadline_ns, pb::Writer& out);
    template <class Command>
    bool read_request(std::uint32_t client, std::string_view bytes, bool changes_terms, Command& command,
                      std::uint64_t& hash, pb::Writer& out);
    [[nodiscard]] bool check_service(bool new_order, DenialText& denial) const;
    [[nodiscard]] bool check_new_order(const schema::NewOrder& command, std::uint32_t client,
                                       std::int64_t deadline_ns, Route& route, DenialText& denial) const;
    [[nodiscard]] bool check_type(const schema::NewOrder& command, const Route& route,
                                  DenialText& denial) const;
    [[nodiscard]] bool check_prices(const schema::NewOrder& command, const Route& route,
                                    DenialText& denial) const;
    [[nodiscard]] bool check_session(std::size_t session, order::RequestKind kind, DenialText& denial) const;
    [[nodiscard]] bool check_throttle(const VenueSession& vs, order::RequestKind kind,
                                      DenialText& denial) const;
    [[nodiscard]] bool check_open(order::OrderId id, bool cancel, std::int64_t deadline_ns,
                                  DenialText& denial) const;
    [[nodiscard]] std::optional<order::Terms> new_terms(const schema::ReplaceCommand& command,
                                                        const order::Order& order) const;
    [[nodiscard]] bool check_new_terms(const schema::ReplaceCommand& command, order::OrderId id,
                                       DenialText& denial) const;
    [[nodiscard]] bool check_id(std::string_view id, DenialText& denial) const;
    void describe(const risk::Refusal& refusal, DenialText& denial) const;
    // `may_resize`: a limit may have less of it sent.
    [[nodiscard]] risk::Proposal proposal_of(const schema::NewOrder& command, std::uint32_t client,
                                             const Route& route, bool may_resize) const;
    [[nodiscard]] bool check_order(schema::NewOrder& command, std::uint32_t client, std::int64_t deadline_ns,
                                   bool may_resize, Route& route, risk::Decision& decision,
                                   DenialText& denial) const;
    [[nodiscard]] schema::OrderAccepted accepted(const schema::NewOrder& command, std::uint32_t client,
                                                 const Route& route) const;
    void accept_order(const schema::NewOrder& command, std::uint32_t client, const Route& route,
                      const risk::Decision& decision, std::uint64_t content_hash, std::int64_t deadline_ns,
                      pb::Writer& out);

    // waiting_orders.cpp: new orders that wait for the throttle
    void release_waiting(std::size_t session);
    [[nodiscard]] bool release(std::size_t session, order::OrderId id, const risk::Approval& approval);
    bool cancel_waiting(const schema::CancelRequested& event, std::uint64_t& lsn);
    void deny_order(const schema::NewOrder& command, std::uint32_t client, std::uint64_t content_hash,
                    const DenialText& denial, pb::Writer& out);
    void deny_request(std::uint32_t client, std::string_view client_request_id, order::OrderId order,
                      order::RequestKind kind, std::uint64_t content_hash, const DenialText& denial,
                      pb::Writer& out);
    void answer_denied(std::string_view client_request_id, order::OrderId order, const schema::Denial& denial,
                       std::uint64_t lsn, pb::Writer& out);
    void answer_sent(std::string_view client_request_id, order::OrderId order, const ClOrdId& cl_ord_id,
                     std::uint64_t lsn, pb::Writer& out, const Resized& resized = {});
    void add_resized(std::uint64_t lsn, schema::CommandResult& result) const;
    void answer_unrecorded(std::string_view client_request_id, order::OrderId order,
                           const schema::Denial& denial, pb::Writer& out);
    // True where the id was used before: the first answer, or a refusal, has been written.
    bool answer_repeated(std::uint32_t client, std::string_view client_request_id, std::uint64_t content_hash,
                         pb::Writer& out);
    [[nodiscard]] order::OrderId find_order(std::uint32_t client, order::OrderId id,
                                            std::string_view client_order_id) const;
    // `link`: that asks for it; 0: none.
    bool send_cancel(order::OrderId id, std::string_view client_request_id, std::uint64_t content_hash,
                     order::LinkId link, std::uint64_t& lsn, ClOrdId& cl_ord_id);
    bool cancel_unasked(order::OrderId id, std::string_view reason);
    using Replacement = engine::Replacement;
    [[nodiscard]] risk::Proposal proposal_of(const order::Order& order, Decimal quantity, Decimal price,
                                             Decimal stop_price) const;
    [[nodiscard]] risk::Proposal proposal_of(const order::Order& order, const Replacement& replacement) const;
    [[nodiscard]] risk::Decision decide_replace(const order::Order& order,
                                                const Replacement& replacement) const {
        return risk::decide(control_, instruments_[order.instrument], proposal_of(order, replacement));
    }
    // Cancels the own orders that the proposal would trade with. False where one cannot be canceled now.
    bool clear_crossing(const risk::Proposal& proposal);
    bool send_replace(order::OrderId id, const Replacement& replacement, const risk::Decision& decision,
                      std::uint64_t& lsn);

    // mass_cancel_commands.cpp
    void take_mass_cancel(std::uint32_t client, std::string_view bytes, pb::Writer& out);
    void add_cancels(const order::Request& request, schema::CommandResult& result) const;
    std::uint32_t cancel_fitting(const CancelFilter& filter);
    void take_linked_orders(std::uint32_t client, std::string_view bytes, std::int64_t deadline_ns,
                            pb::Writer& out);
    [[nodiscard]] bool check_linked_ids(const schema::LinkedOrders& command, std::uint32_t client,
                                        DenialText& denial) const;
    bool accept_linked(const schema::LinkedOrders& command, std::uint32_t client, const Route* routes,
                       std::uint64_t content_hash);
    void answer_linked(std::string_view client_request_id, order::LinkId link, bool duplicate,
                       pb::Writer& out);
    void cancel_held(order::OrderId id, std::string_view client_request_id, std::uint64_t content_hash,
                     pb::Writer& out);
    bool commit_held_end(schema::HeldOrderEnded& event, std::uint64_t& lsn);
    bool end_held(order::OrderId id, std::string_view reason);
    void work_links();
    void run_links();
    void work_link(order::LinkId id);
    [[nodiscard]] std::int64_t next_link_ns() const;
    bool take_step(order::LinkId id, const order::LinkAction& action);
    bool release_order(order::LinkId id, const order::LinkAction& action);
    bool resize_order(order::LinkId id, const order::LinkAction& action);
    bool report_link(order::LinkId id, schema::LinkProblem problem, order::OrderId order, Decimal quantity,
                     std::string_view text);
    void report_release_denied(order::LinkId id, const order::LinkAction& action, const DenialText& denial);
    [[nodiscard]] WireOrder wire_order(const order::Order& order, std::string_view cl_ord_id,
                                       std::string_view orig_cl_ord_id) const;

    // mass_cancels.cpp: many orders at once, by one message where the venue has it
    std::uint32_t cancel_many(std::vector<order::OrderId> wanted, std::string_view reason);
    void send_mass_cancels(std::uint32_t venue, std::set<order::OrderId>& wanted, std::string_view reason,
                           std::uint32_t& cancels);
    bool send_mass_cancel(const MassCancel& scope, std::uint32_t count, std::string_view reason);
    [[nodiscard]] bool is_cancelable(const order::Order& order) const;
    void take_mass_cancel_report(std::size_t session, const fix::Message& message);
    void refuse_mass_cancel(std::size_t session, std::string_view cl_ord_id, std::string_view text);
    void answer_mass_cancel(std::size_t session, const schema::MassCancelAnswered& event);
    [[nodiscard]] MassCancel* find_mass_cancel(std::size_t session, std::string_view cl_ord_id);
    void run_mass_cancels();
    bool finish(MassCancel& mass_cancel);
    // What an order without a price is valued at, into its event.
    template <class Event>
    void add_reference(Event& event, Decimal stop_price, std::uint32_t instrument) const {
        const auto& reference = instruments_[instrument].reference_price;
        if (reference && !control_.memory.empty()) event.reference_price = std::max(*reference, stop_price);
    }

    // enforcement.cpp: what a breach does beside the denial
    struct NewState {
        schema::TradingStateChanged event;
        std::uint64_t lsn = 0;  // 0: the level has that state already, or a stricter one
    };
    // Nothing where the level has that state already, or a stricter one. Its texts hold until the next call.
    [[nodiscard]] std::optional<schema::TradingStateChanged> state_change(
        const DenialText::Enforced& enforced);
    [[nodiscard]] NewState append_state(const DenialText::Enforced& enforced);
    void apply_state(const NewState& state) {
        if (state.lsn != 0) apply(state.event, state.lsn, now_ns_);
    }
    void enforce(const DenialText::Enforced& enforced);
    // The journal could not take it: it is counted and alerted on.
    void note_not_set(const NewState& state);
    void append_warnings(const risk::Decision& decision, order::OrderId order, std::uint32_t client) {
        if (!decision.warnings().empty()) [[unlikely]]
            append_each_warning(decision, order, client);
    }
    void append_each_warning(const risk::Decision& decision, order::OrderId order, std::uint32_t client);
    // Limits that a fill or a price can break: their level gets its state without an order being denied.
    void watch_limits() {
        if (control_.memory.is_due()) [[unlikely]]
            control_.memory.for_each_due([this](const risk::Rule& rule) { watch_rule(rule); });
    }
    void watch_rule(const risk::Rule& rule);
    // Of a limit that sets a state by itself: whether it is broken now.
    [[nodiscard]] bool is_broken(const risk::Rule& rule, risk::Breach& breach) const;
    [[nodiscard]] std::uint64_t waive(std::string_view client, std::string_view client_order_id,
                                      const risk::Proposal& proposal, risk::Decision& decision) const;
    [[nodiscard]] risk::Decision decide_waiting(order::OrderId id, const risk::Proposal& proposal) const;
    [[nodiscard]] bool falls_under(const order::Order& order, risk::Level level) const;
};

}  // namespace gw::engine
