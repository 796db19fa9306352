// What all connections of one session or listener share: trust, our own certificate, versions.

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cstring>

#include "net/tls.hpp"
#include "net/tls_callbacks.hpp"
#include "net/tls_text.hpp"

namespace gw::net {

namespace {

int give_password(char* room, int size, int, void* password) {
    const auto& text = *static_cast<const std::string*>(password);
    if (size < 0 || text.size() > static_cast<std::size_t>(size)) return -1;
    std::memcpy(room, text.data(), text.size());
    return static_cast<int>(text.size());
}

std::string file_error(std::string_view key, const std::string& path, std::string_view what) {
    const std::string reason = take_tls_error(false);
    return "tls." + std::string(key) + ": " + path + " cannot be used (" + reason + "); it has to be " +
           std::string(what);
}

bool load_certificate(SSL_CTX* context, TlsSettings& settings, std::string& error) {
    if (SSL_CTX_use_certificate_chain_file(context, settings.certificate_file.c_str()) != 1) {
        error = file_error("certificate", settings.certificate_file, "a PEM file with the certificate first");
        return false;
    }
    SSL_CTX_set_default_passwd_cb(context, give_password);
    SSL_CTX_set_default_passwd_cb_userdata(context, &settings.private_key_password);
    if (SSL_CTX_use_PrivateKey_file(context, settings.private_key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
        error = file_error("private_key", settings.private_key_file,
                           "the certificate's private key in PEM, with tls.private_key_password where it is "
                           "encrypted");
        return false;
    }
    if (SSL_CTX_check_private_key(context) != 1) {
        error = file_error("private_key", settings.private_key_file, "the key of tls.certificate");
        return false;
    }
    return true;
}

bool load_trust(SSL_CTX* context, const TlsSettings& settings, std::string& error) {
    if (!settings.ca_file.empty()) {
        if (SSL_CTX_load_verify_locations(context, settings.ca_file.c_str(), nullptr) != 1) {
            error = file_error("ca_file", settings.ca_file, "a PEM file with certificates of CAs");
            return false;
        }
        if (settings.acceptor)
            SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(settings.ca_file.c_str()));
        return true;
    }
    if (!settings.pins.empty()) return true;  // the pins are the trust
    if (SSL_CTX_set_default_verify_paths(context) == 1) return true;
    error = "the system's trust store cannot be read; set tls.ca_file";
    return false;
}

}  // namespace

std::shared_ptr<const TlsContext> TlsContext::create(const TlsSettings& settings, std::string& error) {
    ERR_clear_error();
    std::shared_ptr<TlsContext> context(new TlsContext(settings));
    for (std::string& pin : context->settings_.pins)
        std::transform(pin.begin(), pin.end(), pin.begin(),
                       [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c; });
    if (!context->load(error)) return nullptr;
    return context;
}

bool TlsContext::load(std::string& error) {
    context_ = SSL_CTX_new(settings_.acceptor ? TLS_server_method() : TLS_client_method());
    if (context_ == nullptr) {
        error = "the TLS library cannot be used: " + take_tls_error(settings_.acceptor);
        return false;
    }
    SSL_CTX_set_min_proto_version(context_, settings_.tls_1_3_only ? TLS1_3_VERSION : TLS1_2_VERSION);
    SSL_CTX_set_options(context_, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET |
                                      SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_num_tickets(context_, 0);
    SSL_CTX_set_client_cert_cb(context_, TlsCallbacks::give_certificate);
    SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_OFF);
    if (settings_.acceptor && settings_.certificate_file.empty()) {
        error = "tls.certificate: an acceptor needs a certificate; give it and tls.private_key";
        return false;
    }
    if (!settings_.certificate_file.empty() && !load_certificate(context_, settings_, error)) return false;

    if (settings_.acceptor && !settings_.require_client_certificate) {
        SSL_CTX_set_verify(context_, SSL_VERIFY_NONE, nullptr);
        return true;
    }
    const int mode = SSL_VERIFY_PEER | (settings_.acceptor ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0);
    SSL_CTX_set_verify(context_, mode, TlsCallbacks::check_certificate);
    return load_trust(context_, settings_, error);
}

TlsContext::~TlsContext() {
    SSL_CTX_free(context_);
}

}  // namespace gw::net
