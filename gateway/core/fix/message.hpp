// A parsed message is an index over bytes that somebody else owns: views into the caller's buffer, fields in
// the caller's array. Nothing is copied and nothing allocates; both must outlive the message's use.
//
// parse() accepts exactly one frame (see frame.hpp) and refuses, as *garbled*, what FIX tells to ignore: a
// wrong CheckSum, a header that does not begin 8, 9, 35. What is readable but wrong inside a field (a tag
// that is no number, data whose length is a lie) does not fail the parse: it must be answered by a Reject,
// not by silence, or the sender would be asked for the same bytes for ever. Such a message is indexed as far
// as it can be and carries its `defect`.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/decimal.hpp"
#include "fix/data_tags.hpp"
#include "fix/field.hpp"
#include "fix/timestamp.hpp"

namespace gw::fix {

inline constexpr std::size_t fields_max_default = 2048;

enum class ParseError : std::uint8_t {
    none,
    too_short,
    check_sum_malformed,
    check_sum_mismatch,
    header_out_of_order,  // the first three fields are not 8, 9, 35
    body_length_mismatch,
    too_many_fields,
};

enum class DefectKind : std::uint8_t { none, invalid_tag, data_length };

// The first thing wrong inside a field; `tag` is what RefTagID(371) names.
struct Defect {
    DefectKind kind = DefectKind::none;
    std::uint32_t tag = 0;
};

// A tag that is written with a minus sign is kept as its two's complement, so that it can be named in a
// Reject.
[[nodiscard]] constexpr std::int64_t tag_as_written(std::uint32_t number) {
    return static_cast<std::int32_t>(number);
}

[[nodiscard]] std::optional<std::int64_t> parse_int(std::string_view text);

class Message {
  public:
    // `storage` bounds the number of fields and must outlive the message.
    explicit Message(std::span<Field> storage) : storage_(storage) {}

    // Precondition: `text` outlives the use of the message and is shorter than 4 GiB. On an error the message
    // is empty.
    [[nodiscard]] ParseError parse(std::string_view text, const DataTags& data_tags = standard_data_tags);

    [[nodiscard]] std::string_view text() const { return text_; }
    // In wire order: 8, 9, 35, ..., 10.
    [[nodiscard]] std::span<const Field> fields() const { return storage_.first(count_); }
    [[nodiscard]] std::string_view value(const Field& field) const {
        return {text_.data() + field.offset, field.length};
    }
    // `tag=value<SOH>` as it came; data fields included.
    [[nodiscard]] std::string_view whole(std::size_t index) const;
    [[nodiscard]] const Defect& defect() const { return defect_; }

    [[nodiscard]] std::string_view begin_string() const {
        return count_ > 0 ? value(storage_[0]) : std::string_view();
    }
    [[nodiscard]] std::string_view msg_type() const {
        return count_ > 2 ? value(storage_[2]) : std::string_view();
    }

    // The first field with this tag, or null.
    [[nodiscard]] const Field* find(std::uint32_t number) const {
        for (const Field& field : fields())
            if (field.tag == number) return &field;
        return nullptr;
    }
    [[nodiscard]] bool has(std::uint32_t number) const { return find(number) != nullptr; }
    [[nodiscard]] std::optional<std::string_view> get(std::uint32_t number) const;

    // Typed getters: nullopt where the field is absent *or* is not of that type; has() tells which.
    [[nodiscard]] std::optional<std::int64_t> get_int(std::uint32_t number) const;
    [[nodiscard]] std::optional<Decimal> get_decimal(std::uint32_t number) const;
    [[nodiscard]] std::optional<bool> get_bool(std::uint32_t number) const;
    [[nodiscard]] std::optional<char> get_char(std::uint32_t number) const;
    [[nodiscard]] std::optional<std::int64_t> get_timestamp_ns(std::uint32_t number) const;

  private:
    [[nodiscard]] ParseError index_any(const DataTags& data_tags, std::size_t body_end);

    std::span<Field> storage_;
    std::size_t count_ = 0;
    std::string_view text_;
    Defect defect_;
};

// A message with its own field storage, for callers that keep one and reuse it.
template <std::size_t FieldsMax = fields_max_default>
class MessageBuffer : public Message {
  public:
    MessageBuffer() : Message(std::span<Field>(fields_)) {}
    MessageBuffer(const MessageBuffer&) = delete;
    MessageBuffer& operator=(const MessageBuffer&) = delete;

  private:
    std::array<Field, FieldsMax> fields_;
};

[[nodiscard]] std::string_view describe(ParseError error);

}  // namespace gw::fix
