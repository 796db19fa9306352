// Messages that are refused for their time or their CompIDs: what they say must come again.
#include "session_both_roles.hpp"

using namespace gw::session;
using namespace gw::test;

namespace {

// The connection ends and the counterparty logs on again with this number.
void log_on_again(LoggedOn& s, int seq) {
    s.disconnect();
    s.connect();
    s.in("35=A|34=" + std::to_string(seq) + "|" + s.p + "98=0|108=30|");
    s.sent.erase(s.sent.begin());  // our Logon
}

}  // namespace

TEST(refused_order_keeps_its_number_and_comes_again_once) {
    for (const std::string wrong : {"<TIME-300>", "<TIME+300>"})
        in_both_roles([&](const Config& config) {
            LoggedOn s(config);
            s.in("35=D|34=2|49=" + config.target_comp_id + "|52=" + wrong + "|56=" + config.sender_comp_id +
                 "|11=ID|");
            CHECK_SENT(s, s.ours("3", 2, "45=2|58=SendingTime accuracy problem|372=D|373=10|"),
                       s.ours("5", 3));
            CHECK_EQ(s.state().next_in, 2U);
            s.receive_message("5", 3);
            CHECK(s.hung_up);
            CHECK_EQ(s.state().next_in, 2U);

            log_on_again(s, 4);
            CHECK_SENT(s, s.ours("2", 5, "7=2|16=0|"));
            s.receive_order(2, "43=Y|", "122=<TIME-300>|");
            s.in("35=4|34=3|43=Y|" + s.p + "122=<TIME>|123=Y|36=5|");
            CHECK_EQ(s.delivered_seqs, (std::vector<std::uint64_t>{2}));
            CHECK_EQ(s.state().next_in, 5U);
            CHECK(s.state().inbound == Inbound::in_sync);
        });
}

TEST(refused_order_behind_a_gap_leaves_the_gap_as_it_is) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        s.in("35=D|34=3|49=" + config.target_comp_id + "|52=<TIME-300>|56=" + config.sender_comp_id +
             "|11=ID|");
        CHECK_EQ(s.take().size(), 2U);
        CHECK_EQ(s.state().next_in, 2U);
        CHECK_EQ(s.session.kept_count(), 0U);
    });
}

TEST(refused_comp_ids_of_an_order_keep_its_number) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        s.in("35=D|34=2|49=WRONG|52=<TIME>|56=" + config.sender_comp_id + "|11=ID|");
        CHECK_EQ(s.take().size(), 2U);
        CHECK_EQ(s.state().next_in, 2U);
        s.disconnect();
        s.connect();
        s.in("35=A|34=3|" + s.p + "98=0|108=30|");
        s.receive_order(2, "43=Y|", "122=<TIME>|");
        CHECK_EQ(s.delivered_seqs, (std::vector<std::uint64_t>{2}));
    });
}

TEST(refused_orig_sending_time_of_an_order_in_sequence_keeps_its_number) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        s.receive_order(2, "43=Y|", "122=<TIME+10>|");
        CHECK_EQ(s.state().next_in, 2U);
    });
}

TEST(refused_heartbeat_takes_its_number) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        s.in("35=0|34=2|49=" + config.target_comp_id + "|52=<TIME-300>|56=" + config.sender_comp_id + "|");
        CHECK_EQ(s.state().next_in, 3U);
    });
}

TEST(refused_reject_keeps_its_number_and_is_not_answered) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        s.in("35=3|34=2|49=" + config.target_comp_id + "|52=<TIME-300>|56=" + config.sender_comp_id +
             "|45=1|");
        CHECK_SENT(s, s.ours("5", 2));
        CHECK_EQ(s.state().next_in, 2U);
    });
}

TEST(refused_message_is_not_asked_for_after_the_logout) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        s.in("35=D|34=2|49=" + config.target_comp_id + "|52=<TIME-300>|56=" + config.sender_comp_id +
             "|11=ID|");
        s.take();
        s.receive_order(3);
        s.receive_message("2", 4, "7=1|16=1|");  // is answered even so
        for (const std::string& message : s.take()) CHECK(!message.starts_with("35=2|"));
        CHECK_EQ(s.state().next_in, 2U);
        CHECK(s.delivered.empty());
    });
}

TEST(resend_that_was_asked_for_is_taken_with_the_time_of_its_first_sending) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        s.receive_order(4);
        const std::string old = "49=" + config.target_comp_id + "|52=<TIME-300>|56=" + config.sender_comp_id;
        s.in("35=D|34=2|43=Y|" + old + "|122=<TIME-300>|11=ID|");
        CHECK_EQ(s.delivered_seqs, (std::vector<std::uint64_t>{2}));
        // Not what nobody asked for.
        s.receive_order(3, "43=Y|", "122=<TIME-1>|");
        s.in("35=D|34=5|43=Y|" + old + "|122=<TIME-300>|11=ID|");
        CHECK_EQ(s.delivered_seqs, (std::vector<std::uint64_t>{2, 3, 4}));
        CHECK_EQ(s.state().next_in, 5U);
    });
}

TEST(scenario_2g_poss_dup_in_sequence_without_orig_sending_time_is_rejected_in_both_roles) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        s.receive_order(2, "43=Y|");
        CHECK_SENT(s, s.ours("3", 2, "45=2|58=Required tag missing|371=122|372=D|373=1|"));
        CHECK(s.delivered.empty());
        CHECK_EQ(s.state().next_in, 3U);
        // A gap fill was never sent before.
        s.in("35=4|34=3|43=Y|" + s.p + "123=Y|36=7|");
        CHECK_SENT(s);
        CHECK_EQ(s.state().next_in, 7U);
    });
}

TEST(scenario_2g_poss_dup_in_sequence_is_taken_where_the_time_is_not_required) {
    in_both_roles([](Config config) {
        config.require_orig_sending_time = false;
        LoggedOn s(config);
        s.receive_order(2, "43=Y|");
        CHECK_SENT(s);
        CHECK_EQ(s.delivered.size(), 1U);
    });
}

TEST(scenario_4b_test_request_with_an_empty_id_is_rejected_in_both_roles) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        s.receive_message("1", 2, "112=|");
        CHECK_SENT(s, s.ours("3", 2, "45=2|58=Tag specified without a value|371=112|372=1|373=4|"));
        CHECK_EQ(s.state().next_in, 3U);
    });
    in_both_roles([](Config config) {
        config.answer_empty_test_req_id = true;
        LoggedOn s(config);
        s.receive_message("1", 2, "112=|");
        CHECK_SENT(s, s.ours("0", 2, "112=|"));
    });
}

TEST_MAIN
