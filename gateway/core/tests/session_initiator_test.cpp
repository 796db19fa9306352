// The FIX session test cases for the side that connects.
#include "session_fixture.hpp"

using namespace gw::session;
using gw::test::config_of;
using gw::test::Driver;
using gw::test::second;

namespace {

const std::string h2 = "49=ISLD|52=<TIME>|56=TW|";
const std::string logon = "98=0|108=30|";

struct Initiator : Driver {
    explicit Initiator(Config config = config_of(Role::initiator), Ports ports = {})
        : Driver(std::move(config), ports) {
        connect();
        in("35=A|34=1|" + h2 + logon);
        sent.clear();
    }
};

}  // namespace

TEST(scenario_1b_logon_is_sent_on_connect_and_its_answer_taken) {
    Driver s(Role::initiator);
    s.connect();
    CHECK_SENT(s, "35=A|34=1|49=TW|52=|56=ISLD|98=0|108=30|");
    CHECK_EQ(s.state().link, Link::logon_sent);
    CHECK(!s.send("D", {{11, "x"}}));
    s.in("35=A|34=1|" + h2 + logon);
    CHECK_EQ(s.state().link, Link::active);
    CHECK(s.send("D", {{11, "x"}}));
    CHECK_SENT(s, "35=D|34=2|49=TW|52=|56=ISLD|11=x|");
}

TEST(scenario_1b_answer_ahead_asks_for_the_gap) {
    Driver s(Role::initiator);
    s.connect();
    s.sent.clear();
    s.in("35=A|34=4|" + h2 + logon);
    CHECK_SENT(s, "35=2|34=2|49=TW|52=|56=ISLD|7=1|16=0|");
    CHECK_EQ(s.state().link, Link::active);
    s.in("35=4|34=1|43=Y|" + h2 + "122=<TIME>|36=4|123=Y|");
    CHECK_EQ(s.state().next_in, 5U);
}

TEST(scenario_1b_answer_that_is_not_ours_is_told_why) {
    for (const char* answer :
         {"35=A|34=1|49=DLSI|52=<TIME>|56=TW|98=0|108=30|", "35=A|34=1|49=ISLD|52=<TIME>|56=WT|98=0|108=30|",
          "35=A|34=1|49=ISLD|52=20010101-00:00:00|56=TW|98=0|108=30|"}) {
        Driver s(Role::initiator);
        s.connect();
        s.sent.clear();
        s.in(answer);
        const auto sent = s.take();
        REQUIRE(sent.size() == 1);
        CHECK(sent[0].starts_with("35=5|34=2|49=TW|52=|56=ISLD|58="));
        CHECK(s.hung_up);
    }
}

TEST(scenario_1b_first_message_that_is_no_logon_ends_the_connection) {
    Driver s(Role::initiator);
    s.connect();
    s.in("35=0|34=1|" + h2);
    CHECK(s.hung_up);
    CHECK_EQ(s.state().link, Link::disconnected);
}

TEST(scenario_1b_logon_answered_with_a_logout_ends_the_connection) {
    Driver s(Role::initiator);
    s.connect();
    s.in("35=5|34=1|" + h2 + "58=unknown user|");
    CHECK(s.hung_up);
    CHECK_EQ(s.state().next_in, 2U);
    CHECK(!s.noticed(NoticeKind::logged_on));
}

TEST(scenario_1b_no_answer_in_time_ends_the_connection) {
    Driver s(Role::initiator);
    s.connect();
    s.pass(10 * second);
    CHECK(s.hung_up);
}

TEST(scenario_1b_answer_with_a_low_number_ends_the_session) {
    Driver s(Role::initiator);
    s.session.recover(5, 9);
    s.connect();
    s.sent.clear();
    s.in("35=A|34=4|" + h2 + logon);
    CHECK_SENT(s, "35=5|34=10|49=TW|52=|56=ISLD|58=MsgSeqNum too low, expecting 5 but received 4|");
    CHECK(s.hung_up);
}

TEST(logon_fields_are_in_their_order_and_the_policy_signs_last) {
    struct Signer : LogonPolicy {
        void complete(gw::fix::Encoder& out, std::uint64_t seq, std::string_view time) const override {
            out.field(95, 3).field(96, time.substr(0, 2).empty() ? "-" : seq == 1 ? "sig" : "?");
        }
    } signer;
    Config config = config_of(Role::initiator, "FIXT.1.1");
    config.logon_fields = {{5999, "z"}, {554, "secret"}, {553, "user"}};
    Driver s(std::move(config), {.logon_policy = &signer});
    s.connect();
    REQUIRE(s.step.outbound().size() == 1);
    CHECK(s.step.outbound()[0].logon);
    CHECK_SENT(s, "35=A|34=1|49=TW|52=|56=ISLD|98=0|108=30|553=user|554=secret|1137=9|5999=z|95=3|96=sig|");
}

TEST(logon_policy_that_refuses_ends_the_connection) {
    struct Deny : LogonPolicy {
        [[nodiscard]] LogonRefusal refuse(const gw::fix::Message& message) const override {
            if (message.get(553) == "good") return {};
            return {"unknown user", message.get(553) == "known"};
        }
    } deny;
    Driver s(config_of(Role::acceptor), {.logon_policy = &deny});
    s.connect();
    s.in("35=A|34=1|49=TW|52=<TIME>|56=ISLD|98=0|108=30|553=bad|");
    CHECK(s.hung_up);
    CHECK_SENT(s);
    s.connect();
    s.in("35=A|34=1|49=TW|52=<TIME>|56=ISLD|98=0|108=30|553=known|");
    CHECK(s.hung_up);
    CHECK_SENT(s, "35=5|34=1|49=ISLD|52=|56=TW|58=unknown user|");
}

TEST(header_has_sub_and_location_ids_and_custom_fields_ascending) {
    Config config = config_of(Role::initiator);
    config.sender_sub_id = "desk";
    config.sender_location_id = "NY";
    config.target_sub_id = "G";
    config.target_location_id = "LN";
    config.header_fields = {{9001, "v"}, {115, "client"}};
    config.last_msg_seq_num_processed = true;
    Initiator s(std::move(config));
    const HeaderField extra[] = {{97, "Y"}, {129, "T"}};
    CHECK(s.send("D", {{11, "x"}}, extra));
    CHECK_SENT(
        s, "35=D|34=2|49=TW|50=desk|52=|56=ISLD|57=G|97=Y|115=client|129=T|142=NY|143=LN|369=1|9001=v|11=x|");
}

TEST(sending_time_has_milliseconds_since_4_2_and_none_before) {
    for (const auto& [version, size] : std::vector<std::pair<std::string, std::size_t>>{
             {"FIX.4.0", 17}, {"FIX.4.1", 17}, {"FIX.4.2", 21}, {"FIX.4.4", 21}, {"FIXT.1.1", 21}}) {
        Driver s(config_of(Role::initiator, version));
        s.connect();
        gw::fix::MessageBuffer<> message;
        REQUIRE(message.parse(s.sent[0]) == gw::fix::ParseError::none);
        CHECK_EQ(message.get(52)->size(), size);
    }
    Config config = config_of(Role::initiator);
    config.time_precision = gw::fix::TimePrecision::nanoseconds;
    Driver s(std::move(config));
    s.connect();
    CHECK(s.sent[0].find("52=20261121-10:00:00.000000000") != std::string::npos);
}

TEST(reset_on_logon_asks_for_it_and_takes_the_answer) {
    Config config = config_of(Role::initiator);
    config.reset.on_logon = true;
    Driver s(std::move(config));
    s.session.recover(7, 9);
    s.connect();
    CHECK_SENT(s, "35=A|34=1|49=TW|52=|56=ISLD|98=0|108=30|141=Y|");
    s.in("35=A|34=1|" + h2 + logon + "141=Y|");
    CHECK_EQ(s.state().next_in, 2U);
    CHECK_EQ(s.state().next_out, 2U);
    CHECK(!s.state().reset_sent);
    CHECK_SENT(s);
}

TEST(reset_in_the_answer_that_we_did_not_ask_for_is_countered) {
    Driver s(Role::initiator);
    s.session.recover(7, 9);
    s.connect();
    s.sent.clear();
    s.in("35=A|34=1|" + h2 + logon + "141=Y|");
    CHECK_SENT(s, "35=A|34=1|49=TW|52=|56=ISLD|98=0|108=30|141=Y|");
    CHECK_EQ(s.state().next_in, 2U);
    CHECK_EQ(s.state().next_out, 2U);
    CHECK_EQ(s.state().link, Link::active);
}

TEST(reset_by_us_inside_the_session_counts_old_messages_until_the_answer) {
    Initiator s;
    s.send("D", {{11, "x"}});
    s.in("35=8|34=2|" + h2 + "17=a|");
    s.sent.clear();
    s.session.decide_reset(s.now_ns, s.step);
    s.commit();
    CHECK_SENT(s, "35=A|34=1|49=TW|52=|56=ISLD|98=0|108=30|141=Y|");
    s.in("35=8|34=3|" + h2 + "17=b|");
    CHECK_EQ(s.delivered_seqs, (std::vector<std::uint64_t>{2, 3}));
    s.in("35=A|34=1|" + h2 + logon + "141=Y|");
    CHECK_SENT(s);
    CHECK_EQ(s.state().next_in, 2U);
    CHECK_EQ(s.state().next_out, 2U);
}

TEST(reset_while_disconnected_is_asked_for_at_the_next_logon) {
    Driver s(Role::initiator);
    s.session.recover(7, 9);
    s.session.decide_reset(s.now_ns, s.step);
    s.commit();
    CHECK_EQ(s.state().next_in, 7U);
    s.connect();
    CHECK_SENT(s, "35=A|34=1|49=TW|52=|56=ISLD|98=0|108=30|141=Y|");
    // Asked again until it is answered: who knows whether it arrived.
    s.disconnect();
    s.connect();
    CHECK_SENT(s, "35=A|34=1|49=TW|52=|56=ISLD|98=0|108=30|141=Y|");
    s.in("35=A|34=1|" + h2 + logon + "141=Y|");
    s.disconnect();
    s.connect();
    CHECK_SENT(s, "35=A|34=2|49=TW|52=|56=ISLD|98=0|108=30|");
}

TEST(reset_by_us_that_is_cut_off_is_asked_for_again) {
    Initiator s;
    s.send("D", {{11, "x"}});
    s.session.decide_reset(s.now_ns, s.step);
    s.commit();
    s.disconnect();
    s.sent.clear();
    s.connect();
    CHECK_SENT(s, "35=A|34=1|49=TW|52=|56=ISLD|98=0|108=30|141=Y|");
}

TEST(reset_inside_a_fix_40_session_changes_nothing_because_no_logon_can_ask) {
    Initiator s(config_of(Role::initiator, "FIX.4.0"));
    s.sent.clear();
    const std::uint64_t next_out = s.state().next_out;
    s.session.decide_reset(s.now_ns, s.step);
    s.commit();
    CHECK_SENT(s);
    CHECK_EQ(s.state().next_out, next_out);
    CHECK_EQ(s.state().link, Link::active);
}

TEST(reset_policies_of_the_initiator_start_anew_where_they_say) {
    Config config = config_of(Role::initiator);
    config.reset.on_logout = true;
    Initiator a(config);
    a.in("35=5|34=2|" + h2);
    CHECK_EQ(a.state().next_in, 1U);
    CHECK_EQ(a.state().next_out, 1U);
    config.reset = {};
    config.reset.on_disconnect = true;
    Initiator b(config);
    b.disconnect();
    CHECK_EQ(b.state().next_in, 1U);
    CHECK_EQ(b.state().next_out, 1U);
    config.reset = {};
    config.reset.on_error = true;
    Initiator c(config);
    c.in("35=0|34=1|" + h2);  // too low
    CHECK(c.hung_up);
    c.sent.clear();
    c.connect();
    CHECK_SENT(c, "35=A|34=1|49=TW|52=|56=ISLD|98=0|108=30|141=Y|");
    // By default none of them.
    Initiator d;
    d.in("35=5|34=2|" + h2);
    CHECK_EQ(d.state().next_in, 3U);
    CHECK_EQ(d.state().next_out, 3U);
}

TEST(next_expected_msg_seq_num_of_the_initiator_is_sent_and_answered) {
    Config config = config_of(Role::initiator);
    config.next_expected_msg_seq_num = true;
    Driver s(std::move(config));
    s.session.recover(5, 4);
    s.store.sent[3] = {gw::test::framed("FIX.4.4", "35=D|34=3|49=TW|52=<TIME>|56=ISLD|11=lost|", s.now_ns),
                       s.now_ns, false};
    s.connect();
    CHECK_SENT(s, "35=A|34=4|49=TW|52=|56=ISLD|98=0|108=30|789=5|");
    // They lack our 3, and say so: no ResendRequest is needed either way.
    s.in("35=A|34=7|" + h2 + logon + "789=3|");
    CHECK_SENT(s, "35=D|34=3|43=Y|49=TW|52=|56=ISLD|122=|11=lost|",
               "35=4|34=4|43=Y|49=TW|52=|56=ISLD|122=|36=5|123=Y|");
    CHECK_EQ(s.state().inbound, Inbound::recovering);
    s.in("35=4|34=5|43=Y|" + h2 + "122=<TIME>|36=7|123=Y|");
    CHECK_EQ(s.state().next_in, 8U);
    CHECK_EQ(s.state().inbound, Inbound::in_sync);
}

TEST(operator_sets_sequences_while_disconnected_and_tells_while_logged_on) {
    Driver s(Role::initiator);
    s.session.decide_set_sequences(20, 30, s.now_ns, s.step);
    s.commit();
    CHECK_SENT(s);
    CHECK_EQ(s.state().next_in, 20U);
    CHECK_EQ(s.state().next_out, 30U);

    Initiator live;
    live.session.decide_set_sequences(std::nullopt, 50, live.now_ns, live.step);
    live.commit();
    CHECK_SENT(live, "35=4|34=2|49=TW|52=|56=ISLD|36=50|123=N|");
    CHECK(live.send("D", {{11, "x"}}));
    CHECK_SENT(live, "35=D|34=50|49=TW|52=|56=ISLD|11=x|");
    // Zero is no sequence number.
    live.session.decide_set_sequences(0, 0, live.now_ns, live.step);
    live.commit();
    CHECK_EQ(live.state().next_out, 51U);
}

TEST(scenario_4a_heartbeat_is_sent_by_the_initiator_too) {
    Initiator s;
    s.pass(30 * second);
    CHECK_SENT(s, "35=0|34=2|49=TW|52=|56=ISLD|");
}

TEST(scenario_12_logout_by_the_initiator_waits_and_hangs_up_on_the_answer) {
    Initiator s;
    s.session.decide_logout({}, s.now_ns, s.step);
    s.commit();
    CHECK_SENT(s, "35=5|34=2|49=TW|52=|56=ISLD|");
    s.in("35=5|34=2|" + h2);
    CHECK(s.hung_up);
    CHECK_EQ(s.reason, "logged out");
}

TEST(several_messages_in_one_step_have_consecutive_numbers) {
    Initiator s;
    s.session.begin(s.step);
    for (int i = 0; i < 5; ++i) {
        gw::fix::Encoder out = s.session.begin_message("D", s.now_ns, s.step);
        out.field<11>(i);
        REQUIRE(s.session.end_message(out, s.step));
    }
    CHECK_EQ(s.step.outbound().size(), 5U);
    CHECK_EQ(s.step.outbound()[4].seq, 6U);
    CHECK_EQ(s.state().next_out, 2U);
    s.commit();
    CHECK_EQ(s.state().next_out, 7U);
}

TEST(message_that_does_not_fit_changes_nothing) {
    Initiator s;
    s.session.begin(s.step);
    gw::fix::Encoder out = s.session.begin_message("D", s.now_ns, s.step);
    const std::string large(s.step.room().size(), 'x');
    out.field(58, large);
    CHECK(!s.session.end_message(out, s.step));
    CHECK(s.step.outbound().empty());
    CHECK_EQ(s.step.next.next_out, s.state().next_out);
    out = s.session.begin_message("D", s.now_ns, s.step);
    out.field<11>("small");
    CHECK(s.session.end_message(out, s.step));
}

TEST(decision_leaves_the_session_as_it_is_until_it_is_applied) {
    Initiator s;
    const State before = s.state();
    gw::fix::MessageBuffer<> message;
    const std::string text = gw::test::framed("FIX.4.4", "35=1|34=5|" + h2 + "112=x|", s.now_ns);
    REQUIRE(message.parse(text) == gw::fix::ParseError::none);
    s.session.decide_received(message, s.now_ns, s.step);
    const std::string first(s.step.outbound()[0].bytes);
    CHECK(s.state() == before);
    s.session.decide_received(message, s.now_ns, s.step);
    CHECK(s.state() == before);
    CHECK_EQ(std::string(s.step.outbound()[0].bytes), first);
    CHECK_EQ(s.session.kept_count(), 0U);
}

TEST_MAIN
