#include "base/utf8.hpp"

#include <array>
#include <string>

#include "check.hpp"

namespace gw {

TEST(clean_text_is_well_formed_and_printable) {
    CHECK(is_clean_text(""));
    CHECK(is_clean_text("plain, \xC3\xA9, \xE2\x82\xAC, \xF0\x9F\x98\x80"));
    CHECK(!is_clean_text("tab\t"));
    CHECK(!is_clean_text("cut \xC3"));
    CHECK(!is_clean_text("overlong \xC0\xAF"));
    CHECK(!is_clean_text("surrogate \xED\xA0\x80"));
}

TEST(short_ascii_is_every_printable_byte_at_every_place_and_size_and_no_other) {
    for (std::size_t size = 0; size <= 32; ++size) {
        std::string text(size, '~');
        CHECK(is_short_ascii(text));
        for (std::size_t at = 0; at < size; ++at)
            for (int byte = 0; byte < 256; ++byte) {
                text.assign(size, byte % 2 == 0 ? ' ' : '~');
                text[at] = static_cast<char>(byte);
                CHECK_EQ(is_short_ascii(text), byte >= 0x20 && byte < 0x7F);
            }
    }
    CHECK(!is_short_ascii(std::string(33, 'a')));  // however it is: the caller asks on
}

TEST(cut_text_of_every_size_stays_well_formed_and_is_as_long_as_may_be) {
    const std::string text = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80z";
    for (std::size_t size = 0; size <= text.size() + 1; ++size) {
        const std::string_view cut = cut_text(text, size);
        CHECK(cut.size() <= size);
        CHECK(cut.size() + 3 >= size || cut.size() == text.size());
        CHECK(is_clean_text(cut));
        CHECK_EQ(cut, text.substr(0, cut.size()));
    }
}

TEST(text_that_is_not_ascii_is_mended_byte_by_byte) {
    std::array<char, 6> buffer{};
    CHECK_EQ(clean_text("a\xC3\xA9"
                        "b\x01"
                        "cut",
                        buffer),
             "a??b?c");
    CHECK_EQ(clean_text("as it is", buffer), "as it ");
}

}  // namespace gw

TEST_MAIN
