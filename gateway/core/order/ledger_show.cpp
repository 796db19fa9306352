// What the ledger shows, and its fingerprint.

#include "base/hash.hpp"
#include "order/ledger.hpp"

namespace gw::order {

schema::Order Ledger::shown(OrderId id, std::array<char, 8>& date) const {
    const Order& order = orders_[id];
    schema::Order out;
    out.order_id = id;
    out.client_order_id = requests_[order.first_request].client_request_id.view();
    out.client = names_.clients.name(order.client);
    out.account = names_.accounts.name(order.account);
    out.strategy = names_.strategies.name(order.strategy);
    out.instrument = names_.instruments.name(order.instrument);
    out.venue = names_.venues.name(order.venue);
    out.side = order.side;
    out.order_type = order.type;
    out.time_in_force = order.time_in_force;
    out.status = status_of(order);
    out.quantity = order.quantity;
    if (!order.price.is_zero()) out.price = order.price;
    if (order.terms != 0) {
        out.has_terms = true;
        out.terms = order::shown(terms_[order.terms], date);
    }
    out.cum_quantity = order.cum_quantity;
    out.leaves_quantity = order.leaves();
    if (!order.cum_quantity.is_zero()) out.average_price = order.average_price();
    out.venue_order_id = order.venue_order_id.view();
    out.created_at_ns = order.created_ns;
    out.updated_at_ns = order.updated_ns;
    out.lsn = order.lsn;
    out.pending_requests = order.pending_requests();
    out.link_id = order.link;
    const Request& first = requests_[order.first_request];
    if (first.denial != schema::DenialCode::unspecified) {
        out.has_denial = true;
        out.denial.code = first.denial;
    }
    return out;
}

std::uint64_t Ledger::state_hash() const {
    Hash hash(5);
    const auto add_product = [&hash](const Product& p) {
        hash.add(static_cast<std::uint64_t>(p.raw())).add(static_cast<std::uint64_t>(p.raw() >> 64));
    };
    for (OrderId id = 1; id <= orders_.size(); ++id) {
        const Order& o = orders_[id];
        hash.add(o.lsn)
            .add(static_cast<std::uint64_t>(o.created_ns))
            .add(static_cast<std::uint64_t>(o.updated_ns));
        hash.add(o.quantity).add(o.price).add(o.cum_quantity).add(o.reserved);
        add_product(o.traded_notional);
        hash.add(o.terms)
            .add(o.live_request)
            .add(o.newest_request)
            .add(static_cast<std::uint64_t>(o.execution));
        hash.add(static_cast<std::uint64_t>(o.certainty))
            .add(o.pending_requests())
            .add(o.venue_order_id.view())
            .add(o.inferred_fill)
            .add(std::uint64_t{o.external})
            .add(o.claimed_quantity)
            .add(o.question)
            .add(std::uint64_t{o.in_question})
            .add(std::uint64_t{o.unsettled_answers})
            .add(static_cast<std::uint64_t>(o.unsettled_ns))
            .add(std::uint64_t{o.cancel_promised});
        hash.add(names_.accounts.name(o.account)).add(names_.strategies.name(o.strategy));
        hash.add(names_.instruments.name(o.instrument)).add(names_.clients.name(o.client));
        hash.add(names_.venues.name(o.venue)).add(o.first_request).add(o.last_request).add(o.position);
        hash.add(static_cast<std::uint64_t>(o.side)).add(static_cast<std::uint64_t>(o.type));
        hash.add(static_cast<std::uint64_t>(o.time_in_force)).add(std::uint64_t{o.status_differs});
    }
    for (RequestId id = 1; id <= requests_.size(); ++id) {
        const Request& r = requests_[id];
        hash.add(r.order).add(r.builds_on).add(r.content_hash).add(r.lsn).add(r.quantity).add(r.price);
        hash.add(r.terms).add(static_cast<std::uint64_t>(r.state)).add(r.client_request_id.view());
        hash.add(r.previous)
            .add(static_cast<std::uint64_t>(r.kind))
            .add(static_cast<std::uint64_t>(r.denial));
        hash.add(names_.clients.name(r.client));
    }
    for (std::uint64_t id = 1; id <= fills_.size(); ++id) {
        const Fill& f = fills_[id];
        hash.add(f.key_low).add(f.key_high).add(f.alias_of).add(f.order).add(f.quantity).add(f.price);
        hash.add(std::uint64_t{f.busted}).add(std::uint64_t{f.corrected}).add(std::uint64_t{f.questioned});
        hash.add(static_cast<std::uint64_t>(f.kind)).add(f.next_entry).add(f.charges);
    }
    for (std::uint64_t id = 1; id <= positions_.size(); ++id) {
        const Position& p = positions_[id];
        hash.add(names_.accounts.name(p.account)).add(names_.strategies.name(p.strategy));
        hash.add(names_.instruments.name(p.instrument));
        hash.add(p.bought).add(p.sold).add(p.open_buy).add(p.open_sell);
        hash.add(p.open_unpriced).add(p.open_orders);
        hash.add(p.short_day).add(p.short_sold).add(p.open_short);
        add_product(p.open_notional);
        add_product(p.cost);
        add_product(p.realized);
        add_product(p.carried);
        add_product(p.restored);
        hash.add(p.first_entry).add(p.last_entry).add(p.charges).add(std::uint64_t{p.saturated});
    }
    for (std::uint64_t id = 1; id <= charges_.size(); ++id) {
        const Charge& c = charges_[id];
        hash.add(c.amount).add(names_.currencies.name(c.currency)).add(c.type).add(c.next_of_fill);
        hash.add(c.previous_of_order)
            .add(static_cast<std::uint64_t>(c.kind))
            .add(std::uint64_t{c.taken_back});
    }
    for (std::uint64_t id = 1; id <= position_charges_.size(); ++id) {
        const PositionCharges& c = position_charges_[id];
        add_product(c.commission);
        add_product(c.fees);
        hash.add(names_.currencies.name(c.currency)).add(c.next).add(std::uint64_t{c.saturated});
    }
    for (std::uint32_t at = 0; at < position_batches_.size(); ++at)
        hash.add(position_batch_ids_.name(at + 1))
            .add(position_batches_[at].hash)
            .add(position_batches_[at].rows);
    for (std::uint32_t number = 1; number < facts_.size(); ++number) {
        const InstrumentFacts& f = facts_[number];
        hash.add(number).add(f.multiplier).add(names_.venues.name(f.venue));
        hash.add(names_.currencies.name(f.currency)).add(names_.asset_classes.name(f.asset_class));
        hash.add(names_.sectors.name(f.sector)).add(names_.regions.name(f.region));
    }
    for (std::uint64_t id = 1; id <= terms_.size(); ++id) add_to(hash, terms_[id]);
    for (std::uint64_t n = 1; n <= questions_.size(); ++n) {
        const Question& q = questions_[n];
        hash.add(q.fill).add(q.lsn).add(q.previous).add(q.exec_id.view());
    }
    for (LinkId id = 1; id <= links_.size(); ++id) {
        hash.add(links_[id].lsn).add(links_[id].overfilled);
        for (const LinkLeg& leg : links_[id].legs)
            hash.add(leg.order)
                .add(leg.asked)
                .add(leg.refused)
                .add(std::uint64_t{leg.stuck})
                .add(std::uint64_t{leg.release_denied});
    }
    return hash.add(open_orders_).add(unknown_orders_).value();
}

}  // namespace gw::order
