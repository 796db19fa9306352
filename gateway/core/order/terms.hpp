// Terms that few orders have: kept beside the orders, so that the common order stays small.
#pragma once

#include <array>
#include <cstdint>

#include "base/decimal.hpp"
#include "base/hash.hpp"
#include "base/short_text.hpp"
#include "schema/gateway_v1.hpp"

namespace gw::order {

using schema::OffsetType;
using schema::OrderType;
using schema::TimeInForce;

inline constexpr std::size_t exec_inst_size_max = 24;
inline constexpr std::size_t target_strategy_size_max = 32;
inline constexpr std::size_t target_strategy_parameters_size_max = 160;
inline constexpr std::size_t strategy_parameters_max = 8;
inline constexpr std::size_t strategy_parameter_name_size_max = 40;
inline constexpr std::size_t strategy_parameter_value_size_max = 80;

struct StrategyParameter {
    ShortText<strategy_parameter_name_size_max> name{};
    ShortText<strategy_parameter_value_size_max> value{};
    std::uint32_t type = 0;
};

// A term that is not given is zero or empty.
struct Terms {
    Decimal stop_price{};
    Decimal display_quantity{};
    Decimal min_quantity{};
    Decimal offset{};
    std::int64_t expire_time_ns = 0;
    std::uint32_t expire_date = 0;  // YYYYMMDD
    OffsetType offset_type = OffsetType::unspecified;
    ShortText<exec_inst_size_max> exec_inst{};
    ShortText<target_strategy_size_max> target_strategy{};
    ShortText<target_strategy_parameters_size_max> target_strategy_parameters{};
    std::uint32_t parameter_count = 0;
    std::array<StrategyParameter, strategy_parameters_max> parameters{};
};

// Precondition: the texts fit, and the date is one or empty (the engine checks commands, and events hold what
// was checked).
[[nodiscard]] Terms terms_of(const schema::OrderTerms& given);
// `terms` with what is given in its place.
void merge(Terms& terms, const schema::OrderTerms& given);
// Views point into `terms`; `date` has room for eight digits.
[[nodiscard]] schema::OrderTerms shown(const Terms& terms, std::array<char, 8>& date);

void add_to(Hash& hash, const Terms& terms);
// Over a command's terms, its fingerprint.
void add_to(Hash& hash, const schema::OrderTerms& given);

[[nodiscard]] constexpr bool has_limit(OrderType type) {
    return type == OrderType::limit || type == OrderType::stop_limit || type == OrderType::limit_if_touched;
}
[[nodiscard]] constexpr bool has_trigger(OrderType type) {
    return type == OrderType::stop || type == OrderType::stop_limit || type == OrderType::market_if_touched ||
           type == OrderType::limit_if_touched;
}
// Whether it may name a limit beside its own rule.
[[nodiscard]] constexpr bool may_have_limit(OrderType type) {
    return has_limit(type) || type == OrderType::pegged;
}

}  // namespace gw::order
