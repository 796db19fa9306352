// What a session asks of its surroundings while it decides. All are questions: none of them changes anything.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "fix/encoder.hpp"
#include "fix/message.hpp"

namespace gw::session {

struct StoredMessage {
    std::string_view bytes;  // exactly as sent; lives until the next question
    std::int64_t sent_at_ns;
    bool admin;
};

// The journal's outbound messages.
struct MessageStore {
    virtual ~MessageStore() = default;
    [[nodiscard]] virtual std::optional<StoredMessage> outbound(std::uint64_t seq) const = 0;
};

// Whether an application message may still be sent again: a stale new order must not. What is refused is
// gap-filled and reported as Notice::not_resent.
struct ResendPolicy {
    virtual ~ResendPolicy() = default;
    [[nodiscard]] virtual bool may_resend(const fix::Message& message, std::int64_t sent_at_ns,
                                          std::int64_t now_ns) const = 0;
};

// SessionRejectReason(373).
enum class RejectReason : std::uint8_t {
    invalid_tag_number = 0,
    required_tag_missing = 1,
    tag_not_defined_for_message = 2,
    undefined_tag = 3,
    tag_without_value = 4,
    value_incorrect = 5,
    incorrect_data_format = 6,
    decryption_problem = 7,
    signature_problem = 8,
    comp_id_problem = 9,
    sending_time_accuracy = 10,
    invalid_msg_type = 11,
    xml_validation_error = 12,
    tag_appears_more_than_once = 13,
    tag_out_of_order = 14,
    group_fields_out_of_order = 15,
    incorrect_group_count = 16,
    non_data_value_includes_delimiter = 17,
    other = 99,
};

enum class Judgement : std::uint8_t { valid, reject, unsupported };

struct Verdict {
    Judgement judgement = Judgement::valid;
    RejectReason reason = RejectReason::other;
    std::int64_t ref_tag = 0;    // 0: none, except with invalid_tag_number
    std::string_view text = {};  // static; empty: the reason's own text
};

// Validation by dictionary.
struct MessageValidator {
    virtual ~MessageValidator() = default;
    [[nodiscard]] virtual Verdict validate(const fix::Message& message) const = 0;
    // The raw data fields of the dictionary. Does not change.
    [[nodiscard]] virtual const fix::DataTags& data_tags() const { return fix::standard_data_tags; }
};

// Why a counterparty's Logon is refused.
struct LogonRefusal {
    std::string_view text = {};  // static; empty: it is not
    // The counterparty has shown who it is: a Logout tells it why. Others get no answer.
    bool told = false;
};

// Who may log on, and what a signature adds.
struct LogonPolicy {
    virtual ~LogonPolicy() = default;
    // Adds fields to our Logon, behind all others: RawData signatures, encrypted passwords.
    virtual void complete(fix::Encoder& logon, std::uint64_t seq, std::string_view sending_time) const {
        (void)logon, (void)seq, (void)sending_time;
    }
    // Whether complete() is enough to sign. If not, the Logon that opens a connection was prepared outside,
    // and none can be sent inside a session: a reset then takes a new connection.
    [[nodiscard]] virtual bool signs_at_once() const { return true; }
    [[nodiscard]] virtual LogonRefusal refuse(const fix::Message& logon) const {
        (void)logon;
        return {};
    }
};

struct Ports {
    const MessageStore* store = nullptr;  // none: everything is gap-filled
    const ResendPolicy* resend_policy = nullptr;
    const MessageValidator* validator = nullptr;
    const LogonPolicy* logon_policy = nullptr;
};

}  // namespace gw::session
