// What is written of a logged message is tested to the character where the command is
// (tests/unit/cli/test_fixlog_forms.py); here are its forms in short, and bytes of which nobody knows what
// they are, for the sanitizers.
#include "fix/log_text.hpp"

#include <algorithm>
#include <random>

#include "tests/check.hpp"
#include "tests/dictionaries.hpp"

using namespace gw::fix;
using gw::test::dictionary;
using gw::test::wire;

namespace {

LogText text_of(LogForm form, bool colored = false, int* asked = nullptr) {
    return {{form, colored, true, {554}},
            [asked](std::string_view begin_string, std::string_view) {
                if (asked != nullptr) ++*asked;
                return begin_string == "FIXT.1.1" ? LogNames({&dictionary("FIX50SP2"), &dictionary("FIXT11")})
                                                  : LogNames({&dictionary("FIX44")});
            },
            [](std::string_view value) { return "(" + std::to_string(value.size()) + " bytes)"; }};
}

std::string written(LogText& text, std::string_view log) {
    LogScanner scanner(log, true);
    LoggedMessage message{};
    std::vector<Field> fields;
    std::string out;
    while (scanner.next(message)) {
        index_logged(message, fields);
        text.append(message, fields, check_sum_agrees(message, fields), out);
    }
    return out;
}

std::string written(LogForm form, std::string_view log, bool colored = false) {
    LogText text = text_of(form, colored);
    return written(text, log);
}

const std::string rejected =
    wire("8=FIX.4.4|9=68|35=8|34=7|49=VENUE|52=20261121-10:00:00|56=DESK|39=8|58=a \"b\" \\|554=x|10=000|");

}  // namespace

TEST(log_text_names_fields_and_values_and_blanks_secrets) {
    CHECK_EQ(
        written(LogForm::line, rejected),
        "2026-11-21 10:00:00        VENUE → DESK     7 ExecutionReport OrdStatus=REJECTED Text=a \"b\" \\ "
        "Password=***\n");
    CHECK_EQ(written(LogForm::raw, rejected),
             "8=FIX.4.4|9=68|35=8|34=7|49=VENUE|52=20261121-10:00:00|56=DESK|39=8|58=a \"b\" "
             "\\|554=***|10=000|\n");
    CHECK(written(LogForm::json, rejected)
              .find(R"({"tag": 58, "value": "a \"b\" \\", "name": "Text"}, {"tag": 554, "value": "***")") !=
          std::string::npos);
    CHECK(written(LogForm::lines, rejected).find("\n      39 OrdStatus    8  REJECTED\n") !=
          std::string::npos);
    CHECK(written(LogForm::line, rejected, true).find("\x1b[31mREJECTED\x1b[0m") != std::string::npos);
}

TEST(log_text_asks_for_the_names_of_a_version_once) {
    int asked = 0;
    LogText text = text_of(LogForm::line, false, &asked);
    const std::string newer = wire("8=FIXT.1.1|9=5|35=0|10=000|");
    CHECK_EQ(written(text, rejected + newer + rejected + newer).empty(), false);
    CHECK_EQ(asked, 2);
}

TEST(log_text_of_any_bytes_has_no_control_characters) {
    std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): the same bytes each time
    const std::string seed = "12 2026-11-21T10:00:00Z in 3 : " + rejected +
                             wire("8=FIXT.1.1|9=30|35=A|49=A|56=B|1137=9|1128=|10=000|");
    for (int round = 0; round < 2000; ++round) {
        std::string log = seed + seed;
        for (auto change = random() % 12; change != 0; --change)
            log[random() % log.size()] = static_cast<char>(random());
        for (const LogForm form : {LogForm::line, LogForm::lines, LogForm::raw, LogForm::json}) {
            const std::string text = written(form, log);
            CHECK(std::ranges::none_of(text, [](char c) { return c >= 0 && c < ' ' && c != '\n'; }));
        }
    }
}

TEST_MAIN
