// Nanoseconds to validate an ExecutionReport of 20 fields, and one with a party group, against FIX 4.4; and
// to load the dictionaries. Prints the best of several rounds: the others measure the neighbours.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "fix/validate.hpp"
#include "tests/dictionaries.hpp"

namespace {

using Clock = std::chrono::steady_clock;
using gw::fix::Dictionary;
using gw::fix::Field;

constexpr int kRounds = 15;
constexpr int kMessages = 200'000;

std::vector<Field> split(std::string& text) {
    std::vector<Field> fields;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t begin = text.find('=', at) + 1;
        const std::size_t end = text.find('|', begin);
        std::uint32_t tag = 0;
        std::from_chars(text.data() + at, text.data() + begin, tag);
        fields.push_back({tag, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end - begin)});
        text[end] = '\x01';
        at = end + 1;
    }
    return fields;
}

double nanoseconds(Clock::duration elapsed) {
    return std::chrono::duration<double, std::nano>(elapsed).count();
}

void measure(const char* what, std::string text, const Dictionary& session, const Dictionary& app) {
    const std::vector<Field> fields = split(text);
    const gw::fix::ValidationOptions options;
    double best = 1e18;
    int invalid = 0;
    for (int round = 0; round < kRounds; ++round) {
        const auto begin = Clock::now();
        for (int i = 0; i < kMessages; ++i)
            invalid += validate(fields, text, session, app, options).is_valid() ? 0 : 1;
        best = std::min(best, nanoseconds(Clock::now() - begin) / kMessages);
    }
    std::printf("%-44s %3zu fields %8.1f ns%s\n", what, fields.size(), best, invalid != 0 ? " INVALID" : "");
}

void measure_load(const std::string& name) {
    const auto blob = gw::test::dictionary_blob(name);
    std::string error;
    double best = 1e18;
    for (int round = 0; round < 5; ++round) {
        const auto begin = Clock::now();
        const auto made = Dictionary::load(blob, error);
        best = std::min(best, made ? nanoseconds(Clock::now() - begin) : 1e18);
    }
    std::printf("load %-39s %7zu bytes %6.2f ms\n", name.c_str(), blob.size(), best / 1e6);
}

}  // namespace

int main() {
    const std::string head = "9=210|35=8|34=1042|49=VENUE|56=GATEWAY|52=20260105-10:00:00.123|";
    const std::string body =
        "37=ORD-1|11=CL-1|17=EX-1|150=F|39=1|55=INTC|54=1|38=100|32=40|31=21.5|151=60|14=40|6=21.5|"
        "60=20260105-10:00:00.123|";
    const std::string parties = "453=2|448=ABC|447=D|452=1|448=XYZ|447=D|452=3|";
    const auto& fix44 = gw::test::dictionary("FIX44");
    const auto& fixt11 = gw::test::dictionary("FIXT11");
    const auto& fix50 = gw::test::dictionary("FIX50SP2");
    measure("validate FIX44 ExecutionReport",
            "8=FIX.4.4|" + head + body.substr(0, body.find("60=")) + "10=000|", fix44, fix44);
    measure("validate FIX44 ExecutionReport with parties", "8=FIX.4.4|" + head + body + parties + "10=000|",
            fix44, fix44);
    measure("validate FIX50SP2 ExecutionReport", "8=FIXT.1.1|" + head + body + "10=000|", fixt11, fix50);
    for (const char* name : {"FIX42", "FIX44", "FIX50SP2", "FIXT11"}) measure_load(name);
    return 0;
}
