// Reading events and orders with a client's rights.
#include <pybind11/stl.h>

#include "bindings/bindings.hpp"
#include "bindings/errors.hpp"
#include "bindings/gateway.hpp"
#include "net/order_pages.hpp"

namespace py = pybind11;

namespace gw::bindings {

namespace {

using net::EventView;
using net::Runtime;
using Names = std::vector<std::string>;

net::EventFilter filter_of(const std::string& client, bool every_client, const Names& accounts,
                           const Names& strategies, bool client_levels, const Names& clients) {
    net::EventFilter filter;
    filter.client = client;
    filter.every_client = every_client;
    filter.accounts = accounts;
    filter.strategies = strategies;
    filter.client_levels = client_levels;
    filter.clients = clients;
    return filter;
}

py::tuple page_of(const net::EventPage& page) {
    return py::make_tuple(py::bytes(page.data), page.count, page.next_lsn);
}

template <class Event>
std::uint64_t record(Runtime& gateway, const Event& event) {
    return released([&] {
        return gateway.with_engine(
            [&](engine::Engine& engine, std::int64_t now) { return engine.record_call(event, now); });
    });
}

void bind_view(py::module_& module) {
    py::class_<EventView>(module, "EventView")
        .def(
            "after",
            [](EventView& self, std::uint64_t lsn, std::size_t max_bytes) {
                return released([&] { return self.after(lsn, max_bytes); });
            },
            py::arg("lsn"), py::arg("max_bytes") = 256 * 1024)
        .def(
            "newest_first",
            [](EventView& self, std::uint64_t before_lsn, std::size_t limit) {
                return page_of(released([&] { return self.newest_first(before_lsn, limit); }));
            },
            py::arg("before_lsn"), py::arg("limit"))
        .def(
            "oldest_first",
            [](EventView& self, std::uint64_t from_lsn, std::size_t limit) {
                return page_of(released([&] { return self.oldest_first(from_lsn, limit); }));
            },
            py::arg("from_lsn"), py::arg("limit"))
        .def(
            "changed_orders",
            [](EventView& self, std::uint64_t after_lsn, std::size_t limit) {
                const net::ChangedOrders changed = released([&] { return self.changed(after_lsn, limit); });
                return std::pair(changed.orders, changed.resume_lsn);
            },
            py::arg("after_lsn"), py::arg("limit"));
}

}  // namespace

void bind_event_views(py::module_& module, py::class_<Runtime>& gateway) {
    bind_view(module);
    gateway
        .def(
            "event_view",
            [](Runtime& self, const std::string& client, bool every_client, const Names& accounts,
               const Names& strategies, bool client_levels, const Names& clients,
               const std::vector<std::uint32_t>& kinds, const Names& in_accounts, const Names& in_strategies,
               const Names& in_instruments, const std::string& of_client, const std::string& session,
               std::uint64_t order_id, const std::vector<std::uint32_t>& exec_types, std::uint64_t from_lsn,
               std::uint64_t to_lsn, std::int64_t from_ns, std::int64_t before_ns) {
                net::EventFilter filter =
                    filter_of(client, every_client, accounts, strategies, client_levels, clients);
                filter.kinds = kinds;
                filter.in_accounts = in_accounts;
                filter.in_strategies = in_strategies;
                filter.in_instruments = in_instruments;
                filter.of_client = of_client;
                filter.session = session;
                filter.order_id = order_id;
                filter.exec_types = exec_types;
                filter.from_lsn = from_lsn;
                filter.to_lsn = to_lsn;
                filter.from_ns = from_ns;
                filter.before_ns = before_ns;
                return std::make_unique<EventView>(self, std::move(filter));
            },
            py::keep_alive<0, 1>(), py::kw_only(), py::arg("client"), py::arg("every_client") = false,
            py::arg("accounts"), py::arg("strategies") = Names{}, py::arg("client_levels") = false,
            py::arg("clients") = Names{}, py::arg("kinds") = std::vector<std::uint32_t>{},
            py::arg("in_accounts") = Names{}, py::arg("in_strategies") = Names{},
            py::arg("in_instruments") = Names{}, py::arg("of_client") = "", py::arg("session") = "",
            py::arg("order_id") = 0, py::arg("exec_types") = std::vector<std::uint32_t>{},
            py::arg("from_lsn") = 0, py::arg("to_lsn") = 0, py::arg("from_ns") = 0, py::arg("before_ns") = 0)
        .def(
            "record_call",
            [](Runtime& self, const std::string& client, const std::string& peer, const std::string& method,
               const std::string& request, const std::string& status, const std::string& reason,
               std::uint64_t unrecorded) {
                schema::ApiCalled event;
                event.client = client;
                event.peer = peer;
                event.method = method;
                event.request = request;
                event.status = status;
                event.reason = reason;
                event.unrecorded = unrecorded;
                return record(self, event);
            },
            py::kw_only(), py::arg("client"), py::arg("peer"), py::arg("method"), py::arg("request"),
            py::arg("status"), py::arg("reason") = "", py::arg("unrecorded") = 0)
        .def(
            "record_connected",
            [](Runtime& self, const std::string& client, const std::string& peer, const std::string& identity,
               const std::string& method) {
                schema::ClientConnected event;
                event.client = client;
                event.peer = peer;
                event.identity = identity;
                event.method = method;
                return record(self, event);
            },
            py::kw_only(), py::arg("client"), py::arg("peer"), py::arg("identity"), py::arg("method"))
        .def(
            "record_disconnected",
            [](Runtime& self, const std::string& client, const std::string& peer, const std::string& reason) {
                schema::ClientDisconnected event;
                event.client = client;
                event.peer = peer;
                event.reason = reason;
                return record(self, event);
            },
            py::kw_only(), py::arg("client"), py::arg("peer"), py::arg("reason"))
        .def(
            "list_orders",
            [](Runtime& self, const EventView& view, bool open_only, const Names& venues,
               const std::vector<std::uint32_t>& statuses, std::int64_t created_from_ns,
               std::int64_t created_before_ns, order::OrderId before_order_id, std::size_t limit) {
                const net::OrderPage page = released([&] {
                    return net::list_orders(self, view,
                                            {open_only, venues, statuses, created_from_ns, created_before_ns,
                                             before_order_id, limit});
                });
                return py::make_tuple(py::bytes(page.data), page.next);
            },
            py::arg("view"), py::kw_only(), py::arg("open_only") = false, py::arg("venues") = Names{},
            py::arg("statuses") = std::vector<std::uint32_t>{}, py::arg("created_from_ns") = 0,
            py::arg("created_before_ns") = 0, py::arg("before_order_id") = 0, py::arg("limit") = 100)
        .def(
            "find_order",
            [](Runtime& self, const EventView& view, order::OrderId id,
               const std::string& client_order_id) -> std::optional<py::bytes> {
                std::string bytes;
                const bool found =
                    released([&] { return net::find_order(self, view, id, client_order_id, bytes); });
                if (!found) return std::nullopt;
                return py::bytes(bytes);
            },
            py::arg("view"), py::arg("order_id"), py::arg("client_order_id") = "");
}

}  // namespace gw::bindings
