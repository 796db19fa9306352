#include "engine/rehearsal.hpp"

#include <pybind11/stl.h>

#include <array>
#include <memory>
#include <optional>

#include "bindings/bindings.hpp"
#include "bindings/errors.hpp"
#include "bindings/gateway.hpp"
#include "net/runtime.hpp"

namespace py = pybind11;

namespace gw::bindings {

namespace {

using engine::Rehearsal;
using engine::Rehearsed;

constexpr std::size_t records_a_step = 64 * 1024;

std::string shown(Decimal value) {
    if (value.is_zero()) return {};
    std::array<char, 32> text{};
    return {text.data(), value.format(text.data())};
}

const char* name_of(engine::Effect effect) {
    using engine::Effect;
    switch (effect) {
        case Effect::passes:
            return "passes";
        case Effect::denied:
            return "denied";
        case Effect::resized:
            return "resized";
        case Effect::warned:
            return "warned";
    }
    return "";
}

// A journal that is read while it is replayed, and the replay.
class PyRehearsal {
  public:
    PyRehearsal(const net::RuntimeSettings& settings, const std::string& journal)
        : rehearsal_(settings.engine) {
        if (!journal.empty()) {
            journal::OpenedReader opened = journal::Reader::open(journal);
            if (opened.error) throw JournalFailure(opened.error.text);
            reader_ = std::move(opened.reader);
        }
        const bool durable = settings.journal.durability == journal::Durability::disk;
        const auto visibility = durable ? journal::Visibility::durable : journal::Visibility::committed;
        if (std::string problem = rehearsal_.begin(reader_.get(), visibility); !problem.empty())
            throw JournalFailure(problem);
    }

    void propose(std::string_view request, const std::vector<std::string>& removed, bool alone) {
        if (std::string fault = rehearsal_.propose(request, removed, alone); !fault.empty())
            throw py::value_error(fault);
    }

    std::optional<std::vector<Rehearsed>> step() {
        if (ended_) return std::nullopt;
        std::vector<Rehearsed> found;
        std::string problem;
        ended_ = !rehearsal_.run(records_a_step, found, problem);
        if (!problem.empty()) throw JournalFailure(problem);
        return found;
    }

    [[nodiscard]] Rehearsal& rehearsal() { return rehearsal_; }

  private:
    std::unique_ptr<journal::Reader> reader_;  // outlives the cursor in the rehearsal
    Rehearsal rehearsal_;
    bool ended_ = false;
};

}  // namespace

void bind_rehearsal(py::module_& module) {
    py::class_<Rehearsed>(module, "RehearsedOrder",
                          "An order that was denied, or would be denied, reduced or warned of.")
        .def_property_readonly("effect", [](const Rehearsed& self) { return name_of(self.effect); })
        .def_readonly("lsn", &Rehearsed::lsn)
        .def_readonly("time_ns", &Rehearsed::time_ns)
        .def_readonly("order_id", &Rehearsed::order_id)
        .def_readonly("replace", &Rehearsed::replace)
        .def_readonly("client", &Rehearsed::client)
        .def_readonly("client_order_id", &Rehearsed::client_order_id)
        .def_readonly("account", &Rehearsed::account)
        .def_readonly("strategy", &Rehearsed::strategy)
        .def_readonly("instrument", &Rehearsed::instrument)
        .def_property_readonly("side", [](const Rehearsed& self) { return static_cast<int>(self.side); })
        .def_property_readonly("quantity", [](const Rehearsed& self) { return shown(self.quantity); })
        .def_property_readonly("price", [](const Rehearsed& self) { return shown(self.price); })
        .def_property_readonly("recorded",
                               [](const Rehearsed& self) { return static_cast<int>(self.recorded); })
        .def_readonly("recorded_limit", &Rehearsed::recorded_limit)
        .def_readonly("recorded_level", &Rehearsed::recorded_level)
        .def_property_readonly("denial", [](const Rehearsed& self) { return static_cast<int>(self.denial); })
        .def_readonly("limit_name", &Rehearsed::limit_name)
        .def_readonly("level", &Rehearsed::level)
        .def_readonly("observed", &Rehearsed::observed)
        .def_readonly("allowed", &Rehearsed::allowed)
        .def_property_readonly("sent", [](const Rehearsed& self) { return shown(self.sent); });

    py::class_<PyRehearsal>(module, "Rehearsal", "A journal, or orders, judged anew by other limits.")
        .def(py::init<const net::RuntimeSettings&, const std::string&>(), py::arg("settings"),
             py::arg("journal") = "")
        .def(
            "propose",
            [](PyRehearsal& self, const py::bytes& request, const std::vector<std::string>& removed,
               bool alone) { self.propose(std::string_view(request), removed, alone); },
            py::arg("request"), py::kw_only(), py::arg("removed") = std::vector<std::string>{},
            py::arg("alone") = false)
        .def("step", &PyRehearsal::step, py::call_guard<py::gil_scoped_release>())
        .def(
            "order",
            [](PyRehearsal& self, const std::string& client, const py::bytes& order, std::int64_t now_ns) {
                std::optional<std::vector<Rehearsed>> found(std::in_place);
                auto judged = self.rehearsal().order(client, std::string_view(order), now_ns, *found);
                if (!judged) return std::optional<std::vector<Rehearsed>>();
                found->insert(found->begin(), std::move(*judged));
                return found;
            },
            py::arg("client"), py::arg("order"), py::arg("now_ns"))
        .def_property_readonly("orders", [](PyRehearsal& self) { return self.rehearsal().counts().orders; })
        .def_property_readonly("replaces",
                               [](PyRehearsal& self) { return self.rehearsal().counts().replaces; })
        .def_property_readonly("unjudged",
                               [](PyRehearsal& self) { return self.rehearsal().counts().unjudged; })
        .def_property_readonly("last_lsn",
                               [](PyRehearsal& self) { return self.rehearsal().counts().last_lsn; });
}

}  // namespace gw::bindings
