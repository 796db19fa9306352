// What the order path does for nearly every field: hashes of texts, names by number, texts and lengths of the
// wire format.
#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "base/hash.hpp"
#include "base/names.hpp"
#include "base/protobuf.hpp"
#include "base/utf8.hpp"
#include "check.hpp"

using namespace gw;

namespace {

// As the function is defined: the words of the text, the last one filled up with zeros. Fingerprints of
// journals of before hang on it.
std::uint64_t plain_hash(std::string_view text) {
    Hash hash(7);
    hash.add(std::uint64_t{text.size()});
    for (std::size_t at = 0; at < text.size(); at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data() + at, std::min<std::size_t>(8, text.size() - at));
        hash.add(word);
    }
    return hash.value();
}

std::string text_of(std::size_t size) {
    std::string text;
    for (std::size_t at = 0; at < size; ++at) text += static_cast<char>(at * 37 + size * 11 + 1);
    return text;
}

}  // namespace

TEST(hash_of_a_text_of_any_length_is_that_of_its_words) {
    for (std::size_t size = 0; size <= 40; ++size) {
        const std::string text = text_of(size);
        CHECK_EQ(Hash(7).add(std::string_view(text)).value(), plain_hash(text));
    }
    CHECK_EQ(Hash(7).add(std::string_view("bench-1000000001")).value(), plain_hash("bench-1000000001"));
}

TEST(name_asked_for_after_another_is_its_own) {
    Names names;
    for (const char* name : {"abc", "abd", "abcdefgh", "abcdefgi", "a name of more than sixteen bytes"})
        (void)names.add(name);
    for (std::uint32_t first = 1; first <= 5; ++first)
        for (std::uint32_t second = 1; second <= 5; ++second) {
            CHECK_EQ(names.find(names.name(first)), first);
            CHECK_EQ(names.find("none"), 0U);
            const Names copy = names;
            CHECK_EQ(names.find(names.name(second)), second);
            CHECK_EQ(copy.find(names.name(first)), first);
        }
}

TEST(names_are_found_by_their_numbers_however_many_there_are) {
    Names names;
    CHECK_EQ(names.find("A"), 0U);
    for (std::uint32_t number = 1; number <= 1'000; ++number)
        CHECK_EQ(names.add("name-" + std::to_string(number)), number);
    const Names copy = names;
    for (std::uint32_t number = 1; number <= 1'000; ++number) {
        const std::string name = "name-" + std::to_string(number);
        CHECK_EQ(names.add(name), number);
        CHECK_EQ(copy.find(name), number);
        CHECK_EQ(copy.name(number), std::string_view(name));
    }
    CHECK_EQ(names.size(), 1'000U);
    CHECK_EQ(names.find("name-1001"), 0U);
    CHECK_EQ(names.add(""), 1'001U);
    CHECK_EQ(names.find(""), 1'001U);
}

TEST(names_that_differ_in_one_byte_only_are_different_names) {
    Names names;
    std::uint32_t number = 0;
    for (std::size_t size = 1; size <= 20; ++size)
        for (std::size_t at = 0; at < size; ++at) {
            std::string name(size, 'n');
            name[at] = 'm';
            CHECK_EQ(names.find(name), 0U);
            CHECK_EQ(names.add(name), ++number);
            CHECK_EQ(names.find(name), number);
        }
}

TEST(texts_of_any_length_are_written_and_read_as_they_are_into_buffers_of_any_size) {
    for (std::size_t size = 1; size <= 300; ++size) {
        const std::string text = text_of(size);
        std::vector<char> whole(size + 4);
        pb::Writer out(whole);
        out.bytes(3, text);
        REQUIRE(!out.overflowed());
        pb::Reader in(out.written());
        CHECK(in.next());
        CHECK_EQ(in.field(), 3U);
        CHECK_EQ(in.bytes(), std::string_view(text));
        CHECK(!in.next());
        CHECK(in.ok());
        for (std::size_t room = 0; room < out.size(); ++room) {
            std::vector<char> small(room);
            pb::Writer cut(small);
            cut.bytes(3, text);
            CHECK(cut.overflowed());
            pb::Reader torn(out.written().substr(0, room));
            CHECK(!torn.next());
            CHECK_EQ(torn.ok(), room == 0);
        }
    }
}

TEST(numbers_are_written_the_same_far_from_the_end_of_the_buffer_and_near_it) {
    for (unsigned bits = 0; bits < 64; ++bits) {
        const std::uint64_t value = (std::uint64_t{1} << bits) | 1U;
        std::array<char, 64> roomy;
        pb::Writer out(roomy);
        out.varint(200, value);
        std::vector<char> exact(out.size());
        pb::Writer tight(exact);
        tight.varint(200, value);
        CHECK(!tight.overflowed());
        CHECK_EQ(tight.written(), out.written());
        pb::Reader in(out.written());
        CHECK(in.next());
        CHECK_EQ(in.varint(), value);
        std::vector<char> small(out.size() - 1);
        pb::Writer cut(small);
        cut.varint(200, value);
        CHECK(cut.overflowed());
    }
}

TEST(message_of_any_length_is_the_same_whatever_length_was_expected) {
    for (std::size_t size = 0; size <= 20'000; size += size < 300 ? 1 : 331) {
        const std::string text = text_of(size);
        std::vector<char> one(size + 20), two(size + 20);
        pb::Writer out(one), long_out(two);
        const auto at = out.open(5);
        out.bytes(1, text);
        out.close(at);
        const auto long_at = long_out.open_long(5);
        long_out.bytes(1, text);
        long_out.close_long(long_at);
        REQUIRE(!out.overflowed() && !long_out.overflowed());
        CHECK_EQ(out.written(), long_out.written());
        pb::Reader in(long_out.written());
        CHECK(in.next());
        pb::Reader inner(in.bytes());
        CHECK_EQ(inner.next(), size != 0);
        if (size != 0) CHECK_EQ(inner.bytes(), std::string_view(text));
        for (std::size_t room = out.size() > 4 ? out.size() - 4 : 0; room < out.size(); ++room) {
            std::vector<char> small(room);
            pb::Writer cut(small);
            const auto cut_at = cut.open(5);
            cut.bytes(1, text);
            cut.close(cut_at);
            CHECK(cut.overflowed());
        }
    }
}

TEST(decimals_are_written_the_same_far_from_the_end_of_the_buffer_and_near_it) {
    for (const char* text :
         {"0.00000001", "12.5", "-0.01", "300", "92233720368.54775807", "-92233720368.54775807", "0"}) {
        const Decimal value = *Decimal::parse(text);
        std::array<char, 128> roomy;
        pb::Writer out(roomy);
        out.decimal(9, value);
        CHECK_EQ(out.written().substr(2), std::string_view(text));
        std::vector<char> exact(out.size());
        pb::Writer tight(exact);
        tight.decimal(9, value);
        CHECK(!tight.overflowed());
        CHECK_EQ(tight.written(), out.written());
        std::vector<char> small(out.size() - 1);
        pb::Writer cut(small);
        cut.decimal(9, value);
        CHECK(cut.overflowed());
    }
}

TEST(text_is_clean_byte_by_byte_wherever_a_byte_stands) {
    for (std::size_t size = 1; size <= 24; ++size)
        for (std::size_t at = 0; at < size; ++at)
            for (unsigned byte = 0; byte < 256; ++byte) {
                std::string text(size, '~');
                text[at] = static_cast<char>(byte);
                CHECK_EQ(is_clean_text(text), byte >= 0x20 && byte < 0x7F);
            }
    CHECK(is_clean_text("eight by and \xC3\xA4 behind it"));
    CHECK(
        is_clean_text("Stra\xC3\x9F"
                      "e"));
    CHECK(!is_clean_text("12345678\xC3"));
}

TEST_MAIN
