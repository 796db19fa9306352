// Orders by pages, newest first. The engine's lock is let go of between slices, so that a long search holds
// up no order for more than a moment; pages go by order id, so that orders which come meanwhile shift none.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "net/event_view.hpp"

namespace gw::net {

struct OrderQuery {
    bool open_only = false;
    std::vector<std::string> venues;      // empty: any
    std::vector<std::uint32_t> statuses;  // OrderStatus; empty: any
    std::int64_t created_from_ns = 0;     // at or after; 0: any
    std::int64_t created_before_ns = 0;   // before; 0: any
    order::OrderId before = 0;            // 0: from the newest
    std::size_t limit = 100;
};

struct OrderPage {
    std::string data;         // elements of ListOrdersResponse.orders
    order::OrderId next = 0;  // `before` of the next page; 0 on the last
};

// What `view` may see of orders and asked for (accounts, strategies, instruments, client), and `query`
// besides.
[[nodiscard]] OrderPage list_orders(Runtime& runtime, const EventView& view, const OrderQuery& query);

// Bytes of an Order by either id, as `view.client` calls it where it is the client's own; false where there
// is none that the view may see.
[[nodiscard]] bool find_order(Runtime& runtime, const EventView& view, order::OrderId id,
                              const std::string& client_order_id, std::string& out);

}  // namespace gw::net
