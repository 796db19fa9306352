// What the TLS library calls back.
#pragma once

#include <openssl/ssl.h>

namespace gw::net {

struct TlsCallbacks {
    // For every certificate of the peer's chain, and for every fault that is found in it.
    // The counterparty asks for a certificate, and none is configured.
    static int give_certificate(SSL* ssl, X509** certificate, EVP_PKEY** key);
    static int check_certificate(int good, X509_STORE_CTX* store);
};

}  // namespace gw::net
