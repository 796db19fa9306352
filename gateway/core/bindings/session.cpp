#include <pybind11/stl.h>

#include <array>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "bindings/bindings.hpp"
#include "engine/dictionary_validator.hpp"
#include "session/standalone.hpp"

namespace py = pybind11;

namespace gw::bindings {

namespace {

using session::NoticeKind;
using session::Standalone;

constexpr std::array<std::pair<NoticeKind, const char*>, 23> notice_names = {{
    {NoticeKind::logged_on, "logged_on"},
    {NoticeKind::logged_out, "logged_out"},
    {NoticeKind::gap_detected, "gap_detected"},
    {NoticeKind::gap_filled, "gap_filled"},
    {NoticeKind::gap_stalled, "gap_stalled"},
    {NoticeKind::resend_requested, "resend_requested"},
    {NoticeKind::replay_requested, "replay_requested"},
    {NoticeKind::replay_finished, "replay_finished"},
    {NoticeKind::not_resent, "not_resent"},
    {NoticeKind::resend_unavailable, "resend_unavailable"},
    {NoticeKind::sequence_reset_in, "sequence_reset_in"},
    {NoticeKind::sequence_reset_out, "sequence_reset_out"},
    {NoticeKind::message_rejected, "message_rejected"},
    {NoticeKind::business_rejected, "business_rejected"},
    {NoticeKind::reject_received, "reject_received"},
    {NoticeKind::test_request_sent, "test_request_sent"},
    {NoticeKind::round_trip, "round_trip"},
    {NoticeKind::test_request_timeout, "test_request_timeout"},
    {NoticeKind::garbled, "garbled"},
    {NoticeKind::kept_overflow, "kept_overflow"},
    {NoticeKind::overtaken, "overtaken"},
    {NoticeKind::poss_dup_ignored, "poss_dup_ignored"},
    {NoticeKind::duplicate_logon, "duplicate_logon"},
}};

const char* name_of(NoticeKind kind) {
    for (const auto& [known, name] : notice_names)
        if (known == kind) return name;
    return "overflow";
}

fix::Dictionary load(const py::bytes& blob) {
    const std::string_view bytes = blob;
    std::string error;
    auto loaded = fix::Dictionary::load(std::as_bytes(std::span(bytes)), error);
    if (!loaded) throw py::value_error(error);
    return std::move(*loaded);
}

struct SessionOutput {
    std::vector<py::bytes> sent;
    py::object delivered = py::none();
    bool poss_dup;
    bool poss_resend;
    bool disconnect;
    std::string disconnect_reason;
    std::vector<std::tuple<std::string, std::uint64_t, std::uint64_t>> notices;

    explicit SessionOutput(const session::Step& step)
        : poss_dup(step.poss_dup),
          poss_resend(step.poss_resend),
          disconnect(step.disconnect),
          disconnect_reason(step.disconnect_reason) {
        for (const session::OutboundMessage& message : step.outbound())
            sent.emplace_back(message.bytes.data(), message.bytes.size());
        if (step.deliver != session::Deliver::none)
            delivered = py::bytes(step.inbound_bytes.data(), step.inbound_bytes.size());
        for (const session::Notice& notice : step.notices())
            notices.emplace_back(name_of(notice.kind), notice.a, notice.b);
    }
};

// The session with what it points to.
class SessionCore {
  public:
    SessionCore(session::Config config, const py::bytes& dictionary, const py::bytes& application_dictionary,
                const std::vector<std::string>& supported, bool check_values) {
        config.answer_empty_test_req_id = !check_values;
        if (std::string_view(dictionary).empty()) {
            standalone_ = std::make_unique<Standalone>(std::move(config), session::Ports{});
            return;
        }
        fix::ValidationOptions options;
        options.empty_value = check_values;
        for (const std::string& msg_type : supported)
            if (!supported_.add(msg_type))
                throw py::value_error("supported: too many message types at " + msg_type);
        if (!supported.empty()) options.supported = &supported_;
        std::optional<fix::Dictionary> application;
        if (!std::string_view(application_dictionary).empty()) application = load(application_dictionary);
        validator_ =
            std::make_unique<engine::DictionaryValidator>(load(dictionary), std::move(application), options);
        session::Ports ports;
        ports.validator = validator_.get();
        standalone_ = std::make_unique<Standalone>(std::move(config), ports);
    }

    Standalone& operator*() { return *standalone_; }
    [[nodiscard]] SessionOutput output() const { return SessionOutput(standalone_->step()); }

  private:
    fix::MsgTypeSet supported_;
    std::unique_ptr<engine::DictionaryValidator> validator_;
    std::unique_ptr<Standalone> standalone_;
};

}  // namespace

void bind_session_core(py::module_& module) {
    py::class_<SessionOutput>(module, "SessionOutput")
        .def_readonly("sent", &SessionOutput::sent)
        .def_readonly("delivered", &SessionOutput::delivered)
        .def_readonly("poss_dup", &SessionOutput::poss_dup)
        .def_readonly("poss_resend", &SessionOutput::poss_resend)
        .def_readonly("disconnect", &SessionOutput::disconnect)
        .def_readonly("disconnect_reason", &SessionOutput::disconnect_reason)
        .def_readonly("notices", &SessionOutput::notices);

    py::class_<SessionCore>(module, "SessionCore")
        .def(py::init([](const std::string& role, const std::string& begin_string,
                         const std::string& sender_comp_id, const std::string& target_comp_id,
                         std::uint32_t heartbeat_interval_s, const std::string& default_appl_ver_id,
                         bool reset_on_logon, const std::string& test_req_id, std::int64_t logout_timeout_ms,
                         bool appl_ver_id_in_business_reject, const py::bytes& dictionary,
                         const py::bytes& application_dictionary, const std::vector<std::string>& supported,
                         bool check_values, std::int64_t sending_time_tolerance_ms) {
                 if (role != "initiator" && role != "acceptor")
                     throw py::value_error("role: expected initiator or acceptor, was '" + role + "'");
                 session::Config config;
                 config.role = role == "initiator" ? session::Role::initiator : session::Role::acceptor;
                 config.begin_string = begin_string;
                 config.sender_comp_id = sender_comp_id;
                 config.target_comp_id = target_comp_id;
                 config.heartbeat_interval_s = heartbeat_interval_s;
                 config.default_appl_ver_id = default_appl_ver_id;
                 config.reset.on_logon = reset_on_logon;
                 config.test_req_id = test_req_id;
                 config.logout_timeout_ms = logout_timeout_ms;
                 config.sending_time_tolerance_ms = sending_time_tolerance_ms;
                 config.appl_ver_id_in_business_reject = appl_ver_id_in_business_reject;
                 return std::make_unique<SessionCore>(std::move(config), dictionary, application_dictionary,
                                                      supported, check_values);
             }),
             py::kw_only(), py::arg("role"), py::arg("begin_string"), py::arg("sender_comp_id"),
             py::arg("target_comp_id"), py::arg("heartbeat_interval_s") = 30,
             py::arg("default_appl_ver_id") = "", py::arg("reset_on_logon") = false,
             py::arg("test_req_id") = "", py::arg("logout_timeout_ms") = 2'000,
             py::arg("appl_ver_id_in_business_reject") = false, py::arg("dictionary") = py::bytes(),
             py::arg("application_dictionary") = py::bytes(),
             py::arg("supported") = std::vector<std::string>(), py::arg("check_values") = true,
             py::arg("sending_time_tolerance_ms") = 120'000)
        .def("connect",
             [](SessionCore& self, std::int64_t now_ns) {
                 (*self).connect(now_ns);
                 return self.output();
             })
        .def("disconnect",
             [](SessionCore& self, std::int64_t now_ns) {
                 (*self).disconnect(now_ns);
                 return self.output();
             })
        .def("tick",
             [](SessionCore& self, std::int64_t now_ns) {
                 (*self).tick(now_ns);
                 return self.output();
             })
        .def("log_out",
             [](SessionCore& self, const std::string& text, std::int64_t now_ns) {
                 (*self).log_out(text, now_ns);
                 return self.output();
             })
        .def("feed", [](SessionCore& self, const py::bytes& data) { (*self).feed(std::string_view(data)); })
        .def("take_next",
             [](SessionCore& self, std::int64_t now_ns) -> std::optional<SessionOutput> {
                 if (!(*self).take_next(now_ns)) return std::nullopt;
                 return self.output();
             })
        .def(
            "send",
            [](SessionCore& self, const std::string& msg_type, const std::vector<Standalone::BodyField>& body,
               const std::vector<Standalone::BodyField>& header, std::int64_t now_ns) {
                std::vector<session::HeaderField> fields;
                for (const auto& [number, value] : header) fields.push_back({number, value});
                if (fields.size() > session::header_fields_max)
                    throw py::value_error("header: too many fields");
                if (!(*self).send(msg_type, body, fields, now_ns))
                    throw std::runtime_error(
                        "the session cannot send: it is not logged on, or the message is too large");
                return self.output();
            })
        .def("reject_business",
             [](SessionCore& self, const py::bytes& message, std::uint8_t reason, const std::string& text,
                std::int64_t now_ns) {
                 if (!(*self).reject_business(std::string_view(message),
                                              static_cast<session::BusinessRejectReason>(reason), text,
                                              now_ns))
                     throw py::value_error("message: does not parse");
                 return self.output();
             })
        .def_property_readonly("next_deadline_ns",
                               [](SessionCore& self) { return (*self).session().next_deadline_ns(); })
        .def_property_readonly("next_in", [](SessionCore& self) { return (*self).session().state().next_in; })
        .def_property_readonly("next_out",
                               [](SessionCore& self) { return (*self).session().state().next_out; });
}

}  // namespace gw::bindings
