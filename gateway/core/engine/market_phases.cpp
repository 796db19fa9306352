// Phases of markets: said by people, or by a venue.

#include "base/utf8.hpp"
#include "engine/engine.hpp"

namespace gw::engine {

using risk::LevelKind;
using schema::MarketPhase;

// TradingSessionSubID(625), FIX 5.0 SP2. What is not listed says nothing of what is taken.
MarketPhase phase_of_trading_session(std::string_view sub_id) {
    struct Row {
        std::string_view sub_id;
        MarketPhase phase;
    };
    constexpr Row rows[] = {
        {"1", MarketPhase::pre_open},         {"2", MarketPhase::opening_auction},
        {"3", MarketPhase::continuous},       {"4", MarketPhase::closing_auction},
        {"5", MarketPhase::post_close},       {"6", MarketPhase::intraday_auction},
        {"9", MarketPhase::intraday_auction},  // unscheduled
    };
    for (const Row& row : rows)
        if (row.sub_id == sub_id) return row.phase;
    return MarketPhase::unspecified;
}

Engine::ControlResult Engine::set_market_phase(std::string_view level, MarketPhase phase,
                                               std::string_view reason, std::string_view changed_by,
                                               std::int64_t now_ns) {
    now_ns_ = now_ns;
    const auto at = find_level(level);
    const bool has_phases = at && (at->kind == LevelKind::venue || at->kind == LevelKind::instrument);
    if (!has_phases || !is_configured(*at) || !is_known(phase)) return {};
    schema::MarketPhaseChanged event;
    event.level = level;
    event.phase = phase;
    event.reason = cut_text(reason, event_text_max);
    event.changed_by = cut_text(changed_by, event_text_max);
    return {true, commit_event(event), 0};
}

void EngineState::apply(const schema::MarketPhaseChanged& event, std::uint64_t, std::int64_t) {
    const auto level = add_level(event.level);
    if (!level || (level->kind != LevelKind::venue && level->kind != LevelKind::instrument)) return;
    take_phase(*level, {event.phase, std::string(event.reason), std::string(event.changed_by)});
}

void EngineState::take_phase(risk::Level level, risk::MarketPhaseState state) {
    if (level.kind == LevelKind::venue) {
        if (level.number >= control_.venue_phases.size()) control_.venue_phases.resize(level.number + 1);
        control_.venue_phases[level.number] = state.phase;
    } else {
        if (level.number >= instruments_.size()) instruments_.resize(level.number + 1);
        instruments_[level.number].phase = state.phase;
    }
    phases_.insert_or_assign({static_cast<std::uint8_t>(level.kind), level.number}, std::move(state));
}

void EngineQueries::market_phases(pb::Writer& out) const {
    for (const auto& [key, state] : phases_) {
        const risk::Level level{static_cast<LevelKind>(key.first), key.second};
        const std::string text = std::string(risk::prefix_of(level.kind)) + std::string(level_name(level));
        schema::MarketPhaseChanged shown;
        shown.level = text;
        shown.phase = state.phase;
        shown.reason = state.reason;
        shown.changed_by = state.changed_by;
        const auto at = out.open(schema::number::ListMarketPhasesResponse::phases);
        shown.encode(out);
        out.close(at);
    }
}

}  // namespace gw::engine
