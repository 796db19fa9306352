// TLS as a machine of bytes, and under the transport. Certificates are made here; Python's ssl and the
// openssl command are the independent peers in tests/integration/net.
#include "net/tls.hpp"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include "journal_fixture.hpp"
#include "transport_fixture.hpp"

using namespace gw;
using namespace gw::net;
using gw::test::Network;

namespace {

// A self-signed certificate for localhost and its key, as PEM files.
class Certificate {
  public:
    explicit Certificate(long days = 1) {
        EVP_PKEY* key = EVP_EC_gen("P-256");
        X509* certificate = X509_new();
        X509_set_version(certificate, X509_VERSION_3);
        ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
        X509_time_adj_ex(X509_getm_notBefore(certificate), -10, 0, nullptr);
        X509_time_adj_ex(X509_getm_notAfter(certificate), static_cast<int>(days), 0, nullptr);
        X509_set_pubkey(certificate, key);
        X509_NAME* name = X509_get_subject_name(certificate);
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                   reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
        X509_set_issuer_name(certificate, name);
        X509_EXTENSION* names =
            X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
        X509_add_ext(certificate, names, -1);
        X509_EXTENSION_free(names);
        X509_sign(certificate, key, EVP_sha256());
        write(certificate_file(), [&](std::FILE* file) { PEM_write_X509(file, certificate); });
        write(key_file(), [&](std::FILE* file) {
            PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
        });
        X509_free(certificate);
        EVP_PKEY_free(key);
    }
    [[nodiscard]] std::string certificate_file() const { return directory_.path() + "/certificate.pem"; }
    [[nodiscard]] std::string key_file() const { return directory_.path() + "/key.pem"; }

  private:
    template <class Use>
    static void write(const std::string& path, Use&& use) {
        std::FILE* file = std::fopen(path.c_str(), "w");
        REQUIRE(file != nullptr);
        use(file);
        std::fclose(file);
    }
    journal::TemporaryDirectory directory_;
};

std::shared_ptr<const TlsContext> context_of(const TlsSettings& settings) {
    std::string error;
    auto context = TlsContext::create(settings, error);
    CHECK_EQ(error, std::string());
    REQUIRE(context != nullptr);
    return context;
}

TlsSettings acceptor_with(const Certificate& own) {
    TlsSettings settings;
    settings.acceptor = true;
    settings.certificate_file = own.certificate_file();
    settings.private_key_file = own.key_file();
    return settings;
}

TlsSettings initiator_that_trusts(const Certificate& other) {
    TlsSettings settings;
    settings.ca_file = other.certificate_file();
    return settings;
}

struct StreamPair {
    TlsStream near, far;

    StreamPair(const TlsSettings& initiator, const TlsSettings& acceptor,
               const std::string& host = "localhost")
        : near(context_of(initiator), host), far(context_of(acceptor), "") {}

    // Passes what is there, `piece` bytes at a time.
    static std::size_t pass(TlsStream& from, TlsStream& to, std::size_t piece) {
        const std::size_t count = std::min(piece, from.output().size());
        to.feed(from.output().substr(0, count));
        from.drop_output(count);
        return count;
    }
    void shake_hands(std::size_t piece = 100'000) {
        std::size_t moved = 1;
        while (moved != 0) {
            near.handshake();
            far.handshake();
            moved = pass(near, far, piece) + pass(far, near, piece);
        }
    }
};

std::string read_all(TlsStream& stream) {
    std::string all;
    std::array<char, 333> room;
    while (const std::size_t size = stream.read(room)) all.append(room.data(), size);
    return all;
}

}  // namespace

TEST(streams_shake_hands_and_pass_bytes_at_every_split) {
    const Certificate own;
    for (const std::size_t piece : {1U, 2U, 17U, 5'000U, 100'000U}) {
        StreamPair pair(initiator_that_trusts(own), acceptor_with(own));
        pair.shake_hands(piece);
        REQUIRE(pair.near.state() == TlsStream::State::open);
        REQUIRE(pair.far.state() == TlsStream::State::open);
        CHECK_EQ(pair.near.version(), std::string("TLSv1.3"));
        CHECK(pair.near.peer().has_name("localhost"));
        std::string sent, got;
        for (int at = 0; at < 50; ++at) {
            const std::string message(static_cast<std::size_t>(at * 40), static_cast<char>('a' + at % 26));
            sent += message;
            pair.near.write(message);
            while (StreamPair::pass(pair.near, pair.far, piece) != 0) got += read_all(pair.far);
        }
        CHECK(sent == got);
        pair.near.shut_down();
        while (StreamPair::pass(pair.near, pair.far, piece) != 0) CHECK_EQ(read_all(pair.far), std::string());
        CHECK(pair.far.state() == TlsStream::State::ended);
    }
}

TEST(faults_of_the_certificate_are_named) {
    const Certificate good, other, expired(-1);
    struct Case {
        TlsSettings initiator;
        const Certificate& shown;
        const char* host;
        const char* said;
    };
    TlsSettings pinned;
    pinned.pins = {std::string(64, 'a')};
    const Case all[] = {
        {initiator_that_trusts(other), good, "localhost", "unknown CA"},
        {initiator_that_trusts(expired), expired, "localhost", "has expired"},
        {initiator_that_trusts(good), good, "fix.example", "is not for the host 'fix.example'"},
        {initiator_that_trusts(good), good, "127.0.0.2", "is not for the host '127.0.0.2'"},
        {pinned, good, "localhost", "matches none of tls.pins"},
    };
    for (const Case& one : all) {
        StreamPair pair(one.initiator, acceptor_with(one.shown), one.host);
        pair.shake_hands();
        CHECK(pair.near.state() == TlsStream::State::failed);
        CHECK(pair.near.error().find(one.said) != std::string::npos);
        CHECK(pair.far.state() != TlsStream::State::open);
        CHECK_EQ(read_all(pair.far), std::string());
    }
}

TEST(client_certificate_is_demanded) {
    const Certificate own, client;
    TlsSettings acceptor = acceptor_with(own);
    acceptor.require_client_certificate = true;
    acceptor.ca_file = client.certificate_file();
    TlsSettings initiator = initiator_that_trusts(own);
    StreamPair without(initiator, acceptor);
    without.shake_hands();
    CHECK(without.far.state() == TlsStream::State::failed);
    CHECK(without.far.error().find("presented no client certificate") != std::string::npos);
    (void)read_all(without.near);  // the alert
    CHECK(without.near.state() == TlsStream::State::failed);
    CHECK(without.near.error().find("demands a client certificate") != std::string::npos);

    initiator.certificate_file = client.certificate_file();
    initiator.private_key_file = client.key_file();
    StreamPair with(initiator, acceptor);
    with.shake_hands();
    CHECK(with.far.state() == TlsStream::State::open);
    TlsPeer peer = with.far.peer();
    CHECK(peer.matches({peer.public_key_sha256}));
    CHECK(peer.matches({peer.certificate_sha256}));
    CHECK(!peer.matches({std::string(64, '0')}));
}

TEST(garbage_fails_the_handshake_and_every_prefix_of_it_waits) {
    const Certificate own;
    TlsStream stream(context_of(acceptor_with(own)), "");
    stream.feed("8=FIX.4.4");
    CHECK(stream.handshake() == TlsStream::State::failed);
    CHECK(stream.error().find("does not speak TLS") != std::string::npos);
    TlsStream waiting(context_of(acceptor_with(own)), "");
    waiting.feed("\x16\x03");
    CHECK(waiting.handshake() == TlsStream::State::handshaking);
}

TEST(files_that_cannot_be_used_are_named) {
    const Certificate own, other;
    std::string error;
    TlsSettings settings = acceptor_with(own);
    settings.private_key_file = other.key_file();
    CHECK(TlsContext::create(settings, error) == nullptr);
    CHECK(error.starts_with("tls.private_key: "));
    settings = TlsSettings{};
    settings.ca_file = own.key_file();
    CHECK(TlsContext::create(settings, error) == nullptr);
    CHECK(error.starts_with("tls.ca_file: "));
    settings = TlsSettings{};
    settings.acceptor = true;
    CHECK(TlsContext::create(settings, error) == nullptr);
    CHECK(error.starts_with("tls.certificate: "));
}

TEST(transport_passes_bytes_under_tls) {
    const Certificate own;
    Network net;
    ConnectionOptions near, far;
    near.tls = context_of(initiator_that_trusts(own));
    far.tls = context_of(acceptor_with(own));
    const auto [mine, theirs] = net.connect(near, far);
    REQUIRE(net.told.is_open(mine));
    const std::string long_text(300'000, 'z');
    net.send(mine, "hello");
    CHECK(net.until([&] { return net.told.bytes[theirs] == "hello"; }));
    net.send(theirs, long_text);
    CHECK(net.until([&] { return net.told.bytes[mine].size() == long_text.size(); }));
    {
        const std::lock_guard<std::mutex> guard(net.lock);
        net.transport.close(mine, "done");
    }
    CHECK(net.until([&] { return net.told.is_closed(theirs); }));
    CHECK_EQ(net.told.reasons[theirs], std::string("the counterparty closed the connection"));
}

TEST(stalled_handshake_ends_by_its_timeout_and_holds_up_nobody) {
    const Certificate own;
    Network net;
    ConnectionOptions far;
    far.tls = context_of(acceptor_with(own));
    far.handshake_timeout_ms = 200;
    const Descriptor silent(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const SocketAddress address = *numeric_address("127.0.0.1", net.port(net.listen(far)));
    REQUIRE(::connect(silent.get(), address.get(), address.size) == 0);
    REQUIRE(net.until([&] { return net.told.accepted_channels.size() == 1; }));
    const Channel stalled = net.told.accepted_channels[0];
    const auto [mine, theirs] = net.connect();
    net.send(mine, "x");
    CHECK(net.until([&] { return net.told.bytes[theirs] == "x"; }));
    CHECK(net.until([&] { return net.told.is_closed(stalled); }));
    CHECK(net.told.causes[stalled] == CloseCause::tls_failed);
    CHECK_EQ(net.told.reasons[stalled],
             std::string("TLS: the counterparty did not complete the handshake in time"));
}

TEST_MAIN
