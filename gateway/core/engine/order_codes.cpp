#include "engine/order_codes.hpp"

namespace gw::engine {

namespace {

using order::OrderType;
using order::TimeInForce;

struct TypeRow {
    OrderType type;
    unsigned since;  // the first version that has the code
    OrderTypeCode said;
};
// Source: OrdType(40) and ExecInst(18) of FIX 4.0 to 5.0 SP2.
constexpr TypeRow type_rows[] = {
    {OrderType::market, 40, {"1", "", false}},
    {OrderType::limit, 40, {"2", "", false}},
    {OrderType::stop, 40, {"3", "", false}},
    {OrderType::stop_limit, 40, {"4", "", false}},
    {OrderType::market_to_limit, 43, {"K", "", false}},
    {OrderType::market_if_touched, 43, {"J", "", false}},
    {OrderType::limit_if_touched, 50, {"2", "", true}},
    {OrderType::trailing_stop, 44, {"P", "a", false}},
    {OrderType::pegged, 42, {"P", "", false}},
};

struct TimeRow {
    TimeInForce time_in_force;
    unsigned since;
    std::string_view code;
};
constexpr TimeRow time_rows[] = {
    {TimeInForce::day, 40, "0"}, {TimeInForce::gtc, 40, "1"}, {TimeInForce::opg, 40, "2"},
    {TimeInForce::ioc, 40, "3"}, {TimeInForce::fok, 40, "4"}, {TimeInForce::gtx, 41, "5"},
    {TimeInForce::gtd, 41, "6"}, {TimeInForce::cls, 43, "7"},
};
constexpr unsigned close_by_time_in_force_since = 43;

}  // namespace

OrderTypeCode order_type_code(OrderType type, TimeInForce time_in_force, unsigned version,
                              const VenueProfile& profile) {
    if (const std::string& own = profile.order_type_codes[static_cast<std::size_t>(type)]; !own.empty())
        return {own, type == OrderType::trailing_stop ? std::string_view("a") : std::string_view(), false};
    // Up to FIX 4.2 the close is an order type of its own, and no time in force.
    if (time_in_force == TimeInForce::cls && version < close_by_time_in_force_since) {
        if (type == OrderType::market) return {"5", "", false};
        if (type == OrderType::limit) return {"B", "", false};
        return {};
    }
    for (const TypeRow& row : type_rows)
        if (row.type == type) return version >= row.since ? row.said : OrderTypeCode{};
    return {};
}

std::string_view time_in_force_code(TimeInForce time_in_force, unsigned version,
                                    const VenueProfile& profile) {
    if (const std::string& own = profile.time_in_force_codes[static_cast<std::size_t>(time_in_force)];
        !own.empty())
        return own;
    if (time_in_force == TimeInForce::cls && version < close_by_time_in_force_since) return "0";
    for (const TimeRow& row : time_rows)
        if (row.time_in_force == time_in_force) return version >= row.since ? row.code : std::string_view{};
    return {};
}

}  // namespace gw::engine
