// What became of one request (a new order, a replace or a cancel). Nothing else is in this file.
#pragma once

#include <cstdint>

#include "base/transition_table.hpp"

namespace gw::order {

enum class RequestState : std::uint8_t {
    pending,   // sent, no answer
    accepted,  // the venue did it
    rejected,  // the venue refused it
    moot,      // the order ended before the venue answered
    not_sent,  // filled over: it never reached the venue
    denied,    // refused here
    waiting,   // accepted here, and held back by the session's throttle
};

enum class RequestEvent : std::uint8_t { accepted, rejected, order_ended, not_sent, sent };

inline constexpr auto request_table = transition_table<RequestState, RequestEvent>({
    {RequestState::pending, RequestEvent::accepted, RequestState::accepted},
    {RequestState::pending, RequestEvent::rejected, RequestState::rejected},
    {RequestState::pending, RequestEvent::order_ended, RequestState::moot},
    {RequestState::pending, RequestEvent::not_sent, RequestState::not_sent},
    {RequestState::waiting, RequestEvent::sent, RequestState::pending},
    {RequestState::waiting, RequestEvent::not_sent, RequestState::not_sent},
    // Late words of the venue are better evidence than our conclusion.
    {RequestState::moot, RequestEvent::accepted, RequestState::accepted},
    {RequestState::moot, RequestEvent::rejected, RequestState::rejected},
    {RequestState::not_sent, RequestEvent::accepted, RequestState::accepted},
    {RequestState::not_sent, RequestEvent::rejected, RequestState::rejected},
});

}  // namespace gw::order
