#include "order/order.hpp"

namespace gw::order {

OrderStatus status_of(Execution execution) {
    switch (execution) {
        case Execution::pending_new:
            return OrderStatus::pending_new;
        case Execution::new_:
            return OrderStatus::new_;
        case Execution::partially_filled:
            return OrderStatus::partially_filled;
        case Execution::filled:
            return OrderStatus::filled;
        case Execution::done_for_day:
            return OrderStatus::done_for_day;
        case Execution::canceled:
            return OrderStatus::canceled;
        case Execution::rejected:
            return OrderStatus::rejected;
        case Execution::expired:
            return OrderStatus::expired;
        case Execution::stopped:
            return OrderStatus::stopped;
        case Execution::suspended:
            return OrderStatus::suspended;
        case Execution::calculated:
            return OrderStatus::calculated;
        case Execution::denied:
            return OrderStatus::denied;
        case Execution::not_sent:
            return OrderStatus::not_sent;
        case Execution::held:
            return OrderStatus::held;
    }
    return OrderStatus::unspecified;
}

OrderStatus status_of(const Order& order) {
    if (order.certainty == Certainty::unknown && order.open()) return OrderStatus::unknown;
    // Pending cancel and pending replace stand above every state in which the venue can still answer them.
    if (order.open()) {
        if (order.pending_cancels != 0) return OrderStatus::pending_cancel;
        if (order.pending_replaces != 0) return OrderStatus::pending_replace;
    }
    return status_of(order.execution);
}

}  // namespace gw::order
