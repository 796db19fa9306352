// What every inbound message must pass, in this order: session known, BeginString, MsgSeqNum, duplicate or
// ahead of a gap, dictionary, identity and time. Then its handler.
#include <cassert>
#include <cstdio>

#include "fix/tags.hpp"
#include "session/session.hpp"

namespace gw::session {
namespace {

namespace tag = fix::tag;

bool is_type(std::string_view msg_type, char type) {
    return msg_type.size() == 1 && msg_type[0] == type;
}

bool is_admin(std::string_view msg_type) {
    return msg_type.size() == 1 && (msg_type[0] == 'A' || (msg_type[0] >= '0' && msg_type[0] <= '5'));
}

bool is_reset(const fix::Message& message) {
    return message.get_bool(tag::gap_fill_flag) != true;
}

// Acted upon when they come, whatever their sequence number: a Logout or ResendRequest that had to wait for
// the gap before it would wait for ever where the counterparty waits too (session test case 20), and a
// SequenceReset-Reset has no place in the sequence at all.
bool acts_out_of_sequence(const fix::Message& message, std::string_view msg_type) {
    return is_type(msg_type, '2') || is_type(msg_type, '5') || (is_type(msg_type, '4') && is_reset(message));
}

}  // namespace

// ---- the header

Session::Header Session::read_header(const fix::Message& message) const {
    Header h{.message = message, .msg_type = message.msg_type()};
    unsigned found = 0;
    const auto read = [&](const fix::Field& field) {
        const std::string_view value = message.value(field);
        switch (field.tag) {
            case tag::msg_seq_num:
                if (const auto seq = fix::parse_int(value); seq && *seq >= 0) {
                    h.seq = static_cast<std::uint64_t>(*seq);
                    h.has_seq = true;
                }
                found |= 1;
                break;
            case tag::sender_comp_id:
                h.sender = value;
                found |= 2;
                break;
            case tag::target_comp_id:
                h.target = value;
                found |= 4;
                break;
            case tag::sending_time:
                h.sending_time = value;
                found |= 8;
                break;
            case tag::poss_dup_flag:
                h.poss_dup = value == "Y";
                break;
            case tag::poss_resend:
                h.poss_resend = value == "Y";
                break;
            default:
                return tag::is_header(field.tag) || is_header_tag(field.tag);
        }
        return true;
    };
    bool in_header = true;
    for (const fix::Field& field : message.fields().subspan(3)) {
        // Behind the header only what is still missing is looked for: a message with its header out of order
        // must still be told so under its own number (session test case 14g).
        if (!in_header && found == 0xF) break;
        if (!read(field)) in_header = false;
    }
    return h;
}

void Session::decide_received(const fix::Message& message, std::int64_t now_ns, Step& step) const {
    Context c = start(now_ns, step);
    const Header h = read_header(message);
    step.inbound_seq = h.seq;
    step.inbound_bytes = message.text();
    step.poss_dup = h.poss_dup;
    step.poss_resend = h.poss_resend;
    step.fate = Fate::ignored;
    switch (c.next.link) {
        case Link::awaiting_logon:
        case Link::logon_sent:
            c.next.last_received_ns = now_ns;
            receive_first(c, h);
            break;
        case Link::active:
        case Link::logout_sent:
            c.next.last_received_ns = now_ns;
            move(c, LivenessEvent::heard);
            receive_in_session(c, h);
            break;
        case Link::disconnected:
        case Link::count:
            break;
    }
}

bool Session::decide_kept(fix::Message& scratch, std::int64_t now_ns, Step& step) const {
    const KeptMessages::Entry* entry = kept_.first();
    if (entry == nullptr || entry->seq > state_.next_in || !is_logged_on(state_)) return false;
    Context c = start(now_ns, step);
    step.kept_taken = entry->seq;
    step.inbound_seq = entry->seq;
    const bool overtaken = entry->seq < state_.next_in;
    step.fate = overtaken ? Fate::ignored : Fate::consumed;
    if (entry->size == 0) {
        if (!overtaken) advance_to(c, entry->seq + 1);
        return true;
    }
    step.inbound_bytes = kept_.bytes(*entry);
    [[maybe_unused]] const fix::ParseError error = scratch.parse(step.inbound_bytes, data_tags());
    assert(error == fix::ParseError::none);
    Header h = read_header(scratch);
    h.kept = true;
    step.poss_dup = h.poss_dup;
    step.poss_resend = h.poss_resend;
    if (!overtaken) {
        receive_checked(c, h);
    } else if (!is_admin(h.msg_type) && judge(h).judgement == Judgement::valid) {
        // A reset or gap fill has passed over a message that was here already. What a venue has told us is
        // not to be unheard: a fill would be lost.
        step.fate = Fate::handled;
        step.deliver = Deliver::application;
        step.notice(NoticeKind::overtaken, entry->seq);
    }
    return true;
}

// ---- before the Logon

void Session::receive_first(Context& c, const Header& h) const {
    if (is_type(h.msg_type, 'A')) {
        handle_logon(c, h);
    } else if (is_type(h.msg_type, '5') && h.sender == config_.target_comp_id) {
        // Our Logon was refused.
        if (h.has_seq && h.seq == c.next.next_in) c.next.next_in = h.seq + 1;
        c.step.fate = Fate::handled;
        move(c, LinkEvent::logout, "Logon was answered with a Logout");
    } else {
        move(c, LinkEvent::drop, "first message is no Logon");
    }
}

// ---- inside the session

void Session::receive_in_session(Context& c, const Header& h) const {
    if (h.message.begin_string() != config_.begin_string) {
        if (is_type(h.msg_type, '5'))
            handle_logout(c, h);
        else
            move(c, LinkEvent::end, "BeginString(8) is not the session's", "Incorrect BeginString");
        return;
    }
    if (!h.has_seq) {
        move(c, LinkEvent::refuse, "message without MsgSeqNum(34)", "Required tag missing: MsgSeqNum (34)");
        return;
    }
    if (is_type(h.msg_type, 'A') && h.message.get_bool(tag::reset_seq_num_flag) == true) {
        handle_relogon(c, h);
        return;
    }
    if (acts_out_of_sequence(h.message, h.msg_type)) {
        if (h.seq < c.next.next_in && h.poss_dup && !is_type(h.msg_type, '4'))
            receive_low(c, h);
        else
            receive_checked(c, h);
    } else if (h.seq < c.next.next_in) {
        receive_low(c, h);
    } else if (h.seq > c.next.next_in) {
        receive_ahead(c, h);
    } else {
        receive_checked(c, h);
    }
}

void Session::receive_low(Context& c, const Header& h) const {
    if (!passes_identity(c, h)) return;
    if (!h.poss_dup) {
        const int size = std::snprintf(
            c.step.text.data(), c.step.text.size(), "MsgSeqNum too low, expecting %llu but received %llu",
            static_cast<unsigned long long>(c.next.next_in), static_cast<unsigned long long>(h.seq));
        if (config_.reset.on_error) c.next.reset_next_logon = true;
        move(c, LinkEvent::refuse, "MsgSeqNum(34) too low",
             {c.step.text.data(), static_cast<std::size_t>(size)});
        return;
    }
    if (!is_type(h.msg_type, '4')) {
        if (!h.message.has(tag::orig_sending_time)) {
            send_reject(c, h, RejectReason::required_tag_missing, tag::orig_sending_time);
            return;
        }
        if (!passes_orig_sending_time(c, h)) return;
    }
    c.step.fate = Fate::duplicate;
    c.step.notice(NoticeKind::poss_dup_ignored, h.seq);
}

void Session::receive_ahead(Context& c, const Header& h) const {
    if (!passes_identity(c, h)) return;
    if (leaves_gap(c)) {
        c.step.fate = Fate::dropped;
        return;
    }
    keep(c, h, Step::Keep::message);
    see_gap(c, h.seq, InboundEvent::gap_seen);
}

void Session::receive_checked(Context& c, const Header& h) const {
    if (!passes_dictionary(c, h) || !passes_identity(c, h)) return;
    if (h.poss_dup && !passes_poss_dup(c, h)) return;
    c.step.fate = Fate::handled;
    if (h.msg_type.size() == 1) {
        switch (h.msg_type[0]) {
            case '0':
                return handle_heartbeat(c, h);
            case '1':
                return handle_test_request(c, h);
            case '2':
                return handle_resend_request(c, h);
            case '3':
                return handle_reject(c, h);
            case '4':
                return handle_sequence_reset(c, h);
            case '5':
                return handle_logout(c, h);
            case 'A':
                c.step.notice(NoticeKind::duplicate_logon, h.seq);
                return consume(c, h);
            default:
                break;
        }
    }
    consume(c, h);
    c.step.deliver = Deliver::application;
}

// ---- the checks

Verdict Session::judge(const Header& h) const {
    const fix::Defect& defect = h.message.defect();
    if (defect.kind == fix::DefectKind::invalid_tag)
        return {Judgement::reject, RejectReason::invalid_tag_number, fix::tag_as_written(defect.tag)};
    if (defect.kind == fix::DefectKind::data_length)
        return {Judgement::reject, RejectReason::incorrect_data_format, fix::tag_as_written(defect.tag)};
    if (ports_.validator != nullptr) return ports_.validator->validate(h.message);
    // Without a dictionary: the header that every version requires.
    for (const std::uint32_t required : {tag::sender_comp_id, tag::target_comp_id, tag::sending_time}) {
        const auto value = h.message.get(required);
        if (!value) return {Judgement::reject, RejectReason::required_tag_missing, required};
        if (value->empty()) return {Judgement::reject, RejectReason::tag_without_value, required};
    }
    return {};
}

bool Session::passes_dictionary(Context& c, const Header& h) const {
    const Verdict verdict = judge(h);
    // A Reject is never rejected: two sides whose dictionaries differ would answer each other for ever.
    if (verdict.judgement == Judgement::valid || is_type(h.msg_type, '3')) return true;
    c.step.fate = Fate::handled;
    // What is rejected is consumed, or the sequence would never get past it.
    if (verdict.judgement == Judgement::reject && is_type(h.msg_type, '4')) {
        send_reject(c, h, verdict.reason, verdict.ref_tag, verdict.text);
        return false;
    }
    consume(c, h);
    if (verdict.judgement == Judgement::unsupported)
        send_business_reject(c, h, BusinessRejectReason::unsupported_message_type, {}, {});
    else
        send_reject(c, h, verdict.reason, verdict.ref_tag, verdict.text);
    return false;
}

// What we have asked for, and is sent again: its place in the sequence says that it is not stale. Some venues
// resend with the time of the first sending in SendingTime(52); a fill that is refused each time it is resent
// would never arrive.
bool Session::is_awaited_resend(const Header& h) const {
    return state_.link == Link::active && h.poss_dup && state_.inbound == Inbound::recovering &&
           h.seq >= state_.next_in && h.seq <= state_.gap_end;
}

bool Session::is_time_accurate(const Header& h, std::int64_t now_ns) const {
    if (!config_.check_sending_time || h.kept || is_awaited_resend(h)) return true;
    const auto sent_at = fix::parse_timestamp(h.sending_time);
    if (!sent_at) return false;
    const std::int64_t off = now_ns > *sent_at ? now_ns - *sent_at : *sent_at - now_ns;
    return off <= config_.sending_time_tolerance_ms * 1'000'000;
}

// The session has been ended for a violation, and only the answer to our Logout is awaited. What else is
// wrong until then is not taken: it comes again after the next Logon, where one Reject for each would have
// both sides answer each other as fast as they can.
bool Session::is_ending(Context& c) {
    if (c.next.link != Link::logout_sent) return false;
    c.step.fate = Fate::dropped;
    return true;
}

// A message that is refused for its time or its CompIDs ends the session, and not what it says. An admin
// message has had its effect; an application message keeps its place in the sequence open, so that the next
// Logon shows it missing and it comes again: its fill would be lost with the number.
void Session::refuse(Context& c, const Header& h, RejectReason reason) const {
    c.step.fate = Fate::handled;
    if (is_admin(h.msg_type) && !is_type(h.msg_type, '3') && !is_type(h.msg_type, '4')) consume(c, h);
    if (!is_type(h.msg_type, '3')) send_reject(c, h, reason, 0);
}

bool Session::passes_identity(Context& c, const Header& h) const {
    RejectReason reason;
    if (!is_time_accurate(h, c.now_ns))
        reason = RejectReason::sending_time_accuracy;
    else if (config_.check_comp_ids && !h.kept &&
             (h.sender != config_.target_comp_id || h.target != config_.sender_comp_id))
        reason = RejectReason::comp_id_problem;
    else
        return true;
    if (c.next.link == Link::logout_sent && is_type(h.msg_type, '5')) return true;  // what is waited for
    if (is_ending(c)) return false;
    refuse(c, h, reason);
    move(c, LinkEvent::end,
         reason == RejectReason::comp_id_problem ? "CompIDs are not the session's"
                                                 : "SendingTime(52) is out of range");
    return false;
}

// Session test cases 2f and 2g for a message that is not yet known. A gap fill needs no OrigSendingTime(122):
// it was never sent before.
bool Session::passes_poss_dup(Context& c, const Header& h) const {
    if (h.message.has(tag::orig_sending_time)) return passes_orig_sending_time(c, h);
    if (!config_.require_orig_sending_time || is_type(h.msg_type, '4')) return true;
    c.step.fate = Fate::handled;
    consume(c, h);
    if (!is_type(h.msg_type, '3'))
        send_reject(c, h, RejectReason::required_tag_missing, tag::orig_sending_time);
    return false;
}

// Session test case 2f: OrigSendingTime later than SendingTime.
bool Session::passes_orig_sending_time(Context& c, const Header& h) const {
    const auto original = h.message.get_timestamp_ns(tag::orig_sending_time);
    const auto sent_at = fix::parse_timestamp(h.sending_time);
    if (!original) {
        c.step.fate = Fate::handled;
        consume(c, h);
        send_reject(c, h, RejectReason::incorrect_data_format, tag::orig_sending_time);
        return false;
    }
    if (!sent_at || *original <= *sent_at) return true;
    if (is_ending(c)) return false;
    refuse(c, h, RejectReason::sending_time_accuracy);
    move(c, LinkEvent::end, "OrigSendingTime(122) is later than SendingTime(52)");
    return false;
}

// ---- the sequence

// After our Logout nothing new is asked for (FIX 4.4 vol. 2, Logout): the next Logon shows what is missing.
bool Session::leaves_gap(const Context& c) {
    return c.next.link == Link::logout_sent && c.next.inbound == Inbound::in_sync;
}

// Takes the message's place in the sequence, where it is the next.
void Session::consume(Context& c, const Header& h) const {
    if (h.seq != c.next.next_in) {
        // An admin message that was acted upon ahead of a gap: its place is taken when the gap is filled.
        if (h.seq > c.next.next_in && !leaves_gap(c)) {
            keep(c, h, Step::Keep::placeholder);
            see_gap(c, h.seq, InboundEvent::gap_seen);
        }
        return;
    }
    c.step.fate = Fate::consumed;
    advance_to(c, h.seq + 1);
}

void Session::advance_to(Context& c, std::uint64_t next_in) const {
    c.next.next_in = next_in;
    if (c.next.inbound != Inbound::recovering) return;
    c.next.gap_progress_at_ns = c.now_ns;
    if (next_in > c.next.gap_end)
        move(c, InboundEvent::gap_filled);
    else if (c.next.requested_end != 0 && next_in > c.next.requested_end)
        move(c, InboundEvent::chunk_filled);
}

void Session::see_gap(Context& c, std::uint64_t seq, InboundEvent event) const {
    if (c.next.inbound == Inbound::in_sync) {
        c.next.gap_end = seq - 1;
        c.next.requested_end = 0;
        c.next.gap_progress_at_ns = c.now_ns;
    }
    move(c, event);
}

void Session::keep(Context& c, const Header& h, Step::Keep what) const {
    const std::size_t size = what == Step::Keep::message ? h.message.text().size() : 0;
    if (!c.step.clear_kept && kept_.has(h.seq)) {
        c.step.fate = Fate::duplicate;
    } else if (!kept_.has_room(size)) {
        c.step.fate = Fate::dropped;
        c.step.notice(NoticeKind::kept_overflow, h.seq);
    } else {
        c.step.keep = what;
        c.step.fate = what == Step::Keep::message ? Fate::kept : Fate::handled;
    }
}

}  // namespace gw::session
