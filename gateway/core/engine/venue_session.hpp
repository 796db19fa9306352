// One FIX session as the engine drives it: the protocol, where resends come from, and how far it is
// reconciled.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "engine/cl_ord_id.hpp"
#include "engine/dictionary_validator.hpp"
#include "engine/fix_orders.hpp"
#include "engine/settings.hpp"
#include "journal/journal.hpp"
#include "order/ledger.hpp"
#include "session/session.hpp"

namespace gw::engine {

// Resends come from the journal.
class JournalStore : public session::MessageStore {
  public:
    JournalStore(journal::Journal& journal, std::uint32_t session) : journal_(journal), session_(session) {}
    [[nodiscard]] std::optional<session::StoredMessage> outbound(std::uint64_t seq) const override;

  private:
    journal::Journal& journal_;
    std::uint32_t session_;
};

// What may still be sent again when the venue asks for it. Only requests that wait for their answer: an order
// that the venue has answered must not reach it a second time, and one that is too old must not reach it
// late.
class OrderResendPolicy : public session::ResendPolicy {
  public:
    OrderResendPolicy(const order::Ledger& ledger, const ClOrdIds& ids, std::int64_t max_age_ms)
        : ledger_(ledger), ids_(ids), max_age_ns_(max_age_ms * 1'000'000) {}
    [[nodiscard]] bool may_resend(const fix::Message& message, std::int64_t sent_at_ns,
                                  std::int64_t now_ns) const override;

  private:
    const order::Ledger& ledger_;
    const ClOrdIds& ids_;
    std::int64_t max_age_ns_;
};

// Null where the settings name no dictionary, or where one cannot be read: then `error` says why.
[[nodiscard]] std::unique_ptr<DictionaryValidator> make_validator(const SessionSettings& settings,
                                                                  std::string& error);

// Null where a signer or its key is not usable; then `error` says why.
[[nodiscard]] std::unique_ptr<logon::Credentials> make_credentials(const SessionSettings& settings,
                                                                   std::string& error);

struct VenueSession {
    // From the journal, before the first input.
    void recover_throttle(std::uint64_t next_out);

    // `checks`: as of make_validator, which takes its time.
    VenueSession(const SessionSettings& settings, std::uint32_t session_number, journal::Journal& journal,
                 const order::Ledger& ledger, const ClOrdIds& ids,
                 std::unique_ptr<DictionaryValidator> checks);

    std::string name;
    std::uint32_t number;  // in the journal's record headers
    bool drop_copy;
    std::vector<std::uint32_t> copied_venues;  // of a drop copy session
    Dialect dialect;
    JournalStore store;
    OrderResendPolicy resend_policy;
    std::unique_ptr<DictionaryValidator> validator;
    std::unique_ptr<logon::Credentials> credentials;
    fix::FrameLimits frame_limits;
    std::size_t fields_max;
    std::vector<std::uint32_t> secret_tags;
    Throttle throttle;
    WaitingOrders waiting;  // for the throttle
    session::Session protocol;

    schema::SessionState phase = schema::SessionState::disconnected;
    std::string reason = "not yet connected";

    enum class Life : std::uint8_t {
        present,
        leaving,  // removed; its connection is not yet gone
        gone      // the place may be taken by another
    };
    Life life = Life::present;

    SessionSchedule schedule;
    bool window_open = false;  // the journal holds that the window has opened
    SessionWindow window;      // the one that is open, or was last

    // What the present connection has carried: may be there, whatever the venue asks for afterwards.
    struct Carried {
        std::uint64_t first_seq = session::sequence_max;  // MsgSeqNum(34) of new messages from here on
        std::unordered_set<std::uint64_t> resent;

        [[nodiscard]] bool has(std::uint64_t seq) const { return seq >= first_seq || resent.contains(seq); }
        void add(const session::OutboundMessage& message) {
            if (message.takes_sequence()) first_seq = std::min(first_seq, message.seq);
            if (message.kind == session::MessageKind::resend) resent.insert(message.seq);
        }
    };
    Carried carried;

    // Measured by TestRequests, on the present connection or, where it has gone, on the one before.
    std::int64_t round_trip_ns = 0;
    std::int64_t clock_offset_ns = 0;  // the counterparty's clock minus ours
    std::int64_t round_trip_measured_ns = 0;

    // Reconciliation: every open order is asked for, some at a time, before new orders are taken.
    bool order_status_requests;
    std::int64_t reconcile_timeout_ms;
    std::int64_t reconcile_deadline_ns = 0;
    order::OrderId ask_next = 0;  // the next order to look at
    order::OrderId ask_end = 0;   // the last
    std::unordered_set<order::OrderId> asked;
    // OrderMassStatusRequest(AF): sent, not yet answered in full, and whom it told of.
    bool mass_asked = false, mass_pending = false;
    std::int64_t mass_deadline_ns = 0;
    std::unordered_set<order::OrderId> told;
};

}  // namespace gw::engine
