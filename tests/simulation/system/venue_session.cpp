#include "venue_session.hpp"

#include <algorithm>

namespace gw::simulation {
namespace {

constexpr std::int64_t ns_per_s = 1'000'000'000;
constexpr std::int64_t ask_again_ns = 3 * ns_per_s;
constexpr std::int64_t copy_is_old_ns = 60 * ns_per_s;  // a clock may be 50 s off, and 120 s are borne

}  // namespace

void VenueSession::connected(std::int64_t now_ns) {
    input_.clear();
    output_.clear();
    connected_ = true;
    logged_on_ = hangs_up_ = probed_ = false;
    awaited_ = 0;
    last_sent_ns_ = last_received_ns_ = now_ns;
}

void VenueSession::disconnected() {
    connected_ = logged_on_ = hangs_up_ = false;
    awaited_ = 0;
    input_.clear();
    output_.clear();
}

void VenueSession::received(std::string_view bytes, std::int64_t now_ns) {
    input_ += bytes;
    FixText message;
    std::string problem;
    while (connected_ && !hangs_up_) {
        const Take taken = take_message(input_, message, problem);
        if (taken == Take::incomplete) return;
        if (taken == Take::garbled) {
            complaints_.push_back(problem + ": " + shown(input_));
            hangs_up_ = true;
            return;
        }
        last_received_ns_ = now_ns;
        probed_ = false;
        take(message, now_ns);
    }
}

void VenueSession::begin_anew() {
    next_in_ = 1;
    awaited_ = 0;
    sent_.clear();
    bodies_.clear();
    sent_times_.clear();
    sent_at_ns_.clear();
}

void VenueSession::lose_store() {
    begin_anew();
    needs_reset_ = true;
}

void VenueSession::take(const FixText& message, std::int64_t now_ns) {
    const std::string type = message.type();
    if (logged_on_ && type == "A" && message.get(141) == "Y") return take_logon(message, now_ns);
    if (!logged_on_) {
        if (type == "A") return take_logon(message, now_ns);
        complaints_.push_back("the first message is no Logon: " + type);
        hangs_up_ = true;
        return;
    }
    if (type == "4" && message.get(123) != "Y") return take_sequence_reset(message);
    const std::uint64_t seq = message.seq();
    if (seq < next_in_) {
        if (message.poss_dup()) return;
        complaints_.push_back("MsgSeqNum " + std::to_string(seq) + " came without PossDupFlag, expected " +
                              std::to_string(next_in_));
        return end("MsgSeqNum too low", now_ns);
    }
    if (seq > next_in_) {
        // Answered although it came early, or two sides that both miss something wait for each other.
        if (type == "2") answer_resend(message, now_ns);
        if (seq > awaited_) ask_resend(seq, now_ns);
        return;
    }
    take_due(message, now_ns);
    if (awaited_ != 0 && next_in_ > awaited_) awaited_ = 0;
}

void VenueSession::take_logon(const FixText& message, std::int64_t now_ns) {
    const std::uint64_t seq = message.seq();
    if (message.get(49) != identity_.counterparty || message.get(56) != identity_.comp_id) {
        complaints_.push_back("a Logon for another session");
        hangs_up_ = true;
        return;
    }
    logged_on_ = true;
    if (message.get(141) == "Y") {  // both sides agree on it
        if (seq != 1) complaints_.push_back("ResetSeqNumFlag with MsgSeqNum " + std::to_string(seq));
        begin_anew();
        needs_reset_ = false;
        heartbeat_ns_ = message.number(108) * ns_per_s;
        send_admin(FixText("A").add(98, '0').add(108, message.get(108)).add(141, 'Y'), now_ns);
        next_in_ = 2;
        return;
    }
    heartbeat_ns_ = message.number(108) * ns_per_s;
    if (seq < next_in_) {
        complaints_.push_back("Logon with MsgSeqNum " + std::to_string(seq) + ", expected " +
                              std::to_string(next_in_));
        return end("MsgSeqNum too low", now_ns);
    }
    send_admin(FixText("A").add(98, '0').add(108, message.get(108)), now_ns);
    if (seq == next_in_)
        ++next_in_;
    else
        ask_resend(seq, now_ns);
}

void VenueSession::take_due(const FixText& message, std::int64_t now_ns) {
    const std::string type = message.type();
    if (type == "4") {
        const auto next = static_cast<std::uint64_t>(message.number(36));
        if (next <= next_in_) complaints_.push_back("a gap fill that goes back");
        next_in_ = std::max(next, next_in_ + 1);
        return;
    }
    ++next_in_;
    if (type == "0" || type == "A") return;
    if (type == "1") return send_admin(FixText("0").add(112, message.get(112)), now_ns);
    if (type == "2") return answer_resend(message, now_ns);
    if (type == "5") {
        send_admin(FixText("5"), now_ns);
        hangs_up_ = true;
        return;
    }
    if (type == "3") {
        // A proxy's copy of what was sent long ago may rightly be refused for its time.
        const auto refused = static_cast<std::uint64_t>(message.number(45));
        const bool old = refused != 0 && refused <= sent_at_ns_.size() &&
                         now_ns - sent_at_ns_[refused - 1] >= copy_is_old_ns;
        if (message.get(373) == "10" && old) return;
        complaints_.push_back("Reject: " + message.get(58) + " (MsgSeqNum " + message.get(45) + ")");
        return;
    }
    on_message_(message);
}

void VenueSession::take_sequence_reset(const FixText& message) {
    const auto next = static_cast<std::uint64_t>(message.number(36));
    if (next < next_in_) complaints_.push_back("SequenceReset to a lower number");
    next_in_ = std::max(next_in_, next);
}

void VenueSession::ask_resend(std::uint64_t through, std::int64_t now_ns) {
    awaited_ = through;
    asked_at_ns_ = now_ns;
    send_admin(FixText("2").add(7, static_cast<std::int64_t>(next_in_)).add(16, '0'), now_ns);
}

void VenueSession::answer_resend(const FixText& request, std::int64_t now_ns) {
    const auto begin = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(request.number(7)));
    auto end_seq = static_cast<std::uint64_t>(request.number(16));
    if (end_seq == 0 || end_seq > sent_.size()) end_seq = sent_.size();
    std::uint64_t fill_from = 0;
    const auto fill = [&](std::uint64_t next) {
        if (fill_from == 0) return;
        FixText body("4");
        body.add(123, 'Y').add(36, static_cast<std::int64_t>(next));
        write(body, fill_from, now_ns, utc(now_ns));
        fill_from = 0;
    };
    for (std::uint64_t seq = begin; seq <= end_seq; ++seq) {
        if (sent_[seq - 1].empty()) {
            if (fill_from == 0) fill_from = seq;
            continue;
        }
        fill(seq);
        write(bodies_[seq - 1], seq, now_ns, sent_times_[seq - 1]);
    }
    fill(end_seq + 1);
}

std::uint64_t VenueSession::send(const FixText& body, std::int64_t now_ns) {
    const std::uint64_t seq = next_out();
    bodies_.push_back(body);
    sent_times_.push_back(utc(now_ns));
    sent_at_ns_.push_back(now_ns);
    sent_.push_back(framed(identity_.begin_string, body));
    if (logged_on_ && !hangs_up_) write(body, seq, now_ns, {});
    return seq;
}

void VenueSession::send_admin(FixText body, std::int64_t now_ns) {
    const std::uint64_t seq = next_out();
    write(body, seq, now_ns, {});
    bodies_.push_back(std::move(body));
    sent_times_.push_back(utc(now_ns));
    sent_at_ns_.push_back(now_ns);
    sent_.emplace_back();
}

// `first_sent` not empty: a copy of what was sent then.
void VenueSession::write(const FixText& body, std::uint64_t seq, std::int64_t now_ns,
                         const std::string& first_sent) {
    FixText message(body.type());
    message.add(34, static_cast<std::int64_t>(seq));
    if (!first_sent.empty()) message.add(43, 'Y');
    message.add(49, identity_.comp_id).add(52, utc(now_ns)).add(56, identity_.counterparty);
    if (!first_sent.empty()) message.add(122, first_sent);
    for (const auto& [tag, value] : body.fields())
        if (tag != 35) message.add(tag, value);
    output_ += framed(identity_.begin_string, message);
    last_sent_ns_ = now_ns;
}

void VenueSession::log_out(const std::string& text, std::int64_t now_ns) {
    if (logged_on_) end(text, now_ns);
}

void VenueSession::end(const std::string& why, std::int64_t now_ns) {
    send_admin(FixText("5").add(58, why), now_ns);
    hangs_up_ = true;
}

void VenueSession::tick(std::int64_t now_ns) {
    if (!logged_on_ || hangs_up_) return;
    if (awaited_ != 0 && now_ns - asked_at_ns_ >= ask_again_ns) ask_resend(awaited_, now_ns);
    if (heartbeat_ns_ == 0) return;
    if (now_ns - last_sent_ns_ >= heartbeat_ns_) send_admin(FixText("0"), now_ns);
    const std::int64_t silence = now_ns - last_received_ns_;
    if (silence >= 3 * heartbeat_ns_)
        hangs_up_ = true;
    else if (silence >= heartbeat_ns_ + heartbeat_ns_ / 2 && !probed_) {
        probed_ = true;
        send_admin(FixText("1").add(112, "PROBE"), now_ns);
    }
}

}  // namespace gw::simulation
