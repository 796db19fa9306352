#include "fix/dictionary.hpp"

#include <algorithm>
#include <cstring>

#include "tests/check.hpp"
#include "tests/dictionaries.hpp"

using gw::fix::Dictionary;
using gw::fix::FieldType;
using gw::fix::Member;
using gw::test::dictionary;
using gw::test::dictionary_blob;

namespace {

const Member* member(const Dictionary& dictionary, std::string_view msg_type, std::uint32_t tag) {
    return dictionary.find(dictionary.body(*dictionary.message(msg_type)), tag);
}

std::string load_error(const std::vector<std::byte>& blob) {
    std::string error;
    return Dictionary::load(blob, error) ? "" : error;
}

constexpr std::size_t kHead = 20;

std::uint32_t crc32(std::span<const std::byte> bytes) {
    std::uint32_t crc = 0xFFFFFFFFU;
    for (const std::byte b : bytes) {
        crc ^= static_cast<std::uint32_t>(b);
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320U : 0U);
    }
    return ~crc;
}

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST(dictionary_versions_name_what_is_on_the_wire) {
    CHECK_EQ(dictionary("FIX42").name(), "FIX42");
    CHECK_EQ(dictionary("FIX42").begin_string(), "FIX.4.2");
    CHECK_EQ(dictionary("FIX42").appl_ver_id(), "4");
    CHECK_EQ(dictionary("FIX50SP2").name(), "FIX50SP2");
    CHECK_EQ(dictionary("FIX50SP2").begin_string(), "FIXT.1.1");
    CHECK_EQ(dictionary("FIX50SP2").appl_ver_id(), "9");
    CHECK_EQ(dictionary("FIXT11").begin_string(), "FIXT.1.1");
    CHECK_EQ(dictionary("FIXT11").appl_ver_id(), "");
}

TEST(dictionary_field_defined_has_name_and_type) {
    const Dictionary& d = dictionary("FIX44");
    REQUIRE(d.field(38) != nullptr);
    CHECK_EQ(d.name(*d.field(38)), "OrderQty");
    CHECK_EQ(d.field(38)->type, FieldType::quantity);
    CHECK_EQ(d.field(18)->type, FieldType::multiple_string_value);
    CHECK_EQ(d.field(52)->type, FieldType::utc_timestamp);
    CHECK_EQ(d.field(96)->type, FieldType::data);
    CHECK_EQ(d.field(453)->type, FieldType::num_in_group);
}

TEST(dictionary_field_not_defined_is_null) {
    CHECK(dictionary("FIX44").field(0) == nullptr);
    CHECK(dictionary("FIX44").field(999) == nullptr);
    CHECK(dictionary("FIX44").field(0xFFFFFFFF) == nullptr);
}

TEST(dictionary_every_field_is_found_by_its_tag) {
    for (const char* name :
         {"FIX40", "FIX41", "FIX42", "FIX43", "FIX44", "FIX50", "FIX50SP1", "FIX50SP2", "FIXT11"}) {
        const Dictionary& d = dictionary(name);
        CHECK(d.fields().size() > 80);
        for (const auto& field : d.fields()) CHECK(d.field(field.tag) == &field);
    }
}

TEST(dictionary_enumeration_of_characters_accepts_its_values_only) {
    const Dictionary& d = dictionary("FIX44");
    CHECK(d.accepts(*d.field(54), "1"));
    CHECK(!d.accepts(*d.field(54), "Z"));
    CHECK(!d.accepts(*d.field(54), "11"));
    CHECK(!d.accepts(*d.field(54), ""));
    CHECK_EQ(d.value_name(*d.field(54), "2"), "SELL");
}

TEST(dictionary_enumeration_of_words_accepts_its_values_only) {
    const Dictionary& d = dictionary("FIX44");
    CHECK(d.accepts(*d.field(167), "CS"));
    CHECK(d.accepts(*d.field(167), "FUT"));
    CHECK(!d.accepts(*d.field(167), "BOO"));
    CHECK(!d.accepts(*d.field(167), ""));
    CHECK_EQ(d.value_name(*d.field(167), "CS"), "COMMON_STOCK");
    CHECK_EQ(d.value_name(*d.field(167), "BOO"), "");
}

TEST(dictionary_field_without_enumeration_accepts_everything) {
    const Dictionary& d = dictionary("FIX44");
    CHECK(d.accepts(*d.field(11), "anything"));
}

TEST(dictionary_every_enumerated_value_is_accepted_and_named) {
    for (const char* name : {"FIX42", "FIX44", "FIX50SP2"}) {
        const Dictionary& d = dictionary(name);
        CHECK(d.accepts(*d.field(40), "2"));
        CHECK_EQ(d.value_name(*d.field(40), "2"), "LIMIT");
    }
}

TEST(dictionary_length_field_leads_to_its_data_field) {
    const Dictionary& d = dictionary("FIX44");
    CHECK_EQ(d.data_tag(95), 96U);
    CHECK_EQ(d.data_tag(93), 89U);
    CHECK_EQ(d.data_tag(354), 355U);
    CHECK_EQ(d.data_tag(96), 0U);
    CHECK_EQ(d.data_tag(9), 0U);
    CHECK_EQ(d.data_tag(999), 0U);
    CHECK_EQ(d.field(96)->pair, 95U);
}

TEST(dictionary_every_data_field_has_a_length_field) {
    for (const char* name : {"FIX40", "FIX42", "FIX44", "FIX50SP2", "FIXT11"}) {
        const Dictionary& d = dictionary(name);
        for (const auto& field : d.fields()) {
            if (field.type != FieldType::data) continue;
            CHECK_EQ(d.data_tag(field.pair), field.tag);
        }
    }
}

TEST(dictionary_message_known_has_name_and_category) {
    const Dictionary& d = dictionary("FIX44");
    REQUIRE(d.message("D") != nullptr && d.message("A") != nullptr && d.message("AE") != nullptr);
    CHECK_EQ(d.name(*d.message("D")), "NewOrderSingle");
    CHECK(!d.message("D")->is_admin());
    CHECK(d.message("A")->is_admin());
    CHECK_EQ(d.name(*d.message("AE")), "TradeCaptureReport");
}

TEST(dictionary_message_unknown_is_null) {
    CHECK(dictionary("FIX44").message("*") == nullptr);
    CHECK(dictionary("FIX44").message("") == nullptr);
    CHECK(dictionary("FIX44").message("DD") == nullptr);
    CHECK(dictionary("FIX44").message("LongerThanAnyType") == nullptr);
}

TEST(dictionary_fixt_splits_session_and_application) {
    CHECK(dictionary("FIXT11").message("A") != nullptr);
    CHECK(dictionary("FIXT11").message("D") == nullptr);
    CHECK(dictionary("FIX50SP2").message("A") == nullptr);
    CHECK(dictionary("FIX50SP2").message("D") != nullptr);
    CHECK_EQ(dictionary("FIX50SP2").header().member_count, 0U);
    CHECK(dictionary("FIXT11").find(dictionary("FIXT11").header(), 1128) != nullptr);
}

TEST(dictionary_member_required_comes_first_by_tag) {
    const Dictionary& d = dictionary("FIX44");
    const auto required = d.required(d.body(*d.message("D")));
    CHECK(std::is_sorted(required.begin(), required.end()));
    REQUIRE(!required.empty());
    CHECK_EQ(required[0], 11U);
    for (std::size_t i = 0; i < required.size(); ++i) {
        REQUIRE(member(d, "D", required[i]) != nullptr);
        CHECK_EQ(member(d, "D", required[i])->ordinal, i);
    }
    CHECK(member(d, "D", 44)->ordinal >= required.size());
}

TEST(dictionary_member_of_component_belongs_to_message) {
    const Dictionary& d = dictionary("FIX44");
    CHECK(member(d, "D", 55) != nullptr);
    CHECK(member(d, "D", 150) == nullptr);
    CHECK(member(d, "0", 55) == nullptr);
}

TEST(dictionary_group_has_delimiter_members_and_nested_group) {
    const Dictionary& d = dictionary("FIX44");
    const Member* parties = member(d, "D", 453);
    REQUIRE(parties != nullptr && parties->is_group());
    const auto& entry = d.group(*parties);
    CHECK_EQ(entry.delimiter, 448U);
    CHECK(d.find(entry, 452) != nullptr);
    CHECK(d.find(entry, 55) == nullptr);
    const Member* nested = d.find(entry, 802);
    REQUIRE(nested != nullptr && nested->is_group());
    CHECK_EQ(d.group(*nested).delimiter, 523U);
    CHECK(member(d, "D", 448) == nullptr);
}

TEST(dictionary_same_group_in_two_messages_shares_its_layout) {
    const Dictionary& d = dictionary("FIX44");
    CHECK(&d.group(*member(d, "D", 453)) == &d.group(*member(d, "8", 453)));
}

TEST(dictionary_moved_keeps_its_views_valid) {
    std::string error;
    auto first = Dictionary::load(dictionary_blob("FIXT11"), error);
    REQUIRE(first.has_value());
    const std::string_view name = first->name();
    const auto* logon = first->message("A");
    const Dictionary second = std::move(*first);
    CHECK_EQ(name, "FIXT11");
    CHECK(second.message("A") == logon);
}

TEST(load_empty_or_foreign_bytes_says_what_was_expected) {
    CHECK(contains(load_error({}), "expected a compiled dictionary, was 0 bytes"));
    CHECK(contains(load_error(std::vector<std::byte>(100)), "was another kind of file"));
}

TEST(load_other_format_version_is_refused) {
    auto blob = dictionary_blob("FIXT11");
    blob[8] = std::byte{99};
    CHECK(contains(load_error(blob), "expected format version 1, was 99; compile the dictionary again"));
}

TEST(load_every_truncation_is_refused) {
    const auto blob = dictionary_blob("FIXT11");
    REQUIRE(load_error(blob).empty());
    for (std::size_t size = 0; size < blob.size(); ++size)
        CHECK(!load_error({blob.begin(), blob.begin() + static_cast<std::ptrdiff_t>(size)}).empty());
}

TEST(load_flipped_bit_is_refused) {
    const auto blob = dictionary_blob("FIXT11");
    for (std::size_t at = 0; at < blob.size(); at += 7) {
        auto damaged = blob;
        damaged[at] ^= std::byte{4};
        CHECK(!load_error(damaged).empty());
    }
}

// A blob that was made wrongly rather than damaged later: the checksum fits. It is refused, or it is
// harmless.
TEST(load_changed_bytes_with_right_checksum_keeps_lookups_inside_their_tables) {
    const auto blob = dictionary_blob("FIXT11");
    int accepted = 0;
    for (std::size_t at = kHead; at < blob.size(); at += 7) {
        auto changed = blob;
        changed[at] ^= std::byte{0x81};
        const std::uint32_t checksum = crc32(std::span(changed).subspan(kHead));
        std::memcpy(changed.data() + 12, &checksum, sizeof checksum);
        std::string error;
        const auto made = Dictionary::load(changed, error);
        if (!made) continue;
        ++accepted;
        for (const auto& field : made->fields()) {
            (void)made->field(field.tag);
            (void)made->accepts(field, "FIX44");
            (void)made->value_name(field, "9");
        }
        for (const auto& message : made->messages())
            for (const std::uint32_t tag : {35U, 384U, 372U, 5000U})
                (void)made->find(made->body(message), tag);
        (void)made->message("A");
        (void)made->name();
    }
    CHECK(accepted > 0);
}

TEST_MAIN
