// What one FIX version, or a broker's variant of it, defines: fields, enumerations, messages, repeating
// groups.
//
// A Dictionary is immutable after load() and may be read by any number of threads. Every lookup is one probe
// of an open-addressed table in expected O(1), without allocation. All views and pointers that it returns
// live as long as the Dictionary itself; it can be moved (which keeps them valid) but not copied.
//
// The blob is compiled by gateway/config/dictionary_blob.py, which describes its layout. The record structs
// below are its sections, field by field: changing one means changing the other and kFormatVersion.
//
// From FIX 5.0 on a session has two dictionaries: FIXT11 (header, trailer, admin messages) and FIX50,
// FIX50SP1 or FIX50SP2 (application messages; its own header and trailer are empty). Before that one serves
// as both.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fix/data_tags.hpp"

namespace gw::fix {

// The numbers are in the blob: TYPES in dictionary_blob.py lists the same, in the same order.
enum class FieldType : std::uint8_t {
    string,
    character,
    boolean,
    multiple_char_value,
    multiple_string_value,
    integer,
    length,
    seq_num,
    num_in_group,
    tag_num,
    day_of_month,
    decimal,
    quantity,
    price,
    price_offset,
    amount,
    percentage,
    utc_timestamp,
    utc_time_only,
    utc_date,
    local_mkt_date,
    local_mkt_time,
    month_year,
    tz_time_only,
    tz_timestamp,
    data,
};
inline constexpr std::uint8_t kFieldTypeCount = 26;

enum class ValueKind : std::uint8_t { open, characters, words };

struct FieldInfo {
    std::uint32_t tag;
    std::uint32_t pair;  // of a length field its data field, of a data field its length field, else 0
    std::uint32_t name;
    std::uint32_t values_first;
    std::uint32_t values_count;
    std::uint32_t index;
    std::uint32_t index_size;
    std::uint16_t name_length;
    FieldType type;
    ValueKind values;  // open: any value is allowed
};

struct ValueInfo {
    std::uint32_t text;
    std::uint32_t name;
    std::uint16_t text_length;
    std::uint16_t name_length;
};

// The members of the header, the trailer, a message body or one entry of a repeating group.
struct Layout {
    std::uint32_t slots_first;
    std::uint32_t slots_size;
    std::uint32_t member_count;
    std::uint32_t required_first;
    std::uint32_t required_count;
    std::uint32_t delimiter;  // of a group: the tag that begins each entry
};

struct Member {
    std::uint32_t tag;
    std::uint16_t ordinal;  // 0 to member_count - 1, the required members first and by tag
    std::uint16_t field;
    std::uint32_t group;  // layout of the group that this field counts, else 0

    [[nodiscard]] bool is_group() const noexcept { return group != 0; }
};

struct MessageInfo {
    std::uint64_t type;
    std::uint32_t name;
    std::uint16_t name_length;
    std::uint16_t admin;
    std::uint32_t layout;
    std::uint32_t unused;

    [[nodiscard]] bool is_admin() const noexcept { return admin != 0; }
};

class Dictionary {
  public:
    static constexpr std::uint32_t kFormatVersion = 1;
    static constexpr std::uint32_t kMembersMax = 2048;
    static constexpr std::uint32_t kGroupDepthMax = 16;
    static constexpr std::size_t kMsgTypeLengthMax = 8;

    // Checks the checksum and every reference inside the blob, so that no lookup can leave its tables. On
    // failure returns nothing and says in `error` what was expected and what to do. The blob may go
    // afterwards.
    [[nodiscard]] static std::optional<Dictionary> load(std::span<const std::byte> blob, std::string& error);

    Dictionary(Dictionary&&) noexcept = default;
    Dictionary& operator=(Dictionary&&) noexcept = default;
    Dictionary(const Dictionary&) = delete;
    Dictionary& operator=(const Dictionary&) = delete;
    ~Dictionary() = default;

    // Name as the file is called (FIX50SP2), BeginString(8) on the wire (FIXT.1.1), ApplVerID(1128) (9, empty
    // for the session layer).
    [[nodiscard]] std::string_view name() const noexcept { return text(version_[0]); }
    [[nodiscard]] std::string_view begin_string() const noexcept { return text(version_[1]); }
    [[nodiscard]] std::string_view appl_ver_id() const noexcept { return text(version_[2]); }

    // The field with this tag, or null if the version does not define it.
    [[nodiscard]] const FieldInfo* field(std::uint32_t tag) const noexcept;
    [[nodiscard]] const FieldInfo& field(const Member& member) const noexcept {
        return fields_[member.field];
    }
    [[nodiscard]] std::span<const FieldInfo> fields() const noexcept { return fields_; }
    [[nodiscard]] std::string_view name(const FieldInfo& field) const noexcept {
        return {strings_.data() + field.name, field.name_length};
    }

    // Whether one value (of a multiple-value field: one of its values) is in the enumeration; true if that is
    // open.
    [[nodiscard]] bool accepts(const FieldInfo& field, std::string_view value) const noexcept;
    // The value's symbolic name, or empty.
    [[nodiscard]] std::string_view value_name(const FieldInfo& field, std::string_view value) const noexcept;

    // The values that the enumeration lists, none where it is open; each with its symbolic name, if it has
    // one.
    [[nodiscard]] std::span<const ValueInfo> values(const FieldInfo& field) const noexcept {
        return {values_.data() + field.values_first, field.values_count};
    }
    [[nodiscard]] std::string_view value(const ValueInfo& value) const noexcept {
        return {strings_.data() + value.text, value.text_length};
    }
    [[nodiscard]] std::string_view name(const ValueInfo& value) const noexcept {
        return {strings_.data() + value.name, value.name_length};
    }

    // The data field whose length this tag carries, or 0.
    [[nodiscard]] std::uint32_t data_tag(std::uint32_t length_tag) const noexcept {
        const FieldInfo* found = field(length_tag);
        return found != nullptr && found->type != FieldType::data ? found->pair : 0;
    }

    // The message with this MsgType(35), or null.
    [[nodiscard]] const MessageInfo* message(std::string_view msg_type) const noexcept;
    [[nodiscard]] std::span<const MessageInfo> messages() const noexcept { return messages_; }
    [[nodiscard]] std::string_view name(const MessageInfo& message) const noexcept {
        return {strings_.data() + message.name, message.name_length};
    }

    [[nodiscard]] const Layout& header() const noexcept { return layouts_[0]; }
    [[nodiscard]] const Layout& trailer() const noexcept { return layouts_[1]; }
    [[nodiscard]] const Layout& body(const MessageInfo& message) const noexcept {
        return layouts_[message.layout];
    }
    // Precondition: member.is_group().
    [[nodiscard]] const Layout& group(const Member& member) const noexcept { return layouts_[member.group]; }

    // The member with this tag, or null if the layout has none.
    [[nodiscard]] const Member* find(const Layout& layout, std::uint32_t tag) const noexcept {
        const Member* slots = slots_.data() + layout.slots_first;
        const std::uint32_t last = layout.slots_size - 1;
        for (std::uint32_t at = slot(tag, layout.slots_size);; at = (at + 1) & last) {
            if (slots[at].tag == tag) return tag == 0 ? nullptr : &slots[at];
            if (slots[at].tag == 0) return nullptr;
        }
    }
    // The required tags of a layout; the n-th has the ordinal n.
    [[nodiscard]] std::span<const std::uint32_t> required(const Layout& layout) const noexcept {
        return {required_.data() + layout.required_first, layout.required_count};
    }

  private:
    struct Text {
        std::uint32_t offset;
        std::uint32_t length;
    };

    friend class DictionaryLoader;
    Dictionary() = default;

    // The tables' sizes are powers of two of at least 2, and the position is the top bits of the spread key.
    static constexpr std::uint32_t spread(std::uint32_t key) noexcept { return key * 0x9E3779B1U; }
    static std::uint32_t top_bits(std::uint32_t hash, std::uint32_t size) noexcept {
        return static_cast<std::uint32_t>((std::uint64_t{hash} * size) >> 32);
    }
    static std::uint32_t slot(std::uint32_t key, std::uint32_t size) noexcept {
        return top_bits(spread(key), size);
    }

    [[nodiscard]] std::string_view text(Text at) const noexcept {
        return {strings_.data() + at.offset, at.length};
    }
    [[nodiscard]] const ValueInfo* find_value(const FieldInfo& field, std::string_view value) const noexcept;

    std::vector<char> strings_;
    Text version_[3]{};
    std::vector<FieldInfo> fields_;
    std::vector<std::uint32_t> field_index_;
    std::vector<ValueInfo> values_;
    std::vector<std::uint64_t> characters_;  // four a set
    std::vector<std::uint32_t> words_;
    std::vector<Layout> layouts_;
    std::vector<Member> slots_;
    std::vector<std::uint32_t> required_;
    std::vector<MessageInfo> messages_;
    std::vector<std::uint32_t> message_index_;
};

// Adds the raw data fields that the dictionary knows. False where they are more than there is room for.
bool add_data_pairs(const Dictionary& dictionary, DataTags& data_tags);

}  // namespace gw::fix
