#include "fix/validate.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <iterator>
#include <limits>

#include "fix/format.hpp"

namespace gw::fix {

namespace {

constexpr std::uint32_t kMsgType = 35;
constexpr std::uint32_t kSessionRejectReason = 373;
constexpr std::uint32_t kUserDefinedMin = 5000;
constexpr auto kTagMax = static_cast<std::uint32_t>(std::numeric_limits<std::int32_t>::max());

constexpr std::string_view text_of(RejectReason reason) noexcept {
    switch (reason) {
        case RejectReason::invalid_tag_number:
            return "Invalid tag number";
        case RejectReason::required_tag_missing:
            return "Required tag missing";
        case RejectReason::tag_not_defined_for_message:
            return "Tag not defined for this message type";
        case RejectReason::tag_without_value:
            return "Tag specified without a value";
        case RejectReason::value_incorrect:
            return "Value is incorrect (out of range) for this tag";
        case RejectReason::incorrect_data_format:
            return "Incorrect data format for value";
        case RejectReason::invalid_msg_type:
            return "Invalid MsgType";
        case RejectReason::tag_repeated:
            return "Tag appears more than once";
        case RejectReason::tag_out_of_order:
            return "Tag specified out of required order";
        case RejectReason::group_fields_out_of_order:
            return "Repeating group fields out of order";
        case RejectReason::group_count_incorrect:
            return "Incorrect NumInGroup count for repeating group";
        case RejectReason::unsupported_msg_type:
            return "Unsupported Message Type";
        case RejectReason::valid:
            break;
    }
    return {};
}

// Which members of a layout have been met, by ordinal.
class Seen {
  public:
    explicit Seen(const Layout& layout) noexcept { clear(layout); }

    void clear(const Layout& layout) noexcept { std::fill_n(words_, (layout.member_count + 63) / 64, 0U); }

    [[nodiscard]] bool has(const Member& member) const noexcept {
        return (words_[member.ordinal / 64] >> (member.ordinal % 64) & 1) != 0;
    }

    void set(const Member& member) noexcept {
        words_[member.ordinal / 64] |= std::uint64_t{1} << (member.ordinal % 64);
    }

    // The first required member that is missing, or required_count: required members have the lowest
    // ordinals.
    [[nodiscard]] std::uint32_t first_missing(const Layout& layout) const noexcept {
        for (std::uint32_t at = 0; at < layout.required_count; at += 64) {
            const auto missing = static_cast<std::uint32_t>(std::countr_one(words_[at / 64]));
            if (missing < 64) return std::min(at + missing, layout.required_count);
        }
        return layout.required_count;
    }

  private:
    std::uint64_t
        words_[Dictionary::kMembersMax / 64];  // only the words that the layout needs are ever set or read
};

enum class Part : std::uint8_t { header, body, trailer };

struct Structure {
    const Dictionary& dictionary;
    const Layout& layout;
    Seen seen;

    Structure(const Dictionary& from, const Layout& of) noexcept : dictionary(from), layout(of), seen(of) {}

    [[nodiscard]] const Member* find(std::uint32_t tag) const noexcept {
        return dictionary.find(layout, tag);
    }
};

// The structures around a group, from the inside out to the message's header, body or trailer.
struct Frame {
    const Layout& layout;
    const Frame* outer;
};

class Validation {
  public:
    Validation(std::span<const Field> fields, std::string_view text,
               const ValidationOptions& options) noexcept
        : fields_(fields), text_(text), options_(options) {}

    Verdict run(const Dictionary& session, const Dictionary& app) noexcept {
        const auto type =
            std::find_if(fields_.begin(), fields_.end(), [](const Field& f) { return f.tag == kMsgType; });
        if (type == fields_.end()) return made(RejectReason::required_tag_missing, kMsgType);
        const std::string_view msg_type = value(*type);
        const MessageInfo* message = session.message(msg_type);
        const Dictionary& owner = message != nullptr ? session : app;
        if (message == nullptr) message = app.message(msg_type);
        if (message == nullptr) {
            if (!options_.msg_type) return {};
            return {RejectReason::invalid_msg_type, false, 0, text_of(RejectReason::invalid_msg_type)};
        }
        Structure header(session, session.header());
        Structure body(owner, owner.body(*message));
        Structure trailer(session, session.trailer());
        parts_[0] = &header;
        parts_[1] = &body;
        parts_[2] = &trailer;
        if (!walk()) return gravest();
        if (!complete(header) || !complete(body) || !complete(trailer)) return verdict_;
        if (options_.supported != nullptr && !message->is_admin() && !options_.supported->contains(msg_type))
            return {RejectReason::unsupported_msg_type, false, 0,
                    text_of(RejectReason::unsupported_msg_type)};
        return {};
    }

  private:
    [[nodiscard]] std::string_view value(const Field& field) const noexcept {
        assert(std::size_t{field.offset} + field.length <= text_.size());
        return {text_.data() + field.offset, field.length};
    }

    static Verdict made(RejectReason reason, std::uint32_t tag) noexcept {
        return {reason, true, tag, text_of(reason)};
    }

    bool fail(RejectReason reason, std::uint32_t tag) noexcept {
        verdict_ = made(reason, tag);
        return false;
    }

    bool walk() noexcept {
        auto part = Part::header;
        for (std::size_t at = 0; at < fields_.size();) {
            const Field& field = fields_[at];
            Part found = part;
            const Member* member = locate(field.tag, found);
            if (member == nullptr) {
                if (!unknown(parts_[1]->dictionary, field)) return false;
                ++at;
                continue;
            }
            if (found < part && options_.field_order) return fail(RejectReason::tag_out_of_order, field.tag);
            part = std::max(part, found);
            Structure& in = *parts_[static_cast<std::size_t>(found)];
            if (!check_value(in.dictionary, in.dictionary.field(*member), at)) return false;
            if (in.seen.has(*member) && options_.repeated_tag)
                return fail(RejectReason::tag_repeated, field.tag);
            in.seen.set(*member);
            if (!member->is_group()) {
                ++at;
                continue;
            }
            std::size_t end = at;
            const Frame around{in.layout, nullptr};
            if (!group(in.dictionary, in.dictionary.group(*member), around, end)) return false;
            // After the structure, because a wrong count says more than the value that it made look wrong.
            while (++at < end)
                if (!check_entry_value(in.dictionary, at)) return false;
        }
        return true;
    }

    // What is wrong with the message as a whole is named before what is wrong with one of its fields,
    // wherever that stands: first a structure out of order, then what is missing, as the acceptance suite
    // expects. Only for messages that have failed already.
    Verdict gravest() noexcept {
        for (Structure* in : parts_) in->seen.clear(in->layout);
        auto part = Part::header;
        for (const Field& field : fields_) {
            Part found = part;
            const Member* member = locate(field.tag, found);
            if (member == nullptr) continue;
            if (found < part && options_.field_order) return made(RejectReason::tag_out_of_order, field.tag);
            part = std::max(part, found);
            parts_[static_cast<std::size_t>(found)]->seen.set(*member);
        }
        for (const Structure* in : parts_)
            if (!complete(*in)) break;
        return verdict_;
    }

    // Looks where the field should be first, then further down, then back; `part` becomes where it was found.
    [[nodiscard]] const Member* locate(std::uint32_t tag, Part& part) const noexcept {
        const auto now = static_cast<std::size_t>(part);
        for (std::size_t at = now; at < 3; ++at)
            if (const Member* member = parts_[at]->find(tag)) {
                part = static_cast<Part>(at);
                return member;
            }
        for (std::size_t at = now; at-- > 0;)
            if (const Member* member = parts_[at]->find(tag)) {
                part = static_cast<Part>(at);
                return member;
            }
        return nullptr;
    }

    // A field that no structure of the message has.
    bool unknown(const Dictionary& dictionary, const Field& field) noexcept {
        if (field.length == 0 && options_.empty_value)
            return fail(RejectReason::tag_without_value, field.tag);
        if (field.tag == 0 || field.tag > kTagMax) return fail(RejectReason::invalid_tag_number, field.tag);
        const bool user_defined = field.tag >= kUserDefinedMin;
        if (user_defined && options_.user_defined_tags != TagPolicy::reject) return true;
        if (dictionary.field(field.tag) != nullptr)
            return !options_.tag_for_message || fail(RejectReason::tag_not_defined_for_message, field.tag);
        if (!user_defined && options_.unknown_tags != TagPolicy::reject) return true;
        return fail(RejectReason::invalid_tag_number, field.tag);
    }

    bool check_value(const Dictionary& dictionary, const FieldInfo& info, std::size_t at) noexcept {
        const Field& field = fields_[at];
        if (field.length == 0)
            return !options_.empty_value || fail(RejectReason::tag_without_value, field.tag);
        const std::string_view text = value(field);
        if (options_.format && is_format_checked(info.type) && !has_format(info.type, text))
            return fail(RejectReason::incorrect_data_format, field.tag);
        if (info.type == FieldType::data && options_.data_length && !check_length(info, at)) return false;
        // A broker's messages may be more than its enumeration of MsgType lists; the message itself was
        // found.
        if (info.values == ValueKind::open || !options_.enumerations || field.tag == kMsgType) return true;
        return is_enumerated(dictionary, info, text) || fail(RejectReason::value_incorrect, field.tag);
    }

    [[nodiscard]] bool is_format_checked(FieldType type) const noexcept {
        return options_.local_dates || (type != FieldType::local_mkt_date && type != FieldType::month_year);
    }

    static bool is_enumerated(const Dictionary& dictionary, const FieldInfo& info,
                              std::string_view text) noexcept {
        if (info.type != FieldType::multiple_string_value && info.type != FieldType::multiple_char_value)
            return dictionary.accepts(info, text);
        for (;;) {
            const std::size_t space = text.find(' ');
            if (!dictionary.accepts(info, text.substr(0, space))) return false;
            if (space == std::string_view::npos) return true;
            text.remove_prefix(space + 1);
        }
    }

    bool check_length(const FieldInfo& info, std::size_t at) noexcept {
        if (at == 0 || fields_[at - 1].tag != info.pair)
            return fail(RejectReason::tag_out_of_order, info.tag);
        const auto length = parse_count(value(fields_[at - 1]));
        return (length && *length == fields_[at].length) || fail(RejectReason::value_incorrect, info.pair);
    }

    bool check_entry_value(const Dictionary& dictionary, std::size_t at) noexcept {
        const FieldInfo* info = dictionary.field(fields_[at].tag);
        // Only a tag that the policies let pass is not in the dictionary here.
        if (info == nullptr) return unknown(dictionary, fields_[at]);
        return check_value(dictionary, *info, at);
    }

    // Walk the entries of the group counted at `at`, which moves behind them. No published version has a tag
    // both in a group and in what contains it, so the first tag that is not the group's own ends it.
    bool group(const Dictionary& dictionary, const Layout& entry, const Frame& outer,
               std::size_t& at) noexcept {
        const std::uint32_t count_tag = fields_[at].tag;
        const std::string_view count_text = value(fields_[at]);
        const auto count = parse_count(count_text);
        if (!count && count_text.empty() && options_.empty_value)
            return fail(RejectReason::tag_without_value, count_tag);
        if (!count && options_.format) return fail(RejectReason::incorrect_data_format, count_tag);
        const std::uint32_t expected = count.value_or(0);
        if (options_.group_entries_max != 0 && expected > options_.group_entries_max)
            return fail(RejectReason::group_count_incorrect, count_tag);
        Seen seen(entry);
        std::uint32_t delimiter = entry.delimiter;
        std::uint32_t entries = 0;
        for (++at; at < fields_.size();) {
            const std::uint32_t tag = fields_[at].tag;
            const Member* member = dictionary.find(entry, tag);
            if (member == nullptr) {
                if (is_outside(dictionary, tag, outer)) break;
                if (!unknown(dictionary, fields_[at])) return false;
                ++at;
                continue;
            }
            const bool again = entries > 0 && seen.has(*member);
            const bool begins = entries == 0 || tag == delimiter || (again && !options_.group_delimiter);
            if (begins) {
                if (entries == 0 && tag != delimiter) {
                    if (options_.group_delimiter) return fail(RejectReason::group_fields_out_of_order, tag);
                    delimiter = tag;
                }
                if (entries > 0 && !complete(dictionary, entry, seen)) return false;
                seen.clear(entry);
                ++entries;
            } else if (again && options_.repeated_tag) {
                return fail(RejectReason::tag_repeated, tag);
            }
            seen.set(*member);
            if (!member->is_group()) {
                ++at;
            } else if (!group(dictionary, dictionary.group(*member), Frame{entry, &outer}, at)) {
                return false;
            }
        }
        if (entries != expected && options_.group_count)
            return fail(RejectReason::group_count_incorrect, count_tag);
        return entries == 0 || complete(dictionary, entry, seen);
    }

    // Whether something around the group has the tag, which then ends the group. A tag that nothing has does
    // not: if the policies let it pass, a venue may have added it anywhere.
    [[nodiscard]] bool is_outside(const Dictionary& dictionary, std::uint32_t tag,
                                  const Frame& outer) const noexcept {
        for (const Frame* frame = &outer; frame != nullptr; frame = frame->outer)
            if (dictionary.find(frame->layout, tag) != nullptr) return true;
        return std::any_of(std::begin(parts_), std::end(parts_),
                           [&](const Structure* part) { return part->find(tag) != nullptr; });
    }

    bool complete(const Structure& structure) noexcept {
        return complete(structure.dictionary, structure.layout, structure.seen);
    }

    bool complete(const Dictionary& dictionary, const Layout& layout, const Seen& seen) noexcept {
        if (!options_.required) return true;
        const std::uint32_t missing = seen.first_missing(layout);
        if (missing == layout.required_count) return true;
        return fail(RejectReason::required_tag_missing, dictionary.required(layout)[missing]);
    }

    std::span<const Field> fields_;
    std::string_view text_;
    const ValidationOptions& options_;
    Structure* parts_[3]{};  // header, body, trailer
    Verdict verdict_;
};

}  // namespace

bool MsgTypeSet::add(std::string_view msg_type) noexcept {
    if (contains(msg_type)) return true;
    if (count_ == kCapacity || msg_type.empty() || msg_type.size() > Dictionary::kMsgTypeLengthMax)
        return false;
    Entry& entry = entries_[count_++];
    std::copy(msg_type.begin(), msg_type.end(), entry.text.begin());
    entry.length = static_cast<std::uint8_t>(msg_type.size());
    return true;
}

bool MsgTypeSet::contains(std::string_view msg_type) const noexcept {
    return std::any_of(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(count_),
                       [&](const Entry& e) { return std::string_view(e.text.data(), e.length) == msg_type; });
}

ValidationOptions ValidationOptions::tolerant() noexcept {
    ValidationOptions options;
    options.empty_value = false;
    options.local_dates = false;
    options.enumerations = false;
    options.tag_for_message = false;
    options.field_order = false;
    options.unknown_tags = TagPolicy::allow;
    options.user_defined_tags = TagPolicy::allow;
    return options;
}

bool has_reason(const Dictionary& session, RejectReason reason) noexcept {
    const FieldInfo* field = session.field(kSessionRejectReason);
    const auto number = static_cast<unsigned>(reason);
    if (field == nullptr || number > 99) return false;
    const char digits[] = {static_cast<char>('0' + number / 10), static_cast<char>('0' + number % 10)};
    return session.accepts(*field,
                           number < 10 ? std::string_view(digits + 1, 1) : std::string_view(digits, 2));
}

Verdict validate(std::span<const Field> fields, std::string_view text, const Dictionary& session,
                 const Dictionary& app, const ValidationOptions& options) noexcept {
    return Validation(fields, text, options).run(session, app);
}

}  // namespace gw::fix
