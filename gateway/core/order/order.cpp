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

Execution execution_of(OrderStatus status) {
    switch (status) {
        case OrderStatus::new_:
            return Execution::new_;
        case OrderStatus::partially_filled:
            return Execution::partially_filled;
        case OrderStatus::filled:
            return Execution::filled;
        case OrderStatus::done_for_day:
            return Execution::done_for_day;
        case OrderStatus::canceled:
            return Execution::canceled;
        case OrderStatus::rejected:
            return Execution::rejected;
        case OrderStatus::expired:
            return Execution::expired;
        case OrderStatus::stopped:
            return Execution::stopped;
        case OrderStatus::suspended:
            return Execution::suspended;
        case OrderStatus::calculated:
            return Execution::calculated;
        case OrderStatus::denied:
            return Execution::denied;
        case OrderStatus::not_sent:
            return Execution::not_sent;
        case OrderStatus::held:
            return Execution::held;
        case OrderStatus::pending_new:
        case OrderStatus::pending_cancel:
        case OrderStatus::pending_replace:
        case OrderStatus::unknown:
        case OrderStatus::unspecified:
            break;
    }
    return Execution::pending_new;
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
