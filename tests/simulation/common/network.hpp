// The connection between the two, as bytes under way in each direction.
//
// A connection that is cut loses the end of what is under way, at any byte. Each side learns of it when it
// has read the rest, or never: then only its heartbeats tell.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/dice.hpp"

namespace gw::simulation {

struct Pipe {
    std::string bytes;              // under way to the reader
    bool closed = false;            // by the writer's side or a cut: the reader sees the end behind the bytes
    bool end_unseen = false;        // the end never reaches the reader
    std::vector<std::string> lost;  // whole messages that a cut has taken, for a proxy to bring up again
    std::vector<std::string> recent;  // messages written on this connection

    void open() {
        bytes.clear();
        recent.clear();
        closed = end_unseen = false;
    }
    void write(const std::string& message) {
        if (closed) {
            remember_lost(message);
            return;
        }
        bytes += message;
        recent.push_back(message);
    }
    // Numbers begin anew: what is remembered has numbers that will be given out again, and nothing in it says
    // so. A proxy that mixes the two up is beyond what the protocol can bear.
    void forget() {
        lost.clear();
        recent.clear();
    }
    void cut(Dice& dice, bool unseen) {
        if (closed) return;
        const std::size_t kept = dice.below(bytes.size() + 1);
        std::size_t under_way = bytes.size();
        for (auto at = recent.rbegin(); at != recent.rend() && under_way > kept; ++at) {
            remember_lost(*at);
            under_way -= std::min(under_way, at->size());
        }
        bytes.resize(kept);
        closed = true;
        end_unseen = unseen;
    }

  private:
    void remember_lost(const std::string& message) {
        constexpr std::size_t lost_max = 20;
        if (lost.size() < lost_max) lost.push_back(message);
    }
};

}  // namespace gw::simulation
