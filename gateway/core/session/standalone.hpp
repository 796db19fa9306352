// A session that stands alone: with its input buffer, its step and its sent messages in memory. For
// conformance tests, simulations and tools, which have no journal. It does what the engine does, one thing at
// a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "fix/frame.hpp"
#include "fix/message.hpp"
#include "session/session.hpp"

namespace gw::session {

// Keeps the latest messages of each sequence number since the last reset, as sent. Grows with the session: no
// store for a gateway, which has its journal.
class MemoryStore : public MessageStore {
  public:
    [[nodiscard]] std::optional<StoredMessage> outbound(std::uint64_t seq) const override;
    void record(const Step& step, std::int64_t now_ns);

  private:
    struct Sent {
        std::string bytes;
        std::int64_t at_ns;
        bool admin;
    };
    std::uint64_t first_seq_ = 1;
    std::deque<Sent> sent_;
};

class Standalone {
  public:
    using BodyField = std::pair<std::uint32_t, std::string>;

    // ports.store is replaced by the session's own memory; the others outlive the session.
    Standalone(Config config, Ports ports);
    Standalone(const Standalone&) = delete;
    Standalone& operator=(const Standalone&) = delete;

    // Each of these decides, records and applies; the result is in step() until the next. Times must not go
    // back.
    void connect(std::int64_t now_ns);
    void disconnect(std::int64_t now_ns);
    void tick(std::int64_t now_ns);
    void log_out(std::string_view text, std::int64_t now_ns);
    void reset(std::int64_t now_ns);
    // False, and nothing sent, where the session cannot send or the message does not fit.
    bool send(std::string_view msg_type, std::span<const BodyField> body, std::span<const HeaderField> header,
              std::int64_t now_ns);
    // False where `message` does not parse.
    bool reject_business(std::string_view message, BusinessRejectReason reason, std::string_view text,
                         std::int64_t now_ns);

    // Bytes from the transport, in any pieces.
    void feed(std::string_view bytes) { input_ += bytes; }
    // Takes in the next message, kept or from the bytes; false where there is none for now.
    bool take_next(std::int64_t now_ns);

    [[nodiscard]] const Step& step() const { return step_; }
    [[nodiscard]] const Session& session() const { return session_; }

  private:
    void apply(std::int64_t now_ns);

    MemoryStore store_;
    Session session_;
    Step step_;
    fix::MessageBuffer<> message_;
    std::string input_;
    std::string text_;  // the frame that is being handled
};

}  // namespace gw::session
