// Signatures against the vectors of their standards; what a Logon presents, and what one must prove.
#include <functional>

#include "engine_fixture.hpp"
#include "logon/credentials.hpp"

using namespace gw;
using namespace gw::logon;
using gw::test::World;

namespace {

std::string bytes_of(std::string_view hex) {
    return from_text(hex, TextForm::hex).value_or("");
}

std::string signed_by(std::string_view signer, std::string_view key, std::string_view payload) {
    std::string error;
    const auto made = make_signer(signer, key, KeyUse::sign, error);
    REQUIRE(made != nullptr);
    return to_text(made->sign(payload), TextForm::hex);
}

// RFC 8032, 7.1, TEST 3.
constexpr std::string_view ed25519_seed = "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7";
constexpr std::string_view ed25519_public =
    "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025";
constexpr std::string_view ed25519_signature =
    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
    "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a";

engine::Settings with(const std::function<void(engine::SessionSettings&)>& change) {
    engine::Settings settings = test::engine_settings();
    change(settings.sessions[0]);
    return settings;
}

engine::Settings changing(const std::string& change_id = "2026-q4") {
    return with([&](engine::SessionSettings& s) {
        s.credentials.username = "desk";
        s.credentials.password.plain = "old";
        s.credentials.new_password.plain = "new";
        s.credentials.change_id = change_id;
    });
}

void connect(World& w) {
    w.wire.sent.clear();
    w.engine->connected(0, w.now);
}

std::string credentials_of(const World& w) {
    const std::string logon = w.wire.sent.empty() ? "" : w.wire.sent[0];
    const std::size_t at = logon.find("|553=");
    return at == std::string::npos ? "" : logon.substr(at + 1);
}

}  // namespace

TEST(base64_is_that_of_rfc_4648) {
    const std::pair<std::string_view, std::string_view> vectors[] = {
        {"", ""},        {"f", "Zg=="},        {"fo", "Zm8="},
        {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"foobar", "Zm9vYmFy"}};
    for (const auto& [bytes, text] : vectors) {
        CHECK_EQ(to_text(bytes, TextForm::base64), std::string(text));
        CHECK(from_text(text, TextForm::base64) == std::string(bytes));
    }
    CHECK(!from_text("Zg=", TextForm::base64));
    CHECK(!from_text("Z*==", TextForm::base64));
    CHECK(from_text("0aFf", TextForm::hex) == std::string("\x0a\xff"));
    CHECK(!from_text("0", TextForm::hex));
    CHECK(!from_text("0x", TextForm::hex));
}

TEST(hmac_sha256_is_that_of_rfc_4231) {
    CHECK_EQ(signed_by("hmac-sha256", "Jefe", "what do ya want for nothing?"),
             std::string("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"));
    CHECK_EQ(signed_by("hmac-sha256", std::string(131, '\xaa'),
                       "Test Using Larger Than Block-Size Key - Hash Key First"),
             std::string("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"));
}

TEST(ed25519_is_that_of_rfc_8032) {
    const std::string payload = bytes_of("af82");
    CHECK_EQ(signed_by("ed25519", bytes_of(ed25519_seed), payload), std::string(ed25519_signature));
    const std::string pkcs8 = bytes_of("302e020100300506032b657004220420" + std::string(ed25519_seed));
    CHECK_EQ(signed_by("ed25519", pkcs8, payload), std::string(ed25519_signature));
    std::string error;
    for (const std::string& key :
         {bytes_of(ed25519_public), bytes_of("302a300506032b6570032100" + std::string(ed25519_public))}) {
        const auto verifier = make_signer("ed25519", key, KeyUse::verify, error);
        REQUIRE(verifier != nullptr);
        std::string signature = bytes_of(ed25519_signature);
        CHECK(verifier->verify(payload, signature));
        CHECK(!verifier->verify(payload + "x", signature));
        signature[10] ^= 1;
        CHECK(!verifier->verify(payload, signature));
        CHECK(!verifier->verify(payload, ""));
    }
}

TEST(signer_that_is_not_usable_says_why_and_never_shows_the_key) {
    std::string error;
    CHECK(make_signer("md5", "k", KeyUse::sign, error) == nullptr);
    CHECK_EQ(error, std::string("there is no signer 'md5'; the signers are hmac-sha256 ed25519"));
    CHECK(make_signer("hmac-sha256", "", KeyUse::sign, error) == nullptr);
    CHECK(make_signer("ed25519", "too-short-secret", KeyUse::sign, error) == nullptr);
    CHECK(error.find("it has 16 bytes") != std::string::npos);
    CHECK(error.find("secret") == std::string::npos);
    CHECK(!Payload::parse("{SendingTime}|{Nonsense}", error));
    CHECK(error.find("'{Nonsense}'") != std::string::npos);
    CHECK(!Payload::parse("{52", error));
    CHECK(Payload::parse("{52}{MsgType}literal|", error).has_value());
}

TEST(logon_is_signed_over_its_own_fields) {
    World w(with([](engine::SessionSettings& s) {
        s.config.logon_fields.push_back({9100, "nonce"});
        s.credentials.username = "desk";
        s.credentials.password.plain = "pass";
        s.credentials.signing = {
            "hmac-sha256", "key",
            "{SendingTime}|{MsgType}|{MsgSeqNum}|{SenderCompID}|{TargetCompID}|{Password}|{9100}",
            TextForm::base64, 96};
    }));
    w.start();
    connect(w);
    const std::string payload = test::wire("20261121-10:00:00.000|A|1|TW|ISLD|pass|nonce");
    const std::string signature =
        to_text(bytes_of(signed_by("hmac-sha256", "key", payload)), TextForm::base64);
    CHECK_EQ(credentials_of(w),
             "553=desk|554=pass|95=" + std::to_string(signature.size()) + "|96=" + signature + "|");
}

TEST(acceptor_refuses_a_new_password_with_a_logout_that_says_why) {
    World w(with([](engine::SessionSettings& s) {
        s.config.role = session::Role::acceptor;
        s.credentials.username = "desk";
        s.credentials.password.plain = "pass";
    }));
    w.start();
    w.engine->connected(0, w.now);
    w.venue("35=A|98=0|108=30|553=desk|554=pass|925=other|");
    CHECK(w.wire.disconnected);
    CHECK_EQ(w.last_sent(),
             "35=5|34=1|49=TW|52=|56=ISLD|58=NewPassword(925) is not taken here: "
             "the password is set by configuration|");
    // Not to somebody who has shown no right to know.
    World other(w.settings);
    other.start();
    other.engine->connected(0, other.now);
    other.venue("35=A|98=0|108=30|553=desk|554=wrong|925=other|");
    CHECK(other.wire.sent.empty());
}

TEST(acceptor_takes_only_a_logon_that_proves_itself_and_presents_nothing) {
    const auto settings = with([](engine::SessionSettings& s) {
        s.config.role = session::Role::acceptor;
        s.config.test_req_id.clear();
        s.credentials.username = "desk";
        s.credentials.password.plain = "pass";
        s.credentials.signing = {"ed25519", bytes_of(ed25519_public), "{MsgType}|{SenderCompID}|{MsgSeqNum}",
                                 TextForm::hex, 9096};
    });
    const std::string good = to_text(
        bytes_of(signed_by("ed25519", bytes_of(ed25519_seed), test::wire("A|ISLD|1"))), TextForm::hex);
    const std::string stale = to_text(
        bytes_of(signed_by("ed25519", bytes_of(ed25519_seed), test::wire("A|ISLD|2"))), TextForm::hex);
    const std::pair<std::string, bool> logons[] = {
        {"553=desk|554=pass|9096=" + good + "|", true},
        {"553=desk|554=pass|9096=" + stale + "|", false},
        {"553=desk|554=pass|9096=zz|", false},
        {"553=desk|554=pass|", false},
        {"553=desk|554=passx|9096=" + good + "|", false},
        {"553=desk|9096=" + good + "|", false},
        {"553=des|554=pass|9096=" + good + "|", false},
    };
    for (const auto& [fields, taken] : logons) {
        World w(settings);
        w.start();
        w.engine->connected(0, w.now);
        w.venue("35=A|98=0|108=30|" + fields);
        CHECK_EQ(w.sent("35=A"), taken ? 1U : 0U);
        CHECK_EQ(w.wire.disconnected, !taken);
        for (const std::string& message : w.wire.sent) {
            CHECK(message.find("|554=") == std::string::npos);
            CHECK(message.find("|553=") == std::string::npos);
        }
        if (!taken) CHECK(w.wire.sent.empty());  // whoever shows no right gets no answer
    }
}

TEST(new_password_is_asked_for_once_and_used_from_then_on) {
    World w(changing());
    w.start();
    connect(w);
    CHECK_EQ(credentials_of(w), std::string("553=desk|554=old|925=new|"));
    w.venue("35=A|98=0|108=30|1409=1|");
    w.engine->disconnected(0, "cut", w.now);
    connect(w);
    CHECK_EQ(credentials_of(w), std::string("553=desk|554=new|"));
    w.restart();
    connect(w);
    CHECK_EQ(credentials_of(w), std::string("553=desk|554=new|"));
}

TEST(another_change_is_another_id) {
    World w(changing());
    w.start();
    connect(w);
    w.venue("35=A|98=0|108=30|");
    w.settings = changing("2027-q1");
    w.restart();
    connect(w);
    CHECK_EQ(credentials_of(w), std::string("553=desk|554=old|925=new|"));
}

TEST(new_password_that_does_not_comply_is_not_used) {
    World w(changing());
    w.start();
    connect(w);
    w.venue("35=A|98=0|108=30|1409=3|");
    w.engine->disconnected(0, "cut", w.now);
    connect(w);
    CHECK_EQ(credentials_of(w), std::string("553=desk|554=old|925=new|"));
}

TEST(lost_answer_to_a_change_is_found_out_by_trying_both) {
    World w(changing());
    w.start();
    connect(w);
    w.engine->disconnected(0, "cut before the answer", w.now);
    connect(w);
    CHECK_EQ(credentials_of(w), std::string("553=desk|554=new|"));
    w.engine->disconnected(0, "refused: it was not changed", w.now);
    connect(w);
    CHECK_EQ(credentials_of(w), std::string("553=desk|554=old|925=new|"));
    w.engine->disconnected(0, "cut again", w.now);
    connect(w);
    w.venue("35=A|98=0|108=30|");  // taken with the new one: so it was changed
    w.restart();
    connect(w);
    CHECK_EQ(credentials_of(w), std::string("553=desk|554=new|"));
}

TEST(encrypted_password_goes_out_in_its_own_fields) {
    World w(with([](engine::SessionSettings& s) {
        s.credentials.username = "desk";
        s.credentials.password = {"plain", "ENCRYPTED"};
        s.credentials.new_password = {"plain2", "ENCRYPTED-2"};
        s.credentials.change_id = "1";
        s.credentials.encryption_method = "101";
    }));
    w.start();
    connect(w);
    CHECK_EQ(credentials_of(w),
             std::string("553=desk|1400=101|1401=9|1402=ENCRYPTED|1403=11|1404=ENCRYPTED-2|"));
}

// ---- a signer outside

namespace {

engine::Settings signed_outside(AnswerForm answer = AnswerForm::text) {
    return with([&](engine::SessionSettings& s) {
        s.credentials.username = "desk";
        s.credentials.password.plain = "pass";
        s.credentials.signing.signer = outside_signer;
        s.credentials.signing.payload = "{SendingTime}|{MsgSeqNum}|{Password}|{ResetSeqNumFlag}";
        s.credentials.signing.answer = answer;
    });
}

// As the runtime does it: what is to be signed now, and the connection with the answer.
bool connect_signed(World& w, const std::string& answer, std::string& error) {
    w.wire.sent.clear();
    w.wire.disconnected = false;
    const std::string payload = w.engine->logon_payload(0, w.now).value_or("?");
    return w.engine->connected(0, {payload, w.now, answer}, w.now, error);
}

}  // namespace

TEST(logon_is_sent_with_what_a_signer_outside_has_answered_for_it) {
    World w(signed_outside());
    w.start();
    CHECK(w.engine->signs_outside(0));
    const auto payload = w.engine->logon_payload(0, w.now);
    CHECK_EQ(payload.value_or(""), test::wire("20261121-10:00:00.000|1|pass|"));
    CHECK(w.wire.sent.empty());

    // The signer took two seconds: what is sent has the time that was signed.
    const std::int64_t at_ns = w.now;
    w.now += 2 * test::second;
    std::string error;
    CHECK(w.engine->connected(0, {*payload, at_ns, "SIGNATURE\n"}, w.now, error));
    CHECK_EQ(credentials_of(w), std::string("553=desk|554=pass|95=9|96=SIGNATURE|"));
    journal::Cursor cursor = w.journal->cursor(1, journal::Visibility::committed);
    journal::Record record;
    std::string kept;
    while (cursor.next(record))
        if (record.kind == journal::Kind::message_out) kept = test::shown(record.payload);
    CHECK(kept.find("|52=20261121-10:00:00.000|") != std::string::npos);
    CHECK(kept.find("|96=*********|") != std::string::npos);
}

TEST(signature_counts_only_for_the_logon_that_it_was_made_for) {
    World w(signed_outside());
    w.start();
    const auto payload = w.engine->logon_payload(0, w.now);
    CHECK(w.engine->set_sequences(0, std::nullopt, 7, {"desk", "as agreed"}, w.now).verdict ==
          engine::Engine::Verdict::done);
    const std::uint64_t lsn = w.journal->committed_lsn();
    std::string error;
    CHECK(!w.engine->connected(0, {*payload, w.now, "SIGNATURE"}, w.now, error));
    CHECK(error.empty());
    CHECK(w.wire.sent.empty());
    CHECK_EQ(w.journal->committed_lsn(), lsn);
    // Signed anew it is good.
    CHECK(connect_signed(w, "OTHER", error));
    CHECK_EQ(credentials_of(w), std::string("553=desk|554=pass|95=5|96=OTHER|"));
}

TEST(answer_that_is_not_usable_is_named_and_never_shown) {
    const std::pair<std::string, AnswerForm> answers[] = {
        {"", AnswerForm::text},
        {"\n", AnswerForm::text},
        {"secret\x01"
         "49=X",
         AnswerForm::text},
        {std::string(answer_bytes_max + 1, 's'), AnswerForm::base64},
        {"", AnswerForm::hex},
        {"secret", AnswerForm::fields},
        {"97=secret\n", AnswerForm::fields},
        {"96=secret\n96=secret\n", AnswerForm::fields},
        {"96=\n", AnswerForm::fields},
    };
    for (const auto& [answer, form] : answers) {
        World w(signed_outside(form));
        w.start();
        std::string error;
        CHECK(!connect_signed(w, answer, error));
        CHECK(error.starts_with("the signer answered "));
        CHECK(error.find("secret") == std::string::npos);
        CHECK(w.wire.sent.empty());
    }
}

TEST(signer_outside_may_answer_several_fields) {
    auto settings = signed_outside(AnswerForm::fields);
    settings.sessions[0].credentials.password.plain.clear();
    settings.sessions[0].credentials.signing.further_tags = {554};
    World w(settings);
    w.start();
    std::string error;
    CHECK(connect_signed(w, "554=one-time\r\n96=nonce", error));
    CHECK_EQ(credentials_of(w), std::string("553=desk|95=5|96=nonce|554=one-time|"));
}

TEST(bytes_of_a_signer_outside_are_written_as_text) {
    for (const auto& [form, text] :
         {std::pair(AnswerForm::base64, "/wBh"), std::pair(AnswerForm::hex, "ff0061")}) {
        World w(signed_outside(form));
        w.start();
        std::string error;
        CHECK(connect_signed(w, std::string("\xff\0a", 3), error));
        CHECK(credentials_of(w).ends_with(std::string("|96=") + text + "|"));
    }
}

// A Logon inside the session could not be signed: the reset is agreed to by the next one.
TEST(reset_inside_a_session_that_is_signed_outside_takes_a_new_connection) {
    World w(signed_outside());
    w.start();
    std::string error;
    CHECK(connect_signed(w, "ONE", error));
    w.venue("35=A|98=0|108=30|");
    w.engine->tick(w.now);
    const auto refused = w.engine->reset(0, false, {"desk", "why"}, w.now);
    CHECK(refused.verdict == engine::Engine::Verdict::refused);
    CHECK(refused.why.find("log it out first") != std::string::npos);

    w.wire.sent.clear();
    w.venue("35=A|98=0|108=30|141=Y|", 1);
    CHECK_EQ(w.last_sent(),
             std::string("35=5|34=2|49=TW|52=|56=ISLD|58=ResetSeqNumFlag(141) is answered by a new Logon|"));
    CHECK(w.wire.disconnected);
    w.engine->disconnected(0, "gone", w.now);
    // Over a crash too.
    w.restart();
    CHECK_EQ(w.engine->logon_payload(0, w.now).value_or(""), test::wire("20261121-10:00:00.000|1|pass|Y"));
    CHECK(connect_signed(w, "TWO", error));
    CHECK(w.last_sent().find("|34=1|") != std::string::npos);
    CHECK(w.last_sent().find("|141=Y|") != std::string::npos);
    CHECK(credentials_of(w).ends_with("|96=TWO|"));
    // The counterparty's answer may ask for a reset of its own accord, too.
    w.venue_seq = 1;
    w.venue("35=A|98=0|108=30|141=Y|");
    CHECK(!w.wire.disconnected);
}

TEST(counterparty_that_answers_with_a_reset_gets_a_signed_logon_on_a_new_connection) {
    World w(signed_outside());
    w.start();
    std::string error;
    CHECK(connect_signed(w, "ONE", error));
    w.venue("35=A|98=0|108=30|141=Y|");
    CHECK(w.wire.disconnected);
    CHECK(w.last_sent().starts_with("35=5|"));
    w.engine->disconnected(0, "gone", w.now);
    CHECK(connect_signed(w, "TWO", error));
    CHECK(w.last_sent().find("|141=Y|") != std::string::npos);
}

TEST(signature_is_of_the_reset_flag_that_the_logon_carries) {
    World w(with([](engine::SessionSettings& s) {
        s.config.reset.on_logon = true;
        s.credentials.username = "desk";
        s.credentials.signing.signer = "hmac-sha256";
        s.credentials.signing.key = "key";
        s.credentials.signing.payload = "{MsgSeqNum}{ResetSeqNumFlag}{98}";
        s.credentials.signing.form = TextForm::hex;
    }));
    w.start();
    connect(w);
    CHECK(credentials_of(w).ends_with("|96=" + signed_by("hmac-sha256", "key", "1Y0") + "|"));
}

TEST_MAIN
