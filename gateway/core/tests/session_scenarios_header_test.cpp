// Session test cases 2 and 3 one by one, in both roles: what every message must pass.
#include "engine/dictionary_validator.hpp"
#include "session_both_roles.hpp"
#include "tests/dictionaries.hpp"

using namespace gw::session;
using namespace gw::test;

TEST(scenario_2a_number_as_expected_is_taken_in_both_roles) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        s.receive_order(2);
        s.receive_message("0", 3);
        CHECK_EQ(s.state().next_in, 4U);
        CHECK_EQ(s.delivered.size(), 1U);
        CHECK_SENT(s);
    });
}

TEST(scenario_2b_number_too_high_asks_for_the_gap_in_both_roles) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        s.receive_order(4);
        CHECK_SENT(s, s.ours("2", 2, "7=2|16=0|"));
        CHECK(s.delivered.empty());
        s.receive_order(2, "43=Y|", "122=<TIME>|");
        s.receive_order(3, "43=Y|", "122=<TIME>|");
        CHECK_EQ(s.delivered_seqs, (std::vector<std::uint64_t>{2, 3, 4}));
    });
}

TEST(scenario_2c_number_too_low_ends_the_session_in_both_roles) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        s.receive_order(2);
        s.receive_order(2);
        CHECK_SENT(s, s.ours("5", 2, "58=MsgSeqNum too low, expecting 3 but received 2|"));
        CHECK(s.hung_up);
        CHECK_EQ(s.delivered.size(), 1U);
    });
}

TEST(scenario_2d_garbled_is_ignored_and_its_gap_asked_for_in_both_roles) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        std::string bad = framed(config.begin_string, "35=0|34=2|" + s.p, s.now_ns);
        bad[bad.size() - 3] = bad[bad.size() - 3] == '0' ? '1' : '0';
        s.receive(bad);
        CHECK_EQ(s.state().next_in, 2U);
        s.receive_message("0", 3);
        CHECK_SENT(s, s.ours("2", 2, "7=2|16=0|"));
    });
}

TEST(scenario_2e_poss_dup_seen_before_is_ignored_in_both_roles) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        s.receive_order(2);
        s.receive_order(2, "43=Y|", "122=<TIME-1>|");
        CHECK_EQ(s.delivered.size(), 1U);
        CHECK_SENT(s);
    });
}

TEST(scenario_2f_orig_sending_time_later_is_rejected_in_both_roles) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        s.receive_order(2, "43=Y|", "122=<TIME+10>|");
        CHECK_SENT(s, s.ours("3", 2, "45=2|58=SendingTime accuracy problem|372=D|373=10|"), s.ours("5", 3));
        CHECK(s.delivered.empty());
    });
}

TEST(scenario_2g_poss_dup_without_orig_sending_time_is_rejected_in_both_roles) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        s.receive_order(2);
        s.receive_order(2, "43=Y|");
        CHECK_SENT(s, s.ours("3", 2, "45=2|58=Required tag missing|371=122|372=D|373=1|"));
        CHECK(!s.hung_up);
    });
}

TEST(scenario_2h_begin_string_as_expected_is_taken_in_every_version) {
    for (const char* version : {"FIX.4.0", "FIX.4.1", "FIX.4.2", "FIX.4.3", "FIX.4.4", "FIXT.1.1"})
        in_both_roles(
            [](const Config& config) {
                LoggedOn s(config);
                s.receive_message("1", 2, "112=x|");
                CHECK_SENT(s, s.ours("0", 2, "112=x|"));
            },
            version);
}

TEST(scenario_2i_begin_string_of_another_version_ends_the_session_in_both_roles) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        s.receive(framed("FIX.4.2", "35=0|34=2|" + s.p, s.now_ns));
        CHECK_SENT(s, s.ours("5", 2, "58=Incorrect BeginString|"));
        CHECK_EQ(s.state().next_in, 2U);
    });
}

TEST(scenario_2j_comp_ids_as_expected_are_taken_in_both_roles) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        s.receive_order(2, "", "");
        CHECK_EQ(s.delivered.size(), 1U);
        CHECK(s.delivered[0].find("|49=" + config.target_comp_id + "|") != std::string::npos);
    });
}

TEST(scenario_2k_other_comp_ids_are_rejected_in_both_roles) {
    in_both_roles([](const Config& config) {
        for (const auto& [sender, target] : {std::pair{std::string("XX"), config.sender_comp_id},
                                             {config.target_comp_id, std::string("XX")}}) {
            LoggedOn s(config);
            s.in("35=0|34=2|49=" + sender + "|52=<TIME>|56=" + target + "|");
            CHECK_SENT(s, s.ours("3", 2, "45=2|58=CompID problem|372=0|373=9|"), s.ours("5", 3));
            CHECK_EQ(s.state().next_in, 3U);
        }
    });
}

TEST(scenario_2l_body_length_as_counted_is_taken_at_every_size) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        int seq = 2;
        for (const std::size_t size : {0U, 1U, 9U, 10U, 99U, 100U, 999U, 1000U, 9999U, 10000U})
            s.receive_order(seq++, "", "58=" + std::string(size + 1, 'x') + "|");
        CHECK_EQ(s.delivered.size(), 10U);
        CHECK_SENT(s);
    });
}

TEST(scenario_2m_body_length_too_short_is_ignored_in_both_roles) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        s.receive(wire("8=" + config.begin_string + "|9=5|35=0|34=2|49=x|52=y|56=z|10=000|"));
        CHECK_EQ(s.state().next_in, 2U);
        s.receive_message("0", 2);
        CHECK_EQ(s.state().next_in, 3U);
        CHECK_SENT(s);
    });
}

TEST(scenario_2n_sending_time_within_two_minutes_is_taken_in_both_roles) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        int seq = 2;
        for (const char* time : {"<TIME-120>", "<TIME-1>", "<TIME+1>", "<TIME+120>"})
            s.in("35=0|34=" + std::to_string(seq++) + "|49=" + config.target_comp_id + "|52=" + time +
                 "|56=" + config.sender_comp_id + "|");
        CHECK_EQ(s.state().next_in, 6U);
        CHECK_SENT(s);
    });
}

TEST(scenario_2o_sending_time_out_of_range_is_rejected_in_both_roles) {
    in_both_roles([](const Config& config) {
        for (const char* time : {"<TIME-121>", "<TIME+121>"}) {
            LoggedOn s(config);
            s.in("35=0|34=2|49=" + config.target_comp_id + "|52=" + time + "|56=" + config.sender_comp_id +
                 "|");
            CHECK_SENT(s, s.ours("3", 2, "45=2|58=SendingTime accuracy problem|372=0|373=10|"),
                       s.ours("5", 3));
        }
    });
}

namespace {

// The dictionary of FIX 4.4, of which the application takes orders.
gw::engine::DictionaryValidator strict44(const gw::fix::MsgTypeSet& supported) {
    gw::fix::ValidationOptions options;
    options.supported = &supported;
    std::string error;
    auto loaded = gw::fix::Dictionary::load(dictionary_blob("FIX44"), error);
    REQUIRE(loaded);
    return {std::move(*loaded), std::nullopt, options};
}

template <class Scenario>
void with_dictionary(Scenario&& scenario) {
    gw::fix::MsgTypeSet supported;
    REQUIRE(supported.add("D"));
    const gw::engine::DictionaryValidator validator = strict44(supported);
    in_both_roles([&](const Config& config) {
        LoggedOn s(config, {.validator = &validator});
        scenario(s);
    });
}

}  // namespace

TEST(scenario_2p_known_message_type_is_taken_in_both_roles) {
    with_dictionary([](LoggedOn& s) {
        s.receive_order(2);
        CHECK_EQ(s.delivered.size(), 1U);
        CHECK_SENT(s);
    });
}

TEST(scenario_2q_message_type_that_is_none_is_rejected_in_both_roles) {
    with_dictionary([](LoggedOn& s) {
        s.receive_message("*", 2);
        CHECK_SENT(s, s.ours("3", 2, "45=2|58=Invalid MsgType|372=*|373=11|"));
        CHECK_EQ(s.state().next_in, 3U);
    });
}

TEST(scenario_2r_message_type_that_is_not_supported_gets_a_business_reject_in_both_roles) {
    with_dictionary([](LoggedOn& s) {
        s.receive_message("H", 2, "11=ID|54=1|55=INTC|");
        CHECK_SENT(s, s.ours("j", 2, "45=2|58=Unsupported Message Type|372=H|380=3|"));
        CHECK(s.delivered.empty());
    });
}

TEST(scenario_2s_first_three_fields_in_order_are_taken_in_both_roles) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        s.in("35=1|56=" + config.sender_comp_id + "|52=<TIME>|34=2|49=" + config.target_comp_id + "|112=x|");
        CHECK_SENT(s, s.ours("0", 2, "112=x|"));
    });
}

TEST(scenario_2t_first_three_fields_out_of_order_are_ignored_in_both_roles) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        s.receive(framed(config.begin_string, "34=2|35=0|" + s.p, s.now_ns));
        s.receive(wire("9=5|8=" + config.begin_string + "|35=0|10=000|"));
        CHECK_EQ(s.state().next_in, 2U);
        CHECK(s.noticed(NoticeKind::garbled));
        s.receive_message("0", 2);
        CHECK_EQ(s.state().next_in, 3U);
    });
}

TEST(scenario_3a_check_sum_that_is_right_is_taken_whatever_it_is) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        // Texts one letter apart have check sums one apart: with and without leading zeros.
        for (int seq = 2; seq < 258; ++seq)
            s.receive_message("0", seq, "58=" + std::string(1, static_cast<char>('!' + seq % 90)) + "|");
        CHECK_EQ(s.state().next_in, 258U);
        CHECK(!s.noticed(NoticeKind::garbled));
    });
}

TEST(scenario_3b_check_sum_that_is_wrong_is_ignored_in_both_roles) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        std::string bad = framed(config.begin_string, "35=0|34=2|" + s.p, s.now_ns);
        bad.replace(bad.size() - 4, 3, "256");
        s.receive(bad);
        CHECK_EQ(s.state().next_in, 2U);
        CHECK_EQ(s.count(NoticeKind::garbled), 1);
    });
}

TEST(scenario_3c_garbled_message_is_ignored_and_the_next_is_read_in_both_roles) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        s.receive(std::string("8=FIX garbage without an end \x01 10=x\x01"));
        s.receive_message("1", 2, "112=x|");
        CHECK_SENT(s, s.ours("0", 2, "112=x|"));
    });
}

TEST(scenario_3d_check_sum_of_three_digits_at_the_end_is_taken_byte_by_byte) {
    in_both_roles([](const Config& config) {
        LoggedOn s(config);
        for (const char byte : framed(config.begin_string, "35=0|34=2|" + s.p, s.now_ns))
            s.receive(std::string_view(&byte, 1));
        CHECK_EQ(s.state().next_in, 3U);
    });
}

TEST(scenario_3e_check_sum_that_is_not_last_or_not_three_digits_is_ignored) {
    in_both_roles([](const Config& config) {
        for (const char* trailer : {"10=1|", "10=0001|", "10=abc|", "10=|"}) {
            LoggedOn s(config);
            std::string bad = framed(config.begin_string, "35=0|34=2|" + s.p, s.now_ns);
            bad.replace(bad.size() - 7, 7, wire(trailer));
            s.receive(bad);
            s.receive_message("0", 2);
            CHECK_EQ(s.state().next_in, 3U);
            CHECK(s.noticed(NoticeKind::garbled));
            CHECK(!s.hung_up);
        }
    });
}

TEST_MAIN
