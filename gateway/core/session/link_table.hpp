// The connection with the counterparty, from connect to disconnect.
#pragma once

#include <cstdint>

#include "base/transition_table.hpp"

namespace gw::session {

enum class Link : std::uint8_t { disconnected, awaiting_logon, logon_sent, active, logout_sent, count };

enum class LinkEvent : std::uint8_t {
    connected,      // we are the initiator
    accepted,       // we are the acceptor
    logon,          // a valid Logon: the counterparty's opening or its answer
    counter_reset,  // its answer carries ResetSeqNumFlag(141)=Y that we had not asked for
    relogon,        // a Logon with ResetSeqNumFlag(141)=Y inside the session
    restart,        // we ask for a reset inside the session
    logout,         // the counterparty's Logout
    end,            // we want to end, and wait for the answer
    refuse,         // a violation that ends the session at once, with a Logout that says why
    drop,           // a violation that is not worth a message
    timeout,
    disconnected,
    count
};

enum class LinkEffect : std::uint16_t {
    send_logon = 1,
    send_logout = 2,
    announce_logged_on = 4,
    announce_logged_out = 8,
    hang_up = 16,
};

using LinkRow = Transition<Link, LinkEvent, LinkEffect>;

inline constexpr auto link_machine = [] {
    using enum LinkEffect;
    using E = Effects<LinkEffect>;
    return transition_table<Link, LinkEvent, LinkEffect>({
        {Link::disconnected, LinkEvent::connected, Link::logon_sent, send_logon},
        {Link::disconnected, LinkEvent::accepted, Link::awaiting_logon},
        {Link::disconnected, LinkEvent::disconnected, Link::disconnected},
        {Link::disconnected, LinkEvent::end, Link::disconnected},

        {Link::awaiting_logon, LinkEvent::logon, Link::active, E(send_logon) | announce_logged_on},
        {Link::awaiting_logon, LinkEvent::logout, Link::disconnected, hang_up},
        {Link::awaiting_logon, LinkEvent::end, Link::disconnected, hang_up},
        {Link::awaiting_logon, LinkEvent::refuse, Link::disconnected, E(send_logout) | hang_up},
        {Link::awaiting_logon, LinkEvent::drop, Link::disconnected, hang_up},
        {Link::awaiting_logon, LinkEvent::timeout, Link::disconnected, hang_up},
        {Link::awaiting_logon, LinkEvent::disconnected, Link::disconnected},

        {Link::logon_sent, LinkEvent::logon, Link::active, announce_logged_on},
        {Link::logon_sent, LinkEvent::counter_reset, Link::active, E(send_logon) | announce_logged_on},
        {Link::logon_sent, LinkEvent::logout, Link::disconnected, hang_up},
        {Link::logon_sent, LinkEvent::end, Link::disconnected, hang_up},
        {Link::logon_sent, LinkEvent::refuse, Link::disconnected, E(send_logout) | hang_up},
        {Link::logon_sent, LinkEvent::drop, Link::disconnected, hang_up},
        {Link::logon_sent, LinkEvent::timeout, Link::disconnected, hang_up},
        {Link::logon_sent, LinkEvent::disconnected, Link::disconnected},

        {Link::active, LinkEvent::relogon, Link::active, send_logon},
        {Link::active, LinkEvent::logon, Link::active},
        {Link::active, LinkEvent::restart, Link::active, send_logon},
        // The side that answers a Logout hangs up as soon as its answer is out: the other has nothing more to
        // say.
        {Link::active, LinkEvent::logout, Link::disconnected, E(send_logout) | announce_logged_out | hang_up},
        {Link::active, LinkEvent::end, Link::logout_sent, send_logout},
        {Link::active, LinkEvent::refuse, Link::disconnected, E(send_logout) | announce_logged_out | hang_up},
        {Link::active, LinkEvent::drop, Link::disconnected, E(announce_logged_out) | hang_up},
        {Link::active, LinkEvent::timeout, Link::disconnected, E(announce_logged_out) | hang_up},
        {Link::active, LinkEvent::disconnected, Link::disconnected, announce_logged_out},

        {Link::logout_sent, LinkEvent::logon, Link::logout_sent},
        {Link::logout_sent, LinkEvent::logout, Link::disconnected, E(announce_logged_out) | hang_up},
        {Link::logout_sent, LinkEvent::end, Link::logout_sent},
        {Link::logout_sent, LinkEvent::refuse, Link::disconnected, E(announce_logged_out) | hang_up},
        {Link::logout_sent, LinkEvent::drop, Link::disconnected, E(announce_logged_out) | hang_up},
        {Link::logout_sent, LinkEvent::timeout, Link::disconnected, E(announce_logged_out) | hang_up},
        {Link::logout_sent, LinkEvent::disconnected, Link::disconnected, announce_logged_out},
    });
}();

}  // namespace gw::session
