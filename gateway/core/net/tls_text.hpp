// What went wrong with TLS, in words: what failed, and what to do about it.
#pragma once

#include <openssl/x509.h>

#include <string>
#include <string_view>

namespace gw::net {

// `name`: what the certificate was to be for. `acceptor`: our own role.
[[nodiscard]] std::string describe_certificate_error(int code, X509* certificate, std::string_view name,
                                                     bool acceptor);
// Takes the oldest error of OpenSSL's queue of this thread and empties it.
[[nodiscard]] std::string take_tls_error(bool acceptor);
[[nodiscard]] std::string subject_of(X509* certificate);

}  // namespace gw::net
