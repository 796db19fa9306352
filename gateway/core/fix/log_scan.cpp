#include "fix/log_scan.hpp"

#include <algorithm>
#include <charconv>

#include "fix/checksum.hpp"

namespace gw::fix {
namespace {

constexpr char soh = '\x01';
constexpr std::size_t npos = std::string_view::npos;
constexpr std::string_view begin_mark = "8=FIX";
constexpr std::size_t trailer_size_without_separator = 6;  // 10=ddd

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Length of FIX.n.n or FIXT.n.n at the begin of the text, or 0.
std::size_t begin_string_length(std::string_view text) {
    const std::size_t dot = text.starts_with("FIXT") ? 4 : 3;
    const bool fits = text.size() >= dot + 4 && text[dot] == '.' && is_digit(text[dot + 1]) &&
                      text[dot + 2] == '.' && is_digit(text[dot + 3]);
    return fits ? dot + 4 : 0;
}

// Whether `10=ddd` stands at `at`, and no further digit.
bool is_trailer(std::string_view text, std::size_t at) {
    return text.substr(at, 3) == "10=" && at + 6 <= text.size() && is_digit(text[at + 3]) &&
           is_digit(text[at + 4]) && is_digit(text[at + 5]) &&
           (at + 6 == text.size() || !is_digit(text[at + 6]));
}

// Whether a field begins here: digits and an equals sign.
bool is_field(std::string_view text, std::size_t at) {
    const std::size_t first = at;
    while (at < text.size() && at - first < 10 && is_digit(text[at])) ++at;
    return at > first && at < text.size() && text[at] == '=';
}

// Where the value that begins at `at` ends.
std::size_t value_end(std::string_view text, std::size_t at, std::string_view separator) {
    for (std::size_t found = text.find(separator, at); found != npos; found = text.find(separator, found + 1))
        if (separator[0] == soh || is_field(text, found + separator.size())) return found;
    return text.size();
}

template <class Number>
bool read_number(std::string_view text, Number& number) {
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    return read.ec == std::errc() && read.ptr == text.data() + text.size();
}

}  // namespace

bool LogScanner::next(LoggedMessage& message) {
    for (;;) {
        const std::size_t begin = buffer_.find(begin_mark, at_);
        if (begin == npos) {
            // What is kept may hold the begin of a message, and what stands before it.
            const std::size_t kept = at_end_ ? 0 : logged_before_size_max;
            consumed_ = std::max(previous_, buffer_.size() - std::min(buffer_.size(), kept));
            return false;
        }
        const std::size_t before = std::max(previous_, begin - std::min(begin, logged_before_size_max));
        switch (find_end(begin, message)) {
            case End::not_yet:
                consumed_ = before;
                return false;
            case End::cut:  // no message, or none with a body
                at_ = begin + begin_mark.size();
                continue;
            case End::found:
                break;
        }
        message.before = buffer_.substr(before, begin - before);
        at_ = previous_ = consumed_ = begin + message.text.size();
        return true;
    }
}

LogScanner::End LogScanner::find_end(std::size_t begin, LoggedMessage& message) const {
    if (begin > 0 && is_digit(buffer_[begin - 1])) return End::cut;  // another tag that ends with 8
    const bool is_last_word = at_end_ || buffer_.size() - begin > logged_message_size_max;
    const End too_short = is_last_word ? End::cut : End::not_yet;
    const std::size_t version = begin + 2;
    const std::size_t head_size = 8 + log_separator_size_max + 12;  // to the end of 9=n
    if (buffer_.size() - version < head_size && !is_last_word) return End::not_yet;
    const std::size_t separator = version + begin_string_length(buffer_.substr(version));
    if (separator == version) return End::cut;
    const std::size_t length_field =
        buffer_.substr(0, std::min(buffer_.size(), separator + log_separator_size_max + 2))
            .find("9=", separator);
    if (length_field == npos || length_field == separator) return End::cut;
    message.separator = buffer_.substr(separator, length_field - separator);
    if (message.separator.find('\n') != npos) return End::cut;

    const std::size_t length_end = buffer_.find(message.separator, length_field);
    if (length_end == npos) return too_short;
    const std::size_t body = length_end + message.separator.size();
    std::size_t length = 0;
    const bool has_length =
        read_number(buffer_.substr(length_field + 2, length_end - length_field - 2), length) &&
        length <= logged_message_size_max;
    std::size_t end = 0;
    if (has_length && ends_by_body_length(body, length, message.separator, end)) {
        message.text = buffer_.substr(begin, end - begin);
        message.whole = true;
        return End::found;
    }
    if (has_length && body + length + trailer_size_without_separator > buffer_.size() && !is_last_word &&
        message.separator.size() == 1)
        return End::not_yet;

    const std::size_t line_end = std::min(buffer_.find('\n', body), buffer_.size());
    if (line_end == buffer_.size() && !is_last_word) return End::not_yet;
    const std::string_view line = buffer_.substr(0, line_end);
    message.whole = false;
    for (std::size_t at = line.find("10=", body); at != npos; at = line.find("10=", at + 1))
        if (line.substr(0, at).ends_with(message.separator) && is_trailer(line, at)) {
            message.whole = true;
            message.text = line.substr(begin, at + trailer_size_without_separator - begin);
            return End::found;
        }
    // Cut off: it ends with its line, or where the next one begins.
    std::string_view rest = line.substr(begin, std::min(line.find(begin_mark, body), line.size()) - begin);
    while (rest.ends_with('\r') || rest.ends_with(message.separator)) rest.remove_suffix(1);
    message.text = rest;
    return End::found;
}

bool LogScanner::ends_by_body_length(std::size_t body, std::size_t length, std::string_view separator,
                                     std::size_t& end) const {
    if (separator.size() != 1 || length == 0 ||
        body + length + trailer_size_without_separator > buffer_.size())
        return false;
    if (buffer_[body + length - 1] != separator[0] || !is_trailer(buffer_, body + length)) return false;
    end = body + length + trailer_size_without_separator;
    return true;
}

void index_logged(const LoggedMessage& message, std::vector<Field>& fields, const DataTags& data_tags) {
    fields.clear();
    const std::string_view text = message.text;
    std::uint32_t data_tag = 0;
    std::size_t data_length = 0;
    for (std::size_t at = 0; at < text.size();) {
        std::uint32_t tag = 0;
        const auto read = std::from_chars(text.data() + at, text.data() + text.size(), tag);
        const auto equals = static_cast<std::size_t>(read.ptr - text.data());
        if (read.ec != std::errc() || equals >= text.size() || text[equals] != '=') {
            const std::size_t next = text.find(message.separator, at);
            at = next == npos ? text.size() : next + message.separator.size();
            continue;
        }
        const std::size_t value = equals + 1;
        std::size_t end = npos;
        if (data_tag != 0 && tag == data_tag && message.separator.size() == 1 &&
            value + data_length <= text.size() &&
            text.substr(value + data_length).starts_with(message.separator))
            end = value + data_length;
        if (end == npos) end = value_end(text, value, message.separator);
        fields.push_back({tag, static_cast<std::uint32_t>(value), static_cast<std::uint32_t>(end - value)});
        data_tag = data_tags.data_tag_of(tag);
        if (data_tag != 0 && !read_number(text.substr(value, end - value), data_length)) data_tag = 0;
        at = end + message.separator.size();
    }
}

bool check_sum_agrees(const LoggedMessage& message, const std::vector<Field>& fields) {
    if (!message.whole || fields.empty()) return false;
    const Field& last = fields.back();
    unsigned expected = 0;
    if (last.tag != 10 || !read_number(message.text.substr(last.offset, last.length), expected)) return false;
    const unsigned sum = sum_bytes(message.text.substr(0, last.offset - 3));
    const unsigned separator = sum_bytes(message.separator);
    const auto count = static_cast<unsigned>(fields.size() - 1);
    return ((sum + count * (256U + 1U - separator)) & 0xFFU) == expected;
}

}  // namespace gw::fix
