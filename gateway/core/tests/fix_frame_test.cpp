#include "check.hpp"
#include "fix/frame.hpp"
#include "fix/message.hpp"

using namespace gw::fix;
using gw::test::wire;

namespace {

const std::string heartbeat = wire("8=FIX.4.4|9=47|35=0|34=2|49=TW44|52=20261121-10:00:00|56=ISLD|10=226|");

void check_garbled(const std::string& text, FrameError error, std::size_t skip) {
    const Frame result = frame(text);
    CHECK_EQ(result.status, FrameStatus::garbled);
    CHECK_EQ(result.error, error);
    CHECK_EQ(result.length, skip);
}

}  // namespace

TEST(frame_whole_message_gives_its_length) {
    const Frame result = frame(heartbeat + heartbeat);
    CHECK_EQ(result.status, FrameStatus::complete);
    CHECK_EQ(result.length, heartbeat.size());
}

TEST(frame_cut_at_every_byte_is_incomplete) {
    for (std::size_t size = 0; size < heartbeat.size(); ++size) {
        const Frame result = frame(std::string_view(heartbeat).substr(0, size));
        CHECK_EQ(result.status, FrameStatus::incomplete);
        CHECK_EQ(result.length, std::size_t{0});
    }
}

TEST(frame_hostile_body_length_is_garbled_and_bounded) {
    for (const char* length :
         {"2147483648", "-1", "999999999999999999999999999999", "", "1x", "4294967297", "0"}) {
        const std::string bad = wire(std::string("8=FIX.4.4|9=") + length + "|35=0|10=000|");
        const Frame result = frame(bad + heartbeat);
        CHECK_EQ(result.status, FrameStatus::garbled);
        CHECK_EQ(result.length, bad.size());
    }
}

TEST(frame_body_length_that_never_ends_is_garbled_after_ten_digits) {
    const std::string text = wire("8=FIX.4.4|9=") + std::string(11, '1');
    CHECK_EQ(frame(text).status, FrameStatus::garbled);
    CHECK_EQ(frame(text).error, FrameError::body_length_malformed);
}

TEST(frame_body_length_over_the_limit_is_garbled) {
    check_garbled(wire("8=FIX.4.4|9=65536|"), FrameError::body_length_too_large, 18);
    const Frame small = frame(heartbeat, {.message_size_max = heartbeat.size() - 1});
    CHECK_EQ(small.error, FrameError::body_length_too_large);
    CHECK_EQ(frame(heartbeat, {.message_size_max = heartbeat.size()}).status, FrameStatus::complete);
}

TEST(frame_noise_before_a_message_is_skipped) {
    check_garbled("noise" + heartbeat, FrameError::no_begin_string, 5);
    check_garbled(wire("35=0|") + heartbeat, FrameError::no_begin_string, 5);
    // A begin that is cut off by the end of the buffer is kept.
    check_garbled("noise8=FI", FrameError::no_begin_string, 5);
    check_garbled("noise", FrameError::no_begin_string, 5);
}

TEST(frame_second_field_not_body_length_is_garbled) {
    const std::string bad = wire("8=FIX.4.4|35=0|34=2|10=000|");
    check_garbled(bad + heartbeat, FrameError::body_length_missing, bad.size());
}

TEST(frame_begin_string_without_end_is_garbled) {
    check_garbled("8=FIX.4.4.4.4.4.4.4.4" + heartbeat, FrameError::begin_string_malformed, 21);
}

TEST(frame_body_length_too_short_skips_the_message_alone) {
    const std::string bad = wire("8=FIX.4.4|9=30|35=0|34=2|49=TW44|52=20261121-10:00:00|56=ISLD|10=218|");
    check_garbled(bad + heartbeat, FrameError::check_sum_misplaced, bad.size());
    check_garbled(bad, FrameError::check_sum_misplaced, bad.size());
}

TEST(frame_body_length_too_long_takes_the_next_message_with_it) {
    const std::string bad = wire("8=FIX.4.4|9=61|35=0|34=2|49=TW44|52=20261121-10:00:00|56=ISLD|10=222|");
    CHECK_EQ(frame(bad).status, FrameStatus::incomplete);
    CHECK_EQ(frame(bad + heartbeat.substr(0, 20)).status, FrameStatus::incomplete);
    check_garbled(bad + heartbeat + heartbeat, FrameError::check_sum_misplaced,
                  bad.size() + heartbeat.size());
}

TEST(frame_check_sum_of_one_digit_is_garbled_at_once) {
    const std::string bad = wire("8=FIX.4.4|9=47|35=0|34=2|49=TW44|52=20261121-10:00:00|56=ISLD|10=0|");
    check_garbled(bad, FrameError::check_sum_misplaced, bad.size());
    check_garbled(bad + heartbeat, FrameError::check_sum_misplaced, bad.size());
}

TEST(frame_without_trailer_resumes_at_the_next_message_when_the_window_is_full) {
    const std::string bad = wire("8=FIX.4.4|9=5|35=0|") + std::string(resync_window, 'x');
    CHECK_EQ(frame(bad.substr(0, 100)).status, FrameStatus::incomplete);
    const Frame result = frame(bad + heartbeat);
    CHECK_EQ(result.status, FrameStatus::garbled);
    CHECK_EQ(result.length, bad.size());
}

TEST(frame_any_bytes_make_progress_or_wait_within_the_limit) {
    // Each prefix of a garbled stream either waits for bytes that the limit allows or skips at least one.
    std::string stream;
    unsigned state = 1;
    for (int i = 0; i < 3000; ++i) {
        state = state * 1103515245U + 12345U;
        stream += "8=FIX9|\x01"[(state >> 16) % 8];
    }
    stream += heartbeat;
    const FrameLimits limits{.message_size_max = 512};
    std::size_t at = 0;
    std::size_t size = 0;
    bool found = false;
    while (size < stream.size()) {
        ++size;
        for (;;) {
            const std::string_view buffer = std::string_view(stream).substr(at, size - at);
            const Frame result = frame(buffer, limits);
            if (result.status == FrameStatus::incomplete) {
                CHECK(buffer.size() <= limits.message_size_max);
                break;
            }
            REQUIRE(result.length > 0 && result.length <= buffer.size());
            found = found ||
                    (result.status == FrameStatus::complete && buffer.substr(0, result.length) == heartbeat);
            at += result.length;
        }
    }
    CHECK(found);
}

TEST_MAIN
