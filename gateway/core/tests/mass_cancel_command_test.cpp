// A client's mass cancel among its other commands: what it reaches, and that its repetition reaches nothing
// more.
#include <array>
#include <cerrno>

#include "engine/checkpoint.hpp"
#include "engine_fixture.hpp"

using namespace gw;
using gw::test::Answer;
using gw::test::World;

namespace {

struct Filter {
    std::string_view account, strategy, instrument;
};

std::string mass_cancel_bytes(std::string_view id, Filter filter = {}) {
    schema::MassCancelCommand command;
    command.client_request_id = id;
    command.account = filter.account;
    command.strategy = filter.strategy;
    command.instrument = filter.instrument;
    return World::framed_command(schema::number::Command::mass_cancel, World::encoded(command));
}

std::string new_order_bytes(std::string_view id) {
    return World::framed_command(schema::number::Command::new_order, World::encoded(World::new_order(id)));
}

// Two orders of alice and one of bob, all acknowledged.
struct Three : World {
    std::vector<Answer> orders;
    explicit Three(engine::Settings profiled = test::engine_settings()) : World(std::move(profiled)) {
        up();
        orders.push_back(submit("a1"));
        schema::NewOrder other_strategy = new_order("a2");
        other_strategy.strategy = "t";
        orders.push_back(submit(other_strategy));
        schema::NewOrder others = new_order("b1");
        others.account = "B1";
        orders.push_back(submit(others, "bob"));
        for (const Answer& each : orders)
            report(each.cl_ord_id, "N" + each.cl_ord_id, '0', '0', "38=100|14=0|");
        wire.sent.clear();
    }
    Answer mass_cancel(std::string_view id, Filter filter = {}) {
        const auto all = request(mass_cancel_bytes(id, filter));
        REQUIRE(all.size() == 1);
        return all[0];
    }
};

}  // namespace

TEST(mass_cancel_cancels_every_open_order_of_its_client_and_no_other) {
    Three w;
    const Answer answer = w.mass_cancel("m1");
    CHECK(answer.denial == schema::DenialCode::unspecified);
    CHECK_EQ(answer.id, "m1");
    CHECK_EQ(answer.cancels_sent, 2U);
    CHECK(answer.lsn != 0);
    CHECK_EQ(w.sent("35=F|"), 2U);
    CHECK_EQ(w.order(w.orders[2].order_id).pending_cancels, 0U);
}

TEST(mass_cancel_reaches_only_what_fits_its_filter) {
    Three w;
    CHECK_EQ(w.mass_cancel("m1", {"B1", {}, {}}).cancels_sent, 0U);
    CHECK_EQ(w.mass_cancel("m2", {{}, {}, "NONE"}).cancels_sent, 0U);
    CHECK_EQ(w.mass_cancel("m3", {"A1", "t", "ACME"}).cancels_sent, 1U);
    CHECK_EQ(w.sent("35=F|"), 1U);
    CHECK_EQ(w.order(w.orders[0].order_id).pending_cancels, 0U);
}

TEST(mass_cancel_reaches_orders_before_it_in_the_message_and_none_after) {
    Three w;
    const auto all =
        w.request(new_order_bytes("before") + mass_cancel_bytes("m1") + new_order_bytes("after"));
    REQUIRE(all.size() == 3);
    CHECK_EQ(all[1].cancels_sent, 3U);
    CHECK_EQ(w.order(all[0].order_id).pending_cancels, 1U);
    CHECK_EQ(w.order(all[2].order_id).pending_cancels, 0U);
}

TEST(mass_cancel_repeated_answers_the_same_and_spares_what_came_since) {
    Three w;
    const Answer first = w.mass_cancel("m1");
    const Answer since = w.submit("a3");
    Answer again = w.mass_cancel("m1");
    CHECK(again.duplicate);
    again.duplicate = false;
    CHECK(again == first);
    CHECK_EQ(w.sent("35=F|"), 2U);
    CHECK_EQ(w.order(since.order_id).pending_cancels, 0U);
}

TEST(mass_cancel_repeated_after_a_restart_answers_the_same) {
    Three w;
    const Answer first = w.mass_cancel("m1");
    for (std::size_t at = 0; at < 2; ++at)
        w.report(w.orders[at].cl_ord_id, "C" + w.orders[at].cl_ord_id, '4', '4', "38=100|14=0|151=0|");
    const std::uint64_t hash = w.engine->ledger().state_hash();
    w.restart();
    CHECK_EQ(w.engine->ledger().state_hash(), hash);
    const Answer again = w.mass_cancel("m1");
    CHECK(again.duplicate);
    CHECK_EQ(again.lsn, first.lsn);
    CHECK_EQ(again.cancels_sent, first.cancels_sent);
}

TEST(mass_cancel_repeated_answers_the_same_once_its_segment_is_archived) {
    Three w;
    w.checks_checkpoints = false;
    const Answer first = w.mass_cancel("m1");
    CHECK_EQ(first.cancels_sent, 2U);
    for (int i = 0; w.journal->segments().size() < 3; ++i) {
        (void)w.submit("o" + std::to_string(i));
        if (i % 100 == 0) (void)w.journal->maintain();
    }
    CHECK(!engine::make_checkpoint(w.directory()).error);
    journal::Error error;
    CHECK(w.journal->release_before(w.journal->segments()[1].last_lsn, error) > 0);
    CHECK(w.journal->oldest_lsn() > first.lsn);
    CHECK_EQ(w.mass_cancel("m1").cancels_sent, first.cancels_sent);
    w.crash();
    w.start();
    const Answer again = w.mass_cancel("m1");
    CHECK(again.duplicate);
    CHECK_EQ(again.lsn, first.lsn);
    CHECK_EQ(again.cancels_sent, first.cancels_sent);
}

TEST(mass_cancel_with_a_used_id_and_other_content_cancels_nothing) {
    Three w;
    CHECK(w.mass_cancel("a1").denial == schema::DenialCode::client_request_id_reused);
    CHECK_EQ(w.mass_cancel("m1", {"B1", {}, {}}).cancels_sent, 0U);
    CHECK(w.mass_cancel("m1").denial == schema::DenialCode::client_request_id_reused);
    CHECK(w.submit("m1").denial == schema::DenialCode::client_request_id_reused);
    CHECK_EQ(w.sent("35=F|"), 0U);
}

TEST(mass_cancel_that_cannot_be_read_or_has_no_id_cancels_nothing) {
    Three w;
    CHECK(w.mass_cancel("").denial == schema::DenialCode::invalid_client_request_id);
    CHECK(w.mass_cancel("m1", {"A\x01", {}, {}}).denial == schema::DenialCode::malformed_command);
    const auto all = w.request(World::framed_command(schema::number::Command::mass_cancel, "\xff"));
    REQUIRE(all.size() == 1);
    CHECK(all[0].denial == schema::DenialCode::malformed_command);
    CHECK_EQ(w.sent("35=F|"), 0U);
}

TEST(mass_cancel_does_not_cancel_again_what_is_being_canceled) {
    Three w;
    CHECK_EQ(w.mass_cancel("m1").cancels_sent, 2U);
    CHECK_EQ(w.mass_cancel("m2").cancels_sent, 0U);
    CHECK_EQ(w.sent("35=F|"), 2U);
}

TEST(mass_cancel_goes_as_one_message_where_the_venue_takes_it) {
    engine::Settings settings = test::engine_settings();
    settings.venues[0].profile.mass_cancel[static_cast<std::size_t>(engine::MassCancelScope::account)] = true;
    Three w(settings);
    CHECK_EQ(w.mass_cancel("m1").cancels_sent, 2U);
    CHECK_EQ(w.sent("35=q|"), 1U);
    CHECK_EQ(w.sent("35=F|"), 0U);
}

TEST(mass_cancel_passes_where_new_orders_are_denied_for_want_of_a_disk) {
    journal::FailingFiles files;
    journal::Options options;
    options.segment_bytes = 1 << 20;
    options.durability = journal::Durability::disk;
    options.files = &files;
    World w(test::engine_settings(), options);
    w.up();
    const Answer kept = w.submit("a1");
    w.report(kept.cl_ord_id, "E0", '0', '0', "38=100|14=0|");
    CHECK(!w.journal->sync().error);
    files.sync_error = EIO;
    (void)w.submit("a2");
    CHECK(w.journal->sync().error.code == journal::ErrorCode::sync_failed);
    CHECK(w.submit("a3").denial == schema::DenialCode::journal_unavailable);
    const auto all = w.request(mass_cancel_bytes("m1"));
    REQUIRE(all.size() == 1);
    CHECK(all[0].denial == schema::DenialCode::unspecified);
    CHECK(all[0].cancels_sent >= 1);
    CHECK_EQ(w.sent("35=F|"), all[0].cancels_sent);
}

// Its two cancels and the event that ends it are batches of their own: the process dies behind, between and
// before.
TEST(mass_cancel_cut_off_by_a_crash_is_finished_by_its_repetition_and_nothing_is_sent_twice) {
    for (std::size_t lost = 1; lost <= 3; ++lost) {
        Three w;
        CHECK_EQ(w.mass_cancel("m1").cancels_sent, 2U);
        w.keep_batches(w.batch_count() - lost);
        w.start();
        w.log_on();
        const Answer again = w.mass_cancel("m1");
        CHECK(!again.duplicate);
        CHECK_EQ(again.cancels_sent, lost - 1);
        std::array<unsigned, 4> asked{};
        w.for_each_event<schema::CancelRequested>([&](const auto& event) { ++asked[event.order_id]; });
        CHECK(asked == (std::array<unsigned, 4>{0, 1, 1, 0}));
        CHECK(w.mass_cancel("m1").duplicate);
    }
}

TEST_MAIN
