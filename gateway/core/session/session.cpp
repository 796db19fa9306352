#include "session/session.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "fix/tags.hpp"

namespace gw::session {

void Session::HeaderPart::add(std::uint32_t number, const std::string& value) {
    if (value.empty()) return;
    text.append(std::to_string(number)).append("=").append(value).append("\x01");
    sum = fix::sum_bytes(text);
}

Session::Version Session::version_of(std::string_view begin_string) {
    if (begin_string == "FIX.4.0") return Version::fix40;
    if (begin_string == "FIX.4.1") return Version::fix41;
    if (begin_string == "FIX.4.2") return Version::fix42;
    if (begin_string == "FIX.4.3") return Version::fix43;
    if (begin_string == "FIX.4.4") return Version::fix44;
    return Version::fixt11;
}

Session::Session(Config config, Ports ports)
    : config_(std::move(config)),
      ports_(ports),
      data_tags_(ports.validator != nullptr ? &ports.validator->data_tags() : &fix::standard_data_tags),
      version_(version_of(config_.begin_string)),
      kept_(config_.kept_messages_max, config_.kept_bytes_max) {
    assert(config_.begin_string.size() <= fix::begin_string_size_max);
    if (version_ < Version::fix42) config_.time_precision = fix::TimePrecision::seconds;
    config_.replay_messages_per_step =
        std::clamp<std::uint32_t>(config_.replay_messages_per_step, 1, replay_messages_per_step_max);
    std::ranges::stable_sort(config_.logon_fields, {}, &CustomField::tag);
    std::ranges::stable_sort(config_.header_fields, {}, &CustomField::tag);
    for (const CustomField& field : config_.header_fields) config_.header_tags.push_back(field.tag);
    sender_part_.add(fix::tag::sender_comp_id, config_.sender_comp_id);
    sender_part_.add(fix::tag::sender_sub_id, config_.sender_sub_id);
    target_part_.add(fix::tag::target_comp_id, config_.target_comp_id);
    target_part_.add(fix::tag::target_sub_id, config_.target_sub_id);
    plain_header_ = config_.sender_location_id.empty() && config_.target_location_id.empty() &&
                    config_.header_fields.empty() && !config_.last_msg_seq_num_processed;
}

Session::Context Session::start(std::int64_t now_ns, Step& step) const {
    step.begin(state_);
    return {step, step.next, now_ns};
}

// ---- the four machines

void Session::move(Context& c, LinkEvent event, std::string_view reason, std::string_view logout_text) const {
    const LinkRow* row = link_machine.at(c.next.link, event);
    assert(row != nullptr);
    if (row == nullptr) return;
    const bool changes = row->to != row->from;
    if (row->effects.has(LinkEffect::send_logon)) send_logon(c);
    if (row->effects.has(LinkEffect::send_logout)) send_logout(c, logout_text);
    c.next.link = row->to;
    if (changes) c.next.link_since_ns = c.now_ns;
    if (row->effects.has(LinkEffect::announce_logged_on))
        c.step.notice(NoticeKind::logged_on, c.next.heartbeat_interval_s);
    if (row->effects.has(LinkEffect::announce_logged_out)) c.step.notice(NoticeKind::logged_out);
    if (row->effects.has(LinkEffect::hang_up)) {
        c.step.disconnect = true;
        c.step.disconnect_reason = reason;
    }
    if (changes && row->to == Link::disconnected) forget_connection(c);
}

void Session::move(Context& c, InboundEvent event) const {
    const InboundRow* row = inbound_machine.at(c.next.inbound, event);
    assert(row != nullptr);
    if (row == nullptr) return;
    c.next.inbound = row->to;
    if (row->effects.has(InboundEffect::announce_gap))
        c.step.notice(NoticeKind::gap_detected, c.next.next_in, c.next.gap_end);
    if (row->effects.has(InboundEffect::announce_stall))
        c.step.notice(NoticeKind::gap_stalled, c.next.next_in, c.next.gap_end);
    if (row->effects.has(InboundEffect::announce_filled))
        c.step.notice(NoticeKind::gap_filled, c.next.next_in);
    if (row->effects.has(InboundEffect::request_resend)) send_resend_request(c);
}

void Session::move(Context& c, LivenessEvent event) const {
    const LivenessRow* row = liveness_machine.at(c.next.liveness, event);
    assert(row != nullptr);
    if (row == nullptr) return;
    c.next.liveness = row->to;
    if (row->effects.has(LivenessEffect::send_heartbeat)) send_heartbeat(c, std::nullopt);
    if (row->effects.has(LivenessEffect::send_test_request)) send_test_request(c);
    if (row->effects.has(LivenessEffect::announce_timeout))
        c.step.notice(NoticeKind::test_request_timeout,
                      static_cast<std::uint64_t>(c.now_ns - c.next.last_received_ns));
}

void Session::move(Context& c, ReplayEvent event, std::uint64_t begin_seq, std::uint64_t end_seq) const {
    const ReplayRow* row = replay_machine.at(c.next.replay, event);
    assert(row != nullptr);
    if (row == nullptr) return;
    c.next.replay = row->to;
    if (row->effects.has(ReplayEffect::begin_range)) {
        c.next.replay_next = begin_seq;
        c.next.replay_end = end_seq;
        c.next.replay_fill_begin = 0;
    }
    if (row->effects.has(ReplayEffect::widen_range)) {
        const std::uint64_t at =
            c.next.replay_fill_begin != 0 ? c.next.replay_fill_begin : c.next.replay_next;
        c.next.replay_next = std::min(at, begin_seq);
        c.next.replay_end = std::max(c.next.replay_end, end_seq);
        c.next.replay_fill_begin = 0;
    }
    if (row->effects.has(ReplayEffect::announce_finished))
        c.step.notice(NoticeKind::replay_finished, c.next.replay_end);
}

// New numbers by agreement or by policy: what was being asked for or resent under the old ones is void.
void Session::restart_numbers(Context& c, std::uint64_t next_in, std::uint64_t next_out) const {
    if (c.next.next_in != next_in) c.step.notice(NoticeKind::sequence_reset_in, c.next.next_in, next_in);
    if (c.next.next_out != next_out) c.step.notice(NoticeKind::sequence_reset_out, c.next.next_out, next_out);
    c.next.next_in = next_in;
    c.next.next_out = next_out;
    c.step.clear_kept = true;
    move(c, InboundEvent::restarted);
    move(c, ReplayEvent::restarted);
}

void Session::forget_connection(Context& c) const {
    c.next.reset_heard_ns = 0;
    c.step.clear_kept = true;
    // A reset that was asked for and not answered: whether the counterparty has counted anew is not known, so
    // it is asked again. Going on from either number would have one side wait for numbers that never come.
    if (c.next.reset_sent && can_agree_on_reset()) c.next.reset_next_logon = true;
    c.next.reset_sent = false;
    c.next.test_request_seq = 0;
    move(c, InboundEvent::restarted);
    move(c, LivenessEvent::restarted);
    move(c, ReplayEvent::restarted);
    if (config_.reset.on_disconnect) restart_numbers(c, 1, 1);
}

// ---- inputs that are no messages

void Session::decide_connected(std::int64_t now_ns, Step& step) const {
    Context c = start(now_ns, step);
    c.next.heartbeat_interval_s = config_.heartbeat_interval_s;
    c.next.last_received_ns = now_ns;
    c.next.last_sent_ns = now_ns;
    if (config_.role == Role::acceptor) {
        move(c, LinkEvent::accepted);
        return;
    }
    const bool first = config_.reset.on_first_logon && c.next.next_in == 1;
    if (config_.reset.on_logon || c.next.reset_next_logon || first) {
        restart_numbers(c, 1, 1);
        c.next.reset_sent = true;
        c.next.reset_next_logon = false;
    }
    move(c, LinkEvent::connected);
}

void Session::decide_disconnected(std::int64_t now_ns, Step& step) const {
    Context c = start(now_ns, step);
    move(c, LinkEvent::disconnected);
}

void Session::decide_garbled(fix::FrameError error, std::int64_t now_ns, Step& step) const {
    Context c = start(now_ns, step);
    c.step.fate = Fate::garbled;
    c.step.notice(NoticeKind::garbled, static_cast<std::uint64_t>(error));
    if (c.next.link == Link::awaiting_logon) move(c, LinkEvent::drop, "the first bytes are no Logon");
}

void Session::decide_garbled(fix::ParseError error, std::int64_t now_ns, Step& step) const {
    Context c = start(now_ns, step);
    c.step.fate = Fate::garbled;
    c.step.notice(NoticeKind::garbled, static_cast<std::uint64_t>(error));
    if (c.next.link == Link::awaiting_logon) {
        move(c, LinkEvent::drop, "the first bytes are no Logon");
    } else if (error == fix::ParseError::too_many_fields && c.next.link != Link::disconnected) {
        // Not garbled but too large for us: ignoring it would have it resent for ever.
        move(c, LinkEvent::refuse, "message with too many fields", "Message has more fields than allowed");
    }
}

void Session::decide_logout(std::string_view text, std::int64_t now_ns, Step& step) const {
    Context c = start(now_ns, step);
    move(c, LinkEvent::end, "ended before the Logon was answered", text);
}

void Session::decide_reset(std::int64_t now_ns, Step& step) const {
    Context c = start(now_ns, step);
    if (c.next.link == Link::active) {
        if (!can_agree_on_reset()) return;  // the counterparty would take our 1 for an error
        if (!can_log_on_again()) return;
        if (c.next.reset_sent) return;
        // next_in stays: what is still on its way under the old numbers counts until the answer is here.
        if (c.next.next_out != 1) c.step.notice(NoticeKind::sequence_reset_out, c.next.next_out, 1);
        c.next.next_out = 1;
        c.next.reset_sent = true;
        c.next.reset_sent_at_ns = now_ns;
        move(c, ReplayEvent::restarted);
        move(c, LinkEvent::restart);
    } else if (config_.role == Role::initiator) {
        c.next.reset_next_logon = true;
    } else {
        restart_numbers(c, 1, 1);
        c.next.reset_next_logon = can_agree_on_reset();
    }
}

void Session::decide_restart(std::int64_t now_ns, Step& step) const {
    Context c = start(now_ns, step);
    assert(c.next.link == Link::disconnected);
    restart_numbers(c, 1, 1);
}

void Session::decide_set_sequences(std::optional<std::uint64_t> next_in,
                                   std::optional<std::uint64_t> next_out, std::int64_t now_ns,
                                   Step& step) const {
    Context c = start(now_ns, step);
    if (next_in && *next_in > 0 && *next_in <= sequence_max && *next_in != c.next.next_in) {
        c.step.notice(NoticeKind::sequence_reset_in, c.next.next_in, *next_in);
        advance_to(c, *next_in);
    }
    if (!next_out || *next_out == 0 || *next_out > sequence_max || *next_out == c.next.next_out) return;
    if (c.next.link == Link::active) {
        fix::Encoder out = open(c, "4", c.next.next_out);
        out.field<fix::tag::new_seq_no>(*next_out).field<fix::tag::gap_fill_flag>('N');
        if (!c.step.push(out.finish(), c.next.next_out, MessageKind::sequence_reset)) {
            c.step.notice(NoticeKind::overflow);
            return;
        }
        c.next.last_sent_ns = now_ns;
    }
    c.step.notice(NoticeKind::sequence_reset_out, c.next.next_out, *next_out);
    c.next.next_out = *next_out;
}

// ---- state

void Session::apply_kept(const Step& step) {
    if (step.clear_kept) {
        kept_.clear();
    } else if (step.kept_taken != 0) {
        const KeptMessages::Entry* first = kept_.first();
        if (first != nullptr && first->seq == step.kept_taken) kept_.remove_first();
    }
    if (step.keep == Step::Keep::message) kept_.add(step.inbound_seq, step.inbound_bytes);
    if (step.keep == Step::Keep::placeholder) kept_.add(step.inbound_seq, {});
}

void Session::recover(std::uint64_t next_in, std::uint64_t next_out, bool reset_next_logon) {
    assert(next_in > 0 && next_out > 0);
    state_ = {};
    state_.next_in = next_in;
    state_.next_out = next_out;
    state_.reset_next_logon = reset_next_logon;
    kept_.clear();
}

}  // namespace gw::session
