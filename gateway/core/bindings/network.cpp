// The network of a session: what a configuration says of it.
#include "bindings/network.hpp"

#include <pybind11/stl.h>

#include "bindings/bindings.hpp"

namespace py = pybind11;

namespace gw::bindings {

namespace {

void bind_tls(py::module_& module) {
    py::class_<TlsArgument>(module, "TlsSettings")
        .def(
            py::init([](bool acceptor, const std::string& ca_file, const std::vector<std::string>& pins,
                        const std::string& server_name, bool verify_host_name, const std::string& certificate,
                        const std::string& private_key, const std::string& private_key_password,
                        bool require_client_certificate, const std::string& client_name, bool tls_1_3_only,
                        std::int64_t handshake_timeout_ms) {
                net::TlsSettings settings;
                settings.acceptor = acceptor;
                settings.ca_file = ca_file;
                settings.pins = pins;
                settings.server_name = server_name;
                settings.verify_host_name = verify_host_name;
                settings.certificate_file = certificate;
                settings.private_key_file = private_key;
                settings.private_key_password = private_key_password;
                settings.require_client_certificate = require_client_certificate;
                settings.tls_1_3_only = tls_1_3_only;
                std::string error;
                TlsArgument argument;
                argument.context = net::TlsContext::create(settings, error);
                if (argument.context == nullptr) throw py::value_error(error);
                argument.client_name = client_name;
                argument.handshake_timeout_ms = handshake_timeout_ms;
                return argument;
            }),
            py::kw_only(), py::arg("acceptor"), py::arg("ca_file") = "",
            py::arg("pins") = std::vector<std::string>{}, py::arg("server_name") = "",
            py::arg("verify_host_name") = true, py::arg("certificate") = "", py::arg("private_key") = "",
            py::arg("private_key_password") = "", py::arg("require_client_certificate") = false,
            py::arg("client_name") = "", py::arg("tls_1_3_only") = false,
            py::arg("handshake_timeout_ms") = 10'000);
}

ConnectionArgument connection(const std::optional<TlsArgument>& tls, const net::SocketOptions& socket,
                              std::int64_t connect_timeout_ms, std::size_t outbound_buffer_bytes,
                              const std::vector<std::pair<std::string, std::uint16_t>>& backup_hosts,
                              const std::string& return_to_first, std::int64_t return_after_ms,
                              const std::vector<std::string>& allowed_addresses,
                              std::int64_t outbound_stall_timeout_ms) {
    ConnectionArgument argument;
    net::ConnectionOptions& options = argument.connection;
    options.socket = socket;
    options.connect_timeout_ms = connect_timeout_ms;
    options.backlog_bytes_max = outbound_buffer_bytes;
    options.stall_timeout_ms = outbound_stall_timeout_ms;
    if (tls) {
        options.tls = tls->context;
        options.handshake_timeout_ms = tls->handshake_timeout_ms;
        argument.client_name = tls->client_name;
    }
    for (const auto& [host, port] : backup_hosts) argument.backup_hosts.push_back({host, port});
    if (return_to_first == "never") {
        argument.return_to_first = net::ReturnToFirst::never;
    } else if (return_to_first == "at_next_logon") {
        argument.return_to_first = net::ReturnToFirst::at_next_logon;
    } else if (return_to_first == "after" && return_after_ms > 0) {
        argument.return_to_first = net::ReturnToFirst::after;
        argument.return_after_ms = return_after_ms;
    } else {
        throw py::value_error(
            "return_to_first: expected never, at_next_logon, or after with return_after_ms, "
            "was '" +
            return_to_first + "'");
    }
    for (const std::string& text : allowed_addresses) {
        const auto range = net::AddressRange::parse(text);
        if (!range)
            throw py::value_error("allowed_addresses: expected an address or a network, was '" + text + "'");
        argument.allowed_addresses.push_back(*range);
    }
    return argument;
}

void bind_socket(py::module_& module) {
    py::class_<net::SocketOptions>(module, "SocketSettings")
        .def(py::init([](const std::string& source_address, bool no_delay, bool keep_alive,
                         int keep_alive_idle_s, int keep_alive_interval_s, int keep_alive_count,
                         int user_timeout_ms, int send_buffer_bytes, int receive_buffer_bytes) {
                 return net::SocketOptions{
                     source_address,        no_delay,         keep_alive,      keep_alive_idle_s,
                     keep_alive_interval_s, keep_alive_count, user_timeout_ms, send_buffer_bytes,
                     receive_buffer_bytes};
             }),
             py::kw_only(), py::arg("source_address") = "", py::arg("no_delay") = true,
             py::arg("keep_alive") = true, py::arg("keep_alive_idle_s") = 0,
             py::arg("keep_alive_interval_s") = 0, py::arg("keep_alive_count") = 0,
             py::arg("user_timeout_ms") = 0, py::arg("send_buffer_bytes") = 0,
             py::arg("receive_buffer_bytes") = 0);
}

}  // namespace

void bind_network(py::module_& module) {
    bind_tls(module);
    bind_socket(module);
    py::class_<ConnectionArgument>(module, "ConnectionSettings")
        .def(py::init(&connection), py::kw_only(), py::arg("tls") = std::nullopt,
             py::arg("socket") = net::SocketOptions{}, py::arg("connect_timeout_ms") = 10'000,
             py::arg("outbound_buffer_bytes") = 16 * 1024 * 1024,
             py::arg("backup_hosts") = std::vector<std::pair<std::string, std::uint16_t>>{},
             py::arg("return_to_first") = "at_next_logon", py::arg("return_after_ms") = 0,
             py::arg("allowed_addresses") = std::vector<std::string>{},
             py::arg("outbound_stall_timeout_ms") = 30'000);
    py::class_<net::AdmissionSettings>(module, "AdmissionSettings")
        .def(py::init([](std::size_t waiting_max, std::size_t waiting_per_address_max,
                         unsigned connects_per_minute_max, std::int64_t logon_timeout_ms,
                         std::size_t first_message_bytes_max) {
                 return net::AdmissionSettings{waiting_max, waiting_per_address_max, connects_per_minute_max,
                                               logon_timeout_ms, first_message_bytes_max};
             }),
             py::kw_only(), py::arg("waiting_max") = 64, py::arg("waiting_per_address_max") = 8,
             py::arg("connects_per_minute_max") = 120, py::arg("logon_timeout_ms") = 10'000,
             py::arg("first_message_bytes_max") = 8 * 1024);
}

}  // namespace gw::bindings
