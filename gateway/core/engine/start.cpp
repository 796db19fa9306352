// From the configuration to the tables that decisions read.

#include <algorithm>

#include "engine/engine.hpp"

namespace gw::engine {

bool Engine::open(std::int64_t now_ns) {
    now_ns_ = now_ns;
    log_.begin(now_ns);
    if (ids_.prefix().empty())
        ids_.set_prefix(settings_.cl_ord_id_prefix.empty() ? ClOrdIds::make_prefix(now_ns)
                                                           : settings_.cl_ord_id_prefix);
    schema::GatewayStarted started;
    started.version = settings_.version;
    started.cl_ord_id_prefix = ids_.prefix();
    log_.event(started, 0);
    const auto register_name = [this](schema::NameKind kind, Names& names, std::string_view name) {
        if (names.find(name) != 0) return;
        schema::NameRegistered event;
        event.kind = kind;
        event.number = names.add(name);
        event.name = name;
        log_.event(event, 0);
    };
    for (const ClientSettings& client : settings_.clients)
        register_name(schema::NameKind::client, ledger_.names().clients, client.name);
    for (const SessionSettings& session : settings_.sessions)
        register_name(schema::NameKind::session, session_names_, session.name);
    if (!log_.commit() || !define_instruments() || !define_groups()) return false;
    take_configuration();
    end_waiting_of_before();
    all_links_due();
    note_all_expiries();
    mark_uncertain(std::nullopt, "the gateway was restarted before the venue answered");
    return true;
}

// Journals what the configuration says of an instrument otherwise than the journal does.
bool Engine::define_instruments() {
    constexpr std::size_t events_a_batch = 64;
    const std::vector<InstrumentSettings>& all = settings_.instruments;
    for (std::size_t from = 0; from < all.size();) {
        std::array<std::pair<schema::InstrumentDefined, std::uint64_t>, events_a_batch> batch;
        std::size_t count = 0;
        log_.begin(now_ns_);
        for (; from < all.size() && count < events_a_batch; ++from) {
            const schema::InstrumentDefined event = defined(all[from]);
            if (!is_defined_as(event)) batch[count++] = {event, log_.event(event, 0)};
        }
        if (!log_.commit()) return false;
        for (std::size_t at = 0; at < count; ++at) apply(batch[at].first, batch[at].second, now_ns_);
    }
    return true;
}

// Views into the settings.
schema::InstrumentDefined Engine::defined(const InstrumentSettings& instrument) {
    schema::InstrumentDefined event;
    event.instrument = instrument.symbol;
    event.venue = instrument.venue;
    event.currency = instrument.currency;
    event.multiplier = instrument.multiplier;
    event.asset_class = instrument.asset_class;
    event.sector = instrument.sector;
    event.region = instrument.region;
    if (!instrument.max_quantity.is_zero()) event.max_quantity = instrument.max_quantity;
    event.expires_at_ns = instrument.expires_ns;
    if (instrument.margin_rate_percent) event.margin_rate_percent = *instrument.margin_rate_percent;
    event.trading_hours = instrument.trading_hours;
    return event;
}

bool Engine::is_defined_as(const schema::InstrumentDefined& event) const {
    const order::LedgerNames& names = ledger_.names();
    const order::InstrumentFacts& facts = ledger_.facts(names.instruments.find(event.instrument));
    return names.venues.name(facts.venue) == event.venue && facts.multiplier == event.multiplier.value &&
           names.currencies.name(facts.currency) == event.currency &&
           names.asset_classes.name(facts.asset_class) == event.asset_class &&
           names.sectors.name(facts.sector) == event.sector &&
           names.regions.name(facts.region) == event.region && facts.rules_hash == order::rules_hash(event);
}

void Engine::take_configuration() {
    order::LedgerNames& names = ledger_.names();
    for (const SessionSettings& session : settings_.sessions) {
        std::string checked_before;  // Runtime::open has reported what cannot be read
        sessions_.push_back(make_session(session, make_validator(session, checked_before)));
    }
    for (const VenueSettings& venue : settings_.venues) {
        const std::uint32_t number = names.venues.add(venue.name);
        venue_sessions_.resize(std::max<std::size_t>(venue_sessions_.size(), number + 1), no_session);
        profiles_.resize(venue_sessions_.size());
        profiles_[number] = venue.profile;
        for (std::size_t at = 0; at < sessions_.size(); ++at)
            if (sessions_[at]->name == venue.session) venue_sessions_[number] = at;
    }
    for (const TradingHoursSettings& hours : settings_.trading_hours)
        control_.hours.push_back({hours.name, trading_windows(hours.windows)});
    for (const InstrumentSettings& instrument : settings_.instruments) {
        const std::uint32_t number = names.instruments.add(instrument.symbol);
        if (number >= instruments_.size()) instruments_.resize(number + 1);
        risk::Instrument& known = instruments_[number];
        known.venue = names.venues.find(instrument.venue);
        known.tick_size = instrument.tick_size;
        known.lot_size = instrument.lot_size;
        known.min_quantity = instrument.min_quantity;
        known.max_quantity = instrument.max_quantity;
        known.expires_ns = instrument.expires_ns;
        known.margin_rate = instrument.margin_rate_percent;
        known.trading_hours = hours_number(instrument.trading_hours);
        known.configured = true;
        const order::InstrumentFacts& facts = ledger_.facts(number);
        known.asset_class = facts.asset_class;
        known.currency = facts.currency;
        known.sector = facts.sector;
        known.region = facts.region;
        known.multiplier = facts.multiplier;
        // A price that was set while running is newer than the configuration's.
        if (!known.reference_price) known.reference_price = instrument.reference_price;
    }
    for (const ClientSettings& client : settings_.clients) {
        const std::uint32_t number = names.clients.find(client.name);
        if (number >= clients_.size()) clients_.resize(number + 1);
        clients_[number].configured = true;
        for (const std::string& account : client.accounts) {
            const std::uint32_t at = names.accounts.add(account);
            std::vector<bool>& may_trade = clients_[number].accounts;
            if (at >= may_trade.size()) may_trade.resize(at + 1);
            may_trade[at] = true;
        }
    }
    convert_instruments();
    configured_ = true;
    compile_limits();
    control_.memory.all_due();
    watch_limits();
}

}  // namespace gw::engine
