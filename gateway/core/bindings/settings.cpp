#include <pybind11/stl.h>

#include <stdexcept>

#include "bindings/bindings.hpp"
#include "bindings/gateway.hpp"

namespace py = pybind11;

namespace gw::bindings {

namespace {

Decimal decimal(const std::string& text, const char* name) {
    const auto value = Decimal::parse(text);
    if (!value) throw py::value_error(std::string(name) + ": expected a decimal number, was '" + text + "'");
    return *value;
}

std::optional<Decimal> optional_decimal(const std::string& text, const char* name) {
    if (text.empty()) return std::nullopt;
    return decimal(text, name);
}

struct SessionArgument {
    engine::SessionSettings session;
    net::LinkSettings link;
};

void bind_session(py::module_& module) {
    py::class_<SessionArgument>(module, "SessionSettings")
        .def(py::init([](const std::string& name, const std::string& begin_string,
                         const std::string& sender_comp_id, const std::string& target_comp_id,
                         const std::string& role, const std::string& host, std::uint16_t port,
                         std::uint32_t heartbeat_interval_s, const std::string& default_appl_ver_id,
                         const std::string& username, const std::string& password, bool reset_on_logon,
                         std::int64_t reconnect_min_ms, std::int64_t reconnect_max_ms,
                         bool order_status_requests, std::int64_t reconcile_timeout_ms,
                         std::int64_t resend_orders_max_age_ms, const py::bytes& session_dictionary,
                         const py::bytes& application_dictionary) {
                 if (role != "initiator" && role != "acceptor")
                     throw py::value_error("role: expected initiator or acceptor, was '" + role + "'");
                 SessionArgument argument;
                 argument.session.name = name;
                 session::Config& config = argument.session.config;
                 config.begin_string = begin_string;
                 config.sender_comp_id = sender_comp_id;
                 config.target_comp_id = target_comp_id;
                 config.role = role == "initiator" ? session::Role::initiator : session::Role::acceptor;
                 config.heartbeat_interval_s = heartbeat_interval_s;
                 config.default_appl_ver_id = default_appl_ver_id;
                 if (!username.empty()) config.logon_fields.push_back({553, username});
                 if (!password.empty()) config.logon_fields.push_back({554, password});
                 config.reset.on_logon = reset_on_logon;
                 argument.session.order_status_requests = order_status_requests;
                 argument.session.reconcile_timeout_ms = reconcile_timeout_ms;
                 argument.session.resend_orders_max_age_ms = resend_orders_max_age_ms;
                 argument.session.session_dictionary = std::string(session_dictionary);
                 argument.session.application_dictionary = std::string(application_dictionary);
                 argument.link.endpoint = {host, port};
                 argument.link.reconnect_min_ms = reconnect_min_ms;
                 argument.link.reconnect_max_ms = reconnect_max_ms;
                 return argument;
             }),
             py::kw_only(), py::arg("name"), py::arg("begin_string"), py::arg("sender_comp_id"),
             py::arg("target_comp_id"), py::arg("role"), py::arg("host"), py::arg("port"),
             py::arg("heartbeat_interval_s") = 30, py::arg("default_appl_ver_id") = "",
             py::arg("username") = "", py::arg("password") = "", py::arg("reset_on_logon") = false,
             py::arg("reconnect_min_ms") = 250, py::arg("reconnect_max_ms") = 30'000,
             py::arg("order_status_requests") = true, py::arg("reconcile_timeout_ms") = 10'000,
             py::arg("resend_orders_max_age_ms") = 5'000, py::arg("session_dictionary") = py::bytes(),
             py::arg("application_dictionary") = py::bytes());
}

void bind_parts(py::module_& module) {
    py::class_<engine::VenueSettings>(module, "VenueSettings")
        .def(py::init([](const std::string& name, const std::string& session) {
                 return engine::VenueSettings{name, session};
             }),
             py::kw_only(), py::arg("name"), py::arg("session"));
    py::class_<engine::InstrumentSettings>(module, "InstrumentSettings")
        .def(py::init([](const std::string& symbol, const std::string& venue, const std::string& tick_size,
                         const std::string& lot_size, const std::string& min_quantity, const std::string&,
                         const std::string& reference_price) {
                 return engine::InstrumentSettings{symbol,
                                                   venue,
                                                   decimal(tick_size, "tick_size"),
                                                   decimal(lot_size, "lot_size"),
                                                   decimal(min_quantity, "min_quantity"),
                                                   optional_decimal(reference_price, "reference_price")};
             }),
             py::kw_only(), py::arg("symbol"), py::arg("venue"), py::arg("tick_size"), py::arg("lot_size"),
             py::arg("min_quantity"), py::arg("currency"), py::arg("reference_price") = "");
    py::class_<engine::ClientSettings>(module, "ClientSettings")
        .def(py::init([](const std::string& name, const std::vector<std::string>& accounts) {
                 return engine::ClientSettings{name, accounts};
             }),
             py::kw_only(), py::arg("name"), py::arg("accounts"));
    py::class_<engine::LimitSettings>(module, "LimitSettings")
        .def(py::init([](const std::string& level, const std::string& max_order_quantity,
                         const std::string& max_order_notional, const std::string& price_collar_percent) {
                 engine::LimitSettings limit;
                 limit.level = level;
                 limit.limits.max_order_quantity = optional_decimal(max_order_quantity, "max_order_quantity");
                 limit.limits.max_order_notional = optional_decimal(max_order_notional, "max_order_notional");
                 limit.limits.price_collar_percent =
                     optional_decimal(price_collar_percent, "price_collar_percent");
                 return limit;
             }),
             py::kw_only(), py::arg("level"), py::arg("max_order_quantity") = "",
             py::arg("max_order_notional") = "", py::arg("price_collar_percent") = "");
}

}  // namespace

void bind_settings(py::module_& module) {
    bind_session(module);
    bind_parts(module);
    py::class_<net::RuntimeSettings>(module, "CoreSettings")
        .def(py::init([](const std::string& journal_path, const std::vector<SessionArgument>& sessions,
                         const std::vector<engine::VenueSettings>& venues,
                         const std::vector<engine::InstrumentSettings>& instruments,
                         const std::vector<engine::ClientSettings>& clients,
                         const std::vector<engine::LimitSettings>& limits, std::size_t segment_size_bytes,
                         const std::string& durability, std::size_t orders_max) {
                 if (durability != "process" && durability != "disk")
                     throw py::value_error("durability: expected process or disk, was '" + durability + "'");
                 net::RuntimeSettings settings;
                 settings.journal_path = journal_path;
                 settings.journal.segment_bytes = segment_size_bytes;
                 settings.journal.durability =
                     durability == "disk" ? journal::Durability::disk : journal::Durability::process;
                 settings.engine = {{}, venues, instruments, clients, limits, {}, GW_VERSION};
                 settings.engine.sizes.orders = orders_max;
                 settings.engine.sizes.requests = 4 * orders_max;
                 settings.engine.sizes.fills = 8 * orders_max;
                 for (const SessionArgument& argument : sessions) {
                     settings.engine.sessions.push_back(argument.session);
                     settings.links.push_back(argument.link);
                 }
                 return settings;
             }),
             py::kw_only(), py::arg("journal_path"), py::arg("sessions"), py::arg("venues"),
             py::arg("instruments"), py::arg("clients"), py::arg("limits"),
             py::arg("segment_size_bytes") = 64 * 1024 * 1024, py::arg("durability") = "process",
             py::arg("orders_max") = 1'000'000);
}

}  // namespace gw::bindings
