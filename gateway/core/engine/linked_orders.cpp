// Orders that hang together, as clients ask for them: all are accepted and held, or none is.

#include "base/utf8.hpp"
#include "engine/command_parts.hpp"
#include "engine/engine_orders.hpp"
#include "engine/step_commit.hpp"

namespace gw::engine {

using order::LinkId;
using order::OrderId;
using order::RequestKind;
using schema::DenialCode;
using schema::LinkedOrders;
using schema::LinkKind;
using schema::NewOrder;

namespace {

bool refuse(DenialText& denial, std::string_view name, std::string_view allowed) {
    denial.refuse(DenialCode::invalid_link, name).allowed(allowed);
    return false;
}

bool is_same_place(const NewOrder& a, const NewOrder& b) {
    return a.account == b.account && a.strategy == b.strategy && a.instrument == b.instrument &&
           a.venue == b.venue;
}

bool is_same_quantity(const NewOrder& a, const NewOrder& b) {
    return a.quantity.ok() && b.quantity.ok() && a.quantity.value == b.quantity.value;
}

bool buys(const NewOrder& order) {
    return order.side == schema::Side::buy;
}

bool check_oco(const LinkedOrders& link, DenialText& denial) {
    if (link.orders.size() < 2) return refuse(denial, "orders", "two to four orders");
    const NewOrder& first = link.orders[0];
    for (const NewOrder& order : link.orders) {
        if (!is_same_place(order, first))
            return refuse(denial, "orders", "the same account, strategy, instrument and venue in each");
        if (buys(order) != buys(first)) return refuse(denial, "side", "the same side in each");
        if (!is_same_quantity(order, first)) return refuse(denial, "quantity", "the same quantity in each");
    }
    return true;
}

bool check_oto(const LinkedOrders& link, DenialText& denial) {
    return link.orders.size() >= 2 || refuse(denial, "orders", "an order and one to three that wait for it");
}

bool check_bracket(const LinkedOrders& link, DenialText& denial) {
    if (link.orders.size() != 3) return refuse(denial, "orders", "an entry, a take profit and a stop");
    const NewOrder& entry = link.orders[0];
    for (std::size_t at = 1; at < link.orders.size(); ++at) {
        const NewOrder& exit = link.orders[at];
        if (!is_same_place(exit, entry))
            return refuse(denial, "orders", "the entry's account, strategy, instrument and venue in each");
        if (buys(exit) == buys(entry)) return refuse(denial, "side", "exits on the other side of the entry");
        if (!is_same_quantity(exit, entry)) return refuse(denial, "quantity", "the entry's quantity in each");
    }
    return true;
}

bool check_shape(const LinkedOrders& link, DenialText& denial) {
    if (!is_known(link.on_partial_fill)) return refuse(denial, "on_partial_fill", "REDUCE or CANCEL");
    if (!is_known(link.release)) return refuse(denial, "release", "ON_FULL_FILL or IN_PROPORTION");
    switch (link.kind) {
        case LinkKind::oco:
            return check_oco(link, denial);
        case LinkKind::oto:
            return check_oto(link, denial);
        case LinkKind::bracket:
            return check_bracket(link, denial);
        case LinkKind::unspecified:
            break;
    }
    return refuse(denial, "kind", "OCO, OTO or BRACKET");
}

bool is_readable(const LinkedOrders& link) {
    bool clean = link.orders.size() != 0;
    for (const NewOrder& order : link.orders) clean = clean && is_clean(order);
    return clean;
}

}  // namespace

// Each order has an id of its own that the client has not used: not for another command, and not twice here.
bool EngineOrders::check_linked_ids(const LinkedOrders& link, std::uint32_t client,
                                    DenialText& denial) const {
    for (std::size_t at = 0; at < link.orders.size(); ++at) {
        const std::string_view id = link.orders[at].client_order_id;
        if (!check_id(id, denial)) return false;
        bool used = id == link.client_request_id || ledger_.find_request(client, id) != 0;
        for (std::size_t before = 0; before < at; ++before)
            used = used || link.orders[before].client_order_id == id;
        if (!used) continue;
        denial.refuse(DenialCode::client_request_id_reused, "client_order_id").observed(id);
        denial.allowed("a new id for each order");
        return false;
    }
    return true;
}

void EngineOrders::take_linked_orders(std::uint32_t client, std::string_view bytes, std::int64_t deadline_ns,
                                      pb::Writer& out) {
    DenialText denial;
    LinkedOrders link;
    if (!link.decode(bytes) || !is_readable(link)) {
        denial.refuse(DenialCode::malformed_command, "linked_orders")
            .allowed("a valid LinkedOrders with one to four orders of clean UTF-8 text");
        return answer_unrecorded({}, 0, denial.denial(), out);
    }
    if (!check_id(link.client_request_id, denial))
        return answer_unrecorded(link.client_request_id, 0, denial.denial(), out);
    const std::uint64_t hash = content_hash(link);
    if (answer_repeated(client, link.client_request_id, hash, out)) return;
    if (!check_service(true, denial))
        return answer_unrecorded(link.client_request_id, 0, denial.denial(), out);

    std::array<Route, order::link_orders_max> routes;
    bool good = check_linked_ids(link, client, denial) && check_shape(link, denial);
    for (std::size_t at = 0; good && at < link.orders.size(); ++at) {
        risk::Decision decision;  // asked for again when the order is released
        good = check_order(link.orders[at], client, deadline_ns, false, routes[at], decision, denial);
    }
    if (good && !ledger_.has_room_for_link(link.orders.size())) {
        denial.refuse(DenialCode::capacity_exhausted, "orders_max");
        return answer_unrecorded(link.client_request_id, 0, denial.denial(), out);
    }
    if (!good) return deny_request(client, link.client_request_id, 0, RequestKind::link, hash, denial, out);
    const LinkId id = ledger_.next_link_id();
    if (!accept_linked(link, client, routes.data(), hash)) {
        denial.refuse(DenialCode::journal_unavailable, "journal");
        return answer_unrecorded(link.client_request_id, 0, denial.denial(), out);
    }
    work_links();
    answer_linked(link.client_request_id, id, false, out);
}

bool EngineOrders::accept_linked(const LinkedOrders& link, std::uint32_t client, const Route* routes,
                                 std::uint64_t hash) {
    std::array<ClOrdId, order::link_orders_max> cl_ord_ids;
    schema::LinkAccepted event;
    event.link_id = ledger_.next_link_id();
    event.client_request_id = link.client_request_id;
    event.client = ledger_.names().clients.name(client);
    event.kind = link.kind;
    event.on_partial_fill = link.on_partial_fill == schema::PartialFillPolicy::unspecified
                                ? schema::PartialFillPolicy::reduce
                                : link.on_partial_fill;
    event.release = link.release == schema::ReleasePolicy::unspecified ? schema::ReleasePolicy::on_full_fill
                                                                       : link.release;
    event.request_id = ledger_.next_request_id();
    event.content_hash = hash;
    for (std::size_t at = 0; at < link.orders.size(); ++at) {
        schema::OrderAccepted& order = *event.orders.add();
        order = accepted(link.orders[at], client, routes[at]);
        order.order_id = ledger_.next_order_id() + at;
        order.request_id = event.request_id + 1 + at;
        cl_ord_ids[at] = ids_.text(order.request_id);
        order.cl_ord_id = cl_ord_ids[at].view();
        order.content_hash = content_hash(link.orders[at]);
        order.link_id = event.link_id;
    }
    return commit_event(event, client) != 0;
}

void EngineOrders::answer_linked(std::string_view client_request_id, LinkId id, bool duplicate,
                                 pb::Writer& out) {
    const order::Link& link = ledger_.link(id);
    std::array<ClOrdId, order::link_orders_max> cl_ord_ids;
    schema::CommandResult result;
    result.client_request_id = client_request_id;
    result.order_id = link.legs[0].order;
    result.lsn = link.lsn;
    result.duplicate = duplicate;
    result.link_id = id;
    for (std::size_t at = 0; at < link.count; ++at) {
        schema::LinkedOrderResult& order = *result.linked_orders.add();
        order.order_id = link.legs[at].order;
        cl_ord_ids[at] = ids_.text(ledger_.order(order.order_id).first_request);
        order.cl_ord_id = cl_ord_ids[at].view();
    }
    write_result(out, result);
}

// --- orders that are held
// ---------------------------------------------------------------------------------------------

bool EngineOrders::commit_held_end(schema::HeldOrderEnded& event, std::uint64_t& lsn) {
    const order::Order& order = ledger_.order(event.order_id);
    event.link_id = order.link;
    lsn = commit_event(event, order.client);
    return lsn != 0;
}

bool EngineOrders::end_held(OrderId id, std::string_view reason) {
    schema::HeldOrderEnded event;
    event.order_id = id;
    event.reason = reason;
    std::uint64_t lsn = 0;
    return commit_held_end(event, lsn);
}

void EngineOrders::cancel_held(OrderId id, std::string_view client_request_id, std::uint64_t hash,
                               pb::Writer& out) {
    schema::HeldOrderEnded event;
    event.order_id = id;
    event.reason = "canceled by its client";
    event.client_request_id = client_request_id;
    event.request_id = ledger_.next_request_id();
    event.content_hash = hash;
    std::uint64_t lsn = 0;
    if (!commit_held_end(event, lsn)) {
        DenialText denial;
        denial.refuse(DenialCode::journal_unavailable, "journal");
        return answer_unrecorded(client_request_id, id, denial.denial(), out);
    }
    schema::CommandResult result;
    result.client_request_id = client_request_id;
    result.order_id = id;
    result.lsn = lsn;
    write_result(out, result);
}

}  // namespace gw::engine
