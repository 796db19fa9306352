// A limit is to halt its level, and the journal has no room for that: it is counted, and done once there is.
#include <cerrno>

#include "limits_fixture.hpp"

using namespace gw;
using gw::test::Answer;
using gw::test::LimitsRequest;
using gw::test::World;
using schema::LimitAction;
using schema::LimitKind;
using schema::TradingState;

namespace {

// A position that loses too much: each fill halts the firm, and a person lets it trade again, until the disk
// is full. Whether it is the halt that finds no room depends on the size of what came before.
struct Filling {
    journal::FailingFiles files;
    World w;
    Answer order;
    int fills = 0;

    static journal::Options options(journal::FailingFiles& files) {
        journal::Options made;
        made.segment_bytes = 1 << 20;
        made.files = &files;
        return made;
    }
    static engine::Settings settings() {
        engine::Settings made = test::engine_settings();
        made.limits.clear();
        return made;
    }
    Filling() : w(settings(), options(files)) {
        w.checks_checkpoints = false;
        w.up();
        LimitsRequest request;
        request.add("loss", "firm", LimitKind::total_loss, "1").action(LimitAction::halt);
        CHECK_EQ(w.engine->set_limits(request.bytes(), "tester", w.now).fault, std::string());
        order = w.submit("o", "100000", "100");
        CHECK(w.engine->set_reference_price("ACME", *Decimal::parse("50"), w.now).lsn != 0);
    }
    void fill(const std::string& text) {
        ++fills;
        w.report(order.cl_ord_id, "E" + std::to_string(fills), 'F', '1',
                 "32=1|31=100|14=" + std::to_string(fills) + "|38=100000|58=" + text + "|");
    }
    [[nodiscard]] std::uint64_t not_set() const { return w.engine->counters().states_not_set; }
    // True where a fill was booked and its halt was not.
    bool until_full(std::size_t size) {
        const std::string text(size, 'x');
        files.allocate_error = ENOSPC;
        while (fills < 20'000) {
            fill(text);
            if (not_set() != 0) return true;
            if (w.engine->set_trading_state("firm", TradingState::active, "on", "ann", false, w.now).lsn == 0)
                return false;
        }
        return false;
    }
};

}  // namespace

TEST(halt_that_the_journal_cannot_take_is_counted_and_done_with_the_next_fill) {
    bool found = false;
    for (std::size_t size = 1; size < 200 && !found; size += 7) {
        Filling filling;
        found = filling.until_full(size);
        if (!found) continue;
        World& w = filling.w;
        const auto halts = [&w] {
            std::size_t count = 0;
            w.for_each_event<schema::TradingStateChanged>(
                [&count](const auto& event) { count += event.state == TradingState::halted ? 1U : 0U; });
            return count;
        };
        const std::size_t before = halts();
        filling.files.allocate_error = 0;
        REQUIRE(!w.journal->maintain());
        CHECK(w.engine->set_reference_price("ACME", *Decimal::parse("49"), w.now).lsn != 0);
        CHECK_EQ(halts(), before + 1);
        CHECK_EQ(filling.not_set(), 1U);
    }
    CHECK(found);
}

TEST_MAIN
