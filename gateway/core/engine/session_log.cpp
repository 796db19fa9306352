#include "engine/session_log.hpp"

#include <algorithm>

#include "fix/secrets.hpp"

namespace gw::engine {

using session::Fate;

namespace {

constexpr std::string_view logon_type =
    "\x01"
    "35=A\x01";

bool is_reset_open(const session::State& state) {
    return state.reset_sent || state.reset_next_logon;
}

}  // namespace

std::string_view SessionLog::redact(std::string_view bytes, SessionName session) {
    redacted_.resize(std::max(redacted_.size(), bytes.size()));
    return fix::redact(bytes, redacted_, session.secret_tags);
}

void SessionLog::append_inbound(EventLog& log, SessionName session, const session::Step& step,
                                std::uint16_t more_flags) {
    const bool consumed = step.fate == Fate::consumed;
    const bool ignored = step.fate == Fate::duplicate || step.fate == Fate::ignored;
    // What is kept or dropped ahead of a gap comes again; what is garbled is no message.
    if (!consumed && !ignored && step.fate != Fate::handled) return;
    std::string_view bytes = step.inbound_bytes;
    std::uint16_t flags = consumed ? flag_consumed : ignored ? flag_ignored : std::uint16_t{0};
    if (!session.secret_tags.empty() || bytes.find(logon_type) != std::string_view::npos) {
        bytes = redact(bytes, session);
        flags |= flag_redacted;
    }
    flags |= more_flags;
    log.message(journal::Kind::message_in, flags, session.number, step.inbound_seq, bytes);
}

void SessionLog::append_outbound(EventLog& log, SessionName session, const session::State& now,
                                 const session::Step& step) {
    const std::uint64_t next_in = step.fate == Fate::consumed ? step.inbound_seq + 1 : now.next_in;
    std::uint64_t next_out = now.next_out;
    for (const session::OutboundMessage& message : step.outbound())
        if (message.takes_sequence()) next_out = message.seq + 1;
    const bool reset = step.has(session::NoticeKind::sequence_reset_out);
    const bool differs = next_in != step.next.next_in || next_out != step.next.next_out;
    // Before the messages: the first of the new numbers, a Logon with ResetSeqNumFlag(141), belongs behind
    // the reset.
    if (reset || differs || is_reset_open(now) != is_reset_open(step.next))
        append_change(log, session, step, reset);
    for (const session::OutboundMessage& message : step.outbound()) append_message(log, session, message);
    // And behind them where the last one is of the old numbers: a Logout, after which the policy starts anew.
    if (next_out != step.next.next_out && !step.outbound().empty()) append_change(log, session, step, reset);
}

void SessionLog::append_message(EventLog& log, SessionName session, const session::OutboundMessage& message) {
    std::uint16_t flags = 0;
    if (message.takes_sequence()) flags |= flag_takes_sequence;
    if (message.kind != session::MessageKind::application && message.kind != session::MessageKind::resend)
        flags |= journal::kAdmin;
    if (!message.takes_sequence()) flags |= journal::kResend;
    std::string_view bytes = message.bytes;
    // An application message is kept as it was sent: it may have to be resent.
    if (message.logon || (!session.secret_tags.empty() && message.kind == session::MessageKind::admin)) {
        bytes = redact(bytes, session);
        flags |= flag_redacted;
    }
    log.message(journal::Kind::message_out, flags, session.number, message.seq, bytes);
}

void SessionLog::append_change(EventLog& log, SessionName session, const session::Step& step, bool reset) {
    schema::SequenceChanged event;
    event.session = session.name;
    event.next_in = step.next.next_in;
    event.next_out = step.next.next_out;
    event.reset = reset;
    event.reset_open = is_reset_open(step.next);
    event.reason = reset ? "reset" : event.reset_open ? "reset asked for" : "numbers moved on";
    log.event(event, 0, session.number, reset ? journal::kSequenceReset : std::uint16_t{0});
}

void recover_sequences(const journal::Record& record, Sequences& sequences) {
    if (record.kind == journal::Kind::message_in && (record.flags & flag_consumed) != 0)
        sequences.next_in = record.seq + 1;
    if (record.kind == journal::Kind::message_out && (record.flags & flag_takes_sequence) != 0)
        sequences.next_out = record.seq + 1;
}

}  // namespace gw::engine
