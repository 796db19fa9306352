#include "fix/validate.hpp"

#include <cstdlib>
#include <new>
#include <utility>

#include "tests/check.hpp"
#include "tests/validation.hpp"

using namespace gw::test;

namespace {
std::size_t allocations = 0;
}

void* operator new(std::size_t size) {
    ++allocations;
    if (void* made = std::malloc(size)) return made;
    std::abort();
}
void operator delete(void* made) noexcept {
    std::free(made);
}
void operator delete(void* made, std::size_t) noexcept {
    std::free(made);
}

TEST(validate_complete_messages_are_valid) {
    EXPECT_VALID(check44("0", ""));
    EXPECT_VALID(check44("A", "98=0|108=30|"));
    EXPECT_VALID(check44("D", kOrder));
    EXPECT_VALID(check44("8", kReport));
    EXPECT_VALID(check42("D", kOrder));
    EXPECT_VALID(check50("A", "98=0|108=30|1137=9|"));
    EXPECT_VALID(check50("D", kOrder));
    EXPECT_VALID(check50("8", kReport));
}

TEST(validate_order_of_fields_within_a_part_is_free) {
    EXPECT_VALID(check44("D", "40=1|55=INTC|" + kTime + "54=1|21=3|11=id|38=1|"));
}

// Certification case 14a: a tag that the version does not define, or that is no tag.

TEST(validate_tag_not_in_specification_is_invalid_tag_number) {
    EXPECT(check44("0", "999=HI|"), invalid_tag_number, 999, "Invalid tag number");
    EXPECT(check44("0", "0=HI|"), invalid_tag_number, 0, "Invalid tag number");
    EXPECT(check44("0", "-1=HI|"), invalid_tag_number, 0xFFFFFFFF, "Invalid tag number");
    EXPECT(check44("0", "5000=HI|"), invalid_tag_number, 5000, "Invalid tag number");
    EXPECT(check42("0", "999=HI|"), invalid_tag_number, 999, "Invalid tag number");
}

// FIX 5.0 SP2 defines 999, but an admin message belongs to FIXT 1.1, which does not.

TEST(validate_admin_message_knows_only_session_tags) {
    EXPECT(check50("0", "999=HI|"), invalid_tag_number, 999, "Invalid tag number");
    EXPECT(check50("0", "58=Text|"), tag_not_defined_for_message, 58,
           "Tag not defined for this message type");
}

// 14b: required fields of header and body; the lowest tag is reported.

TEST(validate_required_field_missing_names_the_lowest) {
    EXPECT(check("8=FIX.4.4|9=1|35=0|34=2|49=VENUE|52=20260105-10:00:00|10=000|", "FIX44", "FIX44", {}),
           required_tag_missing, 56, "Required tag missing");
    EXPECT(check44("D", "40=1|" + kTime + "54=1|21=3|"), required_tag_missing, 11, "Required tag missing");
    EXPECT(check42("D", "40=1|" + kTime + "54=1|21=3|11=id|"), required_tag_missing, 55,
           "Required tag missing");
    EXPECT(check50("D", "40=1|" + kTime + "11=id|21=3|"), required_tag_missing, 54, "Required tag missing");
    EXPECT(check("8=FIX.4.4|9=1|35=0" + kHead44, "FIX44", "FIX44", {}), required_tag_missing, 10,
           "Required tag missing");
}

// A message of FIX 4.0 or 4.1 that is modelled on a later version has fields that its version does not know:
// what is wrong with the whole is named first, wherever it stands.

TEST(validate_whole_message_is_judged_before_its_fields) {
    const auto check40 = [](const std::string& text) {
        return check("8=FIX.4.0|9=1|35=D|" + text + "10=000|", "FIX40", "FIX40", {});
    };
    const std::string head = "34=2|49=VENUE|56=US|52=20260105-10:00:00|";
    EXPECT(check40(head + "40=1|" + kTime + "54=1|38=100|21=3|11=id|"), required_tag_missing, 55,
           "Required tag missing");
    EXPECT(check40("11=id|21=3|40=1|54=1|55=MSFT|" + kTime + head), tag_out_of_order, 34,
           "Tag specified out of required order");
    EXPECT(check40(head + "11=id|21=3|38=100|40=1|54=1|55=MSFT|" + kTime), tag_not_defined_for_message, 60,
           "Tag not defined for this message type");
    ValidationOptions free;
    free.required = false;
    free.field_order = false;
    EXPECT(check("8=FIX.4.0|9=1|35=D|11=id|" + kTime + head + "10=000|", "FIX40", "FIX40", free),
           tag_not_defined_for_message, 60, "Tag not defined for this message type");
}

// 14c: a tag that exists, but not in this message.

TEST(validate_tag_of_another_message_is_not_defined_for_this) {
    EXPECT(check44("0", "55=MSFT|"), tag_not_defined_for_message, 55,
           "Tag not defined for this message type");
    EXPECT(check42("0", "55=MSFT|"), tag_not_defined_for_message, 55,
           "Tag not defined for this message type");
}

// 14d, and the routing fields of the header.

TEST(validate_tag_without_value_is_named) {
    EXPECT(check("8=FIX.4.4|9=1|35=0|34=2|49=VENUE|52=20260105-10:00:00|56=|10=000|", "FIX44", "FIX44", {}),
           tag_without_value, 56, "Tag specified without a value");
    EXPECT(check44("D", "115=|" + kOrder), tag_without_value, 115, "Tag specified without a value");
    EXPECT(check44("D", "115=JCD|116=|" + kOrder), tag_without_value, 116, "Tag specified without a value");
    EXPECT(check44("D", "128=JCD|129=CS|145=|11=ID|21=3|40=w|54=1|55=INTC|" + kTime), tag_without_value, 145,
           "Tag specified without a value");
    EXPECT(check44("0", "999=|"), tag_without_value, 999, "Tag specified without a value");
}

// 14e: enumerations of one character and of words.

TEST(validate_value_outside_enumeration_is_incorrect) {
    const std::string text = "Value is incorrect (out of range) for this tag";
    EXPECT(check44("D", "11=ID|21=4|40=1|54=1|38=002000.00|55=INTC|" + kTime), value_incorrect, 21, text);
    EXPECT(check44("D", kOrder + "167=BOO|"), value_incorrect, 167, text);
    EXPECT_VALID(check44("D", kOrder + "167=CS|"));
    EXPECT(check42("D", kOrder + "167=BOO|"), value_incorrect, 167, text);
    EXPECT_VALID(check42("D", kOrder + "167=FUT|"));
    EXPECT(check50("D", kOrder + "167=BOO|"), value_incorrect, 167, text);
    EXPECT_VALID(check50("D", kOrder + "167=CS|"));
}

TEST(validate_multiple_values_are_checked_one_by_one) {
    EXPECT_VALID(check44("D", kOrder + "18=1|"));
    EXPECT_VALID(check44("D", kOrder + "18=1 G 6|"));
    for (const char* bad : {"18=1 ~|", "18=~ 1|", "18=1  G|", "18=1 |", "18=1G|"})
        EXPECT(check44("D", kOrder + bad), value_incorrect, 18,
               "Value is incorrect (out of range) for this tag");
}

// 14f, and a timestamp that is a date.

TEST(validate_value_in_wrong_format_is_named) {
    EXPECT(check44("D", "11=ID|21=1|40=1|54=1|38=+200.00|55=INTC|" + kTime), incorrect_data_format, 38,
           "Incorrect data format for value");
    EXPECT(check44("D", kOrder + "126=20040415|"), incorrect_data_format, 126,
           "Incorrect data format for value");
    EXPECT(check44("D", kOrder + "200=2026-03|"), incorrect_data_format, 200,
           "Incorrect data format for value");
    EXPECT(check44("D", "43=X|" + kOrder), incorrect_data_format, 43, "Incorrect data format for value");
    EXPECT(check44("D", "11=ID|21=1|40=1|54=12|38=1|55=INTC|" + kTime), incorrect_data_format, 54,
           "Incorrect data format for value");
}

// 14g: the first header field behind the body is named.

TEST(validate_header_field_after_body_is_out_of_order) {
    const std::string text = "Tag specified out of required order";
    EXPECT(check("8=FIX.4.4|9=1|35=D|" + kOrder + "34=2|49=VENUE|52=20260105-10:00:00|56=US|10=000|", "FIX44",
                 "FIX44", {}),
           tag_out_of_order, 34, text);
    EXPECT(check("8=FIX.4.4|9=1|35=D|55=INTC|34=2|49=VENUE|52=20260105-10:00:00|56=US|11=id|21=3|40=1|54=1|" +
                     kTime + "10=000|",
                 "FIX44", "FIX44", {}),
           tag_out_of_order, 34, text);
}

TEST(validate_body_field_after_trailer_is_out_of_order) {
    EXPECT(check44("D", "11=ID|21=1|40=1|54=1|38=200|55=INTC|93=1|89=x|" + kTime), tag_out_of_order, 60,
           "Tag specified out of required order");
}

TEST(validate_signature_in_trailer_is_valid) {
    EXPECT_VALID(check44("D", kOrder + "93=3|89=a|b|"));
}

// 14h: next to each other or not.

TEST(validate_repeated_tag_is_named) {
    EXPECT(check44("D", "11=ID|21=1|40=1|40=2|54=1|38=200|55=INTC|" + kTime), tag_repeated, 40,
           "Tag appears more than once");
    EXPECT(check50("D", "11=ID|21=1|40=1|54=1|40=2|38=200|55=INTC|" + kTime), tag_repeated, 40,
           "Tag appears more than once");
    EXPECT(check44("D", "34=2|" + kOrder), tag_repeated, 34, "Tag appears more than once");
}

// 14i: the count is named, also where a value in an entry would be refused.

// Case 21: a count of zero means no entries.

TEST(validate_data_field_follows_its_length) {
    EXPECT_VALID(check44("A", "98=0|108=30|95=5|96=a|b=c|"));
    EXPECT(check44("A", "98=0|108=30|96=abc|"), tag_out_of_order, 96, "Tag specified out of required order");
    Message apart(whole44("A", "98=0|108=30|95=3|96=abc|"), dictionary("FIX44"));
    std::swap(apart.fields[8], apart.fields[9]);
    EXPECT(validate(apart.fields, apart.text, dictionary("FIX44"), dictionary("FIX44"), {}), tag_out_of_order,
           96, "Tag specified out of required order");
    Message wrong(whole44("A", "98=0|108=30|95=3|96=abc|"), dictionary("FIX44"));
    for (Field& field : wrong.fields)
        if (field.tag == 96) field.length = 2;
    EXPECT(validate(wrong.fields, wrong.text, dictionary("FIX44"), dictionary("FIX44"), {}), value_incorrect,
           95, "Value is incorrect (out of range) for this tag");
}

// 2q: no tag is named.

TEST(validate_unknown_msg_type_is_invalid) {
    for (const auto& verdict : {check44("*", ""), check42("*", ""), check50("*", "")}) {
        CHECK_EQ(verdict.reason, RejectReason::invalid_msg_type);
        CHECK(!verdict.has_ref_tag);
        CHECK_EQ(verdict.text, "Invalid MsgType");
    }
}

TEST(validate_msg_type_missing_is_required) {
    EXPECT(check("8=FIX.4.4|9=1|34=2|10=000|", "FIX44", "FIX44", {}), required_tag_missing, 35,
           "Required tag missing");
    EXPECT(validate({}, "", dictionary("FIX44"), dictionary("FIX44"), {}), required_tag_missing, 35,
           "Required tag missing");
}

// 2r: a valid message that the application does not handle; an invalid one is rejected first.

TEST(validate_every_prefix_of_a_message_ends_with_a_verdict) {
    const Message whole(whole44("D", kOrder + "453=2|448=A|447=D|802=1|523=x|803=1|448=B|95=3|96=a|b|"),
                        dictionary("FIX44"));
    for (std::size_t size = 0; size < whole.fields.size(); ++size) {
        const auto verdict = validate(std::span(whole.fields).first(size), whole.text, dictionary("FIX44"),
                                      dictionary("FIX44"), {});
        CHECK(!verdict.is_valid());
    }
}

TEST(validate_any_field_sent_twice_is_repeated) {
    const Message whole(whole44("8", kReport), dictionary("FIX44"));
    for (std::size_t at = 0; at < whole.fields.size(); ++at) {
        std::vector<Field> twice = whole.fields;
        twice.insert(twice.begin() + static_cast<std::ptrdiff_t>(at), whole.fields[at]);
        EXPECT(validate(twice, whole.text, dictionary("FIX44"), dictionary("FIX44"), {}), tag_repeated,
               whole.fields[at].tag, "Tag appears more than once");
    }
}

TEST(validate_any_required_field_left_out_is_missing) {
    const Message whole(whole44("8", "37=O1|17=E1|150=0|39=0|54=1|151=100|14=0|6=0.0|"), dictionary("FIX44"));
    for (std::size_t at = 0; at < whole.fields.size(); ++at) {
        std::vector<Field> without = whole.fields;
        without.erase(without.begin() + static_cast<std::ptrdiff_t>(at));
        EXPECT(validate(without, whole.text, dictionary("FIX44"), dictionary("FIX44"), {}),
               required_tag_missing, whole.fields[at].tag, "Required tag missing");
    }
}

// Fields in any order, any number of times, with swapped values: always one verdict, and none that names

// nothing.

TEST(validate_shuffled_fields_give_a_verdict) {
    const Message whole(
        whole44("D", kOrder + "453=2|448=A|447=D|802=1|523=x|803=1|448=B|95=3|96=a|b|386=0|999=x|"),
        dictionary("FIX44"));
    std::uint64_t state = 20260105;
    const auto next = [&](std::size_t below) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        return static_cast<std::size_t>(state >> 33) % below;
    };
    std::vector<Field> fields;
    for (int round = 0; round < 20000; ++round) {
        fields.assign(whole.fields.begin(), whole.fields.end());
        for (std::size_t changes = 1 + next(4); changes > 0; --changes) {
            std::swap(fields[3 + next(fields.size() - 3)], fields[3 + next(fields.size() - 3)]);
            fields[3 + next(fields.size() - 3)].tag = fields[next(fields.size())].tag;
        }
        for (const auto& options : {ValidationOptions{}, ValidationOptions::tolerant()}) {
            const auto verdict =
                validate(fields, whole.text, dictionary("FIX44"), dictionary("FIX44"), options);
            CHECK(verdict.is_valid() != verdict.has_ref_tag);
        }
    }
}

TEST(validate_does_not_allocate) {
    const Message whole(whole44("8", kReport + "453=2|448=A|447=D|802=1|523=x|803=1|448=B|"),
                        dictionary("FIX44"));
    const Dictionary& d = dictionary("FIX44");
    const std::size_t before = allocations;
    const auto verdict = validate(whole.fields, whole.text, d, d, {});
    CHECK_EQ(allocations, before);
    EXPECT_VALID(verdict);
}

TEST_MAIN
