// Limits as they are set: by name, as texts and numbers; and what each kind is made of.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/decimal.hpp"
#include "schema/gateway_v1.hpp"

namespace gw::risk {

inline constexpr std::size_t limit_name_size_max = 64;
inline constexpr std::size_t level_size_max = 80;
inline constexpr std::size_t currency_size_max = 8;
inline constexpr std::size_t limits_max = 200'000;
inline constexpr std::int64_t window_min_ns = 1'000'000;
inline constexpr std::int64_t window_max_ns = 7 * 86'400'000'000'000;

inline constexpr std::uint32_t duplicates_max = 64;  // count of a limit on duplicates

// One limit with its texts; see Limit in risk.proto.
struct Definition {
    std::string name, level, second_level;
    schema::LimitKind kind = schema::LimitKind::unspecified;
    Decimal value{}, capital{};
    bool has_value = false;
    std::uint32_t count = 0, reserve = 0;
    std::int64_t window_ns = 0;
    schema::LimitUnit unit = schema::LimitUnit::unspecified;
    schema::LimitReference reference = schema::LimitReference::unspecified;
    schema::LimitAction action = schema::LimitAction::unspecified;
    schema::CrossingPolicy crossing = schema::CrossingPolicy::unspecified;
    bool disabled = false, allow_missing_reference = false;
    bool include_charges = false;
    std::string currency;  // of a loss; empty: profits are added up as they stand

    friend bool operator==(const Definition&, const Definition&) = default;
};

[[nodiscard]] Definition definition_of(const schema::Limit& limit);
// Views point into `definition`.
[[nodiscard]] schema::Limit shown(const Definition& definition);

// "account:A1", or of a pair "account:A1+instrument:ACME".
[[nodiscard]] inline std::string levels_text(const Definition& definition) {
    return definition.second_level.empty() ? definition.level
                                           : definition.level + "+" + definition.second_level;
}

// Which terms a kind has. `order` is the place of its check: the cheapest first.
enum class Need : std::uint8_t { none, may, must };
struct KindTerms {
    schema::LimitKind kind = schema::LimitKind::unspecified;
    schema::DenialCode code = schema::DenialCode::unspecified;
    std::string_view name;  // in denials and metrics
    Need value = Need::none, count = Need::none, window = Need::none;
    bool per_instrument = false;  // the limit holds for each instrument of its level
    bool resizes = false;         // a smaller order may pass
    bool measures = false;        // what is held and ordered: see Exposures
    bool remembers = false;       // what has come: see Memory
};
// Null where this version has no check of the kind.
[[nodiscard]] const KindTerms* terms_of(schema::LimitKind kind);
[[nodiscard]] std::uint8_t order_of(schema::LimitKind kind);

// What a breach does where the limit does not say: it denies; too many executions halt.
[[nodiscard]] inline schema::LimitAction action_of(const Definition& definition) {
    if (definition.action != schema::LimitAction::unspecified) return definition.action;
    return definition.kind == schema::LimitKind::repeated_executions ? schema::LimitAction::halt
                                                                     : schema::LimitAction::deny;
}

// On what was lost in positions: it stands on the levels of positions.
[[nodiscard]] constexpr bool is_on_losses(schema::LimitKind kind) {
    return kind >= schema::LimitKind::realized_loss && kind <= schema::LimitKind::loss_streak;
}

// What is wrong with a limit by itself: its terms, not what its levels name. Empty where nothing is;
// else "field: expected X, was Y".
[[nodiscard]] std::string fault_of(const schema::Limit& limit);

}  // namespace gw::risk
