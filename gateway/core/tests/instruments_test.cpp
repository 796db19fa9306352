// What the journal knows of instruments: told once, told again only where the configuration says otherwise.
#include "check.hpp"
#include "engine_fixture.hpp"

using namespace gw;
using namespace gw::test;

namespace {

engine::Settings future() {
    engine::Settings settings = engine_settings();
    engine::InstrumentSettings& acme = settings.instruments[0];
    acme.currency = "USD";
    acme.multiplier = *Decimal::parse("50");
    acme.asset_class = "index future";
    acme.sector = "index";
    acme.region = "us";
    return settings;
}

const order::InstrumentFacts& facts_of(const World& world, std::string_view symbol) {
    const order::Ledger& ledger = world.engine->ledger();
    return ledger.facts(ledger.names().instruments.find(symbol));
}

std::size_t definitions(World& world) {
    std::size_t count = 0;
    journal::Cursor cursor = world.journal->cursor(1);
    for (journal::Record record; cursor.next(record);)
        if (record.kind == journal::Kind::event)
            (void)engine::visit_record(record.payload, [&count](const auto& body, std::uint64_t,
                                                                std::int64_t) {
                if constexpr (std::is_same_v<std::remove_cvref_t<decltype(body)>, schema::InstrumentDefined>)
                    ++count;
            });
    return count;
}

}  // namespace

TEST(facts_of_the_configuration_are_journalled_at_the_first_start) {
    World world(future());
    world.start();
    const order::LedgerNames& names = world.engine->ledger().names();
    const order::InstrumentFacts& facts = facts_of(world, "ACME");
    CHECK_EQ(facts.multiplier, *Decimal::parse("50"));
    CHECK_EQ(names.venues.name(facts.venue), "XV");
    CHECK_EQ(names.currencies.name(facts.currency), "USD");
    CHECK_EQ(names.asset_classes.name(facts.asset_class), "index future");
    CHECK_EQ(names.sectors.name(facts.sector), "index");
    CHECK_EQ(names.regions.name(facts.region), "us");
    CHECK_EQ(facts_of(world, "BARE").multiplier, *Decimal::parse("1"));
    CHECK_EQ(definitions(world), std::size_t{2});
}

TEST(restart_brings_the_facts_back_and_says_nothing_again) {
    World world(future());
    world.start();
    const std::uint64_t before = world.engine->ledger().state_hash();
    world.crash();
    CHECK_EQ(world.engine->ledger().state_hash(), before);
    CHECK_EQ(facts_of(world, "ACME").multiplier, *Decimal::parse("50"));
    world.start();
    CHECK_EQ(definitions(world), std::size_t{2});
}

TEST(changed_configuration_is_journalled_at_the_next_start) {
    World world(future());
    world.start();
    world.settings.instruments[0].multiplier = *Decimal::parse("5");
    world.settings.instruments[0].sector.clear();
    world.restart();
    CHECK_EQ(facts_of(world, "ACME").multiplier, *Decimal::parse("5"));
    CHECK_EQ(facts_of(world, "ACME").sector, 0U);
    CHECK_EQ(definitions(world), std::size_t{3});
}

TEST(unknown_instrument_has_a_multiplier_of_one_and_no_names) {
    World world(future());
    world.start();
    CHECK(facts_of(world, "NEVER") == order::InstrumentFacts{});
}

TEST(more_instruments_than_fit_a_batch_are_all_journalled) {
    engine::Settings settings = future();
    for (int at = 0; at < 150; ++at) {
        engine::InstrumentSettings more = settings.instruments[0];
        more.symbol = "MORE" + std::to_string(at);
        settings.instruments.push_back(more);
    }
    World world(settings);
    world.start();
    CHECK_EQ(definitions(world), std::size_t{152});
    CHECK_EQ(facts_of(world, "MORE149").multiplier, *Decimal::parse("50"));
}

TEST_MAIN
