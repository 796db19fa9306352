#include "logon/signer.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

namespace gw::logon {
namespace {

constexpr std::size_t ed25519_key_bytes = 32;
constexpr std::size_t ed25519_signature_bytes = 64;

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

class HmacSha256 final : public Signer {
  public:
    explicit HmacSha256(std::string_view key) : key_(key) {}

    [[nodiscard]] std::string sign(std::string_view payload) const override {
        std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
        unsigned size = 0;
        if (HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()), bytes_of(payload), payload.size(),
                 digest.data(), &size) == nullptr)
            return {};
        return {reinterpret_cast<const char*>(digest.data()), size};
    }
    [[nodiscard]] bool verify(std::string_view payload, std::string_view signature) const override {
        return same_secret(sign(payload), signature);
    }

  private:
    std::string key_;
};

struct FreeKey {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeContext {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

class Ed25519 final : public Signer {
  public:
    Ed25519(Key key, KeyUse use) : key_(std::move(key)), use_(use) {}

    [[nodiscard]] std::string sign(std::string_view payload) const override {
        if (use_ != KeyUse::sign) return {};
        const Context context(EVP_MD_CTX_new());
        std::array<unsigned char, ed25519_signature_bytes> signature;
        std::size_t size = signature.size();
        const bool done =
            context && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
            EVP_DigestSign(context.get(), signature.data(), &size, bytes_of(payload), payload.size()) == 1;
        return done ? std::string(reinterpret_cast<const char*>(signature.data()), size) : std::string();
    }
    [[nodiscard]] bool verify(std::string_view payload, std::string_view signature) const override {
        const Context context(EVP_MD_CTX_new());
        return context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
               EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(payload),
                                payload.size()) == 1;
    }

  private:
    Key key_;
    KeyUse use_;
};

// What stands before the 32 bytes in a DER file of such a key (RFC 8410).
constexpr std::string_view pkcs8_prefix("\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20",
                                        16);
constexpr std::string_view public_prefix("\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", 12);

std::unique_ptr<Signer> make_hmac(std::string_view key, KeyUse, std::string& error) {
    if (!key.empty()) return std::make_unique<HmacSha256>(key);
    error = "hmac-sha256 needs a key, and it is empty";
    return nullptr;
}

std::unique_ptr<Signer> make_ed25519(std::string_view key, KeyUse use, std::string& error) {
    const std::string_view prefix = use == KeyUse::sign ? pkcs8_prefix : public_prefix;
    if (key.size() == prefix.size() + ed25519_key_bytes && key.starts_with(prefix))
        key.remove_prefix(prefix.size());
    Key made;
    if (key.size() == ed25519_key_bytes)
        made.reset(use == KeyUse::sign
                       ? EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes_of(key), key.size())
                       : EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(key), key.size()));
    if (made) return std::make_unique<Ed25519>(std::move(made), use);
    error = use == KeyUse::sign
                ? "ed25519 needs a private key of 32 bytes, or one in PKCS #8, to sign"
                : "ed25519 needs a public key of 32 bytes, or one in SubjectPublicKeyInfo, to verify";
    error += "; it has " + std::to_string(key.size()) + " bytes";
    return nullptr;
}

struct Kind {
    std::string_view name;
    std::unique_ptr<Signer> (*make)(std::string_view key, KeyUse use, std::string& error);
};

constexpr std::array<Kind, 2> kinds = {{{"hmac-sha256", &make_hmac}, {"ed25519", &make_ed25519}}};

}  // namespace

std::unique_ptr<Signer> make_signer(std::string_view name, std::string_view key, KeyUse use,
                                    std::string& error) {
    for (const Kind& kind : kinds)
        if (kind.name == name) return kind.make(key, use, error);
    error = "there is no signer '" + std::string(name) + "'; the signers are";
    for (const Kind& kind : kinds) error.append(" ").append(kind.name);
    return nullptr;
}

bool same_secret(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace gw::logon
