// What one risk decision costs: with 20 limits at four levels, among 10 to 100,000 limits.
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

std::optional<risk::Level> resolve(std::string_view text) {
    const auto parsed = risk::parse_level(text);
    if (!parsed) return std::nullopt;
    const auto number = parsed->first == risk::LevelKind::firm
                            ? 0U
                            : static_cast<std::uint32_t>(std::stoul(std::string(parsed->second)));
    return risk::Level{parsed->first, number};
}

}  // namespace

int main() {
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
            proposal.instrument = 1 + static_cast<std::uint32_t>(draw.below(limited_instruments));
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
    return 0;
}
