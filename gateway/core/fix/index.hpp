// The fast field index: one pass over the bytes for the checksum and the places of separators and equals
// signs, one over the fields for their tags, both without branches that depend on the message.
//
// It takes what nearly every message is made of: tags of one to four digits, no data fields. What it does not
// take it leaves to the slow one in message.cpp, which gives the same answer for everything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "fix/data_tags.hpp"
#include "fix/field.hpp"

namespace gw::fix {

struct FastIndex {
    bool complete;     // false: fields and count mean nothing
    std::uint8_t sum;  // of all bytes of the text; always
    std::size_t count;
};

// Precondition: `text` begins 8=FIX, ends with SOH, has at least 16 bytes and less than 4 GiB.
[[nodiscard]] FastIndex index_fast(std::string_view text, std::span<Field> fields, const DataTags& data_tags);

using IndexFunction = FastIndex (*)(std::string_view, std::span<Field>, const DataTags&);

struct IndexVariant {
    const char* name;
    IndexFunction index;
};

// Those that this processor can run, the fastest first; index_fast is the first. For tests and benchmarks.
[[nodiscard]] std::span<const IndexVariant> index_variants();
// Has index_fast take this one from now on; for tests and benchmarks, which have one thread.
void force_index(const IndexVariant& variant);

[[nodiscard]] FastIndex index_any_cpu(std::string_view text, std::span<Field> fields,
                                      const DataTags& data_tags);

// index_avx2.cpp, on x86-64 only. Precondition: has_avx2_index().
[[nodiscard]] bool has_avx2_index();
[[nodiscard]] FastIndex index_avx2(std::string_view text, std::span<Field> fields, const DataTags& data_tags);

// index_avx512.cpp, on x86-64 only. Precondition: has_avx512_index().
[[nodiscard]] bool has_avx512_index();
[[nodiscard]] FastIndex index_avx512(std::string_view text, std::span<Field> fields,
                                     const DataTags& data_tags);

}  // namespace gw::fix
