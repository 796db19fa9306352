// The engine: decide, journal, apply, transmit - the only place that joins session, order, risk and journal.
//
// Theory of operation. The engine has no clock, socket, file or randomness: time and bytes are arguments, the
// journal and the wire are given to it. Every input goes through the same four steps, in this order:
//
//   1. decide    const functions of the state give events, and messages for the wire;
//   2. journal   events and messages are appended as one batch; if that fails, nothing has happened;
//   3. apply     the events change the state; recovery does the same with the events it reads back;
//   4. transmit  the wire takes the bytes.
//
// Files: commands.cpp, new_orders.cpp and order_changes.cpp (clients), sessions.cpp (what the transport and
// the clock bring), schedule.cpp (windows), reports.cpp (what venues say of orders), reconcile.cpp (asking
// after a reconnect), control.cpp (operators on trading), session_control.cpp (operators on sessions),
// session_changes.cpp (sessions that come and go), questions.cpp (trades in question), expiry.cpp,
// recovery.cpp, engine_image.cpp and checkpoint.cpp (checkpoints), queries.cpp, session_queries.cpp,
// inquiries.cpp, external_orders.cpp, extra_fields.cpp, waiting_orders.cpp, operations.cpp (what operators
// decide of orders and positions), linked_orders.cpp and links.cpp (orders that hang together: as commands,
// and what follows from fills), mass_cancels.cpp, rates.cpp, position_queries.cpp, drop_copies.cpp,
// limit_control.cpp, limit_queries.cpp, limit_check.cpp, limit_memory.cpp, enforcement.cpp (limits),
// order_overrides.cpp, groups.cpp, references.cpp, instrument_status.cpp, market_phases.cpp.
//
// Threads: none of its own. One call at a time: the caller holds the lock.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/cl_ord_id.hpp"
#include "engine/denial.hpp"
#include "engine/engine_types.hpp"
#include "engine/event_log.hpp"
#include "engine/mass_cancel.hpp"
#include "engine/session_log.hpp"
#include "engine/settings.hpp"
#include "engine/venue_session.hpp"
#include "engine/wire.hpp"
#include "fix/message.hpp"
#include "order/ledger.hpp"
#include "order/report.hpp"
#include "risk/checks.hpp"
#include "risk/limit_set.hpp"
#include "session/session.hpp"

namespace gw {
class ImageSink;
namespace journal {
struct CheckpointMark;
}
namespace risk {
struct Breach;
}
}  // namespace gw

namespace gw::engine {

struct LimitsDraft;

[[nodiscard]] schema::MarketPhase phase_of_trading_session(std::string_view sub_id);
[[nodiscard]] std::vector<risk::TradingWindow> trading_windows(const std::vector<SessionWindow>& windows);

class Engine {
  public:
    Engine(const Settings& settings, journal::Journal& journal, Wire& wire);
    // One that only follows a journal, to make a checkpoint of it: follow(), write_image() and queries.
    explicit Engine(const order::LedgerSizes& sizes);

    // --- start
    // ------------------------------------------------------------------------------------------------------
    // Takes the newest good checkpoint and applies every event after it, or every event of the journal.
    // Empty, or what is wrong with the journal.
    [[nodiscard]] std::string recover();
    // The same up to `last_lsn`, of a journal that another engine writes. `last` is told of the last record,
    // `records` of how many were applied.
    [[nodiscard]] std::string follow(journal::Reader& reader, journal::Visibility visibility,
                                     std::uint64_t last_lsn, journal::CheckpointMark& last,
                                     std::uint64_t& records);
    // The prefix of every ClOrdID(11): drawn once for each journal, and so its name.
    [[nodiscard]] const std::string& journal_id() const { return ids_.prefix(); }
    // The checkpoint that was started from; 0: none. And why others were not.
    [[nodiscard]] std::uint64_t checkpoint_lsn() const { return checkpoint_lsn_; }
    [[nodiscard]] const std::vector<std::string>& recovery_notes() const { return recovery_notes_; }
    // Everything that apply() has changed (engine_image.cpp).
    void write_image(ImageSink& sink);
    // Records the start; from then on inputs are taken. False where the journal cannot be written.
    [[nodiscard]] bool open(std::int64_t now_ns);

    // --- clients
    // ----------------------------------------------------------------------------------------------------
    // `request` is a TradeRequest; a CommandResult for each command is appended to `out` as a TradeResponse's
    // field. Precondition: room for commands_max x result_bytes_max. `deadline_ns` 0: none.
    [[nodiscard]] CommandError command(std::string_view client, std::string_view request, std::int64_t now_ns,
                                       std::int64_t deadline_ns, pb::Writer& out);

    // --- transport and clock, sessions by their place in the settings
    // -----------------------------------------------
    void connected(std::size_t session, std::int64_t now_ns);
    [[nodiscard]] bool signs_outside(std::size_t session) const {
        return sessions_[session]->credentials->signs_outside();
    }
    // What of the Logon of `now_ns` is to be signed outside; empty where it does not fit the buffer.
    [[nodiscard]] std::optional<std::string> logon_payload(std::size_t session, std::int64_t now_ns);
    // The same as connected(), with the answer of the signer to a payload of `signed_at_ns`. Nothing has
    // happened where the answer is not usable (`error` says why) or is for another Logon than the one that is
    // due now (`error` is empty: have it signed anew).
    struct SignedLogon {
        std::string payload;
        std::int64_t at_ns;
        std::string answer;
    };
    [[nodiscard]] bool connected(std::size_t session, const SignedLogon& logon, std::int64_t now_ns,
                                 std::string& error);
    // Returns how many of the bytes were used up; the rest is offered again with what follows it.
    [[nodiscard]] std::size_t received(std::size_t session, std::string_view bytes, std::int64_t now_ns);
    void disconnected(std::size_t session, std::string_view reason, std::int64_t now_ns);
    void tick(std::int64_t now_ns);
    // Whether an order has begun to wait since this was asked last: tick() has something to do sooner.
    [[nodiscard]] bool take_began_waiting() { return std::exchange(began_waiting_, false); }
    // When tick() has something to do, at the earliest.
    [[nodiscard]] std::int64_t next_deadline_ns() const;

    // --- operators
    // -------------------------------------------------------------------------------------------------- No
    // new orders from here on, and a Logout on every session.
    void begin_shutdown(std::int64_t now_ns);
    // A Logout on one session, which is to connect anew: to another host. Nothing where it is not logged on.
    void end_connection(std::size_t session, std::string_view text, std::int64_t now_ns);
    using ControlResult = engine::ControlResult;
    ControlResult set_trading_state(std::string_view level, schema::TradingState state,
                                    std::string_view reason, std::string_view changed_by,
                                    bool cancel_open_orders, std::int64_t now_ns);
    using Resolution = engine::Resolution;
    using ResolveError = engine::ResolveError;
    ResolveError resolve(const Resolution& resolution, std::int64_t now_ns, std::uint64_t& lsn);
    using Adjustment = engine::Adjustment;
    // `known` is false where account or instrument is not configured.
    ControlResult adjust_position(const Adjustment& adjustment, std::int64_t now_ns);
    // Cancels the client's open orders that fit; what is empty fits all. Returns how many cancels were sent.
    using CancelFilter = engine::CancelFilter;
    std::uint32_t cancel_orders(const CancelFilter& filter, std::int64_t now_ns);
    // `known` is false where there is no room for another pair.
    using RateSetting = engine::RateSetting;
    ControlResult set_rate(const RateSetting& setting, std::int64_t now_ns);
    ControlResult set_reference_price(std::string_view instrument, Decimal price, std::int64_t now_ns);
    // From now on. False where no hours are called so, or the windows are not in order.
    bool set_trading_hours(std::string_view name, const std::vector<SessionWindow>& windows);
    // `known` is false where the level is no venue or instrument that is configured (market_phases.cpp).
    ControlResult set_market_phase(std::string_view level, schema::MarketPhase phase, std::string_view reason,
                                   std::string_view changed_by, std::int64_t now_ns);
    // `fault` says what is wrong with `update`; nothing has changed then.
    ControlResult set_references(const schema::ReferencePrice& update, std::int64_t now_ns,
                                 std::string& fault);
    // Journals what the API tells of its callers; it changes nothing. The lsn, 0 where the journal cannot
    // take it.
    template <class Event>
    std::uint64_t record_call(const Event& event, std::int64_t now_ns) {
        now_ns_ = now_ns;
        log_.begin(now_ns);
        const std::uint64_t lsn = log_.event(event, 0);
        if (!log_.commit()) return 0;
        apply(event, lsn, now_ns);
        return lsn;
    }
    // Journals what people decided about limits; changes nothing. Long texts are cut.
    ControlResult record_risk_decision(schema::RiskDecisionRecorded event, std::int64_t now_ns);
    // `granted` is an OrderOverrideGranted; `fault` says what is wrong with it, and nothing has changed then
    // (order_overrides.cpp).
    ControlResult grant_order_override(std::string_view granted, bool validate_only, std::int64_t now_ns,
                                       std::string& fault);
    // `known` is false where no override of this number waits for its order.
    ControlResult end_order_override(std::uint64_t id, std::string_view ended_by, std::string_view reason,
                                     std::int64_t now_ns);
    // `request` is a SetLimitsRequest: all of it or nothing (limit_control.cpp).
    LimitsResult set_limits(std::string_view request, std::string_view changed_by, std::int64_t now_ns);

    // --- operators on sessions, by their place in the settings or the order in which they were added
    using Note = engine::Note;
    using Verdict = engine::Verdict;
    using SessionResult = engine::SessionResult;
    // Whether it may connect now, and be logged on to: in its window, and not kept out by an operator.
    [[nodiscard]] bool wants(std::size_t session) const;
    SessionResult log_on(std::size_t session, const Note& note, std::int64_t now_ns);
    SessionResult log_out(std::size_t session, const Note& note, std::int64_t now_ns);
    SessionResult set_sequences(std::size_t session, std::optional<std::uint64_t> next_in,
                                std::optional<std::uint64_t> next_out, const Note& note, std::int64_t now_ns);
    SessionResult reset(std::size_t session, bool force, const Note& note, std::int64_t now_ns);
    // `names`: venues that it leads to from now on. `validator`: as of make_validator.
    SessionResult add_session(const SessionSettings& settings, const std::vector<std::string>& names,
                              std::unique_ptr<DictionaryValidator> validator, const Note& note,
                              std::int64_t now_ns);
    // Journals the change and logs out; replace_session follows once the connection is gone.
    SessionResult change_session(std::size_t session, const SessionSettings& settings, bool force,
                                 const Note& note, std::int64_t now_ns);
    void replace_session(std::size_t session, const SessionSettings& settings,
                         std::unique_ptr<DictionaryValidator> validator);
    // Journals the removal and logs out; forget_session follows once the connection is gone.
    SessionResult remove_session(std::size_t session, bool force, const Note& note, std::int64_t now_ns);
    void forget_session(std::size_t session);
    // The session's windows from now on, as time passes. Refused where they are not in order.
    SessionResult set_windows(std::size_t session, std::vector<SessionWindow> windows, std::int64_t now_ns);
    // The windows of another schedule, with the same policy of resets. A window that is open under both stays
    // open, and its day does not begin anew.
    SessionResult change_windows(std::size_t session, std::vector<SessionWindow> windows, const Note& note,
                                 std::int64_t now_ns);
    // Nothing where no session is called so; one that was removed is not there any more.
    [[nodiscard]] std::optional<std::size_t> find_session(std::string_view name) const;
    [[nodiscard]] std::uint64_t open_orders(std::size_t session) const;
    // In the headers of the journal's records, also of a session that was removed; 0 where it was never
    // there.
    [[nodiscard]] std::uint32_t session_number(std::string_view name) const {
        return session_names_.find(name);
    }

    // --- queries
    // ----------------------------------------------------------------------------------------------------
    // `client` empty: any. False where there is none.
    [[nodiscard]] bool order(std::string_view client, order::OrderId id, std::string_view client_order_id,
                             pb::Writer& out) const;
    using OrderFilter = engine::OrderFilter;
    // Appends ListOrdersResponse.orders; returns `before` for the next page, 0 on the last.
    order::OrderId orders(const OrderFilter& filter, pb::Writer& out) const;
    void positions(std::string_view account, pb::Writer& out) const;
    // How many positions have a sum that did not fit.
    [[nodiscard]] std::size_t saturated_positions() const;
    // Appends ListRatesResponse.rates.
    void rates(pb::Writer& out) const;
    void sessions(pb::Writer& out) const;
    // Appends a GetSessionResponse.
    void session(std::size_t at, pb::Writer& out) const;
    void trading_states(pb::Writer& out) const;
    // Appends ListMarketPhasesResponse.phases.
    void market_phases(pb::Writer& out) const;
    // Appends ListLimitChangesResponse.order_overrides: those that were not used.
    void order_overrides(pb::Writer& out) const;
    // Of instruments of these names; of all where there is none.
    void reference_prices(std::span<const std::string> instruments, pb::Writer& out) const;
    // Appends a ListLimitUtilizationResponse of one level, or of all where it is empty (limit_queries.cpp).
    void limit_utilization(std::string_view level, pb::Writer& out) const;
    // Whether an order of `client` would pass now, and what each limit says of it: appends a
    // CheckOrderResponse; `order` is a NewOrder. Changes and journals nothing (limit_check.cpp).
    [[nodiscard]] CommandError check_order_now(std::string_view client, std::string_view order,
                                               std::int64_t now_ns, pb::Writer& out);
    // Empty, or what of the reservations is not as the orders and positions say: the slow way, for tests.
    [[nodiscard]] std::string reservation_fault() const;
    // Appends a ListLimitsResponse of one level, or of all where it is empty.
    void limits(std::string_view level, pb::Writer& out) const;
    [[nodiscard]] std::uint64_t state_hash() const;

    [[nodiscard]] const Counters& counters() const { return counters_; }
    [[nodiscard]] const order::Ledger& ledger() const { return ledger_; }
    [[nodiscard]] const VenueSession& venue_session(std::size_t at) const { return *sessions_[at]; }
    [[nodiscard]] std::size_t session_count() const { return sessions_.size(); }
    // The number of a client in record headers; 0 where it is not configured.
    [[nodiscard]] std::uint32_t client_number(std::string_view client) const;

  private:
    friend class Rehearsal;
    struct Client {
        std::vector<bool> accounts;  // by account number: may trade
        bool configured = false;
    };
    // Where an order goes and what it is, by number.
    struct Route {
        std::uint32_t account = 0, instrument = 0, venue = 0;
        std::size_t session = 0;
        std::uint64_t override_id = 0;  // by which it passes; 0: none
        risk::Proposal proposal{};
    };

    // limit_check.cpp
    void write_limit_checks(const risk::Proposal& proposal, const schema::Denial& denial,
                            pb::Writer& out) const;

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
    // FIX's own way for a venue that came while the gateway runs, or is not configured any more.
    [[nodiscard]] const VenueProfile& profile_of(std::uint32_t venue) const {
        return venue < profiles_.size() ? profiles_[venue] : standard_profile_;
    }
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
    bool end_waiting(order::OrderId id, std::string_view reason);
    void end_all_waiting(VenueSession& vs, std::string_view reason);
    void end_waiting_of_before();
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

    // linked_orders.cpp
    void write_reference(std::uint32_t number, pb::Writer& out) const;
    // mass_cancel_commands.cpp
    void take_mass_cancel(std::uint32_t client, std::string_view bytes, pb::Writer& out);
    void add_cancels(std::uint64_t lsn, schema::CommandResult& result) const;
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

    // links.cpp
    void note_link(order::OrderId id);
    void all_links_due();
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
    // ClOrdID(11) of a request: ours, or another's where the order was not made here.
    [[nodiscard]] ClOrdId cl_ord_id_of(order::RequestId request) const;
    [[nodiscard]] WireOrder wire_order(const order::Order& order, std::string_view cl_ord_id,
                                       std::string_view orig_cl_ord_id) const;

    // step_commit.hpp: journal, apply and transmit what step_ holds
    template <class Append, class Apply>
    bool commit_step(std::size_t session, Append&& append, Apply&& apply_events);
    bool commit_step(std::size_t session);  // where no order is concerned

    // sessions.cpp
    [[nodiscard]] std::optional<std::string> payload_of_logon(const VenueSession& vs);
    void take_message(std::size_t session, const fix::Message& message);
    void take_logon(std::size_t session, const fix::Message& message);
    void take_kept(std::size_t session);
    [[nodiscard]] schema::SessionState phase_after(const VenueSession& vs) const;
    void append_session_events(const VenueSession& vs, schema::SessionState phase);
    void append_not_sent(const VenueSession& vs);
    [[nodiscard]] bool has_answered_later(const VenueSession& vs, std::uint64_t seq);
    [[nodiscard]] bool is_held_again(order::RequestId id) const;
    void transmit(std::size_t session);
    // While one lives, the steps inside it leave the wire unflushed; its end flushes once.
    class WireBatch {
      public:
        explicit WireBatch(Engine& engine) : engine_(engine) { ++engine_.wire_batches_; }
        ~WireBatch() {
            if (--engine_.wire_batches_ == 0) engine_.wire_.flush();
        }
        WireBatch(const WireBatch&) = delete;
        WireBatch& operator=(const WireBatch&) = delete;

      private:
        Engine& engine_;
    };
    void change_phase(std::size_t session, schema::SessionState phase);
    // Orders whose answer was lost: of one session, or of all after a restart.
    void mark_uncertain(std::optional<std::size_t> session, std::string_view reason);

    void take_measurement(VenueSession& vs) const;

    // expiry.cpp: orders whose time is over
    [[nodiscard]] bool may_have_expired(const order::Order& order) const;
    void mark_unknown(const std::vector<order::OrderId>& orders, std::string_view reason);
    void end_days_before(std::size_t session, std::uint32_t day, std::int64_t begins_ns);
    void end_days(std::size_t session, const SessionWindow& window, bool open);
    void note_expiry(order::OrderId id);
    void note_all_expiries();
    void run_expiries();

    // schedule.cpp
    void run_schedule(std::size_t session);
    bool change_window(std::size_t session, const SessionWindow& window, bool open, bool reset);
    [[nodiscard]] std::int64_t next_boundary_ns(const VenueSession& vs) const;

    // session_control.cpp, session_changes.cpp
    SessionResult commit_control(std::size_t session, schema::SessionControlled& event, const Note& note);
    [[nodiscard]] schema::SessionControlled controlled(const VenueSession& vs,
                                                       schema::SessionAction action) const;
    [[nodiscard]] std::unique_ptr<VenueSession> make_session(const SessionSettings& settings,
                                                             std::unique_ptr<DictionaryValidator> validator);
    [[nodiscard]] bool leads_elsewhere(std::string_view venue) const;
    void lead(std::string_view venue, std::size_t session);
    void shown(std::size_t session, schema::Session& out) const;

    // reports.cpp
    void take_execution_report(std::size_t session, const fix::Message& message);
    // `message`: the report itself; null where a refusal stands for one.
    void take_report(std::size_t session, const fix::Message* message, const order::Report& report,
                     order::OrderId id, order::RequestId request);
    // extra_fields.cpp
    void add_extra_fields(const VenueSession& vs, const fix::Message& message,
                          schema::ExecutionReported& event);
    void take_cancel_reject(std::size_t session, const fix::Message& message);
    void take_business_reject(std::size_t session, const fix::Message& message);
    void take_session_reject(std::size_t session, const fix::Message& message);
    // The venue refused the message that carried this ClOrdID(11), without saying so in an order report.
    void take_refusal(std::size_t session, std::string_view msg_type, std::string_view cl_ord_id,
                      std::string_view text);
    void take_unsupported(std::size_t session, const fix::Message& message);
    [[nodiscard]] order::OrderId match(const VenueSession& vs, const order::Report& report,
                                       order::RequestId& request) const;
    // `dk_reason`: DKReason(127), where the venue's profile asks for DontKnowTrade(Q).
    void orphan(std::size_t session, const order::Report& report, std::string_view why, char dk_reason = 'D');
    void dont_know(std::size_t session, const order::Report& report, char reason);
    void quarantine(std::size_t session, const fix::Message& message);
    void take_known_report(std::size_t session, const fix::Message& message, order::Report& report,
                           order::OrderId id, order::RequestId request);
    // drop_copies.cpp
    void take_drop_copy(std::size_t session, const fix::Message& message);
    void take_copied_ids(const fix::Message& message, std::uint32_t venue, order::Report& report);
    [[nodiscard]] bool is_taken_from_copy(const order::Report& report, order::OrderId id,
                                          order::RequestId request) const;
    [[nodiscard]] static bool copies(const VenueSession& vs, std::uint32_t venue);
    [[nodiscard]] bool is_copied(std::uint32_t venue) const;
    [[nodiscard]] bool tells_of(const VenueSession& vs, std::uint32_t venue) const;
    [[nodiscard]] std::uint32_t venue_of_report(const VenueSession& vs, const order::Report& report) const;
    // external_orders.cpp: orders that were not made here
    [[nodiscard]] bool is_adoptable(std::size_t session, const order::Report& report) const;
    [[nodiscard]] order::OrderId adopt(std::size_t session, const order::Report& report);
    [[nodiscard]] order::OrderId match_external(std::uint32_t venue, const order::Report& report) const;
    [[nodiscard]] std::uint32_t venue_of(const VenueSession& vs) const;
    std::string_view execution_scope(const order::Report& report, order::OrderId id);
    void count(const schema::ExecutionReported& event, order::Execution before);
    [[nodiscard]] bool breaks_promise(const order::Order& order,
                                      const schema::ExecutionReported& event) const;

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

    // reconcile.cpp
    [[nodiscard]] bool asks_mass_status(const VenueSession& vs) const;
    void ask_mass_status(std::size_t session);
    void end_mass_status(std::size_t session);
    void begin_reconcile(std::size_t session);
    [[nodiscard]] bool is_asked_about_ended(order::OrderId id) const;
    [[nodiscard]] static bool can_ask(const VenueSession& vs) {
        const bool more = vs.ask_next <= vs.ask_end || !vs.mass_asked || vs.mass_pending;
        return more && session::Session::can_send(vs.protocol.state());
    }
    void continue_reconcile(std::size_t session);
    void ask(std::size_t session);
    void answered(std::size_t session, order::OrderId order);

    // inquiries.cpp: orders that are asked about while the session is up
    void inquire(order::OrderId id);
    void take_up_missed();
    void continue_inquiries();
    [[nodiscard]] std::int64_t next_inquiry_ns() const;
    [[nodiscard]] bool needs_answer(const order::Order& order) const;
    [[nodiscard]] static bool is_past_asking(const order::Order& order);
    void send_inquiry(std::size_t session, order::OrderId id);
    // ExecID(17) of the fill with this number, which stands for one that has not come: the same for ever.
    std::string_view inferred_exec_id(order::OrderId id, std::uint64_t fill);
    void learn_difference(order::OrderId id, const order::Report& report,
                          const schema::ExecutionReported& event);
    bool infer_fill(order::OrderId id, Decimal venue_cum, Decimal venue_average);
    // questions.cpp: trades in question, and inferred ones that were for nothing
    bool record_execution(order::OrderId id, const order::Report& report);
    bool count_question(order::OrderId id, std::uint64_t number);
    bool settle_questions(order::OrderId id, Decimal venue_cum, Decimal venue_average);
    void withdraw_inferred(order::OrderId id, Decimal venue_cum);
    void weigh(std::size_t session, order::OrderId id, const order::Report& report,
               const schema::ExecutionReported& event);

    // recovery.cpp: events that are not the ledger's
    template <class Body>
    void apply(const Body& event, std::uint64_t lsn, std::int64_t time_ns) {
        const Before before = before_of(event);
        ledger_.apply(event, lsn, time_ns);
        // What positions are valued at is known before a limit asks for it.
        if (std::is_same_v<Body, schema::ExecutionReported> || !control_.memory.empty())
            remember(event, before, time_ns);
        if constexpr (std::is_same_v<Body, schema::OrderAccepted>) {
            if (event.has_terms) note_expiry(event.order_id);
            if (event.override_id != 0) [[unlikely]]
                overrides_.use(event.override_id, event.order_id, event.waiting);
        }
        if constexpr (std::is_same_v<Body, schema::OrderReleased> ||
                      std::is_same_v<Body, schema::OrderNotSent>)
            if (!overrides_.empty()) overrides_.settle(event.order_id);
        if constexpr (std::is_same_v<Body, schema::ExecutionReported>)
            if (event.exec_type == schema::ExecType::replaced) note_expiry(event.order_id);
        if constexpr (requires { event.order_id; }) {
            note_link(event.order_id);
            note_exposure(event.order_id);
        }
    }
    void apply(const schema::PositionAdjusted& event, std::uint64_t lsn, std::int64_t time_ns);
    void apply(const schema::MassCancelRequested& event, std::uint64_t lsn, std::int64_t time_ns);
    void apply(const schema::MassCancelAnswered& event, std::uint64_t lsn, std::int64_t time_ns);
    void apply(const schema::MassCancelEnded& event, std::uint64_t lsn, std::int64_t time_ns);
    void apply(const schema::CancelPromiseBroken& event, std::uint64_t lsn, std::int64_t time_ns) {
        ++counters_.cancel_promises_broken;
        ledger_.apply(event, lsn, time_ns);
        note_link(event.order_id);
    }
    void apply(const schema::LinkReported& event, std::uint64_t lsn, std::int64_t time_ns) {
        ++counters_.link_problems;
        ledger_.apply(event, lsn, time_ns);
    }
    void apply(const schema::LinkAccepted& event, std::uint64_t lsn, std::int64_t time_ns) {
        ledger_.apply(event, lsn, time_ns);
        if (links_are_worked_) links_due_.push_back(event.link_id);
    }
    void apply(const schema::MassCancelTaken& event, std::uint64_t lsn, std::int64_t time_ns) {
        ledger_.apply(event, lsn, time_ns);
    }
    void apply(const schema::SessionChanged&, std::uint64_t, std::int64_t) {}
    void apply(const schema::ApiCalled&, std::uint64_t, std::int64_t) {}
    void apply(const schema::ClientConnected&, std::uint64_t, std::int64_t) {}
    void apply(const schema::ClientDisconnected&, std::uint64_t, std::int64_t) {}
    void apply(const schema::RiskDecisionRecorded&, std::uint64_t, std::int64_t) {}
    void apply(const schema::LimitBreached&, std::uint64_t, std::int64_t) {}
    void apply(const schema::OrderOverrideGranted& event, std::uint64_t, std::int64_t time_ns) {
        overrides_.grant(event, time_ns);
    }
    void apply(const schema::OrderOverrideEnded& event, std::uint64_t, std::int64_t) {
        overrides_.end(event.override_id);
    }
    void apply(const schema::ExecutionOrphaned&, std::uint64_t, std::int64_t) {
        ++counters_.orphan_executions;
    }
    void apply(const schema::ExternalOrderAdopted& event, std::uint64_t lsn, std::int64_t time_ns) {
        ++counters_.external_orders;
        ledger_.apply(event, lsn, time_ns);
        note_exposure(event.order_id);
    }
    void apply(const schema::SequenceChanged& event, std::uint64_t lsn, std::int64_t time_ns);
    void apply(const schema::SessionControlled& event, std::uint64_t lsn, std::int64_t time_ns);
    void apply(const schema::SessionWindowChanged& event, std::uint64_t lsn, std::int64_t time_ns);
    void apply(const schema::PasswordChanged& event, std::uint64_t lsn, std::int64_t time_ns);
    void apply(const schema::TradingStateChanged& event, std::uint64_t lsn, std::int64_t time_ns);
    void apply(const schema::ReferencePriceSet& event, std::uint64_t lsn, std::int64_t time_ns);
    // groups.cpp
    struct Grouping {
        std::string member, group;  // levels; no group: empty
    };
    [[nodiscard]] std::vector<Grouping> configured_groups() const;
    [[nodiscard]] bool is_grouped_as(const Grouping& grouping) const;
    bool define_groups();
    void apply(const schema::LevelGrouped& event, std::uint64_t lsn, std::int64_t time_ns);
    // market_phases.cpp
    void apply(const schema::MarketPhaseChanged& event, std::uint64_t lsn, std::int64_t time_ns);
    void take_phase(risk::Level level, risk::MarketPhaseState state);
    // instrument_status.cpp
    void apply(const schema::InstrumentStatusChanged& event, std::uint64_t lsn, std::int64_t time_ns);
    void take_security_status(std::size_t session, const fix::Message& message);
    [[nodiscard]] std::uint32_t hours_number(std::string_view name) const;
    // rates.cpp
    [[nodiscard]] std::pair<Decimal, std::int64_t> rate_between(std::string_view from,
                                                                std::string_view to) const;
    void read_rates();
    void convert_instruments();
    void apply(const schema::RateSet& event, std::uint64_t lsn, std::int64_t time_ns);  // rates.cpp
    void apply(const schema::LimitsChanged& event, std::uint64_t lsn, std::int64_t time_ns);
    void apply(const schema::NameRegistered& event, std::uint64_t lsn, std::int64_t time_ns);
    void apply(const schema::GatewayStarted& event, std::uint64_t lsn, std::int64_t time_ns);
    [[nodiscard]] bool define_instruments();
    [[nodiscard]] static schema::InstrumentDefined defined(const InstrumentSettings& instrument);
    [[nodiscard]] bool is_defined_as(const schema::InstrumentDefined& event) const;
    void take_configuration();
    [[nodiscard]] std::string take_checkpoint(const std::string& directory, journal::Cursor& cursor,
                                              std::uint64_t oldest_lsn, journal::CheckpointMark& taken);
    [[nodiscard]] std::string replay(journal::Cursor& cursor, std::uint64_t last_lsn,
                                     journal::CheckpointMark& last, std::uint64_t& records);
    // engine_image.cpp. Empty, or why it cannot be taken: then nothing has changed.
    [[nodiscard]] std::string take_image(std::span<const std::byte> bytes, bool& too_small);
    struct ImageRows;
    [[nodiscard]] ImageRows collect_rows() const;
    void take_rows(const ImageRows& rows);
    template <class Image>
    void image(Image& image, ImageRows& rows);
    [[nodiscard]] SessionMemory& memory_of(std::uint32_t session_number);

    // limit_memory.cpp: what limits remember of an event
    struct Before {
        order::Reservation held;
        Product realized;
    };
    template <class Body>
    [[nodiscard]] Before before_of(const Body& event) const {
        if constexpr (std::is_same_v<Body, schema::ReplaceRequested>) {
            const order::Order& order = ledger_.order(event.order_id);
            return {{order.reserved, order.reserved_price}, {}};
        } else if constexpr (std::is_same_v<Body, schema::ExecutionReported>) {
            return {{}, realized_of(event.order_id)};
        } else {
            return {};
        }
    }
    template <class Body>
    void remember(const Body&, const Before&, std::int64_t) {}
    void remember(const schema::OrderAccepted& event, const Before& before, std::int64_t time_ns);
    void remember(const schema::ReplaceRequested& event, const Before& before, std::int64_t time_ns);
    void remember(const schema::CancelRequested& event, const Before& before, std::int64_t time_ns);
    void remember(const schema::ExecutionReported& event, const Before& before, std::int64_t time_ns);
    void remember(const schema::InstrumentDefined&, const Before&, std::int64_t) {
        control_.memory.revalue_all(ledger_);
    }
    [[nodiscard]] Product realized_of(order::OrderId id) const;
    // The levels of an order as the journal tells them.
    [[nodiscard]] risk::LevelNumbers levels_of(const order::Order& order) const;
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

    // order_overrides.cpp
    [[nodiscard]] std::string fault_of_override(const schema::OrderOverrideGranted& event) const;
    [[nodiscard]] std::uint64_t waive(std::string_view client, std::string_view client_order_id,
                                      const risk::Proposal& proposal, risk::Decision& decision) const;
    [[nodiscard]] risk::Decision decide_waiting(order::OrderId id, const risk::Proposal& proposal) const;

    // limit_control.cpp
    void compile_limits();
    void compile_memory();
    // After an event has changed the order: its position is measured anew.
    void note_exposure(order::OrderId id) {
        if (!configured_ || !ledger_.has_order(id)) return;
        const std::uint32_t position = ledger_.order(id).position;
        if (position != 0) control_.exposures.update(position, ledger_.positions()[position]);
        control_.resting.update(id, ledger_);
    }
    [[nodiscard]] std::string fault_of_levels(const schema::Limit& limit) const;
    [[nodiscard]] bool is_configured(risk::Level level) const;
    [[nodiscard]] std::string read_limits(std::string_view request, LimitsDraft& draft) const;
    // Empty, or what is wrong with a SetLimitsRequest and where; it needs no reason.
    [[nodiscard]] std::string fault_of_limits(std::string_view request) const;
    bool journal_limits(const LimitsDraft& draft, std::string_view changed_by, std::uint64_t& lsn);

    std::optional<risk::Level> add_level(std::string_view text);
    [[nodiscard]] std::optional<risk::Level> find_level(std::string_view text) const;
    [[nodiscard]] std::string_view level_name(risk::Level level) const;
    [[nodiscard]] bool falls_under(const order::Order& order, risk::Level level) const;
    [[nodiscard]] std::size_t session_of_venue(std::uint32_t venue) const;

    // What apply() changes here or in the ledger is part of a checkpoint: engine_image.cpp.
    Settings settings_;
    EventLog log_;
    Wire& wire_;
    order::Ledger ledger_;
    ClOrdIds ids_;
    Names session_names_;
    risk::Control control_;
    risk::LimitSet limit_set_;
    risk::OrderOverrides overrides_;
    Names desks_;
    std::map<std::pair<std::uint8_t, std::uint32_t>, risk::MarketPhaseState> phases_;  // by level
    bool configured_ = false;  // not while the journal is read back, nor where it is only followed
    std::vector<risk::Instrument> instruments_;  // by instrument number
    std::vector<Client> clients_;                // by client number
    std::vector<std::size_t> venue_sessions_;    // by venue number; no_session where not configured
    std::vector<VenueProfile> profiles_;         // by venue number
    VenueProfile standard_profile_;
    std::vector<std::unique_ptr<VenueSession>> sessions_;
    std::vector<SessionMemory> memory_;  // by session number

    std::map<std::string, std::string, std::less<>> password_changes_;  // the last change made, by session

    session::Step step_;
    order::Terms terms_;  // of the order that is being sent: large, and most orders have none
    fix::MessageBuffer<> message_;
    fix::MessageBuffer<> kept_message_;
    ReportTexts texts_;
    SessionLog session_log_;
    std::int64_t now_ns_ = 0;
    bool shutting_down_ = false;
    bool began_waiting_ = false;
    unsigned wire_batches_ = 0;  // how many WireBatch live
    struct NotSent {
        schema::OrderNotSent event;
        std::uint64_t lsn;
    };
    std::vector<NotSent> not_sent_;  // of the step that is being committed
    struct Doubtful {
        schema::OrderUncertain event;
        std::uint64_t lsn;
    };
    std::vector<Doubtful> doubtful_;  // of the same step
    using Inquiry = engine::Inquiry;
    std::vector<Inquiry> inquiries_;
    order::OrderId missed_from_ = 0;                 // the first that may have found no room there; 0: none
    std::map<order::OrderId, unsigned> unanswered_;  // of ended orders: logons at which nobody answered
    std::vector<Expiry> expiries_;                   // a heap, the earliest first
    std::vector<order::OrderId> crossing_;           // to be canceled for the order that is being taken
    std::array<char, 80> enforced_by_;
    std::array<char, 2 * risk::level_size_max + 1> breached_level_;
    std::vector<MassCancel> mass_cancels_;      // that are not over
    std::vector<order::LinkId> links_due_;      // to be looked at: an event spoke of one of their orders
    std::vector<order::LinkId> links_put_off_;  // what they have to do could not be done
    bool links_are_worked_ = false;             // not while the journal is read back
    std::int64_t next_links_ns_ = 0;            // when those that were put off are looked at again
    std::map<std::pair<std::string, std::string>, Rate> rates_;  // by from and to
    std::array<std::array<char, 64>, 3> copied_ids_;
    std::array<char, 64> inferred_id_;
    std::array<char, 160> scope_;  // of the report that is being taken
    std::array<std::array<char, 128>, 16> extra_values_;
    Counters counters_;
    std::uint64_t checkpoint_lsn_ = 0;
    std::vector<std::string> recovery_notes_;

    static constexpr std::size_t no_session = static_cast<std::size_t>(-1);
};

}  // namespace gw::engine
