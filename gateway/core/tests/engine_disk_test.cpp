// The disk under the journal fails while orders are traded: what is denied, what still passes, what comes
// back.
#include <cerrno>

#include "engine_fixture.hpp"

using namespace gw;
using gw::test::Answer;
using gw::test::World;
using schema::DenialCode;

namespace {

journal::Options options_of(journal::FileOps& files, journal::Durability durability) {
    journal::Options options;
    options.segment_bytes = 1 << 20;
    options.durability = durability;
    options.files = &files;
    return options;
}

}  // namespace

TEST(failed_sync_denies_new_orders_and_lets_cancels_pass_until_a_restart) {
    journal::FailingFiles files;
    World w(test::engine_settings(), options_of(files, journal::Durability::disk));
    w.up();
    const Answer kept = w.submit("o1");
    w.report(kept.cl_ord_id, "E0", '0', '0', "38=100|14=0|");
    CHECK(!w.journal->sync().error);
    const std::uint64_t durable = w.journal->durable_lsn();
    files.sync_error = EIO;
    const Answer lost = w.submit("o2");  // taken: nobody knows yet
    CHECK_EQ(lost.denial, DenialCode::unspecified);
    CHECK(w.journal->sync().error.code == journal::ErrorCode::sync_failed);
    CHECK_EQ(w.journal->durable_lsn(), durable);

    const std::uint64_t lsn = w.journal->committed_lsn();
    const Answer denied = w.submit("o3");
    CHECK_EQ(denied.denial, DenialCode::journal_unavailable);
    CHECK_EQ(w.replace("r1", 1, "50").denial, DenialCode::journal_unavailable);
    CHECK_EQ(w.journal->committed_lsn(), lsn);  // denials use up nothing
    CHECK_EQ(w.cancel("c1", 1).denial, DenialCode::unspecified);
    CHECK_EQ(w.sent("35=F"), 1U);
    files.sync_error = 0;
    CHECK(w.journal->sync().error.code ==
          journal::ErrorCode::sync_failed);  // a page may be lost: no second try
    CHECK_EQ(w.submit("o3").denial, DenialCode::journal_unavailable);

    w.restart();  // every byte is written and synced anew
    CHECK_EQ(w.journal->durable_lsn() >= lsn, true);
    CHECK(w.submit("o2").duplicate);
    w.log_on();
    w.report(kept.cl_ord_id, "S1", 'I', '0', "38=100|14=0|");
    w.report(lost.cl_ord_id, "S2", 'I', '0', "38=100|14=0|");
    CHECK_EQ(w.submit("o3").denial, DenialCode::unspecified);
}

TEST(full_disk_denies_new_orders_lets_cancels_and_fills_pass_and_mends_itself) {
    journal::FailingFiles files;
    World w(test::engine_settings(), options_of(files, journal::Durability::process));
    w.up();
    const Answer kept = w.submit("o1");
    w.report(kept.cl_ord_id, "E0", '0', '0', "38=100|14=0|");
    files.allocate_error = ENOSPC;
    int taken = 0;
    Answer last;
    for (; taken < 9'000; ++taken) {
        last = w.submit("n" + std::to_string(taken), "1");
        if (last.denial != DenialCode::unspecified) break;
        if (taken % 16 == 0) (void)w.journal->maintain();
    }
    CHECK(taken > 0);
    CHECK_EQ(last.denial, DenialCode::journal_unavailable);
    const std::uint64_t lsn = w.journal->committed_lsn();
    for (int i = 0; i < 1'000; ++i) CHECK_EQ(w.submit("x", "1").denial, DenialCode::journal_unavailable);
    CHECK_EQ(w.journal->committed_lsn(), lsn);
    w.report(kept.cl_ord_id, "E1", 'F', '1', "32=30|31=100|14=30|38=100|");
    CHECK_EQ(w.net(), std::string("30"));
    CHECK_EQ(w.cancel("c1", 1).denial, DenialCode::unspecified);
    w.report(kept.cl_ord_id, "E2", '4', '4', "14=30|38=100|");
    CHECK_EQ(w.status(1), std::string("CANCELED"));
    files.allocate_error = 0;
    CHECK(!w.journal->maintain());
    CHECK_EQ(w.submit("x", "1").denial, DenialCode::unspecified);
    w.checks_checkpoints = false;
}

TEST_MAIN
