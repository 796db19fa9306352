#include "net/tls_peer.hpp"

#include <arpa/inet.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>

namespace gw::net {

namespace {

std::string sha256_hex(const unsigned char* bytes, std::size_t size) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(bytes, size, digest.data());
    std::string text;
    for (const unsigned char byte : digest) {
        text += digits[byte >> 4U];
        text += digits[byte & 0x0fU];
    }
    return text;
}

std::string text_of(const ASN1_STRING* text) {
    unsigned char* bytes = nullptr;
    const int size = ASN1_STRING_to_UTF8(&bytes, text);
    if (size < 0) return {};
    std::string out(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    OPENSSL_free(bytes);
    return out;
}

std::string address_of(const ASN1_OCTET_STRING* address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const int size = ASN1_STRING_length(address);
    if (size != 4 && size != 16) return {};
    ::inet_ntop(size == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(address), text.data(), text.size());
    return text.data();
}

void add_alternative_names(X509* certificate, std::vector<std::string>& names) {
    auto* all =
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
    for (int at = 0; at < sk_GENERAL_NAME_num(all); ++at) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(all, at);
        if (name->type == GEN_DNS) names.push_back(text_of(name->d.dNSName));
        if (name->type == GEN_EMAIL) names.push_back(text_of(name->d.rfc822Name));
        if (name->type == GEN_URI) names.push_back(text_of(name->d.uniformResourceIdentifier));
        if (name->type == GEN_IPADD) names.push_back(address_of(name->d.iPAddress));
    }
    GENERAL_NAMES_free(all);
}

}  // namespace

TlsPeer read_certificate(X509* certificate) {
    TlsPeer peer;
    const X509_NAME* subject = X509_get_subject_name(certificate);
    const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (at >= 0) peer.names.push_back(text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at))));
    add_alternative_names(certificate, peer.names);

    unsigned char* bytes = nullptr;
    int size = i2d_X509(certificate, &bytes);
    if (size > 0) peer.certificate_sha256 = sha256_hex(bytes, static_cast<std::size_t>(size));
    OPENSSL_free(bytes);
    bytes = nullptr;
    size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &bytes);
    if (size > 0) peer.public_key_sha256 = sha256_hex(bytes, static_cast<std::size_t>(size));
    OPENSSL_free(bytes);
    return peer;
}

bool TlsPeer::has_name(std::string_view name) const {
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool TlsPeer::matches(const std::vector<std::string>& pins) const {
    return std::any_of(pins.begin(), pins.end(), [this](const std::string& pin) {
        return pin == certificate_sha256 || pin == public_key_sha256;
    });
}

}  // namespace gw::net
