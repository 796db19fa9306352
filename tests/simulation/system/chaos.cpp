// The safety phase: clients and venues at work, and faults by chance.

#include <cerrno>

#include "world.hpp"

namespace gw::simulation {

void World::chaos() {
    for (std::uint32_t step = 0; step < plan_.steps && outcome_.failure.empty(); ++step) {
        tick_due();
        fault();
        const std::size_t at = dice_.below(links_.size());
        switch (dice_.below(32)) {
            case 0:
            case 1:
                pass(static_cast<std::int64_t>(dice_.between(1, 500)) * ns_per_ms);
                break;
            case 2:
                if (dice_.one_in(3)) pass(static_cast<std::int64_t>(dice_.between(1, 30'000)) * ns_per_ms);
                break;
            case 3:
            case 4:
            case 5:
                on_gateway([](Gateway& gateway) { gateway.sync(); });
                break;
            case 6:
                if (gateway_->running()) gateway_->maintain();
                break;
            case 7:
                retry();
                break;
            case 8:
                read_events();
                break;
            case 9:
            case 10:
            case 11:
            case 12:
            case 13:
            case 14:
                work();
                break;
            case 15:
            case 16:
            case 17:
            case 18:
            case 19:
                trade();
                break;
            case 20:
            case 21:
            case 22:
            case 23:
                on_gateway([](Gateway& gateway) { gateway.sync(); });
                deliver_all();
                break;
            case 24:
                deliver_to_gateway(at, dice_.between(1, links_[at].to_gateway.bytes.size() + 1));
                break;
            case 25:
                deliver_to_venue(at, dice_.between(1, links_[at].to_venue.bytes.size() + 1));
                break;
            case 26:
            case 27:
            case 28:
                deliver_to_gateway(at, links_[at].to_gateway.bytes.size());
                break;
            default:
                deliver_to_venue(at, links_[at].to_venue.bytes.size());
                break;
        }
    }
}

void World::fault() {
    const std::size_t at = dice_.below(links_.size());
    if (happens(dice_, plan_.cut)) cut(at);
    if (happens(dice_, plan_.crash)) {
        if (dice_.one_in(2))
            crash(happens(dice_, plan_.power_cut));
        else
            gateway_->die_at_send(static_cast<unsigned>(dice_.between(1, 6)));
    }
    if (!links_[at].copies && happens(dice_, plan_.venue_restart)) {
        log("%s restarts", links_[at].name().c_str());
        links_[at].venue->restart();
        cut(at);
    }
    if (happens(dice_, plan_.lose_store) && owes_nothing(at)) {
        log("%s loses its session's store", links_[at].name().c_str());
        cut(at);
        venue_side_down(at);
        links_[at].session().lose_store();
        links_[at].to_gateway.forget();
    }
    if (plan_.lose_store != 0 && dice_.one_in(8)) reset_lost_stores();
    if (happens(dice_, plan_.clock_step)) {
        static constexpr std::int64_t offsets_ms[] = {0, 50, -50, 2'000, -2'000, 50'000, -50'000};
        clock_offset_ns_ = dice_.pick(offsets_ms) * ns_per_ms;
        log("the gateway's clock is %+.3f s off", static_cast<double>(clock_offset_ns_) / 1e9);
    }
    if (happens(dice_, plan_.sync_failure)) {
        log("syncs fail");
        gateway_->disk().fail_syncs(EIO);
    }
    if (happens(dice_, plan_.disk_full)) {
        const bool full = dice_.one_in(2);
        log(full ? "the disk is full" : "the disk has room");
        gateway_->disk().fail_allocations(full ? ENOSPC : 0);
    }
    if (happens(dice_, plan_.read_only)) {
        const bool read_only = dice_.one_in(2);
        log(read_only ? "the disk is read-only" : "the disk can be written");
        gateway_->disk().become_read_only(read_only);
    }
    if (happens(dice_, plan_.meddle)) meddle(at);
}

// Whether no request waits for this venue's answer. A store that is lost while one does takes with it what
// tells a request that arrived from one that never did.
bool World::owes_nothing(std::size_t at) const {
    if (!gateway_->running()) return false;
    const order::Ledger& ledger = gateway_->engine().ledger();
    for (order::OrderId id = 1; id <= ledger.order_count(); ++id) {
        const order::Order& order = ledger.order(id);
        const bool waits = order.execution == order::Execution::pending_new || order.pending_requests() != 0;
        if (waits && ledger.names().venues.name(order.venue) == venue_name(at)) return false;
    }
    return true;
}

// What a relay may do to a counterparty's messages: one of them twice, or one of an earlier connection.
void World::meddle(std::size_t at) {
    Pipe& pipe = links_[at].to_gateway;
    std::vector<std::string>& from = dice_.one_in(2) ? pipe.recent : pipe.lost;
    if (!links_[at].gateway_connected || pipe.closed || from.empty()) return;
    const std::string message = from[dice_.below(from.size())];
    log("once more to the gateway: %s", shown(message).c_str());
    pipe.bytes += message;
}

std::uint64_t World::some_order(const Client& client) {
    std::vector<std::uint64_t> known;
    for (const Command& command : client.commands())
        if (command.ask == Ask::submit && command.accepted()) known.push_back(command.answer->order_id);
    if (known.empty()) return 0;
    // Newer ones more often: they are more likely to be open.
    const std::size_t newest = std::min<std::size_t>(known.size(), dice_.one_in(3) ? known.size() : 4);
    return known[known.size() - 1 - dice_.below(newest)];
}

void World::work() {
    Client& client = clients_[dice_.below(clients_.size())];
    static constexpr const char* strategies[] = {"s1", "s2"};
    const std::uint64_t order = some_order(client);
    const std::uint64_t what = dice_.below(12);
    const auto cents = static_cast<std::int64_t>(dice_.between(9'500, 10'500));
    if (order != 0 && what < 3) return send(client, client.cancel(order));
    if (order != 0 && what < 6) {
        const auto quantity = static_cast<std::int64_t>(dice_.between(1, 300));
        return send(client,
                    client.replace(order, dice_.one_in(4) ? 0 : quantity, dice_.one_in(2) ? 0 : cents));
    }
    if (what == 6 && dice_.one_in(4)) {
        log("%s cancels all of its orders", client.name().c_str());
        const std::string instrument = dice_.one_in(2) ? instrument_name(0) : std::string();
        on_gateway(
            [&](Gateway& gateway) { (void)gateway.mass_cancel(client.name(), instrument, gateway_clock()); });
        return;
    }
    if (happens(dice_, plan_.linked)) return link(client);
    const std::string& account = client.accounts()[dice_.below(client.accounts().size())];
    const std::string instrument = instrument_name(dice_.below(venues_.size()));
    // Some that risk has to refuse: too large, or too far from the market.
    const auto quantity = static_cast<std::int64_t>(dice_.one_in(20) ? 5'000 : dice_.between(1, 300));
    const std::int64_t price = dice_.one_in(10) ? 0 : dice_.one_in(20) ? 15'000 : cents;
    send(client,
         client.submit(account, dice_.pick(strategies), instrument, dice_.one_in(2), quantity, price));
}

void World::trade() {
    Link& link = links_[dice_.below(venues_.size())];
    link.venue->set_time(now_ns_);
    link.venue->act();
    carry_venue(link);
}

// Two to four orders that hang together.
void World::link(Client& client) {
    static constexpr schema::LinkKind kinds[] = {schema::LinkKind::oco, schema::LinkKind::oto,
                                                 schema::LinkKind::bracket};
    static constexpr const char* strategies[] = {"s1", "s2"};
    LinkRequest request;
    request.kind = dice_.pick(kinds);
    request.orders = request.kind == schema::LinkKind::bracket ? std::size_t{3} : dice_.between(2, 4);
    request.on_partial_fill =
        dice_.one_in(2) ? schema::PartialFillPolicy::reduce : schema::PartialFillPolicy::cancel;
    request.release =
        dice_.one_in(2) ? schema::ReleasePolicy::on_full_fill : schema::ReleasePolicy::in_proportion;
    request.account = client.accounts()[dice_.below(client.accounts().size())];
    request.strategy = dice_.pick(strategies);
    request.instrument = instrument_name(dice_.below(venues_.size()));
    request.buys = dice_.one_in(2);
    request.quantity = static_cast<std::int64_t>(dice_.between(1, 300));
    request.cents = static_cast<std::int64_t>(dice_.between(9'700, 10'300));
    send(client, client.link(request));
}

// Clients ask again what was not answered.
void World::retry() {
    for (Client& client : clients_)
        for (std::size_t at = 0; at < client.commands().size(); ++at)  // answers add to them
            if (Command& command = client.commands()[at]; !command.answer && (healed_ || dice_.one_in(2)))
                send(client, command);
}

void World::read_events() {
    if (!gateway_->running()) return;
    const auto visibility = plan_.disk ? journal::Visibility::durable : journal::Visibility::committed;
    for (Reader& reader : readers_) {
        if (!healed_ && happens(dice_, plan_.subscriber_stop)) {
            reader.restart(options_.plant == Plant::skip_event);
            continue;
        }
        reader.read(gateway_->journal(), visibility, healed_ ? ~0ULL : dice_.between(1, 60));
        if (healed_ || dice_.one_in(2)) reader.save();
    }
}

}  // namespace gw::simulation
