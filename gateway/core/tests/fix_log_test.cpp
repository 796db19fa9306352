#include "check.hpp"
#include "fix/log_filter.hpp"
#include "fix/log_orders.hpp"
#include "fix/log_scan.hpp"

using namespace gw::fix;
using gw::test::wire;

namespace {

const std::string heartbeat = wire("8=FIX.4.4|9=47|35=0|34=2|49=TW44|52=20261121-10:00:00|56=ISLD|10=057|");

struct Found {
    std::string before;
    std::string fields;  // tag=value, joined by |
    bool whole;
    bool agrees;
};

std::string fields_of(const LoggedMessage& message, const std::vector<Field>& fields) {
    std::string all;
    for (const Field& field : fields)
        all += (all.empty() ? "" : "|") + std::to_string(field.tag) + "=" +
               std::string(message.text.substr(field.offset, field.length));
    return all;
}

std::vector<Found> scan(std::string_view text) {
    LogScanner scanner(text, true);
    LoggedMessage message{};
    std::vector<Field> fields;
    std::vector<Found> all;
    while (scanner.next(message)) {
        index_logged(message, fields);
        all.push_back({std::string(message.before), fields_of(message, fields), message.whole,
                       check_sum_agrees(message, fields)});
    }
    return all;
}

std::string separated_by(std::string text, const std::string& separator) {
    std::string out;
    for (const char c : text) {
        if (c == '\x01')
            out += separator;
        else
            out += c;
    }
    return out;
}

const std::string heartbeat_fields = "8=FIX.4.4|9=47|35=0|34=2|49=TW44|52=20261121-10:00:00|56=ISLD|10=057";

std::string order(const std::string& body) {
    const std::string text = wire("35=D|49=A|56=B|" + body + "|");
    return wire("8=FIX.4.4|9=" + std::to_string(text.size()) + "|") + text + wire("10=000|");
}

void add_all(LogOrders& orders, std::string_view text) {
    LogScanner scanner(text, true);
    LoggedMessage message{};
    std::vector<Field> fields;
    while (scanner.next(message)) {
        index_logged(message, fields);
        orders.add(message.text, fields);
    }
}

std::size_t wanted(LogOrders& orders, std::string_view text) {
    LogScanner scanner(text, true);
    LoggedMessage message{};
    std::vector<Field> fields;
    std::size_t count = 0;
    while (scanner.next(message)) {
        index_logged(message, fields);
        if (orders.is_wanted(message.text, fields)) ++count;
    }
    return count;
}

bool test_holds(const LogCondition& condition, const std::string& body) {
    LogScanner scanner(body, true);
    LoggedMessage message{};
    std::vector<Field> fields;
    REQUIRE(scanner.next(message));
    index_logged(message, fields);
    return holds(condition, message.text, fields);
}

}  // namespace

TEST(log_message_is_found_with_any_separator_and_its_checksum_agrees) {
    for (const std::string separator : {"\x01", "|", "^A", "<SOH>", "\\u0001", ";", " | ", "\xC2\x81"}) {
        const auto found = scan("20261121-10:00:00.123 : " + separated_by(heartbeat, separator) + "\n");
        REQUIRE(found.size() == 1);
        CHECK_EQ(found[0].fields, heartbeat_fields);
        CHECK_EQ(found[0].before, std::string("20261121-10:00:00.123 : "));
        CHECK(found[0].whole);
        CHECK(found[0].agrees);
    }
}

TEST(log_messages_on_one_line_are_told_apart) {
    const auto found = scan("in:" + heartbeat + heartbeat + "out (" + separated_by(heartbeat, "|") + ")\n");
    REQUIRE(found.size() == 3);
    CHECK_EQ(found[1].before, std::string("\x01"));
    CHECK_EQ(found[2].before, std::string("\x01out ("));
    CHECK_EQ(found[2].fields, heartbeat_fields);
}

TEST(log_scanned_in_pieces_of_every_size_gives_the_same) {
    const std::string log = "<t, in> (" + heartbeat + ")\nno message 8=FIX here\n" +
                            separated_by(heartbeat, "|") + "\n8=FIX.4.4|9=5|35=0|cut off\n" + heartbeat;
    const auto whole = scan(log);
    REQUIRE(whole.size() == 4);
    for (std::size_t size = 1; size < log.size(); ++size) {
        std::string buffer;
        std::vector<std::string> found;
        for (std::size_t at = 0; at < log.size() + size; at += size) {
            if (at < log.size()) buffer += log.substr(at, size);
            LogScanner scanner(buffer, at + size >= log.size());
            LoggedMessage message{};
            std::vector<Field> fields;
            while (scanner.next(message)) {
                index_logged(message, fields);
                found.push_back(fields_of(message, fields));
            }
            buffer.erase(0, scanner.consumed());
        }
        REQUIRE(found.size() == whole.size());
        for (std::size_t i = 0; i < found.size(); ++i) CHECK_EQ(found[i], whole[i].fields);
    }
}

TEST(log_message_without_a_trailer_ends_with_its_line) {
    const auto found = scan("8=FIX.4.2|9=100|35=D|11=a b|58=text\r\nnext line 10=123|\n");
    REQUIRE(found.size() == 1);
    CHECK_EQ(found[0].fields, std::string("8=FIX.4.2|9=100|35=D|11=a b|58=text"));
    CHECK(!found[0].whole);
}

TEST(log_message_with_a_wrong_body_length_ends_with_the_trailer_of_its_line) {
    std::string text = separated_by(heartbeat, "|");
    text.replace(text.find("9=47"), 4, "9=12");
    const auto found = scan(text + "\n" + text);
    REQUIRE(found.size() == 2);
    CHECK(found[0].whole);
    CHECK(!found[0].agrees);
    CHECK(found[0].fields.ends_with("|10=057"));
}

TEST(log_value_with_the_separator_in_it_goes_on_to_the_next_field) {
    const auto found = scan("8=FIX.4.4|9=0|35=0|58=a|b|c|112=x|10=001|\n");
    REQUIRE(found.size() == 1);
    CHECK_EQ(found[0].fields, std::string("8=FIX.4.4|9=0|35=0|58=a|b|c|112=x|10=001"));
    REQUIRE(scan("8=FIX.4.4|9=0|35=0|58=a|b|c|112=x|10=001|\n").size() == 1);
}

TEST(log_raw_data_is_read_by_its_length) {
    const std::string data = wire("a|10=999|b");
    const std::string body = wire("35=B|95=") + std::to_string(data.size()) + wire("|96=") + data + wire("|");
    const std::string text =
        wire("8=FIX.4.4|9=" + std::to_string(body.size()) + "|") + body + wire("10=000|");
    const auto found = scan(text);
    REQUIRE(found.size() == 1);
    CHECK_EQ(found[0].fields,
             "8=FIX.4.4|9=" + std::to_string(body.size()) + "|35=B|95=10|96=" + data + "|10=000");
}

TEST(log_hostile_text_never_reads_beyond_its_end) {
    for (const std::string text : {"8=FIX", "8=FIX.4.4", "8=FIXT.1.1\x01",
                                   "8=FIX.4.4\x01"
                                   "9=",
                                   "8=FIX.4.4\x01"
                                   "9=99999999999\x01",
                                   "8=FIX.4.4\x01"
                                   "9=5\x01",
                                   "8=FIX.4.4|9=5|10=1", "48=FIX.4.4|9=5|35=0|10=123|"}) {
        for (std::size_t size = 0; size <= text.size(); ++size) (void)scan(text.substr(0, size));
    }
    CHECK(scan("48=FIX.4.4|9=5|35=0|10=123|").empty());
}

TEST(log_conditions_compare_numbers_as_numbers_and_times_as_text) {
    const std::string text = order("38=100|44=9.50|60=20261121-10:00:00.5|55=A");
    CHECK(test_holds({{44}, LogTest::less, {"10"}}, text));
    CHECK(!test_holds({{44}, LogTest::more, {"9.5"}}, text));
    CHECK(test_holds({{44}, LogTest::at_least, {"9.5"}}, text));
    CHECK(test_holds({{60}, LogTest::at_least, {"20261121-10"}}, text));
    CHECK(!test_holds({{60}, LogTest::less, {"20261121-10:00:00"}}, text));
    CHECK(test_holds({{55}, LogTest::equal, {"X", "A"}}, text));
    CHECK(test_holds({{1}, LogTest::not_equal, {"X"}}, text));
    CHECK(!test_holds({{55}, LogTest::not_equal, {"A"}}, text));
    CHECK(test_holds({{1}, LogTest::absent, {}}, text));
    CHECK(test_holds({{49, 56}, LogTest::equal, {"B"}}, text));
    CHECK(test_holds({{60}, LogTest::contains, {"21-10"}}, text));
}

TEST(log_order_is_followed_through_its_replaces_from_any_of_its_ids) {
    const std::string log = order("11=c1") + order("11=x1") + order("11=c1|37=v9") + order("11=c2|41=c1") +
                            order("11=x2|41=x1") + order("11=c3|41=c2") + order("37=v9|11=c3|41=c2") +
                            order("37=NONE|11=x2");
    for (const char* id : {"c1", "c2", "c3", "v9"}) {
        LogOrders orders;
        orders.want(id);
        add_all(orders, log);
        CHECK(orders.knows(id));
        CHECK_EQ(wanted(orders, log), std::size_t{5});
    }
    LogOrders known;  // and stays what it was once everything was read
    for (const char* id : {"x1", "c4"}) known.want(id);
    add_all(known, log);
    known.complete();
    CHECK_EQ(wanted(known, log), std::size_t{3});
    add_all(known, order("11=x1|41=c1"));
    CHECK_EQ(wanted(known, log), std::size_t{3});
    CHECK(known.knows("x1"));
    CHECK(!known.knows("c4"));
}

TEST(log_order_that_is_followed_grows_by_what_came_before_it) {
    LogOrders orders;
    orders.want("c1");
    add_all(orders, order("11=c2|37=v2") + order("11=c3|41=c2"));
    CHECK_EQ(wanted(orders, order("11=c3|41=c2")), std::size_t{0});
    add_all(orders, order("11=c2|41=c1"));
    CHECK_EQ(wanted(orders, order("11=c3|41=c2") + order("11=c2|37=v2")), std::size_t{2});
}

TEST(log_order_is_whole_in_whatever_order_a_long_chain_comes) {
    constexpr int links = 200;
    for (const int step : {1, 7, 199}) {
        std::string log;
        for (int i = 0; i < links; ++i) {
            const int link = i * step % links;
            log += order("11=c" + std::to_string(link + 1) + "|41=c" + std::to_string(link));
        }
        for (const char* id : {"c0", "c100", "c200"}) {
            LogOrders orders;
            orders.want(id);
            add_all(orders, log);
            orders.complete();
            CHECK_EQ(wanted(orders, log), std::size_t{links});
        }
    }
}

TEST(log_orders_of_other_sessions_with_the_same_ids_stay_apart) {
    std::string other = order("11=c1|37=v1");
    other.replace(other.find("56=B"), 4, "56=C");
    const std::string log = order("11=c1") + other + order("11=c2|37=v1");
    LogOrders orders;
    orders.want("c2");
    add_all(orders, log);
    CHECK_EQ(wanted(orders, log), std::size_t{1});
}

TEST_MAIN
