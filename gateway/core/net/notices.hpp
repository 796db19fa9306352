// What the network has to tell people: counted for metrics, and in words for the log. Bounded; where nobody
// reads, the oldest words give way.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/admission.hpp"

namespace gw::net {

struct NetworkCounters {
    std::uint64_t accepted = 0;
    std::array<std::uint64_t, static_cast<std::size_t>(Refusal::count)> refused{};
    std::uint64_t connects_failed = 0;
    std::uint64_t tls_failed = 0;  // of initiators; of acceptors it is a refusal
    std::uint64_t slow_readers_cut = 0;
    std::uint64_t failovers = 0;  // a session went on to a backup host
    std::uint64_t waiting = 0;    // now: connections without a Logon
};

struct Notice {
    std::int64_t time_ns = 0;
    std::string subject;  // a session's name, or the address of a counterparty without one
    std::string text;
};

class Notices {
  public:
    static constexpr std::size_t kept_max = 256;

    void add(std::int64_t now_ns, std::string_view subject, std::string_view text) {
        if (all_.size() == kept_max) all_.pop_front();
        all_.push_back({now_ns, std::string(subject), std::string(text)});
    }
    [[nodiscard]] std::vector<Notice> take() {
        std::vector<Notice> taken(std::make_move_iterator(all_.begin()), std::make_move_iterator(all_.end()));
        all_.clear();
        return taken;
    }

  private:
    std::deque<Notice> all_;
};

}  // namespace gw::net
