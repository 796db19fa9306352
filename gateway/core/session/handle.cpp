// One handler a message type, for messages that have passed what receive.cpp checks. Logons are in logon.cpp.
#include "fix/tags.hpp"
#include "session/session.hpp"

namespace gw::session {
namespace {

namespace tag = fix::tag;

}  // namespace

void Session::handle_heartbeat(Context& c, const Header& h) const {
    consume(c, h);
    if (c.next.test_request_seq == 0) return;
    const auto id = h.message.get(tag::test_req_id);
    if (!id) return;
    const bool ours = config_.test_req_id.empty()
                          ? fix::parse_int(*id) == static_cast<std::int64_t>(c.next.test_request_seq)
                          : *id == config_.test_req_id;
    if (!ours) return;
    const std::int64_t round_trip = c.now_ns - c.next.test_request_at_ns;
    const auto sent_at = fix::parse_timestamp(h.sending_time);
    const std::int64_t offset = sent_at ? *sent_at - (c.next.test_request_at_ns + round_trip / 2) : 0;
    c.step.notice(NoticeKind::round_trip, static_cast<std::uint64_t>(round_trip),
                  static_cast<std::uint64_t>(offset));
    c.next.test_request_seq = 0;
}

void Session::handle_test_request(Context& c, const Header& h) const {
    consume(c, h);
    const auto id = h.message.get(tag::test_req_id);
    if (!id)
        send_reject(c, h, RejectReason::required_tag_missing, tag::test_req_id);
    else if (id->empty() && !config_.answer_empty_test_req_id)
        send_reject(c, h, RejectReason::tag_without_value, tag::test_req_id);
    else
        send_heartbeat(c, *id);
}

void Session::handle_resend_request(Context& c, const Header& h) const {
    const auto begin = h.message.get_int(tag::begin_seq_no);
    const auto end = h.message.get_int(tag::end_seq_no);
    if (!begin || *begin < 0 || !end || *end < 0) {
        const std::uint32_t at_fault = !begin || *begin < 0 ? tag::begin_seq_no : tag::end_seq_no;
        consume(c, h);
        send_reject(
            c, h,
            h.message.has(at_fault) ? RejectReason::value_incorrect : RejectReason::required_tag_missing,
            at_fault);
        return;
    }
    const std::uint64_t first = *begin == 0 ? 1 : static_cast<std::uint64_t>(*begin);
    std::uint64_t last = static_cast<std::uint64_t>(*end);
    // 0 is "all" since FIX 4.2, 999999 was before; both are understood in every version that knew it.
    const bool all = last == 0 || (version_ <= Version::fix42 && last == 999'999);
    const std::uint64_t last_sent = c.next.next_out - 1;
    if (first > c.next.next_out || (!all && last < first)) {
        // A range that was never sent, or none: our numbers and theirs do not fit, which nobody may paper
        // over.
        consume(c, h);
        send_reject(c, h, RejectReason::value_incorrect,
                    first > c.next.next_out ? tag::begin_seq_no : tag::end_seq_no);
        return;
    }
    if (all || last > last_sent) last = last_sent;
    if (first <= last) {
        c.step.notice(NoticeKind::replay_requested, first, last);
        move(c, ReplayEvent::requested, first, last);
        replay_slice(c);
    }
    // Answered first, then asked: where both sides miss something, each answers before it waits (session test
    // case 20).
    consume(c, h);
}

void Session::handle_reject(Context& c, const Header& h) const {
    consume(c, h);
    const auto ref = h.message.get_int(tag::ref_seq_num);
    const auto reason = h.message.get_int(tag::session_reject_reason);
    c.step.notice(NoticeKind::reject_received, static_cast<std::uint64_t>(ref.value_or(0)),
                  static_cast<std::uint64_t>(reason.value_or(99)));
    c.step.deliver = Deliver::session_reject;
}

void Session::handle_sequence_reset(Context& c, const Header& h) const {
    const auto wanted = h.message.get_int(tag::new_seq_no);
    const bool reset = h.message.get_bool(tag::gap_fill_flag) != true;
    const auto fault = [&](RejectReason reason, std::int64_t ref_tag) { send_reject(c, h, reason, ref_tag); };
    if (!wanted) {
        fault(h.message.has(tag::new_seq_no) ? RejectReason::incorrect_data_format
                                             : RejectReason::required_tag_missing,
              tag::new_seq_no);
        return;
    }
    const std::uint64_t before = c.next.next_in;
    // Numbers never go back by a SequenceReset; a gap fill has to move them. Neither takes a place of its
    // own.
    if (*wanted < 1 || static_cast<std::uint64_t>(*wanted) > sequence_max ||
        static_cast<std::uint64_t>(*wanted) < before ||
        (!reset && static_cast<std::uint64_t>(*wanted) == before)) {
        fault(RejectReason::value_incorrect, 0);
        return;
    }
    const auto next_in = static_cast<std::uint64_t>(*wanted);
    // A reset to the number that is due anyway changes nothing.
    c.step.fate = next_in != before ? Fate::consumed : Fate::handled;
    if (reset && next_in != before) c.step.notice(NoticeKind::sequence_reset_in, before, next_in);
    advance_to(c, next_in);
}

void Session::handle_logout(Context& c, const Header& h) const {
    // A Logout ahead of a gap is answered, but not counted: the next Logon shows what is missing.
    c.step.fate = Fate::handled;
    if (h.has_seq && h.seq == c.next.next_in && h.message.begin_string() == config_.begin_string)
        consume(c, h);
    const bool expected = c.next.link == Link::logout_sent;
    move(c, LinkEvent::logout, expected ? "logged out" : "counterparty logged out");
    if (config_.reset.on_logout) restart_numbers(c, 1, 1);
}

}  // namespace gw::session
