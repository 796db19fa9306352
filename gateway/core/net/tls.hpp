// TLS 1.2 and 1.3 as a machine of bytes: what the peer sent goes in, what is for the peer and what is for the
// session comes out. It knows no socket, so that it works over any transport.
//
// A peer is always authenticated. The acceptor shows a certificate that is checked against a CA file, the
// system's trust store or pins, and against the host name; an acceptor may demand one of its counterparty. No
// version below 1.2, no renegotiation, no session tickets, no compression, and no way back to plain text.
//
// Threads: a TlsContext may be shared; a TlsStream belongs to one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

struct ssl_ctx_st;
struct ssl_st;
struct x509_store_ctx_st;

namespace gw::net {

struct TlsSettings {
    bool acceptor = false;
    std::string ca_file;            // PEM. Empty: pins alone or, without pins, the system's trust store
    std::vector<std::string> pins;  // SHA-256 of the peer's certificate or of its public key (SPKI), in hex
    std::string server_name;        // SNI, and what the certificate must be for; empty: the host's name
    bool verify_host_name = true;   // an initiator's; off only with a CA file or pins of one's own
    std::string certificate_file;   // PEM, with the chain; an acceptor needs it, an initiator may show it
    std::string private_key_file;   // PEM
    std::string private_key_password;
    bool require_client_certificate = false;  // an acceptor's
    bool tls_1_3_only = false;
};

// Who the peer is, as its certificate says. Empty where it showed none.
struct TlsPeer {
    std::vector<std::string> names;  // the subject's common name, and the DNS names and addresses it is for
    std::string certificate_sha256;  // hex
    std::string public_key_sha256;   // hex, of the SPKI
    [[nodiscard]] bool has_name(std::string_view name) const;
    [[nodiscard]] bool matches(const std::vector<std::string>& pins) const;
};

class TlsContext {
  public:
    // Null, and `error` says which file or value is wrong.
    [[nodiscard]] static std::shared_ptr<const TlsContext> create(const TlsSettings& settings,
                                                                  std::string& error);
    ~TlsContext();
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;

    [[nodiscard]] const TlsSettings& settings() const { return settings_; }
    [[nodiscard]] ssl_ctx_st* handle() const { return context_; }

  private:
    explicit TlsContext(const TlsSettings& settings) : settings_(settings) {}
    bool load(std::string& error);

    TlsSettings settings_;
    ssl_ctx_st* context_ = nullptr;
};

class TlsStream {
  public:
    enum class State : std::uint8_t { handshaking, open, ended, failed };

    // `host`: what an initiator connects to, a name or an address.
    TlsStream(std::shared_ptr<const TlsContext> context, const std::string& host);
    ~TlsStream();
    TlsStream(const TlsStream&) = delete;
    TlsStream& operator=(const TlsStream&) = delete;

    // Takes bytes of the peer.
    void feed(std::string_view bytes);
    // Goes on with the handshake as far as the bytes reach.
    State handshake();
    // Gives what was decrypted; 0 where there is nothing, and state() says whether more can come.
    [[nodiscard]] std::size_t read(std::span<char> room);
    // Encrypts all of it. Precondition: open.
    void write(std::string_view bytes);
    // Says that nothing more follows (close_notify).
    void shut_down();
    // What is for the peer. Lives until the next call of this stream.
    [[nodiscard]] std::string_view output() const;
    void drop_output(std::size_t count);

    [[nodiscard]] State state() const { return state_; }
    // What failed, and what to do about it.
    [[nodiscard]] const std::string& error() const { return error_; }
    // What may explain a counterparty that breaks off: that it asked for a certificate, and there is none.
    [[nodiscard]] std::string_view hint() const;
    // Valid once the handshake is done.
    [[nodiscard]] const TlsPeer& peer() const { return peer_; }
    [[nodiscard]] std::string version() const;  // "TLSv1.3"

  private:
    friend struct TlsCallbacks;
    void expect_host(const std::string& host);
    void fail_handshake(int result);
    void finish_handshake();
    State fail(std::string text);

    std::shared_ptr<const TlsContext> context_;
    std::string name_;  // what the certificate has to be for
    ssl_st* ssl_ = nullptr;
    State state_ = State::handshaking;
    std::string error_;
    std::string certificate_error_;       // of the check of the peer's certificate
    bool asked_for_certificate_ = false;  // and none was there to show
    TlsPeer peer_;
};

}  // namespace gw::net
