// FIX as text, for the venue and the oracle: written apart from the gateway's codec, so that a mistake there
// is not shared.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gw::simulation {

// The fields of one message from MsgType(35) on, in their order; without 8, 9 and 10.
class FixText {
  public:
    FixText() = default;
    explicit FixText(std::string_view msg_type) { add(35, std::string(msg_type)); }

    FixText& add(int tag, std::string value) {
        fields_.emplace_back(tag, std::move(value));
        return *this;
    }
    FixText& add(int tag, char value) { return add(tag, std::string(1, value)); }
    FixText& add(int tag, std::int64_t value) { return add(tag, std::to_string(value)); }
    FixText& append(const FixText& other);
    void set(int tag, const std::string& value);
    void remove(int tag);

    [[nodiscard]] bool has(int tag) const { return find(tag) != nullptr; }
    [[nodiscard]] std::string get(int tag) const;      // empty where it is not there
    [[nodiscard]] std::int64_t number(int tag) const;  // 0 where it is none
    [[nodiscard]] std::string type() const { return get(35); }
    [[nodiscard]] std::uint64_t seq() const { return static_cast<std::uint64_t>(number(34)); }
    [[nodiscard]] bool poss_dup() const { return get(43) == "Y"; }
    [[nodiscard]] const std::vector<std::pair<int, std::string>>& fields() const { return fields_; }

  private:
    [[nodiscard]] const std::string* find(int tag) const;
    std::vector<std::pair<int, std::string>> fields_;
};

// With BeginString(8), BodyLength(9) and CheckSum(10).
[[nodiscard]] std::string framed(const std::string& begin_string, const FixText& message);

enum class Take { message, incomplete, garbled };
// Takes the first whole message off the buffer. Garbled: nothing is taken, and `problem` says why.
[[nodiscard]] Take take_message(std::string& buffer, FixText& message, std::string& problem);
// One message that is known to be whole; empty fields where it is not.
[[nodiscard]] FixText parsed(std::string_view bytes);

[[nodiscard]] std::string shown(std::string_view bytes);  // `|` for SOH
[[nodiscard]] std::string utc(std::int64_t time_ns);      // YYYYMMDD-HH:MM:SS.sss

// Prices are whole cents here, and read as such: "100.05", "100.5", "100".
[[nodiscard]] std::string price_text(std::int64_t cents);
[[nodiscard]] std::int64_t cents_of(std::string_view text);

}  // namespace gw::simulation
