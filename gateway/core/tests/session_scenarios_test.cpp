// Session test cases 4 to 20 one by one, in both roles.
#include "engine/dictionary_validator.hpp"
#include "session_both_roles.hpp"
#include "tests/dictionaries.hpp"

using namespace gw::session;
using namespace gw::test;

TEST(scenario_4a_heartbeat_after_an_interval_without_sending_in_both_roles) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        s.pass(30 * second);
        CHECK_SENT(s, s.ours("0", 2));
    });
}

TEST(scenario_4b_test_request_is_answered_with_its_id_in_both_roles) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        s.receive_message("1", 2, "112=id|");
        CHECK_SENT(s, s.ours("0", 2, "112=id|"));
    });
}

TEST(scenario_5_heartbeat_is_taken_and_keeps_the_session_up_in_both_roles) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        for (int seq = 2; seq < 12; ++seq) {
            s.pass(30 * second);
            s.receive_message("0", seq);
        }
        CHECK(!s.noticed(NoticeKind::test_request_sent));
        CHECK(!s.hung_up);
    });
}

TEST(scenario_6_silence_is_asked_about_and_ends_the_session_in_both_roles) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        s.pass(36 * second);
        const auto sent = s.take();
        REQUIRE(!sent.empty());
        CHECK(sent.back().starts_with("35=1|"));
        s.pass(36 * second);
        CHECK(s.hung_up);
    });
}

TEST(scenario_7_reject_is_taken_and_not_answered_in_both_roles) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        s.receive_message("3", 2, "45=1|371=11|372=D|373=5|58=no|");
        CHECK_SENT(s);
        CHECK_EQ(s.state().next_in, 3U);
        CHECK(s.noticed(NoticeKind::reject_received));
    });
}

TEST(scenario_8_resend_request_is_answered_in_both_roles) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        s.receive_message("1", 2, "112=x|");
        s.send("D", {{11, "a"}});
        s.sent.clear();
        s.receive_message("2", 3, "7=1|16=0|");
        const auto sent = s.take();
        REQUIRE(sent.size() == 2);
        CHECK(sent[0].starts_with("35=4|34=1|43=Y|"));
        CHECK(sent[0].ends_with("36=3|123=Y|"));
        CHECK(sent[1].starts_with("35=D|34=3|43=Y|"));
        CHECK(sent[1].ends_with("122=|11=a|"));
    });
}

TEST(scenario_9_numbers_that_were_lost_are_agreed_on_by_a_sequence_reset_in_both_roles) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        s.session.decide_set_sequences(std::nullopt, 100, s.now_ns, s.step);
        s.commit();
        CHECK_SENT(s, s.ours("4", 2, "36=100|123=N|"));
        s.receive_message("4", 2, "36=200|123=N|");
        CHECK_EQ(s.state().next_in, 200U);
        s.receive_message("1", 200, "112=x|");
        CHECK_SENT(s, s.ours("0", 100, "112=x|"));
    });
}

TEST(scenario_10a_gap_fill_in_sequence_moves_the_number_in_both_roles) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        s.receive_message("4", 2, "36=20|123=Y|");
        CHECK_EQ(s.state().next_in, 20U);
        CHECK_SENT(s);
    });
}

TEST(scenario_10b_gap_fill_ahead_asks_for_what_is_missing_in_both_roles) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        s.receive_message("4", 5, "36=20|123=Y|");
        CHECK_SENT(s, s.ours("2", 2, "7=2|16=0|"));
        CHECK_EQ(s.state().next_in, 2U);
    });
}

TEST(scenario_10c_gap_fill_seen_before_with_poss_dup_is_ignored_in_both_roles) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        s.receive_message("4", 1, "122=<TIME-1>|36=20|123=Y|", "43=Y|");
        CHECK_EQ(s.state().next_in, 2U);
        CHECK_SENT(s);
    });
}

TEST(scenario_10d_gap_fill_too_low_without_poss_dup_ends_the_session_in_both_roles) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        s.receive_message("4", 1, "36=20|123=Y|");
        CHECK_SENT(s, s.ours("5", 2, "58=MsgSeqNum too low, expecting 2 but received 1|"));
        CHECK(s.hung_up);
    });
}

TEST(scenario_10e_gap_fill_that_does_not_move_is_rejected_in_both_roles) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        s.receive_message("4", 2, "36=2|123=Y|");
        CHECK_SENT(s, s.ours("3", 2, "45=2|58=Value is incorrect (out of range) for this tag|372=4|373=5|"));
        CHECK_EQ(s.state().next_in, 2U);
    });
}

TEST(scenario_11a_reset_to_a_higher_number_is_taken_in_both_roles) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        s.receive_message("4", 9, "36=50|123=N|");
        CHECK_EQ(s.state().next_in, 50U);
        CHECK_SENT(s);
    });
}

TEST(scenario_11b_reset_to_the_expected_number_changes_nothing_in_both_roles) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        s.receive_message("4", 9, "36=2|123=N|");
        CHECK_EQ(s.state().next_in, 2U);
        CHECK_SENT(s);
    });
}

TEST(scenario_11c_reset_to_a_lower_number_is_rejected_in_both_roles) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        s.receive_message("4", 9, "36=1|123=N|");
        CHECK_SENT(s, s.ours("3", 2, "45=9|58=Value is incorrect (out of range) for this tag|372=4|373=5|"));
        CHECK_EQ(s.state().next_in, 2U);
    });
}

TEST(scenario_12_logout_that_we_begin_ends_with_its_answer_in_both_roles) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        s.session.decide_logout("bye", s.now_ns, s.step);
        s.commit();
        CHECK_SENT(s, s.ours("5", 2, "58=bye|"));
        CHECK(!s.hung_up);
        s.receive_message("5", 2);
        CHECK(s.hung_up);
        CHECK_SENT(s);
    });
}

TEST(scenario_13a_logout_that_is_not_answered_ends_after_its_timeout_in_both_roles) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        s.session.decide_logout({}, s.now_ns, s.step);
        s.commit();
        s.pass(config.logout_timeout_ms * 1'000'000);
        CHECK(s.hung_up);
    });
}

TEST(scenario_13b_logout_of_the_counterparty_is_answered_in_both_roles) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        s.receive_message("5", 2);
        CHECK_SENT(s, s.ours("5", 2));
        CHECK(s.hung_up);
        CHECK_EQ(s.state().next_in, 3U);
    });
}

namespace {

struct Fault {
    const char* body;    // of an order
    const char* answer;  // what the Reject says behind RefSeqNum(45)
};

// One order with a fault: rejected, counted, not delivered; the next order is taken.
void check_rejected(const Fault& fault) {
    std::string error;
    auto loaded = gw::fix::Dictionary::load(dictionary_blob("FIX44"), error);
    REQUIRE(loaded);
    const gw::engine::DictionaryValidator validator(std::move(*loaded), std::nullopt, {});
    in_both_roles([&](const Config& config) {
        LoggedOn s(config, {.validator = &validator});
        s.receive_message("D", 2, fault.body);
        CHECK_SENT(s, s.ours("3", 2, std::string("45=2|") + fault.answer));
        CHECK_EQ(s.state().next_in, 3U);
        CHECK(s.delivered.empty());
        s.receive_order(3);
        CHECK_EQ(s.delivered.size(), 1U);
        CHECK_SENT(s);
    });
}

}  // namespace

TEST(scenario_14a_tag_that_is_not_defined_is_rejected) {
    check_rejected({"11=ID|40=1|54=1|55=X|60=<TIME>|999=x|", "58=Invalid tag number|371=999|372=D|373=0|"});
}

TEST(scenario_14b_required_tag_missing_is_rejected) {
    check_rejected({"11=ID|40=1|55=X|60=<TIME>|", "58=Required tag missing|371=54|372=D|373=1|"});
}

TEST(scenario_14c_tag_of_another_message_is_rejected) {
    check_rejected({"11=ID|40=1|54=1|55=X|60=<TIME>|112=x|",
                    "58=Tag not defined for this message type|371=112|372=D|373=2|"});
}

TEST(scenario_14d_tag_without_value_is_rejected) {
    check_rejected(
        {"11=ID|40=1|54=1|55=|60=<TIME>|", "58=Tag specified without a value|371=55|372=D|373=4|"});
}

TEST(scenario_14e_value_that_is_not_listed_is_rejected) {
    check_rejected({"11=ID|40=1|54=w|55=X|60=<TIME>|",
                    "58=Value is incorrect (out of range) for this tag|371=54|372=D|373=5|"});
}

TEST(scenario_14f_value_in_a_wrong_format_is_rejected) {
    check_rejected(
        {"11=ID|38=+1|40=1|54=1|55=X|60=<TIME>|", "58=Incorrect data format for value|371=38|372=D|373=6|"});
}

TEST(scenario_14g_header_behind_the_body_is_rejected) {
    check_rejected({"11=ID|40=1|54=1|55=X|60=<TIME>|50=X|",
                    "58=Tag specified out of required order|371=50|372=D|373=14|"});
}

TEST(scenario_14h_tag_that_comes_twice_is_rejected) {
    check_rejected(
        {"11=ID|40=1|54=1|54=2|55=X|60=<TIME>|", "58=Tag appears more than once|371=54|372=D|373=13|"});
}

TEST(scenario_14i_group_with_a_wrong_count_is_rejected) {
    check_rejected({"11=ID|40=1|54=1|55=X|60=<TIME>|386=3|336=A|336=B|",
                    "58=Incorrect NumInGroup count for repeating group|371=386|372=D|373=16|"});
}

TEST(scenario_14j_group_whose_first_field_is_not_its_first_is_rejected) {
    check_rejected({"11=ID|40=1|54=1|55=X|60=<TIME>|78=1|80=5|79=A|",
                    "58=Repeating group fields out of order|371=80|372=D|373=15|"});
}

TEST(scenario_14k_data_with_a_field_delimiter_inside_is_taken_in_both_roles) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        s.receive_message("D", 2, "11=ID|95=5|96=a|10=|58=x|");
        CHECK_EQ(s.delivered.size(), 1U);
        CHECK_SENT(s);
    });
}

TEST(scenario_14l_application_that_is_not_available_is_said_so_in_both_roles) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        gw::fix::MessageBuffer<> message;
        const std::string text = framed(config.begin_string, "35=D|34=2|" + s.p + "11=ID|", s.now_ns);
        REQUIRE(message.parse(text) == gw::fix::ParseError::none);
        s.session.decide_received(message, s.now_ns, s.step);
        s.session.reject_business(message, BusinessRejectReason::application_not_available, "ID", {},
                                  s.now_ns, s.step);
        s.commit();
        CHECK_SENT(s, s.ours("j", 2, "45=2|58=Application not available|372=D|379=ID|380=4|"));
    });
}

TEST(scenario_14m_conditionally_required_field_missing_is_said_so_in_both_roles) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        gw::fix::MessageBuffer<> message;
        const std::string text = framed(config.begin_string, "35=D|34=2|" + s.p + "11=ID|40=2|", s.now_ns);
        REQUIRE(message.parse(text) == gw::fix::ParseError::none);
        s.session.decide_received(message, s.now_ns, s.step);
        s.session.reject_business(message, BusinessRejectReason::conditionally_required_field_missing, "ID",
                                  "Price (44) is missing", s.now_ns, s.step);
        s.commit();
        CHECK_SENT(s, s.ours("j", 2, "45=2|58=Price (44) is missing|372=D|379=ID|380=5|"));
        CHECK_EQ(s.state().next_in, 3U);
    });
}

TEST(scenario_14n_encryption_is_refused_at_logon_in_both_roles) {
    in_both_roles([](const Config& config) {
        Driver s(config);
        s.connect();
        s.in("35=A|34=1|49=" + config.target_comp_id + "|52=<TIME>|56=" + config.sender_comp_id +
             "|98=2|108=30|");
        CHECK(s.hung_up);
        CHECK_EQ(s.state().link, Link::disconnected);
    });
}

TEST(scenario_15_fields_in_another_order_are_taken_in_both_roles) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        s.in("35=D|56=" + config.sender_comp_id + "|34=2|52=<TIME>|49=" + config.target_comp_id +
             "|60=<TIME>|55=INTC|11=ID|54=1|40=1|");
        s.receive_order(3);
        CHECK_EQ(s.delivered_seqs, (std::vector<std::uint64_t>{2, 3}));
        CHECK_SENT(s);
    });
}

TEST(scenario_16_nothing_is_sent_while_disconnected_and_what_was_lost_is_resent_in_both_roles) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        CHECK(s.send("D", {{11, "lost"}}));
        s.disconnect();
        s.sent.clear();
        const std::uint64_t before = s.state().next_out;
        CHECK(!s.send("D", {{11, "refused"}}));
        CHECK_EQ(s.state().next_out, before);
        s.connect();
        s.receive_message("A", 2, "98=0|108=30|");
        s.sent.clear();
        s.receive_message("2", 3, "7=2|16=0|");
        const auto sent = s.take();
        REQUIRE(!sent.empty());
        CHECK(sent[0].starts_with("35=D|34=2|43=Y|"));
        CHECK(sent[0].ends_with("11=lost|"));
    });
}

TEST(scenario_18_third_party_addresses_go_out_and_come_back_reversed_in_both_roles) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        const HeaderField header[] = {{115, "CLIENT"}, {116, "DESK"}, {128, "VENUE"}};
        CHECK(s.send("D", {{11, "a"}}, header));
        CHECK_SENT(s, "35=D|34=2|" + s.u + "115=CLIENT|116=DESK|128=VENUE|11=a|");
        s.receive_message("1", 2, "", "115=FIRM|128=CLIENT|");  // without TestReqID(112)
        CHECK_SENT(
            s, "35=3|34=3|" + s.u + "115=CLIENT|128=FIRM|45=2|58=Required tag missing|371=112|372=1|373=1|");
        s.receive_order(3, "115=FIRM|");
        CHECK(s.delivered.back().find("|115=FIRM|") != std::string::npos);
    });
}

TEST(scenario_19_poss_resend_is_delivered_and_marked_in_both_roles) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        s.receive_order(2, "97=Y|");
        CHECK(s.step.poss_resend);
        CHECK_EQ(s.delivered.size(), 1U);
    });
}

TEST(scenario_20_both_sides_ask_and_both_are_answered_in_both_roles) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        s.send("D", {{11, "a"}});
        s.receive_order(5);
        s.sent.clear();
        s.receive_message("2", 6, "7=2|16=2|");
        const auto sent = s.take();
        REQUIRE(sent.size() == 1);
        CHECK(sent[0].starts_with("35=D|34=2|43=Y|"));
        for (int seq = 2; seq < 5; ++seq) s.receive_order(seq, "43=Y|", "122=<TIME>|");
        CHECK_EQ(s.state().next_in, 7U);
        CHECK_EQ(s.delivered_seqs, (std::vector<std::uint64_t>{2, 3, 4, 5}));
    });
}

TEST_MAIN
