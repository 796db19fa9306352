// How Python hands over the network of a session.
#pragma once

#include <memory>
#include <string>

#include "net/runtime.hpp"
#include "net/tls.hpp"

namespace gw::bindings {

struct TlsArgument {
    std::shared_ptr<const net::TlsContext> context;
    std::string client_name;
    std::int64_t handshake_timeout_ms = 0;
};

struct ConnectionArgument {
    net::ConnectionOptions options;
    std::string client_name;
};

// What does not stand in ConnectionSettings stays as it is.
inline void take_connection(const ConnectionArgument& from, net::LinkSettings& link) {
    link.connection = from.options;
    link.client_name = from.client_name;
}

}  // namespace gw::bindings
