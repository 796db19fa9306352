#include "logon/outside.hpp"

#include <algorithm>

#include "fix/message.hpp"
#include "logon/text_form.hpp"

namespace gw::logon {
namespace {

std::string_view without_line_end(std::string_view text) {
    if (text.ends_with('\n')) text.remove_suffix(1);
    if (text.ends_with('\r')) text.remove_suffix(1);
    return text;
}

bool is_printable(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7F; });
}

// One line of AnswerForm::fields; the text says what is wrong with it, empty: nothing.
std::string read_line(std::string_view line, const std::vector<std::uint32_t>& tags,
                      std::vector<SignedField>& fields) {
    const std::size_t equals = line.find('=');
    const auto number =
        equals == std::string_view::npos ? std::nullopt : fix::parse_int(line.substr(0, equals));
    if (!number) return "a line that is not tag=value";
    const auto tag = std::ranges::find(tags, *number, [](std::uint32_t each) { return std::int64_t{each}; });
    const std::string name = std::to_string(*number);
    if (tag == tags.end())
        return "the field " + name + ", which is neither `field` nor one of `further_fields`";
    if (std::ranges::find(fields, *tag, &SignedField::tag) != fields.end())
        return "the field " + name + " twice";
    const std::string_view value = line.substr(equals + 1);
    if (value.empty() || !is_printable(value)) return "the field " + name + " without a printable value";
    fields.push_back({*tag, std::string(value)});
    return {};
}

}  // namespace

std::optional<std::vector<SignedField>> read_answer(std::string_view output, AnswerForm form,
                                                    const std::vector<std::uint32_t>& tags,
                                                    std::string& error) {
    std::vector<SignedField> fields;
    const auto fail = [&error](const std::string& what) {
        error = "the signer answered " + what;
        return std::nullopt;
    };
    if (output.size() > answer_bytes_max)
        return fail("more than " + std::to_string(answer_bytes_max) + " bytes");
    if (output.empty()) return fail("nothing");
    switch (form) {
        case AnswerForm::base64:
            fields.push_back({tags.front(), to_text(output, TextForm::base64)});
            break;
        case AnswerForm::hex:
            fields.push_back({tags.front(), to_text(output, TextForm::hex)});
            break;
        case AnswerForm::text: {
            const std::string_view text = without_line_end(output);
            if (text.empty()) return fail("an empty line");
            if (!is_printable(text))
                return fail("bytes that are no text; set signature_format to base64 or hex");
            fields.push_back({tags.front(), std::string(text)});
            break;
        }
        case AnswerForm::fields:
            for (std::size_t begin = 0; begin < output.size();) {
                const std::size_t end = std::min(output.find('\n', begin), output.size());
                const std::string_view line = without_line_end(output.substr(begin, end - begin));
                if (const std::string fault = read_line(line, tags, fields); !fault.empty())
                    return fail(fault);
                begin = end + 1;
            }
            break;
    }
    std::ranges::sort(fields, {}, &SignedField::tag);
    return fields;
}

}  // namespace gw::logon
