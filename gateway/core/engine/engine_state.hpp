// What the engine knows, and how events change it: the only apply() there is.
//
// Nothing here decides. The layers above read the members; the events that they journal change them, here or
// in the ledger, and recovery does the same with the events that it reads back.
//
// Files: recovery.cpp (from the journal to the state), engine_image.cpp (checkpoints), levels.cpp, and the
// apply() of its own events in the file of each topic.
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

class EngineState {
  public:
    EngineState(const Settings& settings, journal::Journal& journal, Wire& wire);
    // One that only follows a journal, to make a checkpoint of it: follow(), write_image() and queries.
    explicit EngineState(const order::LedgerSizes& sizes);
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
    // Nothing where no session is called so; one that was removed is not there any more.
    [[nodiscard]] std::optional<std::size_t> find_session(std::string_view name) const;
    // In the headers of the journal's records, also of a session that was removed; 0 where it was never
    // there.
    [[nodiscard]] std::uint32_t session_number(std::string_view name) const {
        return session_names_.find(name);
    }
    // The number of a client in record headers; 0 where it is not configured.
    [[nodiscard]] std::uint32_t client_number(std::string_view client) const;

  protected:
    struct Client {
        std::vector<bool> accounts;  // by account number: may trade
        bool configured = false;
    };
    // FIX's own way for a venue that came while the gateway runs, or is not configured any more.
    [[nodiscard]] const VenueProfile& profile_of(std::uint32_t venue) const {
        return venue < profiles_.size() ? profiles_[venue] : standard_profile_;
    }

    // links.cpp
    void note_link(order::OrderId id);
    void all_links_due();
    void note_expiry(order::OrderId id);
    void note_all_expiries();

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
        if constexpr (std::is_same_v<Body, schema::ReplaceRequested>)
            if (event.override_id != 0) [[unlikely]]
                overrides_.use(event.override_id, event.order_id, false);
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
    void apply(const schema::LevelGrouped& event, std::uint64_t lsn, std::int64_t time_ns);

    // market_phases.cpp
    void apply(const schema::MarketPhaseChanged& event, std::uint64_t lsn, std::int64_t time_ns);
    void take_phase(risk::Level level, risk::MarketPhaseState state);

    // instrument_status.cpp
    void apply(const schema::InstrumentStatusChanged& event, std::uint64_t lsn, std::int64_t time_ns);
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
    std::optional<risk::Level> add_level(std::string_view text);
    [[nodiscard]] std::optional<risk::Level> find_level(std::string_view text) const;
    [[nodiscard]] std::string_view level_name(risk::Level level) const;
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
    std::vector<SessionMemory> memory_;                                 // by session number
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
