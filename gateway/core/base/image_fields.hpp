// What a record type consists of, by name, so that a state image outlives a change of the type.
//
// ImageFields<T>::list names every member of T. A member that is added and not listed does not compile: the
// list is held against the number of members that T really has.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace gw {

inline constexpr std::size_t image_name_size = 24;  // of a field or a section, zeros behind it

struct ImageField {
    std::string_view name;
    std::size_t offset;
    std::size_t size;
};

template <class T>
struct ImageFields;

#define GW_IMAGE_FIELD(Type, member)                          \
    ::gw::ImageField {                                        \
        #member, offsetof(Type, member), sizeof(Type::member) \
    }

// How many members an aggregate has: as many as it can be initialized with.
struct AnyMember {
    template <class T>
    operator T() const;  // NOLINT: never defined, only asked whether it could be
};
template <class T, class... Members>
consteval std::size_t member_count() {
    if constexpr (requires { T{Members{}..., AnyMember{}}; })
        return member_count<T, Members..., AnyMember>();
    else
        return sizeof...(Members);
}

template <class T>
concept Imaged = std::is_trivially_copyable_v<T> && std::is_standard_layout_v<T> &&
                 ImageFields<T>::list.size() == member_count<T>();

// A number on its own.
struct ImageNumber {
    std::uint64_t value = 0;
};
template <>
struct ImageFields<ImageNumber> {
    static constexpr std::array list{GW_IMAGE_FIELD(ImageNumber, value)};
};

}  // namespace gw
