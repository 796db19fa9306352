// What the venue has done with an order. Nothing else is in this file.
#pragma once

#include <cstdint>

#include "base/transition_table.hpp"

namespace gw::order {

enum class Execution : std::uint8_t {
    pending_new,
    new_,
    partially_filled,
    filled,
    done_for_day,
    canceled,
    rejected,
    expired,
    stopped,
    suspended,
    calculated,
    denied,
    not_sent,
    held,  // by its link: the venue has not seen it
};

// Reports, by what they mean for the order after its quantities have been updated.
enum class ExecutionEvent : std::uint8_t {
    pending,         // 150=A
    acknowledged,    // 150=0
    traded_in_part,  // 150=F, something is left
    traded_in_full,  // 150=F, nothing is left
    canceled,        // 150=4
    rejected,        // 150=8
    expired,         // 150=C
    done_for_day,    // 150=3
    stopped,         // 150=7
    suspended,       // 150=9
    calculated,      // 150=B
    open_untraded,   // 150=5, D, G, H: terms or trades changed; open, nothing traded
    open_traded,     // the same; open, traded in part
    closed_traded,   // the same; nothing is left
    not_sent,        // the message was filled over: it never reached the venue
    held_again,      // the same, of an order that its link had released
    released,        // its link sent it
};

inline constexpr auto execution_table = transition_table<Execution, ExecutionEvent>({
    {Execution::held, ExecutionEvent::released, Execution::pending_new},
    {Execution::held, ExecutionEvent::canceled, Execution::canceled},  // it never left
    // Held again, as it was not sent; and the venue reports on it all the same.
    {Execution::held, ExecutionEvent::acknowledged, Execution::new_},
    {Execution::held, ExecutionEvent::traded_in_part, Execution::partially_filled},
    {Execution::held, ExecutionEvent::traded_in_full, Execution::filled},
    {Execution::held, ExecutionEvent::rejected, Execution::held},

    {Execution::pending_new, ExecutionEvent::pending, Execution::pending_new},
    {Execution::pending_new, ExecutionEvent::acknowledged, Execution::new_},
    {Execution::pending_new, ExecutionEvent::traded_in_part,
     Execution::partially_filled},  // a fill before the ack
    {Execution::pending_new, ExecutionEvent::traded_in_full, Execution::filled},
    {Execution::pending_new, ExecutionEvent::canceled, Execution::canceled},
    {Execution::pending_new, ExecutionEvent::rejected, Execution::rejected},
    {Execution::pending_new, ExecutionEvent::expired, Execution::expired},
    {Execution::pending_new, ExecutionEvent::done_for_day, Execution::done_for_day},
    {Execution::pending_new, ExecutionEvent::stopped, Execution::stopped},
    {Execution::pending_new, ExecutionEvent::suspended, Execution::suspended},
    {Execution::pending_new, ExecutionEvent::calculated, Execution::calculated},
    {Execution::pending_new, ExecutionEvent::open_untraded, Execution::new_},
    {Execution::pending_new, ExecutionEvent::open_traded, Execution::partially_filled},
    {Execution::pending_new, ExecutionEvent::closed_traded, Execution::filled},
    {Execution::pending_new, ExecutionEvent::not_sent, Execution::not_sent},
    {Execution::pending_new, ExecutionEvent::held_again, Execution::held},

    {Execution::new_, ExecutionEvent::pending, Execution::new_},
    {Execution::new_, ExecutionEvent::acknowledged, Execution::new_},
    {Execution::new_, ExecutionEvent::traded_in_part, Execution::partially_filled},
    {Execution::new_, ExecutionEvent::traded_in_full, Execution::filled},
    {Execution::new_, ExecutionEvent::canceled, Execution::canceled},
    {Execution::new_, ExecutionEvent::rejected,
     Execution::rejected},  // accepted by one system, refused by the next
    {Execution::new_, ExecutionEvent::expired, Execution::expired},
    {Execution::new_, ExecutionEvent::done_for_day, Execution::done_for_day},
    {Execution::new_, ExecutionEvent::stopped, Execution::stopped},
    {Execution::new_, ExecutionEvent::suspended, Execution::suspended},
    {Execution::new_, ExecutionEvent::calculated, Execution::calculated},
    {Execution::new_, ExecutionEvent::open_untraded, Execution::new_},
    {Execution::new_, ExecutionEvent::open_traded, Execution::partially_filled},
    {Execution::new_, ExecutionEvent::closed_traded, Execution::filled},

    {Execution::partially_filled, ExecutionEvent::pending, Execution::partially_filled},
    {Execution::partially_filled, ExecutionEvent::acknowledged,
     Execution::partially_filled},  // the ack came late
    {Execution::partially_filled, ExecutionEvent::traded_in_part, Execution::partially_filled},
    {Execution::partially_filled, ExecutionEvent::traded_in_full, Execution::filled},
    {Execution::partially_filled, ExecutionEvent::canceled, Execution::canceled},
    {Execution::partially_filled, ExecutionEvent::rejected, Execution::rejected},
    {Execution::partially_filled, ExecutionEvent::expired, Execution::expired},
    {Execution::partially_filled, ExecutionEvent::done_for_day, Execution::done_for_day},
    {Execution::partially_filled, ExecutionEvent::stopped, Execution::stopped},
    {Execution::partially_filled, ExecutionEvent::suspended, Execution::suspended},
    {Execution::partially_filled, ExecutionEvent::calculated, Execution::calculated},
    {Execution::partially_filled, ExecutionEvent::open_untraded, Execution::new_},  // every trade was busted
    {Execution::partially_filled, ExecutionEvent::open_traded, Execution::partially_filled},
    {Execution::partially_filled, ExecutionEvent::closed_traded, Execution::filled},

    {Execution::filled, ExecutionEvent::pending, Execution::filled},
    {Execution::filled, ExecutionEvent::acknowledged, Execution::filled},
    {Execution::filled, ExecutionEvent::traded_in_part, Execution::partially_filled},
    {Execution::filled, ExecutionEvent::traded_in_full, Execution::filled},  // an overfill is still a fill
    {Execution::filled, ExecutionEvent::canceled, Execution::filled},        // nothing was left to cancel
    {Execution::filled, ExecutionEvent::expired, Execution::filled},
    {Execution::filled, ExecutionEvent::done_for_day, Execution::filled},
    {Execution::filled, ExecutionEvent::calculated, Execution::calculated},
    {Execution::filled, ExecutionEvent::open_untraded, Execution::new_},  // busted, and open again
    {Execution::filled, ExecutionEvent::open_traded,
     Execution::partially_filled},  // replaced up, or busted in part
    {Execution::filled, ExecutionEvent::closed_traded, Execution::filled},

    // Ended orders stay ended, and a trade counts all the same: it was on its way when the order ended.
    {Execution::canceled, ExecutionEvent::pending, Execution::canceled},
    {Execution::canceled, ExecutionEvent::acknowledged, Execution::canceled},
    {Execution::canceled, ExecutionEvent::traded_in_part, Execution::canceled},
    {Execution::canceled, ExecutionEvent::traded_in_full, Execution::filled},
    {Execution::canceled, ExecutionEvent::canceled, Execution::canceled},
    {Execution::canceled, ExecutionEvent::expired, Execution::canceled},
    {Execution::canceled, ExecutionEvent::done_for_day, Execution::canceled},
    {Execution::canceled, ExecutionEvent::calculated, Execution::canceled},
    {Execution::canceled, ExecutionEvent::open_untraded, Execution::canceled},
    {Execution::canceled, ExecutionEvent::open_traded, Execution::canceled},
    {Execution::canceled, ExecutionEvent::closed_traded, Execution::canceled},
    {Execution::expired, ExecutionEvent::pending, Execution::expired},
    {Execution::expired, ExecutionEvent::acknowledged, Execution::expired},
    {Execution::expired, ExecutionEvent::traded_in_part, Execution::expired},
    {Execution::expired, ExecutionEvent::traded_in_full, Execution::filled},
    {Execution::expired, ExecutionEvent::canceled, Execution::expired},
    {Execution::expired, ExecutionEvent::expired, Execution::expired},
    {Execution::expired, ExecutionEvent::done_for_day, Execution::expired},
    {Execution::expired, ExecutionEvent::calculated, Execution::expired},
    {Execution::expired, ExecutionEvent::open_untraded, Execution::expired},
    {Execution::expired, ExecutionEvent::open_traded, Execution::expired},
    {Execution::expired, ExecutionEvent::closed_traded, Execution::expired},

    // The venue said no, and then reported otherwise: its later word is the better evidence.
    {Execution::rejected, ExecutionEvent::rejected, Execution::rejected},
    {Execution::rejected, ExecutionEvent::acknowledged, Execution::new_},
    {Execution::rejected, ExecutionEvent::traded_in_part, Execution::partially_filled},
    {Execution::rejected, ExecutionEvent::traded_in_full, Execution::filled},
    {Execution::rejected, ExecutionEvent::canceled, Execution::canceled},
    {Execution::rejected, ExecutionEvent::expired, Execution::expired},
    // The same for an order that we believed never sent.
    {Execution::not_sent, ExecutionEvent::pending, Execution::pending_new},
    {Execution::not_sent, ExecutionEvent::acknowledged, Execution::new_},
    {Execution::not_sent, ExecutionEvent::traded_in_part, Execution::partially_filled},
    {Execution::not_sent, ExecutionEvent::traded_in_full, Execution::filled},
    {Execution::not_sent, ExecutionEvent::canceled, Execution::canceled},
    {Execution::not_sent, ExecutionEvent::rejected, Execution::rejected},
    {Execution::not_sent, ExecutionEvent::expired, Execution::expired},
    {Execution::not_sent, ExecutionEvent::not_sent, Execution::not_sent},

    // Paused or guaranteed, and still open.
    {Execution::suspended, ExecutionEvent::acknowledged, Execution::new_},
    {Execution::suspended, ExecutionEvent::traded_in_part, Execution::partially_filled},
    {Execution::suspended, ExecutionEvent::traded_in_full, Execution::filled},
    {Execution::suspended, ExecutionEvent::canceled, Execution::canceled},
    {Execution::suspended, ExecutionEvent::rejected, Execution::rejected},
    {Execution::suspended, ExecutionEvent::expired, Execution::expired},
    {Execution::suspended, ExecutionEvent::done_for_day, Execution::done_for_day},
    {Execution::suspended, ExecutionEvent::suspended, Execution::suspended},
    {Execution::suspended, ExecutionEvent::calculated, Execution::calculated},
    {Execution::suspended, ExecutionEvent::open_untraded, Execution::new_},
    {Execution::suspended, ExecutionEvent::open_traded, Execution::partially_filled},
    {Execution::suspended, ExecutionEvent::closed_traded, Execution::filled},
    {Execution::stopped, ExecutionEvent::acknowledged, Execution::stopped},
    {Execution::stopped, ExecutionEvent::traded_in_part, Execution::stopped},  // the guarantee still stands
    {Execution::stopped, ExecutionEvent::traded_in_full, Execution::filled},
    {Execution::stopped, ExecutionEvent::canceled, Execution::canceled},
    {Execution::stopped, ExecutionEvent::rejected, Execution::rejected},
    {Execution::stopped, ExecutionEvent::expired, Execution::expired},
    {Execution::stopped, ExecutionEvent::done_for_day, Execution::done_for_day},
    {Execution::stopped, ExecutionEvent::stopped, Execution::stopped},
    {Execution::stopped, ExecutionEvent::calculated, Execution::calculated},
    {Execution::stopped, ExecutionEvent::open_untraded, Execution::new_},
    {Execution::stopped, ExecutionEvent::open_traded, Execution::partially_filled},
    {Execution::stopped, ExecutionEvent::closed_traded, Execution::filled},
    {Execution::done_for_day, ExecutionEvent::acknowledged,
     Execution::new_},  // a GT order wakes on the next day
    {Execution::done_for_day, ExecutionEvent::traded_in_part, Execution::partially_filled},
    {Execution::done_for_day, ExecutionEvent::traded_in_full, Execution::filled},
    {Execution::done_for_day, ExecutionEvent::canceled, Execution::canceled},
    {Execution::done_for_day, ExecutionEvent::expired, Execution::expired},
    {Execution::done_for_day, ExecutionEvent::done_for_day, Execution::done_for_day},
    {Execution::done_for_day, ExecutionEvent::calculated, Execution::calculated},
    {Execution::done_for_day, ExecutionEvent::open_untraded, Execution::new_},
    {Execution::done_for_day, ExecutionEvent::open_traded, Execution::partially_filled},
    {Execution::done_for_day, ExecutionEvent::closed_traded, Execution::filled},
    // Settlement is told: the day is over for it. A GT order wakes on the next, and trades may still be
    // busted.
    {Execution::calculated, ExecutionEvent::acknowledged, Execution::new_},
    {Execution::calculated, ExecutionEvent::calculated, Execution::calculated},
    {Execution::calculated, ExecutionEvent::done_for_day, Execution::calculated},
    {Execution::calculated, ExecutionEvent::open_untraded, Execution::new_},
    {Execution::calculated, ExecutionEvent::open_traded, Execution::partially_filled},
    {Execution::calculated, ExecutionEvent::closed_traded, Execution::calculated},
    {Execution::calculated, ExecutionEvent::traded_in_part, Execution::partially_filled},
    {Execution::calculated, ExecutionEvent::traded_in_full, Execution::filled},
    {Execution::calculated, ExecutionEvent::canceled, Execution::canceled},
    {Execution::calculated, ExecutionEvent::expired, Execution::expired},
});

// Whether the venue may still trade the order: whether it holds a reservation and can be canceled.
[[nodiscard]] constexpr bool is_open(Execution state) {
    switch (state) {
        case Execution::pending_new:
        case Execution::new_:
        case Execution::partially_filled:
        case Execution::stopped:
        case Execution::suspended:
            return true;
        case Execution::filled:
        case Execution::done_for_day:
        case Execution::canceled:
        case Execution::rejected:
        case Execution::expired:
        case Execution::calculated:
        case Execution::denied:
        case Execution::not_sent:
        case Execution::held:
            return false;
    }
    return false;
}

}  // namespace gw::order
