// Levels of limits and trading states: from the names that people and events use to numbers, and back.

#include "engine/engine_state.hpp"

namespace gw::engine {

namespace {

// 0 where there is none of this name.
std::uint32_t order_type_number(std::string_view name) {
    for (std::int32_t number = 1; is_known(static_cast<schema::OrderType>(number)); ++number)
        if (name_of(static_cast<schema::OrderType>(number)) == name)
            return static_cast<std::uint32_t>(number);
    return 0;
}

}  // namespace

// The level that an event names, with a number for its name. Only names that events speak of, so that the
// same events give the same tables.
std::optional<risk::Level> EngineState::add_level(std::string_view text) {
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

std::optional<risk::Level> EngineState::find_level(std::string_view text) const {
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

std::string_view EngineState::level_name(risk::Level level) const {
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

}  // namespace gw::engine
