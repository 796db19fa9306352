// A session that is logged on, in either role: what a scenario says of both is run for both. `p` is the
// header of the counterparty's messages behind their number, `u` of ours.
#pragma once

#include <string>
#include <utility>

#include "session_fixture.hpp"

namespace gw::test {

struct LoggedOn : Driver {
    explicit LoggedOn(session::Config config, session::Ports ports = {}) : Driver(std::move(config), ports) {
        const session::Config& c = this->session.config();
        p = "49=" + c.target_comp_id + "|52=<TIME>|56=" + c.sender_comp_id + "|";
        u = "49=" + c.sender_comp_id + "|52=|56=" + c.target_comp_id + "|";
        connect();
        in("35=A|34=1|" + p + "98=0|108=30|" + (c.begin_string == "FIXT.1.1" ? "1137=9|" : ""));
        sent.clear();
        notices.clear();
    }

    std::string p;
    std::string u;

    // The counterparty's message of this type, number and body; `front` stands before the CompIDs.
    void receive_message(const std::string& type, int seq, const std::string& body = "",
                         const std::string& front = "") {
        in("35=" + type + "|34=" + std::to_string(seq) + "|" + front + p + body);
    }
    void receive_order(int seq, const std::string& front = "", const std::string& extra = "") {
        receive_message("D", seq, extra + "11=ID|21=3|40=1|54=1|55=INTC|60=<TIME>|", front);
    }
    // As it is sent by us.
    [[nodiscard]] std::string ours(const std::string& type, int seq, const std::string& body = "") const {
        return "35=" + type + "|34=" + std::to_string(seq) + "|" + u + body;
    }
};

// Runs a scenario for the side that accepts and for the side that connects.
template <class Scenario>
void in_both_roles(Scenario&& scenario, const std::string& begin_string = "FIX.4.4") {
    for (const session::Role role : {session::Role::acceptor, session::Role::initiator})
        scenario(config_of(role, begin_string));
}

}  // namespace gw::test
