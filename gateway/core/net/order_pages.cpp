#include "net/order_pages.hpp"

#include <algorithm>
#include <array>

namespace gw::net {

namespace {

constexpr std::size_t looked_at_a_slice = 4'096;
constexpr std::size_t shown_a_slice = 64;
constexpr std::size_t order_bytes_max = 8 * 1024;

using StatusSet = std::uint64_t;

StatusSet set_of(const std::vector<std::uint32_t>& statuses) {
    StatusSet set = 0;
    for (const std::uint32_t status : statuses)
        if (status < 64) set |= StatusSet{1} << status;
    return set;
}

bool fits(const order::Order& order, const OrderQuery& query, StatusSet statuses) {
    if (query.open_only && !order.open() && !order.held()) return false;
    if (query.created_from_ns != 0 && order.created_ns < query.created_from_ns) return false;
    if (query.created_before_ns != 0 && order.created_ns >= query.created_before_ns) return false;
    return query.statuses.empty() ||
           (statuses >> static_cast<std::uint32_t>(order::status_of(order)) & 1) != 0;
}

bool is_at(const engine::Engine& engine, const order::Order& order, const std::vector<std::string>& venues) {
    return venues.empty() || std::find(venues.begin(), venues.end(),
                                       engine.ledger().names().venues.name(order.venue)) != venues.end();
}

void show(const engine::Engine& engine, order::OrderId id, std::string& data) {
    std::array<char, order_bytes_max> room;
    pb::Writer out(room);
    const auto at = out.open(schema::number::ListOrdersResponse::orders);
    (void)engine.order({}, id, {}, out);
    out.close(at);
    data += out.written();
}

}  // namespace

OrderPage list_orders(Runtime& runtime, const EventView& view, const OrderQuery& query) {
    OrderPage page;
    const StatusSet statuses = set_of(query.statuses);
    order::OrderId id = query.before;
    std::size_t count = 0;
    bool first = true, more = true;
    const auto slice = [&](engine::Engine& engine, std::int64_t) {
        const order::Ledger& ledger = engine.ledger();
        if (first) id = id != 0 ? std::min(id - 1, ledger.order_count()) : ledger.order_count();
        first = false;
        std::size_t shown = 0;
        for (std::size_t looked_at = 0; looked_at < looked_at_a_slice && shown < shown_a_slice; ++looked_at) {
            if (id == 0) return false;
            if (ledger.has_order(id)) {
                const order::Order& order = ledger.order(id);
                if (fits(order, query, statuses) && is_at(engine, order, query.venues) &&
                    view.wants_order(engine, id)) {
                    if (count == query.limit) {
                        page.next = id + 1;
                        return false;
                    }
                    show(engine, id, page.data);
                    ++count;
                    ++shown;
                }
            }
            --id;
        }
        return true;
    };
    while (more) more = runtime.with_engine(slice);
    return page;
}

bool find_order(Runtime& runtime, const EventView& view, order::OrderId id,
                const std::string& client_order_id, std::string& out) {
    return runtime.with_engine([&](engine::Engine& engine, std::int64_t) {
        std::array<char, order_bytes_max> room;
        pb::Writer bytes(room);
        if (id == 0) {
            if (!engine.order(view.client(), 0, client_order_id, bytes)) return false;
            schema::Order found;
            if (!found.decode(bytes.written())) return false;
            id = found.order_id;
        }
        if (!engine.ledger().has_order(id) || !view.wants_order(engine, id)) return false;
        pb::Writer again(room);
        if (!engine.order({}, id, {}, again)) return false;
        out.assign(again.written());
        return true;
    });
}

}  // namespace gw::net
