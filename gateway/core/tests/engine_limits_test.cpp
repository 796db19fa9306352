// What a session is told of its counterparty's messages: how large, how many fields, which are secrets.
#include "engine_fixture.hpp"

using namespace gw;
using gw::test::Answer;
using gw::test::World;

namespace {

engine::Settings changed(void (*change)(engine::SessionSettings&)) {
    engine::Settings settings = test::engine_settings();
    change(settings.sessions[0]);
    return settings;
}

std::string journal_bytes(const World& w) {
    std::string all;
    journal::Cursor cursor = w.journal->cursor(w.journal->oldest_lsn());
    journal::Record record;
    while (cursor.next(record)) all.append(record.payload);
    return all;
}

}  // namespace

TEST(message_above_the_limit_is_skipped_and_shows_as_a_gap) {
    World w(changed([](engine::SessionSettings& s) { s.message_size_max = 1024; }));
    w.up();
    const Answer answer = w.submit("o1");
    w.report(answer.cl_ord_id, "E0", '0', '0', "58=" + std::string(2000, 'x') + "|");
    CHECK_EQ(w.status(1), std::string("PENDING_NEW"));
    CHECK_EQ(w.engine->counters().garbled_in, 1U);
    w.venue("35=0|");
    CHECK_EQ(w.sent("35=2"), 1U);  // it is asked for again
    CHECK(w.phase() == schema::SessionState::ready);
}

TEST(message_of_the_limit_is_taken) {
    World w(changed([](engine::SessionSettings& s) { s.message_size_max = 512 * 1024; }));
    w.up();
    const Answer answer = w.submit("o1");
    w.report(answer.cl_ord_id, "E0", '0', '0', "58=" + std::string(300'000, 'x') + "|");
    CHECK_EQ(w.status(1), std::string("NEW"));
}

TEST(message_with_more_fields_than_allowed_ends_the_session_and_says_so) {
    World w(changed([](engine::SessionSettings& s) { s.fields_max = 32; }));
    w.up();
    std::string more;
    for (int i = 0; i < 32; ++i) more += std::to_string(9000 + i) + "=1|";
    const Answer answer = w.submit("o1");
    w.report(answer.cl_ord_id, "E0", '0', '0', more);
    CHECK(w.last_sent().find("35=5|") == 0);
    CHECK(w.last_sent().find("58=Message has more fields than allowed|") != std::string::npos);
    CHECK_EQ(w.status(1), std::string("UNKNOWN"));  // its report was not read
}

TEST(named_secrets_are_blanked_in_the_journal_both_ways) {
    World w(changed([](engine::SessionSettings& s) {
        s.secret_tags = {9100, 9200};
        s.config.logon_fields.push_back({9100, "our-token"});
        s.config.logon_fields.push_back({554, "our-password"});
    }));
    w.start();
    w.engine->connected(0, w.now);
    CHECK(w.last_sent().find("9100=our-token|") != std::string::npos);
    w.venue("35=A|98=0|108=30|554=their-password|9200=their-token|");
    w.engine->tick(w.now);
    const Answer answer = w.submit("o1");
    w.report(answer.cl_ord_id, "E0", '0', '0', "9200=later-token|");
    CHECK_EQ(w.status(1), std::string("NEW"));
    const std::string kept = journal_bytes(w);
    for (const char* secret : {"our-token", "our-password", "their-password", "their-token", "later-token"})
        CHECK(kept.find(secret) == std::string::npos);
    CHECK(kept.find(answer.cl_ord_id) != std::string::npos);
}

TEST(times_of_orders_have_the_precision_of_the_session) {
    World w(changed(
        [](engine::SessionSettings& s) { s.config.time_precision = fix::TimePrecision::microseconds; }));
    w.up();
    w.submit("o1");
    CHECK(w.last_sent().find("|60=20261121-10:00:00.000000|") != std::string::npos);
}

TEST_MAIN
