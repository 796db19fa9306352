#include "fix/dictionary.hpp"

namespace gw::fix {

namespace {

std::uint64_t type_key(std::string_view msg_type) noexcept {
    std::uint64_t key = 0;
    for (std::size_t i = msg_type.size(); i-- > 0;) key = key << 8 | static_cast<unsigned char>(msg_type[i]);
    return key;
}

}  // namespace

const FieldInfo* Dictionary::field(std::uint32_t tag) const noexcept {
    const auto size = static_cast<std::uint32_t>(field_index_.size());
    for (std::uint32_t at = slot(tag, size);; at = (at + 1) & (size - 1)) {
        const std::uint32_t entry = field_index_[at];
        if (entry == 0) return nullptr;
        if (fields_[entry - 1].tag == tag) return &fields_[entry - 1];
    }
}

const MessageInfo* Dictionary::message(std::string_view msg_type) const noexcept {
    if (msg_type.empty() || msg_type.size() > kMsgTypeLengthMax) return nullptr;
    const std::uint64_t key = type_key(msg_type);
    const auto size = static_cast<std::uint32_t>(message_index_.size());
    const auto hash = static_cast<std::uint32_t>((key * 0x9E3779B97F4A7C15U) >> 32);
    for (std::uint32_t at = top_bits(hash, size);; at = (at + 1) & (size - 1)) {
        const std::uint32_t entry = message_index_[at];
        if (entry == 0) return nullptr;
        if (messages_[entry - 1].type == key) return &messages_[entry - 1];
    }
}

bool Dictionary::accepts(const FieldInfo& field, std::string_view value) const noexcept {
    switch (field.values) {
        case ValueKind::open:
            return true;
        case ValueKind::characters: {
            if (value.size() != 1) return false;
            const auto bit = static_cast<unsigned char>(value[0]);
            return (characters_[field.index * std::size_t{4} + bit / 64] >> (bit % 64) & 1) != 0;
        }
        case ValueKind::words:
            return find_value(field, value) != nullptr;
    }
    return false;
}

std::string_view Dictionary::value_name(const FieldInfo& field, std::string_view value) const noexcept {
    const ValueInfo* found = find_value(field, value);
    if (found == nullptr) return {};
    return {strings_.data() + found->name, found->name_length};
}

const ValueInfo* Dictionary::find_value(const FieldInfo& field, std::string_view value) const noexcept {
    const ValueInfo* values = values_.data() + field.values_first;
    const auto is = [&](const ValueInfo& candidate) {
        return std::string_view(strings_.data() + candidate.text, candidate.text_length) == value;
    };
    if (field.values != ValueKind::words) {
        for (std::uint32_t i = 0; i < field.values_count; ++i)
            if (is(values[i])) return &values[i];
        return nullptr;
    }
    std::uint32_t hash = 0x811C9DC5U;  // FNV-1a
    for (const char c : value) hash = (hash ^ static_cast<unsigned char>(c)) * 0x01000193U;
    const std::uint32_t* index = words_.data() + field.index;
    for (std::uint32_t at = slot(hash, field.index_size);; at = (at + 1) & (field.index_size - 1)) {
        if (index[at] == 0) return nullptr;
        if (is(values[index[at] - 1])) return &values[index[at] - 1];
    }
}

bool add_data_pairs(const Dictionary& dictionary, DataTags& data_tags) {
    for (const FieldInfo& field : dictionary.fields())
        if (field.type == FieldType::data && field.pair != 0 && !data_tags.add({field.pair, field.tag}))
            return false;
    return true;
}

}  // namespace gw::fix
