#include "net/tls_text.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>

namespace gw::net {

namespace {

std::string name_text(const X509_NAME* name) {
    BIO* out = BIO_new(BIO_s_mem());
    X509_NAME_print_ex(out, name, 0, XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB);
    char* data = nullptr;
    const long size = BIO_get_mem_data(out, &data);
    std::string text(data, static_cast<std::size_t>(size));
    BIO_free(out);
    return text;
}

std::string time_text(const ASN1_TIME* time) {
    BIO* out = BIO_new(BIO_s_mem());
    ASN1_TIME_print(out, time);
    char* data = nullptr;
    const long size = BIO_get_mem_data(out, &data);
    std::string text(data, static_cast<std::size_t>(size));
    BIO_free(out);
    return text;
}

// Reasons of OpenSSL's that people meet, and what they mean here.
struct Reason {
    int code;
    std::string_view text;
};
constexpr int alert(int number) {
    return SSL_AD_REASON_OFFSET + number;
}
constexpr std::array reasons{
    Reason{SSL_R_WRONG_VERSION_NUMBER,
           "the counterparty does not speak TLS on this port; check the port, or "
           "whether the session is meant to have `tls`"},
    Reason{SSL_R_HTTP_REQUEST, "the counterparty speaks HTTP, not FIX over TLS; check host and port"},
    Reason{SSL_R_UNSUPPORTED_PROTOCOL,
           "the counterparty offers no TLS version of 1.2 or newer; it has to be brought up to date"},
    Reason{SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE,
           "the counterparty presented no client certificate, and this session demands one; it has to be set "
           "up with one"},
    Reason{SSL_R_NO_SHARED_CIPHER, "the two sides have no cipher suite in common"},
    Reason{SSL_R_NO_RENEGOTIATION, "the counterparty wants to renegotiate, which is refused"},
    Reason{SSL_R_UNEXPECTED_EOF_WHILE_READING, "the counterparty closed the connection in the handshake"},
    Reason{alert(SSL_AD_PROTOCOL_VERSION),
           "the counterparty does not take this TLS version (alert protocol_version); TLS 1.2 and 1.3 are "
           "offered"},
    Reason{alert(SSL_AD_CERTIFICATE_REQUIRED),
           "the counterparty demands a client certificate (alert "
           "certificate_required); set tls.certificate and "
           "tls.private_key"},
    Reason{alert(SSL_AD_HANDSHAKE_FAILURE),
           "the counterparty refused the handshake (alert handshake_failure): no common cipher suite, or it "
           "demands a client certificate (tls.certificate)"},
    Reason{alert(SSL_AD_UNKNOWN_CA),
           "the counterparty does not trust the issuer of our certificate (alert "
           "unknown_ca); tls.certificate has to hold the whole chain, from an "
           "issuer that the counterparty knows"},
    Reason{alert(SSL_AD_BAD_CERTIFICATE),
           "the counterparty refused our certificate (alert bad_certificate); check tls.certificate with it"},
    Reason{alert(SSL_AD_CERTIFICATE_EXPIRED),
           "the counterparty says that our certificate has expired; renew tls.certificate"},
    Reason{alert(SSL_AD_CERTIFICATE_UNKNOWN),
           "the counterparty refused our certificate (alert "
           "certificate_unknown); check tls.certificate with it"},
    Reason{alert(SSL_AD_CERTIFICATE_REVOKED),
           "the counterparty says that our certificate was revoked; renew tls.certificate"},
    Reason{alert(SSL_AD_ACCESS_DENIED), "the counterparty denied access (alert access_denied)"},
    Reason{alert(SSL_AD_UNRECOGNIZED_NAME),
           "the counterparty does not know the server name; set tls.server_name to the one it expects"},
};

}  // namespace

std::string subject_of(X509* certificate) {
    return certificate == nullptr ? "(none)" : name_text(X509_get_subject_name(certificate));
}

std::string describe_certificate_error(int code, X509* certificate, std::string_view name, bool acceptor) {
    const std::string whose = std::string("the counterparty's certificate (") + subject_of(certificate) + ")";
    const std::string issuer =
        certificate == nullptr ? "(unknown)" : name_text(X509_get_issuer_name(certificate));
    switch (code) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return whose + " has expired" +
                   (certificate == nullptr ? "" : " on " + time_text(X509_get0_notAfter(certificate))) +
                   "; the counterparty has to renew it (or this machine's clock is wrong)";
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return whose + " is not valid before " +
                   (certificate == nullptr ? "" : time_text(X509_get0_notBefore(certificate))) +
                   "; check this machine's clock";
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return whose + " is not for the host '" + std::string(name) +
                   "'; correct `host`, or set tls.server_name to a name that the certificate has";
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_CERT_UNTRUSTED:
            return whose + " was issued by an unknown CA (" + issuer +
                   "); if that CA is the right one, put its certificate into tls.ca_file" +
                   (acceptor ? "" : ", or pin the certificate with tls.pins");
        case X509_V_ERR_CERT_REVOKED:
            return whose + " was revoked; the counterparty has to renew it";
        case X509_V_ERR_INVALID_PURPOSE:
            return whose +
                   " is not meant for this side of a TLS connection (extended key usage); the "
                   "counterparty has to use another";
        default:
            return whose + " was refused: " + X509_verify_cert_error_string(code);
    }
}

std::string take_tls_error(bool acceptor) {
    const unsigned long error = ERR_get_error();
    ERR_clear_error();
    if (error == 0) return "the TLS library gave no reason";
    const int code = ERR_GET_REASON(error);
    if (ERR_GET_LIB(error) == ERR_LIB_SSL) {
        if (acceptor && code == SSL_R_WRONG_VERSION_NUMBER)
            return "the counterparty does not speak TLS, and this session takes nothing else; the "
                   "counterparty has to turn it on";
        for (const Reason& reason : reasons)
            if (reason.code == code) return std::string(reason.text);
    }
    const char* text = ERR_reason_error_string(error);
    return text == nullptr ? "error " + std::to_string(error) + " of the TLS library" : text;
}

}  // namespace gw::net
