// Finding a sent message again, and finding the same one after a restart.
#include <map>

#include "check.hpp"
#include "journal_fixture.hpp"

using namespace gw::journal;

namespace {

void send(Journal& journal, std::uint32_t session, std::uint64_t seq, std::string_view payload,
          std::uint16_t flags = 0) {
    journal.begin(0);
    journal.append({.kind = Kind::message_out, .flags = flags, .session = session, .seq = seq}, payload);
    CHECK(journal.commit().ok());
}

std::string sent(Journal& journal, std::uint32_t session, std::uint64_t seq) {
    const auto record = journal.outbound(session, seq);
    return record ? std::string(record->payload) : "none";
}

}  // namespace

TEST(test_outbound_answers_the_message_sent_with_that_number) {
    const TemporaryDirectory directory;
    const OpenedJournal opened = Journal::open(directory.path(), small_options());
    REQUIRE(opened.journal);
    Journal& journal = *opened.journal;
    send(journal, 1, 1, "one");
    send(journal, 2, 1, "other session");
    journal.begin(0);
    journal.append({.kind = Kind::message_in, .session = 1, .seq = 1}, "received");
    CHECK(journal.commit().ok());
    CHECK_EQ(sent(journal, 1, 1), "one");
    CHECK_EQ(sent(journal, 2, 1), "other session");
    CHECK_EQ(sent(journal, 1, 2), "none");
    CHECK_EQ(sent(journal, 1, 0), "none");
    CHECK_EQ(sent(journal, 3, 1), "none");
}

TEST(test_outbound_after_a_resend_answers_the_original) {
    const TemporaryDirectory directory;
    const OpenedJournal opened = Journal::open(directory.path(), small_options());
    REQUIRE(opened.journal);
    send(*opened.journal, 1, 5, "original");
    send(*opened.journal, 1, 5, "copy", kResend);
    CHECK_EQ(sent(*opened.journal, 1, 5), "original");
}

TEST(test_outbound_of_an_abandoned_batch_is_not_there) {
    const TemporaryDirectory directory;
    const OpenedJournal opened = Journal::open(directory.path(), small_options());
    REQUIRE(opened.journal);
    opened.journal->begin(0);
    opened.journal->append({.kind = Kind::message_out, .session = 1, .seq = 5}, "dropped");
    opened.journal->abandon();
    CHECK_EQ(sent(*opened.journal, 1, 5), "none");
}

TEST(test_outbound_before_a_sequence_reset_is_forgotten) {
    const TemporaryDirectory directory;
    const OpenedJournal opened = Journal::open(directory.path(), small_options());
    REQUIRE(opened.journal);
    Journal& journal = *opened.journal;
    for (std::uint64_t seq = 1; seq <= 9; ++seq) send(journal, 1, seq, "old");
    send(journal, 2, 3, "untouched");
    send(journal, 1, 1, "logon", kSequenceReset);
    send(journal, 1, 2, "new");
    CHECK_EQ(sent(journal, 1, 1), "logon");
    CHECK_EQ(sent(journal, 1, 2), "new");
    CHECK_EQ(sent(journal, 1, 3), "none");
    CHECK_EQ(sent(journal, 2, 3), "untouched");
    // A reset that is an event, not a message.
    journal.begin(0);
    journal.append({.kind = Kind::event, .flags = kSequenceReset, .session = 2}, "end of day");
    CHECK(journal.commit().ok());
    CHECK_EQ(sent(journal, 2, 3), "none");
}

// Random traffic on a few sessions, far more than the table holds, against a map; then the same after a
// restart.
TEST(test_outbound_agrees_with_a_map_of_everything_sent_and_after_a_restart) {
    const TemporaryDirectory directory;
    std::map<std::pair<std::uint32_t, std::uint64_t>, std::string> expected;
    std::map<std::uint32_t, std::uint64_t> next_seq;
    Options options = small_options(16384);
    options.outbound_entries = 64;
    const auto compare = [&](Journal& journal) {
        for (std::uint32_t session = 1; session <= 4; ++session)
            for (std::uint64_t seq = 1; seq < next_seq[session] + 3; ++seq) {
                const auto found = expected.find({session, seq});
                CHECK_EQ(sent(journal, session, seq), found == expected.end() ? "none" : found->second);
            }
    };
    std::mt19937 random(11);
    {
        const OpenedJournal opened = Journal::open(directory.path(), options);
        REQUIRE(opened.journal);
        Journal& journal = *opened.journal;
        for (int i = 0; i < 4000; ++i) {
            const std::uint32_t session = 1 + random() % 4;
            std::uint64_t& seq = next_seq[session];
            std::uint16_t flags = 0;
            if (i < 3000 && random() % 300 == 0) {
                seq = 0;
                flags = kSequenceReset;
                std::erase_if(expected, [&](const auto& entry) { return entry.first.first == session; });
            } else if (seq > 3 && random() % 20 == 0) {
                send(journal, session, seq - 1, "a copy", kResend);
            } else if (random() % 50 == 0) {
                seq += random() % 5;  // a hole: a reset to a higher number
            }
            ++seq;
            const std::string text = payload_of(static_cast<std::uint64_t>(i), 10 + random() % 60);
            expected[{session, seq}] = text;
            send(journal, session, seq, text, flags);
        }
        compare(journal);
    }
    const OpenedJournal opened = Journal::open(directory.path(), options);
    REQUIRE(opened.journal);
    compare(*opened.journal);
}

TEST(test_outbound_with_more_sessions_than_reset_slots_still_honours_resets) {
    const TemporaryDirectory directory;
    const OpenedJournal opened = Journal::open(directory.path(), small_options(65536));
    REQUIRE(opened.journal);
    Journal& journal = *opened.journal;
    // All in one row of probes.
    const auto session = [](std::uint32_t i) {
        return static_cast<std::uint32_t>(1 + i * OutboundIndex::kResetSlots);
    };
    for (std::uint32_t i = 0; i < 40; ++i) {
        send(journal, session(i), 1, "first");
        send(journal, session(i), 2, "second");
        send(journal, session(i), 1, "again", kSequenceReset);
    }
    for (std::uint32_t i = 0; i < 40; ++i) {
        CHECK_EQ(sent(journal, session(i), 1), "again");
        CHECK_EQ(sent(journal, session(i), 2), "none");
    }
}

TEST_MAIN
