// Session test cases 7, 14 and 19, the accepting side: Rejects, received and sent, and PossResend.
#include "session_acceptor.hpp"

using namespace gw::session;
using namespace gw::test;

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

TEST(scenario_7_reject_is_taken_and_shown_to_the_order_layer) {
    Acceptor s;
    s.in("35=3|34=2|" + h2 + "45=1|373=5|");
    CHECK_EQ(s.state().next_in, 3U);
    CHECK(s.noticed(NoticeKind::reject_received));
    CHECK_EQ(s.delivered.size(), 1U);
    CHECK_SENT(s);
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

TEST(scenario_19_poss_resend_is_delivered_and_marked) {
    Acceptor s;
    s.in(order(2, "97=Y|"));
    CHECK_EQ(s.delivered.size(), 1U);
    CHECK(s.step.poss_resend);
}

TEST_MAIN
