#include "fix/log_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <tuple>

namespace gw::fix {
namespace {

constexpr std::string_view blank = "***";
constexpr std::size_t tags_kept_max = 4096;

namespace style {
constexpr std::string_view dim = "2";
constexpr std::string_view blue = "34";
constexpr std::string_view cyan = "36";
constexpr std::string_view green = "32";
constexpr std::string_view red = "31";
constexpr std::string_view bold = "1";
constexpr std::string_view bold_red = "1;31";
constexpr std::string_view none = "";
}  // namespace style

struct NamedStyle {
    std::string_view name;
    std::string_view style;
};

constexpr std::array<NamedStyle, 7> message_styles{{{"Reject", style::bold_red},
                                                    {"OrderCancelReject", style::bold_red},
                                                    {"BusinessMessageReject", style::bold_red},
                                                    {"ExecutionReport", "1;32"},
                                                    {"NewOrderSingle", "1;36"},
                                                    {"OrderCancelRequest", "1;33"},
                                                    {"OrderCancelReplaceRequest", "1;33"}}};

constexpr std::string_view admin_types = "012345A";

// What the beginning of a line says already.
constexpr bool is_in_head(std::uint32_t tag) {
    return tag == 8 || tag == 9 || tag == 10 || tag == 34 || tag == 35 || tag == 49 || tag == 52 || tag == 56;
}

std::string_view style_of_message(std::string_view msg_type, std::string_view name) {
    if (msg_type.size() == 1 && admin_types.find(msg_type.front()) != std::string_view::npos)
        return style::dim;
    const auto* found = std::ranges::find(message_styles, name, &NamedStyle::name);
    return found == message_styles.end() ? style::bold : found->style;
}

// Rejected, canceled, and a trade that was canceled.
std::string_view style_of_value(std::uint32_t tag, std::string_view value) {
    const bool is_status = tag == 39 || tag == 150;
    const bool is_bad = is_status && (value == "8" || value == "4" || (tag == 150 && value == "H"));
    return is_bad ? style::red : style::none;
}

// Both look at every byte: that is what a compiler makes vectors of.
bool is_plain(std::string_view value) {
    bool plain = true;
    for (const char c : value) plain &= c >= ' ' && c <= '~';
    return plain;
}

bool has_mark(std::string_view text) {
    bool found = false;
    for (const char c : text) found |= c == '"' || c == '\\';
    return found;
}

std::string_view value_of(std::string_view text, const std::vector<Field>& fields, std::uint32_t tag) {
    const auto found = std::ranges::find(fields, tag, &Field::tag);
    return found == fields.end() ? std::string_view{} : text.substr(found->offset, found->length);
}

class Number {
  public:
    explicit Number(std::uint64_t number) {
        const auto end = std::to_chars(digits_.data(), digits_.data() + digits_.size(), number).ptr;
        size_ = static_cast<std::size_t>(end - digits_.data());
    }
    [[nodiscard]] std::string_view text() const { return {digits_.data(), size_}; }

  private:
    std::array<char, 20> digits_{};
    std::size_t size_ = 0;
};

// Spaces that fill a text up to a width in characters.
std::string_view padding(std::string_view text, std::size_t width) {
    static constexpr std::string_view spaces =
        "                                                                ";
    const auto characters = static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
    return spaces.substr(0, characters < width ? std::min(width - characters, spaces.size()) : 0);
}

// YYYYMMDD-HH:MM:SS... as YYYY-MM-DD HH:MM:SS...; anything else as it is.
std::string short_time(std::string_view time) {
    if (time.size() < 17 || time[8] != '-' || !is_plain(time.substr(0, 9))) return std::string(time);
    std::string text;
    for (const auto& [at, size, mark] : {std::tuple{0, 4, '-'}, {4, 2, '-'}, {6, 2, ' '}}) {
        text.append(time.substr(static_cast<std::size_t>(at), static_cast<std::size_t>(size)));
        text.push_back(mark);
    }
    return text.append(time.substr(9));
}

// Without the quotes around it.
void append_escaped(std::string_view text, std::string& out) {
    if (!has_mark(text)) {
        out.append(text);
        return;
    }
    for (const char c : text) {
        if (c == '"' || c == '\\') out.push_back('\\');
        out.push_back(c);
    }
}

void append_quoted(std::string_view text, std::string& out) {
    out.push_back('"');
    append_escaped(text, out);
    out.push_back('"');
}

void append_member(std::string_view name, std::string_view value, std::string& out) {
    append_quoted(name, out);
    out.append(": ");
    append_quoted(value, out);
}

// Where a message of our journal stands: its lsn, time, direction and session, as JournalReader.fix_log
// writes them.
struct Place {
    std::string_view lsn;
    std::string_view time;
    std::string_view direction;
    std::string_view session;
};

bool is_number(std::string_view word) {
    return !word.empty() && std::ranges::all_of(word, [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<Place> place_of(std::string_view before) {
    std::vector<std::string_view> words;
    for (std::size_t at = 0; at < before.size();) {
        const std::size_t begin = before.find_first_not_of(" \t\r\n", at);
        if (begin == std::string_view::npos) break;
        const std::size_t end = std::min(before.find_first_of(" \t\r\n", begin), before.size());
        words.push_back(before.substr(begin, end - begin));
        at = end;
    }
    if (words.size() < 5) return std::nullopt;
    const auto* last = words.data() + words.size() - 5;
    if (!is_number(last[0]) || !is_number(last[3]) || !is_plain(last[1]) || !is_plain(last[2]))
        return std::nullopt;
    return Place{last[0], last[1], last[2], last[3]};
}

}  // namespace

std::string_view LogNames::field(std::uint32_t tag) const {
    for (const Dictionary* dictionary : dictionaries_)
        if (const FieldInfo* found = dictionary->field(tag)) return dictionary->name(*found);
    return {};
}

std::string_view LogNames::value(std::uint32_t tag, std::string_view value) const {
    if (tag == 35)
        if (const std::string_view name = message(value); !name.empty()) return name;
    for (const Dictionary* dictionary : dictionaries_) {
        const FieldInfo* found = dictionary->field(tag);
        if (found == nullptr) continue;
        if (const std::string_view name = dictionary->value_name(*found, value); !name.empty()) return name;
    }
    return {};
}

std::string_view LogNames::message(std::string_view msg_type) const {
    for (const Dictionary* dictionary : dictionaries_)
        if (const MessageInfo* found = dictionary->message(msg_type)) return dictionary->name(*found);
    return {};
}

LogText::LogText(LogTextSettings settings, FindNames find_names, Printable printable)
    : settings_(std::move(settings)), find_names_(std::move(find_names)), printable_(std::move(printable)) {}

void LogText::append(const LoggedMessage& message, const std::vector<Field>& fields, bool check_sum_agrees,
                     std::string& out) {
    show(message, fields);
    note(message, check_sum_agrees);
    Version& version = version_of(message, fields);
    switch (settings_.form) {
        case LogForm::line:
            append_line(version, out);
            break;
        case LogForm::lines:
            append_lines(version.names, out);
            break;
        case LogForm::raw:
            append_raw(out);
            break;
        case LogForm::json:
            append_json(version, message.before, out);
            break;
    }
    out.push_back('\n');
}

bool LogText::is_secret(std::uint32_t tag) const {
    return std::ranges::find(settings_.secrets, tag) != settings_.secrets.end();
}

void LogText::show(const LoggedMessage& message, const std::vector<Field>& fields) {
    shown_.clear();
    rewritten_.clear();
    for (const Field& field : fields) {
        std::string_view value = message.text.substr(field.offset, field.length);
        if (is_secret(field.tag))
            value = blank;
        else if (!is_plain(value))
            value = rewritten_.emplace_back(printable_(value));
        shown_.push_back({field.tag, value});
    }
}

std::string_view LogText::shown(std::uint32_t tag) const {
    const auto found = std::ranges::find(shown_, tag, &Shown::tag);
    return found == shown_.end() ? std::string_view{} : found->value;
}

LogText::Version& LogText::version_of(const LoggedMessage& message, const std::vector<Field>& fields) {
    const std::string_view begin_string = value_of(message.text, fields, 8);
    const auto of_session =
        std::ranges::find(fields, 1137U, &Field::tag);  // a Logon(A) says it for all that follow
    std::string_view version;
    if (begin_string.starts_with("FIXT") || of_session != fields.end()) {
        std::pair comp_ids{std::string(value_of(message.text, fields, 49)),
                           std::string(value_of(message.text, fields, 56))};
        if (comp_ids.second < comp_ids.first) std::swap(comp_ids.first, comp_ids.second);
        if (of_session != fields.end())
            default_versions_.insert_or_assign(
                comp_ids, std::string(message.text.substr(of_session->offset, of_session->length)));
        version = value_of(message.text, fields, 1128);
        if (const auto found = default_versions_.find(comp_ids);
            version.empty() && found != default_versions_.end())
            version = found->second;
    }
    const std::pair<std::string_view, std::string_view> key{begin_string, version};
    auto found = versions_.find(key);
    if (found == versions_.end())
        found = versions_
                    .emplace(std::pair{std::string(begin_string), std::string(version)},
                             Version{find_names_(begin_string, version), {}})
                    .first;
    return found->second;
}

const LogText::TagText& LogText::text_of(Version& version, std::uint32_t tag) const {
    const auto found = version.texts.find(tag);
    if (found != version.texts.end()) return found->second;
    if (version.texts.size() == tags_kept_max) version.texts.clear();
    return version.texts.emplace(tag, make_text(version.names, tag)).first->second;
}

LogText::TagText LogText::make_text(const LogNames& names, std::uint32_t tag) const {
    const std::string_view name = names.field(tag);
    const Number number(tag);
    TagText text;
    if (settings_.form == LogForm::json) {
        text.before.append("{\"tag\": ").append(number.text()).append(", \"value\": \"");
        text.after = "\"";
        if (!name.empty()) {
            text.after.append(", ");
            append_member("name", name, text.after);
        }
    } else {
        std::string before = " ";
        before.append(name.empty() ? number.text() : name).push_back('=');
        append_styled(style::dim, before, text.before);
    }
    return text;
}

void LogText::note(const LoggedMessage& message, bool check_sum_agrees) {
    note_ = {};
    if (!message.whole)
        note_ = "cut off";
    else if (!check_sum_agrees &&  // with blanked secrets it cannot be right
             std::ranges::none_of(shown_, [&](const Shown& field) { return is_secret(field.tag); }))
        note_ = "wrong CheckSum";
}

std::string_view LogText::message_name(const LogNames& names) const {
    const std::string_view msg_type = shown(35);
    if (const std::string_view name = names.message(msg_type); !name.empty()) return name;
    return msg_type.empty() ? "?" : msg_type;
}

void LogText::append_styled(std::string_view style, std::string_view text, std::string& out) const {
    if (!settings_.colored || style.empty() || text.empty()) {
        out.append(text);
        return;
    }
    out.append("\x1b[").append(style).append("m").append(text).append("\x1b[0m");
}

void LogText::append_line(Version& version, std::string& out) const {
    const LogNames& names = version.names;
    const auto styled = [&](std::string_view style, auto... parts) {
        std::string text;
        (text.append(parts), ...);
        append_styled(style, text, out);
    };
    const std::string time = short_time(shown(52));
    const std::string_view number = shown(34);
    const std::string_view name = message_name(names);
    styled(style::dim, time, padding(time, 26), " ");
    styled(style::blue, shown(49), " → ", shown(56), " ");
    styled(style::dim, padding(number, 5), number, " ");
    append_styled(style_of_message(shown(35), name), name, out);
    for (const Shown& field : shown_) {
        if (is_in_head(field.tag)) continue;
        const std::string_view value_name = names.value(field.tag, field.value);
        out.append(text_of(version, field.tag).before);
        append_styled(style_of_value(field.tag, field.value), value_name.empty() ? field.value : value_name,
                      out);
    }
    if (!note_.empty()) styled(style::bold_red, "  [", note_, "]");
}

void LogText::append_lines(const LogNames& names, std::string& out) const {
    const auto styled = [&](std::string_view style, auto... parts) {
        std::string text;
        (text.append(parts), ...);
        append_styled(style, text, out);
    };
    styled(style::bold, shown(52), "  ", shown(49), " → ", shown(56), "  ", message_name(names));
    if (!note_.empty()) styled(style::bold_red, "  [", note_, "]");
    std::size_t width = 0;
    for (const Shown& field : shown_) width = std::max(width, names.field(field.tag).size());
    for (const Shown& field : shown_) {
        out.push_back('\n');
        const Number tag(field.tag);
        const std::string_view field_name = names.field(field.tag);
        styled(style::dim, "  ", padding(tag.text(), 6), tag.text(), " ");
        styled(style::cyan, field_name, padding(field_name, width), " ");
        append_styled(style_of_value(field.tag, field.value), field.value, out);
        if (const std::string_view name = names.value(field.tag, field.value); !name.empty())
            styled(style::green, "  ", name);
    }
    out.push_back('\n');
}

void LogText::append_raw(std::string& out) const {
    for (const Shown& field : shown_) {
        out.append(Number(field.tag).text()).push_back('=');
        out.append(field.value).push_back('|');
    }
}

void LogText::append_json(Version& version, std::string_view before, std::string& out) const {
    out.push_back('{');
    if (const std::optional<Place> place = settings_.is_journal ? place_of(before) : std::nullopt) {
        out.append("\"lsn\": ").append(place->lsn).append(", ");
        append_member("journalled", place->time, out);
        out.append(", ");
        append_member("direction", place->direction, out);
        out.append(", \"session\": ").append(place->session).append(", ");
    }
    const std::pair<std::string_view, std::string_view> head[] = {
        {"time", shown(52)},        {"sender", shown(49)},   {"target", shown(56)},
        {"msg_seq_num", shown(34)}, {"msg_type", shown(35)}, {"message", message_name(version.names)}};
    for (const auto& [name, value] : head) {
        append_member(name, value, out);
        out.append(", ");
    }
    out.append("\"fields\": [");
    bool first = true;
    for (const Shown& field : shown_) {
        const TagText& text = text_of(version, field.tag);
        if (!first) out.append(", ");
        first = false;
        out.append(text.before);
        append_escaped(field.value, out);
        out.append(text.after);
        if (const std::string_view meaning = version.names.value(field.tag, field.value); !meaning.empty()) {
            out.append(", ");
            append_member("meaning", meaning, out);
        }
        out.push_back('}');
    }
    out.append("], \"notes\": [");
    if (!note_.empty()) append_quoted(note_, out);
    out.append("]}");
}

}  // namespace gw::fix
