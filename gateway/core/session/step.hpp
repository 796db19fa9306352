// What one input leads to: messages to send, what became of the inbound message, the state afterwards.
//
// A Step is made once, with its buffers, and reused for every input; all views live until it is used for the
// next one. It holds no decision of its own: it is what the journal records and what Session::apply applies.
#pragma once

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "fix/message.hpp"
#include "fix/timestamp.hpp"
#include "session/config.hpp"
#include "session/state.hpp"

namespace gw::session {

enum class MessageKind : std::uint8_t {
    admin,           // takes the next sequence number
    application,     // takes the next sequence number
    resend,          // an earlier message again, PossDupFlag(43)=Y
    gap_fill,        // SequenceReset-GapFill in place of earlier messages
    sequence_reset,  // SequenceReset-Reset
};

struct OutboundMessage {
    std::string_view bytes;
    std::uint64_t seq;
    MessageKind kind;
    bool logon;  // holds secrets: the journal keeps the redacted form

    [[nodiscard]] bool takes_sequence() const {
        return kind == MessageKind::admin || kind == MessageKind::application;
    }
};

enum class Fate : std::uint8_t {
    none,       // the input was no message
    consumed,   // in sequence: next_in has moved past it
    handled,    // acted upon without being the next in sequence
    kept,       // ahead of a gap; comes back by decide_kept
    dropped,    // not taken: ahead of a gap and no room to keep it, or wrong while the session ends; will be
                // resent
    duplicate,  // seen before
    garbled,    // not readable: ignored
    ignored,    // not expected in this state
};

enum class Deliver : std::uint8_t { none, application, session_reject };

enum class NoticeKind : std::uint8_t {
    logged_on,  // a: HeartBtInt in seconds
    logged_out,
    gap_detected,        // a, b: first and last missing
    gap_filled,          // a: next expected
    gap_stalled,         // a: next expected, b: last missing
    resend_requested,    // by us. a, b: range; b = 0: all
    replay_requested,    // by the counterparty. a, b: range
    replay_finished,     // a: last
    not_resent,          // a: sequence number that was gap-filled by policy
    resend_unavailable,  // a: sequence number whose bytes are not to be had or not readable
    sequence_reset_in,   // a: next_in before, b: after
    sequence_reset_out,  // a: next_out before, b: after
    message_rejected,    // by us. a: RefSeqNum, b: SessionRejectReason
    business_rejected,   // by us. a: RefSeqNum, b: BusinessRejectReason
    reject_received,     // a: RefSeqNum, b: SessionRejectReason or 99
    test_request_sent,   // a: TestReqID where it is a number
    round_trip,  // a: nanoseconds from our TestRequest to its Heartbeat, b: their clock minus ours, ns
    test_request_timeout,  // a: nanoseconds since anything was heard
    garbled,               // a: the caller's reason
    kept_overflow,         // a: sequence number
    overtaken,             // a: sequence number of a kept message that a sequence reset has passed over
    poss_dup_ignored,      // a: sequence number
    duplicate_logon,       // a: sequence number
    overflow,              // an outbound message did not fit the step
};

struct Notice {
    NoticeKind kind;
    std::uint64_t a;
    std::uint64_t b;
};

struct StepLimits {
    std::size_t bytes_max = 256 * 1024;
    std::size_t messages_max = 2 * replay_messages_per_step_max + 64;
};

class Step {
  public:
    static constexpr std::size_t notices_max = 2 * replay_messages_per_step_max + 32;

    explicit Step(const StepLimits& limits = {});
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

    [[nodiscard]] std::span<const OutboundMessage> outbound() const {
        return {messages_.get(), message_count_};
    }
    [[nodiscard]] std::span<const Notice> notices() const { return std::span(notices_).first(notice_count_); }
    [[nodiscard]] bool has(NoticeKind kind) const;

    State next;  // the state after apply

    // The inbound message.
    Fate fate = Fate::none;
    std::uint64_t inbound_seq = 0;
    Deliver deliver = Deliver::none;
    bool poss_dup = false;
    bool poss_resend = false;
    std::string_view
        inbound_bytes;  // of the message that was decided upon; a kept one's come from the session

    bool disconnect = false;
    std::string_view disconnect_reason;  // static text

    // ---- for Session
    void begin(const State& state);
    void notice(NoticeKind kind, std::uint64_t a = 0, std::uint64_t b = 0);
    [[nodiscard]] std::span<char> room() const { return {bytes_.get() + used_, bytes_max_ - used_}; }
    [[nodiscard]] bool message_room() const { return message_count_ < messages_max_; }
    // Takes `bytes`, which must lie in room(), as the next outbound message.
    bool push(std::string_view bytes, std::uint64_t seq, MessageKind kind, bool logon = false);

    enum class Keep : std::uint8_t { nothing, message, placeholder };
    Keep keep = Keep::nothing;     // of the inbound message, at apply
    bool clear_kept = false;       // before anything else, at apply
    std::uint64_t kept_taken = 0;  // sequence number that decide_kept has taken, 0: none

    fix::TimestampCache time;
    fix::MessageBuffer<> stored;  // for reading stored messages while they are resent
    std::array<char, 160> text;   // for composed texts
    std::uint64_t open_seq = 0;   // of the message that begin_message has begun
    std::int64_t open_at_ns = 0;

  private:
    std::size_t bytes_max_;
    std::size_t messages_max_;
    std::unique_ptr<char[]> bytes_;
    std::unique_ptr<OutboundMessage[]> messages_;
    std::size_t used_ = 0;
    std::size_t message_count_ = 0;
    std::size_t notice_count_ = 0;
    std::array<Notice, notices_max> notices_;
};

// Inline: they are on the way of every message.
inline void Step::begin(const State& state) {
    copy_state(next, state);
    fate = Fate::none;
    inbound_seq = 0;
    deliver = Deliver::none;
    poss_dup = false;
    poss_resend = false;
    inbound_bytes = {};
    disconnect = false;
    disconnect_reason = {};
    keep = Keep::nothing;
    clear_kept = false;
    kept_taken = 0;
    open_seq = 0;
    used_ = 0;
    message_count_ = 0;
    notice_count_ = 0;
}

inline bool Step::push(std::string_view bytes, std::uint64_t seq, MessageKind kind, bool logon) {
    if (bytes.empty() || message_count_ == messages_max_) return false;
    assert(bytes.data() >= bytes_.get() + used_ && bytes.data() + bytes.size() <= bytes_.get() + bytes_max_);
    used_ = static_cast<std::size_t>(bytes.data() + bytes.size() - bytes_.get());
    messages_[message_count_++] = {bytes, seq, kind, logon};
    return true;
}

}  // namespace gw::session
