// Finding FIX messages in text that somebody else wrote: the log file or screen of any engine, a capture, a
// mail.
//
// A message begins with `8=FIX.n.n` or `8=FIXT.n.n`; what stands between that and `9=` is this message's
// separator, whether SOH, `|`, `^A` or `\u0001`. It ends where BodyLength(9) says, if a trailer stands there,
// else with the first trailer on its line, else, cut off, with its line. Whatever stands before, between and
// behind messages is skipped, so that prefixes, several messages a line and other text do no harm.
//
// This is for people who read logs. What arrives from a counterparty goes through frame.hpp, which is strict.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "fix/data_tags.hpp"
#include "fix/field.hpp"

namespace gw::fix {

inline constexpr std::size_t logged_message_size_max = 1024 * 1024;
inline constexpr std::size_t logged_before_size_max = 256;  // how much of what stands before is told
inline constexpr std::size_t log_separator_size_max = 8;

// Views into the scanned buffer.
struct LoggedMessage {
    std::string_view before;  // what stands between the message before and this one; its last bytes
    std::string_view text;    // from 8= to the end of the last value; no separator behind it
    std::string_view separator;
    bool whole;  // ends with CheckSum(10)
};

class LogScanner {
  public:
    // `at_end`: nothing follows the buffer, so that what is incomplete is cut off.
    LogScanner(std::string_view buffer, bool at_end) : buffer_(buffer), at_end_(at_end) {}

    // The next message; false where there is none, or none that is whole yet.
    [[nodiscard]] bool next(LoggedMessage& message);
    // So many bytes need not be given again when more of the log is scanned.
    [[nodiscard]] std::size_t consumed() const { return consumed_; }

  private:
    enum class End : std::uint8_t { found, cut, not_yet };

    [[nodiscard]] End find_end(std::size_t begin, LoggedMessage& message) const;
    [[nodiscard]] bool ends_by_body_length(std::size_t body, std::size_t length, std::string_view separator,
                                           std::size_t& end) const;

    std::string_view buffer_;
    bool at_end_;
    std::size_t at_ = 0;        // where to look on
    std::size_t previous_ = 0;  // the end of the message before
    std::size_t consumed_ = 0;
};

// The fields of a logged message in their order; offsets are into message.text. What has no tag is left out.
// With a separator that may stand in a value, a field ends only where another `tag=` follows.
void index_logged(const LoggedMessage& message, std::vector<Field>& fields,
                  const DataTags& data_tags = standard_data_tags);

// Whether CheckSum(10) is what it would be with SOH for the separator. Precondition: `fields` are the
// message's.
[[nodiscard]] bool check_sum_agrees(const LoggedMessage& message, const std::vector<Field>& fields);

}  // namespace gw::fix
