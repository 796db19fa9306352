// Arbitrary bytes as a compiled dictionary, with size and checksum made right: what loads must answer every
// question, and validate any message, without leaving its tables.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "fix/dictionary.hpp"
#include "fix/validate.hpp"
#include "fuzz/holds.hpp"

namespace {

using namespace gw::fix;
using gw::fuzz::holds;

constexpr std::size_t head_size = 20;  // magic, format version, CRC-32, size

std::uint32_t crc32(const std::uint8_t* bytes, std::size_t size) {
    std::uint32_t crc = ~0U;
    for (std::size_t i = 0; i < size; ++i) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xEDB88320U : 0U);
    }
    return ~crc;
}

// A whole blob as it is, or anything with a head put before it.
std::vector<std::byte> blob_of(const std::uint8_t* bytes, std::size_t size) {
    const bool whole = size >= head_size && std::memcmp(bytes, "GWFIXDIC", 8) == 0;
    const std::size_t skip = whole ? head_size : 0;
    const auto rest = static_cast<std::uint32_t>(size - skip);
    std::vector<std::byte> blob(head_size + rest);
    std::memcpy(blob.data(), "GWFIXDIC", 8);
    const std::array<std::uint32_t, 3> numbers{Dictionary::kFormatVersion, crc32(bytes + skip, rest), rest};
    std::memcpy(blob.data() + 8, numbers.data(), sizeof numbers);
    if (rest > 0) std::memcpy(blob.data() + head_size, bytes + skip, rest);
    return blob;
}

void ask(const Dictionary& dictionary, const Layout& layout, int depth) {
    holds(depth <= static_cast<int>(Dictionary::kGroupDepthMax), "groups end");
    for (const std::uint32_t tag : dictionary.required(layout)) (void)dictionary.find(layout, tag);
    for (const FieldInfo& field : dictionary.fields()) {
        const Member* member = dictionary.find(layout, field.tag);
        if (member == nullptr) continue;
        holds(dictionary.field(*member).tag == field.tag, "a member names its own field");
        if (member->is_group() && depth < 3) ask(dictionary, dictionary.group(*member), depth + 1);
    }
}

void ask(const Dictionary& dictionary) {
    (void)dictionary.name();
    (void)dictionary.begin_string();
    (void)dictionary.appl_ver_id();
    for (const FieldInfo& field : dictionary.fields()) {
        (void)dictionary.name(field);
        for (const std::string_view value : {"", "1", "Y", "\xff", "AA", "longer than any"}) {
            (void)dictionary.accepts(field, value);
            (void)dictionary.value_name(field, value);
        }
        (void)dictionary.data_tag(field.tag);
    }
    ask(dictionary, dictionary.header(), 0);
    ask(dictionary, dictionary.trailer(), 0);
    std::size_t looked_at = 0;
    for (const MessageInfo& message : dictionary.messages()) {
        (void)dictionary.name(message);
        if (++looked_at <= 8) ask(dictionary, dictionary.body(message), 0);
    }
    for (const std::string_view type : {"", "0", "D", "AE", "toolongtype"}) (void)dictionary.message(type);
}

// A message of every type with every tag in the order of the dictionary, each with a value that counts.
void validate_all(const Dictionary& dictionary) {
    std::string text = "1";
    std::vector<Field> fields(3);
    const auto put = [&](std::uint32_t tag, std::string_view value) {
        const Field field{tag, static_cast<std::uint32_t>(text.size()),
                          static_cast<std::uint32_t>(value.size())};
        text += value;
        text += '\x01';
        return field;
    };
    fields[0] = put(8, "FIX.4.4");
    fields[1] = put(9, "100");
    for (const FieldInfo& field : dictionary.fields()) {
        if (fields.size() == 300) break;
        fields.push_back(put(field.tag, field.type == FieldType::num_in_group ? "2" : "1"));
    }
    fields.push_back(put(10, "000"));
    for (const std::string_view type : {"0", "A", "D", "8", "AE"}) {
        fields[2] = put(35, type);
        for (const ValidationOptions& options : {ValidationOptions{}, ValidationOptions::tolerant()})
            (void)validate(fields, text, dictionary, dictionary, options);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    std::string error;
    const auto dictionary = Dictionary::load(blob_of(bytes, size), error);
    holds(dictionary.has_value() == error.empty(), "a refusal says why, and only a refusal");
    if (!dictionary) return 0;
    ask(*dictionary);
    validate_all(*dictionary);
    return 0;
}
