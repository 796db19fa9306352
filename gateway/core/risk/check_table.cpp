// The check of each kind of limit.

#include <array>

#include "risk/check.hpp"

namespace gw::risk {

namespace {

using schema::LimitKind;

constexpr std::size_t kind_count = 64;

struct Line {
    LimitKind kind;
    Check check;
};

constexpr Line lines[] = {
    {LimitKind::restricted, check_restricted},
    {LimitKind::max_order_quantity, check_max_order_quantity},
    {LimitKind::price_collar, check_price_collar},
    {LimitKind::max_order_notional, check_max_order_notional},
    {LimitKind::open_orders, check_open_orders},
    {LimitKind::open_notional, check_exposure},
    {LimitKind::position, check_position},
    {LimitKind::gross_exposure, check_exposure},
    {LimitKind::net_exposure, check_exposure},
    {LimitKind::long_exposure, check_exposure},
    {LimitKind::short_exposure, check_exposure},
    {LimitKind::buying_power, check_exposure},
    {LimitKind::volume_share, check_volume_share},
    {LimitKind::permitted, check_permitted},
    {LimitKind::leverage, check_exposure},
    {LimitKind::margin, check_exposure},
    {LimitKind::locate, check_locate},
    {LimitKind::short_sale_marking, check_short_sale_marking},
};

constexpr std::array<Check, kind_count> by_kind = [] {
    std::array<Check, kind_count> made{};
    for (const Line& line : lines) made[static_cast<std::size_t>(line.kind)] = line.check;
    return made;
}();

}  // namespace

Check check_of(const Rule& rule) {
    return by_kind[rule.kind];
}

}  // namespace gw::risk
