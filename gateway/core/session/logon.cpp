// The Logon: at the start of a connection, and inside a session to start the numbers anew.
#include <algorithm>
#include <cstdio>

#include "fix/tags.hpp"
#include "session/session.hpp"

namespace gw::session {
namespace {

namespace tag = fix::tag;

constexpr std::uint64_t heartbeat_interval_s_max = 24 * 60 * 60;

bool asks_for_reset(const fix::Message& logon) {
    return logon.get_bool(tag::reset_seq_num_flag) == true;
}

}  // namespace

// A Logon that is refused gets no answer from an acceptor: whoever sent it has shown no right to one (session
// test case 1d). An initiator says why before it hangs up.
void Session::refuse_logon(Context& c, std::string_view reason) const {
    move(c, c.next.link == Link::awaiting_logon ? LinkEvent::drop : LinkEvent::refuse, reason, reason);
}

std::string_view Session::find_logon_fault(const Header& h, std::int64_t now_ns) const {
    if (h.message.begin_string() != config_.begin_string) return "BeginString(8) is not the session's";
    if (!h.has_seq || h.seq == 0) return "Logon without MsgSeqNum(34)";
    if (judge(h).judgement != Judgement::valid) return "Logon is not valid by the dictionary";
    if (config_.check_comp_ids && (h.sender != config_.target_comp_id || h.target != config_.sender_comp_id))
        return "CompIDs are not the session's";
    if (!is_time_accurate(h, now_ns)) return "SendingTime(52) is out of range";
    const auto method = h.message.get(tag::encrypt_method);
    if (method && *method != "0") return "EncryptMethod(98) is not supported";
    const auto interval = h.message.get_int(tag::heart_bt_int);
    if (!interval || *interval < 0 || static_cast<std::uint64_t>(*interval) > heartbeat_interval_s_max)
        return "HeartBtInt(108) is missing or out of range";
    if (version_ == Version::fixt11 && !h.message.has(tag::default_appl_ver_id))
        return "DefaultApplVerID(1137) is missing";
    if (asks_for_reset(h.message)) {
        if (!config_.reset.accept_from_peer) return "ResetSeqNumFlag(141) is not accepted";
        if (h.seq != 1) return "ResetSeqNumFlag(141) with a MsgSeqNum(34) other than 1";
    }
    return {};
}

// False where the numbers of the Logon do not fit, and the connection has ended for it.
bool Session::takes_logon_numbers(Context& c, const Header& h, bool reset) const {
    const bool acceptor = config_.role == Role::acceptor;
    if (reset && !c.next.reset_sent)
        restart_numbers(c, 1, 1);
    else if (acceptor && config_.reset.on_logon)
        restart_numbers(c, 1, 1);
    else if (acceptor && c.next.reset_next_logon)
        settle_reset(c, h);
    if (acceptor) c.next.reset_next_logon = false;
    if (acceptor && c.next.reset_sent) return true;

    if (h.seq < c.next.next_in) {
        if (config_.reset.on_error) c.next.reset_next_logon = true;
        const int size = std::snprintf(
            c.step.text.data(), c.step.text.size(), "MsgSeqNum too low, expecting %llu but received %llu",
            static_cast<unsigned long long>(c.next.next_in), static_cast<unsigned long long>(h.seq));
        move(c, LinkEvent::refuse, "MsgSeqNum(34) of the Logon is too low",
             {c.step.text.data(), static_cast<std::size_t>(size)});
        return false;
    }
    const auto expected = h.message.get_int(tag::next_expected_msg_seq_num);
    if (config_.next_expected_msg_seq_num && expected && !reset &&
        (*expected < 1 || static_cast<std::uint64_t>(*expected) > c.next.next_out)) {
        if (config_.reset.on_error) c.next.reset_next_logon = true;
        const int size = std::snprintf(
            c.step.text.data(), c.step.text.size(),
            "NextExpectedMsgSeqNum too high, expecting at most %llu but received %lld",
            static_cast<unsigned long long>(c.next.next_out), static_cast<long long>(*expected));
        move(c, LinkEvent::refuse, "NextExpectedMsgSeqNum(789) is out of range",
             {c.step.text.data(), static_cast<std::size_t>(size)});
        return false;
    }
    return true;
}

// An acceptor's reset that is not yet agreed to, and a Logon that does not ask for one. The number of the
// Logon says how far a reset got that was cut off.
void Session::settle_reset(Context& c, const Header& h) const {
    if (!can_agree_on_reset()) {
        restart_numbers(c, 1, 1);
    } else if (h.seq < c.next.next_in) {
        // It counts anew already: only its Logon with number 1 was lost on the way.
        restart_numbers(c, std::min<std::uint64_t>(h.seq, 2), c.next.next_out);
    } else if (h.seq > 1 || c.next.next_out > 1) {
        // It does not. Going on would have one side take the other's numbers for old ones, so our answer asks
        // again.
        restart_numbers(c, h.seq, 1);
        c.next.reset_sent = true;
        c.next.reset_sent_at_ns = c.now_ns;
    }
}

std::int64_t Session::sent_ns(const Header& h) {
    return fix::parse_timestamp(h.sending_time).value_or(0);
}

void Session::handle_logon(Context& c, const Header& h) const {
    c.step.fate = Fate::handled;
    if (const std::string_view fault = find_logon_fault(h, c.now_ns); !fault.empty()) {
        refuse_logon(c, fault);
        return;
    }
    if (ports_.logon_policy != nullptr) {
        const LogonRefusal refusal = ports_.logon_policy->refuse(h.message);
        if (refusal.told) return move(c, LinkEvent::refuse, refusal.text, refusal.text);
        if (!refusal.text.empty()) return refuse_logon(c, refusal.text);
    }
    const bool reset = asks_for_reset(h.message);
    const bool unasked_reset = reset && !c.next.reset_sent && config_.role == Role::initiator;
    if (unasked_reset && !can_log_on_again()) return reset_on_next_logon(c);
    if (!takes_logon_numbers(c, h, reset)) return;
    if (reset) c.next.reset_heard_ns = sent_ns(h);
    // What the counterparty lacks ends before our own Logon, or with it: an acceptor's is still to be sent.
    const std::uint64_t next_out_before = c.next.next_out;
    if (config_.role == Role::acceptor)
        c.next.heartbeat_interval_s = static_cast<std::uint32_t>(*h.message.get_int(tag::heart_bt_int));
    if (config_.role == Role::acceptor && c.next.reset_sent) {
        // The Logon by which it agrees will be its first message.
        move(c, LinkEvent::logon);
        return;
    }
    const bool in_sequence = h.seq == c.next.next_in;
    if (in_sequence) {
        c.step.fate = Fate::consumed;
        c.next.next_in = h.seq + 1;
    }
    c.next.reset_sent = reset && config_.role == Role::acceptor;  // our answer carries the flag too
    if (unasked_reset) c.next.reset_sent = true;
    move(c, unasked_reset ? LinkEvent::counter_reset : LinkEvent::logon);
    c.next.reset_sent = false;
    if (!in_sequence) {
        keep(c, h, Step::Keep::placeholder);
        const bool promised =
            config_.next_expected_msg_seq_num && h.message.has(tag::next_expected_msg_seq_num);
        see_gap(c, h.seq, promised ? InboundEvent::gap_promised : InboundEvent::gap_seen);
    }
    if (config_.next_expected_msg_seq_num && !reset) answer_next_expected(c, h.message, next_out_before);
}

// NextExpectedMsgSeqNum(789): what the counterparty has not seen is resent without being asked.
void Session::answer_next_expected(Context& c, const fix::Message& message,
                                   std::uint64_t next_out_before) const {
    const auto expected = message.get_int(tag::next_expected_msg_seq_num);
    if (!expected) return;
    const auto first = static_cast<std::uint64_t>(*expected);
    // Through our own Logon, which is gap-filled: it lies ahead of the gap for them.
    if (first >= next_out_before) return;
    const std::uint64_t last = config_.role == Role::acceptor ? next_out_before : next_out_before - 1;
    c.step.notice(NoticeKind::replay_requested, first, last);
    move(c, ReplayEvent::requested, first, last);
    replay_slice(c);
}

// A Logon with ResetSeqNumFlag(141)=Y inside the session: the answer to ours, or the counterparty's wish.
void Session::handle_relogon(Context& c, const Header& h) const {
    c.step.fate = Fate::handled;
    const std::string_view fault = find_logon_fault(h, c.now_ns);
    if (!fault.empty()) {
        move(c, LinkEvent::refuse, fault, fault);
        return;
    }
    if (c.next.reset_sent) {
        // next_out is already counting anew.
        restart_numbers(c, 2, c.next.next_out);
        c.next.reset_sent = false;
        move(c, LinkEvent::logon);
    } else if (c.next.link == Link::active) {
        // The same Logon, told once more and with nothing in between: an answer would be a wish to the other
        // side, which would be answered without end.
        if (c.next.next_in == 2 && c.next.reset_heard_ns == sent_ns(h)) {
            c.step.fate = Fate::ignored;
            return;
        }
        if (!can_log_on_again()) return reset_on_next_logon(c);
        restart_numbers(c, 2, 1);
        c.next.reset_sent = true;
        move(c, LinkEvent::relogon);
        c.next.reset_sent = false;
    } else {
        c.step.fate = Fate::ignored;
        return;
    }
    c.next.reset_heard_ns = sent_ns(h);
    c.step.fate = Fate::consumed;
}

// The counterparty wants a reset, and our answer would be a Logon that cannot be signed here.
void Session::reset_on_next_logon(Context& c) const {
    c.next.reset_next_logon = true;
    move(c, LinkEvent::refuse, "the counterparty asks for a reset, for which a new Logon has to be signed",
         "ResetSeqNumFlag(141) is answered by a new Logon");
}

void Session::send_logon(Context& c) const {
    fix::Encoder out = open(c, "A", c.next.next_out);
    auto custom = config_.logon_fields.begin();
    const auto custom_below = [&](std::uint32_t limit) {
        for (; custom != config_.logon_fields.end() && custom->tag < limit; ++custom)
            out.field(custom->tag, custom->value);
    };
    custom_below(tag::encrypt_method);
    out.field<tag::encrypt_method>('0');
    custom_below(tag::heart_bt_int);
    out.field<tag::heart_bt_int>(c.next.heartbeat_interval_s);
    custom_below(tag::reset_seq_num_flag);
    // FIX 4.0 has no ResetSeqNumFlag(141): there both sides start at 1 by arrangement.
    if (c.next.reset_sent && version_ > Version::fix40) out.field<tag::reset_seq_num_flag>('Y');
    custom_below(tag::next_expected_msg_seq_num);
    if (config_.next_expected_msg_seq_num && version_ >= Version::fix44)
        out.field<tag::next_expected_msg_seq_num>(c.next.next_in);
    custom_below(tag::default_appl_ver_id);
    if (version_ == Version::fixt11)
        out.field<tag::default_appl_ver_id>(std::string_view(config_.default_appl_ver_id));
    custom_below(std::numeric_limits<std::uint32_t>::max());
    if (ports_.logon_policy != nullptr) ports_.logon_policy->complete(out, c.next.next_out, sending_time(c));
    (void)send_admin(c, out, true);
}

}  // namespace gw::session
