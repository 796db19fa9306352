// What a Logon's signature is taken of: a template such as
//
//     {SendingTime}|{MsgType}|{MsgSeqNum}|{SenderCompID}|{TargetCompID}|{Password}
//
// with a field of the Logon for each name in braces (or its tag: {49}) and SOH for each `|`. Fields that the
// Logon does not have are empty.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gw::logon {

class Payload {
  public:
    // Empty where the template is malformed; `error` says where.
    [[nodiscard]] static std::optional<Payload> parse(std::string_view text, std::string& error);

    // `value_of(tag)` gives the field's value as a view.
    template <class ValueOf>
    [[nodiscard]] std::string of(ValueOf&& value_of) const {
        std::string out;
        for (const Part& part : parts_) {
            if (part.tag == 0)
                out += part.text;
            else
                out += value_of(part.tag);
        }
        return out;
    }

  private:
    struct Part {
        std::uint32_t tag;  // 0: text
        std::string text;
    };
    std::vector<Part> parts_;
};

}  // namespace gw::logon
