// Arbitrary text, split at SOH into arbitrary fields, against the versions that matter: every field index
// that a codec could produce must end with a verdict.
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "fix/validate.hpp"
#include "tests/dictionaries.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    std::vector<gw::fix::Field> fields;
    for (std::size_t at = 0; at < size;) {
        std::size_t end = text.find('\x01', at);
        if (end == std::string_view::npos) end = size;
        std::uint32_t tag = 0;
        std::size_t value = at;
        while (value < end && text[value] != '=')
            tag = tag * 10 + static_cast<std::uint32_t>(text[value++] - '0');
        if (value < end) ++value;
        fields.push_back({tag, static_cast<std::uint32_t>(value), static_cast<std::uint32_t>(end - value)});
        at = end + 1;
    }
    for (const auto& options : {gw::fix::ValidationOptions{}, gw::fix::ValidationOptions::tolerant()}) {
        for (const char* name : {"FIX42", "FIX44"}) {
            const auto& one = gw::test::dictionary(name);
            (void)validate(fields, text, one, one, options);
        }
        (void)validate(fields, text, gw::test::dictionary("FIXT11"), gw::test::dictionary("FIX50SP2"),
                       options);
    }
    return 0;
}
