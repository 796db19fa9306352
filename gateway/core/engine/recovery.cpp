// From the journal to the state, and from the configuration to the tables that decisions read.

#include <algorithm>

#include "engine/engine.hpp"
#include "journal/checkpoint_file.hpp"

namespace gw::engine {

namespace {

constexpr std::size_t expiries_reserved = 64 * 1024;  // orders with an ExpireTime; more of them allocate

class NoWire final : public Wire {
    void send(std::size_t, std::string_view, std::uint64_t) override {}
    void disconnect(std::size_t, std::string_view) override {}
    [[nodiscard]] std::size_t backlog_bytes(std::size_t) const override { return 0; }
};

// 0 where there is none of this name.
std::uint32_t order_type_number(std::string_view name) {
    for (std::int32_t number = 1; is_known(static_cast<schema::OrderType>(number)); ++number)
        if (name_of(static_cast<schema::OrderType>(number)) == name)
            return static_cast<std::uint32_t>(number);
    return 0;
}

Wire& no_wire() {
    static NoWire wire;
    return wire;
}

}  // namespace

Engine::Engine(const Settings& settings, journal::Journal& journal, Wire& wire)
    : settings_(settings), log_(journal), wire_(wire), ledger_(settings.sizes) {
    inquiries_.reserve(64);
    not_sent_.reserve(session::Step::notices_max);
    doubtful_.reserve(session::Step::notices_max);
    read_rates();
    control_.memory.set_groups(&control_.groups);
    expiries_.reserve(expiries_reserved);
}

Engine::Engine(const order::LedgerSizes& sizes) : wire_(no_wire()), ledger_(sizes) {
    read_rates();
    control_.memory.set_groups(&control_.groups);
}

std::string Engine::recover() {
    journal::Journal& journal = log_.journal();
    std::string problem;
    {
        journal::Cursor cursor = journal.cursor(journal.oldest_lsn());
        journal::CheckpointMark ignored;
        problem = take_checkpoint(journal.directory(), cursor, journal.oldest_lsn(), ignored);
    }
    if (!problem.empty()) return problem;
    journal::Cursor cursor = journal.cursor(std::max(journal.oldest_lsn(), checkpoint_lsn_ + 1));
    journal::CheckpointMark ignored;
    std::uint64_t records = 0;
    return replay(cursor, journal.committed_lsn(), ignored, records);
}

std::string Engine::follow(journal::Reader& reader, journal::Visibility visibility, std::uint64_t last_lsn,
                           journal::CheckpointMark& last, std::uint64_t& records) {
    std::string problem;
    {
        journal::Cursor cursor = reader.cursor(reader.oldest_lsn(), visibility);
        problem = take_checkpoint(reader.directory(), cursor, reader.oldest_lsn(), last);
    }
    if (!problem.empty()) return problem;
    journal::Cursor cursor = reader.cursor(std::max(reader.oldest_lsn(), checkpoint_lsn_ + 1), visibility);
    problem = replay(cursor, last_lsn, last, records);
    if (problem.empty() && last.lsn != last_lsn)
        problem = "expected records up to lsn " + std::to_string(last_lsn) + ", was " +
                  std::to_string(last.lsn) + "; run `gateway journal verify`";
    return problem;
}

// The newest checkpoint that is whole and of this journal, where there is one.
std::string Engine::take_checkpoint(const std::string& directory, journal::Cursor& cursor,
                                    std::uint64_t oldest_lsn, journal::CheckpointMark& taken) {
    for (const std::uint64_t lsn : journal::list_checkpoints(directory)) {
        std::string why;
        const auto file = journal::CheckpointFile::open(directory, lsn, why);
        const std::string name = directory + "/" + journal::checkpoint_name(lsn);
        if (file == nullptr) {
            recovery_notes_.push_back("not used: " + why);
            continue;
        }
        if (!file->mark().is_of(cursor)) {
            recovery_notes_.push_back("not used: " + name + ": the journal does not hold its last record");
            continue;
        }
        bool too_small = false;
        why = take_image(file->image(), too_small);
        if (too_small) return name + ": " + why;
        if (!why.empty()) {
            recovery_notes_.push_back("not used: " + name + ": " + why);
            continue;
        }
        taken = file->mark();
        checkpoint_lsn_ = lsn;
        return {};
    }
    if (oldest_lsn <= 1) return {};
    std::string problem = "the journal in " + directory + " begins at lsn " + std::to_string(oldest_lsn) +
                          " and no checkpoint there can be used";
    for (const std::string& note : recovery_notes_) problem += "; " + note;
    return problem + ". Bring the archived segments back (see docs/journal.md), or a checkpoint from a copy";
}

std::string Engine::replay(journal::Cursor& cursor, std::uint64_t last_lsn, journal::CheckpointMark& last,
                           std::uint64_t& records) {
    std::string problem;
    journal::Record record;
    while (problem.empty() && cursor.next_lsn() <= last_lsn && cursor.next(record)) {
        ++records;
        SessionMemory& memory = memory_of(record.session);
        switch (record.kind) {
            case journal::Kind::message_in:
            case journal::Kind::message_out:
                recover_sequences(record, memory);
                // Journals of before the flag in SequenceChanged: a Logon that was taken has settled a reset.
                if (memory.reset_open && record.kind == journal::Kind::message_in &&
                    (record.flags & flag_consumed) != 0 &&
                    record.payload.find("\x01"
                                        "35=A\x01") != std::string_view::npos)
                    memory.reset_open = false;
                break;
            case journal::Kind::event:
                if (!visit_record(record.payload,
                                  [this](const auto& body, std::uint64_t lsn, std::int64_t time_ns) {
                                      apply(body, lsn, time_ns);
                                  }))
                    problem = "the event with lsn " + std::to_string(record.lsn) +
                              " is not known to this version; use the version that wrote the journal, or a "
                              "newer one";
                break;
            case journal::Kind::checkpoint:
                break;
        }
        if (record.lsn < last_lsn) continue;
        last = journal::CheckpointMark::of(record);
        break;
    }
    if (cursor.error()) problem = cursor.error().text;
    return problem;
}

void Engine::apply(const schema::SequenceChanged& event, std::uint64_t, std::int64_t) {
    SessionMemory& memory = memory_of(session_names_.find(event.session));
    memory.next_in = event.next_in;
    memory.next_out = event.next_out;
    memory.reset_open = event.reset_open;
}

SessionMemory& Engine::memory_of(std::uint32_t session_number) {
    if (session_number >= memory_.size()) memory_.resize(session_number + 1);
    return memory_[session_number];
}

void Engine::apply(const schema::PasswordChanged& event, std::uint64_t, std::int64_t) {
    password_changes_.insert_or_assign(std::string(event.session), std::string(event.change_id));
    for (const auto& vs : sessions_)
        if (vs->name == event.session && vs->credentials->change_id() == event.change_id)
            vs->credentials->set_changed();
}

// The level that an event names, with a number for its name. Only names that events speak of, so that the
// same events give the same tables.
std::optional<risk::Level> Engine::add_level(std::string_view text) {
    const auto parsed = risk::parse_level(text);
    if (!parsed) return std::nullopt;
    order::LedgerNames& names = ledger_.names();
    std::uint32_t number = 0;
    switch (parsed->first) {
        case risk::LevelKind::firm:
            break;
        case risk::LevelKind::account:
            number = names.accounts.add(parsed->second);
            break;
        case risk::LevelKind::client:
            number = names.clients.find(parsed->second);
            break;
        case risk::LevelKind::venue:
            number = names.venues.add(parsed->second);
            break;
        case risk::LevelKind::instrument:
            number = names.instruments.add(parsed->second);
            break;
        case risk::LevelKind::strategy:
            number = names.strategies.add(parsed->second);
            break;
        case risk::LevelKind::order_type:
            number = order_type_number(parsed->second);
            break;
        case risk::LevelKind::desk:
            number = desks_.add(parsed->second);
            break;
        case risk::LevelKind::asset_class:
            number = names.asset_classes.add(parsed->second);
            break;
        case risk::LevelKind::currency:
            number = names.currencies.add(parsed->second);
            break;
        case risk::LevelKind::sector:
            number = names.sectors.add(parsed->second);
            break;
        case risk::LevelKind::region:
            number = names.regions.add(parsed->second);
            break;
        case risk::LevelKind::session:
            number = session_names_.find(parsed->second);
            break;
    }
    return risk::Level{parsed->first, number};
}

void Engine::apply(const schema::TradingStateChanged& event, std::uint64_t, std::int64_t) {
    const auto level = add_level(event.level);
    if (!level) return;
    // A person who resumes an instrument resumes it whatever its venue last said.
    if (level->kind == risk::LevelKind::instrument && event.state == schema::TradingState::active &&
        level->number < instruments_.size())
        instruments_[level->number].halted = false;
    risk::LevelState& state = control_.states.set(*level, event.state);
    if (event.state == schema::TradingState::active) control_.memory.forgive(*level);
    state.reason = event.reason;
    state.changed_by = event.changed_by;
}

void Engine::apply(const schema::NameRegistered& event, std::uint64_t, std::int64_t) {
    if (event.kind == schema::NameKind::client) ledger_.names().clients.add(event.name);
    if (event.kind == schema::NameKind::session) session_names_.add(event.name);
}

void Engine::apply(const schema::GatewayStarted& event, std::uint64_t, std::int64_t) {
    ids_.set_prefix(event.cl_ord_id_prefix);
}

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

std::optional<risk::Level> Engine::find_level(std::string_view text) const {
    const auto parsed = risk::parse_level(text);
    if (!parsed) return std::nullopt;
    const order::LedgerNames& names = ledger_.names();
    std::uint32_t number = 0;
    switch (parsed->first) {
        case risk::LevelKind::firm:
            return risk::Level{};
        case risk::LevelKind::account:
            number = names.accounts.find(parsed->second);
            break;
        case risk::LevelKind::client:
            number = names.clients.find(parsed->second);
            break;
        case risk::LevelKind::venue:
            number = names.venues.find(parsed->second);
            break;
        case risk::LevelKind::instrument:
            number = names.instruments.find(parsed->second);
            break;
        case risk::LevelKind::strategy:
            number = names.strategies.find(parsed->second);
            break;
        case risk::LevelKind::order_type:
            number = order_type_number(parsed->second);
            break;
        case risk::LevelKind::desk:
            number = desks_.find(parsed->second);
            break;
        case risk::LevelKind::asset_class:
            number = names.asset_classes.find(parsed->second);
            break;
        case risk::LevelKind::currency:
            number = names.currencies.find(parsed->second);
            break;
        case risk::LevelKind::sector:
            number = names.sectors.find(parsed->second);
            break;
        case risk::LevelKind::region:
            number = names.regions.find(parsed->second);
            break;
        case risk::LevelKind::session:
            number = session_names_.find(parsed->second);
            break;
    }
    if (number == 0) return std::nullopt;
    return risk::Level{parsed->first, number};
}

std::string_view Engine::level_name(risk::Level level) const {
    const order::LedgerNames& names = ledger_.names();
    switch (level.kind) {
        case risk::LevelKind::firm:
            break;
        case risk::LevelKind::account:
            return names.accounts.name(level.number);
        case risk::LevelKind::client:
            return names.clients.name(level.number);
        case risk::LevelKind::venue:
            return names.venues.name(level.number);
        case risk::LevelKind::instrument:
            return names.instruments.name(level.number);
        case risk::LevelKind::strategy:
            return names.strategies.name(level.number);
        case risk::LevelKind::order_type:
            return name_of(static_cast<schema::OrderType>(level.number));
        case risk::LevelKind::desk:
            return desks_.name(level.number);
        case risk::LevelKind::asset_class:
            return names.asset_classes.name(level.number);
        case risk::LevelKind::currency:
            return names.currencies.name(level.number);
        case risk::LevelKind::sector:
            return names.sectors.name(level.number);
        case risk::LevelKind::region:
            return names.regions.name(level.number);
        case risk::LevelKind::session:
            return session_names_.name(level.number);
    }
    return {};
}

std::size_t Engine::session_of_venue(std::uint32_t venue) const {
    return venue < venue_sessions_.size() ? venue_sessions_[venue] : no_session;
}

std::uint32_t Engine::client_number(std::string_view client) const {
    const std::uint32_t number = ledger_.names().clients.find(client);
    return number < clients_.size() && clients_[number].configured ? number : 0;
}

}  // namespace gw::engine
