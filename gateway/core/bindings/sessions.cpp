// What is asked of sessions while the gateway runs.
#include <pybind11/stl.h>

#include "bindings/bindings.hpp"
#include "bindings/errors.hpp"
#include "bindings/gateway.hpp"

namespace py = pybind11;

namespace gw::bindings {

std::vector<engine::SessionWindow> windows_of(const WindowTuples& windows) {
    std::vector<engine::SessionWindow> all;
    for (const auto& [opens, closes, day] : windows) all.push_back({opens, closes, day});
    if (!engine::is_in_order(all))
        throw py::value_error("windows: expected at most " + std::to_string(engine::windows_max) +
                              ", in order, not overlapping and not empty");
    return all;
}

engine::DayReset day_reset_of(const std::string& name) {
    if (name == "never") return engine::DayReset::never;
    if (name == "local") return engine::DayReset::local;
    if (name == "logon") return engine::DayReset::logon;
    throw py::value_error("day_reset: expected never, local or logon, was '" + name + "'");
}

namespace {

using net::Runtime;

std::pair<std::uint64_t, bool> recorded(const Runtime::SessionAnswer& answer, const std::string& session) {
    if (!answer.known) throw py::key_error("there is no session '" + session + "'");
    if (answer.verdict == engine::Engine::Verdict::refused)
        throw SessionRefusal("session '" + session + "': " + answer.why);
    if (answer.verdict == engine::Engine::Verdict::journal_unavailable)
        throw JournalFailure("the journal cannot be written: nothing was changed; free disk space");
    if (!answer.durable)
        throw JournalFailure(
            "it was done, but its record could not be written to the disk: a power cut may undo it; mend the "
            "disk and start the gateway anew");
    return {answer.lsn, answer.pending};
}

void bind_operations(py::class_<Runtime>& gateway) {
    gateway
        .def(
            "log_on",
            [](Runtime& self, const std::string& session, const std::string& by, const std::string& reason) {
                return recorded(released([&] { return self.log_on(session, {by, reason}); }), session);
            },
            py::arg("session"), py::arg("changed_by"), py::arg("reason"))
        .def(
            "log_out",
            [](Runtime& self, const std::string& session, const std::string& by, const std::string& reason) {
                return recorded(released([&] { return self.log_out(session, {by, reason}); }), session);
            },
            py::arg("session"), py::arg("changed_by"), py::arg("reason"))
        .def(
            "set_sequences",
            [](Runtime& self, const std::string& session, std::optional<std::uint64_t> next_in,
               std::optional<std::uint64_t> next_out, const std::string& by, const std::string& reason) {
                return recorded(
                    released([&] { return self.set_sequences(session, next_in, next_out, {by, reason}); }),
                    session);
            },
            py::arg("session"), py::arg("next_in"), py::arg("next_out"), py::arg("changed_by"),
            py::arg("reason"))
        .def(
            "reset_session",
            [](Runtime& self, const std::string& session, bool force, const std::string& by,
               const std::string& reason) {
                return recorded(released([&] { return self.reset(session, force, {by, reason}); }), session);
            },
            py::arg("session"), py::arg("force"), py::arg("changed_by"), py::arg("reason"));
}

void bind_changes(py::class_<Runtime>& gateway) {
    gateway
        .def(
            "add_session",
            [](Runtime& self, const net::SessionSetup& setup, const std::vector<std::string>& venues,
               const std::string& by, const std::string& reason, const std::string& detail) {
                return recorded(
                    released([&] { return self.add_session(setup, venues, {by, reason, detail}); }),
                    setup.session.name);
            },
            py::arg("settings"), py::arg("venues"), py::arg("changed_by"), py::arg("reason"),
            py::arg("detail") = "")
        .def(
            "change_session",
            [](Runtime& self, const net::SessionSetup& setup, bool force, const std::string& by,
               const std::string& reason, const std::string& detail) {
                return recorded(
                    released([&] { return self.change_session(setup, force, {by, reason, detail}); }),
                    setup.session.name);
            },
            py::arg("settings"), py::arg("force"), py::arg("changed_by"), py::arg("reason"),
            py::arg("detail") = "")
        .def(
            "remove_session",
            [](Runtime& self, const std::string& session, bool force, const std::string& by,
               const std::string& reason) {
                return recorded(released([&] { return self.remove_session(session, force, {by, reason}); }),
                                session);
            },
            py::arg("session"), py::arg("force"), py::arg("changed_by"), py::arg("reason"))
        .def(
            "set_windows",
            [](Runtime& self, const std::string& session, const WindowTuples& windows) {
                std::vector<engine::SessionWindow> all = windows_of(windows);
                (void)recorded(released([&] { return self.set_windows(session, std::move(all)); }), session);
            },
            py::arg("session"), py::arg("windows"))
        .def(
            "change_windows",
            [](Runtime& self, const std::string& session, const WindowTuples& windows, const std::string& by,
               const std::string& reason, const std::string& detail) {
                std::vector<engine::SessionWindow> all = windows_of(windows);
                return recorded(released([&] {
                                    return self.change_windows(session, std::move(all), {by, reason, detail});
                                }),
                                session);
            },
            py::arg("session"), py::arg("windows"), py::arg("changed_by"), py::arg("reason"),
            py::arg("detail") = "");
}

void bind_views(py::class_<Runtime>& gateway) {
    gateway
        .def("sessions",
             [](Runtime& self) {
                 return py::bytes(released([&] {
                     return self.with_engine([&](engine::Engine& engine, std::int64_t) {
                         return written([&](pb::Writer& out) { engine.sessions(out); });
                     });
                 }));
             })
        .def(
            "session",
            [](Runtime& self, const std::string& name) -> std::optional<py::bytes> {
                bool found = false;
                const std::string bytes = released([&] {
                    return self.with_engine([&](engine::Engine& engine, std::int64_t) {
                        const auto at = engine.find_session(name);
                        found = at.has_value();
                        return found ? written([&](pb::Writer& out) { engine.session(*at, out); })
                                     : std::string{};
                    });
                });
                if (!found) return std::nullopt;
                return py::bytes(bytes);
            },
            py::arg("session"))
        .def(
            "session_messages",
            [](Runtime& self, const std::string& session, bool inbound, bool outbound,
               std::uint64_t before_lsn, std::size_t limit) {
                const net::MessagePage page =
                    released([&] { return self.messages(session, inbound, outbound, before_lsn, limit); });
                py::list messages;
                for (const net::LoggedMessage& message : page.messages) {
                    const bool resend = !message.inbound && (message.flags & journal::kResend) != 0;
                    const bool ignored = message.inbound && (message.flags & engine::flag_ignored) != 0;
                    messages.append(py::make_tuple(message.lsn, message.time_ns, message.inbound, message.seq,
                                                   py::bytes(message.bytes), resend, ignored));
                }
                return std::pair(messages, page.next_before_lsn);
            },
            py::arg("session"), py::kw_only(), py::arg("inbound") = true, py::arg("outbound") = true,
            py::arg("before_lsn") = 0, py::arg("limit") = 100);
}

}  // namespace

void bind_sessions(py::class_<Runtime>& gateway) {
    bind_operations(gateway);
    bind_changes(gateway);
    bind_views(gateway);
}

}  // namespace gw::bindings
