#include "fix/validate.hpp"
#include "tests/check.hpp"
#include "tests/validation.hpp"

using namespace gw::test;
using gw::fix::MsgTypeSet;
using gw::fix::TagPolicy;

TEST(validate_msg_type_that_is_not_handled_is_unsupported) {
    MsgTypeSet handled;
    CHECK(handled.add("D"));
    ValidationOptions options;
    options.supported = &handled;
    const Verdict verdict = check44("8", kReport, options);
    CHECK_EQ(verdict.reason, RejectReason::unsupported_msg_type);
    CHECK(!verdict.has_ref_tag);
    CHECK_EQ(verdict.text, "Unsupported Message Type");
    EXPECT_VALID(check44("D", kOrder, options));
    EXPECT_VALID(check44("0", "", options));
    EXPECT(check44("8", "37=O1|", options), required_tag_missing, 6, "Required tag missing");
}

TEST(msg_type_set_full_or_too_long_refuses) {
    MsgTypeSet set;
    CHECK(!set.add(""));
    CHECK(!set.add("123456789"));
    for (std::size_t i = 0; i < MsgTypeSet::kCapacity; ++i) CHECK(set.add("U" + std::to_string(i)));
    CHECK(!set.add("U64"));
    CHECK(set.add("U63"));
    CHECK(set.contains("U0"));
    CHECK(!set.contains("U64"));
}

TEST(validate_switched_off_check_lets_the_fault_pass) {
    const auto off = [](bool ValidationOptions::*check) {
        ValidationOptions options;
        options.*check = false;
        return options;
    };
    EXPECT_VALID(check44("*", "", off(&ValidationOptions::msg_type)));
    EXPECT_VALID(check44("D", "40=1|", off(&ValidationOptions::required)));
    EXPECT_VALID(check44("D", "115=|" + kOrder, off(&ValidationOptions::empty_value)));
    EXPECT_VALID(check44("D", kOrder + "126=20040415|", off(&ValidationOptions::format)));
    EXPECT_VALID(check44("D", kOrder + "200=2026-03|541=soon|", off(&ValidationOptions::local_dates)));
    EXPECT_VALID(check44("D", kOrder + "167=BOO|", off(&ValidationOptions::enumerations)));
    EXPECT_VALID(check44("0", "55=MSFT|", off(&ValidationOptions::tag_for_message)));
    EXPECT_VALID(check44("D", kOrder + "43=N|", off(&ValidationOptions::field_order)));
    EXPECT_VALID(check44("D", "40=1|" + kOrder, off(&ValidationOptions::repeated_tag)));
    EXPECT_VALID(check44("D", kOrder + "386=3|336=PRE-OPEN|", off(&ValidationOptions::group_count)));
    EXPECT_VALID(
        check44("D", kOrder + "453=2|447=D|448=A|447=D|448=B|", off(&ValidationOptions::group_delimiter)));
    EXPECT_VALID(check44("A", "98=0|108=30|96=abc|", off(&ValidationOptions::data_length)));
}

TEST(validate_unknown_tags_allowed_pass_everywhere) {
    ValidationOptions options;
    options.unknown_tags = TagPolicy::allow;
    EXPECT_VALID(check44("D", kOrder + "999=x|", options));
    EXPECT_VALID(check44("D", kOrder + "453=2|448=A|999=x|447=D|448=B|447=D|", options));
    EXPECT(check44("D", kOrder + "5001=x|", options), invalid_tag_number, 5001, "Invalid tag number");
    EXPECT(check44("D", kOrder + "0=x|", options), invalid_tag_number, 0, "Invalid tag number");
    EXPECT(check44("D", kOrder + "453=2|448=A|999=|447=D|448=B|447=D|", options), tag_without_value, 999,
           "Tag specified without a value");
}

TEST(validate_user_defined_tags_allowed_pass_everywhere) {
    ValidationOptions options;
    options.user_defined_tags = TagPolicy::allow;
    EXPECT_VALID(check44("D", kOrder + "5001=x|", options));
    EXPECT_VALID(check44("D", kOrder + "453=2|448=A|20001=x|447=D|448=B|447=D|", options));
    EXPECT(check44("D", kOrder + "999=x|", options), invalid_tag_number, 999, "Invalid tag number");
}

TEST(validate_tolerant_lets_pass_what_a_venue_adds) {
    const auto options = ValidationOptions::tolerant();
    EXPECT_VALID(check44("8", kReport + "999=x|5001=y|18=~|21=|1094=1|", options));
    EXPECT_VALID(check44("8", kReport + "453=2|448=A|320=x|448=B|", options));
    EXPECT(check44("8", kReport + "453=3|448=A|448=B|", options), group_count_incorrect, 453,
           "Incorrect NumInGroup count for repeating group");
    EXPECT(check44("8", kReport + "32=1e5|", options), incorrect_data_format, 32,
           "Incorrect data format for value");
    EXPECT(check44("8", kReport + "17=E2|", options), tag_repeated, 17, "Tag appears more than once");
}

TEST(has_reason_follows_the_version) {
    CHECK(has_reason(dictionary("FIX42"), RejectReason::invalid_msg_type));
    CHECK(!has_reason(dictionary("FIX42"), RejectReason::tag_repeated));
    CHECK(!has_reason(dictionary("FIX41"), RejectReason::invalid_tag_number));
    for (const char* name : {"FIX43", "FIX44", "FIXT11"}) {
        CHECK(has_reason(dictionary(name), RejectReason::tag_repeated));
        CHECK(has_reason(dictionary(name), RejectReason::invalid_tag_number));
        CHECK(!has_reason(dictionary(name), RejectReason::valid));
        CHECK(!has_reason(dictionary(name), RejectReason::unsupported_msg_type));
    }
}

TEST_MAIN
