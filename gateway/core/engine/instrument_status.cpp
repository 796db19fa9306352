// When instruments are traded: their hours, and what their venues say of them.

#include "base/utf8.hpp"
#include "engine/engine.hpp"
#include "engine/step_commit.hpp"

namespace gw::engine {

namespace {

constexpr std::uint32_t symbol_tag = 55;
constexpr std::uint32_t text_tag = 58;
constexpr std::uint32_t security_trading_status_tag = 326;
constexpr std::uint32_t trading_session_id_tag = 336;
constexpr std::uint32_t trading_session_status_tag = 340;
constexpr std::uint32_t trading_session_sub_id_tag = 625;

enum class Says : std::uint8_t { nothing, halted, trading };

// SecurityTradingStatus(326), FIX 4.4 and 5.0 SP2. What is not listed leaves things as they are: price
// indications, imbalances, delays.
Says meaning_of(int status) {
    switch (status) {
        case 2:   // trading halt
        case 4:   // no open, no resume
        case 18:  // not available for trading, end of session
        case 19:  // not traded on this market
            return Says::halted;
        case 3:   // resume
        case 17:  // ready to trade, start of session
        case 21:  // pre-open
        case 22:  // opening rotation
        case 23:  // fast market
            return Says::trading;
        default:
            return Says::nothing;
    }
}

// TradSesStatus(340), FIX 4.4: halted and closed say it by themselves, the rest by the part of the session
// that is named, where one is.
schema::MarketPhase phase_of_status(int status, schema::MarketPhase part) {
    using schema::MarketPhase;
    switch (status) {
        case 1:  // halted
        case 3:  // closed
            return MarketPhase::closed;
        case 2:  // open
            return part == MarketPhase::unspecified ? MarketPhase::continuous : part;
        case 4:  // pre-open
            return part == MarketPhase::unspecified ? MarketPhase::pre_open : part;
        case 0:  // unknown
        case 5:  // pre-close
            return part;
        default:  // 6: a request was rejected
            return MarketPhase::unspecified;
    }
}

}  // namespace

std::vector<risk::TradingWindow> trading_windows(const std::vector<SessionWindow>& windows) {
    std::vector<risk::TradingWindow> made;
    made.reserve(windows.size());
    for (const SessionWindow& window : windows) made.push_back({window.opens_ns, window.closes_ns});
    return made;
}

// 0 where none are called so.
std::uint32_t EngineState::hours_number(std::string_view name) const {
    for (std::size_t at = 0; at < control_.hours.size(); ++at)
        if (control_.hours[at].name == name) return static_cast<std::uint32_t>(at + 1);
    return 0;
}

bool Engine::set_trading_hours(std::string_view name, const std::vector<SessionWindow>& windows) {
    const std::uint32_t number = hours_number(name);
    if (number == 0 || !is_in_order(windows)) return false;
    control_.hours[number - 1].windows = trading_windows(windows);
    return true;
}

void EngineReports::take_security_status(std::size_t session, const fix::Message& message) {
    const std::uint32_t number =
        ledger_.names().instruments.find(message.get(symbol_tag).value_or(std::string_view{}));
    const auto status = static_cast<int>(message.get_int(security_trading_status_tag).value_or(0));
    const Says says = meaning_of(status);
    const bool known = number < instruments_.size() && instruments_[number].configured &&
                       session_of_venue(instruments_[number].venue) == session;
    const bool halted = says == Says::halted;
    const schema::MarketPhase phase =
        phase_of_trading_session(message.get(trading_session_sub_id_tag).value_or(std::string_view{}));
    const bool has_phase =
        known && phase != schema::MarketPhase::unspecified && phase != instruments_[number].phase;
    const bool has_status = known && says != Says::nothing && instruments_[number].halted != halted;
    if (!has_phase && !has_status) {
        commit_step(session);
        return;
    }
    const order::LedgerNames& names = ledger_.names();
    schema::InstrumentStatusChanged event;
    event.instrument = names.instruments.name(number);
    event.venue = names.venues.name(instruments_[number].venue);
    event.halted = halted;
    event.security_trading_status = static_cast<std::uint32_t>(status);
    event.text = cut_text(message.get(text_tag).value_or(std::string_view{}), event_text_max);
    const std::string level = "instrument:" + std::string(event.instrument);
    const std::string said_by = "venue:" + std::string(event.venue);
    schema::MarketPhaseChanged entered;
    entered.level = level;
    entered.phase = phase;
    entered.reason = message.get(trading_session_sub_id_tag).value_or(std::string_view{});
    entered.changed_by = said_by;
    std::uint64_t lsn = 0, entered_lsn = 0;
    commit_step(
        session,
        [&] {
            if (has_status) lsn = log_.event(event, 0);
            if (has_phase) entered_lsn = log_.event(entered, 0);
        },
        [&] {
            if (has_status) apply(event, lsn, now_ns_);
            if (has_phase) apply(entered, entered_lsn, now_ns_);
        });
}

void EngineReports::take_trading_session(std::size_t session, const fix::Message& message) {
    struct Entered {
        std::string level, said_by;
        std::uint64_t lsn;
    };
    const auto text_of = [&message](std::uint32_t tag) {
        return message.get(tag).value_or(std::string_view{});
    };
    const std::string_view part = text_of(trading_session_sub_id_tag);
    const auto status = static_cast<int>(message.get_int(trading_session_status_tag).value_or(-1));
    const schema::MarketPhase phase = phase_of_status(status, phase_of_trading_session(part));
    const std::string_view followed = text_of(trading_session_id_tag);
    const order::LedgerNames& names = ledger_.names();
    std::vector<Entered> entered;
    for (std::uint32_t venue = 1; venue < venue_sessions_.size(); ++venue) {
        if (followed.empty() || phase == schema::MarketPhase::unspecified) break;
        if (venue_sessions_[venue] != session || profile_of(venue).trading_session != followed) continue;
        const bool known = venue < control_.venue_phases.size();
        if (known && control_.venue_phases[venue] == phase) continue;
        const std::string level = "venue:" + std::string(names.venues.name(venue));
        entered.push_back({level, level, 0});
    }
    if (entered.empty()) {
        commit_step(session);
        return;
    }
    const std::string reason = "TradSesStatus(340)=" + std::to_string(status) +
                               (part.empty() ? "" : " TradingSessionSubID(625)=" + std::string(part));
    const auto event_of = [&](const Entered& each) {
        schema::MarketPhaseChanged event;
        event.level = each.level;
        event.phase = phase;
        event.reason = cut_text(reason, event_text_max);
        event.changed_by = each.said_by;
        return event;
    };
    commit_step(
        session,
        [&] {
            for (Entered& each : entered) each.lsn = log_.event(event_of(each), 0);
        },
        [&] {
            for (const Entered& each : entered) apply(event_of(each), each.lsn, now_ns_);
        });
}

void EngineState::apply(const schema::InstrumentStatusChanged& event, std::uint64_t, std::int64_t) {
    const std::uint32_t number = ledger_.names().instruments.add(event.instrument);
    if (number >= instruments_.size()) instruments_.resize(number + 1);
    instruments_[number].halted = event.halted;
}

}  // namespace gw::engine
