#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "check.hpp"
#include "dictionaries.hpp"
#include "fix/dictionary.hpp"
#include "fix/encoder.hpp"
#include "fix/index.hpp"
#include "fix/message.hpp"

using namespace gw::fix;
using gw::Decimal;
using gw::test::wire;

namespace {

// A complete message from its fields behind BodyLength, `|` for SOH, BodyLength and CheckSum made to fit.
std::string framed(std::string_view body) {
    const std::string bytes = wire(body);
    std::string text = wire("8=FIX.4.4|9=" + std::to_string(bytes.size()) + "|") + bytes;
    unsigned sum = 0;
    for (const char c : text) sum += static_cast<unsigned char>(c);
    char trailer[8];
    std::snprintf(trailer, sizeof trailer, "10=%03u", sum % 256);
    return text + trailer + '\x01';
}

struct Parsed {
    MessageBuffer<64> message;
    std::string text;
    ParseError error;
    explicit Parsed(std::string bytes) : text(std::move(bytes)), error(message.parse(text)) {}
};

}  // namespace

TEST(parse_order_indexes_every_field_in_wire_order) {
    Parsed p(framed("35=D|34=7|49=A|52=20261121-10:00:00.123|56=B|11=id|38=100.5|40=2|44=-0.25|54=1|"));
    REQUIRE(p.error == ParseError::none);
    CHECK_EQ(p.message.fields().size(), std::size_t{13});
    CHECK_EQ(p.message.begin_string(), "FIX.4.4");
    CHECK_EQ(p.message.msg_type(), "D");
    CHECK_EQ(p.message.get(11).value(), "id");
    CHECK_EQ(p.message.get_int(34).value(), 7);
    CHECK_EQ(p.message.get_decimal(38).value(), Decimal::parse("100.5").value());
    CHECK_EQ(p.message.get_decimal(44).value(), Decimal::parse("-0.25").value());
    CHECK_EQ(p.message.get_char(54).value(), '1');
    CHECK_EQ(p.message.get_timestamp_ns(52).value(), 1795255200123000000);
    CHECK(!p.message.get(1).has_value());
    CHECK_EQ(gw::test::shown(p.message.whole(3)), "34=7|");
    CHECK_EQ(gw::test::shown(p.message.whole(0)), "8=FIX.4.4|");
}

TEST(parse_typed_getter_of_a_wrong_type_gives_nothing) {
    Parsed p(framed("35=D|34=x|43=Z|44=1e5|52=yesterday|54=12|38=99999999999999999999|"));
    REQUIRE(p.error == ParseError::none);
    CHECK(!p.message.get_int(34));
    CHECK(!p.message.get_bool(43));
    CHECK(!p.message.get_decimal(44));
    CHECK(!p.message.get_timestamp_ns(52));
    CHECK(!p.message.get_char(54));
    CHECK(!p.message.get_int(38));
    CHECK(p.message.has(38));
}

TEST(parse_every_single_byte_changed_is_refused_or_harmless) {
    const std::string good = framed("35=D|34=7|49=A|52=20261121-10:00:00|56=B|11=id|");
    for (std::size_t i = 0; i < good.size(); ++i) {
        std::string bad = good;
        bad[i] = static_cast<char>(bad[i] + 1);
        CHECK(Parsed(bad).error != ParseError::none);
    }
}

TEST(parse_truncated_at_every_byte_is_refused) {
    const std::string good = framed("35=D|34=7|49=A|52=20261121-10:00:00|56=B|11=id|");
    for (std::size_t size = 0; size < good.size(); ++size) {
        // An allocation of the exact size, so that a read past the end shows under the address sanitizer.
        const auto exact = std::make_unique<char[]>(size + 1);
        std::memcpy(exact.get(), good.data(), size);
        MessageBuffer<64> message;
        CHECK(message.parse({exact.get(), size}) != ParseError::none);
        CHECK(message.fields().empty());
    }
}

TEST(parse_first_three_fields_out_of_order_is_refused) {
    CHECK_EQ(Parsed(framed("34=3|35=0|49=A|56=B|")).error, ParseError::header_out_of_order);
}

TEST(parse_wrong_check_sum_is_refused) {
    std::string text = framed("35=0|34=2|");
    text[text.size() - 2] = text[text.size() - 2] == '0' ? '1' : '0';
    CHECK_EQ(Parsed(text).error, ParseError::check_sum_mismatch);
    CHECK_EQ(Parsed(wire("8=FIX.4.4|9=10|35=0|34=2|10=256|")).error, ParseError::check_sum_mismatch);
    CHECK_EQ(Parsed(wire("8=FIX.4.4|9=10|35=0|34=2|10=2a6|")).error, ParseError::check_sum_malformed);
}

TEST(parse_wrong_body_length_is_refused) {
    std::string text = wire("8=FIX.4.4|9=11|35=0|34=2|");
    unsigned sum = 0;
    for (const char c : text) sum += static_cast<unsigned char>(c);
    char trailer[8];
    std::snprintf(trailer, sizeof trailer, "10=%03u", sum % 256);
    CHECK_EQ(Parsed(text + trailer + '\x01').error, ParseError::body_length_mismatch);
}

TEST(parse_more_fields_than_storage_is_refused) {
    std::string body = "35=D|";
    for (int i = 0; i < 61; ++i) body += "58=x|";
    CHECK_EQ(Parsed(framed(body)).error, ParseError::too_many_fields);
    body.resize(body.size() - 5);
    CHECK_EQ(Parsed(framed(body)).error, ParseError::none);
}

TEST(parse_data_field_keeps_separators_inside) {
    Parsed p(framed("35=A|34=1|95=9|96=a|10=0|b=|98=0|"));
    REQUIRE(p.error == ParseError::none);
    CHECK_EQ(gw::test::shown(p.message.get(96).value()), "a|10=0|b=");
    CHECK_EQ(p.message.get(98).value(), "0");
    CHECK_EQ(p.message.defect().kind, DefectKind::none);
}

TEST(parse_data_field_longer_than_a_block_keeps_separators_inside) {
    std::string data;
    for (int i = 0; i < 50; ++i) data += "=|x8";
    Parsed p(framed("35=A|34=1|95=200|96=" + data + "|98=0|"));
    REQUIRE(p.error == ParseError::none);
    CHECK_EQ(gw::test::shown(p.message.get(96).value()), data);
    CHECK_EQ(p.message.get(98).value(), "0");
}

TEST(parse_data_length_that_lies_is_a_defect_and_not_garbled) {
    for (const char* length : {"2", "4", "999999", "-1", "x", "", "99999999999999999999"}) {
        Parsed p(framed(std::string("35=A|34=1|95=") + length + "|96=abc|98=0|"));
        REQUIRE(p.error == ParseError::none);
        CHECK_EQ(p.message.defect().kind, DefectKind::data_length);
        CHECK_EQ(p.message.defect().tag, 95U);
        CHECK_EQ(p.message.get(96).value(), "abc");
        CHECK_EQ(p.message.get(98).value(), "0");
    }
}

TEST(parse_custom_data_pair_is_known_after_add) {
    DataTags tags;
    REQUIRE(tags.add({5001, 5002}));
    MessageBuffer<32> message;
    const std::string text = framed("35=U1|5001=3|5002=a|b|58=t|");
    REQUIRE(message.parse(text, tags) == ParseError::none);
    CHECK_EQ(gw::test::shown(message.get(5002).value()), "a|b");
}

TEST(parse_raw_data_of_every_dictionary_is_read_whole) {
    std::size_t pairs = 0;
    for (const char* name :
         {"FIX40", "FIX41", "FIX42", "FIX43", "FIX44", "FIX50", "FIX50SP1", "FIX50SP2", "FIXT11"}) {
        const Dictionary& dictionary = gw::test::dictionary(name);
        DataTags tags;
        REQUIRE(add_data_pairs(dictionary, tags));
        for (const FieldInfo& field : dictionary.fields()) {
            if (field.type != FieldType::data) continue;
            ++pairs;
            MessageBuffer<32> message;
            const std::string data = std::to_string(field.tag);
            const std::string text =
                framed("35=U1|" + std::to_string(field.pair) + "=8|" + data + "=a|58=x|b|59=0|");
            REQUIRE(message.parse(text, tags) == ParseError::none);
            CHECK_EQ(gw::test::shown(message.get(field.tag).value()), "a|58=x|b");
            CHECK_EQ(message.get(58).has_value(), false);
            CHECK_EQ(message.get(59).value(), "0");
        }
    }
    CHECK_EQ(pairs, 182U);
}

TEST(parse_tag_that_is_no_number_is_a_defect) {
    const auto defect = [](const char* field) {
        Parsed p(framed(std::string("35=0|34=2|") + field + "|56=B|"));
        CHECK_EQ(p.error, ParseError::none);
        CHECK_EQ(p.message.defect().kind, DefectKind::invalid_tag);
        CHECK_EQ(p.message.get(56).value(), "B");
        return tag_as_written(p.message.defect().tag);
    };
    CHECK_EQ(defect("0=HI"), 0);
    CHECK_EQ(defect("-1=HI"), -1);
    CHECK_EQ(defect("4garbled9=TW"), 0);
    CHECK_EQ(defect("nothing"), 0);
    CHECK_EQ(defect("=x"), 0);
    CHECK_EQ(defect(""), 0);
    CHECK_EQ(defect("035=0"), 0);
    CHECK_EQ(defect("99999999999=x"), 0);
}

TEST(parse_empty_value_is_a_field_of_length_zero) {
    Parsed p(framed("35=0|34=2|56=|"));
    REQUIRE(p.error == ParseError::none);
    CHECK_EQ(p.message.get(56).value(), "");
    CHECK_EQ(p.message.defect().kind, DefectKind::none);
}

TEST(parse_agrees_with_a_plain_scan_at_every_length) {
    // Fields end at every offset of a 64-byte block.
    for (std::size_t pad = 0; pad < 200; ++pad) {
        Parsed p(framed("35=D|58=" + std::string(pad, 'v') + "|11=id=2|44=3|"));
        REQUIRE(p.error == ParseError::none);
        CHECK_EQ(p.message.get(58).value().size(), pad);
        CHECK_EQ(p.message.get(11).value(), "id=2");
        CHECK_EQ(p.message.get(44).value(), "3");
        CHECK_EQ(p.message.fields().size(), std::size_t{7});
    }
}

namespace {

// The rule in its plainest form: fields end at SOH, but where a length field announces data that ends at one.
std::vector<Field> index_plainly(const std::string& text, std::uint32_t data_tag, std::uint32_t length_tag) {
    std::vector<Field> fields;
    std::size_t announced = std::string::npos;
    for (std::size_t begin = 0; begin < text.size();) {
        std::size_t end = text.find('\x01', begin);
        const std::size_t equals = text.find('=', begin);
        const bool has_tag = equals < end;
        const std::size_t value = has_tag ? equals + 1 : begin;
        const std::string tag = has_tag ? text.substr(begin, equals - begin) : "";
        std::uint32_t number = 0;
        const std::string digits = tag.starts_with('-') && tag.size() > 1 ? tag.substr(1) : tag;
        if (!digits.empty() && digits.size() < 10 &&
            digits.find_first_not_of("0123456789") == std::string::npos &&
            (digits[0] != '0' || digits.size() == 1))
            number =
                static_cast<std::uint32_t>(tag.starts_with('-') ? -std::stol(digits) : std::stol(digits));
        if (number == data_tag && announced != std::string::npos && value + announced >= end &&
            value + announced < text.size() - 7 && text[value + announced] == '\x01')
            end = value + announced;
        announced = std::string::npos;
        if (number == length_tag && end > value && end - value < 6 &&
            text.substr(value, end - value).find_first_not_of("0123456789") == std::string::npos)
            announced = static_cast<std::size_t>(std::stol(text.substr(value, end - value)));
        fields.push_back(
            {number, static_cast<std::uint32_t>(value), static_cast<std::uint32_t>(end - value)});
        begin = end + 1;
    }
    return fields;
}

}  // namespace

TEST(parse_random_bytes_agrees_with_the_plainest_index) {
    unsigned state = 7;
    const auto next = [&](unsigned n) {
        state = state * 1664525U + 1013904223U;
        return (state >> 10) % n;
    };
    MessageBuffer<> message;
    int complete = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string body = "35=D|";
        const unsigned pieces = next(60);
        for (unsigned i = 0; i < pieces; ++i) {
            // Well-formed fields with now and then anything between them.
            if (round % 2 == 0 || next(8) != 0)
                body += std::to_string(round % 4 != 0 && next(4) == 0 ? next(20'000) : 101 + next(70)) + "=" +
                        std::string(next(20), 'v') + "|";
            else if (next(3) == 0)
                body += "95=" + std::to_string(next(12)) + "|96=" + std::string(next(4), '|') + "ab=|";
            else
                for (unsigned n = next(6); n > 0; --n) body += "|=0195-x"[next(8)];
        }
        if (!body.ends_with('|')) body += '|';
        const std::string text = framed(body);
        REQUIRE(message.parse(text) == ParseError::none);
        const std::vector<Field> expected = index_plainly(text, 96, 95);
        bool same = expected.size() == message.fields().size();
        for (std::size_t i = 0; same && i < expected.size(); ++i) {
            const Field& field = message.fields()[i];
            same = field.tag == expected[i].tag && field.offset == expected[i].offset &&
                   field.length == expected[i].length;
        }
        // Whatever way of indexing this processor knows: the same, or left to the slow one.
        for (const IndexVariant& variant : index_variants()) {
            for (const std::size_t room : {std::size_t{2048}, expected.size(), expected.size() / 2}) {
                std::vector<Field> fields(room);
                const FastIndex index = variant.index(text, fields, standard_data_tags);
                unsigned sum = 0;
                for (const char c : text) sum += static_cast<unsigned char>(c);
                same = same && index.sum == sum % 256;
                if (!index.complete) continue;
                same = same && index.count == expected.size() && index.count <= room;
                for (std::size_t i = 0; same && i < expected.size(); ++i)
                    same = fields[i].tag == expected[i].tag && fields[i].offset == expected[i].offset &&
                           fields[i].length == expected[i].length;
                ++complete;
            }
        }
        if (!same) {
            CHECK_EQ(gw::test::shown(text), "the same index");
            return;
        }
    }
    CHECK(complete > 5'000);  // the fast ways are not always left
}

TEST(parse_gives_the_same_with_every_index_that_can_be_forced) {
    const std::string text = framed(
        "35=8|34=7|49=ISLD|56=TW|52=20261121-10:00:00.000|37=V-1|11=A1|17=E1|150=F|"
        "39=1|55=ACME|54=1|32=30|31=100.25|14=30|151=70|6=100.25|60=20261121-10:00:00|");
    MessageBuffer<> expected;
    force_index(index_variants().back());
    REQUIRE(expected.parse(text) == ParseError::none);
    for (const IndexVariant& variant : index_variants()) {
        force_index(variant);
        MessageBuffer<> message;
        CHECK(message.parse(text) == ParseError::none);
        REQUIRE(message.fields().size() == expected.fields().size());
        for (std::size_t i = 0; i < message.fields().size(); ++i)
            CHECK_EQ(message.whole(i), expected.whole(i));
        std::string wrong = text;
        wrong[wrong.size() - 2] ^= 1;
        CHECK(message.parse(wrong) == ParseError::check_sum_mismatch);
    }
    force_index(index_variants().front());
}

// Around the sizes at which an index takes its fields by eights and sixteens, or leaves them to another. The
// text is in memory of exactly its size: a sanitizer sees what is read beside it.
TEST(index_of_any_number_of_fields_is_the_same_in_every_variant) {
    for (unsigned count = 1; count < 540; count += count < 70 || (count > 245 && count < 265) ? 1 : 19) {
        std::string body = "35=D|";
        for (unsigned i = 0; i < count; ++i)
            body += std::to_string(101 + i % 70) + "=" + std::string(i % 7, 'v') + "|";
        const std::string whole = framed(body);
        const std::vector<char> exact(whole.begin(), whole.end());
        const std::string_view text(exact.data(), exact.size());
        const std::vector<Field> expected = index_plainly(whole, 96, 95);
        for (const IndexVariant& variant : index_variants()) {
            std::vector<Field> fields(expected.size() + 64);
            const FastIndex index = variant.index(text, fields, standard_data_tags);
            const bool same =
                index.complete && index.count == expected.size() &&
                std::equal(expected.begin(), expected.end(), fields.begin(),
                           [](const Field& a, const Field& b) {
                               return a.tag == b.tag && a.offset == b.offset && a.length == b.length;
                           });
            if (!same) CHECK_EQ(std::string(variant.name) + ", fields: " + std::to_string(count), "the same");
            fields.resize(expected.size());
            CHECK(variant.index(text, fields, standard_data_tags).count <= fields.size());
        }
    }
}

TEST_MAIN
