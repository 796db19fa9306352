// Checks a parsed message against its dictionaries, and names the answer that FIX gives to the first fault.
//
// What this is not: framing. BeginString, BodyLength and CheckSum, and that BeginString, BodyLength and
// MsgType come first and CheckSum last, are checked by the codec before there is a field index.
//
// The reasons and the texts are those of the most used engine, so that a counterparty's certification sees
// what it expects: an undefined tag is "Invalid tag number" (0), not "Undefined tag" (3).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "fix/dictionary.hpp"
#include "fix/field.hpp"

namespace gw::fix {

// SessionRejectReason(373) by its numbers on the wire, and two outcomes that are none. FIX 4.2 knows those up
// to 11 only: send one if dictionary.accepts(*dictionary.field(373), ...) says so.
enum class RejectReason : std::uint8_t {
    invalid_tag_number = 0,
    required_tag_missing = 1,
    tag_not_defined_for_message = 2,
    tag_without_value = 4,
    value_incorrect = 5,
    incorrect_data_format = 6,
    invalid_msg_type = 11,
    tag_repeated = 13,
    tag_out_of_order = 14,
    group_fields_out_of_order = 15,
    group_count_incorrect = 16,
    unsupported_msg_type = 254,  // answer with BusinessMessageReject(j), BusinessRejectReason(380) 3
    valid = 255,
};

struct Verdict {
    RejectReason reason = RejectReason::valid;
    bool has_ref_tag = false;
    std::uint32_t ref_tag = 0;  // RefTagID(371); a tag that the codec read as -1 is 0xFFFFFFFF here
    std::string_view text;      // static

    [[nodiscard]] bool is_valid() const noexcept { return reason == RejectReason::valid; }
};

// `pass_on` allows a tag and has the application show it to clients.
enum class TagPolicy : std::uint8_t { reject, allow, pass_on };

// MsgTypes that the application handles. Fixed capacity; add() returns false when it is full or the type too
// long.
class MsgTypeSet {
  public:
    static constexpr std::size_t kCapacity = 64;

    bool add(std::string_view msg_type) noexcept;
    [[nodiscard]] bool contains(std::string_view msg_type) const noexcept;

  private:
    struct Entry {
        std::array<char, Dictionary::kMsgTypeLengthMax> text{};
        std::uint8_t length = 0;
    };
    std::array<Entry, kCapacity> entries_{};
    std::size_t count_ = 0;
};

// Each check can be switched off where a counterparty differs. As constructed all are on, which is what
// certification suites expect of an engine.
struct ValidationOptions {
    bool msg_type = true;         // MsgType is known; without this an unknown message passes unchecked
    bool required = true;         // required fields, also those of group entries
    bool empty_value = true;      // every tag has a value
    bool format = true;           // syntax by type
    bool local_dates = true;      // also of LOCALMKTDATE and MONTHYEAR, where QuickFIX takes any text
    bool enumerations = true;     // value in the field's enumeration
    bool tag_for_message = true;  // a defined tag is one that the message has
    bool field_order = true;      // header before body before trailer
    bool repeated_tag = true;     // no tag twice in one structure
    bool group_count = true;      // as many entries as the count says
    bool group_delimiter = true;  // each entry begins with the group's first field
    bool data_length = true;      // data preceded by its length, and as long as that says
    // Tags below 5000 that the dictionary does not define.
    TagPolicy unknown_tags = TagPolicy::reject;
    // Tags from 5000 on that the dictionary does not define, or not for this message.
    TagPolicy user_defined_tags = TagPolicy::reject;
    // Entries of one repeating group; more are an incorrect count. 0: as many as the message has room for.
    std::uint32_t group_entries_max = 0;
    // Application messages that are handled; null: all.
    const MsgTypeSet* supported = nullptr;

    // For a venue that is connected for business: keep what makes a message ambiguous, let pass what a venue
    // adds or changes on its own. A rejected execution report is a fill that nobody knows of.
    [[nodiscard]] static ValidationOptions tolerant() noexcept;
};

// Whether SessionRejectReason(373) of this version has the reason. FIX 4.2 ends at 11 and earlier versions
// have no such field: a Reject then says it in Text(58) alone.
[[nodiscard]] bool has_reason(const Dictionary& session, RejectReason reason) noexcept;

// Validate a whole message, from BeginString to CheckSum, in the order it came. `session` defines header,
// trailer and admin messages, `app` the others; before FIX 5.0 they are the same object. Returns the first
// fault found; required fields are looked at last.
// Precondition: every field lies within text. No allocation;
// the stack depth is bounded by the dictionary's groups.
[[nodiscard]] Verdict validate(std::span<const Field> fields, std::string_view text,
                               const Dictionary& session, const Dictionary& app,
                               const ValidationOptions& options) noexcept;

}  // namespace gw::fix
