#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "base/crc32c.hpp"
#include "check.hpp"

TEST(test_crc32c_published_vectors_match) {
    // RFC 3720 appendix B.4, and the check value of the CRC catalogue.
    const std::string digits = "123456789";
    const std::vector<unsigned char> zeros(32, 0x00);
    const std::vector<unsigned char> ones(32, 0xFF);
    std::vector<unsigned char> rising(32);
    for (std::size_t i = 0; i < rising.size(); ++i) rising[i] = static_cast<unsigned char>(i);
    CHECK_EQ(gw::crc32c(0, digits.data(), digits.size()), 0xE3069283U);
    CHECK_EQ(gw::crc32c(0, zeros.data(), zeros.size()), 0x8A9136AAU);
    CHECK_EQ(gw::crc32c(0, ones.data(), ones.size()), 0x62A8AB43U);
    CHECK_EQ(gw::crc32c(0, rising.data(), rising.size()), 0x46DD794EU);
    CHECK_EQ(gw::crc32c(0, nullptr, 0), 0U);
}

TEST(test_crc32c_hardware_and_table_agree_at_every_size_and_alignment) {
    std::mt19937 random(7);
    std::vector<unsigned char> bytes(600);
    for (auto& byte : bytes) byte = static_cast<unsigned char>(random());
    for (std::size_t start = 0; start < 9; ++start)
        for (std::size_t size = 0; size + start <= bytes.size(); size += 1 + size / 64) {
            const auto table = gw::crc32c_table(0, bytes.data() + start, size);
            if (gw::crc32c_has_hardware())
                CHECK_EQ(gw::crc32c_hardware(0, bytes.data() + start, size), table);
            CHECK_EQ(gw::crc32c(0, bytes.data() + start, size), table);
        }
}

TEST(test_crc32c_continued_equals_whole) {
    const std::string text = "8=FIX.4.4|9=63|35=0|34=2|49=GATEWAY|52=20260101-00:00:00|56=VENUE|10=100|";
    const auto whole = gw::crc32c(0, text.data(), text.size());
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        const auto head = gw::crc32c(0, text.data(), cut);
        CHECK_EQ(gw::crc32c(head, text.data() + cut, text.size() - cut), whole);
        CHECK_EQ(
            gw::crc32c_table(gw::crc32c_table(0, text.data(), cut), text.data() + cut, text.size() - cut),
            whole);
    }
}

TEST_MAIN
