// What a session's steps leave in the journal gives the same numbers back, whatever the steps were.
#include "engine/session_log.hpp"

#include "journal_fixture.hpp"
#include "session_fixture.hpp"

using namespace gw::session;
using gw::engine::EventLog;
using gw::engine::recover_sequences;
using gw::engine::Sequences;
using gw::engine::SessionLog;
using gw::test::config_of;
using gw::test::framed;
using gw::test::start_ns;

namespace {

const std::string h2 = "49=TW|52=<TIME>|56=ISLD|";

class Journaled {
  public:
    explicit Journaled(Config config) : session(std::move(config)) {
        opened_ = gw::journal::Journal::open(directory_.path(), gw::journal::small_options(1 << 16));
        REQUIRE(opened_.journal);
    }

    void commit() {
        EventLog log(*opened_.journal);
        log.begin(start_ns);
        log_.append_inbound(log, {1, "s"}, step);
        log_.append_outbound(log, {1, "s"}, session.state(), step);
        REQUIRE(log.commit());
        session.apply(step);
        const Sequences found = recovered();
        CHECK_EQ(found.next_in, session.state().next_in);
        CHECK_EQ(found.next_out, session.state().next_out);
    }
    void connect() {
        session.decide_connected(start_ns, step);
        commit();
    }
    void in(const std::string& body) {
        const std::string text = framed(session.config().begin_string, body, start_ns);
        REQUIRE(message_.parse(text) == gw::fix::ParseError::none);
        session.decide_received(message_, start_ns, step);
        commit();
    }
    [[nodiscard]] Sequences recovered() {
        Sequences sequences;
        gw::journal::Record record;
        gw::journal::Cursor cursor = opened_.journal->cursor(1);
        while (cursor.next(record)) {
            recover_sequences(record, sequences);
            if (record.kind != gw::journal::Kind::event) continue;
            CHECK(
                gw::engine::visit_record(record.payload, [&](const auto& body, std::uint64_t, std::int64_t) {
                    if constexpr (requires {
                                      body.next_in;
                                      body.next_out;
                                  })
                        sequences = {body.next_in, body.next_out};
                }));
        }
        return sequences;
    }
    [[nodiscard]] gw::journal::Journal& journal() { return *opened_.journal; }

    Session session;
    Step step;

  private:
    gw::journal::TemporaryDirectory directory_;
    gw::journal::OpenedJournal opened_;
    SessionLog log_;
    gw::fix::MessageBuffer<> message_;
};

}  // namespace

TEST(log_of_logon_orders_and_logout_gives_the_numbers_back) {
    Journaled s(config_of(Role::acceptor));
    s.connect();
    s.in("35=A|34=1|" + h2 + "98=0|108=30|");
    s.in("35=1|34=2|" + h2 + "112=x|");
    s.in("35=4|34=3|" + h2 + "36=20|123=Y|");
    s.in("35=4|34=3|" + h2 + "36=30|");
    s.in("35=0|34=35|" + h2);
    s.session.decide_set_sequences(std::nullopt, 50, start_ns, s.step);
    s.commit();
    s.in("35=5|34=30|" + h2);
}

TEST(log_of_a_reset_after_the_logout_gives_the_new_numbers_back) {
    Config config = config_of(Role::acceptor);
    config.reset.on_logout = true;
    Journaled s(config);
    s.connect();
    s.in("35=A|34=1|" + h2 + "98=0|108=30|");
    s.in("35=5|34=2|" + h2);
    CHECK_EQ(s.recovered().next_out, 1U);
    CHECK_EQ(s.recovered().next_in, 1U);
}

TEST(log_of_a_reset_after_an_error_gives_the_new_numbers_back) {
    Config config = config_of(Role::acceptor);
    config.reset.on_disconnect = true;
    Journaled s(config);
    s.connect();
    s.in("35=A|34=1|" + h2 + "98=0|108=30|");
    s.in("35=1|34=2|" + h2 + "112=x|");
    s.in("35=0|34=1|" + h2);  // too low: a Logout, and the end
    CHECK_EQ(s.recovered().next_out, 1U);
    CHECK(!s.journal().outbound(1, 2));  // of the old numbers: not to be resent under the new ones
}

TEST(log_of_a_reset_inside_the_session_keeps_the_new_logon) {
    Journaled s(config_of(Role::acceptor));
    s.connect();
    s.in("35=A|34=1|" + h2 + "98=0|108=30|");
    s.in("35=1|34=2|" + h2 + "112=x|");
    s.in("35=A|34=1|" + h2 + "98=0|108=30|141=Y|");
    CHECK_EQ(s.recovered().next_out, 2U);
    CHECK(s.journal().outbound(1, 1));
    CHECK(!s.journal().outbound(1, 2));
}

TEST_MAIN
