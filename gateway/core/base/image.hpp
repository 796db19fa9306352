// A state as one run of bytes: named sections, each a table of records or a list of texts.
//
// Whoever has state describes it once, as a function template `image(Image&)` that names its parts; the three
// kinds of Image below write it, hold bytes against it, and load it:
//
//   image.slab("orders", orders_);
//   image.table("prices", prices);     // std::vector of records
//   image.texts("prefix", texts);      // std::vector<std::string>
//   image.names("accounts", names_);
//
// A table carries the names, places and sizes of its records' fields (see image_fields.hpp). Where they are
// those of this build, the records are copied whole; otherwise field by field: one that is new here keeps its
// default, and one that is not known here any more is left out.
#pragma once

#include <cstring>
#include <new>
#include <span>
#include <string>
#include <vector>

#include "base/image_fields.hpp"
#include "base/names.hpp"
#include "base/slab.hpp"

namespace gw {

// Where an image's bytes go.
class ImageSink {
  public:
    virtual ~ImageSink() = default;
    virtual void write(const void* bytes, std::size_t size) = 0;
};

class ImageWriter {
  public:
    static constexpr bool writes = true;
    static constexpr bool loads = false;
    explicit ImageWriter(ImageSink& sink) : sink_(sink) {}

    template <Imaged T>
    void slab(std::string_view name, const Slab<T>& slab) {
        records(name, ImageFields<T>::list, sizeof(T), slab.size(), slab.items());
    }
    template <Imaged T>
    void table(std::string_view name, const std::vector<T>& items) {
        records(name, ImageFields<T>::list, sizeof(T), items.size(), items.data());
    }
    void texts(std::string_view name, const std::vector<std::string>& items);
    void names(std::string_view name, const Names& names);

  private:
    void records(std::string_view name, std::span<const ImageField> fields, std::size_t item_bytes,
                 std::size_t count, const void* items);
    void pad(std::size_t size);

    ImageSink& sink_;
};

// The sections of an image, found by name. Views point into the bytes.
class ImageSections {
  public:
    struct Section {
        std::string_view name;
        bool is_table = false;
        std::vector<ImageField> fields;
        std::size_t item_bytes = 0;
        std::size_t count = 0;
        std::span<const std::byte> payload;
    };
    // Empty, or what is wrong with the bytes.
    [[nodiscard]] std::string parse(std::span<const std::byte> bytes);
    [[nodiscard]] const Section* find(std::string_view name) const;
    [[nodiscard]] const std::vector<Section>& all() const { return sections_; }

  private:
    std::vector<Section> sections_;
};

// Says what would keep an image from being loaded; changes nothing.
class ImageCheck {
  public:
    static constexpr bool writes = false;
    static constexpr bool loads = false;
    explicit ImageCheck(const ImageSections& sections) : sections_(sections) {}

    template <Imaged T>
    void slab(std::string_view name, const Slab<T>& slab) {
        records(name, ImageFields<T>::list, slab.size_max());
    }
    template <Imaged T>
    void table(std::string_view name, const std::vector<T>&) {
        records(name, ImageFields<T>::list, SIZE_MAX);
    }
    void texts(std::string_view name, const std::vector<std::string>&) { known_.emplace_back(name); }
    void names(std::string_view name, const Names&) { known_.emplace_back(name); }

    // Empty where it can be loaded. Sections that nobody has asked for are of a newer version.
    [[nodiscard]] std::string problem() const;
    // Part of problem(): it holds more than there is room for.
    [[nodiscard]] bool too_small() const { return too_small_; }

  private:
    void records(std::string_view name, std::span<const ImageField> fields, std::size_t count_max);

    const ImageSections& sections_;
    std::vector<std::string> known_;
    std::string problem_;
    bool too_small_ = false;
};

// Precondition: ImageCheck found no problem, and what is loaded into is empty.
class ImageLoader {
  public:
    static constexpr bool writes = false;
    static constexpr bool loads = true;
    explicit ImageLoader(const ImageSections& sections) : sections_(sections) {}

    template <Imaged T>
    void slab(std::string_view name, Slab<T>& slab) {
        const ImageSections::Section* section = sections_.find(name);
        if (section == nullptr || section->count == 0) return;
        slab.prefault(section->count);
        records<T>(*section, slab.extend(section->count));
    }
    template <Imaged T>
    void table(std::string_view name, std::vector<T>& items) {
        const ImageSections::Section* section = sections_.find(name);
        if (section == nullptr) return;
        items.resize(section->count);
        records<T>(*section, items.data());
    }
    void texts(std::string_view name, std::vector<std::string>& items);
    void names(std::string_view name, Names& names);

  private:
    template <class T>
    static void records(const ImageSections::Section& section, T* items) {
        const std::span<const ImageField> ours = ImageFields<T>::list;
        if (section.count != 0 && is_same_layout(section, ours, sizeof(T))) {
            std::memcpy(static_cast<void*>(items), section.payload.data(), section.payload.size());
            return;
        }
        for (std::size_t at = 0; at < section.count; ++at)
            copy_fields(section, at, ours, reinterpret_cast<std::byte*>(new (items + at) T{}));
    }
    [[nodiscard]] static bool is_same_layout(const ImageSections::Section& section,
                                             std::span<const ImageField> ours, std::size_t item_bytes);
    static void copy_fields(const ImageSections::Section& section, std::size_t at,
                            std::span<const ImageField> ours, std::byte* item);

    const ImageSections& sections_;
};

}  // namespace gw
