// Our answer to a ResendRequest: application messages again with PossDupFlag(43)=Y, gap fills for the rest, a
// slice at a time.
#include <cstring>

#include "fix/tags.hpp"
#include "session/session.hpp"

namespace gw::session {
namespace {

namespace tag = fix::tag;

// Left free in the step for what may have to follow: a ResendRequest of our own, a Logout.
constexpr std::size_t reserve = 4 * 1024;
// What a resent message has more than its original: 43=Y| 122=<time>| and longer lengths.
constexpr std::size_t growth_max = 5 + 5 + fix::timestamp_size_max + 16;

}  // namespace

void Session::replay_slice(Context& c) const {
    for (std::uint32_t budget = config_.replay_messages_per_step;
         budget > 0 && c.next.replay_next <= c.next.replay_end; --budget) {
        const std::uint64_t seq = c.next.replay_next;
        bool fill = false;
        if (!resend(c, seq, fill)) return;  // no room: the next slice goes on from here
        if (fill && c.next.replay_fill_begin == 0) c.next.replay_fill_begin = seq;
        c.next.replay_next = seq + 1;
    }
    if (c.next.replay_next <= c.next.replay_end) return;
    if (c.next.replay_fill_begin != 0 && !flush_fill(c, c.next.replay_end + 1)) return;
    move(c, ReplayEvent::finished);
}

// One SequenceReset-GapFill for a run of messages that are not sent again. False where there is no room.
bool Session::flush_fill(Context& c, std::uint64_t new_seq_no) const {
    if (c.step.room().size() < reserve || !c.step.message_room()) return false;
    const std::uint64_t first = c.next.replay_fill_begin;
    fix::Encoder out = open(c, "4", first, {.poss_dup = true, .orig_sending_time = sending_time(c)});
    out.field<tag::new_seq_no>(new_seq_no).field<tag::gap_fill_flag>('Y');
    if (!c.step.push(out.finish(), first, MessageKind::gap_fill)) return false;
    c.next.replay_fill_begin = 0;
    c.next.last_sent_ns = c.now_ns;
    return true;
}

// Sends message `seq` again, or says that it is to be gap-filled. False where there is no room for it in this
// step.
bool Session::resend(Context& c, std::uint64_t seq, bool& fill) const {
    fill = true;
    const auto stored = ports_.store != nullptr ? ports_.store->outbound(seq) : std::nullopt;
    if (!stored) {
        c.step.notice(NoticeKind::resend_unavailable, seq);
        return true;
    }
    fix::Message& message = c.step.stored;
    if (message.parse(stored->bytes, data_tags()) != fix::ParseError::none) {
        c.step.notice(NoticeKind::resend_unavailable, seq);
        return true;
    }
    // Of the admin messages only a Reject is said again (FIX 4.4 vol. 2, Sequence Reset).
    if (stored->admin && message.msg_type() != "3") return true;
    if (!stored->admin && ports_.resend_policy != nullptr &&
        !ports_.resend_policy->may_resend(message, stored->sent_at_ns, c.now_ns)) {
        c.step.notice(NoticeKind::not_resent, seq);
        return true;
    }
    const std::size_t size_max = stored->bytes.size() + growth_max;
    if (c.step.room().size() < size_max + 2 * reserve || c.step.room().size() < size_max ||
        !c.step.message_room()) {
        if (!c.step.outbound().empty()) return false;
        c.step.notice(NoticeKind::resend_unavailable, seq);  // larger than an empty step
        return true;
    }
    if (c.next.replay_fill_begin != 0 && !flush_fill(c, seq)) return false;

    // Header fields in their order, with 43 behind 34 and 122 at its place by tag; the body as it was.
    fix::Encoder out(c.step.room(), config_.begin_string, message.msg_type());
    const auto fields = message.fields();
    // A clock that was set back would make the original later than its copy, and the counterparty would have
    // to reject it (session test case 2f): the message would be lost.
    std::string_view original_time = message.get(tag::sending_time).value_or(std::string_view());
    const auto sent_at = fix::parse_timestamp(original_time);
    if (!sent_at || *sent_at > c.now_ns) original_time = sending_time(c);
    bool original_time_written = false;
    std::size_t i = 3;
    for (; i < fields.size(); ++i) {
        const fix::Field& field = fields[i];
        const bool header = tag::is_header(field.tag) || is_header_tag(field.tag);
        if (!original_time_written && (!header || field.tag > tag::orig_sending_time)) {
            out.field<tag::orig_sending_time>(original_time);
            original_time_written = true;
        }
        if (!header) break;
        if (field.tag == tag::poss_dup_flag || field.tag == tag::orig_sending_time) continue;
        if (field.tag == tag::sending_time) {
            out.field<tag::sending_time>(sending_time(c));
        } else if (field.tag == tag::last_msg_seq_num_processed) {
            out.field<tag::last_msg_seq_num_processed>(c.next.next_in - 1);
        } else {
            out.raw(message.whole(i));
        }
        if (field.tag == tag::msg_seq_num) out.field<tag::poss_dup_flag>('Y');
    }
    const std::size_t body = fields[i - 1].offset + fields[i - 1].length + 1;
    out.raw(stored->bytes.substr(body, stored->bytes.size() - fix::trailer_size - body));
    if (!c.step.push(out.finish(), seq, MessageKind::resend)) {
        c.step.notice(NoticeKind::resend_unavailable, seq);
        return true;
    }
    fill = false;
    c.next.last_sent_ns = c.now_ns;
    return true;
}

}  // namespace gw::session
