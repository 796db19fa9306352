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

// What ConnectionSettings says of a link.
using ConnectionArgument = net::LinkSettings;

// What does not stand in ConnectionSettings stays as it is.
inline void take_connection(const ConnectionArgument& from, net::LinkSettings& link) {
    ConnectionArgument taken = from;
    taken.endpoint = link.endpoint;
    taken.signer = link.signer;
    taken.reconnect_min_ms = link.reconnect_min_ms;
    taken.reconnect_max_ms = link.reconnect_max_ms;
    link = std::move(taken);
}

}  // namespace gw::bindings
