#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <new>

#include "net/tls.hpp"
#include "net/tls_callbacks.hpp"
#include "net/tls_peer.hpp"
#include "net/tls_text.hpp"

namespace gw::net {

namespace {

bool is_address(const std::string& host) {
    std::array<unsigned char, 16> bytes{};
    return ::inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
           ::inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

// Faults that only say that no CA vouches for the certificate: where pins are the trust, none has to.
bool is_about_the_issuer(int error) {
    return error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT ||
           error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
           error == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE ||
           error == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT || error == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN ||
           error == X509_V_ERR_CERT_UNTRUSTED;
}

std::string listed(const std::vector<std::string>& names) {
    constexpr std::size_t shown_max = 5;
    std::string text;
    for (std::size_t at = 0; at < names.size() && at < shown_max; ++at)
        text += (at == 0 ? "" : ", ") + names[at];
    return names.size() > shown_max ? text + ", ..." : text;
}

}  // namespace

int TlsCallbacks::check_certificate(int good, X509_STORE_CTX* store) {
    if (good == 1) return 1;
    const auto* ssl =
        static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
    auto& stream = *static_cast<TlsStream*>(SSL_get_app_data(ssl));
    const TlsSettings& settings = stream.context_->settings();
    const int error = X509_STORE_CTX_get_error(store);
    if (settings.ca_file.empty() && !settings.pins.empty() && is_about_the_issuer(error)) {
        X509_STORE_CTX_set_error(store, X509_V_OK);
        return 1;
    }
    X509* certificate = X509_STORE_CTX_get_current_cert(store);
    std::string text = describe_certificate_error(error, certificate, stream.name_, settings.acceptor);
    if (certificate != nullptr &&
        (error == X509_V_ERR_HOSTNAME_MISMATCH || error == X509_V_ERR_IP_ADDRESS_MISMATCH))
        text += " (it is for " + listed(read_certificate(certificate).names) + ")";
    if (stream.certificate_error_.empty()) stream.certificate_error_ = text;
    return 0;
}

int TlsCallbacks::give_certificate(SSL* ssl, X509**, EVP_PKEY**) {
    static_cast<TlsStream*>(SSL_get_app_data(ssl))->asked_for_certificate_ = true;
    return 0;
}

TlsStream::TlsStream(std::shared_ptr<const TlsContext> context, const std::string& host)
    : context_(std::move(context)), ssl_(SSL_new(context_->handle())) {
    BIO* in = BIO_new(BIO_s_mem());
    BIO* out = BIO_new(BIO_s_mem());
    if (ssl_ == nullptr || in == nullptr || out == nullptr) {
        BIO_free(in);
        BIO_free(out);
        SSL_free(ssl_);
        throw std::bad_alloc();
    }
    BIO_set_mem_eof_return(in, -1);  // no bytes: not yet, rather than the end
    BIO_set_mem_eof_return(out, -1);
    SSL_set_bio(ssl_, in, out);
    SSL_set_app_data(ssl_, this);
    if (context_->settings().acceptor) {
        SSL_set_accept_state(ssl_);
    } else {
        SSL_set_connect_state(ssl_);
        expect_host(host);
    }
}

// Which name is asked for (SNI), and which the certificate has to be for.
void TlsStream::expect_host(const std::string& host) {
    const TlsSettings& settings = context_->settings();
    name_ = settings.server_name.empty() ? host : settings.server_name;
    const bool address = is_address(name_);
    if (!address) SSL_set_tlsext_host_name(ssl_, name_.c_str());
    if (!settings.verify_host_name) return;
    X509_VERIFY_PARAM* check = SSL_get0_param(ssl_);
    X509_VERIFY_PARAM_set_hostflags(check, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    const int set = address ? X509_VERIFY_PARAM_set1_ip_asc(check, name_.c_str())
                            : X509_VERIFY_PARAM_set1_host(check, name_.c_str(), name_.size());
    if (set != 1) fail("the host '" + name_ + "' is no name that a certificate can be for; correct `host`");
}

TlsStream::~TlsStream() {
    SSL_free(ssl_);
}

void TlsStream::feed(std::string_view bytes) {
    BIO_write(SSL_get_rbio(ssl_), bytes.data(), static_cast<int>(bytes.size()));
}

TlsStream::State TlsStream::fail(std::string text) {
    error_ = std::move(text);
    return state_ = State::failed;
}

TlsStream::State TlsStream::handshake() {
    if (state_ != State::handshaking) return state_;
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_);
    if (result == 1) {
        finish_handshake();
    } else {
        fail_handshake(result);
    }
    return state_;
}

void TlsStream::fail_handshake(int result) {
    const int error = SSL_get_error(ssl_, result);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return;
    const std::string reason = take_tls_error(context_->settings().acceptor);
    fail("TLS: " + (certificate_error_.empty() ? reason : certificate_error_) + std::string(hint()));
}

void TlsStream::finish_handshake() {
    X509* certificate = SSL_get1_peer_certificate(ssl_);
    if (certificate != nullptr) peer_ = read_certificate(certificate);
    X509_free(certificate);
    state_ = State::open;
    const TlsSettings& settings = context_->settings();
    if (settings.acceptor) return;  // which session's pins count is known once the Logon is read
    if (peer_.certificate_sha256.empty()) {
        drop_output(output().size());
        fail("TLS: the counterparty showed no certificate");
    } else if (!settings.pins.empty() && !peer_.matches(settings.pins)) {
        drop_output(output().size());  // the handshake stays unfinished
        fail("TLS: the counterparty's certificate matches none of tls.pins (certificate sha256:" +
             peer_.certificate_sha256 + ", public key sha256:" + peer_.public_key_sha256 +
             "); only if the counterparty confirms the new certificate, change the pin");
    }
}

std::string_view TlsStream::hint() const {
    return asked_for_certificate_ ? " (it demands a client certificate, and the session has none: set "
                                    "tls.certificate and tls.private_key)"
                                  : "";
}

std::size_t TlsStream::read(std::span<char> room) {
    if (state_ != State::open) return 0;
    ERR_clear_error();
    const int size = SSL_read(ssl_, room.data(), static_cast<int>(room.size()));
    if (size > 0) return static_cast<std::size_t>(size);
    switch (SSL_get_error(ssl_, size)) {
        case SSL_ERROR_WANT_READ:
        case SSL_ERROR_WANT_WRITE:
            break;
        case SSL_ERROR_ZERO_RETURN:
            state_ = State::ended;
            break;
        default:
            fail("TLS: " + take_tls_error(context_->settings().acceptor) + std::string(hint()));
    }
    return 0;
}

void TlsStream::write(std::string_view bytes) {
    if (state_ != State::open || bytes.empty()) return;
    ERR_clear_error();
    // Into memory: it takes everything, or the connection is of no more use.
    if (SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size())) <= 0)
        fail("TLS: " + take_tls_error(context_->settings().acceptor));
}

void TlsStream::shut_down() {
    if (state_ != State::open && state_ != State::ended) return;
    ERR_clear_error();
    SSL_shutdown(ssl_);
}

std::string_view TlsStream::output() const {
    char* data = nullptr;
    const long size = BIO_get_mem_data(SSL_get_wbio(ssl_), &data);
    return {data, static_cast<std::size_t>(size)};
}

void TlsStream::drop_output(std::size_t count) {
    BIO* out = SSL_get_wbio(ssl_);
    if (count == output().size()) {
        (void)BIO_reset(out);
        return;
    }
    std::array<char, 4096> gone;
    while (count != 0) {
        const int size = BIO_read(out, gone.data(), static_cast<int>(std::min(count, gone.size())));
        if (size <= 0) return;
        count -= static_cast<std::size_t>(size);
    }
}

std::string TlsStream::version() const {
    return SSL_get_version(ssl_);
}

}  // namespace gw::net
