// The liveness phase: everything works again, and within bounded time every outcome is known.

#include <algorithm>

#include "invariants.hpp"
#include "world.hpp"

namespace gw::simulation {
namespace {

constexpr std::int64_t settle_ns_max = 200 * ns_per_s;
constexpr std::int64_t operator_waits_ns = 80 * ns_per_s;  // until a person looks at what nobody answers
constexpr unsigned wind_down_rounds_max = 6;

// A replace waits that would open it again.
bool is_filled_and_open(const order::Order& order) {
    return order.execution == order::Execution::filled && order.open();
}

}  // namespace

void World::heal() {
    log("-- everything heals");
    healed_ = true;
    held_ = false;
    clock_offset_ns_ = 0;
    gateway_->disk().fail_syncs(0);
    gateway_->disk().fail_allocations(0);
    gateway_->disk().become_read_only(false);
    gateway_->die_at_send(0);
    if (gateway_->running() && gateway_->sync_failed()) crash();
    if (gateway_->running()) gateway_->maintain();
    for (Link& link : links_) {
        link.to_gateway.end_unseen = link.to_venue.end_unseen = false;
        link.to_gateway.lost.clear();
        link.venue->set_time(now_ns_);
        if (!link.copies) link.venue->heal();
        carry_venue(link);
    }
    settle_or_fail("after the faults");
    reconnect_all();
    settle_or_fail("after a reconnect");
    if (outcome_.failure.empty()) fail(compare_open_orders(*this));
    wind_down();
    // Invariant 7 once more, with everything in it.
    if (outcome_.failure.empty()) {
        crash();
        start();
        settle_or_fail("after the last restart");
        on_gateway([](Gateway& gateway) { gateway.sync(); });
        read_events();
    }
}

bool World::is_quiet() const {
    if (!gateway_->running()) return false;
    for (std::size_t at = 0; at < links_.size(); ++at) {
        const Link& link = links_[at];
        const VenueSession& session = link.session();
        const engine::VenueSession& ours = gateway_->engine().venue_session(at);
        if (!link.gateway_connected || !link.venue_connected || !link.to_gateway.bytes.empty() ||
            !link.to_venue.bytes.empty() || link.to_gateway.closed || link.to_venue.closed)
            return false;
        if (!session.in_sync() || !link.venue->is_quiet() || ours.phase != schema::SessionState::ready)
            return false;
        if (session.next_in() != ours.protocol.state().next_out ||
            session.next_out() != ours.protocol.state().next_in)
            return false;
    }
    const order::Ledger& ledger = gateway_->engine().ledger();
    for (order::OrderId id = 1; id <= ledger.order_count(); ++id)
        if ((ledger.order(id).open() && ledger.order(id).certainty == order::Certainty::unknown) ||
            needs_more(ledger.order(id)) || (reconnected_ && is_filled_and_open(ledger.order(id))))
            return false;
    for (const Client& client : clients_)
        for (const Command& command : client.commands())
            if (!command.answer) return false;
    return true;
}

void World::settle_or_fail(const char* what) {
    const std::int64_t began_ns = now_ns_;
    while (outcome_.failure.empty() && now_ns_ - began_ns < settle_ns_max) {
        settle(ns_per_s);
        for (int i = 0; i < 3; ++i) {  // heartbeats that are just under way
            on_gateway([](Gateway& gateway) { gateway.sync(); });
            deliver_all();
        }
        if (is_quiet()) return;
        retry();
        reset_lost_stores();
        if (now_ns_ - began_ns > operator_waits_ns) resolve_forgotten();
    }
    if (outcome_.failure.empty()) fail(std::string("no convergence ") + what + ": " + describe_unrest(*this));
}

// What the venue does not know any more only a person can settle, who reads the venue's ledger.
void World::resolve_forgotten() {
    if (!gateway_->running()) return;
    const order::Ledger& ledger = gateway_->engine().ledger();
    for (order::OrderId id = 1; id <= ledger.order_count(); ++id) {
        const VenueOrder* theirs = find_venue_order(*this, id);
        if (theirs == nullptr) continue;
        // A replace that would open a filled order again, and the venue's refusal of it is lost for good.
        const bool stays_open = is_filled_and_open(ledger.order(id)) && theirs->stand == Stand::filled;
        if (!theirs->forgotten && !stays_open) continue;
        engine::Engine::Resolution resolution;
        resolution.order = id;
        resolution.outcome = theirs->forgotten ? schema::OrderStatus::canceled : schema::OrderStatus::filled;
        resolution.cum_quantity = Decimal::from_units(theirs->cum);
        if (theirs->cum != 0)
            resolution.average_price =
                Decimal::from_raw(theirs->notional * (Decimal::scale / 100) / theirs->cum);
        resolution.reason = "by the venue's ledger";
        resolution.resolved_by = "operator";
        std::uint64_t lsn = 0;
        on_gateway([&](Gateway& gateway) {
            if (gateway.engine().resolve(resolution, gateway_clock(), lsn) ==
                engine::Engine::ResolveError::none)
                log("the operator resolves order %llu", static_cast<unsigned long long>(id));
        });
    }
}

// A venue that has lost its session's store knows no number of ours: a person agrees on a reset with it.
void World::reset_lost_stores() {
    for (std::size_t at = 0; at < links_.size(); ++at) {
        if (!links_[at].session().needs_reset() || !gateway_->running()) continue;
        on_gateway([&](Gateway& gateway) {
            const auto result = gateway.engine().reset(at, true, {"operator", "the venue has lost its store"},
                                                       gateway_clock());
            log("the operator resets the session with %s: %s", links_[at].name().c_str(),
                result.verdict == engine::Verdict::done ? "done" : std::string(result.why).c_str());
        });
    }
}

// A report that was lost on a connection that stands shows at the next logon, when open orders are asked for.
void World::reconnect_all() {
    reconnected_ = true;
    for (Link& link : links_) {
        link.to_gateway.cut(dice_, false);
        link.to_venue.cut(dice_, false);
    }
}

void World::wind_down() {
    for (unsigned round = 0; round < wind_down_rounds_max && outcome_.failure.empty(); ++round) {
        bool open = false;
        for (Client& client : clients_) {
            std::vector<std::uint64_t> orders;
            for (const Command& command : client.commands())
                if (command.ask == Ask::submit && command.accepted())
                    orders.push_back(command.answer->order_id);
            for (const std::uint64_t id : orders) {
                if (!gateway_->running()) continue;
                const order::Order& order = gateway_->engine().ledger().order(id);
                if (!order.open() && !order.held()) continue;
                open = true;
                send(client, client.cancel(id));
            }
        }
        if (!open) return;
        settle_or_fail("after the last cancels");
    }
    if (outcome_.failure.empty())
        fail("orders stay open although they were canceled: " + describe_unrest(*this));
}

}  // namespace gw::simulation
