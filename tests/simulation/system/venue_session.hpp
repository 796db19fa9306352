// The venue's end of a FIX session: an acceptor of its own, plain and strict. What the gateway must not do is
// kept as a complaint.
//
// Nothing ahead of a gap is kept: it is asked for again. What was sent is never forgotten, so a resend can be
// answered for the whole day.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "fix_text.hpp"

namespace gw::simulation {

class VenueSession {
  public:
    struct Identity {
        std::string begin_string, comp_id, counterparty;
    };
    using OnMessage = std::function<void(const FixText&)>;

    VenueSession(Identity identity, OnMessage on_message)
        : identity_(std::move(identity)), on_message_(std::move(on_message)) {}

    void connected(std::int64_t now_ns);
    void disconnected();
    void received(std::string_view bytes, std::int64_t now_ns);
    void tick(std::int64_t now_ns);
    // Numbers and keeps an application message; it leaves at once where the session is up, and else when the
    // gateway asks. Returns its MsgSeqNum(34).
    std::uint64_t send(const FixText& body, std::int64_t now_ns);
    void log_out(const std::string& text, std::int64_t now_ns);

    [[nodiscard]] std::string take_output() { return std::exchange(output_, {}); }
    [[nodiscard]] bool hangs_up() const { return hangs_up_; }
    [[nodiscard]] bool logged_on() const { return logged_on_; }
    [[nodiscard]] bool in_sync() const { return logged_on_ && awaited_ == 0; }
    [[nodiscard]] std::uint64_t next_in() const { return next_in_; }
    [[nodiscard]] std::uint64_t next_out() const { return sent_.size() + 1; }
    [[nodiscard]] const std::vector<std::string>& complaints() const { return complaints_; }
    // Application messages by their number, for the oracle; empty for session messages.
    [[nodiscard]] const std::vector<std::string>& sent() const { return sent_; }
    // Its store is gone: it knows no number, and has nothing to send again. Until the next agreed reset.
    void lose_store();
    [[nodiscard]] bool needs_reset() const { return needs_reset_; }
    // A counterparty that lost its newest records asks for them again.
    void forget_inbound(std::uint64_t count) { next_in_ -= std::min(count, next_in_ - 1); }

  private:
    void take(const FixText& message, std::int64_t now_ns);
    void take_logon(const FixText& message, std::int64_t now_ns);
    void begin_anew();
    void take_due(const FixText& message, std::int64_t now_ns);
    void take_sequence_reset(const FixText& message);
    void answer_resend(const FixText& request, std::int64_t now_ns);
    void ask_resend(std::uint64_t through, std::int64_t now_ns);
    void send_admin(FixText body, std::int64_t now_ns);
    void write(const FixText& body, std::uint64_t seq, std::int64_t now_ns, const std::string& first_sent);
    void end(const std::string& why, std::int64_t now_ns);

    Identity identity_;
    OnMessage on_message_;
    std::string input_, output_;
    bool connected_ = false;
    bool logged_on_ = false;
    bool hangs_up_ = false;
    bool needs_reset_ = false;
    bool probed_ = false;  // a TestRequest waits for its answer
    std::uint64_t next_in_ = 1;
    std::uint64_t awaited_ = 0;  // through here was asked for; 0: nothing is missing
    std::int64_t asked_at_ns_ = 0;
    std::int64_t heartbeat_ns_ = 0;
    std::int64_t last_sent_ns_ = 0;
    std::int64_t last_received_ns_ = 0;
    std::vector<std::string> sent_;  // framed bodies without header, by number - 1; empty: admin
    std::vector<FixText> bodies_;
    std::vector<std::string> sent_times_;  // SendingTime(52) of the first sending
    std::vector<std::int64_t> sent_at_ns_;
    std::vector<std::string> complaints_;
};

}  // namespace gw::simulation
