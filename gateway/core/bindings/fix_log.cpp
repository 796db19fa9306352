// FIX logs of any engine: messages found, filtered and counted. The text is the caller's, the matches are
// copies.
#include <pybind11/stl.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "bindings/bindings.hpp"
#include "fix/log_filter.hpp"
#include "fix/log_orders.hpp"
#include "fix/log_scan.hpp"
#include "fix/log_text.hpp"

namespace py = pybind11;

namespace gw::bindings {
namespace {

using Condition = std::tuple<std::vector<std::uint32_t>, std::string, std::vector<std::string>>;

fix::LogTest test_of(const std::string& name) {
    static const std::map<std::string, fix::LogTest> tests = {
        {"=", fix::LogTest::equal},     {"!=", fix::LogTest::not_equal},    {"~", fix::LogTest::contains},
        {"<", fix::LogTest::less},      {"<=", fix::LogTest::at_most},      {">", fix::LogTest::more},
        {">=", fix::LogTest::at_least}, {"present", fix::LogTest::present}, {"absent", fix::LogTest::absent},
    };
    const auto found = tests.find(name);
    if (found == tests.end()) throw py::value_error("no test of a field: " + name);
    return found->second;
}

struct PyOrders {
    std::mutex mutex;
    fix::LogOrders orders;
};

// A match: bytes of its own.
struct PyLogged {
    std::string before;
    std::string text;
    std::vector<fix::Field> fields;
    bool whole;
    bool check_sum_agrees;
};

// The bytes of a log as they come, in pieces of any size; what is incomplete waits for the next piece.
class PyLogScan {
  public:
    PyLogScan(const std::vector<Condition>& conditions, std::vector<std::vector<std::uint32_t>> groups,
              std::shared_ptr<PyOrders> orders, bool collects)
        : groups_(std::move(groups)), orders_(std::move(orders)), collects_(collects) {
        for (const auto& [tags, test, values] : conditions)
            conditions_.push_back({tags, test_of(test), values});
        counts_.resize(groups_.size());
    }

    [[nodiscard]] std::vector<PyLogged> feed(std::string_view data, bool at_end) {
        std::vector<PyLogged> matches;
        scan(data, at_end, [&](const fix::LoggedMessage& message, bool agrees) {
            if (collects_)
                matches.push_back(
                    {std::string(message.before), std::string(message.text), fields_, message.whole, agrees});
            return true;
        });
        return matches;
    }

    // Adds the next `limit` matches as text.
    void show(fix::LogText& text, std::string_view data, bool at_end, std::uint64_t limit, std::string& out) {
        scan(data, at_end, [&](const fix::LoggedMessage& message, bool agrees) {
            text.append(message, fields_, agrees, out);
            return --limit != 0;
        });
    }

    [[nodiscard]] py::list counts() const {
        py::list all;
        for (const auto& counted : counts_) {
            py::dict values;
            for (const auto& [key, number] : counted) values[py::bytes(key)] = number;
            all.append(values);
        }
        return all;
    }

    std::mutex mutex;
    std::uint64_t bytes_ = 0;
    std::uint64_t messages_ = 0;
    std::uint64_t matched_ = 0;
    std::uint64_t cut_ = 0;
    std::uint64_t wrong_check_sums_ = 0;
    std::string first_time_;
    std::string last_time_;

  private:
    // Calls `on_match` for every match until it returns false.
    template <typename OnMatch>
    void scan(std::string_view data, bool at_end, OnMatch&& on_match) {
        buffer_.append(data);
        bytes_ += data.size();
        fix::LogScanner scanner(buffer_, at_end);
        fix::LoggedMessage message{};
        while (scanner.next(message)) {
            ++messages_;
            if (!message.whole) ++cut_;
            fix::index_logged(message, fields_);
            const bool agrees = check_sum_agrees(message, fields_);
            if (message.whole && !agrees) ++wrong_check_sums_;
            if (!is_wanted(message)) continue;
            ++matched_;
            note_time(message);
            count(message);
            if (!on_match(message, agrees)) break;
        }
        buffer_.erase(0, scanner.consumed());
    }

    [[nodiscard]] bool is_wanted(const fix::LoggedMessage& message) {
        for (const fix::LogCondition& condition : conditions_)
            if (!holds(condition, message.text, fields_)) return false;
        if (!orders_) return true;
        const std::lock_guard lock(orders_->mutex);
        orders_->orders.add(message.text, fields_);
        if (!collects_ && groups_.empty()) return false;  // read for its orders alone
        return orders_->orders.is_wanted(message.text, fields_);
    }

    void note_time(const fix::LoggedMessage& message) {
        for (const fix::Field& field : fields_) {
            if (field.tag != 52) continue;  // SendingTime
            last_time_.assign(message.text.substr(field.offset, field.length));
            if (first_time_.empty()) first_time_ = last_time_;
            return;
        }
    }

    // The values of a group's tags, each behind an SOH; of a tag that is not there, nothing.
    void count(const fix::LoggedMessage& message) {
        for (std::size_t i = 0; i < groups_.size(); ++i) {
            key_.clear();
            bool has_any = false;
            for (const std::uint32_t tag : groups_[i]) {
                key_.push_back('\x01');
                for (const fix::Field& field : fields_) {
                    if (field.tag != tag) continue;
                    key_.append(message.text.substr(field.offset, field.length));
                    has_any = true;
                    break;
                }
            }
            if (has_any) ++counts_[i][key_];
        }
    }

    std::vector<fix::LogCondition> conditions_;
    std::vector<std::vector<std::uint32_t>> groups_;
    std::shared_ptr<PyOrders> orders_;
    bool collects_;
    std::string buffer_;
    std::vector<fix::Field> fields_;
    std::string key_;
    std::vector<std::unordered_map<std::string, std::uint64_t>> counts_;
};

fix::LogForm form_of(const std::string& name) {
    static const std::map<std::string, fix::LogForm> forms = {{"line", fix::LogForm::line},
                                                              {"lines", fix::LogForm::lines},
                                                              {"raw", fix::LogForm::raw},
                                                              {"json", fix::LogForm::json}};
    const auto found = forms.find(name);
    if (found == forms.end()) throw py::value_error("no form of a message: " + name);
    return found->second;
}

// Asks Python for names and for what is shown of unusual values, both seldom.
class PyLogText {
  public:
    PyLogText(const std::string& form, bool colored, bool is_journal, std::vector<std::uint32_t> secrets,
              py::function dictionaries_of, py::function printable)
        : dictionaries_of_(std::move(dictionaries_of)),
          printable_(std::move(printable)),
          text_(
              fix::LogTextSettings{form_of(form), colored, is_journal, std::move(secrets)},
              [this](std::string_view begin_string, std::string_view version) {
                  return names_of(begin_string, version);
              },
              [this](std::string_view value) { return shown(value); }) {}

    PyLogText(const PyLogText&) = delete;
    PyLogText& operator=(const PyLogText&) = delete;
    PyLogText(PyLogText&&) = delete;
    PyLogText& operator=(PyLogText&&) = delete;
    ~PyLogText() = default;

    std::mutex mutex;
    std::string out;  // kept from one piece to the next for its room
    [[nodiscard]] fix::LogText& text() { return text_; }

  private:
    [[nodiscard]] fix::LogNames names_of(std::string_view begin_string, std::string_view version) {
        const py::gil_scoped_acquire acquire;
        const py::sequence found = dictionaries_of_(py::bytes(begin_string.data(), begin_string.size()),
                                                    py::bytes(version.data(), version.size()));
        std::vector<const fix::Dictionary*> dictionaries;
        for (const py::handle one : found) {
            kept_.push_back(py::reinterpret_borrow<py::object>(one));
            dictionaries.push_back(&one.cast<const fix::Dictionary&>());
        }
        return fix::LogNames(std::move(dictionaries));
    }

    [[nodiscard]] std::string shown(std::string_view value) const {
        const py::gil_scoped_acquire acquire;
        return printable_(py::bytes(value.data(), value.size())).cast<std::string>();
    }

    py::function dictionaries_of_;
    py::function printable_;
    std::vector<py::object> kept_;  // what the names point into
    fix::LogText text_;
};

py::list fields_of(const PyLogged& self) {
    py::list fields(self.fields.size());
    for (std::size_t i = 0; i < self.fields.size(); ++i) {
        const fix::Field& field = self.fields[i];
        fields[i] = py::make_tuple(field.tag, py::bytes(self.text.data() + field.offset, field.length));
    }
    return fields;
}

}  // namespace

void bind_fix_log(py::module_& module) {
    py::class_<PyOrders, std::shared_ptr<PyOrders>>(module, "FixLogOrders", "The orders of a FIX log.")
        .def(py::init<>())
        .def(
            "want",
            [](PyOrders& self, const std::string& id) {
                const std::lock_guard lock(self.mutex);
                self.orders.want(id);
            },
            py::arg("id"))
        .def("complete",
             [](PyOrders& self) {
                 const py::gil_scoped_release release;
                 const std::lock_guard lock(self.mutex);
                 self.orders.complete();
             })
        .def(
            "knows",
            [](PyOrders& self, const std::string& id) {
                const std::lock_guard lock(self.mutex);
                return self.orders.knows(id);
            },
            py::arg("id"));
    py::class_<PyLogged>(module, "FixLogMessage", "A FIX message of a log.")
        .def_property_readonly("before", [](const PyLogged& self) { return py::bytes(self.before); })
        .def_property_readonly("fields", fields_of)
        .def_readonly("whole", &PyLogged::whole)
        .def_readonly("check_sum_agrees", &PyLogged::check_sum_agrees);
    py::class_<PyLogText>(module, "FixLogText", "How the messages of a FIX log are shown.")
        .def(py::init<const std::string&, bool, bool, std::vector<std::uint32_t>, py::function,
                      py::function>(),
             py::arg("form"), py::kw_only(), py::arg("colored"), py::arg("is_journal"), py::arg("secrets"),
             py::arg("dictionaries_of"), py::arg("printable"));
    py::class_<PyLogScan>(module, "FixLogScan", "Finds, filters and counts the FIX messages of a log.")
        .def(py::init<const std::vector<Condition>&, std::vector<std::vector<std::uint32_t>>,
                      std::shared_ptr<PyOrders>, bool>(),
             py::arg("conditions") = std::vector<Condition>{}, py::kw_only(),
             py::arg("groups") = std::vector<std::vector<std::uint32_t>>{},
             py::arg("orders") = std::shared_ptr<PyOrders>{}, py::arg("collects") = true)
        .def(
            "feed",
            [](PyLogScan& self, const py::bytes& data, bool at_end) {
                const std::string_view text(data);
                const py::gil_scoped_release release;
                const std::lock_guard lock(self.mutex);
                return self.feed(text, at_end);
            },
            py::arg("data"), py::kw_only(), py::arg("at_end") = false)
        .def(
            "show",
            [](PyLogScan& self, PyLogText& text, const py::bytes& data, bool at_end, std::uint64_t limit) {
                const std::string_view piece(data);
                {
                    const py::gil_scoped_release release;
                    const std::scoped_lock lock(self.mutex, text.mutex);
                    text.out.clear();
                    self.show(text.text(), piece, at_end, limit, text.out);
                }
                return py::bytes(text.out);
            },
            py::arg("text"), py::arg("data"), py::kw_only(), py::arg("at_end") = false,
            py::arg("limit") = UINT64_MAX)
        .def("counts", &PyLogScan::counts)
        .def_readonly("first_time", &PyLogScan::first_time_)
        .def_readonly("last_time", &PyLogScan::last_time_)
        .def_readonly("bytes", &PyLogScan::bytes_)
        .def_readonly("messages", &PyLogScan::messages_)
        .def_readonly("matched", &PyLogScan::matched_)
        .def_readonly("cut", &PyLogScan::cut_)
        .def_readonly("wrong_check_sums", &PyLogScan::wrong_check_sums_);
}

}  // namespace gw::bindings
