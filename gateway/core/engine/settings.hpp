// What the engine is told at its start; filled from the configuration, never changed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/decimal.hpp"
#include "engine/session_schedule.hpp"
#include "engine/throttle.hpp"
#include "engine/venue_profile.hpp"
#include "fix/frame.hpp"
#include "fix/message.hpp"
#include "fix/validate.hpp"
#include "logon/credentials.hpp"
#include "order/ledger.hpp"
#include "risk/limits.hpp"
#include "session/config.hpp"

namespace gw::engine {

struct SessionSettings {
    std::string name;
    session::Config config;
    logon::CredentialSettings credentials;
    ThrottleSettings throttle;
    // Ask for every open order after logon, before new orders are taken.
    bool order_status_requests = true;
    std::int64_t reconcile_timeout_ms = 10'000;
    // A NewOrderSingle or replace that is older than this is not sent again when the venue asks: it is filled
    // over.
    std::int64_t resend_orders_max_age_ms = 5'000;
    SessionSchedule schedule;
    // Compiled dictionaries (see fix/dictionary.hpp); empty: messages are not validated.
    // `application_dictionary` is for FIXT.1.1 only.
    std::string session_dictionary;
    std::string application_dictionary;
    fix::ValidationOptions validation = fix::ValidationOptions::tolerant();
    // What is longer is skipped as garbled; what has more fields ends the session with a Logout that says so.
    std::size_t message_size_max = fix::message_size_max_default;
    std::size_t fields_max = fix::fields_max_default;
    // Copies of what venues report on other sessions come by it, and nothing is sent.
    bool drop_copy = false;
    // Blanked in the journal, beside fix::secret_tags: in messages received, and in our admin messages (an
    // application message must be resent as it was).
    std::vector<std::uint32_t> secret_tags;
};

struct VenueSettings {
    std::string name;
    std::string session;
    VenueProfile profile{};
    std::vector<std::string> drop_copies{};  // sessions that bring copies of its reports
};

struct InstrumentSettings {
    std::string symbol;
    std::string venue;
    Decimal tick_size, lot_size, min_quantity;
    std::optional<Decimal> reference_price;
    std::string currency{};
    Decimal multiplier = Decimal::from_units(1);
    std::string asset_class{}, sector{}, region{};  // empty: not given
    Decimal max_quantity{};                         // zero: none
    std::int64_t expires_ns = 0;                    // from when on nothing may be ordered; 0: never
    std::optional<Decimal> margin_rate_percent{};   // of the exposure
    std::string trading_hours{};                    // name of one of Settings::trading_hours; empty: always
};

struct TradingHoursSettings {
    std::string name;
    std::vector<SessionWindow> windows;  // in order, not overlapping; their days do not matter
};

struct AccountSettings {
    std::string name;
    std::string desk{};  // the group that it belongs to; empty: none
};

struct ClientSettings {
    std::string name;
    std::vector<std::string> accounts;
};

struct LimitSettings {
    std::string level;
    risk::Limits limits;
};

struct Settings {
    std::vector<SessionSettings> sessions;
    std::vector<VenueSettings> venues;
    std::vector<InstrumentSettings> instruments;
    std::vector<ClientSettings> clients;
    std::vector<LimitSettings> limits;
    order::LedgerSizes sizes;
    std::string version;
    std::vector<AccountSettings> accounts{};
    // Of a journal that is made now: up to cl_ord_id_prefix_size_max digits and capital letters. Empty: drawn
    // from the time.
    std::string cl_ord_id_prefix{};
    std::vector<TradingHoursSettings> trading_hours{};
    std::string base_currency{};  // of exposures and limits in money; empty: as they stand
    std::int64_t rate_max_age_ns = 86'400'000'000'000;
};

}  // namespace gw::engine
