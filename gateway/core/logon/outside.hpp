// Signatures that are made outside the core, by a program of the user's: what it is asked, what it answers.
//
// Such a program may take its time, use random numbers or ask another machine, so it is never called from
// within a step. A Logon is decided as it would be sent and its payload taken; the program signs that while
// nothing waits; then the Logon is decided anew with the time that the payload holds, and the signature
// counts only where the payload has stayed the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gw::logon {

struct SignedField {
    std::uint32_t tag;
    std::string value;
};

// How a program's output becomes fields.
enum class AnswerForm : std::uint8_t {
    base64,  // bytes, written as base64 into the signature's field
    hex,     // bytes, written as hexadecimal digits
    text,    // the field's value as it is, without the end of its line
    fields,  // a line `tag=value` for each field
};

inline constexpr std::size_t answer_bytes_max = 8 * 1024;

// `tags`: the fields that may be answered, the signature's first. Empty where the output is not usable;
// `error` then says why and never shows what was answered.
[[nodiscard]] std::optional<std::vector<SignedField>> read_answer(std::string_view output, AnswerForm form,
                                                                  const std::vector<std::uint32_t>& tags,
                                                                  std::string& error);

}  // namespace gw::logon
