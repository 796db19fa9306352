// Prints docs/state-machines.md from the tables. With a path, compares instead: exit code 1 where that page
// differs from the tables.

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "order/certainty_table.hpp"
#include "order/execution_table.hpp"
#include "order/request_table.hpp"
#include "session/inbound_table.hpp"
#include "session/link_table.hpp"
#include "session/liveness_table.hpp"
#include "session/replay_table.hpp"

namespace {

// The enumerator's name as GCC and clang both write it into a function's own name; a number where there is
// none.
template <auto Value>
constexpr std::string_view raw_name() {
    const std::string_view whole = __PRETTY_FUNCTION__;
    const std::size_t from = whole.find("Value = ") + 8;
    const std::string_view value = whole.substr(from, whole.find_first_of(";]", from) - from);
    const std::size_t colon = value.rfind(':');
    return colon == std::string_view::npos ? value : value.substr(colon + 1);
}

constexpr std::size_t enumerators_max = 32;

template <class Enum, std::size_t... At>
std::string name_of(Enum value, std::index_sequence<At...>) {
    static constexpr std::string_view names[] = {raw_name<static_cast<Enum>(At)>()...};
    std::string name(names[static_cast<std::size_t>(value)]);
    if (name.ends_with('_')) name.pop_back();  // a keyword of C++
    return name;
}
template <class Enum>
std::string name_of(Enum value) {
    return name_of(value, std::make_index_sequence<enumerators_max>());
}

template <class Effect>
std::string names_of(gw::Effects<Effect> effects) {
    std::string names;
    const auto add = [&]<Effect Value>() {
        if (!effects.has(Value)) return;
        names += names.empty() ? "" : ", ";
        names += raw_name<Value>();
    };
    [&]<std::size_t... Bit>(std::index_sequence<Bit...>) {
        (add.template operator()<static_cast<Effect>(1U << Bit)>(), ...);
    }(std::make_index_sequence<8>());
    return names;
}

// Rows that lead from one state to the same other, with the same effects, share an arrow.
template <class Table>
void draw(std::ostream& out, std::string_view title, std::string_view file, std::string_view what,
          const Table& table) {
    std::vector<std::pair<std::string, std::string>> arrows;
    for (const auto& row : table.rows()) {
        const std::string effects = names_of(row.effects);
        const std::string arrow = name_of(row.from) + " --> " + name_of(row.to);
        const std::string key = arrow + (effects.empty() ? "" : " / " + effects);
        auto at =
            std::find_if(arrows.begin(), arrows.end(), [&](const auto& each) { return each.first == key; });
        if (at == arrows.end()) at = arrows.insert(at, {key, ""});
        at->second += (at->second.empty() ? "" : ", ") + name_of(row.on);
    }
    out << "\n## " << title << "\n\n" << what << " [`" << file << "`](../gateway/core/" << file << ")\n\n";
    out << "```mermaid\nstateDiagram-v2\n    [*] --> " << name_of(table.rows()[0].from) << '\n';
    for (const auto& [key, events] : arrows) {
        const std::size_t slash = key.find(" / ");
        out << "    " << key.substr(0, slash) << ": " << events;
        if (slash != std::string::npos) out << key.substr(slash);
        out << '\n';
    }
    out << "```\n";
}

std::string page() {
    std::ostringstream out;
    out << "# State machines\n\n"
           "Drawn from the tables by [`state_machines.cpp`](../gateway/core/tests/state_machines.cpp); a "
           "test holds this page to\n"
           "them. An arrow bears the events that lead along it and, behind a slash, what is done on the way. "
           "A pair of\n"
           "state and event that has no arrow is illegal: it changes nothing. How the machines of an order "
           "make the status that\n"
           "is shown is in [orders.md](orders.md), how those of a session hang together in "
           "[session.md](session.md).\n";
    draw(out, "Order: execution", "order/execution_table.hpp",
         "What the venue has done with the order. Starts as `held` where a link holds it, else as "
         "`pending_new`.",
         gw::order::execution_table);
    draw(out, "Order: request", "order/request_table.hpp", "What became of one ClOrdID(11).",
         gw::order::request_table);
    draw(out, "Order: certainty", "order/certainty_table.hpp", "Whether the outcome is known.",
         gw::order::certainty_table);
    draw(out, "Session: link", "session/link_table.hpp", "The connection, from connect to disconnect.",
         gw::session::link_machine);
    draw(out, "Session: inbound", "session/inbound_table.hpp",
         "In sequence, or with a gap that is being filled.", gw::session::inbound_machine);
    draw(out, "Session: liveness", "session/liveness_table.hpp", "Whether the counterparty is there.",
         gw::session::liveness_machine);
    draw(out, "Session: replay", "session/replay_table.hpp", "Our answer to a ResendRequest(2).",
         gw::session::replay_machine);
    return out.str();
}

}  // namespace

int main(int argc, char** argv) {
    const std::string made = page();
    if (argc < 2) {
        std::fwrite(made.data(), 1, made.size(), stdout);
        return 0;
    }
    std::ifstream in(argv[1], std::ios::binary);
    const std::string there{std::istreambuf_iterator<char>(in), {}};
    if (there == made) return 0;
    std::fprintf(stderr,
                 "expected %s to be what the tables say, was not; run `%s > docs/state-machines.md`\n",
                 argv[1], argv[0]);
    return 1;
}
