// The engine's state as an image: what a checkpoint holds, and how recovery takes it back.
//
// What apply() changes belongs in here, and nothing else: settings come from the configuration at each start.

#include <utility>

#include "engine/engine_state.hpp"
#include "order/ledger_image.hpp"

namespace gw {

namespace engine {
namespace {

struct SessionRow {
    std::uint64_t next_in = 0, next_out = 0;
    std::uint32_t day = 0;
    bool reset_next_logon = false;
    bool enabled = false;
};

// With its reason and who made it beside it, as texts.
struct LevelRow {
    std::uint32_t kind = 0;
    std::uint32_t number = 0;
    schema::TradingState trading{};
};

struct GroupRow {
    std::uint32_t kind = 0, member = 0, group = 0;
};

// With its reason and who said so beside it, as texts.
struct PhaseRow {
    std::uint32_t kind = 0, number = 0;
    schema::MarketPhase phase{};
};

struct PriceRow {
    std::uint32_t instrument = 0;
    Decimal price{};  // zero: none
    std::int64_t last_ns = 0;
    Decimal bid{}, ask{};
    std::int64_t quoted_ns = 0;
    Decimal close{};
    std::int64_t closed_ns = 0;
    Decimal daily_volume{};
    std::int64_t volume_ns = 0;
    Decimal band_low{}, band_high{};
    std::int64_t band_ns = 0;
    bool halted = false;  // by its venue
    Decimal margin_rate{};
    std::int64_t margin_ns = 0;
};

struct CounterRow {
    std::uint64_t orphan_executions = 0, external_orders = 0, link_problems = 0, cancel_promises_broken = 0;
};

// With its currencies and its source beside it, as texts.
struct RateRow {
    Decimal value{};
    std::int64_t as_of_ns = 0, set_ns = 0;
    std::uint64_t lsn = 0;
};

}  // namespace
}  // namespace engine

template <>
struct ImageFields<engine::SessionRow> {
    using T = engine::SessionRow;
    static constexpr std::array list{GW_IMAGE_FIELD(T, next_in), GW_IMAGE_FIELD(T, next_out),
                                     GW_IMAGE_FIELD(T, day), GW_IMAGE_FIELD(T, reset_next_logon),
                                     GW_IMAGE_FIELD(T, enabled)};
};
template <>
struct ImageFields<engine::LevelRow> {
    using T = engine::LevelRow;
    static constexpr std::array list{GW_IMAGE_FIELD(T, kind), GW_IMAGE_FIELD(T, number),
                                     GW_IMAGE_FIELD(T, trading)};
};
template <>
struct ImageFields<engine::GroupRow> {
    using T = engine::GroupRow;
    static constexpr std::array list{GW_IMAGE_FIELD(T, kind), GW_IMAGE_FIELD(T, member),
                                     GW_IMAGE_FIELD(T, group)};
};
template <>
struct ImageFields<engine::PhaseRow> {
    using T = engine::PhaseRow;
    static constexpr std::array list{GW_IMAGE_FIELD(T, kind), GW_IMAGE_FIELD(T, number),
                                     GW_IMAGE_FIELD(T, phase)};
};
template <>
struct ImageFields<engine::PriceRow> {
    using T = engine::PriceRow;
    static constexpr std::array list{
        GW_IMAGE_FIELD(T, instrument), GW_IMAGE_FIELD(T, price),     GW_IMAGE_FIELD(T, last_ns),
        GW_IMAGE_FIELD(T, bid),        GW_IMAGE_FIELD(T, ask),       GW_IMAGE_FIELD(T, quoted_ns),
        GW_IMAGE_FIELD(T, close),      GW_IMAGE_FIELD(T, closed_ns), GW_IMAGE_FIELD(T, daily_volume),
        GW_IMAGE_FIELD(T, volume_ns),  GW_IMAGE_FIELD(T, band_low),  GW_IMAGE_FIELD(T, band_high),
        GW_IMAGE_FIELD(T, band_ns),    GW_IMAGE_FIELD(T, halted),    GW_IMAGE_FIELD(T, margin_rate),
        GW_IMAGE_FIELD(T, margin_ns)};
};
template <>
struct ImageFields<engine::CounterRow> {
    using T = engine::CounterRow;
    static constexpr std::array list{GW_IMAGE_FIELD(T, orphan_executions), GW_IMAGE_FIELD(T, external_orders),
                                     GW_IMAGE_FIELD(T, link_problems),
                                     GW_IMAGE_FIELD(T, cancel_promises_broken)};
};
template <>
struct ImageFields<engine::RateRow> {
    using T = engine::RateRow;
    static constexpr std::array list{GW_IMAGE_FIELD(T, value), GW_IMAGE_FIELD(T, as_of_ns),
                                     GW_IMAGE_FIELD(T, set_ns), GW_IMAGE_FIELD(T, lsn)};
};
template <>
struct ImageFields<engine::MassCancel> {
    using T = engine::MassCancel;
    static constexpr std::array list{GW_IMAGE_FIELD(T, request), GW_IMAGE_FIELD(T, venue),
                                     GW_IMAGE_FIELD(T, account), GW_IMAGE_FIELD(T, instrument),
                                     GW_IMAGE_FIELD(T, side),    GW_IMAGE_FIELD(T, last_order),
                                     GW_IMAGE_FIELD(T, next_ns)};
};

namespace engine {

// The parts that are no plain tables, as rows.
struct EngineState::ImageRows {
    std::vector<std::string> prefix, level_texts, passwords, limits, limit_parts, overrides;
    std::vector<ImageNumber> limit_version, override_orders;
    std::vector<SessionRow> sessions;
    std::vector<LevelRow> levels;
    std::vector<GroupRow> groups;
    std::vector<PhaseRow> phases;
    std::vector<std::string> phase_texts;
    std::vector<PriceRow> prices;
    std::vector<CounterRow> counters;
    std::vector<RateRow> rates;
    std::vector<std::string> rate_texts;
    risk::Memory::Image memory;
    std::vector<ImageNumber> recent_orders;  // how many there have been

    template <class Image>
    void image(Image& image) {
        image.texts("cl_ord_id prefix", prefix);
        image.table("sessions", sessions);
        image.table("trading states", levels);
        image.texts("trading state texts", level_texts);
        image.table("reference prices", prices);
        image.texts("password changes", passwords);
        image.texts("limits", limits);
        image.texts("limit parts", limit_parts);
        image.table("limit version", limit_version);
        image.table("level groups", groups);
        image.table("market phases", phases);
        image.texts("market phase texts", phase_texts);
        image.texts("order overrides", overrides);
        image.table("order override orders", override_orders);
        image.table("counters", counters);
        image.table("rates", rates);
        image.texts("rate texts", rate_texts);
        image.table("limit gauges", memory.gauges);
        image.table("limit gauge parts", memory.parts);
        image.table("recent orders", memory.recent);
        image.table("limit marks", memory.marks);
        image.table("recent order count", recent_orders);
    }
};

EngineState::ImageRows EngineState::collect_rows() const {
    ImageRows rows;
    rows.prefix.push_back(ids_.prefix());
    static_assert(sizeof(SessionMemory) == 24, "what was added belongs into SessionRow, and into take_rows");
    for (const SessionMemory& m : memory_)
        rows.sessions.push_back({m.next_in, m.next_out, m.day, m.reset_open, m.enabled});
    control_.states.for_each([&rows](risk::Level level, const risk::LevelState& state) {
        if (!state.trading_was_set) return;
        rows.levels.push_back({static_cast<std::uint32_t>(level.kind), level.number, state.trading});
        rows.level_texts.push_back(state.reason);
        rows.level_texts.push_back(state.changed_by);
    });
    static_assert(sizeof(risk::References) == 104,
                  "what was added belongs into PriceRow, and into take_rows");
    for (std::uint32_t number = 0; number < instruments_.size(); ++number) {
        const risk::References& r = instruments_[number].references;
        const auto& price = instruments_[number].reference_price;
        if (!price && r == risk::References{} && !instruments_[number].halted) continue;
        rows.prices.push_back({number, price.value_or(Decimal{}), r.last_ns, r.bid, r.ask, r.quoted_ns,
                               r.close, r.closed_ns, r.daily_volume, r.volume_ns, r.band_low, r.band_high,
                               r.band_ns, instruments_[number].halted, r.margin_rate, r.margin_ns});
    }
    for (const auto& [session, change] : password_changes_) {
        rows.passwords.push_back(session);
        rows.passwords.push_back(change);
    }
    rows.limits = limit_set_.limits_image();
    rows.limit_parts = limit_set_.parts_image();
    rows.limit_version.push_back({limit_set_.version()});
    control_.groups.for_each([&rows](risk::Level member, std::uint32_t group) {
        rows.groups.push_back({static_cast<std::uint32_t>(member.kind), member.number, group});
    });
    for (const auto& [level, state] : phases_) {
        rows.phases.push_back({level.first, level.second, state.phase});
        rows.phase_texts.push_back(state.reason);
        rows.phase_texts.push_back(state.changed_by);
    }
    for (const risk::OrderOverride& each : overrides_.all()) {
        rows.overrides.push_back(each.event);
        rows.override_orders.push_back({each.order});
    }
    rows.memory = control_.memory.image();
    rows.recent_orders.push_back({rows.memory.recent_count});
    rows.counters.push_back({counters_.orphan_executions, counters_.external_orders, counters_.link_problems,
                             counters_.cancel_promises_broken});
    for (const auto& [pair, rate] : rates_) {
        rows.rates.push_back({rate.value, rate.as_of_ns, rate.set_ns, rate.lsn});
        for (const std::string* text : {&pair.first, &pair.second, &rate.source})
            rows.rate_texts.push_back(*text);
    }
    return rows;
}

void EngineState::take_rows(const ImageRows& rows) {
    if (!rows.prefix.empty()) ids_.set_prefix(rows.prefix.front());
    for (std::size_t number = 0; number < rows.sessions.size(); ++number) {
        const SessionRow& row = rows.sessions[number];
        SessionMemory& memory = memory_of(static_cast<std::uint32_t>(number));
        memory.next_in = row.next_in;
        memory.next_out = row.next_out;
        memory.day = row.day;
        memory.reset_open = row.reset_next_logon;
        memory.enabled = row.enabled;
    }
    for (std::size_t at = 0; at < rows.levels.size(); ++at) {
        const LevelRow& row = rows.levels[at];
        risk::LevelState& state =
            control_.states.set({static_cast<risk::LevelKind>(row.kind), row.number}, row.trading);
        state.reason = rows.level_texts.at(2 * at);
        state.changed_by = rows.level_texts.at(2 * at + 1);
    }
    for (const PriceRow& row : rows.prices) {
        if (row.instrument >= instruments_.size()) instruments_.resize(row.instrument + 1);
        if (!row.price.is_zero()) instruments_[row.instrument].reference_price = row.price;
        instruments_[row.instrument].halted = row.halted;
        instruments_[row.instrument].references = {
            row.last_ns,   row.bid,          row.ask,       row.quoted_ns, row.close,
            row.closed_ns, row.daily_volume, row.volume_ns, row.band_low,  row.band_high,
            row.band_ns,   row.margin_rate,  row.margin_ns};
    }
    for (std::size_t at = 0; at + 1 < rows.passwords.size(); at += 2)
        password_changes_.insert_or_assign(rows.passwords[at], rows.passwords[at + 1]);
    for (std::size_t at = 0; at < rows.rates.size(); ++at) {
        const RateRow& row = rows.rates[at];
        rates_[{rows.rate_texts.at(3 * at), rows.rate_texts.at(3 * at + 1)}] = {
            row.value, rows.rate_texts.at(3 * at + 2), row.as_of_ns, row.set_ns, row.lsn};
    }
    if (!rows.limit_version.empty())
        limit_set_.take_image(rows.limit_version.front().value, rows.limits, rows.limit_parts);
    for (const GroupRow& row : rows.groups)
        (void)control_.groups.set({static_cast<risk::LevelKind>(row.kind), row.member}, row.group);
    for (std::size_t at = 0; at < rows.phases.size(); ++at) {
        const PhaseRow& row = rows.phases[at];
        take_phase({static_cast<risk::LevelKind>(row.kind), row.number},
                   {row.phase, rows.phase_texts.at(2 * at), rows.phase_texts.at(2 * at + 1)});
    }
    std::vector<std::uint64_t> override_orders;
    for (const ImageNumber& number : rows.override_orders) override_orders.push_back(number.value);
    overrides_.take_image(rows.overrides, override_orders);
    compile_memory();
    // Of a version that remembered nothing there is none of it.
    if (!rows.recent_orders.empty()) {
        risk::Memory::Image memory = rows.memory;
        memory.recent_count = rows.recent_orders.front().value;
        control_.memory.take_image(memory);
        control_.memory.revalue_all(ledger_);
    }
    if (!rows.counters.empty()) {
        counters_.orphan_executions = rows.counters.front().orphan_executions;
        counters_.external_orders = rows.counters.front().external_orders;
        counters_.link_problems = rows.counters.front().link_problems;
        counters_.cancel_promises_broken = rows.counters.front().cancel_promises_broken;
    }
}

template <class Image>
void EngineState::image(Image& image, ImageRows& rows) {
    rows.image(image);
    image.names("session names", session_names_);
    image.names("desks", desks_);
    image.table("mass cancels", mass_cancels_);
    ledger_.image(image);
}

void EngineState::write_image(ImageSink& sink) {
    ImageWriter writer(sink);
    ImageRows rows = collect_rows();
    image(writer, rows);
}

std::string EngineState::take_image(std::span<const std::byte> bytes, bool& too_small) {
    ImageSections sections;
    if (std::string problem = sections.parse(bytes); !problem.empty()) return problem;
    ImageRows rows;
    ImageCheck check(sections);
    image(check, rows);
    too_small = check.too_small();
    if (std::string problem = check.problem(); !problem.empty()) return problem;
    ImageLoader loader(sections);
    image(loader, rows);
    take_rows(rows);
    return {};
}

}  // namespace engine
}  // namespace gw
