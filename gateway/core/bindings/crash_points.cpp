#include <pybind11/stl.h>

#include "base/crash_point.hpp"
#include "bindings/bindings.hpp"

namespace py = pybind11;

namespace gw::bindings {

void bind_crash_points(py::module_& module) {
    module.def("crash_point_names", [] {
        return std::vector<std::string>(crash_point_names.begin() + 1, crash_point_names.end());
    });
    module.def(
        "arm_crash_point",
        [](const std::string& text) {
            if (const std::string error = arm_crash_point(text); !error.empty()) throw py::value_error(error);
        },
        py::arg("text"));
    module.def("pass_projected", [] { pass(CrashPoint::projected); });
}

}  // namespace gw::bindings
