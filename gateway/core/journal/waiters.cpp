#include "journal/waiters.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <bit>
#include <chrono>

#include "journal/journal.hpp"

namespace gw::journal {

Waiters::~Waiters() {
    for (const int descriptor : descriptors_)
        if (descriptor >= 0) ::close(descriptor);
}

int Waiters::claim() {
    const std::lock_guard lock(mutex_);
    if (claimed_ == ~std::uint64_t{0}) return -1;
    const int slot = std::countr_one(claimed_);
    int& descriptor = descriptors_[static_cast<std::size_t>(slot)];
    if (descriptor < 0) descriptor = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (descriptor < 0) return -1;
    claimed_ |= std::uint64_t{1} << slot;
    return slot;
}

void Waiters::give_back(int slot) {
    disarm(slot);
    const std::lock_guard lock(mutex_);
    claimed_ &= ~(std::uint64_t{1} << slot);
}

void Waiters::disarm(int slot) {
    armed_committed_.fetch_and(~(std::uint64_t{1} << slot), std::memory_order_seq_cst);
    armed_durable_.fetch_and(~(std::uint64_t{1} << slot), std::memory_order_seq_cst);
    std::uint64_t count = 0;
    (void)!::read(descriptor(slot), &count, sizeof count);
}

void Waiters::wake_armed(Slots& armed) {
    for (std::uint64_t slots = armed.exchange(0, std::memory_order_seq_cst); slots != 0; slots &= slots - 1) {
        const std::uint64_t one = 1;
        (void)!::write(descriptor(std::countr_zero(slots)), &one, sizeof one);
    }
}

Waiter::Waiter(Journal& journal) : journal_(&journal), slot_(journal.waiters_.claim()) {
    if (slot_ >= 0) descriptor_ = journal.waiters_.descriptor(slot_);
}

Waiter::~Waiter() {
    if (slot_ >= 0) journal_->waiters_.give_back(slot_);
}

bool Waiter::arm(std::uint64_t seen_lsn, Visibility visibility) {
    if (slot_ < 0) return false;
    const std::atomic<std::uint64_t>& lsn =
        visibility == Visibility::committed ? journal_->committed_lsn_ : journal_->durable_lsn_;
    disarm();
    journal_->waiters_.arm(slot_, visibility);
    if (lsn.load(std::memory_order_seq_cst) <= seen_lsn) return true;
    disarm();
    return false;
}

void Waiter::disarm() {
    if (slot_ >= 0) journal_->waiters_.disarm(slot_);
}

bool Waiter::wait(std::uint64_t seen_lsn, int timeout_ms, Visibility visibility) {
    using Clock = std::chrono::steady_clock;
    const auto deadline = Clock::now() + std::chrono::milliseconds(timeout_ms);
    while (slot_ >= 0 && arm(seen_lsn, visibility)) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
        pollfd watched{.fd = descriptor_, .events = POLLIN, .revents = 0};
        if (left <= 0 || ::poll(&watched, 1, static_cast<int>(left)) == 0) {
            disarm();
            break;
        }
    }
    const std::uint64_t there =
        visibility == Visibility::committed ? journal_->committed_lsn() : journal_->durable_lsn();
    return there > seen_lsn;
}

}  // namespace gw::journal
