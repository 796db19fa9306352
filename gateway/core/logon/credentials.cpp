#include "logon/credentials.hpp"

#include <algorithm>
#include <utility>

namespace gw::logon {
namespace {

namespace tag {
constexpr std::uint32_t begin_string = 8;
constexpr std::uint32_t raw_data_length = 95;
constexpr std::uint32_t raw_data = 96;
constexpr std::uint32_t username = 553;
constexpr std::uint32_t password = 554;
constexpr std::uint32_t new_password = 925;
constexpr std::uint32_t encrypted_password_method = 1400;
constexpr std::uint32_t encrypted_password_len = 1401;
constexpr std::uint32_t encrypted_password = 1402;
constexpr std::uint32_t encrypted_new_password_len = 1403;
constexpr std::uint32_t encrypted_new_password = 1404;
constexpr std::uint32_t session_status = 1409;
}  // namespace tag

// SessionStatus(1409) of a Logon that was taken while the new password was not.
constexpr std::int64_t new_password_does_not_comply = 3;

// The field that says how long a data field is; 0: it is no data field.
constexpr std::uint32_t length_tag_of(std::uint32_t data_tag) {
    switch (data_tag) {
        case tag::raw_data:
            return tag::raw_data_length;
        case tag::encrypted_password:
            return tag::encrypted_password_len;
        case tag::encrypted_new_password:
            return tag::encrypted_new_password_len;
        default:
            return 0;
    }
}

void write_data(fix::Encoder& out, std::uint32_t data_tag, std::string_view value) {
    if (const std::uint32_t length = length_tag_of(data_tag); length != 0)
        out.field(length, static_cast<std::uint64_t>(value.size()));
    out.field(data_tag, value);
}

// The value of a field in `SOH tag=value` runs; empty where it is not there.
std::string_view written_value(std::string_view body, std::uint32_t number) {
    const std::string name = "\x01" + std::to_string(number) + "=";
    const std::size_t at = body.find(name);
    if (at == std::string_view::npos) return {};
    const std::size_t begin = at + name.size();
    return body.substr(begin, std::min(body.find('\x01', begin), body.size()) - begin);
}

}  // namespace

std::unique_ptr<Credentials> Credentials::make(const CredentialSettings& settings,
                                               const session::Config& session, std::string& error) {
    std::unique_ptr<Credentials> made(new Credentials(settings, session));
    if (settings.signing.signer.empty()) return made;
    const bool initiator = session.role == session::Role::initiator;
    if (made->signs_outside()) {
        made->payload_ = Payload::parse(settings.signing.payload, error);
        if (!initiator) error = "an acceptor verifies signatures, which a signer outside cannot";
        return made->payload_ && initiator ? std::move(made) : nullptr;
    }
    made->signer_ = make_signer(settings.signing.signer, settings.signing.key,
                                initiator ? KeyUse::sign : KeyUse::verify, error);
    if (!made->signer_) return nullptr;
    made->payload_ = Payload::parse(settings.signing.payload, error);
    if (!made->payload_) return nullptr;
    return made;
}

const Password& Credentials::presented() const {
    return changed_ || (change_pending() && present_new_) ? settings_.new_password : settings_.password;
}

// Of a Logon that is being written. The password is signed as it is known, however it is sent.
std::string Credentials::payload_of(const fix::Encoder& logon) const {
    return payload_->of([&](std::uint32_t number) -> std::string_view {
        if (number == tag::begin_string) return session_.begin_string;
        if (number == tag::password) return presented().plain;
        return written_value(logon.body(), number);
    });
}

std::string Credentials::payload_of(const fix::Message& logon) const {
    return payload_->of([&](std::uint32_t number) -> std::string_view {
        if (number == tag::password) return presented().plain;
        return logon.get(number).value_or(std::string_view{});
    });
}

bool Credentials::take_answer(std::string_view output, std::string& error) {
    std::vector<std::uint32_t> tags = {settings_.signing.tag};
    tags.insert(tags.end(), settings_.signing.further_tags.begin(), settings_.signing.further_tags.end());
    auto fields = read_answer(output, settings_.signing.answer, tags, error);
    if (!fields) return false;
    answer_ = std::move(*fields);
    return true;
}

void Credentials::write_password(fix::Encoder& logon) const {
    const Password& password = presented();
    const Password& next = settings_.new_password;
    const bool change = asks_for_change();
    if (password.encrypted.empty()) {
        if (!password.plain.empty()) logon.field<tag::password>(std::string_view(password.plain));
        if (change) logon.field<tag::new_password>(std::string_view(next.plain));
        return;
    }
    if (!settings_.encryption_method.empty())
        logon.field<tag::encrypted_password_method>(std::string_view(settings_.encryption_method));
    write_data(logon, tag::encrypted_password, password.encrypted);
    if (change) write_data(logon, tag::encrypted_new_password, next.encrypted);
}

void Credentials::complete(fix::Encoder& logon, std::uint64_t, std::string_view) const {
    if (session_.role == session::Role::acceptor) return;
    if (!settings_.username.empty()) logon.field<tag::username>(std::string_view(settings_.username));
    write_password(logon);
    for (const SignedField& field : answer_) write_data(logon, field.tag, field.value);
    if (!signer_) return;
    const std::string signature = signer_->sign(payload_of(logon));
    write_data(logon, settings_.signing.tag, to_text(signature, settings_.signing.form));
}

bool Credentials::is_signed_by_them(const fix::Message& logon) const {
    const auto text = logon.get(settings_.signing.tag);
    const auto signature = text ? from_text(*text, settings_.signing.form) : std::nullopt;
    if (!signature) return false;
    const std::string payload =
        payload_->of([&](std::uint32_t number) { return logon.get(number).value_or(std::string_view{}); });
    return signer_->verify(payload, *signature);
}

session::LogonRefusal Credentials::refuse(const fix::Message& logon) const {
    if (session_.role == session::Role::initiator) return {};
    const auto given = [&](std::uint32_t number) { return logon.get(number).value_or(std::string_view{}); };
    // Both are looked at in every case, so that the time does not tell which of them was wrong.
    const bool right_name =
        settings_.username.empty() || same_secret(given(tag::username), settings_.username);
    const bool right_password =
        settings_.password.plain.empty() || same_secret(given(tag::password), settings_.password.plain);
    if (!right_name || !right_password) return {"Username(553) or Password(554) is not right"};
    if (signer_ && !is_signed_by_them(logon)) return {"the signature of the Logon is not right"};
    if (logon.has(tag::new_password) || logon.has(tag::encrypted_new_password))
        return {"NewPassword(925) is not taken here: the password is set by configuration", true};
    return {};
}

bool Credentials::is_changed_by(const fix::Message& answer) const {
    return answer.get_int(tag::session_status).value_or(0) != new_password_does_not_comply;
}

}  // namespace gw::logon
