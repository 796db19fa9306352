#include <pybind11/stl.h>

#include "bindings/bindings.hpp"
#include "bindings/errors.hpp"
#include "bindings/gateway.hpp"
#include "net/runtime.hpp"

namespace py = pybind11;

namespace gw::bindings {

namespace {

py::bytes set_limits(net::Runtime& self, const py::bytes& request, const std::string& changed_by) {
    const std::string_view bytes(request);
    const engine::LimitsResult result = released([&] {
        return self.with_engine([&](engine::Engine& engine, std::int64_t now) {
            return engine.set_limits(bytes, changed_by, now);
        });
    });
    if (!result.fault.empty()) throw py::value_error(result.fault);
    if (!result.recorded)
        throw JournalFailure(
            "the journal cannot be written: the limits in force stay as they are; free disk space");
    schema::SetLimitsResponse response;
    response.version = result.version;
    response.lsn = result.lsn;
    response.changed_count = result.changed;
    response.removed_count = result.removed;
    return py::bytes(written([&](pb::Writer& out) { response.encode(out); }));
}

py::bytes check_order(net::Runtime& self, const std::string& client, const py::bytes& order) {
    const std::string_view bytes(order);
    engine::CommandError error = engine::CommandError::none;
    std::string answer = released([&] {
        return self.with_engine([&](engine::Engine& engine, std::int64_t now) {
            return written([&](pb::Writer& out) { error = engine.check_order_now(client, bytes, now, out); });
        });
    });
    if (error == engine::CommandError::unknown_client) throw py::key_error(client);
    if (error != engine::CommandError::none) throw py::value_error("not a NewOrder of clean UTF-8 text");
    return py::bytes(answer);
}

}  // namespace

void bind_limits(py::class_<net::Runtime>& gateway) {
    gateway.def("set_limits", &set_limits, py::arg("request"), py::arg("changed_by"))
        .def("check_order", &check_order, py::arg("client"), py::arg("order"))
        .def(
            "limits",
            [](net::Runtime& self, const std::string& level) {
                return py::bytes(released([&] {
                    return self.with_engine([&](engine::Engine& engine, std::int64_t) {
                        return written([&](pb::Writer& out) { engine.limits(level, out); });
                    });
                }));
            },
            py::arg("level") = "")
        .def(
            "limit_utilization",
            [](net::Runtime& self, const std::string& level) {
                return py::bytes(released([&] {
                    return self.with_engine([&](engine::Engine& engine, std::int64_t) {
                        return written([&](pb::Writer& out) { engine.limit_utilization(level, out); });
                    });
                }));
            },
            py::arg("level") = "");
}

}  // namespace gw::bindings
