// The codec alone, for comparing it with others: parse a message into its fields, make one from fields.
#include <pybind11/stl.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bindings/bindings.hpp"
#include "fix/encoder.hpp"
#include "fix/frame.hpp"
#include "fix/message.hpp"

namespace py = pybind11;

namespace gw::bindings {

namespace {

using Fields = std::vector<std::pair<std::uint32_t, py::bytes>>;

std::optional<Fields> parse_message(const py::bytes& data) {
    const std::string_view text(data);
    fix::MessageBuffer<> message;
    const fix::Frame frame = fix::frame(text);
    if (frame.status != fix::FrameStatus::complete || frame.length != text.size() ||
        message.parse(text) != fix::ParseError::none)
        return std::nullopt;
    Fields fields;
    for (const fix::Field& field : message.fields()) {
        const std::string_view value = message.value(field);
        fields.emplace_back(field.tag, py::bytes(value.data(), value.size()));
    }
    return fields;
}

py::bytes encode_message(const std::string& begin_string, const std::string& msg_type,
                         const std::vector<std::pair<std::uint32_t, std::string>>& fields) {
    if (begin_string.size() > fix::begin_string_size_max)
        throw py::value_error("begin_string: at most " + std::to_string(fix::begin_string_size_max) +
                              " characters");
    std::string buffer(fix::message_size_max_default, '\0');
    fix::Encoder out(buffer, begin_string, msg_type);
    for (const auto& [tag, value] : fields) out.field(tag, std::string_view(value));
    const std::string_view made = out.finish();
    if (made.empty())
        throw py::value_error("fields: do not fit a message of " + std::to_string(buffer.size()) + " bytes");
    return {made.data(), made.size()};
}

}  // namespace

void bind_codec(py::module_& module) {
    module.def("parse_message", parse_message, py::arg("data"));
    module.def("encode_message", encode_message, py::arg("begin_string"), py::arg("msg_type"),
               py::arg("fields"));
}

}  // namespace gw::bindings
