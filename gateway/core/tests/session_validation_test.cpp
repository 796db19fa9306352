// What a message that the dictionary refuses is answered with, to the byte: SessionRejectReason(373),
// RefTagID(371), RefMsgType(372); what it is made of is in validate_test.
#include "engine/dictionary_validator.hpp"
#include "session_fixture.hpp"
#include "tests/dictionaries.hpp"

using namespace gw;
using namespace gw::session;
using gw::test::config_of;
using gw::test::Driver;

namespace {

fix::Dictionary loaded(const std::string& name) {
    std::string error;
    auto made = fix::Dictionary::load(test::dictionary_blob(name), error);
    REQUIRE(made.has_value());
    return std::move(*made);
}

struct Validated {
    engine::DictionaryValidator validator;
    Driver driver;

    explicit Validated(const std::string& begin_string, const std::string& transport,
                       const std::string& application = "", const fix::ValidationOptions& options = {})
        : validator(loaded(transport),
                    application.empty() ? std::nullopt : std::optional(loaded(application)), options),
          driver(config_of(Role::acceptor, begin_string), Ports{.validator = &validator}) {
        driver.connect();
        driver.in("35=A|34=1|49=TW|52=<TIME>|56=ISLD|98=0|108=30|" +
                  std::string(application.empty() ? "" : "1137=9|"));
        driver.take();
    }
    // The answer to a message, without its header and what refers to the message's number.
    std::string answer(const std::string& type, const std::string& body) {
        const std::string seq = std::to_string(driver.state().next_in);
        driver.in("35=" + type + "|34=" + seq + "|49=TW|52=<TIME>|56=ISLD|" + body);
        CHECK_EQ(std::to_string(driver.state().next_in - 1), seq);
        const std::vector<std::string> sent = driver.take();
        if (sent.empty()) return "";
        CHECK_EQ(sent.size(), std::size_t{1});
        const std::size_t at = sent[0].find("|45=" + seq + "|");
        return at == std::string::npos ? sent[0] : sent[0].substr(0, 5) + sent[0].substr(at + seq.size() + 5);
    }
};

const std::string order = "11=ID|21=1|40=1|54=1|38=200|55=INTC|60=20260105-10:00:00|";

struct Case {
    const char* what;
    std::string type;
    std::string body;
    std::string answer;
};

const std::vector<Case> cases = {
    {"valid", "D", order, ""},
    {"required field missing", "D", "11=ID|21=1|40=1|38=200|55=INTC|60=20260105-10:00:00|",
     "35=3|58=Required tag missing|371=54|372=D|373=1|"},
    {"wrong type", "D", order + "44=1.2.3|", "35=3|58=Incorrect data format for value|371=44|372=D|373=6|"},
    {"not in the enumeration", "D", "11=ID|21=1|40=1|54=~|38=200|55=INTC|60=20260105-10:00:00|",
     "35=3|58=Value is incorrect (out of range) for this tag|371=54|372=D|373=5|"},
    {"no value", "D", order + "1=|", "35=3|58=Tag specified without a value|371=1|372=D|373=4|"},
    {"group count", "D", order + "386=3|336=1|336=2|",
     "35=3|58=Incorrect NumInGroup count for repeating group|371=386|372=D|373=16|"},
    {"group order", "D", order + "453=1|447=D|448=A|452=1|",
     "35=3|58=Repeating group fields out of order|371=447|372=D|373=15|"},
    {"duplicate tag", "D", order + "55=AGAIN|", "35=3|58=Tag appears more than once|371=55|372=D|373=13|"},
    {"header field in the body", "D", order + "57=SUB|",
     "35=3|58=Tag specified out of required order|371=57|372=D|373=14|"},
    {"data with a separator inside", "D",
     order + "354=5|355=a\x01"
             "b=c|",
     ""},
    {"data length that lies", "D", order + "354=500|355=abc|",
     "35=3|58=Incorrect data format for value|371=354|372=D|373=6|"},
    {"tag of another message", "D", order + "320=R|",
     "35=3|58=Tag not defined for this message type|371=320|372=D|373=2|"},
    {"tag that no version has", "D", order + "4999=x|", "35=3|58=Invalid tag number|371=4999|372=D|373=0|"},
    {"tag of a user", "D", order + "9999=x|", "35=3|58=Invalid tag number|371=9999|372=D|373=0|"},
    {"tag zero", "D", order + "0=x|", "35=3|58=Invalid tag number|371=0|372=D|373=0|"},
    {"negative tag", "D", order + "-1=x|", "35=3|58=Invalid tag number|371=-1|372=D|373=0|"},
    {"message type that no version has", "ZZ", "55=X|", "35=3|58=Invalid MsgType|372=ZZ|373=11|"},
};

}  // namespace

TEST(refused_message_is_answered_with_reason_tag_and_type) {
    Validated session("FIX.4.4", "FIX44");
    for (const Case& one : cases) {
        const std::string answer = session.answer(one.type, one.body);
        if (answer != one.answer) CHECK_EQ(std::string(one.what) + ": " + answer, one.answer);
    }
}

TEST(refused_message_is_answered_alike_over_fixt) {
    Validated session("FIXT.1.1", "FIXT11", "FIX50SP2");
    for (const Case& one : cases) {
        if (one.body.find("386=") != std::string::npos) continue;  // its values have other names there
        const std::string answer = session.answer(one.type, one.body);
        if (answer != one.answer) CHECK_EQ(std::string(one.what) + ": " + answer, one.answer);
    }
}

TEST(fix42_rejects_without_the_reasons_that_it_does_not_have) {
    Validated session("FIX.4.2", "FIX42");
    CHECK_EQ(session.answer("D", order + "55=AGAIN|"),
             std::string("35=3|58=Tag appears more than once|371=55|372=D|"));
    CHECK_EQ(session.answer("D", order + "44=x|"),
             std::string("35=3|58=Incorrect data format for value|371=44|372=D|373=6|"));
}

TEST(fix40_and_41_say_the_tag_in_the_text) {
    for (const auto& [begin, name] : {std::pair{"FIX.4.0", "FIX40"}, std::pair{"FIX.4.1", "FIX41"}}) {
        Validated session(begin, name);
        CHECK_EQ(session.answer("D", "11=ID|21=1|40=1|54=1|38=x|55=INTC|"),
                 std::string("35=3|58=Incorrect data format for value (38)|"));
    }
}

TEST(unknown_tags_are_passed_on_where_the_policy_allows_them) {
    fix::ValidationOptions options;
    options.unknown_tags = fix::TagPolicy::allow;
    options.user_defined_tags = fix::TagPolicy::allow;
    Validated session("FIX.4.4", "FIX44", "", options);
    CHECK_EQ(session.answer("D", order + "4999=x|9999=y|"), std::string());
    REQUIRE(session.driver.delivered.size() == 1);
    CHECK(session.driver.delivered[0].ends_with("4999=x|9999=y|"));
}

TEST(unsupported_type_gets_a_business_message_reject) {
    fix::MsgTypeSet supported;
    CHECK(supported.add("8"));
    fix::ValidationOptions options;
    options.supported = &supported;
    Validated session("FIX.4.4", "FIX44", "", options);
    CHECK_EQ(session.answer("D", order), std::string("35=j|58=Unsupported Message Type|372=D|380=3|"));
    CHECK(session.driver.delivered.empty());
}

TEST(unknown_tag_inside_a_group_does_not_break_it) {
    fix::ValidationOptions options;
    options.unknown_tags = options.user_defined_tags = fix::TagPolicy::allow;
    Validated session("FIX.4.4", "FIX44", "", options);
    CHECK_EQ(session.answer("D", order + "453=2|448=A|9999=x|447=D|452=1|448=B|4999=y|447=D|452=3|"),
             std::string());
}

TEST_MAIN
