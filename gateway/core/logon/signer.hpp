// What signs a Logon, by name. A new one is a class here and a row in the table of signer.cpp.
//
// The signers are deterministic: the same key and payload give the same signature. They allocate; a Logon is
// not the order path. The cryptography is OpenSSL's.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace gw::logon {

class Signer {
  public:
    virtual ~Signer() = default;
    // The signature's bytes. Empty where the signer can only verify.
    [[nodiscard]] virtual std::string sign(std::string_view payload) const = 0;
    [[nodiscard]] virtual bool verify(std::string_view payload, std::string_view signature) const = 0;
};

enum class KeyUse { sign, verify };

// `name`: "hmac-sha256" (any key; the same one verifies) or "ed25519" (32 bytes of seed, or PKCS #8, to sign;
// 32 bytes of public key, or SubjectPublicKeyInfo, to verify). Null where there is no such signer or the key
// does not fit it; `error` then says so and never holds the key.
[[nodiscard]] std::unique_ptr<Signer> make_signer(std::string_view name, std::string_view key, KeyUse use,
                                                  std::string& error);

// Compares in a time that depends on the lengths alone.
[[nodiscard]] bool same_secret(std::string_view a, std::string_view b);

}  // namespace gw::logon
