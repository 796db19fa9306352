// What a session's step leaves in the journal, and how a session comes back from it. The engine and the
// simulation of two sessions write and read the same records by these.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "engine/event_log.hpp"
#include "fix/frame.hpp"
#include "session/session.hpp"

namespace gw::engine {

// The numbers that a session goes on from.
struct Sequences {
    std::uint64_t next_in = 1;
    std::uint64_t next_out = 1;
    bool reset_open = false;  // a reset was asked for that the counterparty has not yet agreed to
};

// Of one session; the views live as long as the log is used.
struct SessionName {
    std::uint32_t number;  // in the record headers
    std::string_view name;
    std::span<const std::uint32_t> secret_tags = {};  // blanked beside those of every Logon
};

class SessionLog {
  public:
    SessionLog() : redacted_(fix::message_size_max_default) {}

    // What came, where it counts. `more_flags` is the caller's.
    void append_inbound(EventLog& log, SessionName session, const session::Step& step,
                        std::uint16_t more_flags = 0);
    // What goes out, and the numbers where they are not what the messages alone say. `now` is the state
    // before the step is applied.
    void append_outbound(EventLog& log, SessionName session, const session::State& now,
                         const session::Step& step);

  private:
    void append_message(EventLog& log, SessionName session, const session::OutboundMessage& message);
    static void append_change(EventLog& log, SessionName session, const session::Step& step, bool reset);
    [[nodiscard]] std::string_view redact(std::string_view bytes, SessionName session);

    std::vector<char> redacted_;
};

// Takes one message record of a session, in lsn order. SequenceChanged events set the numbers outright, and
// whether a reset is open.
void recover_sequences(const journal::Record& record, Sequences& sequences);

}  // namespace gw::engine
