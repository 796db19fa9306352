// Limits, as they are set: a request is looked at as a whole, and taken as a whole or not at all.

#include <set>

#include "base/utf8.hpp"
#include "engine/engine.hpp"

namespace gw::engine {

using risk::Definition;
using risk::Level;
using risk::LevelKind;

// What a request asks for, read and not yet judged as a whole.
struct LimitsDraft {
    struct Change {
        const Definition* before = nullptr;
        const Definition* after = nullptr;
    };
    std::vector<Definition> limits;
    std::vector<std::string> removed;
    std::string reason, approved_by;
    bool replace_all = false, validate_only = false;
    std::uint64_t expected_version = 0;
    std::vector<Change> changes;
};

namespace {

constexpr std::size_t changes_in_event_max = 10;  // as LimitsChanged.changes says
constexpr std::size_t events_in_batch_max = 32;

std::string place(std::string_view list, std::size_t at, std::string_view name) {
    return std::string(list) + "[" + std::to_string(at) + "] '" + std::string(cut_text(name, 64)) + "': ";
}

}  // namespace

bool Engine::is_configured(Level level) const {
    switch (level.kind) {
        case LevelKind::account:
            for (const Client& client : clients_)
                if (level.number < client.accounts.size() && client.accounts[level.number]) return true;
            return false;
        case LevelKind::client:
            return level.number < clients_.size() && clients_[level.number].configured;
        case LevelKind::venue:
            return session_of_venue(level.number) != no_session;
        case LevelKind::instrument:
            return level.number < instruments_.size() && instruments_[level.number].configured;
        case LevelKind::desk:  // of before, the journal knows others as well
            return std::ranges::any_of(settings_.accounts, [&](const AccountSettings& account) {
                return desks_.find(account.desk) == level.number;
            });
        case LevelKind::session:
            return find_session(session_names_.name(level.number)).has_value();
        default:
            return true;  // the others are looked up in what is configured alone, or are free
    }
}

// What is wrong with the levels of a limit: that they name nothing, or that nothing can be on both.
std::string Engine::fault_of_levels(const schema::Limit& limit) const {
    std::array<Level, 2> levels{};
    std::size_t count = 0;
    for (const std::string_view text : {limit.level, limit.second_level}) {
        const std::string field = count == 0 ? "level" : "second_level";
        if (text.empty() && count == 1) break;
        const auto parsed = risk::parse_level(text);
        if (!parsed || text.size() > risk::level_size_max || !is_clean_text(text))
            return field +
                   ": expected firm, or account:, client:, venue:, instrument:, strategy:, order_type:, "
                   "desk:, session:, class:, currency:, sector: or region: and a name, was '" +
                   std::string(cut_text(text, risk::level_size_max)) + "'";
        if (parsed->first == LevelKind::strategy && parsed->second.size() <= order::strategy_size_max) {
            levels[count++] = {LevelKind::strategy, ledger_.names().strategies.find(parsed->second)};
            continue;  // strategies are not configured: any name may come
        }
        const auto level = find_level(text);
        if (!level || !is_configured(*level))
            return field + ": '" + std::string(text) + "' is not configured";
        levels[count++] = *level;
    }
    // Positions are kept by account, strategy and instrument: whose orders they came of, they do not say.
    if (const risk::KindTerms* terms = risk::terms_of(limit.kind);
        terms != nullptr && (terms->measures || risk::is_on_losses(limit.kind)))
        for (std::size_t at = 0; at < count; ++at)
            if (levels[at].kind == LevelKind::client || levels[at].kind == LevelKind::order_type)
                return std::string(at == 0 ? "level" : "second_level") + ": a limit of kind " +
                       std::string(name_of(limit.kind)) +
                       " cannot stand on clients or order types; name the accounts or strategies";
    if (count < 2) return {};
    const auto both = [&](LevelKind a, LevelKind b) -> const Level* {
        if (levels[0].kind == a && levels[1].kind == b) return levels.data();
        if (levels[0].kind == b && levels[1].kind == a) {
            std::swap(levels[0], levels[1]);
            return levels.data();
        }
        return nullptr;
    };
    if (levels[0].kind == LevelKind::firm || levels[1].kind == LevelKind::firm)
        return "second_level: every order falls under firm; name the other level alone";
    if (levels[0].kind == levels[1].kind)
        return "second_level: an order falls under one level of each kind; give another kind";
    const auto never = [&limit] {
        return "second_level: no order falls under both '" + std::string(limit.level) + "' and '" +
               std::string(limit.second_level) + "'";
    };
    if (const Level* pair = both(LevelKind::client, LevelKind::account); pair != nullptr) {
        const std::vector<bool>& accounts = clients_[pair[0].number].accounts;
        if (pair[1].number >= accounts.size() || !accounts[pair[1].number]) return never();
    }
    if (const Level* pair = both(LevelKind::desk, LevelKind::account); pair != nullptr)
        if (control_.groups.desk_of(pair[1].number) != pair[0].number) return never();
    if (const Level* pair = both(LevelKind::session, LevelKind::venue); pair != nullptr)
        if (control_.groups.session_of(pair[1].number) != pair[0].number) return never();
    for (const LevelKind kind : {LevelKind::venue, LevelKind::session, LevelKind::asset_class,
                                 LevelKind::currency, LevelKind::sector, LevelKind::region})
        if (const Level* pair = both(LevelKind::instrument, kind); pair != nullptr) {
            risk::Proposal any;
            any.venue = instruments_[pair[0].number].venue;
            if (!risk::falls_under(risk::numbers_of(control_, instruments_[pair[0].number], any), pair[1]))
                return never();
        }
    return {};
}

// Empty, or what is wrong and where.
std::string Engine::read_limits(std::string_view request, LimitsDraft& draft) const {
    namespace field = schema::number::SetLimitsRequest;
    pb::Reader in(request);
    std::set<std::string, std::less<>> names;
    while (in.next()) {
        switch (in.field()) {
            case field::limits: {
                const std::size_t index = draft.limits.size();
                schema::Limit limit;
                if (!limit.decode(in.bytes())) return place("limits", index, {}) + "the bytes are no Limit";
                std::string fault = risk::fault_of(limit);
                if (fault.empty()) fault = fault_of_levels(limit);
                if (fault.empty() && !names.emplace(limit.name).second)
                    fault = "name: stands in the request twice";
                if (!fault.empty()) return place("limits", index, limit.name) + fault;
                draft.limits.push_back(risk::definition_of(limit));
                break;
            }
            case field::removed:
                draft.removed.emplace_back(in.bytes());
                break;
            case field::replace_all:
                draft.replace_all = in.varint() != 0;
                break;
            case field::expected_version:
                draft.expected_version = in.varint();
                break;
            case field::reason:
                draft.reason = in.bytes();
                break;
            case field::approved_by:
                draft.approved_by = in.bytes();
                break;
            case field::validate_only:
                draft.validate_only = in.varint() != 0;
                break;
            default:
                break;
        }
    }
    if (!in.ok()) return "the bytes are no SetLimitsRequest";
    for (const std::string* text : {&draft.reason, &draft.approved_by})
        if (!is_clean_text(*text)) return "reason, approved_by: expected UTF-8 without control characters";
    if (draft.reason.empty() && !draft.validate_only) return "reason: expected why, was nothing";
    if (draft.expected_version != 0 && draft.expected_version != limit_set_.version())
        return "expected_version: version " + std::to_string(limit_set_.version()) + " is in force, not " +
               std::to_string(draft.expected_version) + "; read the limits again";

    const auto& known = limit_set_.definitions();
    for (std::size_t at = 0; at < draft.removed.size(); ++at) {
        const std::string& name = draft.removed[at];
        if (!known.contains(name)) return place("removed", at, name) + "no limit is called so";
        if (!names.insert(name).second)
            return place("removed", at, name) + "stands in the request twice, or is set by it as well";
        draft.changes.push_back({&known.find(name)->second, nullptr});
    }
    for (const Definition& limit : draft.limits) {
        const auto found = known.find(limit.name);
        const Definition* before = found == known.end() ? nullptr : &found->second;
        if (before == nullptr || *before != limit) draft.changes.push_back({before, &limit});
    }
    std::size_t after = known.size();
    if (draft.replace_all)
        for (const auto& [name, definition] : known)
            if (!names.contains(name)) draft.changes.push_back({&definition, nullptr});
    for (const LimitsDraft::Change& change : draft.changes)
        after = after + (change.before == nullptr ? 1U : 0U) - (change.after == nullptr ? 1U : 0U);
    if (after > risk::limits_max)
        return "limits: at most " + std::to_string(risk::limits_max) + " fit, these would be " +
               std::to_string(after);
    return {};
}

std::string Engine::fault_of_limits(std::string_view request) const {
    LimitsDraft draft;
    draft.validate_only = true;
    return read_limits(request, draft);
}

// In batches: what takes effect is the last of them. False where the journal cannot be written.
bool Engine::journal_limits(const LimitsDraft& draft, std::string_view changed_by, std::uint64_t& lsn) {
    std::vector<schema::LimitsChanged> batch;
    std::uint32_t part = 0;
    for (std::size_t from = 0; from < draft.changes.size();) {
        batch.clear();
        log_.begin(now_ns_);
        while (from < draft.changes.size() && batch.size() < events_in_batch_max) {
            schema::LimitsChanged& event = batch.emplace_back();
            event.version = limit_set_.version() + 1;
            event.changed_by = cut_text(changed_by, event_text_max);
            event.approved_by = cut_text(draft.approved_by, event_text_max);
            event.reason = cut_text(draft.reason, event_text_max);
            event.part = ++part;
            for (; from < draft.changes.size() && event.changes.size() < changes_in_event_max; ++from) {
                schema::LimitChange& change = *event.changes.add();
                const LimitsDraft::Change& made = draft.changes[from];
                change.has_before = made.before != nullptr;
                if (made.before != nullptr) change.before = risk::shown(*made.before);
                change.has_after = made.after != nullptr;
                if (made.after != nullptr) change.after = risk::shown(*made.after);
            }
            event.more = from < draft.changes.size();
            lsn = log_.event(event, 0);
        }
        if (!log_.commit()) return false;
        // Those in force are looked at by later parts: they change with the last alone.
        for (const schema::LimitsChanged& event : batch) apply(event, lsn, now_ns_);
    }
    return true;
}

LimitsResult Engine::set_limits(std::string_view request, std::string_view changed_by, std::int64_t now_ns) {
    now_ns_ = now_ns;
    LimitsResult result;
    LimitsDraft draft;
    result.fault = read_limits(request, draft);
    result.version = limit_set_.version();
    if (!result.fault.empty()) return result;
    for (const LimitsDraft::Change& change : draft.changes)
        ++(change.after != nullptr ? result.changed : result.removed);
    if (draft.validate_only || draft.changes.empty()) return result;
    result.recorded = journal_limits(draft, changed_by, result.lsn);
    watch_limits();
    result.version = limit_set_.version();
    return result;
}

void EngineState::apply(const schema::LimitsChanged& event, std::uint64_t, std::int64_t) {
    if (!limit_set_.apply(event)) return;
    compile_memory();
    if (configured_) compile_limits();
}

void EngineState::compile_memory() {
    control_.memory.compile(limit_set_.definitions(), [this](std::string_view text) {
        const auto level = add_level(text);
        const bool known = level && (level->number != 0 || level->kind == LevelKind::firm);
        return known ? level : std::nullopt;
    });
    control_.memory.revalue_all(ledger_);
}

// Limits of the configuration file, called as their kind.
namespace {

std::vector<Definition> configured_limits(const std::vector<LimitSettings>& settings) {
    std::vector<Definition> made;
    for (const LimitSettings& limit : settings) {
        const auto add = [&](std::string_view name, schema::LimitKind kind,
                             const std::optional<Decimal>& value) {
            if (!value) return;
            Definition& definition = made.emplace_back();
            definition.name = name;
            definition.level = limit.level;
            definition.kind = kind;
            definition.value = *value;
            definition.has_value = true;
        };
        add("max_order_quantity", schema::LimitKind::max_order_quantity, limit.limits.max_order_quantity);
        add("max_order_notional", schema::LimitKind::max_order_notional, limit.limits.max_order_notional);
        add("price_collar_percent", schema::LimitKind::price_collar, limit.limits.price_collar_percent);
    }
    return made;
}

}  // namespace

void EngineState::compile_limits() {
    order::LedgerNames& names = ledger_.names();
    std::vector<Definition> set;
    set.reserve(limit_set_.definitions().size());
    for (const auto& [name, definition] : limit_set_.definitions()) {
        for (const std::string& text : {definition.level, definition.second_level})
            if (const auto level = risk::parse_level(text); level && level->first == LevelKind::strategy)
                names.strategies.add(level->second);
        set.push_back(definition);
    }
    control_.book.compile(
        std::move(set), configured_limits(settings_.limits),
        [this](std::string_view text) { return find_level(text); },
        [this](const Definition& each) { return control_.memory.number_of(each); });
    control_.ledger = &ledger_;
    bool keeps = false;
    control_.book.for_each([&keeps](const risk::Rule& rule) {
        keeps = keeps || static_cast<schema::LimitKind>(rule.kind) == schema::LimitKind::self_trade;
    });
    control_.resting.rebuild(ledger_, settings_.sizes.orders, keeps);
    if (keeps) crossing_.reserve(1024);
    control_.exposures.rebuild(control_.book, ledger_, instruments_, control_.groups);
}

void EngineQueries::limits(std::string_view level, pb::Writer& out) const {
    namespace field = schema::number::ListLimitsResponse;
    out.varint(field::version, limit_set_.version());
    const auto write = [&](const Definition& definition) {
        if (!level.empty() && definition.level != level && definition.second_level != level) return;
        const auto at = out.open(field::limits);
        risk::shown(definition).encode(out);
        out.close(at);
    };
    for (const auto& [name, definition] : limit_set_.definitions()) write(definition);
    for (const Definition& definition : configured_limits(settings_.limits)) write(definition);
}

}  // namespace gw::engine
