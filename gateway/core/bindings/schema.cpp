#include <array>
#include <string>
#include <string_view>

#include "bindings/bindings.hpp"
#include "schema/gateway_v1.hpp"

namespace py = pybind11;

namespace gw::bindings {

void bind_schema(py::module_& module) {
    module.def(
        "reencode",
        [](std::string_view name, const py::bytes& message) {
            std::array<char, 64 * 1024> buffer;
            pb::Writer out(buffer);
            if (!schema::reencode(name, std::string_view(message), out) || out.overflowed())
                throw py::value_error("no valid message of a known type: " + std::string(name));
            return py::bytes(out.written().data(), out.size());
        },
        py::arg("name"), py::arg("message"),
        "Decode a message of proto/gateway/v1 with the core's own codec and encode it again.");
}

}  // namespace gw::bindings
