// The FIX session state machine, both roles: bytes that were parsed and the time go in, a Step comes out.
//
// Theory of operation. A Session owns no clock, socket, file or randomness. Each decide_* is a pure function
// of the state and its arguments that writes everything it leads to into a Step; apply(step) is the only
// thing that changes the state. Whoever drives it does, for every input and in this order:
//
//     session.decide_received(message, now, step);   // or another decide_*
//     ... the order layer handles step.deliver, may add messages by begin_message/end_message,
//     reject_business
//     ... journal step.inbound_bytes, step.outbound() and the sequence numbers in step.next as one batch
//     session.apply(step);
//     ... transmit step.outbound(), then hang up if step.disconnect
//     while (session.decide_kept(scratch, now, step)) { the same from there on }
//     if (session.replay_pending()) decide_tick soon
//
// A Session never assumes that bytes went out: what was lost with a connection is what the next Logon shows
// missing. The protocol is in four tables (link, inbound, liveness, replay), the handlers are one for each
// message type.
//
// Sources: FIX 4.4 vol. 2 and the FIX Session Protocol test cases; where the wide-spread acceptance suite is
// stricter or laxer than they are, the comment at that place says so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fix/encoder.hpp"
#include "fix/frame.hpp"
#include "fix/message.hpp"
#include "session/config.hpp"
#include "session/kept.hpp"
#include "session/ports.hpp"
#include "session/state.hpp"
#include "session/step.hpp"

namespace gw::session {

// A header field of one message, beside those that the session writes: OnBehalfOfCompID(115), PossResend(97),
// ... The session puts it at its place by tag.
struct HeaderField {
    std::uint32_t tag;
    std::string_view value;
};

inline constexpr std::size_t header_fields_max = 16;

// BusinessRejectReason(380).
enum class BusinessRejectReason : std::uint8_t {
    other = 0,
    unknown_id = 1,
    unknown_security = 2,
    unsupported_message_type = 3,
    application_not_available = 4,
    conditionally_required_field_missing = 5,
    not_authorized = 6,
    deliver_to_firm_not_available = 7,
};

class Session {
  public:
    // The ports outlive the session.
    explicit Session(Config config, Ports ports = {});

    // ---- inputs: each starts the step anew; none allocates

    void decide_connected(std::int64_t now_ns, Step& step) const;
    void decide_disconnected(std::int64_t now_ns, Step& step) const;
    // Precondition: `message` was parsed without error and lives as long as the step is used.
    void decide_received(const fix::Message& message, std::int64_t now_ns, Step& step) const;
    void decide_garbled(fix::FrameError error, std::int64_t now_ns, Step& step) const;
    void decide_garbled(fix::ParseError error, std::int64_t now_ns, Step& step) const;
    // Heartbeats, TestRequests, timeouts, the next slice of a replay. Harmless when nothing is due.
    void decide_tick(std::int64_t now_ns, Step& step) const;
    // The next message that was kept ahead of a gap and is now due; false where there is none. Parses into
    // `scratch`.
    bool decide_kept(fix::Message& scratch, std::int64_t now_ns, Step& step) const;
    // Ends the session with a Logout and waits for the answer.
    void decide_logout(std::string_view text, std::int64_t now_ns, Step& step) const;
    // Both sequence numbers to 1: by agreement where logged on (Logon with ResetSeqNumFlag(141)=Y), at the
    // next Logon where not. Only after the counterparty has nothing more in flight, see docs. Where logged on
    // and unable to agree (FIX 4.0) or to log on again, nothing happens.
    void decide_reset(std::int64_t now_ns, Step& step) const;
    // FIX 4.0 has no ResetSeqNumFlag(141): a session that is up cannot ask for a reset.
    [[nodiscard]] bool can_agree_on_reset() const { return version_ > Version::fix40; }
    // Whether a Logon can be sent inside the session; see LogonPolicy::signs_at_once.
    [[nodiscard]] bool can_log_on_again() const {
        return ports_.logon_policy == nullptr || ports_.logon_policy->signs_at_once();
    }
    // Both sequence numbers to 1 at once: the counterparty does the same by agreement, such as at the start
    // of a session day. Precondition: no connection stands.
    void decide_restart(std::int64_t now_ns, Step& step) const;
    // An operator's decision. next_out, while logged on, is told to the counterparty by SequenceReset-Reset.
    void decide_set_sequences(std::optional<std::uint64_t> next_in, std::optional<std::uint64_t> next_out,
                              std::int64_t now_ns, Step& step) const;

    // ---- sending application messages, into a step that was begun by begin() or by a decide_*

    void begin(Step& step) const { step.begin(state_); }
    // The header is written; the caller adds the body, then calls end_message. A closed encoder where the
    // session cannot send now (see can_send) or the step is full. Precondition: header ascending by tag, at
    // most header_fields_max.
    [[nodiscard]] fix::Encoder begin_message(std::string_view msg_type, std::int64_t now_ns, Step& step,
                                             std::span<const HeaderField> header = {}) const;
    // True when the message is complete and in the step; else nothing has changed. The encoder comes by value
    // so that the caller's can live in registers: it is not to be used again.
    [[nodiscard]] bool end_message(fix::Encoder message, Step& step) const;
    // Not while a reset is asked for and not answered: what is sent under numbers that the counterparty has
    // not agreed to is lost where it has to be asked for again.
    [[nodiscard]] static bool can_send(const State& state) {
        return state.link == Link::active && !state.reset_sent;
    }

    // Answers a delivered application message with BusinessMessageReject(j), or Reject(3) in FIX 4.0 and 4.1.
    // The step is the one that delivered it. `text` empty: the reason's own.
    void reject_business(const fix::Message& message, BusinessRejectReason reason, std::string_view ref_id,
                         std::string_view text, std::int64_t now_ns, Step& step) const;
    // The same with a session-level Reject(3), for what the order layer finds malformed.
    void reject_message(const fix::Message& message, RejectReason reason, std::int64_t ref_tag,
                        std::string_view text, std::int64_t now_ns, Step& step) const;

    // ---- state

    // The only thing that changes a session. Precondition: `step` was decided on the present state.
    void apply(const Step& step) {
        if (step.clear_kept || step.kept_taken != 0 || step.keep != Step::Keep::nothing) [[unlikely]]
            apply_kept(step);
        copy_state(state_, step.next);
    }
    // From the journal, before the first input.
    void recover(std::uint64_t next_in, std::uint64_t next_out, bool reset_next_logon = false);

    [[nodiscard]] const State& state() const { return state_; }
    [[nodiscard]] const Config& config() const { return config_; }
    // How messages of this session are to be parsed.
    [[nodiscard]] const fix::DataTags& data_tags() const { return *data_tags_; }
    [[nodiscard]] bool replay_pending() const { return state_.replay == Replay::replaying; }
    [[nodiscard]] std::size_t kept_count() const { return kept_.count(); }
    // When decide_tick has something to do, at the earliest; the largest value where never.
    [[nodiscard]] std::int64_t next_deadline_ns() const;
    // Whether it has something to do now: also where the clock was set back, and every deadline with it away.
    [[nodiscard]] bool is_tick_due(std::int64_t now_ns) const {
        return now_ns >= next_deadline_ns() || is_clock_behind(state_, now_ns);
    }

    static constexpr std::int64_t never_ns = std::numeric_limits<std::int64_t>::max();

  private:
    enum class Version : std::uint8_t {
        fix40 = 40,
        fix41 = 41,
        fix42 = 42,
        fix43 = 43,
        fix44 = 44,
        fixt11 = 50
    };

    // One decision under way.
    struct Context {
        Step& step;
        State& next;
        std::int64_t now_ns;
    };

    // The header of an inbound message, read once.
    struct Header {
        const fix::Message& message;
        std::uint64_t seq = 0;
        std::string_view msg_type = {};
        std::string_view sender = {};
        std::string_view target = {};
        std::string_view sending_time = {};
        bool has_seq = false;
        bool poss_dup = false;
        bool poss_resend = false;
        bool kept = false;  // checked when it came; do not measure its SendingTime again
    };

    // Of every header the same, with its sum of bytes.
    struct HeaderPart {
        std::string text;
        std::uint64_t sum = 0;

        void add(std::uint32_t number, const std::string& value);
    };

    struct Routing {
        std::span<const HeaderField> fields = {};
        bool poss_dup = false;
        std::string_view orig_sending_time = {};
    };

    void apply_kept(const Step& step);
    [[nodiscard]] Context start(std::int64_t now_ns, Step& step) const;
    [[nodiscard]] static Version version_of(std::string_view begin_string);
    [[nodiscard]] bool is_logged_on(const State& state) const {
        return state.link == Link::active || state.link == Link::logout_sent;
    }

    // session.cpp: the four machines
    void move(Context& c, LinkEvent event, std::string_view reason = {},
              std::string_view logout_text = {}) const;
    void move(Context& c, InboundEvent event) const;
    void move(Context& c, LivenessEvent event) const;
    void move(Context& c, ReplayEvent event, std::uint64_t begin = 0, std::uint64_t end = 0) const;
    void restart_numbers(Context& c, std::uint64_t next_in, std::uint64_t next_out) const;
    void forget_connection(Context& c) const;

    // receive.cpp: what every message must pass
    [[nodiscard]] Header read_header(const fix::Message& message) const;
    void receive_first(Context& c, const Header& h) const;
    void receive_in_session(Context& c, const Header& h) const;
    void receive_low(Context& c, const Header& h) const;
    void receive_ahead(Context& c, const Header& h) const;
    void receive_checked(Context& c, const Header& h) const;
    [[nodiscard]] Verdict judge(const Header& h) const;
    [[nodiscard]] bool passes_dictionary(Context& c, const Header& h) const;
    [[nodiscard]] static bool is_ending(Context& c);
    [[nodiscard]] bool passes_identity(Context& c, const Header& h) const;
    [[nodiscard]] bool passes_poss_dup(Context& c, const Header& h) const;
    [[nodiscard]] bool passes_orig_sending_time(Context& c, const Header& h) const;
    [[nodiscard]] bool is_awaited_resend(const Header& h) const;
    [[nodiscard]] static bool leaves_gap(const Context& c);
    void refuse(Context& c, const Header& h, RejectReason reason) const;
    [[nodiscard]] bool is_time_accurate(const Header& h, std::int64_t now_ns) const;
    void consume(Context& c, const Header& h) const;
    void advance_to(Context& c, std::uint64_t next_in) const;
    void see_gap(Context& c, std::uint64_t seq, InboundEvent event) const;
    void keep(Context& c, const Header& h, Step::Keep what) const;
    // handle.cpp: one handler a message type
    void handle_heartbeat(Context& c, const Header& h) const;
    void handle_test_request(Context& c, const Header& h) const;
    void handle_resend_request(Context& c, const Header& h) const;
    void handle_reject(Context& c, const Header& h) const;
    void handle_sequence_reset(Context& c, const Header& h) const;
    void handle_logout(Context& c, const Header& h) const;

    // logon.cpp
    void handle_logon(Context& c, const Header& h) const;
    void handle_relogon(Context& c, const Header& h) const;
    void reset_on_next_logon(Context& c) const;
    // SendingTime(52); 0 where it cannot be read.
    [[nodiscard]] static std::int64_t sent_ns(const Header& h);
    [[nodiscard]] std::string_view find_logon_fault(const Header& h, std::int64_t now_ns) const;
    [[nodiscard]] bool takes_logon_numbers(Context& c, const Header& h, bool reset) const;
    void settle_reset(Context& c, const Header& h) const;
    void answer_next_expected(Context& c, const fix::Message& message, std::uint64_t next_out_before) const;
    void send_logon(Context& c) const;
    void refuse_logon(Context& c, std::string_view reason) const;

    // replay.cpp
    void replay_slice(Context& c) const;
    [[nodiscard]] bool resend(Context& c, std::uint64_t seq, bool& open_fill) const;
    [[nodiscard]] bool flush_fill(Context& c, std::uint64_t new_seq_no) const;

    // tick.cpp
    [[nodiscard]] static bool is_clock_behind(const State& state, std::int64_t now_ns);
    static void follow_clock_back(Context& c);
    void check_link_timers(Context& c) const;
    void check_liveness(Context& c) const;
    [[nodiscard]] std::int64_t heartbeat_ns(const State& state) const;
    [[nodiscard]] std::int64_t measure_due_ns(const State& state) const;

    // send.cpp
    [[nodiscard]] fix::Encoder open(Context& c, std::string_view msg_type, std::uint64_t seq) const {
        return open(c, msg_type, seq, Routing{});
    }
    [[nodiscard]] fix::Encoder open(Context& c, std::string_view msg_type, std::uint64_t seq,
                                    const Routing& routing) const;
    bool send_admin(Context& c, fix::Encoder message, bool logon = false) const;
    void send_heartbeat(Context& c, std::optional<std::string_view> test_req_id) const;
    void send_test_request(Context& c) const;
    void send_resend_request(Context& c) const;
    void send_logout(Context& c, std::string_view text) const;
    void send_reject(Context& c, const Header& h, RejectReason reason, std::int64_t ref_tag,
                     std::string_view text = {}) const;
    void send_business_reject(Context& c, const Header& h, BusinessRejectReason reason,
                              std::string_view ref_id, std::string_view text) const;
    [[nodiscard]] fix::Encoder with_optional_header(fix::Encoder out, const Routing& routing,
                                                    const State& next) const;
    [[nodiscard]] std::string_view sending_time(Context& c) const;
    [[nodiscard]] bool is_header_tag(std::uint32_t number) const;
    [[nodiscard]] static std::string_view describe(RejectReason reason);

    Config config_;
    Ports ports_;
    const fix::DataTags* data_tags_;
    Version version_;
    HeaderPart sender_part_;  // 49=..|50=..|
    HeaderPart target_part_;  // 56=..|57=..|
    bool plain_header_;       // nothing optional in it
    State state_;
    KeptMessages kept_;
};

// Inline, so that the encoder that it gets can be in registers up to the message's last byte.
inline bool Session::end_message(fix::Encoder message, Step& step) const {
    const std::uint64_t seq = step.open_seq;
    step.open_seq = 0;
    if (seq == 0 || seq != step.next.next_out) return false;
    if (!step.push(message.finish(), seq, MessageKind::application)) return false;
    ++step.next.next_out;
    step.next.last_sent_ns = step.open_at_ns;
    return true;
}

}  // namespace gw::session
