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
    {LimitKind::volume_share, check_volume_share},
    {LimitKind::duplicate_orders, check_duplicate_orders},
    {LimitKind::message_rate, check_message_rate},
    {LimitKind::order_to_trade_ratio, check_order_to_trade_ratio},
    {LimitKind::cancel_ratio, check_cancel_ratio},
    {LimitKind::repeated_executions, check_repeated_executions},
    {LimitKind::accumulated_quantity, check_accumulated},
    {LimitKind::accumulated_notional, check_accumulated},
    {LimitKind::open_orders, check_open_orders},
    {LimitKind::open_notional, check_exposure},
    {LimitKind::position, check_position},
    {LimitKind::gross_exposure, check_exposure},
    {LimitKind::net_exposure, check_exposure},
    {LimitKind::long_exposure, check_exposure},
    {LimitKind::short_exposure, check_exposure},
    {LimitKind::buying_power, check_exposure},
    {LimitKind::self_trade, check_self_trade},
    {LimitKind::realized_loss, check_loss},
    {LimitKind::unrealized_loss, check_loss},
    {LimitKind::total_loss, check_loss},
    {LimitKind::drawdown, check_loss},
    {LimitKind::loss_streak, check_loss},
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
