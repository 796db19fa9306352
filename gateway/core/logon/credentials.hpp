// The credentials of one session: what our Logon proves, or what the counterparty's must prove to us.
//
// An initiator presents them; an acceptor demands them and presents none, so that its password does not go to
// whoever connects. Nothing here reaches an event or an error text.
//
// A change of password: our Logon carries Password(554) and NewPassword(925) until one is accepted; from then
// on the new one is the password. The change has an id of the operator's; the journal records by that id that
// it was made, so that a restart does not ask for it again. Where the answer to such a Logon was lost, nobody
// knows which of the two is in force: after an attempt without an answer the next one presents the other.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "logon/outside.hpp"
#include "logon/payload.hpp"
#include "logon/signer.hpp"
#include "logon/text_form.hpp"
#include "session/config.hpp"
#include "session/ports.hpp"

namespace gw::logon {

struct SigningSettings {
    std::string signer;  // see make_signer; empty: Logons are not signed; outside_signer: see outside.hpp
    std::string key;
    std::string payload;                        // see Payload
    TextForm form = TextForm::base64;           // of the signature in its field
    std::uint32_t tag = 96;                     // RawData(96); a data field comes behind its length
    AnswerForm answer = AnswerForm::base64;     // of a signer outside
    std::vector<std::uint32_t> further_tags{};  // that a signer outside may answer too
};

inline constexpr std::string_view outside_signer = "outside";

// An encrypted password is made outside, once, of the plain one: `encrypted` goes out in its place, in
// EncryptedPassword(1402) or EncryptedNewPassword(1404).
struct Password {
    std::string plain;
    std::string encrypted;
};

struct CredentialSettings {
    std::string username;
    Password password;
    Password new_password;
    std::string change_id;          // of the change to new_password; empty: none is wanted
    std::string encryption_method;  // EncryptedPasswordMethod(1400)
    SigningSettings signing;
};

class Credentials final : public session::LogonPolicy {
  public:
    // Null where the signer, its key or the payload is not usable; `error` says why.
    [[nodiscard]] static std::unique_ptr<Credentials> make(const CredentialSettings& settings,
                                                           const session::Config& session,
                                                           std::string& error);

    void complete(fix::Encoder& logon, std::uint64_t seq, std::string_view sending_time) const override;
    [[nodiscard]] session::LogonRefusal refuse(const fix::Message& logon) const override;
    [[nodiscard]] bool signs_at_once() const override { return !signs_outside(); }

    // ---- a signer outside

    [[nodiscard]] bool signs_outside() const { return settings_.signing.signer == outside_signer; }
    // What is to be signed of a Logon of ours, which may be signed already or not.
    [[nodiscard]] std::string payload_of(const fix::Message& logon) const;
    // Fields for the next Logon, from the signer's output. False, and `error`, where it is not usable.
    [[nodiscard]] bool take_answer(std::string_view output, std::string& error);
    // The fields belong to one Logon alone.
    void forget_answer() { answer_.clear(); }

    // ---- the change of password

    [[nodiscard]] const std::string& change_id() const { return settings_.change_id; }
    // The Logon that is under way asks for the change, or tries whether it was made.
    [[nodiscard]] bool change_pending() const { return !settings_.change_id.empty() && !changed_; }
    // Whether the counterparty's answer to such a Logon means that the new password is in force.
    [[nodiscard]] bool is_changed_by(const fix::Message& answer) const;
    void set_changed() { changed_ = true; }
    // The connection ended before our Logon was answered.
    void attempt_unanswered() { present_new_ = !present_new_; }

  private:
    Credentials(const CredentialSettings& settings, const session::Config& session)
        : settings_(settings), session_(session) {}

    [[nodiscard]] const Password& presented() const;
    [[nodiscard]] bool asks_for_change() const { return change_pending() && !present_new_; }
    [[nodiscard]] std::string payload_of(const fix::Encoder& logon) const;
    void write_password(fix::Encoder& logon) const;
    [[nodiscard]] bool is_signed_by_them(const fix::Message& logon) const;

    CredentialSettings settings_;
    session::Config session_;
    std::unique_ptr<Signer> signer_;
    std::optional<Payload> payload_;
    std::vector<SignedField> answer_;
    bool changed_ = false;
    bool present_new_ = false;
};

}  // namespace gw::logon
