// Positions, and what trading cost: booked with the fill, taken back with it.
//
// Every fill and adjustment that counts in a position stands in that position's chain, from the newest start
// of a day on. A trade that comes in is booked on top; one that is canceled or corrected is not booked the
// other way round, which would leave a profit behind that nobody made: the chain is booked again from its
// start, so that the position is what it would be had the trade never been. That takes time in proportion to
// the chain, and is rare. A trade of before the start of the day is outside the chain: it is taken out by an
// entry of its own.

#include <utility>

#include "base/checked.hpp"
#include "base/hash.hpp"
#include "order/ledger.hpp"
#include "order/position.hpp"

namespace gw::order {

void Ledger::book_entry(Position& position, const Fill& entry) {
    if (entry.busted) return;
    switch (entry.kind) {
        case EntryKind::trade:
            book_trade(position, signed_quantity(entry), entry.price);
            break;
        case EntryKind::adjustment:
            book_trade(position, entry.quantity, entry.price);
            break;
        case EntryKind::start_of_day:
            open_position(position, entry.quantity, entry.price);
            break;
        case EntryKind::multiplier:
            carry_realized(position, entry.price);
            break;
        case EntryKind::split:
            split_position(position, entry.quantity, entry.price);
            break;
    }
}

Decimal Ledger::signed_quantity(const Fill& trade) const {
    return orders_[trade.order].buys() ? trade.quantity : -trade.quantity;
}

// Precondition: the entry is in no chain.
void Ledger::enter(std::uint32_t position_id, std::uint64_t entry_id) {
    if (position_id == 0) return;
    Position& position = positions_[position_id];
    const auto id = static_cast<std::uint32_t>(entry_id);
    const bool starts = fills_[id].kind == EntryKind::start_of_day;
    // One that was in question when the day began, and counts after all.
    if (!starts && id < position.first_entry)
        return enter_adjustment(position_id, EntryKind::adjustment, signed_quantity(fills_[id]),
                                fills_[id].price);
    if (starts) position.restored = Product{};
    if (position.last_entry != 0 && !starts) fills_[position.last_entry].next_entry = id;
    if (position.last_entry == 0 || starts) position.first_entry = id;
    position.last_entry = id;
    book_entry(position, fills_[id]);
}

// What no execution made. Precondition: there is room for a fill.
void Ledger::enter_adjustment(std::uint32_t position_id, EntryKind kind, Decimal quantity, Decimal price) {
    if (position_id == 0) return;
    const std::uint64_t id = fills_.next_index();
    if (id == 0) {  // decisions look whether there is room
        positions_[position_id].saturated = true;
        return;
    }
    Fill& entry = fills_.add();
    entry.kind = kind;
    entry.quantity = quantity;
    entry.price = price;
    enter(position_id, id);
}

void Ledger::book_again(Position& position) {
    open_position(position, {}, {});
    for (std::uint32_t id = position.first_entry; id != 0; id = fills_[id].next_entry)
        book_entry(position, fills_[id]);
    add_or_saturate(position.carried, position.restored, position.saturated);
}

// A checkpoint of a version that kept no chains has the sums alone. What stands there becomes the start of
// the chain, at its average price; it is booked again only where one of its later trades is canceled.
void Ledger::restore_chains() {
    for (std::uint64_t id = 1; id <= positions_.size(); ++id) {
        Position& position = positions_[id];
        const bool traded = !position.bought.is_zero() || !position.sold.is_zero();
        if (position.first_entry != 0 || !traded || fills_.next_index() == 0) continue;
        position.carried = position.restored = std::exchange(position.realized, Product{});
        position.first_entry = position.last_entry = static_cast<std::uint32_t>(fills_.next_index());
        Fill& start = fills_.add();
        start.kind = EntryKind::start_of_day;
        start.quantity = position.net();
        start.price = entry_price(position);
    }
}

// `before`: the trade as it counted until now; its entry has changed already.
void Ledger::enter_change(std::uint32_t position_id, std::uint64_t entry_id, const Fill& before) {
    if (position_id == 0) return;
    Position& position = positions_[position_id];
    if (entry_id >= position.first_entry) return book_again(position);
    enter_adjustment(position_id, EntryKind::adjustment, -signed_quantity(before), before.price);
    const Fill& now = fills_[entry_id];
    if (!now.busted) enter_adjustment(position_id, EntryKind::adjustment, signed_quantity(now), now.price);
}

// --- commission and fees

std::uint32_t Ledger::charges_of(std::uint32_t position_id, std::uint32_t currency) {
    Position& position = positions_[position_id];
    for (std::uint32_t id = position.charges; id != 0; id = position_charges_[id].next)
        if (position_charges_[id].currency == currency) return id;
    const std::uint64_t id = position_charges_.next_index();
    if (id == 0) return 0;  // decisions look whether there is room
    PositionCharges& sums = position_charges_.add();
    sums.currency = currency;
    sums.next = position.charges;
    position.charges = static_cast<std::uint32_t>(id);
    return position.charges;
}

void Ledger::add_charge(std::uint32_t position_id, schema::ChargeKind kind, std::uint32_t currency,
                        Decimal amount) {
    const std::uint32_t id = charges_of(position_id, currency);
    if (id == 0) return;
    PositionCharges& sums = position_charges_[id];
    Product& sum = kind == schema::ChargeKind::commission ? sums.commission : sums.fees;
    add_or_saturate(sum, Product(amount, Decimal::from_units(1)), sums.saturated);
}

// `fill_id` 0: they are the order's as a whole. Precondition: there is room (decide_charges).
void Ledger::book_charges(Order& order, std::uint64_t fill_id, const ChargeList& charges) {
    if (order.position == 0) return;
    for (const schema::Charge& given : charges) {
        const auto id = static_cast<std::uint32_t>(charges_.next_index());
        Charge& charge = charges_.add();
        charge.amount = given.amount.value;
        charge.currency = names_.currencies.add(given.currency);
        charge.type = charge_type(given.type);
        charge.kind = given.kind;
        charge.previous_of_order = order.charges;
        order.charges = id;
        if (fill_id != 0) charge.next_of_fill = std::exchange(fills_[fill_id].charges, id);
        add_charge(order.position, charge.kind, charge.currency, charge.amount);
    }
}

void Ledger::take_charges_back(const Order& order, std::uint64_t fill_id) {
    for (std::uint32_t id = fills_[fill_id].charges; id != 0; id = charges_[id].next_of_fill) {
        Charge& charge = charges_[id];
        if (charge.taken_back) continue;
        charge.taken_back = true;
        add_charge(order.position, charge.kind, charge.currency, -charge.amount);
    }
}

Decimal Ledger::booked_charges(const Order& order, const schema::Charge& like,
                               std::uint64_t but_of_fill) const {
    const std::uint32_t currency = names_.currencies.find(like.currency);
    const std::uint32_t type = charge_type(like.type);
    Decimal sum{};
    const auto fits = [&](const Charge& charge) {
        return !charge.taken_back && charge.kind == like.kind && charge.currency == currency &&
               charge.type == type;
    };
    for (std::uint32_t id = order.charges; id != 0; id = charges_[id].previous_of_order)
        if (fits(charges_[id])) sum = checked_sum(sum, charges_[id].amount).value_or(sum);
    for (std::uint32_t id = but_of_fill == 0 ? 0 : fills_[but_of_fill].charges; id != 0;
         id = charges_[id].next_of_fill)
        if (fits(charges_[id])) sum = checked_sum(sum, -charges_[id].amount).value_or(sum);
    return sum;
}

// --- what no execution made

void Ledger::apply(const schema::PositionAdjusted& event, std::uint64_t, std::int64_t) {
    const std::uint32_t id =
        position_of(names_.accounts.add(event.account), names_.strategies.add(event.strategy),
                    names_.instruments.add(event.instrument));
    if (event.kind == schema::PositionAdjustmentKind::split) {
        enter_adjustment(id, EntryKind::split, event.new_units.value, event.old_units.value);
        return remember_batch(event.batch_id, event.batch_hash, event.batch_row);
    }
    const bool starts = event.kind == schema::PositionAdjustmentKind::start_of_day;
    if (starts) {
        for (std::uint32_t at = positions_[id].charges; at != 0; at = position_charges_[at].next) {
            PositionCharges& sums = position_charges_[at];
            sums.commission = sums.fees = Product{};
            sums.saturated = false;
        }
    }
    enter_adjustment(id, starts ? EntryKind::start_of_day : EntryKind::adjustment, event.quantity.value,
                     event.price.value);
    for (const schema::Charge& charge : event.charges)
        add_charge(id, charge.kind, names_.currencies.add(charge.currency), charge.amount.value);
    if (!event.batch_id.empty()) remember_batch(event.batch_id, event.batch_hash, event.batch_row);
}

void Ledger::remember_batch(std::string_view batch_id, std::uint64_t hash, std::uint32_t row) {
    const std::uint32_t number = position_batch_ids_.add(batch_id);
    if (number > position_batches_.size()) position_batches_.resize(number);
    position_batches_[number - 1] = {hash, row};
}

const PositionBatch* Ledger::find_position_batch(std::string_view batch_id) const {
    const std::uint32_t number = position_batch_ids_.find(batch_id);
    return number == 0 ? nullptr : &position_batches_[number - 1];
}

std::uint32_t Ledger::find_position(std::uint32_t account, std::uint32_t strategy,
                                    std::uint32_t instrument) const {
    return static_cast<std::uint32_t>(
        position_index_.find(position_hash(account, strategy, instrument), [&](std::uint64_t at) {
            const Position& p = positions_[at];
            return p.account == account && p.strategy == strategy && p.instrument == instrument;
        }));
}

std::uint64_t rules_hash(const schema::InstrumentDefined& event) {
    const bool none = !event.max_quantity.present() && event.expires_at_ns == 0 &&
                      !event.margin_rate_percent.present() && event.trading_hours.empty();
    if (none) return 0;  // as those that were journalled before there were such terms
    return Hash(41)
        .add(event.max_quantity.value)
        .add(static_cast<std::uint64_t>(event.expires_at_ns))
        .add(std::uint64_t{event.margin_rate_percent.present()})
        .add(event.margin_rate_percent.value)
        .add(event.trading_hours)
        .value();
}

// What is said of an instrument for the first time changes nothing that was realised: a multiplier of 1 has
// held until now.
void Ledger::apply(const schema::InstrumentDefined& event, std::uint64_t, std::int64_t) {
    const std::uint32_t instrument = names_.instruments.add(event.instrument);
    const auto number = [](Names& names, std::string_view name) {
        return name.empty() ? 0 : names.add(name);
    };
    const Decimal old_multiplier = facts(instrument).multiplier;
    if (instrument >= facts_.size()) facts_.resize(instrument + 1);
    facts_[instrument] = {event.multiplier.value,
                          number(names_.venues, event.venue),
                          number(names_.currencies, event.currency),
                          number(names_.asset_classes, event.asset_class),
                          number(names_.sectors, event.sector),
                          number(names_.regions, event.region),
                          rules_hash(event)};
    if (old_multiplier == event.multiplier.value) return;
    for (std::uint64_t id = 1; id <= positions_.size(); ++id)
        if (positions_[id].instrument == instrument && fills_.next_index() != 0)
            enter_adjustment(static_cast<std::uint32_t>(id), EntryKind::multiplier, {}, old_multiplier);
}

}  // namespace gw::order
