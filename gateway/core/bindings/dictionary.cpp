// What a compiled dictionary calls tags, values and messages.
#include "fix/dictionary.hpp"

#include <pybind11/stl.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bindings/bindings.hpp"

namespace py = pybind11;

namespace gw::bindings {
namespace {

std::unique_ptr<fix::Dictionary> load(const py::bytes& blob) {
    const std::string_view bytes(blob);
    std::string error;
    auto loaded = fix::Dictionary::load(std::as_bytes(std::span(bytes)), error);
    if (!loaded) throw py::value_error(error);
    return std::make_unique<fix::Dictionary>(std::move(*loaded));
}

std::map<std::uint32_t, std::string> field_names(const fix::Dictionary& self) {
    std::map<std::uint32_t, std::string> names;
    for (const fix::FieldInfo& field : self.fields()) names.emplace(field.tag, self.name(field));
    return names;
}

std::string value_name(const fix::Dictionary& self, std::uint32_t tag, const std::string& value) {
    const fix::FieldInfo* field = self.field(tag);
    return field == nullptr ? std::string() : std::string(self.value_name(*field, value));
}

std::string message_name(const fix::Dictionary& self, const std::string& msg_type) {
    const fix::MessageInfo* message = self.message(msg_type);
    return message == nullptr ? std::string() : std::string(self.name(*message));
}

std::vector<std::pair<std::string, std::string>> values(const fix::Dictionary& self, std::uint32_t tag) {
    std::vector<std::pair<std::string, std::string>> all;
    const fix::FieldInfo* field = self.field(tag);
    if (field != nullptr)
        for (const fix::ValueInfo& value : self.values(*field))
            all.emplace_back(self.value(value), self.name(value));
    return all;
}

std::map<std::string, std::string> message_names(const fix::Dictionary& self) {
    std::map<std::string, std::string> names;
    for (const fix::MessageInfo& message : self.messages()) {
        std::string msg_type;  // its characters, the first one lowest
        for (std::uint64_t key = message.type; key != 0; key >>= 8)
            msg_type.push_back(static_cast<char>(key & 0xFF));
        names.emplace(msg_type, self.name(message));
    }
    return names;
}

}  // namespace

void bind_dictionary(py::module_& module) {
    py::class_<fix::Dictionary>(module, "FixDictionary",
                                "The names of a FIX version, or a venue's variant of it.")
        .def(py::init(&load), py::arg("blob"))
        .def_property_readonly("name", [](const fix::Dictionary& self) { return std::string(self.name()); })
        .def_property_readonly("begin_string",
                               [](const fix::Dictionary& self) { return std::string(self.begin_string()); })
        .def("field_names", &field_names)
        .def("message_names", &message_names)
        .def("message_name", &message_name, py::arg("msg_type"))
        .def("values", &values, py::arg("tag"))
        .def("value_name", &value_name, py::arg("tag"), py::arg("value"));
}

}  // namespace gw::bindings
