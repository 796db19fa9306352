// Where the engine's bytes go. A transport stands behind it: kernel sockets, the simulation's network, a
// test.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gw::engine {

class Wire {
  public:
    virtual ~Wire() = default;
    // Bytes that the journal holds up to `lsn`. They may be sent at once or, where the journal's durability
    // asks for it, once `lsn` is durable. Never fails: a lost connection is reported by Engine::disconnected.
    virtual void send(std::size_t session, std::string_view bytes, std::uint64_t lsn) = 0;
    // The end of what belongs together: all that send() took goes out, in its order. The engine calls it
    // after each step, or once after the last step of a batch of commands, so that a wire that gathers pays
    // for one system call a batch. A wire that sends at once has nothing to do here.
    virtual void flush() {}
    // After what was sent before, gathered or not; Engine::disconnected follows.
    virtual void disconnect(std::size_t session, std::string_view reason) = 0;
    // Bytes taken by send() that the counterparty has not yet read.
    [[nodiscard]] virtual std::size_t backlog_bytes(std::size_t session) const = 0;
    // Beyond it new orders are denied; the connection is cut only well beyond that.
    [[nodiscard]] virtual std::size_t backlog_bytes_max(std::size_t) const { return 4 * 1024 * 1024; }
};

}  // namespace gw::engine
