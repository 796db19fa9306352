// An acceptor that is logged on, and the messages of its counterparty. Wire text with | for SOH; the times of
// 52 and 122 are left out of what is compared.
#pragma once

#include <string>
#include <utility>

#include "session_fixture.hpp"

namespace gw::test {

inline const std::string h2 = "49=TW|52=<TIME>|56=ISLD|";

struct Acceptor : Driver {
    explicit Acceptor(session::Config config = config_of(session::Role::acceptor),
                      const std::string& interval = "30")
        : Driver(std::move(config)) {
        connect();
        in("35=A|34=1|49=TW|52=<TIME>|56=ISLD|98=0|108=" + interval + "|" +
           (session.config().begin_string == "FIXT.1.1" ? "1137=9|" : ""));
        sent.clear();
    }
};

inline std::string order(int seq, const std::string& extra = "") {
    return "35=D|34=" + std::to_string(seq) + "|" + h2 + extra + "11=ID|21=3|40=1|54=1|55=INTC|60=<TIME>|";
}

inline std::string heartbeat(int seq, const std::string& extra = "") {
    return "35=0|34=" + std::to_string(seq) + "|" + h2 + extra;
}

}  // namespace gw::test
