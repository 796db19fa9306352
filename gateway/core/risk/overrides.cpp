#include "risk/overrides.hpp"

#include <algorithm>

#include "base/hash.hpp"

namespace gw::risk {

namespace {

OrderOverride kept(const schema::OrderOverrideGranted& event, std::string bytes) {
    OrderOverride made;
    made.id = event.override_id;
    made.client = event.order.client;
    made.client_order_id = event.order.client_order_id;
    made.expires_ns = event.expires_at_ns;
    made.event = std::move(bytes);
    return made;
}

std::string encoded(const schema::OrderOverrideGranted& event) {
    std::string bytes(4096, '\0');
    pb::Writer out(bytes);
    event.encode(out);
    bytes.resize(out.size());
    return bytes;
}

template <class Predicate>
const OrderOverride* first(const std::vector<OrderOverride>& all, Predicate&& is_it) {
    const auto found = std::find_if(all.begin(), all.end(), is_it);
    return found == all.end() ? nullptr : &*found;
}

}  // namespace

const OrderOverride* OrderOverrides::find(std::string_view client, std::string_view client_order_id,
                                          std::int64_t now_ns) const {
    return first(all_, [&](const OrderOverride& each) {
        return each.order == 0 && each.client_order_id == client_order_id && each.client == client &&
               now_ns < each.expires_ns;
    });
}

const OrderOverride* OrderOverrides::of_order(std::uint64_t order) const {
    return first(all_, [order](const OrderOverride& each) { return order != 0 && each.order == order; });
}

const OrderOverride* OrderOverrides::with_id(std::uint64_t id) const {
    return first(all_, [id](const OrderOverride& each) { return each.id == id; });
}

std::size_t OrderOverrides::unexpired(std::int64_t now_ns) const {
    return static_cast<std::size_t>(std::count_if(
        all_.begin(), all_.end(), [now_ns](const OrderOverride& each) { return now_ns < each.expires_ns; }));
}

void OrderOverrides::grant(const schema::OrderOverrideGranted& event, std::int64_t time_ns) {
    // What has expired was kept until nobody could ask for it any more: by the events' time alone.
    std::erase_if(
        all_, [time_ns](const OrderOverride& each) { return each.order == 0 && each.expires_ns <= time_ns; });
    all_.push_back(kept(event, encoded(event)));
}

void OrderOverrides::end(std::uint64_t id) {
    std::erase_if(all_, [id](const OrderOverride& each) { return each.id == id && each.order == 0; });
}

void OrderOverrides::use(std::uint64_t id, std::uint64_t order, bool waits) {
    if (!waits) return end(id);
    for (OrderOverride& each : all_)
        if (each.id == id) each.order = order;
}

void OrderOverrides::settle(std::uint64_t order) {
    std::erase_if(all_, [order](const OrderOverride& each) { return order != 0 && each.order == order; });
}

std::uint64_t OrderOverrides::state_hash() const {
    Hash hash(60);
    for (const OrderOverride& each : all_) hash.add(each.event).add(each.order);
    return hash.value();
}

void OrderOverrides::take_image(const std::vector<std::string>& events,
                                const std::vector<std::uint64_t>& orders) {
    all_.clear();
    for (std::size_t at = 0; at < events.size(); ++at) {
        schema::OrderOverrideGranted event;
        if (!event.decode(events[at])) continue;
        all_.push_back(kept(event, events[at]));
        all_.back().order = at < orders.size() ? orders[at] : 0;
    }
}

bool is_for(const schema::OrderOverrideTerms& terms, std::string_view instrument, schema::Side side,
            Decimal quantity) {
    return terms.instrument == instrument && terms.side == side && quantity <= terms.quantity.value;
}

}  // namespace gw::risk
