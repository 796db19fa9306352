#include <pybind11/stl.h>

#include "bindings/bindings.hpp"
#include "bindings/gateway.hpp"
#include "net/runtime.hpp"

namespace py = pybind11;

namespace gw::bindings {

// Overrides of one order, and phases of markets.
void bind_order_control(py::class_<net::Runtime>& gateway) {
    gateway
        .def(
            "set_market_phase",
            [](net::Runtime& self, const std::string& level, int phase, const std::string& reason,
               const std::string& changed_by) {
                const auto wanted = static_cast<schema::MarketPhase>(phase);
                if (!is_known(wanted))
                    throw py::value_error("phase: expected a MarketPhase, was " + std::to_string(phase));
                const auto result = released([&] {
                    return self.with_engine([&](engine::Engine& engine, std::int64_t now) {
                        return engine.set_market_phase(level, wanted, reason, changed_by, now);
                    });
                });
                if (!result.known)
                    throw py::key_error("expected a venue or instrument that is configured, was '" + level +
                                        "'");
                return recorded(result);
            },
            py::arg("level"), py::arg("phase"), py::arg("reason"), py::arg("changed_by"))
        .def(
            "grant_order_override",
            [](net::Runtime& self, const std::string& granted, bool validate_only) {
                std::string fault;
                const auto result = released([&] {
                    return self.with_engine([&](engine::Engine& engine, std::int64_t now) {
                        return engine.grant_order_override(granted, validate_only, now, fault);
                    });
                });
                if (!fault.empty()) throw py::value_error(fault);
                return validate_only ? std::uint64_t{0} : recorded(result);
            },
            py::arg("granted"), py::arg("validate_only") = false)
        .def(
            "end_order_override",
            [](net::Runtime& self, std::uint64_t override_id, const std::string& ended_by,
               const std::string& reason) {
                const auto result = released([&] {
                    return self.with_engine([&](engine::Engine& engine, std::int64_t now) {
                        return engine.end_order_override(override_id, ended_by, reason, now);
                    });
                });
                if (!result.known)
                    throw py::key_error("no override " + std::to_string(override_id) +
                                        " waits for its order");
                return recorded(result);
            },
            py::arg("override_id"), py::arg("ended_by"), py::arg("reason"))
        .def("market_phases",
             [](net::Runtime& self) {
                 return py::bytes(released([&] {
                     return self.with_engine([&](engine::Engine& engine, std::int64_t) {
                         return written([&](pb::Writer& out) { engine.market_phases(out); });
                     });
                 }));
             })
        .def("order_overrides", [](net::Runtime& self) {
            return py::bytes(released([&] {
                return self.with_engine([&](engine::Engine& engine, std::int64_t) {
                    return written([&](pb::Writer& out) { engine.order_overrides(out); });
                });
            }));
        });
}

}  // namespace gw::bindings
