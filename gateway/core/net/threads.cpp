// The threads that drive the engine.

#include <algorithm>
#include <chrono>

#include "net/runtime.hpp"
#include "net/time.hpp"

namespace gw::net {

namespace {

constexpr int poll_ms_max = 100;

}  // namespace

int Runtime::poll_timeout_ms(std::int64_t now) const {
    std::int64_t next = engine_->next_deadline_ns();
    for (std::size_t at = 0; at < links_.size(); ++at)
        if (links_[at].initiator && links_[at].channel == no_channel && engine_->wants(at))
            next = std::min(next, links_[at].connect_at_ns);
    if (next <= now) return 0;
    return static_cast<int>(std::min<std::int64_t>((next - now) / ns_per_ms + 1, poll_ms_max));
}

void Runtime::run_loop() {
    while (!stopping_) {
        int timeout_ms = 0;
        {
            const std::lock_guard<std::mutex> guard(lock_);
            const std::int64_t now = now_ns();
            engine_->tick(now);
            connect_due(now);
            take_signatures();
            drop_strangers();
            timeout_ms = poll_timeout_ms(now);
            last_tick_ns_.store(now, std::memory_order_relaxed);
        }
        transport_.poll(timeout_ms, *this);
    }
}

void Runtime::run_housekeeping() {
    constexpr auto period = std::chrono::milliseconds(50);
    for (std::size_t step = 0; !stopping_; ++step) {
        (void)journal_->maintain();  // a failure shows in accepts_new_orders()
        engine_->ledger().prefault(step);
        std::unique_lock<std::mutex> idle(idle_lock_);
        if (!stopping_) idle_.wait_for(idle, period);
    }
}

void Runtime::run_syncing() {
    constexpr int wait_ms = 50;
    journal::Waiter committed(*journal_);
    while (!stopping_) {
        if (journal_->sync_failed()) {  // sticky: there is nothing left to do but to be stopped
            release_durable();          // the sync of a disconnect() may have been the one that failed
            std::unique_lock<std::mutex> idle(idle_lock_);
            durable_.notify_all();
            idle_.wait_for(idle, std::chrono::milliseconds(wait_ms));
            continue;
        }
        if (!committed.wait(journal_->durable_lsn(), wait_ms)) continue;
        (void)journal_->sync();  // a failure is sticky and shows in accepts_new_orders()
        release_durable();
        { const std::lock_guard<std::mutex> idle(idle_lock_); }
        durable_.notify_all();
    }
}

}  // namespace gw::net
