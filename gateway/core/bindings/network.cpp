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
        .def(py::init([](const std::optional<TlsArgument>& tls, const net::SocketOptions& socket,
                         std::int64_t connect_timeout_ms, std::size_t outbound_buffer_bytes) {
                 ConnectionArgument argument;
                 net::ConnectionOptions& options = argument.options;
                 options.socket = socket;
                 options.connect_timeout_ms = connect_timeout_ms;
                 options.backlog_bytes_max = outbound_buffer_bytes;
                 if (tls) {
                     options.tls = tls->context;
                     options.handshake_timeout_ms = tls->handshake_timeout_ms;
                     argument.client_name = tls->client_name;
                 }
                 return argument;
             }),
             py::kw_only(), py::arg("tls") = std::nullopt, py::arg("socket") = net::SocketOptions{},
             py::arg("connect_timeout_ms") = 10'000, py::arg("outbound_buffer_bytes") = 16 * 1024 * 1024);
}

}  // namespace gw::bindings
