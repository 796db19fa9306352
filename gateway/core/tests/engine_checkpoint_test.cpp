// Checkpoints: the state from one, and the records after it, is the state of the whole journal.
#include <filesystem>

#include "engine/checkpoint.hpp"
#include "engine_fixture.hpp"

using namespace gw;
using gw::test::Answer;
using gw::test::check_checkpoints;
using gw::test::Followed;
using gw::test::second;
using gw::test::World;
using journal::ErrorCode;
using schema::DenialCode;

namespace {

const engine::Engine::Note note{"alice/ann", "because", "what"};

// Something of everything that apply() knows.
void play_everything(World& w) {
    w.up();
    const Answer a = w.submit("o1");
    w.report(a.cl_ord_id, "E0", '0', '0', "38=100|14=0|");
    w.report(a.cl_ord_id, "E1", 'F', '1', "32=30|31=99.5|14=30|38=100|");
    const Answer up = w.replace("r1", 1, "150", "101");
    w.report(up.cl_ord_id, "E2", '5', '1', "38=150|44=101|14=30|41=" + a.cl_ord_id + "|");
    w.report(up.cl_ord_id, "E3", 'F', '1', "32=20|31=100|14=50|38=150|");
    w.report(up.cl_ord_id, "E4", 'H', '1', "19=E3|14=30|38=150|");              // bust
    w.report(up.cl_ord_id, "E5", 'G', '1', "19=E1|32=40|31=99|14=40|38=150|");  // correction
    w.cancel("c1", 1);
    const Answer denied = w.submit("o2", "5000");
    CHECK(denied.denial != DenialCode::unspecified);
    (void)w.submit("o1");            // a repetition
    (void)w.replace("r9", 77, "1");  // no such order
    const Answer rejected = w.submit("o3");
    w.report(rejected.cl_ord_id, "E6", '8', '8', "103=0|58=no|14=0|38=100|");
    auto stop = World::new_order("o4");
    stop.order_type = schema::OrderType::stop_limit;
    stop.has_terms = true;
    stop.terms.stop_price.text = "101";
    stop.terms.stop_price.state = pb::DecimalText::State::malformed;
    (void)w.submit(stop);
    (void)w.engine->set_trading_state("account:B1", schema::TradingState::halted, "risk", "ann", true, w.now);
    (void)w.engine->set_trading_state("instrument:BARE", schema::TradingState::halted, "", "ann", false,
                                      w.now);
    (void)w.engine->set_trading_state("account:B1", schema::TradingState::active, "ok", "bob", false, w.now);
    (void)w.engine->set_reference_price("BARE", *Decimal::parse("7.25"), w.now);
    schema::ReferencePrice market;
    market.instrument = "BARE";
    market.has_references = true;
    market.references.bid = *Decimal::parse("7.2");
    market.references.ask = *Decimal::parse("7.3");
    market.references.close = *Decimal::parse("7");
    market.references.average_daily_volume = *Decimal::parse("10000");
    market.references.price_band_high = *Decimal::parse("8");
    std::string fault;
    CHECK(w.engine->set_references(market, w.now, fault).lsn != 0);
    (void)w.engine->adjust_position({schema::PositionAdjustmentKind::start_of_day, "A1", "s", "BARE",
                                     *Decimal::parse("-25"), *Decimal::parse("7"), "carried", "ann"},
                                    w.now);
    // Not made here, and a fill of it.
    w.venue("35=8|37=X1|11=other|17=X-1|150=F|39=1|55=ACME|54=2|1=A1|38=10|44=99|32=4|31=99|14=4|151=6|");
    w.venue("35=8|37=X2|17=X-2|150=F|39=1|55=NONE|54=2|32=4|31=99|14=4|");  // an orphan
    w.engine->disconnected(0, "cut", w.now);
    w.log_on();
    std::uint64_t lsn = 0;
    (void)w.engine->resolve({4, schema::OrderStatus::canceled, {}, {}, "phone", "ann"}, w.now, lsn);

    w.wire.lost = true;
    (void)w.submit("o5");
    w.now += 60 * second;
    w.restart();
    w.log_on();
    w.venue("35=2|7=2|16=0|");  // too old: filled over, NOT_SENT
    (void)w.engine->log_out(0, note, w.now);
    w.engine->disconnected(0, "logout", w.now);
    (void)w.engine->set_sequences(0, 50, 60, note, w.now);
    (void)w.engine->reset(0, true, note, w.now);
    w.restart();
    (void)w.engine->log_on(0, note, w.now);
}

engine::CheckpointOutcome checkpoint(const World& w, unsigned kept = 2) {
    return engine::make_checkpoint(w.directory(), {.kept = kept});
}

// Flips one bit of a checkpoint's file.
void harm(const World& w, std::uint64_t lsn, std::size_t at) {
    const std::string path = w.directory() + "/" + journal::checkpoint_name(lsn);
    std::string bytes = journal::read_file(path);
    REQUIRE(at < bytes.size());
    bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
    journal::write_file(path, bytes);
}

std::uint64_t hash_of_whole_journal(World& w) {
    for (const std::uint64_t lsn : journal::list_checkpoints(w.directory()))
        std::filesystem::rename(w.directory() + "/" + journal::checkpoint_name(lsn),
                                w.directory() + "/aside-" + std::to_string(lsn));
    w.crash();
    const std::uint64_t hash = w.engine->state_hash();
    CHECK_EQ(w.engine->checkpoint_lsn(), 0U);
    for (const auto& entry : std::filesystem::directory_iterator(w.directory()))
        if (const std::string name = entry.path().filename(); name.starts_with("aside-"))
            std::filesystem::rename(
                entry.path(), w.directory() + "/" + journal::checkpoint_name(std::stoull(name.substr(6))));
    return hash;
}

}  // namespace

TEST(checkpoint_at_every_position_of_a_rich_journal_gives_the_state_of_the_whole) {
    World w;
    w.checks_checkpoints = false;
    play_everything(w);
    const std::size_t made = check_checkpoints(w.directory(), w.settings.sizes, 1);
    CHECK(made > 40);
}

TEST(engine_starts_from_its_newest_checkpoint_and_trades_on) {
    World w;
    play_everything(w);
    const auto first = checkpoint(w);
    CHECK_EQ(first.error.text, std::string());
    CHECK_EQ(first.lsn, w.journal->committed_lsn());
    CHECK_EQ(first.previous_lsn, 0U);
    (void)w.engine->set_reference_price("BARE", *Decimal::parse("8"), w.now);
    const std::uint64_t whole = hash_of_whole_journal(w);
    w.crash();
    CHECK_EQ(w.engine->checkpoint_lsn(), first.lsn);
    CHECK_EQ(w.engine->state_hash(), whole);
    w.start();
    CHECK(w.submit("o1").duplicate);
    CHECK_EQ(w.submit("o2", "5000").limit_name,
             std::string("max_order_quantity"));  // told again, with its texts
    w.checks_checkpoints = false;
}

TEST(next_checkpoint_builds_on_the_one_before_and_two_are_kept) {
    World w;
    w.up();
    w.checks_checkpoints = false;
    std::vector<std::uint64_t> lsns;
    for (int i = 0; i < 4; ++i) {
        (void)w.submit("o" + std::to_string(i));
        const auto made = checkpoint(w);
        CHECK_EQ(made.error.text, std::string());
        if (!lsns.empty()) {
            CHECK_EQ(made.previous_lsn, lsns.back());
            CHECK_EQ(made.records, made.lsn - lsns.back());
        }
        lsns.push_back(made.lsn);
    }
    CHECK(journal::list_checkpoints(w.directory()) == (std::vector<std::uint64_t>{lsns[3], lsns[2]}));
    const auto again = checkpoint(w);  // nothing new
    CHECK_EQ(again.lsn, lsns[3]);
    CHECK_EQ(again.previous_lsn, lsns[2]);
    CHECK_EQ(again.bytes, 0U);
    CHECK_EQ(hash_of_whole_journal(w), (w.crash(), w.engine->state_hash()));
}

TEST(oldest_message_that_may_be_resent_stands_in_the_checkpoint) {
    World w;
    w.up();
    w.checks_checkpoints = false;
    const Answer waits = w.submit("o1");
    const Answer answered = w.submit("o2");
    w.report(answered.cl_ord_id, "E0", '0', '0', "38=100|14=0|");
    (void)checkpoint(w);
    (void)w.submit("o3");
    CHECK_EQ(checkpoint(w).keep_from_lsn, waits.lsn);
}

TEST(damaged_checkpoint_is_found_at_every_bit_and_the_one_before_counts) {
    World w;
    w.checks_checkpoints = false;
    w.up();
    (void)w.submit("o1");
    const auto older = checkpoint(w);
    (void)w.submit("o2");
    const auto newer = checkpoint(w);
    const std::uint64_t whole = hash_of_whole_journal(w);
    const std::string path = w.directory() + "/" + journal::checkpoint_name(newer.lsn);
    const std::string good = journal::read_file(path);
    std::string why;
    std::size_t unseen = 0;
    for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
        std::string bad = good;
        bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
        if (bit % 8 != (bit / 8) % 8 && bit > 8 * 256) continue;  // past the header one bit of every byte
        journal::write_file(path, bad);
        if (journal::CheckpointFile::open(w.directory(), newer.lsn, why) != nullptr) ++unseen;
    }
    CHECK_EQ(unseen, 0U);
    for (std::size_t size = 0; size < good.size(); size += 7) {
        journal::write_file(path, good.substr(0, size));
        CHECK(journal::CheckpointFile::open(w.directory(), newer.lsn, why) == nullptr);
    }
    w.crash();
    CHECK_EQ(w.engine->checkpoint_lsn(), older.lsn);
    CHECK_EQ(w.engine->state_hash(), whole);
    REQUIRE(w.engine->recovery_notes().size() == 1);
    CHECK(w.engine->recovery_notes()[0].find(journal::checkpoint_name(newer.lsn)) != std::string::npos);

    harm(w, older.lsn, 200);
    w.crash();  // the whole journal is still there
    CHECK_EQ(w.engine->checkpoint_lsn(), 0U);
    CHECK_EQ(w.engine->state_hash(), whole);

    const auto made = checkpoint(w);  // and the damaged ones make room
    CHECK_EQ(made.error.text, std::string());
    CHECK(journal::list_checkpoints(w.directory()) == std::vector<std::uint64_t>{newer.lsn});
    w.crash();
    CHECK_EQ(w.engine->checkpoint_lsn(), newer.lsn);
}

TEST(checkpoint_of_a_past_that_the_journal_lost_does_not_count) {
    World w;
    w.checks_checkpoints = false;
    w.up();
    const std::uint64_t before = w.journal->committed_lsn();
    const std::string folder = w.directory();
    w.engine.reset();
    w.journal.reset();
    const std::string segment = journal::first_segment(folder);
    const std::string bytes = journal::read_file(segment);
    w.open();
    w.start();
    (void)w.submit("o1");
    const auto lost = checkpoint(w);
    CHECK(lost.lsn > before);
    w.engine.reset();
    w.journal.reset();
    journal::write_file(segment, bytes);  // as after a power cut: the end was never written
    w.open();
    CHECK_EQ(w.engine->checkpoint_lsn(), 0U);
    CHECK_EQ(w.engine->ledger().order_count(), 0U);
    w.start();
    for (int i = 0; i < 5; ++i) (void)w.engine->set_reference_price("BARE", *Decimal::parse("8"), w.now);
    CHECK(w.journal->committed_lsn() > lost.lsn);
    w.crash();  // now another record has its lsn
    CHECK_EQ(w.engine->checkpoint_lsn(), 0U);
    CHECK_EQ(w.engine->ledger().order_count(), 0U);
}

TEST(checkpoint_for_which_there_is_no_room_is_an_error_that_says_what_to_do) {
    World w;
    w.checks_checkpoints = false;
    w.up();
    for (int i = 0; i < 20; ++i) (void)w.submit("o" + std::to_string(i));
    (void)checkpoint(w);
    engine::Settings small = w.settings;
    small.sizes.orders = 10;
    engine::Engine engine(small, *w.journal, w.wire);
    const std::string problem = engine.recover();
    CHECK(problem.find("capacity.orders") != std::string::npos);
}

TEST(checkpoint_that_cannot_be_written_leaves_the_one_before) {
    class FullDisk : public journal::FileOps {
        int write(int, const void*, std::size_t) override { return ENOSPC; }
    } full;
    World w;
    w.checks_checkpoints = false;
    w.up();
    const auto good = checkpoint(w);
    (void)w.submit("o1");
    const auto failed = engine::make_checkpoint(w.directory(), {.files = &full});
    CHECK(failed.error.code == ErrorCode::no_space);
    CHECK(journal::list_checkpoints(w.directory()) == std::vector<std::uint64_t>{good.lsn});
    CHECK(!std::filesystem::exists(w.directory() + "/checkpoint.new"));
    w.crash();
    CHECK_EQ(w.engine->checkpoint_lsn(), good.lsn);
}

TEST(journal_without_its_beginning_starts_only_from_a_checkpoint) {
    World w;
    w.checks_checkpoints = false;
    w.up();
    for (int i = 0; i < 8000; ++i) {
        (void)w.submit("o" + std::to_string(i));
        if (i % 100 == 0) (void)w.journal->maintain();
    }
    (void)checkpoint(w);
    (void)w.submit("last");
    const auto made = checkpoint(w);
    const std::uint64_t whole = hash_of_whole_journal(w);
    journal::Error error;
    const std::size_t released = w.journal->release_before(made.previous_lsn, error);
    CHECK(released > 0);
    w.crash();
    CHECK_EQ(w.engine->checkpoint_lsn(), made.lsn);
    CHECK_EQ(w.engine->state_hash(), whole);
    w.start();
    CHECK(w.submit("o7").duplicate);
    for (const std::uint64_t lsn : journal::list_checkpoints(w.directory())) harm(w, lsn, 300);
    engine::Engine engine(w.settings, *w.journal, w.wire);
    const std::string problem = engine.recover();
    CHECK(problem.find("begins at lsn") != std::string::npos);
    CHECK(problem.find("archived") != std::string::npos);
}

TEST_MAIN
