#include "session/standalone.hpp"

namespace gw::session {

std::optional<StoredMessage> MemoryStore::outbound(std::uint64_t seq) const {
    if (seq < first_seq_ || seq - first_seq_ >= sent_.size()) return std::nullopt;
    const Sent& sent = sent_[seq - first_seq_];
    return StoredMessage{sent.bytes, sent.at_ns, sent.admin};
}

void MemoryStore::record(const Step& step, std::int64_t now_ns) {
    for (const OutboundMessage& message : step.outbound()) {
        if (!message.takes_sequence()) continue;
        // Numbers that do not follow are those of a reset: what was sent under the old ones is not asked for
        // again.
        if (message.seq != first_seq_ + sent_.size()) {
            sent_.clear();
            first_seq_ = message.seq;
        }
        sent_.push_back({std::string(message.bytes), now_ns, message.kind == MessageKind::admin});
    }
}

Standalone::Standalone(Config config, Ports ports)
    : session_(std::move(config), [&] {
          ports.store = &store_;
          return ports;
      }()) {}

void Standalone::apply(std::int64_t now_ns) {
    store_.record(step_, now_ns);
    session_.apply(step_);
}

void Standalone::connect(std::int64_t now_ns) {
    input_.clear();
    session_.decide_connected(now_ns, step_);
    apply(now_ns);
}

void Standalone::disconnect(std::int64_t now_ns) {
    session_.decide_disconnected(now_ns, step_);
    apply(now_ns);
}

void Standalone::tick(std::int64_t now_ns) {
    session_.decide_tick(now_ns, step_);
    apply(now_ns);
}

void Standalone::log_out(std::string_view text, std::int64_t now_ns) {
    session_.decide_logout(text, now_ns, step_);
    apply(now_ns);
}

void Standalone::reset(std::int64_t now_ns) {
    session_.decide_reset(now_ns, step_);
    apply(now_ns);
}

bool Standalone::send(std::string_view msg_type, std::span<const BodyField> body,
                      std::span<const HeaderField> header, std::int64_t now_ns) {
    session_.begin(step_);
    fix::Encoder out = session_.begin_message(msg_type, now_ns, step_, header);
    for (const auto& [number, value] : body) out.field(number, std::string_view(value));
    const bool sent = session_.end_message(out, step_);
    apply(now_ns);
    return sent;
}

bool Standalone::reject_business(std::string_view message, BusinessRejectReason reason, std::string_view text,
                                 std::int64_t now_ns) {
    if (message_.parse(message, session_.data_tags()) != fix::ParseError::none) return false;
    session_.begin(step_);
    session_.reject_business(message_, reason, {}, text, now_ns, step_);
    apply(now_ns);
    return true;
}

bool Standalone::take_next(std::int64_t now_ns) {
    if (session_.decide_kept(message_, now_ns, step_)) {
        apply(now_ns);
        return true;
    }
    const fix::Frame frame = fix::frame(input_);
    if (frame.status == fix::FrameStatus::incomplete) return false;
    text_ = input_.substr(0, frame.length);
    input_.erase(0, frame.length);
    if (frame.status == fix::FrameStatus::garbled) {
        session_.decide_garbled(frame.error, now_ns, step_);
    } else if (const fix::ParseError error = message_.parse(text_, session_.data_tags());
               error != fix::ParseError::none) {
        session_.decide_garbled(error, now_ns, step_);
    } else {
        session_.decide_received(message_, now_ns, step_);
    }
    apply(now_ns);
    return true;
}

}  // namespace gw::session
