#include "oracle.hpp"

#include <algorithm>

namespace gw::simulation {

std::string shown(std::string_view bytes) {
    std::string text(bytes);
    std::replace(text.begin(), text.end(), '\x01', '|');
    return text;
}

std::string find_wire_fault(const Endpoint& endpoint, const Endpoint::Books& books) {
    for (const std::string& message : endpoint.on_the_wire())
        if (!books.messages_out.contains(message))
            return std::string(endpoint.name()) + ": on the wire, but not in the journal: " + shown(message);
    return {};
}

std::string find_delivery_fault(const Endpoint::Books& from, const Endpoint& sender,
                                const Endpoint::Books& to) {
    const auto may_be_missing = [&](const std::string& id) {
        return sender.not_resent().contains(id) || sender.at_risk().contains(id);
    };
    auto expected = from.sent.begin();
    for (const std::string& id : to.delivered) {
        while (expected != from.sent.end() && *expected != id && may_be_missing(*expected)) ++expected;
        if (expected == from.sent.end() || *expected != id)
            return "message " + id + " of the " + sender.name() +
                   " was delivered out of order or twice; expected " +
                   (expected == from.sent.end() ? "none" : *expected);
        ++expected;
    }
    for (; expected != from.sent.end(); ++expected)
        if (!may_be_missing(*expected))
            return "message " + *expected + " of the " + sender.name() + " was not delivered";
    return {};
}

}  // namespace gw::simulation
