#include "journal/journal.hpp"

#include <pybind11/stl.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bindings/bindings.hpp"
#include "bindings/errors.hpp"
#include "journal/verify.hpp"

namespace py = pybind11;

namespace gw::bindings {

namespace {

// A record that outlives the journal's map: what a tool holds is a copy.
struct CopiedRecord {
    journal::Record record;
    std::string payload;
};

void raise_if(const journal::Error& error) {
    if (error) throw JournalFailure(error.text);
}

const char* kind_name(journal::Kind kind) {
    switch (kind) {
        case journal::Kind::event:
            return "event";
        case journal::Kind::message_in:
            return "message_in";
        case journal::Kind::message_out:
            return "message_out";
        case journal::Kind::checkpoint:
            return "checkpoint";
    }
    return "unknown";
}

class JournalReader {
  public:
    explicit JournalReader(const std::string& path) {
        auto opened = journal::Journal::open_reader(path);
        raise_if(opened.error);
        reader_ = std::move(opened.reader);
    }

    std::vector<CopiedRecord> read(std::uint64_t from_lsn, std::size_t count_max) const {
        std::vector<CopiedRecord> records;
        auto cursor = reader_->cursor(from_lsn);
        journal::Record record;
        while (records.size() < count_max && cursor.next(record))
            records.push_back({record, std::string(record.payload)});
        // What was read before the damage is handed out first; the next call, which starts there, raises.
        if (records.empty()) raise_if(cursor.error());
        return records;
    }

    std::uint64_t oldest_lsn() const { return reader_->oldest_lsn(); }
    std::uint64_t committed_lsn() const { return reader_->committed_lsn(); }

  private:
    std::unique_ptr<journal::Reader> reader_;
};

void bind_reader(py::module_& module) {
    py::class_<CopiedRecord>(module, "JournalRecord")
        .def_property_readonly("lsn", [](const CopiedRecord& self) { return self.record.lsn; })
        .def_property_readonly("time_ns", [](const CopiedRecord& self) { return self.record.time_ns; })
        .def_property_readonly("kind", [](const CopiedRecord& self) { return kind_name(self.record.kind); })
        .def_property_readonly("flags", [](const CopiedRecord& self) { return self.record.flags; })
        .def_property_readonly("client", [](const CopiedRecord& self) { return self.record.client; })
        .def_property_readonly("session", [](const CopiedRecord& self) { return self.record.session; })
        .def_property_readonly("seq", [](const CopiedRecord& self) { return self.record.seq; })
        .def_property_readonly("payload", [](const CopiedRecord& self) { return py::bytes(self.payload); });
    using Released = py::call_guard<py::gil_scoped_release>;
    py::class_<JournalReader>(module, "JournalReader")
        .def(py::init<const std::string&>(), py::arg("path"), Released())
        .def("oldest_lsn", &JournalReader::oldest_lsn)
        .def("committed_lsn", &JournalReader::committed_lsn)
        .def("read", &JournalReader::read, py::arg("from_lsn"), py::arg("count_max"), Released());
}

void bind_verify(py::module_& module) {
    using journal::Damage;
    using journal::RepairReport;
    using journal::Report;
    using Released = py::call_guard<py::gil_scoped_release>;
    py::class_<Damage>(module, "JournalDamage")
        .def_readonly("segment", &Damage::segment)
        .def_readonly("offset", &Damage::offset)
        .def_readonly("last_good_lsn", &Damage::last_good_lsn)
        .def_readonly("what", &Damage::what);
    py::class_<Report>(module, "JournalReport")
        .def_readonly("segments", &Report::segments)
        .def_readonly("records", &Report::records)
        .def_readonly("batches", &Report::batches)
        .def_readonly("first_lsn", &Report::first_lsn)
        .def_readonly("last_lsn", &Report::last_lsn)
        .def_readonly("torn_tail_bytes", &Report::torn_tail_bytes)
        .def_readonly("damage", &Report::damage)
        .def_readonly("notes", &Report::notes)
        .def_property_readonly("clean", &Report::clean);
    py::class_<RepairReport>(module, "JournalRepair")
        .def_readonly("actions", &RepairReport::actions)
        .def_readonly("last_lsn", &RepairReport::last_lsn)
        .def_readonly("next_lsn", &RepairReport::next_lsn);
    module.def(
        "verify_journal",
        [](const std::string& path) {
            Report report = journal::verify(path);
            raise_if(report.error);
            return report;
        },
        py::arg("path"), Released());
    module.def(
        "repair_journal",
        [](const std::string& path, std::int64_t now_ns) {
            RepairReport report = journal::repair(path, now_ns);
            raise_if(report.error);
            return report;
        },
        py::arg("path"), py::arg("now_ns"), Released());
}

}  // namespace

void bind_journal(py::module_& module) {
    bind_reader(module);
    bind_verify(module);
}

}  // namespace gw::bindings
