// Whether the counterparty is there.
#pragma once

#include <cstdint>

#include "base/transition_table.hpp"

namespace gw::session {

enum class Liveness : std::uint8_t { quiet, test_request_sent, count };

enum class LivenessEvent : std::uint8_t {
    heard,       // any readable message
    silence,     // nothing heard for 1.2 x HeartBtInt(108)
    unanswered,  // nothing heard for as long again after the TestRequest
    send_due,    // nothing sent for HeartBtInt(108)
    restarted,
    count
};

enum class LivenessEffect : std::uint16_t {
    send_heartbeat = 1,
    send_test_request = 2,
    announce_timeout = 4,
};

using LivenessRow = Transition<Liveness, LivenessEvent, LivenessEffect>;

inline constexpr auto liveness_machine = [] {
    using enum LivenessEffect;
    return transition_table<Liveness, LivenessEvent, LivenessEffect>({
        {Liveness::quiet, LivenessEvent::heard, Liveness::quiet},
        {Liveness::quiet, LivenessEvent::silence, Liveness::test_request_sent, send_test_request},
        {Liveness::quiet, LivenessEvent::send_due, Liveness::quiet, send_heartbeat},
        {Liveness::quiet, LivenessEvent::restarted, Liveness::quiet},

        {Liveness::test_request_sent, LivenessEvent::heard, Liveness::quiet},
        {Liveness::test_request_sent, LivenessEvent::unanswered, Liveness::quiet, announce_timeout},
        // The last fifth of an interval before we hang up: the counterparty is being asked, a Heartbeat adds
        // nothing.
        {Liveness::test_request_sent, LivenessEvent::send_due, Liveness::test_request_sent},
        {Liveness::test_request_sent, LivenessEvent::restarted, Liveness::quiet},
    });
}();

}  // namespace gw::session
