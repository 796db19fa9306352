// Reads a blob into a Dictionary. A blob comes from a cache on disk, so nothing in it is believed: the
// checksum finds damage, and the checks below make sure that a lookup ends and stays inside its table even if
// a blob was made wrongly.
#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <type_traits>
#include <utility>

#include "fix/dictionary.hpp"

namespace gw::fix {

static_assert(std::endian::native == std::endian::little,
              "the blob is read in place of little-endian records");
static_assert(sizeof(FieldInfo) == 32 && sizeof(ValueInfo) == 12 && sizeof(Layout) == 24);
static_assert(sizeof(Member) == 12 && sizeof(MessageInfo) == 24);

namespace {

constexpr std::string_view kMagic = "GWFIXDIC";
constexpr std::size_t kHeadSize = 20;
constexpr std::string_view kRemedy = "; compile the dictionary again (delete its cache entry)";

// CRC-32 as zlib computes it; the compiler of the blob has that one in its standard library.
std::uint32_t crc32(std::span<const std::byte> bytes) noexcept {
    static constexpr auto table = [] {
        std::array<std::uint32_t, 256> made{};
        for (std::uint32_t i = 0; i < 256; ++i) {
            std::uint32_t value = i;
            for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? 0xEDB88320U : 0U);
            made[i] = value;
        }
        return made;
    }();
    std::uint32_t crc = 0xFFFFFFFFU;
    for (const std::byte b : bytes) crc = table[(crc ^ static_cast<std::uint32_t>(b)) & 0xFF] ^ (crc >> 8);
    return ~crc;
}

}  // namespace

class DictionaryLoader {
  public:
    DictionaryLoader(std::span<const std::byte> blob, std::string& error) : rest_(blob), error_(error) {}

    std::optional<Dictionary> load() {
        if (!head() || !sections()) return std::nullopt;
        if (!version() || !fields() || !layouts() || !messages()) return std::nullopt;
        return std::move(made_);
    }

  private:
    bool fail(std::string_view expected, std::string_view was) {
        error_ = "dictionary: expected ";
        error_.append(expected).append(", was ").append(was).append(kRemedy);
        return false;
    }

    template <class T>
    bool take(T& value) {
        static_assert(std::is_trivially_copyable_v<T>);
        if (rest_.size() < sizeof value) return fail("more bytes", "the end of the blob");
        std::memcpy(&value, rest_.data(), sizeof value);
        rest_ = rest_.subspan(sizeof value);
        return true;
    }

    template <class T>
    bool take(std::vector<T>& records, std::size_t each = 1) {
        static_assert(std::is_trivially_copyable_v<T>);
        std::uint32_t count = 0;
        if (!take(count)) return false;
        if (rest_.size() / (sizeof(T) * each) < count) return fail("more records", "the end of the blob");
        const std::size_t size = count * sizeof(T) * each;
        records.resize(count * each);
        if (size != 0) std::memcpy(records.data(), rest_.data(), size);
        rest_ = rest_.subspan(size);
        return true;
    }

    bool head() {
        if (rest_.size() < kHeadSize)
            return fail("a compiled dictionary", std::to_string(rest_.size()) + " bytes");
        if (std::memcmp(rest_.data(), kMagic.data(), kMagic.size()) != 0)
            return fail("a compiled dictionary", "another kind of file");
        rest_ = rest_.subspan(kMagic.size());
        std::uint32_t format = 0;
        std::uint32_t checksum = 0;
        std::uint32_t size = 0;
        if (!take(format) || !take(checksum) || !take(size)) return false;
        if (format != Dictionary::kFormatVersion)
            return fail("format version " + std::to_string(Dictionary::kFormatVersion),
                        std::to_string(format));
        if (size != rest_.size())
            return fail(std::to_string(size) + " bytes", std::to_string(rest_.size()) + " bytes");
        if (checksum != crc32(rest_)) return fail("an intact dictionary", "one with a wrong checksum");
        return true;
    }

    bool sections() {
        Dictionary& d = made_;
        if (!take(d.strings_)) return false;
        for (Dictionary::Text& text : d.version_)
            if (!take(text)) return false;
        if (!take(d.fields_) || !take(d.field_index_) || !take(d.values_)) return false;
        if (!take(d.characters_, 4) || !take(d.words_)) return false;
        if (!take(d.layouts_) || !take(d.slots_) || !take(d.required_)) return false;
        if (!take(d.messages_) || !take(d.message_index_)) return false;
        return rest_.empty() || fail("the end of the blob", std::to_string(rest_.size()) + " more bytes");
    }

    [[nodiscard]] bool is_text(std::size_t offset, std::size_t length) const {
        return offset + length <= made_.strings_.size();
    }

    // A table must be a power of two of at least 2, name nothing beyond `count`, and have an empty slot to
    // stop at.
    static bool is_index(std::span<const std::uint32_t> index, std::size_t count) {
        return index.size() >= 2 && std::has_single_bit(index.size()) &&
               std::all_of(index.begin(), index.end(), [&](std::uint32_t entry) { return entry <= count; }) &&
               std::find(index.begin(), index.end(), 0U) != index.end();
    }

    bool version() {
        return std::all_of(std::begin(made_.version_), std::end(made_.version_),
                           [&](const Dictionary::Text& text) { return is_text(text.offset, text.length); }) ||
               fail("version texts", "an offset outside the strings");
    }

    bool fields() {
        const Dictionary& d = made_;
        if (!is_index(d.field_index_, d.fields_.size())) return fail("an index of fields", "a damaged one");
        for (const ValueInfo& value : d.values_)
            if (!is_text(value.text, value.text_length) || !is_text(value.name, value.name_length))
                return fail("texts of values", "an offset outside the strings");
        for (const FieldInfo& field : d.fields_)
            if (!is_field(field)) return fail("a valid field", "tag " + std::to_string(field.tag));
        return true;
    }

    [[nodiscard]] bool is_field(const FieldInfo& field) const {
        const Dictionary& d = made_;
        if (field.tag == 0 || !is_text(field.name, field.name_length)) return false;
        if (static_cast<std::uint8_t>(field.type) >= kFieldTypeCount) return false;
        if (std::size_t{field.values_first} + field.values_count > d.values_.size()) return false;
        switch (field.values) {
            case ValueKind::open:
                return true;
            case ValueKind::characters:
                return field.index < d.characters_.size() / 4;
            case ValueKind::words:
                return std::size_t{field.index} + field.index_size <= d.words_.size() &&
                       is_index(std::span(d.words_).subspan(field.index, field.index_size),
                                field.values_count);
        }
        return false;
    }

    // A group's layout comes after those of the groups inside it, so depths can be summed in one pass, and a
    // layout that contains itself cannot be written.
    bool layouts() {
        const Dictionary& d = made_;
        const std::size_t first_group = 2 + d.messages_.size();
        if (d.layouts_.size() < first_group) return fail("a layout for each message", "fewer");
        std::vector<std::uint32_t> depths(d.layouts_.size(), 0);
        for (std::size_t number = first_group; number < d.layouts_.size(); ++number)
            if (!is_layout(number, number, depths)) return fail("a valid group", std::to_string(number));
        for (std::size_t number = 0; number < first_group; ++number)
            if (!is_layout(number, d.layouts_.size(), depths))
                return fail("a valid layout", std::to_string(number));
        return true;
    }

    [[nodiscard]] bool is_layout(std::size_t number, std::size_t group_end,
                                 std::vector<std::uint32_t>& depths) const {
        const Dictionary& d = made_;
        const Layout& layout = d.layouts_[number];
        const std::size_t first_group = 2 + d.messages_.size();
        if (std::size_t{layout.slots_first} + layout.slots_size > d.slots_.size()) return false;
        if (layout.slots_size < 2 || !std::has_single_bit(layout.slots_size)) return false;
        if (layout.member_count > Dictionary::kMembersMax || layout.required_count > layout.member_count)
            return false;
        if (std::size_t{layout.required_first} + layout.required_count > d.required_.size()) return false;
        std::uint32_t used = 0;
        std::uint32_t depth = 0;
        for (const Member& member : std::span(d.slots_).subspan(layout.slots_first, layout.slots_size)) {
            if (member.tag == 0) continue;
            ++used;
            if (member.ordinal >= layout.member_count || member.field >= d.fields_.size()) return false;
            if (d.fields_[member.field].tag != member.tag) return false;
            if (!member.is_group()) continue;
            if (member.group < first_group || member.group >= group_end) return false;
            depth = std::max(depth, depths[member.group] + 1);
        }
        depths[number] = depth;
        return used == layout.member_count && used < layout.slots_size && depth <= Dictionary::kGroupDepthMax;
    }

    bool messages() {
        const Dictionary& d = made_;
        if (!is_index(d.message_index_, d.messages_.size()))
            return fail("an index of messages", "a damaged one");
        for (std::size_t i = 0; i < d.messages_.size(); ++i)
            if (d.messages_[i].layout != i + 2 || !is_text(d.messages_[i].name, d.messages_[i].name_length))
                return fail("a valid message", std::to_string(i));
        return true;
    }

    Dictionary made_;
    std::span<const std::byte> rest_;
    std::string& error_;
};

std::optional<Dictionary> Dictionary::load(std::span<const std::byte> blob, std::string& error) {
    return DictionaryLoader(blob, error).load();
}

}  // namespace gw::fix
