#include "base/image.hpp"

#include <algorithm>
#include <array>

namespace gw {
namespace {

constexpr std::uint32_t kind_table = 1;
constexpr std::uint32_t kind_texts = 2;
constexpr std::size_t alignment = 8;

struct SectionHeader {
    std::array<char, image_name_size> name{};
    std::uint32_t kind = 0;
    std::uint32_t field_count = 0;
    std::uint64_t item_bytes = 0;
    std::uint64_t count = 0;
    std::uint64_t payload_bytes = 0;
    std::uint64_t zero = 0;
};
static_assert(sizeof(SectionHeader) == 64);

struct FieldHeader {
    std::array<char, image_name_size> name{};
    std::uint32_t offset = 0;
    std::uint32_t size = 0;
};
static_assert(sizeof(FieldHeader) == 32);

void put_name(std::array<char, image_name_size>& to, std::string_view name) {
    assert(name.size() < to.size());
    name.copy(to.data(), to.size() - 1);
}

std::string_view name_in(const std::byte* at) {
    const auto* text = reinterpret_cast<const char*>(at);
    return {text, ::strnlen(text, image_name_size)};
}

constexpr std::size_t padded(std::size_t size) {
    return (size + alignment - 1) / alignment * alignment;
}

const ImageField* find_field(std::span<const ImageField> fields, std::string_view name) {
    const auto at = std::find_if(fields.begin(), fields.end(),
                                 [name](const ImageField& field) { return field.name == name; });
    return at == fields.end() ? nullptr : &*at;
}

}  // namespace

// --- writing

void ImageWriter::pad(std::size_t size) {
    constexpr std::array<char, alignment> zeros{};
    sink_.write(zeros.data(), padded(size) - size);
}

void ImageWriter::records(std::string_view name, std::span<const ImageField> fields, std::size_t item_bytes,
                          std::size_t count, const void* items) {
    SectionHeader header;
    put_name(header.name, name);
    header.kind = kind_table;
    header.field_count = static_cast<std::uint32_t>(fields.size());
    header.item_bytes = item_bytes;
    header.count = count;
    header.payload_bytes = item_bytes * count;
    sink_.write(&header, sizeof header);
    for (const ImageField& field : fields) {
        FieldHeader line;
        put_name(line.name, field.name);
        line.offset = static_cast<std::uint32_t>(field.offset);
        line.size = static_cast<std::uint32_t>(field.size);
        sink_.write(&line, sizeof line);
    }
    if (count != 0) sink_.write(items, header.payload_bytes);
    pad(header.payload_bytes);
}

void ImageWriter::texts(std::string_view name, const std::vector<std::string>& items) {
    SectionHeader header;
    put_name(header.name, name);
    header.kind = kind_texts;
    header.count = items.size();
    for (const std::string& item : items) header.payload_bytes += sizeof(std::uint32_t) + item.size();
    sink_.write(&header, sizeof header);
    for (const std::string& item : items) {
        const auto size = static_cast<std::uint32_t>(item.size());
        sink_.write(&size, sizeof size);
        sink_.write(item.data(), item.size());
    }
    pad(header.payload_bytes);
}

void ImageWriter::names(std::string_view name, const Names& names) {
    std::vector<std::string> items;
    for (std::uint32_t number = 1; number <= names.size(); ++number) items.emplace_back(names.name(number));
    texts(name, items);
}

// --- reading

std::string ImageSections::parse(std::span<const std::byte> bytes) {
    sections_.clear();
    while (!bytes.empty()) {
        SectionHeader header;
        if (bytes.size() < sizeof header) return "a section ends too early";
        std::memcpy(&header, bytes.data(), sizeof header);
        Section section;
        section.name = name_in(bytes.data());
        section.is_table = header.kind == kind_table;
        section.item_bytes = header.item_bytes;
        section.count = header.count;
        bytes = bytes.subspan(sizeof header);
        if (header.field_count > bytes.size() / sizeof(FieldHeader)) return "a section ends too early";
        for (std::uint32_t i = 0; i < header.field_count; ++i) {
            FieldHeader line;
            std::memcpy(&line, bytes.data(), sizeof line);
            section.fields.push_back({name_in(bytes.data()), line.offset, line.size});
            if (std::size_t{line.offset} + line.size > header.item_bytes)
                return "a field lies outside its record";
            bytes = bytes.subspan(sizeof line);
        }
        if (header.payload_bytes > bytes.size() || padded(header.payload_bytes) > bytes.size())
            return "a section ends too early";
        if (section.is_table &&
            (header.item_bytes == 0 || header.payload_bytes / header.item_bytes != header.count))
            return "a table is not as long as it says";
        section.payload = bytes.first(header.payload_bytes);
        bytes = bytes.subspan(padded(header.payload_bytes));
        sections_.push_back(std::move(section));
    }
    return {};
}

const ImageSections::Section* ImageSections::find(std::string_view name) const {
    const auto at = std::find_if(sections_.begin(), sections_.end(),
                                 [name](const Section& section) { return section.name == name; });
    return at == sections_.end() ? nullptr : &*at;
}

void ImageCheck::records(std::string_view name, std::span<const ImageField> fields, std::size_t count_max) {
    known_.emplace_back(name);
    const ImageSections::Section* section = sections_.find(name);
    if (section == nullptr || !problem_.empty()) return;
    if (section->count > count_max) {
        too_small_ = true;
        problem_ = "it holds " + std::to_string(section->count) + " " + std::string(name) +
                   ", and there is room for " + std::to_string(count_max) + ": raise capacity.orders";
        return;
    }
    for (const ImageField& field : fields) {
        const ImageField* theirs = find_field(section->fields, field.name);
        if (theirs != nullptr && theirs->size != field.size)
            problem_ = "its " + std::string(name) + "." + std::string(field.name) + " has " +
                       std::to_string(theirs->size) + " bytes, and " + std::to_string(field.size) + " here";
    }
}

std::string ImageCheck::problem() const {
    if (!problem_.empty()) return problem_;
    for (const ImageSections::Section& section : sections_.all())
        if (std::find(known_.begin(), known_.end(), section.name) == known_.end())
            return "its section `" + std::string(section.name) +
                   "` is not known to this version; use the version that wrote it, or a newer one";
    return {};
}

bool ImageLoader::is_same_layout(const ImageSections::Section& section, std::span<const ImageField> ours,
                                 std::size_t item_bytes) {
    return section.item_bytes == item_bytes &&
           std::equal(section.fields.begin(), section.fields.end(), ours.begin(), ours.end(),
                      [](const ImageField& a, const ImageField& b) {
                          return a.name == b.name && a.offset == b.offset && a.size == b.size;
                      });
}

void ImageLoader::copy_fields(const ImageSections::Section& section, std::size_t at,
                              std::span<const ImageField> ours, std::byte* item) {
    const std::byte* from = section.payload.data() + at * section.item_bytes;
    for (const ImageField& theirs : section.fields)
        if (const ImageField* field = find_field(ours, theirs.name); field != nullptr)
            std::memcpy(item + field->offset, from + theirs.offset, theirs.size);
}

void ImageLoader::texts(std::string_view name, std::vector<std::string>& items) {
    const ImageSections::Section* section = sections_.find(name);
    if (section == nullptr) return;
    std::span<const std::byte> rest = section->payload;
    for (std::size_t at = 0; at < section->count; ++at) {
        std::uint32_t size = 0;
        if (rest.size() < sizeof size) return;
        std::memcpy(&size, rest.data(), sizeof size);
        rest = rest.subspan(sizeof size);
        if (rest.size() < size) return;
        items.emplace_back(reinterpret_cast<const char*>(rest.data()), size);
        rest = rest.subspan(size);
    }
}

void ImageLoader::names(std::string_view name, Names& names) {
    std::vector<std::string> items;
    texts(name, items);
    for (const std::string& item : items) names.add(item);
}

}  // namespace gw
