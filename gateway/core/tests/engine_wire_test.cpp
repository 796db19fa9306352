// When what the engine sends leaves: once a step, or once a batch of commands, and never ahead of the
// journal.
#include "engine_fixture.hpp"

using namespace gw;
using gw::test::World;

namespace {

std::string orders(unsigned count) {
    std::string bytes;
    for (unsigned at = 0; at < count; ++at) {
        const std::string id = "o" + std::to_string(at);
        bytes +=
            World::framed_command(schema::number::Command::new_order, World::encoded(World::new_order(id)));
    }
    return bytes;
}

}  // namespace

TEST(batch_of_orders_is_flushed_once_in_order) {
    World w;
    w.up();
    w.wire.flushed.clear();
    CHECK_EQ(w.request(orders(100)).size(), std::size_t{100});
    REQUIRE(w.wire.flushed.size() == 1);
    CHECK_EQ(w.wire.flushed[0], std::size_t{100});
    CHECK_EQ(w.wire.unflushed, std::size_t{0});
    REQUIRE(w.wire.sent.size() == 100);
    for (std::size_t at = 0; at < 100; ++at)
        CHECK(w.wire.sent[at].starts_with("35=D|34=" + std::to_string(at + 2) + "|"));
}

TEST(every_input_leaves_nothing_unflushed) {
    World w;
    w.start();
    w.engine->connected(0, w.now);
    CHECK_EQ(w.wire.flushed.size(), std::size_t{1});  // the Logon
    w.venue("35=A|98=0|108=30|");
    w.engine->tick(w.now);
    CHECK_EQ(w.wire.unflushed, std::size_t{0});
    w.submit("o1");
    w.cancel("c1", 1);
    w.venue("35=1|112=PING|");
    CHECK_EQ(w.wire.unflushed, std::size_t{0});
    CHECK_EQ(w.sent("35=0"), 1U);
    w.now += 31'000'000'000;
    w.engine->tick(w.now);
    CHECK_EQ(w.wire.unflushed, std::size_t{0});
    const auto halted =
        w.engine->set_trading_state("firm", schema::TradingState::halted, "test", "test", true, w.now);
    CHECK(halted.known);
    w.engine->begin_shutdown(w.now);
    CHECK_EQ(w.sent("35=5"), 1U);
    CHECK_EQ(w.wire.unflushed, std::size_t{0});
}

TEST(what_is_flushed_is_in_the_journal) {
    World w;
    w.up();
    CHECK_EQ(w.request(orders(10)).size(), std::size_t{10});
    CHECK(w.wire.last_lsn != 0);
    CHECK(w.journal->committed_lsn() >= w.wire.last_lsn);
}

TEST(mass_cancel_is_flushed_once) {
    World w;
    w.up();
    CHECK_EQ(w.request(orders(20)).size(), std::size_t{20});
    w.wire.flushed.clear();
    const auto halted =
        w.engine->set_trading_state("firm", schema::TradingState::halted, "test", "test", true, w.now);
    CHECK_EQ(halted.cancels, 20U);
    REQUIRE(w.wire.flushed.size() == 1);
    CHECK_EQ(w.wire.flushed[0], std::size_t{20});
}

TEST_MAIN
