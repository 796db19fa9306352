// What the tests of validate() share: messages as readable text, and checks that show both sides.
#pragma once

#include <charconv>
#include <string>
#include <string_view>
#include <vector>

#include "fix/validate.hpp"
#include "tests/check.hpp"
#include "tests/dictionaries.hpp"

namespace gw::test {

using fix::Dictionary;
using fix::Field;
using fix::RejectReason;
using fix::ValidationOptions;
using fix::Verdict;

// Wire text with | for SOH; data fields keep their length, so that they may hold one.
struct Message {
    std::string text;
    std::vector<Field> fields;

    Message(std::string_view readable, const Dictionary& lengths) : text(wire(readable)) {
        std::size_t data_length = 0;
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t equals = text.find('=', at);
            const std::size_t begin = equals + 1;
            long long tag = 0;
            std::from_chars(text.data() + at, text.data() + equals, tag);
            const std::size_t end = data_length != 0 ? begin + data_length : text.find('\x01', begin);
            fields.push_back({static_cast<std::uint32_t>(tag), static_cast<std::uint32_t>(begin),
                              static_cast<std::uint32_t>(end - begin)});
            data_length = 0;
            if (lengths.data_tag(fields.back().tag) != 0)
                std::from_chars(text.data() + begin, text.data() + end, data_length);
            at = end + 1;
        }
    }
};

inline const std::string kHead44 = "|34=2|49=VENUE|56=US|52=20260105-10:00:00|";
inline const std::string kTime = "60=20260105-10:00:00|";

inline Verdict check(std::string_view text, const std::string& session, const std::string& app,
                     const ValidationOptions& options) {
    const Message message(text, dictionary(app));
    return validate(message.fields, message.text, dictionary(session), dictionary(app), options);
}

// A FIX 4.4 message of this type with this body, complete with header and trailer.
inline std::string whole44(const std::string& type, const std::string& body) {
    return "8=FIX.4.4|9=100|35=" + type + kHead44 + body + "10=000|";
}

inline Verdict check44(const std::string& type, const std::string& body,
                       const ValidationOptions& options = {}) {
    return check(whole44(type, body), "FIX44", "FIX44", options);
}

inline Verdict check42(const std::string& type, const std::string& body,
                       const ValidationOptions& options = {}) {
    return check("8=FIX.4.2|9=100|35=" + type + kHead44 + body + "10=000|", "FIX42", "FIX42", options);
}

inline Verdict check50(const std::string& type, const std::string& body,
                       const ValidationOptions& options = {}) {
    return check("8=FIXT.1.1|9=100|35=" + type + kHead44 + body + "10=000|", "FIXT11", "FIX50SP2", options);
}

inline void expect_at(const char* file, int line, const Verdict& actual, RejectReason reason,
                      std::uint32_t tag, std::string_view text) {
    if (actual.reason == reason && actual.has_ref_tag && actual.ref_tag == tag && actual.text == text) return;
    fail(file, line,
         "expected " + show(reason) + " for tag " + std::to_string(tag) + " \"" + std::string(text) +
             "\", was " + show(actual.reason) + " for tag " + std::to_string(actual.ref_tag) + " \"" +
             std::string(actual.text) + '"');
}

inline void expect_valid_at(const char* file, int line, const Verdict& actual) {
    if (actual.is_valid()) return;
    fail(file, line,
         "expected valid, was tag " + std::to_string(actual.ref_tag) + ": " + std::string(actual.text));
}

inline const std::string kOrder = "11=ID|21=1|40=1|54=1|38=200|55=INTC|" + kTime;
inline const std::string kReport = "37=O1|17=E1|150=0|39=0|55=INTC|54=1|151=100|14=0|6=0.0|";

}  // namespace gw::test

#define EXPECT(verdict, reason, tag, text) \
    ::gw::test::expect_at(__FILE__, __LINE__, verdict, ::gw::fix::RejectReason::reason, tag, text)
#define EXPECT_VALID(verdict) ::gw::test::expect_valid_at(__FILE__, __LINE__, verdict)
