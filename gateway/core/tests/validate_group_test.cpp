#include "fix/validate.hpp"
#include "tests/check.hpp"
#include "tests/validation.hpp"

using namespace gw::test;

TEST(validate_group_count_wrong_names_the_count) {
    const std::string text = "Incorrect NumInGroup count for repeating group";
    for (const char* group : {"386=3|336=PRE-OPEN|336=AFTER-HOURS|", "386=1|336=PRE-OPEN|336=AFTER-HOURS|",
                              "386=0|336=PRE-OPEN|", "386=1|"}) {
        EXPECT(check44("D", kOrder + group), group_count_incorrect, 386, text);
        EXPECT(check42("D", kOrder + group), group_count_incorrect, 386, text);
        EXPECT(check50("D", kOrder + group), group_count_incorrect, 386, text);
    }
}

TEST(validate_value_in_group_entry_is_checked) {
    EXPECT_VALID(check50("D", kOrder + "386=2|336=1|336=2|"));
    EXPECT(check50("D", kOrder + "386=2|336=1|336=PRE-OPEN|"), value_incorrect, 336,
           "Value is incorrect (out of range) for this tag");
    EXPECT(check44("D", kOrder + "453=1|448=A|447=D|452=|"), tag_without_value, 452,
           "Tag specified without a value");
    EXPECT(check44("D", kOrder + "453=1|448=A|447=D|452=x|"), incorrect_data_format, 452,
           "Incorrect data format for value");
}

TEST(validate_group_count_of_zero_is_valid) {
    const std::string body = "320=R1|322=R2|323=6|55=TBS|58=No products|";
    EXPECT_VALID(check44("d", body + "22=8|167=CS|336=ONE_MAIN|454=0|"));
    EXPECT_VALID(check42("d", body + "22=8|167=OPT|336=ONE_MAIN|393=0|146=0|"));
    EXPECT_VALID(check50("d", body + "22=8|167=CS|454=0|"));
}

TEST(validate_group_entry_without_delimiter_first_is_out_of_order) {
    EXPECT(check44("D", kOrder + "453=1|447=D|448=A|452=1|"), group_fields_out_of_order, 447,
           "Repeating group fields out of order");
}

TEST(validate_tag_repeated_in_group_entry_is_named) {
    EXPECT(check44("D", kOrder + "453=1|448=A|447=D|447=D|452=1|"), tag_repeated, 447,
           "Tag appears more than once");
}

TEST(validate_tag_that_nothing_has_inside_group_is_named_itself) {
    EXPECT(check44("D", kOrder + "453=2|448=A|999=x|447=D|448=B|447=D|"), invalid_tag_number, 999,
           "Invalid tag number");
    EXPECT(check44("D", kOrder + "453=2|448=A|447=D|320=x|448=B|447=D|"), tag_not_defined_for_message, 320,
           "Tag not defined for this message type");
}

TEST(validate_nested_group_is_checked) {
    const std::string outer = "453=2|448=A|447=D|452=1|";
    EXPECT_VALID(check44("D", kOrder + outer + "802=2|523=x|803=1|523=y|803=2|448=B|447=D|452=3|"));
    EXPECT(check44("D", kOrder + outer + "802=3|523=x|803=1|523=y|803=2|448=B|447=D|452=3|"),
           group_count_incorrect, 802, "Incorrect NumInGroup count for repeating group");
    EXPECT(check44("D", kOrder + outer + "802=1|803=1|523=x|448=B|"), group_fields_out_of_order, 803,
           "Repeating group fields out of order");
    EXPECT(check44("D", kOrder + outer + "802=x|523=x|448=B|"), incorrect_data_format, 802,
           "Incorrect data format for value");
    EXPECT(check44("D", kOrder + outer + "802=|523=x|448=B|"), tag_without_value, 802,
           "Tag specified without a value");
}

TEST(validate_required_field_missing_in_group_entry_is_named) {
    const std::string list = "66=L|394=1|68=2|73=2|";
    EXPECT_VALID(check44("E", list + "11=A|67=1|54=1|55=X|11=B|67=2|54=1|55=Y|"));
    for (const char* entries : {"11=A|54=1|11=B|67=2|54=1|", "11=A|67=1|54=1|11=B|54=1|"})
        EXPECT(check44("E", list + entries), required_tag_missing, 67, "Required tag missing");
}

TEST(validate_header_group_is_checked) {
    EXPECT_VALID(check44("0", "627=2|628=A|629=20260105-10:00:00|628=B|"));
    EXPECT(check44("0", "627=2|628=A|"), group_count_incorrect, 627,
           "Incorrect NumInGroup count for repeating group");
}

TEST(validate_what_is_unknown_inside_a_group_does_not_break_it_where_policy_lets_it_pass) {
    ValidationOptions options;
    options.unknown_tags = gw::fix::TagPolicy::allow;
    options.user_defined_tags = gw::fix::TagPolicy::allow;
    // At the begin, the middle and the end of an entry, and in a group inside it.
    for (const char* group :
         {"453=2|448=A|999=x|447=D|452=1|448=B|447=D|452=3|",
          "453=2|448=A|447=D|452=1|9999=x|448=B|447=D|452=3|",
          "453=2|448=A|447=D|452=1|802=2|523=x|4999=u|803=1|523=y|803=2|448=B|447=D|452=3|20000=z|"})
        EXPECT_VALID(check44("D", kOrder + group, options));
    // The count still counts: what is unknown is no entry.
    EXPECT(check44("D", kOrder + "453=3|448=A|999=x|447=D|452=1|448=B|447=D|452=3|", options),
           group_count_incorrect, 453, "Incorrect NumInGroup count for repeating group");
}

TEST(validate_more_group_entries_than_allowed_are_refused) {
    const std::string text = "Incorrect NumInGroup count for repeating group";
    ValidationOptions options;
    options.group_entries_max = 2;
    EXPECT_VALID(check44("D", kOrder + "386=2|336=1|336=2|", options));
    EXPECT(check44("D", kOrder + "386=3|336=1|336=2|336=3|", options), group_count_incorrect, 386, text);
    EXPECT(check44("D", kOrder + "386=4294967295|336=1|"), incorrect_data_format, 386,
           "Incorrect data format for value");
    EXPECT(check44("D", kOrder + "386=999999999|336=1|"), group_count_incorrect, 386, text);
}

TEST_MAIN
