#include "journal/journal.hpp"

#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "bindings/bindings.hpp"
#include "engine/checkpoint.hpp"
#include "fix/frame.hpp"
#include "fix/timestamp.hpp"
#include "journal/verify.hpp"

namespace py = pybind11;

namespace gw::bindings {
namespace {

using namespace gw::journal;

// Mapped to the Python exception JournalError.
struct Failure {
    Error error;
};

void raise_if(const Error& error) {
    if (error) throw Failure{error};
}

const char* name_of(ErrorCode code) {
    switch (code) {
        case ErrorCode::none:
            return "none";
        case ErrorCode::bad_options:
            return "bad_options";
        case ErrorCode::io:
            return "io";
        case ErrorCode::no_space:
            return "no_space";
        case ErrorCode::locked:
            return "locked";
        case ErrorCode::damaged:
            return "damaged";
        case ErrorCode::batch_too_large:
            return "batch_too_large";
        case ErrorCode::batch_empty:
            return "batch_empty";
        case ErrorCode::bad_record:
            return "bad_record";
        case ErrorCode::not_open:
            return "not_open";
        case ErrorCode::sync_failed:
            return "sync_failed";
    }
    return "unknown";
}

constexpr std::size_t log_records_max = 1U << 20U;

void append_logged(std::string& log, const Record& record) {
    std::array<char, fix::timestamp_size_max> time{};
    const std::size_t size = fix::format_timestamp(std::max(record.time_ns, std::int64_t{0}),
                                                   fix::TimePrecision::nanoseconds, time.data());
    log.append(std::to_string(record.lsn)).append(" ").append(time.data(), size);
    log.append(record.kind == Kind::message_in ? " in " : " out ").append(std::to_string(record.session));
    log.append(" : ").append(record.payload).append("\n");
}

// A reader and its one cursor. Python threads that share it take turns.
class PyReader {
  public:
    PyReader(const std::filesystem::path& directory, bool durable)
        : opened_(open(directory)),
          cursor_(opened_->cursor(1, durable ? Visibility::durable : Visibility::committed)) {}

    [[nodiscard]] bool next(Record& record) {
        const std::lock_guard lock(mutex_);
        const bool found = cursor_.next(record);
        if (!found) raise_if(cursor_.error());
        return found;
    }

    [[nodiscard]] SeekOutcome seek(std::uint64_t lsn) {
        const std::lock_guard lock(mutex_);
        return seek_locked(lsn);
    }

    // The payloads are views into segments that stay mapped as long as the reader.
    [[nodiscard]] std::vector<Record> read(std::uint64_t from_lsn, std::size_t records_max) {
        const std::lock_guard lock(mutex_);
        (void)seek_locked(from_lsn);
        std::vector<Record> records;
        Record record;
        while (records.size() < records_max && cursor_.next(record)) records.push_back(record);
        if (records.empty()) raise_if(cursor_.error());
        return records;
    }

    // Messages as a FIX log has them, each behind its lsn, time, direction and session; events are left out.
    [[nodiscard]] std::pair<std::string, std::uint64_t> fix_log(std::uint64_t from_lsn,
                                                                std::size_t bytes_max) {
        const std::lock_guard lock(mutex_);
        (void)seek_locked(from_lsn);
        std::string log;
        log.reserve(bytes_max + fix::message_size_max_default);
        Record record;
        std::size_t looked_at = 0;
        while (log.size() < bytes_max && looked_at < log_records_max && cursor_.next(record)) {
            ++looked_at;
            if (record.kind == Kind::message_in || record.kind == Kind::message_out)
                append_logged(log, record);
        }
        if (looked_at == 0) raise_if(cursor_.error());
        return {std::move(log), cursor_.next_lsn()};
    }

    [[nodiscard]] std::uint64_t next_lsn() {
        const std::lock_guard lock(mutex_);
        return cursor_.next_lsn();
    }
    [[nodiscard]] Reader& reader() { return *opened_; }

  private:
    static std::unique_ptr<Reader> open(const std::filesystem::path& directory) {
        OpenedReader opened = Reader::open(directory.string());
        raise_if(opened.error);
        return std::move(opened.reader);
    }
    [[nodiscard]] SeekOutcome seek_locked(std::uint64_t lsn) {
        const SeekOutcome outcome = cursor_.seek(lsn);
        raise_if(cursor_.error());
        return outcome;
    }

    std::mutex mutex_;
    std::unique_ptr<Reader> opened_;
    Cursor cursor_;
};

// A record with bytes of its own: Python may keep it.
struct PyRecord {
    Record record;
    py::bytes payload;
};

PyRecord owned(const Record& record) {
    return {record, py::bytes(record.payload.data(), record.payload.size())};
}

std::int64_t system_now_ns() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

void bind_records(py::module_& module) {
    py::enum_<Kind>(module, "RecordKind")
        .value("EVENT", Kind::event)
        .value("MESSAGE_IN", Kind::message_in)
        .value("MESSAGE_OUT", Kind::message_out)
        .value("CHECKPOINT", Kind::checkpoint);
    py::enum_<SeekOutcome>(module, "SeekOutcome")
        .value("FOUND", SeekOutcome::found)
        .value("AHEAD", SeekOutcome::ahead)
        .value("BELOW_OLDEST", SeekOutcome::below_oldest)
        .value("IN_GAP", SeekOutcome::in_gap)
        .value("FAILED", SeekOutcome::failed);
    py::class_<PyRecord>(module, "JournalRecord", "One record of the journal.")
        .def_property_readonly("lsn", [](const PyRecord& self) { return self.record.lsn; })
        .def_property_readonly("time_ns", [](const PyRecord& self) { return self.record.time_ns; })
        .def_property_readonly("kind", [](const PyRecord& self) { return self.record.kind; })
        .def_property_readonly("flags", [](const PyRecord& self) { return self.record.flags; })
        .def_property_readonly("client", [](const PyRecord& self) { return self.record.client; })
        .def_property_readonly("session", [](const PyRecord& self) { return self.record.session; })
        .def_property_readonly("seq", [](const PyRecord& self) { return self.record.seq; })
        .def_property_readonly("ends_batch", [](const PyRecord& self) { return self.record.ends_batch(); })
        .def_property_readonly("batch_first_lsn",
                               [](const PyRecord& self) { return self.record.batch_first_lsn(); })
        .def_readonly("payload", &PyRecord::payload);
    py::class_<SegmentInfo>(module, "JournalSegment", "One file of the journal.")
        .def_readonly("path", &SegmentInfo::path)
        .def_readonly("first_lsn", &SegmentInfo::first_lsn)
        .def_readonly("last_lsn", &SegmentInfo::last_lsn)
        .def_readonly("bytes", &SegmentInfo::bytes)
        .def_readonly("sealed", &SegmentInfo::sealed);
}

void bind_reader(py::module_& module) {
    const auto released = py::call_guard<py::gil_scoped_release>();
    py::class_<PyReader>(module, "JournalReader",
                         "Reads a journal, also while the gateway writes it. Changes nothing.")
        .def(py::init<const std::filesystem::path&, bool>(), py::arg("path"), py::kw_only(),
             py::arg("durable") = false, released)
        .def("__iter__", [](PyReader& self) -> PyReader& { return self; })
        .def("__next__",
             [](PyReader& self) {
                 Record record;
                 bool found = false;
                 {
                     const py::gil_scoped_release release;
                     found = self.next(record);
                 }
                 if (!found) throw py::stop_iteration();
                 return owned(record);
             })
        .def("seek", &PyReader::seek, py::arg("lsn"), released)
        .def(
            "read",
            [](PyReader& self, std::uint64_t from_lsn, std::size_t max_records) {
                std::vector<Record> records;
                {
                    const py::gil_scoped_release release;
                    records = self.read(from_lsn, max_records);
                }
                py::list list(records.size());
                for (std::size_t i = 0; i < records.size(); ++i) list[i] = owned(records[i]);
                return list;
            },
            py::arg("from_lsn"), py::arg("max_records"))
        .def(
            "fix_log",
            [](PyReader& self, std::uint64_t from_lsn, std::size_t max_bytes) {
                std::pair<std::string, std::uint64_t> read;
                {
                    const py::gil_scoped_release release;
                    read = self.fix_log(from_lsn, max_bytes);
                }
                return py::make_tuple(py::bytes(read.first), read.second);
            },
            py::arg("from_lsn"), py::arg("max_bytes") = std::size_t{4} << 20U)
        .def_property_readonly("next_lsn", py::cpp_function(&PyReader::next_lsn, released))
        .def_property_readonly(
            "oldest_lsn",
            py::cpp_function([](PyReader& self) { return self.reader().oldest_lsn(); }, released))
        .def_property_readonly(
            "committed_lsn",
            py::cpp_function([](PyReader& self) { return self.reader().committed_lsn(); }, released))
        .def_property_readonly(
            "durable_lsn",
            py::cpp_function([](PyReader& self) { return self.reader().durable_lsn(); }, released))
        .def("segments", [](PyReader& self) { return self.reader().segments(); }, released);
}

void bind_commands(py::module_& module) {
    py::class_<Damage>(module, "JournalDamage", "Where a segment cannot be trusted.")
        .def_readonly("segment", &Damage::segment)
        .def_readonly("offset", &Damage::offset)
        .def_readonly("last_good_lsn", &Damage::last_good_lsn)
        .def_readonly("what", &Damage::what);
    py::class_<Report>(module, "JournalReport", "What verify_journal found.")
        .def_readonly("segments", &Report::segments)
        .def_readonly("records", &Report::records)
        .def_readonly("batches", &Report::batches)
        .def_readonly("first_lsn", &Report::first_lsn)
        .def_readonly("last_lsn", &Report::last_lsn)
        .def_readonly("torn_tail_bytes", &Report::torn_tail_bytes)
        .def_readonly("damage", &Report::damage)
        .def_readonly("notes", &Report::notes)
        .def_property_readonly("clean", &Report::clean);
    py::class_<RepairReport>(module, "JournalRepair", "What repair_journal did.")
        .def_readonly("actions", &RepairReport::actions)
        .def_readonly("last_lsn", &RepairReport::last_lsn)
        .def_readonly("next_lsn", &RepairReport::next_lsn);
    module.def(
        "verify_journal",
        [](const std::filesystem::path& path) {
            const py::gil_scoped_release release;
            Report report = verify(path.string());
            raise_if(report.error);
            return report;
        },
        py::arg("path"), "Read every byte of a journal and say what is there and what is wrong with it.");
    module.def(
        "repair_journal",
        [](const std::filesystem::path& path, std::optional<std::int64_t> now_ns) {
            const py::gil_scoped_release release;
            RepairReport report = repair(path.string(), now_ns ? *now_ns : system_now_ns());
            raise_if(report.error);
            return report;
        },
        py::arg("path"), py::kw_only(), py::arg("now_ns") = std::nullopt,
        "Cut a damaged journal after its last good batch; what is cut off is kept aside.");
    py::class_<engine::CheckpointOutcome>(module, "Checkpoint", "What make_checkpoint did.")
        .def_readonly("lsn", &engine::CheckpointOutcome::lsn)
        .def_readonly("previous_lsn", &engine::CheckpointOutcome::previous_lsn)
        .def_readonly("keep_from_lsn", &engine::CheckpointOutcome::keep_from_lsn)
        .def_readonly("records", &engine::CheckpointOutcome::records)
        .def_readonly("bytes", &engine::CheckpointOutcome::bytes)
        .def_readonly("notes", &engine::CheckpointOutcome::notes);
    module.def(
        "make_checkpoint",
        [](const std::filesystem::path& path, unsigned kept) {
            const py::gil_scoped_release release;
            engine::CheckpointOutcome made = engine::make_checkpoint(path.string(), {.kept = kept});
            raise_if(made.error);
            return made;
        },
        py::arg("path"), py::kw_only(), py::arg("kept") = 2,
        "Write a checkpoint of a journal, beside a gateway that runs or without one.");
}

void add_error(py::module_& module, const char* name, PyObject* base) {
    const std::string full_name = std::string("gateway.core.") + name;
    module.attr(name) =
        py::reinterpret_steal<py::object>(PyErr_NewException(full_name.c_str(), base, nullptr));
}

}  // namespace

void bind_journal(py::module_& module) {
    static PyObject* journal_error = nullptr;  // as long as the interpreter
    if (!py::hasattr(module, "CoreError")) add_error(module, "CoreError", PyExc_RuntimeError);
    if (!py::hasattr(module, "JournalError"))
        add_error(module, "JournalError", module.attr("CoreError").ptr());
    journal_error = module.attr("JournalError").ptr();
    py::register_local_exception_translator([](std::exception_ptr thrown) {
        try {
            if (thrown) std::rethrow_exception(thrown);
        } catch (const Failure& failure) {
            py::object error = py::reinterpret_borrow<py::object>(journal_error)(failure.error.text);
            error.attr("code") = name_of(failure.error.code);
            PyErr_SetObject(journal_error, error.ptr());
        }
    });
    bind_records(module);
    bind_reader(module);
    bind_commands(module);
}

}  // namespace gw::bindings
