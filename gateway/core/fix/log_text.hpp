// A logged message as people and programs read it: names beside numbers, secrets blanked.
//
// One of four forms: a line, a line for each field, the message with | for SOH, or an object of JSON. Every
// message ends with a line end. Colours are those of ANSI terminals.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "fix/dictionary.hpp"
#include "fix/field.hpp"
#include "fix/log_scan.hpp"

namespace gw::fix {

enum class LogForm : std::uint8_t { line, lines, raw, json };

// The names of one version, from its dictionaries: the first one that has a name gives it. All are empty
// where none has.
class LogNames {
  public:
    explicit LogNames(std::vector<const Dictionary*> dictionaries) : dictionaries_(std::move(dictionaries)) {}

    [[nodiscard]] std::string_view field(std::uint32_t tag) const;
    // Of MsgType(35) the message's.
    [[nodiscard]] std::string_view value(std::uint32_t tag, std::string_view value) const;
    [[nodiscard]] std::string_view message(std::string_view msg_type) const;

  private:
    std::vector<const Dictionary*> dictionaries_;
};

struct LogTextSettings {
    LogForm form = LogForm::line;
    bool colored = false;
    bool is_journal = false;             // what stands before a message is its place in our journal
    std::vector<std::uint32_t> secrets;  // tags whose values are blanked
};

class LogText {
  public:
    // By BeginString(8) and, where the message or the Logon(A) of its session says it, ApplVerID(1128). Asked
    // once for each pair.
    using FindNames = std::function<LogNames(std::string_view begin_string, std::string_view version)>;
    // How a value is shown that has other bytes than printable ASCII; what comes back is UTF-8 without
    // control characters.
    using Printable = std::function<std::string(std::string_view value)>;

    LogText(LogTextSettings settings, FindNames find_names, Printable printable);

    // Precondition: `fields` are the message's (index_logged).
    void append(const LoggedMessage& message, const std::vector<Field>& fields, bool check_sum_agrees,
                std::string& out);

  private:
    struct PairLess {
        using is_transparent = void;
        template <typename Left, typename Right>
        bool operator()(const Left& left, const Right& right) const {
            return Pair(left) < Pair(right);
        }
        using Pair = std::pair<std::string_view, std::string_view>;
    };
    template <typename Value>
    using ByPair = std::map<std::pair<std::string, std::string>, Value, PairLess>;

    // What stands before and behind each value of a field, made when the field is first met.
    struct TagText {
        std::string before;
        std::string after;
    };
    struct Version {
        LogNames names;
        std::unordered_map<std::uint32_t, TagText> texts;
    };

    struct Shown {
        std::uint32_t tag;
        std::string_view value;
    };

    [[nodiscard]] bool is_secret(std::uint32_t tag) const;
    void show(const LoggedMessage& message, const std::vector<Field>& fields);
    [[nodiscard]] std::string_view shown(
        std::uint32_t tag) const;  // of the first field with the tag, or empty
    [[nodiscard]] Version& version_of(const LoggedMessage& message, const std::vector<Field>& fields);
    [[nodiscard]] const TagText& text_of(Version& version, std::uint32_t tag) const;
    [[nodiscard]] TagText make_text(const LogNames& names, std::uint32_t tag) const;
    void note(const LoggedMessage& message, bool check_sum_agrees);

    void append_line(Version& version, std::string& out) const;
    void append_lines(const LogNames& names, std::string& out) const;
    void append_raw(std::string& out) const;
    void append_json(Version& version, std::string_view before, std::string& out) const;
    void append_styled(std::string_view style, std::string_view text, std::string& out) const;
    [[nodiscard]] std::string_view message_name(const LogNames& names) const;

    LogTextSettings settings_;
    FindNames find_names_;
    Printable printable_;
    ByPair<Version> versions_;
    ByPair<std::string> default_versions_;  // by CompIDs, in order
    std::vector<Shown> shown_;
    std::deque<std::string> rewritten_;  // values that are not shown as they are
    std::string_view note_;
};

}  // namespace gw::fix
