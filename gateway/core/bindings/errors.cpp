#include "bindings/errors.hpp"

#include "bindings/bindings.hpp"

namespace py = pybind11;

namespace gw::bindings {

void bind_errors(py::module_& module) {
    // The latest translator is asked first, so the derived one is registered last.
    const auto& core = py::register_exception<CoreFailure>(module, "CoreError", PyExc_RuntimeError);
    py::register_exception<JournalFailure>(module, "JournalError", core.ptr());
    py::register_exception<SessionRefusal>(module, "SessionRefused", core.ptr());
}

}  // namespace gw::bindings
