// Orders, executions and positions: invariants 3, 4, 6 and 9.

#include <algorithm>
#include <tuple>

#include "invariants.hpp"

namespace gw::simulation {
namespace {

using schema::OrderStatus;

// What the venue's end of an order is called here.
OrderStatus status_of(Stand stand) {
    switch (stand) {
        case Stand::filled:
            return OrderStatus::filled;
        case Stand::canceled:
            return OrderStatus::canceled;
        case Stand::rejected:
            return OrderStatus::rejected;
        case Stand::expired:
            return OrderStatus::expired;
        case Stand::traded_in_part:
            return OrderStatus::partially_filled;
        case Stand::received:
        case Stand::working:
            break;
    }
    return OrderStatus::new_;
}

std::string text(Decimal number) {
    std::array<char, Decimal::text_size_max> digits;
    return {digits.data(), number.format(digits.data())};
}

std::string order_text(std::uint64_t id, const order::Order& order) {
    return "order " + std::to_string(id) + " (" + std::string(name_of(order::status_of(order))) + ", " +
           text(order.cum_quantity) + " of " + text(order.quantity) + ")";
}

std::string order_text(const VenueOrder& order) {
    return order.id + " (" + std::string(1, static_cast<char>(order.stand)) + ", " +
           std::to_string(order.cum) + " of " + std::to_string(order.quantity) + ")";
}

std::string base36(std::uint64_t number) {
    std::string digits;
    for (; number != 0; number /= 36)
        digits.insert(digits.begin(), "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[number % 36]);
    return digits;
}

const Command* find_command(const World& world, std::uint64_t order_id) {
    for (const Client& client : world.clients())
        for (const Command& command : client.commands())
            if (command.ask == Ask::submit && command.accepted() && command.answer->order_id == order_id)
                return &command;
    return nullptr;
}

}  // namespace

std::vector<const VenueOrder*> find_venue_orders(const World& world, std::uint64_t order_id) {
    std::vector<const VenueOrder*> found;
    const Command* command = find_command(world, order_id);
    if (command == nullptr) return found;
    std::vector<std::string> ids = {command->answer->cl_ord_id};
    if (world.gateway().running()) {
        const engine::Engine& engine = world.gateway().engine();
        const order::Ledger& ledger = engine.ledger();
        if (ledger.has_order(order_id) && ledger.order(order_id).link != 0) {
            ids.clear();
            for (order::RequestId id = ledger.order(order_id).last_request; id != 0;
                 id = ledger.request(id).previous)
                if (ledger.request(id).kind == order::RequestKind::new_order)
                    ids.push_back(engine.journal_id() + base36(id));
        }
    }
    for (const std::string& id : ids)
        for (std::size_t at = 0; at < world.venue_count(); ++at)
            if (const VenueOrder* order = world.venue(at).book().find_original(id)) found.push_back(order);
    return found;
}

const VenueOrder* find_venue_order(const World& world, std::uint64_t order_id) {
    const std::vector<const VenueOrder*> found = find_venue_orders(world, order_id);
    return found.empty() ? nullptr : found.front();
}

std::string compare_open_orders(const World& world) {
    const order::Ledger& ledger = world.gateway().engine().ledger();
    for (order::OrderId id = 1; id <= ledger.order_count(); ++id) {
        const order::Order& ours = ledger.order(id);
        const VenueOrder* theirs = find_venue_order(world, id);
        if (theirs == nullptr || theirs->forgotten) continue;
        const std::string both = order_text(id, ours) + " is " + order_text(*theirs) + " at the venue";
        if (theirs->open() != ours.open() && ours.execution != order::Execution::filled)
            return "invariant 6: " + both;
        if (!theirs->open()) continue;
        if (ours.quantity != Decimal::from_units(theirs->quantity)) return "terms differ: " + both;
        if (theirs->price != 0 && ours.price != Decimal::from_raw(theirs->price * (Decimal::scale / 100)))
            return "prices differ: " + both;
        if (ours.leaves() != Decimal::from_units(theirs->leaves())) return "leaves differ: " + both;
        if (ours.reserved < ours.leaves()) return "less is reserved than open: " + both;
        if (ours.pending_replaces == 0 && ours.reserved != ours.leaves())
            return "more is reserved than open: " + both;
    }
    return {};
}

bool needs_more(const order::Order& order) {
    return order.status_differs || order.in_question;
}

std::string describe_unrest(const World& world) {
    const order::Ledger& ledger = world.gateway().engine().ledger();
    std::string all;
    for (order::OrderId id = 1; id <= ledger.order_count(); ++id) {
        const order::Order& ours = ledger.order(id);
        const bool doubt = (ours.open() && ours.certainty == order::Certainty::unknown) || needs_more(ours);
        if (!doubt && !ours.open()) continue;
        const VenueOrder* theirs = find_venue_order(world, id);
        all += order_text(id, ours) + (needs_more(ours) ? " differs" : "") + ", venue: " +
               (theirs == nullptr ? "never had it"
                                  : order_text(*theirs) + (theirs->forgotten ? " forgotten" : "")) +
               "; ";
    }
    for (std::size_t at = 0; at < world.venue_count(); ++at) {
        const engine::VenueSession& session = world.gateway().engine().venue_session(at);
        all += session.name + " " + std::string(name_of(session.phase)) + " in " +
               std::to_string(session.protocol.state().next_in) + "/" +
               std::to_string(world.venue(at).session().next_out()) + " out " +
               std::to_string(session.protocol.state().next_out) + "/" +
               std::to_string(world.venue(at).session().next_in()) + "; ";
    }
    for (const Client& client : world.clients())
        for (const Command& command : client.commands())
            if (!command.answer) all += command.id + " not answered; ";
    return all;
}

// Every ExecID that the venue has sent counts exactly once.
void Judgement::check_executions() {
    for (const auto& [exec_id, trade] : trades_)
        if (trade.count != 1)
            return fail("invariant 3: the execution " + exec_id + " counts " + std::to_string(trade.count) +
                        " times");
    for (std::size_t at = 0; at < world_.venue_count(); ++at) {
        std::vector<std::string> all = world_.venue(at).session().sent();
        const std::vector<std::string>& copies = world_.venue(at).copies().sent();
        all.insert(all.end(), copies.begin(), copies.end());
        for (const std::string& bytes : all) {
            const FixText report = parsed(bytes);
            const bool trade = report.type() == "8" && report.has(32);
            if (!trade) continue;  // session messages have no bytes here
            const std::string id = report.get(17);
            const bool corrects = report.has(19);
            // A correction that came before its fill stands in its place, and the fill is then a repetition.
            if (corrects ? !corrections_.contains(id)
                         : !trades_.contains(id) && !corrected_.contains(id) && !questioned_.contains(id))
                return fail("invariant 3: a report was sent and is nowhere: " + shown(bytes));
        }
    }
}

// CumQty equals the sum of live fills: the venue's.
void Judgement::check_order_sums() {
    const order::Ledger& ledger = world_.gateway().engine().ledger();
    for (order::OrderId id = 1; id <= ledger.order_count(); ++id) {
        const order::Order& ours = ledger.order(id);
        if (ours.external)
            return fail("invariant 3: an order of ours was taken for another's: " + order_text(id, ours));
        const VenueOrder* theirs = find_venue_order(world_, id);
        if (theirs != nullptr && theirs->forgotten) continue;
        const std::int64_t cum = theirs != nullptr ? theirs->cum : 0;
        if (ours.cum_quantity != Decimal::from_units(cum))
            return fail("invariant 3: " + order_text(id, ours) + ", the venue's sum is " +
                        std::to_string(cum));
        if (theirs == nullptr || cum == 0) continue;
        const Decimal average = Decimal::from_raw(theirs->notional * (Decimal::scale / 100) / cum);
        if ((ours.average_price() - average).magnitude() > Decimal::from_raw(Decimal::scale / 50))
            return fail("invariant 3: " + order_text(id, ours) + " at " + text(ours.average_price()) +
                        ", the venue's average is " + text(average));
    }
}

void Judgement::check_positions() {
    std::map<std::tuple<std::string, std::string, std::string>, std::int64_t> expected;
    std::set<std::tuple<std::string, std::string, std::string>> uncertain;  // an order in it was forgotten
    for (const Client& client : world_.clients())
        for (const Command& command : client.commands()) {
            if (command.ask != Ask::submit || !command.accepted()) continue;
            const std::tuple key(command.account, command.strategy, command.instrument);
            const VenueOrder* order = find_venue_order(world_, command.answer->order_id);
            if (order == nullptr) continue;
            if (order->account != command.account || order->symbol != command.instrument ||
                order->buys != command.buys)
                return fail("invariant 4: " + order->id + " is not what " + command.id + " asked for");
            expected[key] += order->buys ? order->cum : -order->cum;
            if (order->forgotten) uncertain.insert(key);
        }
    const order::Ledger& ledger = world_.gateway().engine().ledger();
    for (std::uint64_t at = 1; at <= ledger.positions().size(); ++at) {
        const order::Position& position = ledger.positions()[at];
        const std::tuple key(std::string(ledger.names().accounts.name(position.account)),
                             std::string(ledger.names().strategies.name(position.strategy)),
                             std::string(ledger.names().instruments.name(position.instrument)));
        if (!uncertain.contains(key) && position.net() != Decimal::from_units(expected[key]))
            return fail("invariant 4: " + std::get<0>(key) + "/" + std::get<1>(key) + "/" + std::get<2>(key) +
                        " is " + text(position.net()) + ", the venue's ledger says " +
                        std::to_string(expected[key]));
        expected.erase(key);
    }
    for (const auto& [key, net] : expected)
        if (net != 0)
            return fail("invariant 4: no position for " + std::get<0>(key) + "/" + std::get<1>(key));
}

// Every request ends known.
void Judgement::check_ends() {
    const order::Ledger& ledger = world_.gateway().engine().ledger();
    for (order::OrderId id = 1; id <= ledger.order_count(); ++id) {
        const order::Order& ours = ledger.order(id);
        const OrderStatus status = order::status_of(ours);
        if (status == OrderStatus::denied) continue;
        const VenueOrder* theirs = find_venue_order(world_, id);
        if (ours.open() || ours.certainty == order::Certainty::unknown)
            return fail("invariant 6: " + order_text(id, ours) + " has not ended");
        if (ours.held()) return fail("invariant 6: " + order_text(id, ours) + " was canceled and is held");
        if (theirs == nullptr) {
            if (status == OrderStatus::filled) return fail("invariant 6: filled, and the venue never had it");
        } else if (!theirs->forgotten && status != status_of(theirs->stand)) {
            return fail("invariant 6: " + order_text(id, ours) + " is " + order_text(*theirs) +
                        " at the venue");
        }
    }
    for (order::RequestId id = 1; ledger.has_request(id); ++id)
        if (ledger.request(id).state == order::RequestState::pending)
            return fail("invariant 6: request " + std::to_string(id) + " of order " +
                        std::to_string(ledger.request(id).order) + " is still pending");
    for (const Client& client : world_.clients())
        for (const Command& command : client.commands())
            if (!command.answer) return fail("invariant 6: " + command.id + " was never answered");
}

// An order reaches the venue once, whatever its link does; and where more was filled than the link was for,
// it was told.
void Judgement::check_links() {
    const order::Ledger& ledger = world_.gateway().engine().ledger();
    for (order::LinkId id = 1; id <= ledger.link_count(); ++id) {
        const order::Link& link = ledger.link(id);
        const bool exits = link.kind == schema::LinkKind::bracket;
        std::int64_t either = 0, parent = 0, most = 0;
        bool known = true;
        for (std::size_t at = 0; at < link.count; ++at) {
            const std::vector<const VenueOrder*> theirs = find_venue_orders(world_, link.legs[at].order);
            if (theirs.size() > 1)
                return fail("invariant 2: an order of link " + std::to_string(id) + " reached the venue as " +
                            order_text(*theirs[0]) + " and " + order_text(*theirs[1]));
            if (theirs.empty()) continue;
            known = known && !theirs[0]->forgotten;
            if (at == 0 && link.has_parent())
                parent = theirs[0]->cum;
            else if (exits || link.kind == schema::LinkKind::oco)
                either += theirs[0]->cum;
            else
                most = std::max(most, theirs[0]->cum);
        }
        const Decimal in_full = link.legs[0].quantity;
        const std::int64_t allowed = link.has_parent() ? parent : in_full.raw() / Decimal::scale;
        if (known && std::max(either, most) > allowed && link.overfilled.is_zero())
            return fail("invariant 3: link " + std::to_string(id) + " was for " + std::to_string(allowed) +
                        ", " + std::to_string(std::max(either, most)) + " was filled, and nobody was told");
    }
}

// Reservations return to zero when nothing is open.
void Judgement::check_reservations() {
    const order::Ledger& ledger = world_.gateway().engine().ledger();
    if (const std::string fault = world_.gateway().engine().reservation_fault(); !fault.empty())
        return fail("invariant 9: " + fault);
    for (std::uint64_t at = 1; at <= ledger.positions().size(); ++at)
        if (!ledger.positions()[at].open_buy.is_zero() || !ledger.positions()[at].open_sell.is_zero())
            return fail("invariant 9: something is reserved for " +
                        std::string(ledger.names().accounts.name(ledger.positions()[at].account)));
}

}  // namespace gw::simulation
