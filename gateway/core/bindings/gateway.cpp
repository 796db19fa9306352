#include "bindings/gateway.hpp"

#include <pybind11/stl.h>

#include <algorithm>
#include <map>

#include "bindings/bindings.hpp"
#include "bindings/errors.hpp"

namespace py = pybind11;

namespace gw::bindings {

namespace {

using Metrics = std::map<std::string, std::int64_t>;

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return out;
}

void add_counters(const engine::Counters& counters, Metrics& out) {
    const auto add = [&out](const char* name, std::uint64_t value) {
        out[name] = static_cast<std::int64_t>(value);
    };
    add("orders_accepted", counters.orders_accepted);
    add("orders_filled", counters.orders_filled);
    add("orders_canceled", counters.orders_canceled);
    add("orders_rejected", counters.orders_rejected);
    add("orders_expired", counters.orders_expired);
    add("orders_not_sent", counters.orders_not_sent);
    add("fills", counters.fills);
    add("duplicate_executions", counters.duplicate_executions);
    add("conflicting_executions", counters.conflicting_executions);
    add("unusable_reports", counters.unusable_reports);
    add("orphan_executions", counters.orphan_executions);
    add("external_orders", counters.external_orders);
    add("inferred_fills", counters.inferred_fills);
    add("report_differences", counters.report_differences);
    add("link_problems", counters.link_problems);
    add("drop_copy_executions", counters.drop_copy_executions);
    add("charges_incomplete", counters.charges_incomplete);
    add("cancel_promises_broken", counters.cancel_promises_broken);
    add("states_not_set", counters.states_not_set);
    add("requests_replace", counters.requests_replace);
    add("requests_cancel", counters.requests_cancel);
    add("requests_rejected", counters.requests_rejected);
    add("messages_in", counters.messages_in);
    add("messages_out", counters.messages_out);
    add("garbled_in", counters.garbled_in);
    add("resends_out", counters.resends_out);
    add("logons", counters.logons);
    for (std::size_t code = 1; code < counters.denied.size(); ++code) {
        const auto denial = static_cast<schema::DenialCode>(code);
        if (is_known(denial)) add(("orders_denied_" + lower(name_of(denial))).c_str(), counters.denied[code]);
    }
}

void add_network(const net::NetworkCounters& counters, Metrics& out) {
    const auto add = [&out](const std::string& name, std::uint64_t value) {
        out[name] = static_cast<std::int64_t>(value);
    };
    add("connections_accepted", counters.accepted);
    for (std::size_t at = 1; at < counters.refused.size(); ++at)
        add("connections_refused_" + std::string(net::name_of(static_cast<net::Refusal>(at))),
            counters.refused[at]);
    add("connects_failed", counters.connects_failed);
    add("tls_failed", counters.tls_failed);
    add("slow_readers_cut", counters.slow_readers_cut);
    add("failovers", counters.failovers);
    add("connections_waiting", counters.waiting);
}

// How full the fullest of the ledger's tables is: where one is full, new orders are denied.
std::int64_t capacity_used_permille(const order::Ledger& ledger, const order::LedgerSizes& sizes) {
    const auto permille = [](std::size_t used, std::size_t room) {
        return static_cast<std::int64_t>(used * 1'000 / std::max<std::size_t>(room, 1));
    };
    const std::size_t next_request = ledger.next_request_id();  // 0: full
    return std::max({permille(ledger.order_count(), sizes.orders),
                     permille(next_request == 0 ? sizes.requests : next_request - 1, sizes.requests),
                     permille(ledger.fill_count(), sizes.fills),
                     permille(ledger.positions().size(), sizes.positions)});
}

Metrics metrics(net::Runtime& runtime) {
    Metrics out;
    add_network(runtime.network_counters(), out);
    runtime.with_engine([&](engine::Engine& engine, std::int64_t) {
        add_counters(engine.counters(), out);
        out["orders_open"] = static_cast<std::int64_t>(engine.ledger().open_order_count());
        out["orders_unknown"] = static_cast<std::int64_t>(engine.ledger().unknown_order_count());
        out["positions_saturated"] = static_cast<std::int64_t>(engine.saturated_positions());
        out["orders_total"] = static_cast<std::int64_t>(engine.ledger().order_count());
        out["capacity_used_permille"] = capacity_used_permille(engine.ledger(), runtime.sizes());
    });
    const journal::Journal& journal = runtime.journal();
    const auto segments = journal.segments();
    std::uint64_t bytes = 0;
    for (const auto& segment : segments) bytes += segment.bytes;
    out["journal_committed_lsn"] = static_cast<std::int64_t>(journal.committed_lsn());
    out["journal_durable_lsn"] = static_cast<std::int64_t>(journal.durable_lsn());
    out["journal_segments"] = static_cast<std::int64_t>(segments.size());
    out["journal_bytes"] = static_cast<std::int64_t>(bytes);
    out["journal_accepts_new_orders"] = journal.accepts_new_orders() ? 1 : 0;
    out["loop_last_tick_ns"] = runtime.last_tick_ns();
    out["recovered_records"] = static_cast<std::int64_t>(runtime.recovery().records);
    return out;
}

struct Buckets {
    std::vector<std::int64_t> bounds_ns;
    std::vector<std::uint64_t> cumulative;
    std::int64_t sum_ns;
};

Buckets buckets(const Histogram& histogram) {
    Buckets out{{Histogram::bounds_ns.begin(), Histogram::bounds_ns.end()}, {}, histogram.sum_ns()};
    std::uint64_t total = 0;
    for (std::size_t at = 0; at <= Histogram::bounds_ns.size(); ++at)
        out.cumulative.push_back(total += histogram.count(at));
    return out;
}

std::string command(net::Runtime& runtime, const std::string& client, std::string_view request,
                    std::int64_t deadline_ns) {
    std::string response;
    switch (runtime.command(client, request, deadline_ns, response)) {
        case engine::CommandError::none:
            return response;
        case engine::CommandError::unknown_client:
            throw py::key_error("no client is configured as '" + client + "'");
        case engine::CommandError::not_a_request:
            throw py::value_error("the bytes are no TradeRequest");
        case engine::CommandError::too_many_commands:
            break;
    }
    throw py::value_error("a TradeRequest holds at most " + std::to_string(engine::commands_max) +
                          " commands");
}

void bind_queries(py::class_<net::Runtime>& gateway) {
    using net::Runtime;
    gateway
        .def(
            "order",
            [](Runtime& self, const std::optional<std::string>& client, order::OrderId id,
               const std::string& client_order_id) -> std::optional<py::bytes> {
                bool found = false;
                const std::string bytes = released([&] {
                    return self.with_engine([&](engine::Engine& engine, std::int64_t) {
                        return written([&](pb::Writer& out) {
                            found = engine.order(client.value_or(""), id, client_order_id, out);
                        });
                    });
                });
                if (!found) return std::nullopt;
                return py::bytes(bytes);
            },
            py::arg("client"), py::arg("order_id"), py::arg("client_order_id"))
        .def(
            "orders",
            [](Runtime& self, const std::optional<std::string>& client, bool open_only,
               const std::string& instrument, const std::string& account, order::OrderId before_order_id,
               std::size_t limit) {
                order::OrderId next = 0;
                const std::string bytes = released([&] {
                    return self.with_engine([&](engine::Engine& engine, std::int64_t) {
                        const std::string name = client.value_or("");
                        return written([&](pb::Writer& out) {
                            next = engine.orders(
                                {name, instrument, account, open_only, before_order_id, limit}, out);
                        });
                    });
                });
                return std::pair(py::bytes(bytes), next);
            },
            py::arg("client"), py::kw_only(), py::arg("open_only") = false, py::arg("instrument") = "",
            py::arg("account") = "", py::arg("before_order_id") = 0, py::arg("limit") = 100)
        .def(
            "positions",
            [](Runtime& self, const std::string& account) {
                return py::bytes(released([&] {
                    return self.with_engine([&](engine::Engine& engine, std::int64_t) {
                        return written([&](pb::Writer& out) { engine.positions(account, out); });
                    });
                }));
            },
            py::arg("account") = "")
        .def("trading_states",
             [](Runtime& self) {
                 return py::bytes(released([&] {
                     return self.with_engine([&](engine::Engine& engine, std::int64_t) {
                         return written([&](pb::Writer& out) { engine.trading_states(out); });
                     });
                 }));
             })
        .def(
            "reference_prices",
            [](Runtime& self, const std::vector<std::string>& instruments) {
                return py::bytes(released([&] {
                    return self.with_engine([&](engine::Engine& engine, std::int64_t) {
                        return written([&](pb::Writer& out) { engine.reference_prices(instruments, out); });
                    });
                }));
            },
            py::arg("instruments") = std::vector<std::string>())
        .def("state_hash",
             [](Runtime& self) {
                 return released([&] {
                     return self.with_engine(
                         [](engine::Engine& engine, std::int64_t) { return engine.state_hash(); });
                 });
             })
        .def("metrics", [](Runtime& self) { return released([&] { return metrics(self); }); })
        .def(
            "histogram",
            [](Runtime& self, const std::string& name) {
                if (name != "command" && name != "report")
                    throw py::key_error("no histogram '" + name + "'; there are command and report");
                Buckets found = buckets(name == "command" ? self.command_latency() : self.report_latency());
                return std::tuple(found.bounds_ns, found.cumulative, found.sum_ns);
            },
            py::arg("name"));
}

void bind_control(py::class_<net::Runtime>& gateway) {
    using net::Runtime;
    gateway
        .def(
            "set_trading_state",
            [](Runtime& self, const std::string& level, int state, const std::string& reason,
               const std::string& changed_by, bool cancel_open_orders) {
                const auto wanted = static_cast<schema::TradingState>(state);
                if (!is_known(wanted) || wanted == schema::TradingState::unspecified)
                    throw py::value_error("state: expected ACTIVE, REDUCING or HALTED, was " +
                                          std::to_string(state));
                const auto result = released([&] {
                    return self.with_engine([&](engine::Engine& engine, std::int64_t now) {
                        return engine.set_trading_state(level, wanted, reason, changed_by, cancel_open_orders,
                                                        now);
                    });
                });
                if (!result.known) throw py::key_error("no level '" + level + "' is known");
                return std::pair(recorded(result), result.cancels);
            },
            py::arg("level"), py::arg("state"), py::arg("reason"), py::arg("changed_by"),
            py::arg("cancel_open_orders"))
        .def(
            "record_risk_decision",
            [](Runtime& self, int decision, std::uint64_t change_id, const std::string& changed_by,
               const std::string& reason, const std::string& detail, std::int64_t expires_ns) {
                schema::RiskDecisionRecorded event;
                event.decision = static_cast<schema::RiskDecision>(decision);
                if (!is_known(event.decision) || event.decision == schema::RiskDecision::unspecified)
                    throw py::value_error("decision: expected a RiskDecision, was " +
                                          std::to_string(decision));
                event.change_id = change_id;
                event.changed_by = changed_by;
                event.reason = reason;
                event.detail = detail;
                event.expires_at_ns = expires_ns;
                return recorded(released([&] {
                    return self.with_engine([&](engine::Engine& engine, std::int64_t now) {
                        return engine.record_risk_decision(event, now);
                    });
                }));
            },
            py::kw_only(), py::arg("decision"), py::arg("change_id"), py::arg("changed_by"),
            py::arg("reason"), py::arg("detail"), py::arg("expires_ns"))
        .def(
            "set_reference_price",
            [](Runtime& self, const std::string& instrument, const std::string& price) {
                const auto value = Decimal::parse(price);
                if (!value || !value->is_positive())
                    throw py::value_error("price: expected a decimal number above zero, was '" + price + "'");
                const auto result = released([&] {
                    return self.with_engine([&](engine::Engine& engine, std::int64_t now) {
                        return engine.set_reference_price(instrument, *value, now);
                    });
                });
                if (!result.known) throw py::key_error("no instrument is configured as '" + instrument + "'");
                return recorded(result);
            },
            py::arg("instrument"), py::arg("price"))
        .def(
            "set_trading_hours",
            [](Runtime& self, const std::string& name, const WindowTuples& windows) {
                const std::vector<engine::SessionWindow> all = windows_of(windows);
                const bool known = released([&] {
                    return self.with_engine([&](engine::Engine& engine, std::int64_t) {
                        return engine.set_trading_hours(name, all);
                    });
                });
                if (!known) throw py::key_error("no trading hours are configured as '" + name + "'");
            },
            py::arg("name"), py::arg("windows"))
        .def(
            "set_references",
            [](Runtime& self, const std::string& bytes) {
                schema::ReferencePrice update;
                if (!update.decode(bytes)) throw py::value_error("the bytes are no ReferencePrice");
                std::string fault;
                const auto result = released([&] {
                    return self.with_engine([&](engine::Engine& engine, std::int64_t now) {
                        return engine.set_references(update, now, fault);
                    });
                });
                if (!result.known)
                    throw py::key_error("no instrument is configured as '" + std::string(update.instrument) +
                                        "'");
                if (!fault.empty()) throw py::value_error(fault);
                return recorded(result);
            },
            py::arg("update"));
}

}  // namespace

void bind_gateway(py::module_& module) {
    using net::Runtime;
    py::class_<net::EventBatch>(module, "EventBatch")
        .def_property_readonly("data", [](const net::EventBatch& batch) { return py::bytes(batch.data); })
        .def_readonly("count", &net::EventBatch::count)
        .def_readonly("resume_lsn", &net::EventBatch::resume_lsn);

    py::class_<Runtime> gateway(module, "Gateway");
    gateway
        .def(py::init([](const net::RuntimeSettings& settings) {
                 std::string error;
                 auto runtime = released([&] { return Runtime::open(settings, error); });
                 if (!runtime) throw JournalFailure(error);
                 return runtime;
             }),
             py::arg("settings"))
        .def("start",
             [](Runtime& self) {
                 const std::string error = released([&] { return self.start(); });
                 if (!error.empty()) throw CoreFailure(error);
             })
        .def(
            "stop", [](Runtime& self, std::int64_t timeout_ms) { released([&] { self.stop(timeout_ms); }); },
            py::arg("timeout_ms") = 5'000)
        .def(
            "command",
            [](Runtime& self, const std::string& client, const py::bytes& request, std::int64_t deadline_ns) {
                const std::string_view bytes(request);
                return py::bytes(released([&] { return command(self, client, bytes, deadline_ns); }));
            },
            py::arg("client"), py::arg("request"), py::arg("deadline_ns") = 0)
        .def(
            "events",
            [](Runtime& self, std::uint64_t after_lsn, const std::optional<std::string>& client,
               std::size_t max_bytes) {
                return released([&] { return self.events(after_lsn, client.value_or(""), max_bytes); });
            },
            py::arg("after_lsn"), py::arg("client"), py::arg("max_bytes") = 256 * 1024)
        .def("take_network_notices",
             [](Runtime& self) {
                 std::vector<std::tuple<std::int64_t, std::string, std::string>> all;
                 for (const net::Notice& notice : released([&] { return self.take_notices(); }))
                     all.emplace_back(notice.time_ns, notice.subject, notice.text);
                 return all;
             })
        .def("event_fd", &Runtime::event_descriptor)
        .def(
            "arm_event_fd",
            [](Runtime& self, std::uint64_t after_lsn) {
                return released([&] { return self.arm_events(after_lsn); });
            },
            py::arg("after_lsn"))
        .def("committed_lsn", &Runtime::visible_lsn)
        .def("journal_id",
             [](Runtime& self) {
                 return released([&] {
                     return self.with_engine(
                         [](engine::Engine& engine, std::int64_t) { return engine.journal_id(); });
                 });
             })
        .def("checkpoint_lsn",
             [](Runtime& self) {
                 return released([&] {
                     return self.with_engine(
                         [](engine::Engine& engine, std::int64_t) { return engine.checkpoint_lsn(); });
                 });
             })
        .def(
            "journal_bytes_after",
            [](Runtime& self, std::uint64_t lsn) {
                return released([&] { return self.journal().bytes_after(lsn); });
            },
            py::arg("lsn"))
        .def(
            "release_segments",
            [](Runtime& self, std::uint64_t before_lsn, std::int64_t before_ns, bool archive) {
                journal::Error error;
                const std::size_t released_count = released([&] {
                    return self.release_segments(
                        before_lsn, before_ns, archive ? journal::Release::archive : journal::Release::remove,
                        error);
                });
                if (error) throw JournalFailure(error.text);
                return released_count;
            },
            py::kw_only(), py::arg("before_lsn"), py::arg("before_ns"), py::arg("archive"))
        .def("oldest_lsn", [](Runtime& self) { return self.journal().oldest_lsn(); })
        .def(
            "listening_port", [](Runtime& self, std::size_t session) { return self.listening_port(session); },
            py::arg("session"));
    bind_queries(gateway);
    bind_control(gateway);
    bind_sessions(gateway);
    bind_order_operations(gateway);
    bind_event_views(module, gateway);
    bind_limits(gateway);
    bind_order_control(gateway);
}

}  // namespace gw::bindings
