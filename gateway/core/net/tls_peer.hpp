// Reads a certificate.
#pragma once

#include <openssl/x509.h>

#include "net/tls.hpp"

namespace gw::net {

[[nodiscard]] TlsPeer read_certificate(X509* certificate);

}  // namespace gw::net
