// Everything that a session is told before it starts. Fixed for its life.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "fix/timestamp.hpp"

namespace gw::session {

enum class Role : std::uint8_t { initiator, acceptor };

// When sequence numbers start again at 1 without anybody asking. All off: a reset loses what was not yet
// resent.
struct ResetPolicy {
    bool on_logon =
        false;  // initiator: our Logon carries ResetSeqNumFlag(141)=Y; acceptor: each Logon starts at 1
    bool on_logout = false;
    bool on_disconnect = false;
    bool on_error = false;  // after a sequence number that is too low, the next Logon asks for a reset
    // Initiator: our Logon carries ResetSeqNumFlag(141)=Y for as long as nothing was received under the
    // present numbers: the first Logon after both were set to 1, and its repetition where the connection was
    // lost.
    bool on_first_logon = false;
    bool accept_from_peer = true;  // agree to the counterparty's ResetSeqNumFlag(141)=Y
};

struct CustomField {
    std::uint32_t tag;
    std::string value;
};

inline constexpr std::uint64_t sequence_max =
    static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) - 1;

struct Config {
    std::string begin_string = "FIX.4.4";  // FIX.4.0 to FIX.4.4, FIXT.1.1
    std::string default_appl_ver_id;       // DefaultApplVerID(1137), for FIXT.1.1
    std::string sender_comp_id;
    std::string sender_sub_id;
    std::string sender_location_id;
    std::string target_comp_id;
    std::string target_sub_id;
    std::string target_location_id;
    Role role = Role::initiator;

    std::uint32_t heartbeat_interval_s = 30;  // an acceptor takes the initiator's
    std::int64_t logon_timeout_ms = 10'000;
    std::int64_t logout_timeout_ms = 2'000;
    ResetPolicy reset;

    bool check_sending_time = true;
    std::int64_t sending_time_tolerance_ms = 120'000;
    bool check_comp_ids = true;
    // A message with PossDupFlag(43)=Y that is next in sequence has to say when it was sent first.
    bool require_orig_sending_time = true;
    // Decimals of SendingTime(52): FIX 4.0 and 4.1 know none, which the session sees to.
    fix::TimePrecision time_precision = fix::TimePrecision::milliseconds;

    bool next_expected_msg_seq_num = false;   // NextExpectedMsgSeqNum(789) in both Logons
    bool last_msg_seq_num_processed = false;  // LastMsgSeqNumProcessed(369) in every header

    std::uint64_t resend_chunk = 0;                 // messages asked for in one ResendRequest; 0: all
    std::int64_t resend_stall_timeout_ms = 60'000;  // ask again when a gap makes no progress; 0: never
    std::uint32_t replay_messages_per_step = 64;  // of our own answers; at most replay_messages_per_step_max
    std::uint32_t kept_messages_max = 1'024;      // messages held ahead of a gap
    std::uint32_t kept_bytes_max = 1 << 20;

    // TestRequests in between, by which the round trip and the counterparty's clock are measured; 0: none.
    std::int64_t measure_interval_ms = 0;

    // A TestRequest whose TestReqID(112) is empty gets a Heartbeat with an empty one instead of a Reject.
    bool answer_empty_test_req_id = false;

    std::string test_req_id;  // TestReqID(112) of our TestRequests; empty: their own MsgSeqNum(34)

    // DefaultApplVerID(1137) in a BusinessMessageReject(j), where no version of FIX has it: QuickFIX sends it
    // so.
    bool appl_ver_id_in_business_reject = false;

    std::vector<CustomField> logon_fields;   // Username(553), Password(554), ... in our Logon
    std::vector<CustomField> header_fields;  // in every header
    std::vector<std::uint32_t> header_tags;  // further tags that a venue puts into headers
};

inline constexpr std::uint32_t replay_messages_per_step_max = 128;

}  // namespace gw::session
