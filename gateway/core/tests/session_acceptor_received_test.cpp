// Session test cases 2 and 3, the accepting side: what every message must pass.
#include "session_acceptor.hpp"

using namespace gw::session;
using namespace gw::test;

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
    CHECK_EQ(s.state().next_in, 2U);
    s.in("35=D|34=3|43=Y|" + h2 + "122=<TIME+10>|11=ID|");
    CHECK_SENT(s);
    CHECK_EQ(s.state().next_in, 2U);
    // The Logout ends it even so.
    s.in("35=5|34=5|49=TW|52=<TIME-500>|56=ISLD|");
    CHECK(s.hung_up);
    s.connect();
    s.in("35=A|34=6|" + h2 + "98=0|108=30|");
    const auto sent = s.take();
    CHECK_EQ(sent.back(), "35=2|34=5|49=ISLD|52=|56=TW|7=2|16=0|");
    CHECK(s.delivered.empty());
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

TEST_MAIN
