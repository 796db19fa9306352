// What one risk decision costs: every kind of check that exists, with a limit set at each of the five levels.
#include "bench/measure.hpp"
#include "bench/messages.hpp"
#include "risk/checks.hpp"

namespace {

using namespace gw;
using namespace gw::bench;

constexpr std::uint32_t clients = 8, accounts = 64, venues = 4, instruments = 256;
constexpr std::size_t proposal_count = 1024;

// Trading state and three limits at each level; tick, lot and minimum of the instrument.
constexpr int checks = 4 * static_cast<int>(risk::level_kind_count) + 3;

risk::Limits limits(std::int64_t factor) {
    risk::Limits made;
    made.max_order_quantity = Decimal::from_units(10'000 * factor);
    made.max_order_notional = Decimal::from_units(10'000'000 * factor);
    made.price_collar_percent = Decimal::from_units(10 * factor);
    return made;
}

risk::LimitTable limit_table() {
    risk::LimitTable table;
    const auto fill = [&table](risk::LevelKind kind, std::uint32_t count, std::int64_t factor) {
        for (std::uint32_t number = 1; number <= count; ++number)
            table.at({kind, number}).limits = limits(factor + number % 3);
    };
    table.at({risk::LevelKind::firm, 0}).limits = limits(9);
    fill(risk::LevelKind::account, accounts, 1);
    fill(risk::LevelKind::client, clients, 3);
    fill(risk::LevelKind::venue, venues, 5);
    fill(risk::LevelKind::instrument, instruments, 1);
    return table;
}

}  // namespace

int main() {
    const risk::LimitTable table = limit_table();
    Draw draw;
    std::vector<risk::Instrument> known(instruments + 1);
    for (risk::Instrument& one : known) {
        one.venue = 1 + static_cast<std::uint32_t>(draw.below(venues));
        one.tick_size = Decimal::from_raw(1'000'000);
        one.lot_size = one.min_quantity = Decimal::from_units(1);
        one.reference_price = Decimal::from_units(100);
        one.configured = true;
    }
    std::vector<risk::Proposal> proposals;
    while (proposals.size() < proposal_count) {
        risk::Proposal proposal;
        proposal.client = 1 + static_cast<std::uint32_t>(draw.below(clients));
        proposal.account = 1 + static_cast<std::uint32_t>(draw.below(accounts));
        proposal.instrument = 1 + static_cast<std::uint32_t>(draw.below(instruments));
        proposal.venue = known[proposal.instrument].venue;
        proposal.type = schema::OrderType::limit;
        proposal.quantity = Decimal::from_units(static_cast<std::int64_t>(1 + draw.below(9'000)));
        proposal.price = Decimal::from_raw(static_cast<std::int64_t>(9'500 + draw.below(1'000)) * 1'000'000);
        proposals.push_back(proposal);
    }
    print_value("risk_checks", "gateway", "checks", checks);
    print_value("risk_levels", "gateway", "levels", static_cast<double>(risk::level_kind_count));
    measure_small("risk", "gateway", [&](std::size_t i) {
        const risk::Proposal& proposal = proposals[i % proposal_count];
        const risk::Decision decision = risk::decide(table, known[proposal.instrument], proposal);
        require(decision.approved(), "a proposal was refused");
        keep(decision);
    });
    // The same proposals with a quantity that every level refuses: a denial costs no more than it has to.
    for (risk::Proposal& proposal : proposals) proposal.quantity = Decimal::from_units(1'000'000);
    measure_small("risk_refusal", "gateway", [&](std::size_t i) {
        const risk::Proposal& proposal = proposals[i % proposal_count];
        const risk::Decision decision = risk::decide(table, known[proposal.instrument], proposal);
        require(!decision.approved(), "a proposal was not refused");
        keep(decision);
    });
    return 0;
}
