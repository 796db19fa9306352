// What the files that take commands share. Included by them only.
#pragma once

#include <string_view>

#include "base/hash.hpp"
#include "base/utf8.hpp"
#include "engine/denial.hpp"
#include "schema/gateway_v1.hpp"

namespace gw::engine {

// What a denied order's event repeats of a command; longer texts are cut, the denial names what was wrong.
[[nodiscard]] inline std::string_view cut(std::string_view text) {
    return cut_text(text, 64);
}

// Content fingerprints: "1.5" and "1.50" are the same content.
inline std::uint64_t hash_decimal(Hash& hash, const pb::DecimalText& value) {
    return (value.ok() ? hash.add(value.value) : hash.add(value.text)).value();
}

inline void write_result(pb::Writer& out, const schema::CommandResult& result) {
    const auto at = out.open(schema::number::TradeResponse::results);
    result.encode(out);
    out.close(at);
}

// Quantity and price of a command: a number above zero, or a refusal that says what is wrong with it.
inline bool check_positive(const pb::DecimalText& value, schema::DenialCode code, std::string_view name,
                           DenialText& denial) {
    if (value.ok() && value.value.is_positive()) return true;
    denial.refuse(code, name).observed(value.text);
    if (value.state == pb::DecimalText::State::out_of_range) {
        denial.allowed("at most 11 digits before the point and 8 behind it");
    } else {
        denial.allowed("a decimal number above zero");
    }
    return false;
}

}  // namespace gw::engine
