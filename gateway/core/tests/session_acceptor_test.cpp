// The FIX session test cases for the side that accepts, named by scenario. Wire text with | for SOH; the
// times of 52 and 122 are left out of what is compared.
#include "session_fixture.hpp"

using namespace gw::session;
using gw::test::config_of;
using gw::test::Driver;
using gw::test::second;

namespace {

const std::string h2 = "49=TW|52=<TIME>|56=ISLD|";

// An acceptor that is logged on, with its Logon taken.
struct Acceptor : Driver {
    explicit Acceptor(Config config = config_of(Role::acceptor), const std::string& interval = "30")
        : Driver(std::move(config)) {
        connect();
        in("35=A|34=1|49=TW|52=<TIME>|56=ISLD|98=0|108=" + interval + "|" +
           (session.config().begin_string == "FIXT.1.1" ? "1137=9|" : ""));
        sent.clear();
    }
};

std::string order(int seq, const std::string& extra = "") {
    return "35=D|34=" + std::to_string(seq) + "|" + h2 + extra + "11=ID|21=3|40=1|54=1|55=INTC|60=<TIME>|";
}

std::string heartbeat(int seq, const std::string& extra = "") {
    return "35=0|34=" + std::to_string(seq) + "|" + h2 + extra;
}

}  // namespace

TEST(scenario_1s_valid_logon_is_answered_with_the_initiators_interval) {
    Driver s(Role::acceptor);
    s.connect();
    CHECK_SENT(s);
    s.in("35=A|34=1|49=TW|52=<TIME>|56=ISLD|98=0|108=17|");
    CHECK_SENT(s, "35=A|34=1|49=ISLD|52=|56=TW|98=0|108=17|");
    CHECK_EQ(s.state().link, Link::active);
    CHECK_EQ(s.state().next_in, 2U);
    CHECK(s.noticed(NoticeKind::logged_on));
}

TEST(scenario_1s_logon_ahead_is_answered_and_the_gap_requested) {
    Driver s(Role::acceptor);
    s.connect();
    s.in("35=A|34=5|49=TW|52=<TIME>|56=ISLD|98=0|108=30|");
    CHECK_SENT(s, "35=A|34=1|49=ISLD|52=|56=TW|98=0|108=30|", "35=2|34=2|49=ISLD|52=|56=TW|7=1|16=0|");
    CHECK_EQ(s.state().next_in, 1U);
    s.in("35=4|34=1|43=Y|" + h2 + "122=<TIME>|36=5|123=Y|");
    // The Logon itself has its place too.
    CHECK_EQ(s.state().next_in, 6U);
    CHECK_EQ(s.state().inbound, Inbound::in_sync);
}

TEST(scenario_1s_logon_that_is_not_ours_is_dropped_without_a_word) {
    for (const char* logon :
         {"35=A|34=1|49=WT|52=<TIME>|56=ISLD|98=0|108=30|", "35=A|34=1|49=TW|52=<TIME>|56=DLSI|98=0|108=30|",
          "35=A|34=1|49=TW|52=20010101-00:00:00|56=ISLD|98=0|108=30|",
          "35=A|34=1|49=TW|52=<TIME>|56=ISLD|98=0|", "35=A|34=1|49=TW|52=<TIME>|56=ISLD|98=0|108=-1|",
          "35=A|34=1|49=TW|52=<TIME>|56=ISLD|98=1|108=30|", "35=A|49=TW|52=<TIME>|56=ISLD|98=0|108=30|",
          "35=0|34=1|49=TW|52=<TIME>|56=ISLD|", "35=5|34=1|49=TW|52=<TIME>|56=ISLD|"}) {
        Driver s(Role::acceptor);
        s.connect();
        s.in(logon);
        CHECK_SENT(s);
        CHECK(s.hung_up);
        CHECK_EQ(s.state().link, Link::disconnected);
        CHECK(s.delivered.empty());
    }
}

TEST(scenario_1s_garbled_first_message_ends_the_connection) {
    Driver s(Role::acceptor);
    s.connect();
    s.receive(
        gw::test::wire("8=FIX.4.4|9=40|35=A|34=1|49=TW|52=20261121-10:00:00|56=ISLD|98=0|108=30|10=000|"));
    CHECK(s.hung_up);
    CHECK_SENT(s);
}

TEST(scenario_1s_fixt_logon_needs_default_appl_ver_id) {
    Driver s(config_of(Role::acceptor, "FIXT.1.1"));
    s.connect();
    s.in("35=A|34=1|49=TW|52=<TIME>|56=ISLD|98=0|108=30|");
    CHECK(s.hung_up);
    CHECK_SENT(s);
    Driver t(config_of(Role::acceptor, "FIXT.1.1"));
    t.connect();
    t.in("35=A|34=1|49=TW|52=<TIME>|56=ISLD|98=0|108=30|1137=9|");
    CHECK_SENT(t, "35=A|34=1|49=ISLD|52=|56=TW|98=0|108=30|1137=9|");
}

TEST(scenario_1s_no_logon_in_time_ends_the_connection) {
    Driver s(Role::acceptor);
    s.connect();
    s.pass(9 * second);
    CHECK(!s.hung_up);
    s.pass(2 * second);
    CHECK(s.hung_up);
}

TEST(scenario_1s_logon_with_a_low_number_is_told_and_ended) {
    Driver s(Role::acceptor);
    s.session.recover(5, 9);
    s.connect();
    s.in("35=A|34=2|49=TW|52=<TIME>|56=ISLD|98=0|108=30|");
    CHECK_SENT(s, "35=5|34=9|49=ISLD|52=|56=TW|58=MsgSeqNum too low, expecting 5 but received 2|");
    CHECK(s.hung_up);
    CHECK_EQ(s.state().next_in, 5U);
}

TEST(scenario_2a_messages_in_sequence_are_taken) {
    Acceptor s;
    for (int seq = 2; seq < 6; ++seq) s.in(heartbeat(seq));
    CHECK_EQ(s.state().next_in, 6U);
    CHECK_SENT(s);
}

TEST(scenario_2b_message_ahead_asks_for_what_is_missing_once) {
    Acceptor s;
    s.in(heartbeat(2));
    s.in(heartbeat(10));
    CHECK_SENT(s, "35=2|34=2|49=ISLD|52=|56=TW|7=3|16=0|");
    s.in(heartbeat(11));
    CHECK_SENT(s);
    for (int seq = 3; seq < 10; ++seq) s.in(heartbeat(seq));
    CHECK_EQ(s.state().next_in, 12U);
    CHECK_EQ(s.state().inbound, Inbound::in_sync);
    CHECK(s.noticed(NoticeKind::gap_filled));
    CHECK_EQ(s.session.kept_count(), 0U);
}

TEST(scenario_2b_versions_before_4_2_ask_up_to_999999) {
    for (const char* version : {"FIX.4.0", "FIX.4.1"}) {
        Acceptor s(config_of(Role::acceptor, version));
        s.in(heartbeat(10));
        CHECK_SENT(s, "35=2|34=2|49=ISLD|52=|56=TW|7=2|16=999999|");
    }
}

TEST(scenario_2b_kept_order_is_delivered_in_its_turn) {
    Acceptor s;
    s.in(order(3));
    CHECK(s.delivered.empty());
    s.in(order(2));
    CHECK_EQ(s.delivered_seqs, (std::vector<std::uint64_t>{2, 3}));
    // A copy that is resent all the same is seen to be one.
    s.in("35=D|34=3|43=Y|" + h2 + "122=<TIME>|11=ID|");
    CHECK_EQ(s.delivered_seqs.size(), 2U);
    CHECK(s.noticed(NoticeKind::poss_dup_ignored));
}

TEST(scenario_2c_number_too_low_ends_the_session) {
    Acceptor s;
    for (int seq = 2; seq < 5; ++seq) s.in(heartbeat(seq));
    s.in(heartbeat(2));
    CHECK_SENT(s, "35=5|34=2|49=ISLD|52=|56=TW|58=MsgSeqNum too low, expecting 5 but received 2|");
    CHECK(s.hung_up);
    CHECK_EQ(s.state().next_in, 5U);
}

TEST(scenario_2d_garbled_message_is_ignored) {
    Acceptor s;
    s.receive(gw::test::wire("8=FIX.4.4|9=52|35=0|34=2|4garbled9=TW|52=20261121-10:00:00|56=ISLD|10=0|"));
    s.in(heartbeat(2));
    CHECK_SENT(s);
    CHECK_EQ(s.state().next_in, 3U);
    CHECK(s.noticed(NoticeKind::garbled));
}

TEST(scenario_2e_poss_dup_already_received_is_ignored) {
    Acceptor s;
    s.in(order(2));
    s.in("35=D|34=2|43=Y|" + h2 + "122=<TIME-1>|11=ID|");
    CHECK_EQ(s.delivered.size(), 1U);
    CHECK_EQ(s.state().next_in, 3U);
    CHECK_SENT(s);
}

TEST(scenario_2e_poss_dup_not_yet_received_is_taken) {
    Acceptor s;
    s.in("35=D|34=2|43=Y|" + h2 + "122=<TIME-1>|11=ID|");
    CHECK_EQ(s.delivered.size(), 1U);
    CHECK(s.step.poss_dup);
}

TEST(scenario_2f_orig_sending_time_later_than_sending_time_is_rejected_and_ended) {
    for (const int seq : {2, 3}) {  // seen before, and not
        Acceptor s;
        s.in(order(2));
        s.in("35=D|34=" + std::to_string(seq) + "|43=Y|" + h2 + "122=<TIME+10>|11=ID|");
        CHECK_SENT(s,
                   "35=3|34=2|49=ISLD|52=|56=TW|45=" + std::to_string(seq) +
                       "|58=SendingTime accuracy problem|372=D|373=10|",
                   "35=5|34=3|49=ISLD|52=|56=TW|");
        CHECK(!s.hung_up);
        s.in("35=5|34=" + std::to_string(seq + 1) + "|" + h2);
        CHECK(s.hung_up);
        CHECK_EQ(s.delivered.size(), 1U);
    }
}

TEST(scenario_2g_poss_dup_without_orig_sending_time_is_rejected) {
    Acceptor s;
    s.in(order(2));
    s.in("35=D|34=2|43=Y|" + h2 + "11=ID|");
    CHECK_SENT(s, "35=3|34=2|49=ISLD|52=|56=TW|45=2|58=Required tag missing|371=122|372=D|373=1|");
    s.in("35=1|34=3|" + h2 + "112=HELLO|");
    CHECK_SENT(s, "35=0|34=3|49=ISLD|52=|56=TW|112=HELLO|");
}

TEST(scenario_2i_other_begin_string_ends_the_session) {
    Acceptor s;
    s.receive(gw::test::framed("FIX.4.1", "35=1|34=2|" + h2 + "112=id|", s.now_ns));
    CHECK_SENT(s, "35=5|34=2|49=ISLD|52=|56=TW|58=Incorrect BeginString|");
    CHECK(!s.hung_up);
    s.pass(2 * second);
    CHECK(s.hung_up);
    CHECK_EQ(s.state().next_in, 2U);
}

TEST(scenario_2k_other_comp_ids_are_rejected_and_ended) {
    for (const char* ids :
         {"49=WT|52=<TIME>|56=ISLD|", "49=TW|52=<TIME>|56=DLSI|", "49=WT|52=<TIME>|56=DLSI|"}) {
        Acceptor s;
        s.in("35=D|34=2|" + std::string(ids) + "11=ID|");
        CHECK_SENT(s, "35=3|34=2|49=ISLD|52=|56=TW|45=2|58=CompID problem|372=D|373=9|",
                   "35=5|34=3|49=ISLD|52=|56=TW|");
        CHECK(s.delivered.empty());
    }
}

TEST(scenario_2m_wrong_body_length_is_ignored) {
    Acceptor s;
    s.receive(gw::test::wire("8=FIX.4.4|9=30|35=D|34=2|49=TW|52=20261121-10:00:00|56=ISLD|11=ID|10=123|"));
    s.in(order(3));
    CHECK_SENT(s, "35=2|34=2|49=ISLD|52=|56=TW|7=2|16=0|");
    s.in(order(2));
    CHECK_EQ(s.delivered_seqs, (std::vector<std::uint64_t>{2, 3}));
}

TEST(scenario_2o_sending_time_out_of_range_is_rejected_and_ended) {
    for (const char* time : {"<TIME-121>", "<TIME+121>", "junk"}) {
        Acceptor s;
        s.in("35=0|34=2|49=TW|52=" + std::string(time) + "|56=ISLD|");
        CHECK_SENT(s, "35=3|34=2|49=ISLD|52=|56=TW|45=2|58=SendingTime accuracy problem|372=0|373=10|",
                   "35=5|34=3|49=ISLD|52=|56=TW|");
    }
    Acceptor s;
    s.in("35=0|34=2|49=TW|52=<TIME-119>|56=ISLD|");
    CHECK_SENT(s);
}

TEST(scenario_2o_only_the_first_is_rejected_and_the_rest_comes_again) {
    Acceptor s;
    s.in("35=D|34=2|49=TW|52=<TIME-500>|56=ISLD|11=ID|");
    CHECK_EQ(s.take().size(), 2U);
    // Until the Logout is answered: no Reject for each, and none is lost.
    s.in("35=D|34=3|49=TW|52=<TIME-500>|56=ISLD|11=ID|");
    CHECK_SENT(s);
    CHECK_EQ(s.state().next_in, 3U);
    s.in("35=D|34=3|43=Y|" + h2 + "122=<TIME+10>|11=ID|");
    CHECK_SENT(s);
    CHECK_EQ(s.state().next_in, 3U);
    // The Logout ends it even so.
    s.in("35=5|34=5|49=TW|52=<TIME-500>|56=ISLD|");
    CHECK(s.hung_up);
    s.connect();
    s.in("35=A|34=6|" + h2 + "98=0|108=30|");
    const auto sent = s.take();
    CHECK_EQ(sent.back(), "35=2|34=5|49=ISLD|52=|56=TW|7=3|16=0|");
    CHECK(s.delivered.empty());
}

TEST(scenario_7_reject_is_never_rejected) {
    struct Fixed : MessageValidator {
        [[nodiscard]] Verdict validate(const gw::fix::Message& message) const override {
            if (message.msg_type() == "3") return {Judgement::reject, RejectReason::invalid_tag_number, 9999};
            return {};
        }
    } validator;
    Driver s(config_of(Role::acceptor), {.validator = &validator});
    s.connect();
    s.in("35=A|34=1|49=TW|52=<TIME>|56=ISLD|98=0|108=30|");
    s.sent.clear();
    s.in("35=3|34=2|" + h2 + "45=1|9999=x|");
    CHECK_SENT(s);
    CHECK(s.noticed(NoticeKind::reject_received));
    CHECK_EQ(s.delivered.size(), 1U);
    // One with a wrong time ends the session, without an answer of its own.
    s.in("35=3|34=3|49=TW|52=<TIME-500>|56=ISLD|45=1|");
    CHECK_SENT(s, "35=5|34=2|49=ISLD|52=|56=TW|");
}

TEST(scenario_2r_unsupported_message_type_is_answered_by_the_version) {
    for (const auto& [version, answer] : std::vector<std::pair<std::string, std::string>>{
             {"FIX.4.0", "35=3|34=2|49=ISLD|52=|56=TW|45=2|58=Unsupported message type|"},
             {"FIX.4.2", "35=j|34=2|49=ISLD|52=|56=TW|45=2|58=Unsupported Message Type|372=8|380=3|"},
             {"FIXT.1.1", "35=j|34=2|49=ISLD|52=|56=TW|45=2|58=Unsupported Message Type|372=8|380=3|"}}) {
        Acceptor s(config_of(Role::acceptor, version));
        gw::fix::MessageBuffer<> message;
        const std::string text = gw::test::framed(version, "35=8|34=2|" + h2 + "37=id|", s.now_ns);
        REQUIRE(message.parse(text) == gw::fix::ParseError::none);
        s.session.decide_received(message, s.now_ns, s.step);
        CHECK_EQ(s.step.deliver, Deliver::application);
        s.session.reject_business(message, BusinessRejectReason::unsupported_message_type, {}, {}, s.now_ns,
                                  s.step);
        s.commit();
        CHECK_SENT(s, answer);
        CHECK_EQ(s.state().next_in, 3U);
    }
}

TEST(scenario_2t_first_three_fields_out_of_order_are_ignored) {
    Acceptor s;
    s.receive(gw::test::wire("35=0|8=FIX.4.4|9=29|34=2|49=TW|52=20261121-10:00:00|56=ISLD|10=121|"));
    s.receive(gw::test::framed("FIX.4.4", "34=2|35=0|49=TW|52=<TIME>|56=ISLD|", s.now_ns));
    s.in("35=1|34=2|" + h2 + "112=HELLO|");
    CHECK_SENT(s, "35=0|34=2|49=ISLD|52=|56=TW|112=HELLO|");
}

TEST(scenario_2_message_without_number_ends_the_session) {
    Acceptor s;
    s.in("35=0|" + h2);
    CHECK_SENT(s, "35=5|34=2|49=ISLD|52=|56=TW|58=Required tag missing: MsgSeqNum (34)|");
    CHECK(s.hung_up);
}

TEST(scenario_3b_wrong_check_sum_is_ignored) {
    Acceptor s;
    std::string bad = gw::test::framed("FIX.4.4", heartbeat(2), s.now_ns);
    bad.replace(bad.size() - 4, 3, "256");
    s.receive(bad);
    CHECK_EQ(s.state().next_in, 2U);
    s.in(heartbeat(2));
    CHECK_EQ(s.state().next_in, 3U);
    CHECK_SENT(s);
}

TEST(scenario_4a_heartbeat_is_sent_when_nothing_else_was) {
    Acceptor s(config_of(Role::acceptor), "6");
    s.pass(6 * second - 1);
    CHECK_SENT(s);
    s.pass(1);
    CHECK_SENT(s, "35=0|34=2|49=ISLD|52=|56=TW|");
}

TEST(scenario_4b_test_request_is_answered_with_its_id) {
    Acceptor s;
    s.in("35=1|34=2|" + h2 + "112=HELLO|");
    CHECK_SENT(s, "35=0|34=2|49=ISLD|52=|56=TW|112=HELLO|");
    s.in("35=1|34=3|" + h2);
    CHECK_SENT(s, "35=3|34=3|49=ISLD|52=|56=TW|45=3|58=Required tag missing|371=112|372=1|373=1|");
}

TEST(scenario_5_heartbeat_that_answers_measures_the_round_trip) {
    Acceptor s(config_of(Role::acceptor), "10");
    s.pass(12 * second);
    CHECK_SENT(s, "35=0|34=2|49=ISLD|52=|56=TW|", "35=1|34=3|49=ISLD|52=|56=TW|112=3|");
    s.now_ns += second / 2;
    s.in(heartbeat(2, "112=3|"));
    CHECK_EQ(s.state().liveness, Liveness::quiet);
    REQUIRE(s.noticed(NoticeKind::round_trip));
    CHECK_EQ(s.notices.back().a, static_cast<std::uint64_t>(second / 2));
}

TEST(scenario_6_silence_is_asked_about_and_then_ended) {
    Config config = config_of(Role::acceptor);
    config.test_req_id = "TEST";
    Acceptor s(std::move(config), "6");
    s.pass(6 * second);
    s.in(heartbeat(2));
    s.pass(6 * second);
    CHECK_SENT(s, "35=0|34=2|49=ISLD|52=|56=TW|", "35=0|34=3|49=ISLD|52=|56=TW|");
    s.pass(1'200'000'000);
    CHECK_SENT(s, "35=1|34=4|49=ISLD|52=|56=TW|112=TEST|");
    s.in(heartbeat(3, "112=TEST|"));
    s.pass(7'200'000'000);
    CHECK_SENT(s, "35=0|34=5|49=ISLD|52=|56=TW|", "35=1|34=6|49=ISLD|52=|56=TW|112=TEST|");
    CHECK(!s.hung_up);
    s.pass(7'200'000'000);
    CHECK_SENT(s);
    CHECK(s.hung_up);
    CHECK(s.noticed(NoticeKind::test_request_timeout));
}

TEST(scenario_6_no_interval_means_no_heartbeats) {
    Acceptor s(config_of(Role::acceptor), "0");
    CHECK_EQ(s.session.next_deadline_ns(), Session::never_ns);
    s.pass(3600 * second);
    CHECK_SENT(s);
    CHECK(!s.hung_up);
}

TEST(scenario_7_reject_is_taken_and_shown_to_the_order_layer) {
    Acceptor s;
    s.in("35=3|34=2|" + h2 + "45=1|373=5|");
    CHECK_EQ(s.state().next_in, 3U);
    CHECK(s.noticed(NoticeKind::reject_received));
    CHECK_EQ(s.delivered.size(), 1U);
    CHECK_SENT(s);
}

TEST(scenario_10_gap_fill_in_sequence_moves_the_number) {
    Acceptor s;
    s.in("35=4|34=2|" + h2 + "36=20|123=Y|");
    s.in("35=1|34=20|" + h2 + "112=HELLO|");
    CHECK_SENT(s, "35=0|34=2|49=ISLD|52=|56=TW|112=HELLO|");
}

TEST(scenario_10_gap_fill_ahead_is_kept_and_the_gap_requested) {
    Acceptor s;
    s.in("35=4|34=10|" + h2 + "36=20|123=Y|");
    s.in("35=1|34=20|" + h2 + "112=HELLO|");
    CHECK_SENT(s, "35=2|34=2|49=ISLD|52=|56=TW|7=2|16=0|");
    for (int seq = 2; seq < 10; ++seq) s.in(heartbeat(seq));
    CHECK_SENT(s, "35=0|34=3|49=ISLD|52=|56=TW|112=HELLO|");
    CHECK_EQ(s.state().next_in, 21U);
}

TEST(scenario_10_gap_fill_that_is_low_is_ignored_or_ends_the_session) {
    Acceptor s;
    s.in("35=4|34=1|43=Y|" + h2 + "122=<TIME-1>|36=20|123=Y|");
    CHECK_EQ(s.state().next_in, 2U);
    CHECK_SENT(s);
    s.in("35=4|34=1|" + h2 + "36=20|123=Y|");
    CHECK_SENT(s, "35=5|34=2|49=ISLD|52=|56=TW|58=MsgSeqNum too low, expecting 2 but received 1|");
    CHECK(s.hung_up);
}

TEST(scenario_10_gap_fill_that_does_not_move_is_rejected) {
    for (const char* new_seq_no : {"2", "1", "-5", "0", "99999999999999999999"}) {
        Acceptor s;
        s.in("35=4|34=2|" + h2 + "36=" + new_seq_no + "|123=Y|");
        const auto sent = s.take();
        REQUIRE(sent.size() == 1);
        CHECK(sent[0].starts_with("35=3|34=2|"));
        CHECK_EQ(s.state().next_in, 2U);
    }
}

TEST(scenario_11a_reset_to_a_higher_number_is_taken_whatever_its_own) {
    Acceptor s;
    s.in("35=4|34=0|" + h2 + "36=25|");
    s.in("35=1|34=25|" + h2 + "112=HELLO|");
    CHECK_SENT(s, "35=0|34=2|49=ISLD|52=|56=TW|112=HELLO|");
    s.in("35=4|34=700|" + h2 + "36=50|123=N|");
    CHECK_EQ(s.state().next_in, 50U);
    CHECK(s.noticed(NoticeKind::sequence_reset_in));
}

TEST(scenario_11b_reset_to_the_expected_number_changes_nothing) {
    Acceptor s;
    s.in("35=4|34=0|" + h2 + "36=2|");
    CHECK_SENT(s);
    CHECK_EQ(s.state().next_in, 2U);
}

TEST(scenario_11c_reset_to_a_lower_number_is_rejected) {
    Acceptor s;
    s.in("35=4|34=0|" + h2 + "36=1|");
    CHECK_SENT(
        s, "35=3|34=2|49=ISLD|52=|56=TW|45=0|58=Value is incorrect (out of range) for this tag|372=4|373=5|");
    CHECK_EQ(s.state().next_in, 2U);
}

TEST(scenario_11_reset_over_a_kept_order_still_delivers_it) {
    Acceptor s;
    s.in(order(5));
    s.in("35=4|34=0|" + h2 + "36=9|");
    CHECK_EQ(s.delivered_seqs, (std::vector<std::uint64_t>{5}));
    CHECK(s.noticed(NoticeKind::overtaken));
    CHECK_EQ(s.state().next_in, 9U);
    CHECK_EQ(s.state().inbound, Inbound::in_sync);
    CHECK_EQ(s.session.kept_count(), 0U);
}

TEST(scenario_12_logout_that_we_begin_waits_for_its_answer) {
    Acceptor s;
    s.session.decide_logout("end of day", s.now_ns, s.step);
    s.commit();
    CHECK_SENT(s, "35=5|34=2|49=ISLD|52=|56=TW|58=end of day|");
    CHECK(!s.hung_up);
    CHECK(!s.send("D", {{11, "x"}}));
    // A fill that is on its way still counts.
    s.in(order(2));
    CHECK_EQ(s.delivered.size(), 1U);
    s.in("35=5|34=3|" + h2);
    CHECK(s.hung_up);
    CHECK_SENT(s);
    CHECK_EQ(s.state().next_in, 4U);
}

TEST(scenario_13a_logout_without_answer_ends_after_its_timeout) {
    Acceptor s;
    s.session.decide_logout({}, s.now_ns, s.step);
    s.commit();
    s.pass(2 * second - 1);
    CHECK(!s.hung_up);
    s.pass(1);
    CHECK(s.hung_up);
}

TEST(scenario_13b_unsolicited_logout_is_answered_and_ended) {
    Acceptor s;
    s.in("35=5|34=2|" + h2);
    CHECK_SENT(s, "35=5|34=2|49=ISLD|52=|56=TW|");
    CHECK(s.hung_up);
    CHECK_EQ(s.state().next_in, 3U);
    CHECK_EQ(s.state().next_out, 3U);
    CHECK(s.noticed(NoticeKind::logged_out));
}

TEST(scenario_13b_logout_ahead_of_a_gap_is_answered_and_not_counted) {
    Acceptor s;
    s.in("35=5|34=11|" + h2);
    const auto sent = s.take();
    REQUIRE(!sent.empty());
    CHECK_EQ(sent.back(), "35=5|34=2|49=ISLD|52=|56=TW|");
    CHECK_EQ(sent.size(), 1U);
    CHECK(s.hung_up);
    CHECK_EQ(s.state().next_in, 2U);
}

TEST(scenario_14a_tag_that_is_none_is_rejected) {
    for (const auto& [field, shown] :
         std::vector<std::pair<std::string, std::string>>{{"0=HI", "0"}, {"-1=HI", "-1"}}) {
        Acceptor s;
        s.in(heartbeat(2, field + "|"));
        CHECK_SENT(s,
                   "35=3|34=2|49=ISLD|52=|56=TW|45=2|58=Invalid tag number|371=" + shown + "|372=0|373=0|");
        CHECK_EQ(s.state().next_in, 3U);
        Acceptor old(config_of(Role::acceptor, "FIX.4.1"));
        old.in(heartbeat(2, field + "|"));
        CHECK_SENT(old, "35=3|34=2|49=ISLD|52=|56=TW|45=2|58=Invalid tag number (" + shown + ")|");
    }
}

TEST(scenario_14b_header_field_missing_is_rejected) {
    Acceptor s;
    s.in("35=0|34=2|49=TW|52=<TIME>|");
    CHECK_SENT(s, "35=3|34=2|49=ISLD|52=|56=TW|45=2|58=Required tag missing|371=56|372=0|373=1|");
    s.in("35=0|34=3|49=TW|52=<TIME>|56=|");
    CHECK_SENT(s, "35=3|34=3|49=ISLD|52=|56=TW|45=3|58=Tag specified without a value|371=56|372=0|373=4|");
    CHECK_EQ(s.state().next_in, 4U);
}

TEST(scenario_14_verdict_of_the_dictionary_is_answered_with_the_route_reversed) {
    struct Fixed : MessageValidator {
        [[nodiscard]] Verdict validate(const gw::fix::Message& message) const override {
            if (message.msg_type() == "D") return {Judgement::reject, RejectReason::value_incorrect, 40};
            if (message.msg_type() == "d") return {Judgement::reject, RejectReason::tag_out_of_order, 34};
            return {};
        }
    } validator;
    const auto answer = [&](const std::string& version, const std::string& body) {
        Driver s(config_of(Role::acceptor, version), {.validator = &validator});
        s.connect();
        s.in("35=A|34=1|49=TW|52=<TIME>|56=ISLD|98=0|108=30|1137=9|");
        s.sent.clear();
        s.in(body);
        CHECK(s.delivered.empty());
        CHECK_EQ(s.state().next_in, 3U);
        const auto sent = s.take();
        return sent.size() == 1 ? sent[0] : "(not one message)";
    };
    CHECK_EQ(answer("FIX.4.4", order(2, "115=JCD|116=CS|144=CHI|")),
             "35=3|34=2|49=ISLD|52=|56=TW|128=JCD|129=CS|145=CHI|45=2|"
             "58=Value is incorrect (out of range) for this tag|371=40|372=D|373=5|");
    CHECK_EQ(answer("FIX.4.4", order(2, "128=JCD|129=CS|145=CHI|")),
             "35=3|34=2|49=ISLD|52=|56=TW|115=JCD|116=CS|144=CHI|45=2|"
             "58=Value is incorrect (out of range) for this tag|371=40|372=D|373=5|");
    CHECK_EQ(
        answer("FIX.4.0", order(2, "128=JCD|129=|145=CHI|")),
        "35=3|34=2|49=ISLD|52=|56=TW|115=JCD|45=2|58=Value is incorrect (out of range) for this tag (40)|");
    // FIX 4.2 has no number for a reason this new.
    CHECK_EQ(answer("FIX.4.2", "35=d|55=X|34=2|" + h2),
             "35=3|34=2|49=ISLD|52=|56=TW|45=2|58=Tag specified out of required order|371=34|372=d|");
}

TEST(scenario_2r_dictionary_that_does_not_support_a_type_is_answered_by_the_version) {
    struct Unsupported : MessageValidator {
        [[nodiscard]] Verdict validate(const gw::fix::Message& message) const override {
            if (message.msg_type() != "8") return {};
            return {Judgement::unsupported, RejectReason::other, 0, "Unsupported Message Type"};
        }
    } validator;
    for (const auto& [version, answer] : std::vector<std::pair<std::string, std::string>>{
             {"FIX.4.1", "3|34=2|49=ISLD|52=|56=TW|45=2|58=Unsupported message type|"},
             {"FIX.4.3", "j|34=2|49=ISLD|52=|56=TW|45=2|58=Unsupported Message Type|372=8|380=3|"}}) {
        Driver s(config_of(Role::acceptor, version), {.validator = &validator});
        s.connect();
        s.in("35=A|34=1|49=TW|52=<TIME>|56=ISLD|98=0|108=30|");
        s.sent.clear();
        s.in("35=8|34=2|" + h2 + "37=id|");
        CHECK_SENT(s, "35=" + answer);
        CHECK(s.delivered.empty());
        CHECK_EQ(s.state().next_in, 3U);
    }
}

TEST(scenario_4b_empty_id_of_a_test_request_is_sent_back_empty) {
    Acceptor s;
    s.in("35=1|34=2|" + h2 + "112=|");
    CHECK_SENT(s, "35=0|34=2|49=ISLD|52=|56=TW|112=|");
}

TEST(scenario_19_poss_resend_is_delivered_and_marked) {
    Acceptor s;
    s.in(order(2, "97=Y|"));
    CHECK_EQ(s.delivered.size(), 1U);
    CHECK(s.step.poss_resend);
}

TEST(scenario_20_simultaneous_resend_requests_are_both_served) {
    Acceptor s;
    for (int i = 0; i < 2; ++i) s.send("D", {{11, "ID"}, {55, "INTC"}});
    s.in(heartbeat(2));
    s.sent.clear();
    s.in(heartbeat(7));
    CHECK_SENT(s, "35=2|34=4|49=ISLD|52=|56=TW|7=3|16=0|");
    s.in("35=2|34=8|" + h2 + "7=2|16=3|");
    CHECK_SENT(s, "35=D|34=2|43=Y|49=ISLD|52=|56=TW|122=|11=ID|55=INTC|",
               "35=D|34=3|43=Y|49=ISLD|52=|56=TW|122=|11=ID|55=INTC|");
    for (int seq = 3; seq < 7; ++seq) s.in(heartbeat(seq, "43=Y|122=<TIME>|"));
    CHECK_EQ(s.state().next_in, 9U);
    CHECK_SENT(s);
}

TEST(session_reset_inside_the_session_is_answered_and_starts_anew) {
    Acceptor s;
    for (int seq = 2; seq < 5; ++seq) s.in(heartbeat(seq));
    s.send("D", {{11, "x"}});
    s.sent.clear();
    s.in("35=A|34=1|" + h2 + "98=0|108=30|141=Y|");
    CHECK_SENT(s, "35=A|34=1|49=ISLD|52=|56=TW|98=0|108=30|141=Y|");
    CHECK_EQ(s.state().next_in, 2U);
    CHECK_EQ(s.state().next_out, 2U);
}

TEST(session_reset_that_is_not_accepted_ends_the_session) {
    Config config = config_of(Role::acceptor);
    config.reset.accept_from_peer = false;
    Acceptor s(std::move(config));
    s.in(heartbeat(2));
    s.in("35=A|34=1|" + h2 + "98=0|108=30|141=Y|");
    CHECK_SENT(s, "35=5|34=2|49=ISLD|52=|56=TW|58=ResetSeqNumFlag(141) is not accepted|");
    CHECK_EQ(s.state().next_in, 3U);
}

TEST(session_numbers_are_never_reset_by_default) {
    Acceptor s;
    s.in(heartbeat(2));
    s.disconnect();
    CHECK_EQ(s.state().next_in, 3U);
    CHECK_EQ(s.state().next_out, 2U);
    s.connect();
    s.in("35=A|34=3|" + h2 + "98=0|108=30|");
    CHECK_SENT(s, "35=A|34=2|49=ISLD|52=|56=TW|98=0|108=30|");
    s.in("35=5|34=4|" + h2);
    CHECK_EQ(s.state().next_in, 5U);
}

TEST(session_reset_policies_start_anew_where_they_say) {
    Config config = config_of(Role::acceptor);
    config.reset.on_logon = true;
    Driver a(config);
    a.session.recover(7, 9);
    a.connect();
    a.in("35=A|34=1|" + h2 + "98=0|108=30|");
    CHECK_SENT(a, "35=A|34=1|49=ISLD|52=|56=TW|98=0|108=30|");

    config.reset = {};
    config.reset.on_logout = true;
    Acceptor b(config);
    b.in("35=5|34=2|" + h2);
    CHECK_EQ(b.state().next_in, 1U);
    CHECK_EQ(b.state().next_out, 1U);

    config.reset = {};
    config.reset.on_disconnect = true;
    Acceptor c(config);
    c.disconnect();
    CHECK_EQ(c.state().next_in, 1U);
    CHECK_EQ(c.state().next_out, 1U);
}

TEST(kept_store_that_is_full_drops_and_is_resent) {
    Config config = config_of(Role::acceptor);
    config.kept_messages_max = 2;
    Acceptor s(std::move(config));
    for (const int seq : {4, 5, 6}) s.in(order(seq));
    CHECK_EQ(s.session.kept_count(), 2U);
    CHECK(s.noticed(NoticeKind::kept_overflow));
    for (int seq = 2; seq < 7; ++seq) s.in(order(seq, "43=Y|122=<TIME>|"));
    CHECK_EQ(s.delivered_seqs, (std::vector<std::uint64_t>{2, 3, 4, 5, 6}));
}

TEST(kept_store_that_is_full_still_remembers_what_was_acted_upon) {
    Config config = config_of(Role::acceptor);
    config.kept_messages_max = 1;
    Acceptor s(std::move(config));
    s.in(order(4));
    s.in("35=2|34=5|" + h2 + "7=1|16=0|");
    s.in("35=2|34=6|" + h2 + "7=1|16=0|");
    CHECK(!s.noticed(NoticeKind::kept_overflow));
    for (const int seq : {2, 3}) s.in(order(seq, "43=Y|122=<TIME>|"));
    CHECK_EQ(s.state().next_in, 7U);
    CHECK_EQ(s.state().inbound, Inbound::in_sync);
}

TEST(gap_without_progress_is_asked_for_again) {
    Acceptor s(config_of(Role::acceptor), "0");
    s.in(heartbeat(5));
    s.sent.clear();
    s.pass(60 * second);
    CHECK_SENT(s, "35=2|34=3|49=ISLD|52=|56=TW|7=2|16=0|");
    CHECK(s.noticed(NoticeKind::gap_stalled));
}

TEST_MAIN
