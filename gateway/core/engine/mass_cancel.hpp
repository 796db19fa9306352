// One OrderMassCancelRequest(q) that is not over: what it covers, and when it is looked at next.
#pragma once

#include <cstdint>

#include "order/order.hpp"

namespace gw::engine {

struct MassCancel {
    order::RequestId request = 0;
    std::uint32_t venue = 0;
    std::uint32_t account = 0;     // 0: all
    std::uint32_t instrument = 0;  // 0: all
    order::Side side = order::Side::unspecified;
    order::OrderId last_order = 0;  // newer ones are not meant
    std::int64_t next_ns = 0;       // what is then left is canceled singly

    [[nodiscard]] bool covers(const order::Order& order) const {
        return order.venue == venue && (account == 0 || order.account == account) &&
               (instrument == 0 || order.instrument == instrument) &&
               (side == order::Side::unspecified || order.side == side);
    }
    [[nodiscard]] bool same_scope(const MassCancel& other) const {
        return venue == other.venue && account == other.account && instrument == other.instrument &&
               side == other.side;
    }
};

}  // namespace gw::engine
