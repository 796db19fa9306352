// The session core on a socket: no journal, no order layer, no lock. What a poll or a send leads to leaves in
// one call.
#pragma once

#include <array>
#include <cstring>

#include "bench/loopback.hpp"
#include "bench/messages.hpp"
#include "fix/frame.hpp"
#include "session/session.hpp"

namespace gw::bench {

class SessionLink {
  public:
    SessionLink(session::Role role, Socket socket)
        : socket_(std::move(socket)), session_(session_config(role)) {
        session_.decide_connected(wall_ns(), step_);
        finish_step();
        flush();
    }

    // Takes what has arrived. `deliver(message)` is called for each application message, within its step: it
    // may add an answer. False where the other side has closed or logged out.
    template <class Deliver>
    bool poll(Deliver&& deliver) {
        const ssize_t size = socket_.receive(std::span(in_).subspan(used_));
        if (size <= 0) return size == 0;
        used_ += static_cast<std::size_t>(size);
        std::size_t done = 0;
        while (done < used_) {
            const std::string_view rest(in_.data() + done, used_ - done);
            const fix::Frame frame = fix::frame(rest);
            if (frame.status == fix::FrameStatus::incomplete) break;
            require(frame.status == fix::FrameStatus::complete, "garbled bytes");
            require(message_.parse(rest.substr(0, frame.length)) == fix::ParseError::none,
                    "a message does not parse");
            session_.decide_received(message_, wall_ns(), step_);
            if (step_.deliver == session::Deliver::application) deliver(message_);
            finish_step();
            done += frame.length;
        }
        std::memmove(in_.data(), in_.data() + done, used_ - done);
        used_ -= done;
        flush();
        return !ended_;
    }
    // A message of its own, outside of any inbound one.
    template <class Body>
    void send(std::string_view msg_type, Body&& body) {
        session_.begin(step_);
        add(msg_type, body);
        finish_step();
        flush();
    }
    // A message more in the step that delivers.
    template <class Body>
    void add(std::string_view msg_type, Body&& body) {
        fix::Encoder out = session_.begin_message(msg_type, wall_ns(), step_);
        body(out);
        require(session_.end_message(out, step_), "a message does not encode");
    }
    // Heartbeats and timeouts.
    void tick() {
        session_.decide_tick(wall_ns(), step_);
        finish_step();
        flush();
    }
    [[nodiscard]] bool logged_on() const { return session::Session::can_send(session_.state()); }
    [[nodiscard]] std::size_t sent_size() const { return sent_size_; }

  private:
    static std::int64_t wall_ns() {
        return std::chrono::duration_cast<std::chrono::nanoseconds>(
                   std::chrono::system_clock::now().time_since_epoch())
            .count();
    }
    void finish_step() {
        session_.apply(step_);
        for (const session::OutboundMessage& message : step_.outbound()) {
            if (message.bytes.size() > out_.size() - out_used_) flush();
            std::memcpy(out_.data() + out_used_, message.bytes.data(), message.bytes.size());
            out_used_ += message.bytes.size();
            sent_size_ = message.bytes.size();
        }
        ended_ = ended_ || step_.disconnect;
    }
    void flush() {
        socket_.send_all({out_.data(), out_used_});
        out_used_ = 0;
    }

    Socket socket_;
    session::Session session_;
    session::Step step_;
    fix::MessageBuffer<> message_;
    std::array<char, 256 * 1024> in_;
    std::size_t used_ = 0;
    std::array<char, 64 * 1024> out_;
    std::size_t out_used_ = 0;
    bool ended_ = false;
    std::size_t sent_size_ = 0;
};

}  // namespace gw::bench
