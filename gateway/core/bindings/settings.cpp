#include <pybind11/stl.h>

#include <algorithm>
#include <stdexcept>
#include <type_traits>

#include "bindings/bindings.hpp"
#include "bindings/gateway.hpp"
#include "bindings/network.hpp"

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

using SessionArgument = net::SessionSetup;

// One keyword argument of SessionSettings: where its value goes.
struct SessionOption {
    const char* name;
    void (*set)(SessionArgument& session, py::handle value);
};

// `place` gives what the value becomes; a value of another type is a TypeError.
template <class Place>
constexpr SessionOption option(const char* name, Place) {
    return {name, [](SessionArgument& session, py::handle value) {
                auto& target = Place{}(session);
                target = value.cast<std::remove_reference_t<decltype(target)>>();
            }};
}

template <class Set>
constexpr SessionOption converted(const char* name, Set) {
    return {name, [](SessionArgument& session, py::handle value) { Set{}(session, value); }};
}

session::Role role_of(const std::string& role) {
    if (role != "initiator" && role != "acceptor")
        throw py::value_error("role: expected initiator or acceptor, was '" + role + "'");
    return role == "initiator" ? session::Role::initiator : session::Role::acceptor;
}

void add_fields(std::vector<session::CustomField>& fields, py::handle value) {
    for (auto& [tag, text] : value.cast<std::vector<std::pair<std::uint32_t, std::string>>>())
        fields.push_back({tag, text});
}

fix::TimePrecision precision_of(int decimals) {
    if (decimals != 0 && decimals != 3 && decimals != 6 && decimals != 9)
        throw py::value_error("time_decimals: expected 0, 3, 6 or 9, was " + std::to_string(decimals));
    return static_cast<fix::TimePrecision>(decimals);
}

fix::TagPolicy policy_of(py::handle name) {
    const auto text = name.cast<std::string>();
    if (text == "reject") return fix::TagPolicy::reject;
    if (text == "allow") return fix::TagPolicy::allow;
    if (text == "pass_on") return fix::TagPolicy::pass_on;
    throw py::value_error("a policy for tags: expected reject, allow or pass_on, was '" + text + "'");
}

logon::AnswerForm answer_form_of(const std::string& text) {
    if (text == "base64") return logon::AnswerForm::base64;
    if (text == "hex") return logon::AnswerForm::hex;
    if (text == "text") return logon::AnswerForm::text;
    if (text == "fields") return logon::AnswerForm::fields;
    throw py::value_error("signature_answer: expected base64, hex, text or fields, was '" + text + "'");
}

using Argument = SessionArgument;

// Keyword arguments by topic. Every default is that of the core's own structures.
constexpr SessionOption session_options[] = {
    option("name", [](Argument& a) -> auto& { return a.session.name; }),
    option("begin_string", [](Argument& a) -> auto& { return a.session.config.begin_string; }),
    option("default_appl_ver_id", [](Argument& a) -> auto& { return a.session.config.default_appl_ver_id; }),
    option("sender_comp_id", [](Argument& a) -> auto& { return a.session.config.sender_comp_id; }),
    option("target_comp_id", [](Argument& a) -> auto& { return a.session.config.target_comp_id; }),
    converted("role",
              [](Argument& a, py::handle v) { a.session.config.role = role_of(v.cast<std::string>()); }),
    option("drop_copy", [](Argument& a) -> auto& { return a.session.drop_copy; }),
    // the link
    option("host", [](Argument& a) -> auto& { return a.link.endpoint.host; }),
    option("port", [](Argument& a) -> auto& { return a.link.endpoint.port; }),
    option("reconnect_min_ms", [](Argument& a) -> auto& { return a.link.reconnect_min_ms; }),
    option("reconnect_max_ms", [](Argument& a) -> auto& { return a.link.reconnect_max_ms; }),
    converted("connection",
              [](Argument& a, py::handle v) { take_connection(v.cast<ConnectionArgument>(), a.link); }),
    // the protocol
    option("heartbeat_interval_s",
           [](Argument& a) -> auto& { return a.session.config.heartbeat_interval_s; }),
    option("sender_sub_id", [](Argument& a) -> auto& { return a.session.config.sender_sub_id; }),
    option("sender_location_id", [](Argument& a) -> auto& { return a.session.config.sender_location_id; }),
    option("target_sub_id", [](Argument& a) -> auto& { return a.session.config.target_sub_id; }),
    option("target_location_id", [](Argument& a) -> auto& { return a.session.config.target_location_id; }),
    option("logon_timeout_ms", [](Argument& a) -> auto& { return a.session.config.logon_timeout_ms; }),
    option("logout_timeout_ms", [](Argument& a) -> auto& { return a.session.config.logout_timeout_ms; }),
    option("check_comp_ids", [](Argument& a) -> auto& { return a.session.config.check_comp_ids; }),
    option("require_orig_sending_time",
           [](Argument& a) -> auto& { return a.session.config.require_orig_sending_time; }),
    option("check_sending_time", [](Argument& a) -> auto& { return a.session.config.check_sending_time; }),
    option("sending_time_tolerance_ms",
           [](Argument& a) -> auto& { return a.session.config.sending_time_tolerance_ms; }),
    converted(
        "time_decimals",
        [](Argument& a, py::handle v) { a.session.config.time_precision = precision_of(v.cast<int>()); }),
    option("next_expected_msg_seq_num",
           [](Argument& a) -> auto& { return a.session.config.next_expected_msg_seq_num; }),
    option("last_msg_seq_num_processed",
           [](Argument& a) -> auto& { return a.session.config.last_msg_seq_num_processed; }),
    option("resend_chunk", [](Argument& a) -> auto& { return a.session.config.resend_chunk; }),
    option("resend_stall_timeout_ms",
           [](Argument& a) -> auto& { return a.session.config.resend_stall_timeout_ms; }),
    option("replay_messages_per_step",
           [](Argument& a) -> auto& { return a.session.config.replay_messages_per_step; }),
    option("kept_messages_max", [](Argument& a) -> auto& { return a.session.config.kept_messages_max; }),
    option("kept_bytes_max", [](Argument& a) -> auto& { return a.session.config.kept_bytes_max; }),
    converted("logon_fields",
              [](Argument& a, py::handle v) { add_fields(a.session.config.logon_fields, v); }),
    converted("header_fields",
              [](Argument& a, py::handle v) { add_fields(a.session.config.header_fields, v); }),
    option("header_tags", [](Argument& a) -> auto& { return a.session.config.header_tags; }),
    option("secret_tags", [](Argument& a) -> auto& { return a.session.secret_tags; }),
    // credentials
    option("username", [](Argument& a) -> auto& { return a.session.credentials.username; }),
    option("password", [](Argument& a) -> auto& { return a.session.credentials.password.plain; }),
    option("new_password", [](Argument& a) -> auto& { return a.session.credentials.new_password.plain; }),
    option("encrypted_password",
           [](Argument& a) -> auto& { return a.session.credentials.password.encrypted; }),
    option("encrypted_new_password",
           [](Argument& a) -> auto& { return a.session.credentials.new_password.encrypted; }),
    option("password_change_id", [](Argument& a) -> auto& { return a.session.credentials.change_id; }),
    option("password_encryption_method",
           [](Argument& a) -> auto& { return a.session.credentials.encryption_method; }),
    option("signer", [](Argument& a) -> auto& { return a.session.credentials.signing.signer; }),
    option("signing_key", [](Argument& a) -> auto& { return a.session.credentials.signing.key; }),
    option("signing_payload", [](Argument& a) -> auto& { return a.session.credentials.signing.payload; }),
    option("signature_tag", [](Argument& a) -> auto& { return a.session.credentials.signing.tag; }),
    converted("signature_in_hex",
              [](Argument& a, py::handle v) {
                  a.session.credentials.signing.form =
                      v.cast<bool>() ? logon::TextForm::hex : logon::TextForm::base64;
              }),
    converted("signature_answer",
              [](Argument& a, py::handle v) {
                  a.session.credentials.signing.answer = answer_form_of(v.cast<std::string>());
              }),
    option("further_signature_tags",
           [](Argument& a) -> auto& { return a.session.credentials.signing.further_tags; }),
    option("signer_name", [](Argument& a) -> auto& { return a.link.signer.name; }),
    option("signer_command", [](Argument& a) -> auto& { return a.link.signer.command; }),
    option("signer_timeout_ms", [](Argument& a) -> auto& { return a.link.signer.timeout_ms; }),
    option("reset_on_logon", [](Argument& a) -> auto& { return a.session.config.reset.on_logon; }),
    option("reset_on_logout", [](Argument& a) -> auto& { return a.session.config.reset.on_logout; }),
    option("reset_on_disconnect", [](Argument& a) -> auto& { return a.session.config.reset.on_disconnect; }),
    option("reset_on_error", [](Argument& a) -> auto& { return a.session.config.reset.on_error; }),
    option("accept_reset", [](Argument& a) -> auto& { return a.session.config.reset.accept_from_peer; }),
    option("measure_interval_ms", [](Argument& a) -> auto& { return a.session.config.measure_interval_ms; }),
    // the schedule
    converted("windows",
              [](Argument& a, py::handle v) {
                  if (v.is_none()) return;
                  a.session.schedule.active = true;
                  a.session.schedule.windows = windows_of(v.cast<WindowTuples>());
              }),
    converted("day_reset",
              [](Argument& a, py::handle v) {
                  a.session.schedule.reset = day_reset_of(v.cast<std::string>());
                  a.session.config.reset.on_first_logon = a.session.schedule.reset == engine::DayReset::logon;
              }),
    option("throttle_messages", [](Argument& a) -> auto& { return a.session.throttle.messages; }),
    option("throttle_interval_ns", [](Argument& a) -> auto& { return a.session.throttle.interval_ns; }),
    option("throttle_reserved_for_cancels",
           [](Argument& a) -> auto& { return a.session.throttle.reserved_for_cancels; }),
    converted("throttle_over_limit",
              [](Argument& a, py::handle v) {
                  const auto name = v.cast<std::string>();
                  if (name != "deny" && name != "drop" && name != "wait")
                      throw py::value_error("throttle_over_limit: expected deny, drop or wait, was '" + name +
                                            "'");
                  a.session.throttle.over = name == "drop"   ? engine::OverLimit::drop
                                            : name == "wait" ? engine::OverLimit::wait
                                                             : engine::OverLimit::deny;
              }),
    option("throttle_waiting_max", [](Argument& a) -> auto& { return a.session.throttle.waiting_max; }),
    option("throttle_wait_max_ns", [](Argument& a) -> auto& { return a.session.throttle.wait_max_ns; }),
    // orders
    option("order_status_requests", [](Argument& a) -> auto& { return a.session.order_status_requests; }),
    option("reconcile_timeout_ms", [](Argument& a) -> auto& { return a.session.reconcile_timeout_ms; }),
    option("resend_orders_max_age_ms",
           [](Argument& a) -> auto& { return a.session.resend_orders_max_age_ms; }),
    // validation
    option("session_dictionary", [](Argument& a) -> auto& { return a.session.session_dictionary; }),
    option("application_dictionary", [](Argument& a) -> auto& { return a.session.application_dictionary; }),
    option("check_msg_type", [](Argument& a) -> auto& { return a.session.validation.msg_type; }),
    option("check_required", [](Argument& a) -> auto& { return a.session.validation.required; }),
    option("check_empty_value", [](Argument& a) -> auto& { return a.session.validation.empty_value; }),
    option("check_format", [](Argument& a) -> auto& { return a.session.validation.format; }),
    option("check_local_dates", [](Argument& a) -> auto& { return a.session.validation.local_dates; }),
    option("check_enumerations", [](Argument& a) -> auto& { return a.session.validation.enumerations; }),
    option("check_tag_for_message",
           [](Argument& a) -> auto& { return a.session.validation.tag_for_message; }),
    option("check_field_order", [](Argument& a) -> auto& { return a.session.validation.field_order; }),
    option("check_repeated_tag", [](Argument& a) -> auto& { return a.session.validation.repeated_tag; }),
    option("check_group_count", [](Argument& a) -> auto& { return a.session.validation.group_count; }),
    option("check_group_delimiter",
           [](Argument& a) -> auto& { return a.session.validation.group_delimiter; }),
    option("check_data_length", [](Argument& a) -> auto& { return a.session.validation.data_length; }),
    option("group_entries_max", [](Argument& a) -> auto& { return a.session.validation.group_entries_max; }),
    converted("unknown_tags",
              [](Argument& a, py::handle v) { a.session.validation.unknown_tags = policy_of(v); }),
    converted("user_defined_tags",
              [](Argument& a, py::handle v) { a.session.validation.user_defined_tags = policy_of(v); }),
    option("message_size_max", [](Argument& a) -> auto& { return a.session.message_size_max; }),
    option("fields_max", [](Argument& a) -> auto& { return a.session.fields_max; }),
};

constexpr const char* required_options[] = {
    "name", "begin_string", "sender_comp_id", "target_comp_id", "role", "host", "port"};

SessionArgument session_of(const py::kwargs& values) {
    SessionArgument session;
    for (const auto& [key, value] : values) {
        const std::string name = key.cast<std::string>();
        const auto found = std::ranges::find_if(
            session_options, [&](const SessionOption& known) { return name == known.name; });
        if (found == std::ranges::end(session_options))
            throw py::type_error("SessionSettings has no argument '" + name + "'");
        try {
            found->set(session, value);
        } catch (const py::cast_error&) {
            throw py::type_error("SessionSettings: " + name + " has the wrong type or is out of range");
        }
    }
    for (const char* name : required_options)
        if (!values.contains(name))
            throw py::type_error("SessionSettings: the argument '" + std::string(name) + "' is missing");
    return session;
}

void bind_session(py::module_& module) {
    py::class_<SessionArgument>(module, "SessionSettings").def(py::init(&session_of));
}

void bind_parts(py::module_& module) {
    py::class_<engine::VenueSettings>(module, "VenueSettings")
        .def(py::init([](const std::string& name, const std::string& session,
                         const std::optional<engine::VenueProfile>& profile,
                         const std::vector<std::string>& drop_copies) {
                 return engine::VenueSettings{name, session, profile.value_or(engine::VenueProfile()),
                                              drop_copies};
             }),
             py::kw_only(), py::arg("name"), py::arg("session"), py::arg("profile") = py::none(),
             py::arg("drop_copies") = std::vector<std::string>());
    py::class_<engine::InstrumentSettings>(module, "InstrumentSettings")
        .def(py::init([](const std::string& symbol, const std::string& venue, const std::string& tick_size,
                         const std::string& lot_size, const std::string& min_quantity,
                         const std::string& currency, const std::string& reference_price,
                         const std::string& multiplier, const std::string& asset_class,
                         const std::string& sector, const std::string& region,
                         const std::string& max_quantity, std::int64_t expires_ns,
                         const std::string& margin_rate_percent, const std::string& trading_hours) {
                 return engine::InstrumentSettings{
                     symbol,
                     venue,
                     decimal(tick_size, "tick_size"),
                     decimal(lot_size, "lot_size"),
                     decimal(min_quantity, "min_quantity"),
                     optional_decimal(reference_price, "reference_price"),
                     currency,
                     decimal(multiplier, "multiplier"),
                     asset_class,
                     sector,
                     region,
                     decimal(max_quantity, "max_quantity"),
                     expires_ns,
                     optional_decimal(margin_rate_percent, "margin_rate_percent"),
                     trading_hours};
             }),
             py::kw_only(), py::arg("symbol"), py::arg("venue"), py::arg("tick_size"), py::arg("lot_size"),
             py::arg("min_quantity"), py::arg("currency"), py::arg("reference_price") = "",
             py::arg("multiplier") = "1", py::arg("asset_class") = "", py::arg("sector") = "",
             py::arg("region") = "", py::arg("max_quantity") = "0", py::arg("expires_ns") = 0,
             py::arg("margin_rate_percent") = "", py::arg("trading_hours") = "");
    py::class_<engine::TradingHoursSettings>(module, "TradingHoursSettings")
        .def(py::init([](const std::string& name, const WindowTuples& windows) {
                 return engine::TradingHoursSettings{name, windows_of(windows)};
             }),
             py::kw_only(), py::arg("name"), py::arg("windows"));
    py::class_<engine::ClientSettings>(module, "ClientSettings")
        .def(py::init([](const std::string& name, const std::vector<std::string>& accounts) {
                 return engine::ClientSettings{name, accounts};
             }),
             py::kw_only(), py::arg("name"), py::arg("accounts"));
    py::class_<engine::AccountSettings>(module, "AccountSettings")
        .def(py::init([](const std::string& name, const std::string& desk) {
                 return engine::AccountSettings{name, desk};
             }),
             py::kw_only(), py::arg("name"), py::arg("desk") = "");
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

// What is wrong with a signer's settings; empty where nothing is.
std::string signing_fault(const std::string& signer, const std::string& key, const std::string& payload,
                          bool verifies) {
    logon::CredentialSettings settings;
    settings.signing.signer = signer;
    settings.signing.key = key;
    settings.signing.payload = payload;
    session::Config config;
    config.role = verifies ? session::Role::acceptor : session::Role::initiator;
    std::string error;
    return logon::Credentials::make(settings, config, error) ? std::string() : error;
}

}  // namespace

void bind_settings(py::module_& module) {
    bind_session(module);
    module.def("signing_fault", &signing_fault, py::arg("signer"), py::arg("key"), py::arg("payload"),
               py::kw_only(), py::arg("verifies"));
    bind_parts(module);
    py::class_<net::RuntimeSettings>(module, "CoreSettings")
        .def(py::init([](const std::string& journal_path, const std::vector<SessionArgument>& sessions,
                         const std::vector<engine::VenueSettings>& venues,
                         const std::vector<engine::InstrumentSettings>& instruments,
                         const std::vector<engine::ClientSettings>& clients,
                         const std::vector<engine::LimitSettings>& limits, std::size_t segment_size_bytes,
                         const std::string& durability, std::size_t orders_max,
                         const net::AdmissionSettings& admission,
                         const std::vector<engine::AccountSettings>& accounts,
                         const std::vector<engine::TradingHoursSettings>& trading_hours,
                         const std::string& base_currency, std::int64_t rate_max_age_ns) {
                 if (durability != "process" && durability != "disk")
                     throw py::value_error("durability: expected process or disk, was '" + durability + "'");
                 net::RuntimeSettings settings;
                 settings.journal_path = journal_path;
                 settings.admission = admission;
                 settings.journal.segment_bytes = segment_size_bytes;
                 settings.journal.durability =
                     durability == "disk" ? journal::Durability::disk : journal::Durability::process;
                 settings.engine = {{}, venues, instruments, clients, limits, {}, GW_VERSION, accounts};
                 settings.engine.trading_hours = trading_hours;
                 settings.engine.base_currency = base_currency;
                 settings.engine.rate_max_age_ns = rate_max_age_ns;
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
             py::arg("orders_max") = 1'000'000, py::arg("admission") = net::AdmissionSettings{},
             py::arg("accounts") = std::vector<engine::AccountSettings>{},
             py::arg("trading_hours") = std::vector<engine::TradingHoursSettings>{},
             py::arg("base_currency") = "", py::arg("rate_max_age_ns") = std::int64_t{86'400'000'000'000});
}

}  // namespace gw::bindings
