// What one risk decision costs: with 20 limits at four levels, among 10 to 100,000 limits.
#include <memory>
#include <string>

#include "bench/measure.hpp"
#include "bench/messages.hpp"
#include "risk/checks.hpp"

namespace {

using namespace gw;
using namespace gw::bench;

constexpr std::uint32_t clients = 8, accounts = 64, venues = 4, instruments = 20'000;
constexpr std::size_t proposal_count = 4096;
constexpr std::size_t levels_of_an_order = 4;  // firm, account, venue, instrument
constexpr std::size_t checks_at_a_level = 5;

void add(std::vector<risk::Definition>& limits, const std::string& level, schema::LimitKind kind,
         std::int64_t value) {
    risk::Definition& made = limits.emplace_back();
    made.name = "limit-" + std::to_string(limits.size());
    made.level = level;
    made.kind = kind;
    made.value = Decimal::from_units(value);
    made.has_value = true;
}

// Five on one level, none of which a proposal breaches.
void add_level(std::vector<risk::Definition>& limits, const std::string& level) {
    add(limits, level, schema::LimitKind::max_order_quantity, 10'000);
    add(limits, level, schema::LimitKind::max_order_notional, 10'000'000);
    add(limits, level, schema::LimitKind::price_collar, 10);
    add(limits, level, schema::LimitKind::max_order_quantity, 12'000);
    add(limits, level, schema::LimitKind::price_collar, 12);
}

// Five of which three remember.
void add_remembering(std::vector<risk::Definition>& limits, const std::string& level) {
    add(limits, level, schema::LimitKind::max_order_quantity, 10'000);
    add(limits, level, schema::LimitKind::price_collar, 10);
    const auto windowed = [&](schema::LimitKind kind, std::int64_t value, std::uint32_t count) {
        add(limits, level, kind, value);
        limits.back().has_value = value != 0;
        limits.back().count = count;
        limits.back().window_ns = 1'000'000'000;
    };
    windowed(schema::LimitKind::message_rate, 0, 1'000'000);
    windowed(schema::LimitKind::duplicate_orders, 0, 64);
    windowed(schema::LimitKind::accumulated_notional, 90'000'000'000, 0);
}

std::optional<risk::Level> resolve(std::string_view text) {
    const auto parsed = risk::parse_level(text);
    if (!parsed) return std::nullopt;
    const auto number = parsed->first == risk::LevelKind::firm
                            ? 0U
                            : static_cast<std::uint32_t>(std::stoul(std::string(parsed->second)));
    return risk::Level{parsed->first, number};
}

// The decision on these limits, which pass.
void measure_remembering(Draw& draw, const std::vector<risk::Instrument>& known, std::size_t count,
                         std::size_t ordered_instruments) {
    std::vector<risk::Definition> limits;
    add_remembering(limits, "firm");
    for (std::uint32_t venue = 1; venue <= venues; ++venue)
        add_remembering(limits, "venue:" + std::to_string(venue));
    for (std::uint32_t account = 1; account <= std::min<std::size_t>(accounts, 1 + count / 100); ++account)
        add_remembering(limits, "account:" + std::to_string(account));
    const auto limited_accounts = static_cast<std::uint32_t>(limits.size() / checks_at_a_level - 1 - venues);
    std::uint32_t limited_instruments = 0;
    do add_remembering(limits, "instrument:" + std::to_string(++limited_instruments));
    while (limits.size() + checks_at_a_level <= count);
    risk::LimitSet::Definitions set;
    for (const risk::Definition& limit : limits) set.emplace(limit.name, limit);
    auto control = std::make_unique<risk::Control>();
    control->memory.compile(set, resolve);
    control->book.compile(limits, {}, resolve,
                          [&](const risk::Definition& each) { return control->memory.number_of(each); });
    std::vector<risk::Proposal> proposals;
    constexpr std::int64_t start_ns = 1'700'000'000'000'000'000;
    while (proposals.size() < proposal_count) {
        risk::Proposal proposal;
        proposal.client = 1 + static_cast<std::uint32_t>(draw.below(clients));
        proposal.account = 1 + static_cast<std::uint32_t>(draw.below(limited_accounts));
        const std::size_t ordered = std::min<std::size_t>(ordered_instruments, limited_instruments);
        proposal.instrument = 1 + static_cast<std::uint32_t>(draw.below(ordered));
        proposal.venue = 1 + static_cast<std::uint32_t>(draw.below(venues));
        proposal.type = schema::OrderType::limit;
        proposal.side = schema::Side::buy;
        proposal.quantity = Decimal::from_units(static_cast<std::int64_t>(1 + draw.below(9'000)));
        proposal.price = Decimal::from_raw(static_cast<std::int64_t>(9'500 + draw.below(1'000)) * 1'000'000);
        proposal.now_ns = start_ns + static_cast<std::int64_t>(proposals.size());
        proposals.push_back(proposal);
    }
    // What came before them.
    for (const risk::Proposal& each : proposals)
        control->memory.new_order(
            risk::numbers_of(*control, known[each.instrument], each),
            risk::fingerprint_of(each.client, each.instrument, true, each.quantity, each.price),
            each.quantity, Decimal::from_units(1'000), start_ns);
    const std::string name = "risk_remembering_" + std::to_string(count);
    measure_small(name, "gateway", [&](std::size_t i) {
        const risk::Proposal& proposal = proposals[i % proposal_count];
        const risk::Decision decision = risk::decide(*control, known[proposal.instrument], proposal);
        require(decision.approved(), "a proposal was refused");
        keep(decision);
    });
}

}  // namespace

// --instruments N: orders come in N of the instruments that have limits, and not in all of them.
int main(int argc, char** argv) {
    const std::size_t ordered_instruments = count_argument(argc, argv, "--instruments", instruments);
    Draw draw;
    std::vector<risk::Instrument> known(instruments + 1);
    for (risk::Instrument& one : known) {
        one.venue = 1 + static_cast<std::uint32_t>(draw.below(venues));
        one.tick_size = Decimal::from_raw(1'000'000);
        one.lot_size = one.min_quantity = Decimal::from_units(1);
        one.reference_price = Decimal::from_units(100);
        one.configured = true;
    }
    print_value("risk_checks", "gateway", "checks",
                static_cast<double>(levels_of_an_order * checks_at_a_level));
    print_value("risk_levels", "gateway", "levels", static_cast<double>(levels_of_an_order));
    for (const std::size_t count :
         {std::size_t{20}, std::size_t{1'000}, std::size_t{10'000}, std::size_t{100'000}}) {
        // Each order meets a limit at four levels: the levels that have any are drawn from as many as fit.
        std::vector<risk::Definition> limits;
        add_level(limits, "firm");
        std::uint32_t limited_accounts = 0, limited_instruments = 0, limited_venues = 0;
        while (limits.size() + checks_at_a_level <= std::max<std::size_t>(count, 20)) {
            if (limited_venues < std::min<std::size_t>(venues, 1 + count / 1'000))
                add_level(limits, "venue:" + std::to_string(++limited_venues));
            else if (limited_accounts < std::min<std::size_t>(accounts, 1 + count / 100))
                add_level(limits, "account:" + std::to_string(++limited_accounts));
            else
                add_level(limits, "instrument:" + std::to_string(++limited_instruments));
        }
        risk::Control control;
        control.book.compile(limits, {}, resolve);
        std::vector<risk::Proposal> proposals;
        while (proposals.size() < proposal_count) {
            risk::Proposal proposal;
            proposal.client = 1 + static_cast<std::uint32_t>(draw.below(clients));
            proposal.account = 1 + static_cast<std::uint32_t>(draw.below(limited_accounts));
            const std::size_t ordered = std::min<std::size_t>(ordered_instruments, limited_instruments);
            proposal.instrument = 1 + static_cast<std::uint32_t>(draw.below(ordered));
            proposal.venue = 1 + static_cast<std::uint32_t>(draw.below(limited_venues));
            proposal.type = schema::OrderType::limit;
            proposal.side = schema::Side::buy;
            proposal.quantity = Decimal::from_units(static_cast<std::int64_t>(1 + draw.below(9'000)));
            proposal.price =
                Decimal::from_raw(static_cast<std::int64_t>(9'500 + draw.below(1'000)) * 1'000'000);
            proposals.push_back(proposal);
        }
        const std::string name = count == 100'000 ? std::string("risk") : "risk_" + std::to_string(count);
        measure_small(name, "gateway", [&](std::size_t i) {
            const risk::Proposal& proposal = proposals[i % proposal_count];
            const risk::Decision decision = risk::decide(control, known[proposal.instrument], proposal);
            require(decision.approved(), "a proposal was refused");
            keep(decision);
        });
        if (count != 100'000) continue;
        // The same proposals with a quantity that every level refuses: a denial costs no more than it has to.
        for (risk::Proposal& proposal : proposals) proposal.quantity = Decimal::from_units(1'000'000);
        measure_small("risk_refusal", "gateway", [&](std::size_t i) {
            const risk::Proposal& proposal = proposals[i % proposal_count];
            const risk::Decision decision = risk::decide(control, known[proposal.instrument], proposal);
            require(!decision.approved(), "a proposal was not refused");
            keep(decision);
        });
    }
    for (const std::size_t count : {std::size_t{20}, std::size_t{10'000}, std::size_t{100'000}})
        measure_remembering(draw, known, count, ordered_instruments);
    return 0;
}
