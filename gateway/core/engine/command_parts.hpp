// What the files that take commands share. Included by them only.
#pragma once

#include <string_view>

#include "base/hash.hpp"
#include "base/utf8.hpp"
#include "engine/denial.hpp"
#include "order/terms.hpp"
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

// Over everything that the client said, the id apart. "1.5" and "1.50" are the same content.
inline std::uint64_t content_hash(const schema::NewOrder& command) {
    Hash hash(10);
    hash.add(command.account).add(command.strategy).add(command.instrument).add(command.venue);
    hash.add(static_cast<std::uint64_t>(command.side)).add(static_cast<std::uint64_t>(command.order_type));
    hash.add(static_cast<std::uint64_t>(command.time_in_force));
    hash_decimal(hash, command.quantity);
    hash_decimal(hash, command.price);
    if (command.has_terms) order::add_to(hash, command.terms);
    return hash.value();
}

inline bool is_clean(const schema::NewOrder& c) {
    for (const std::string_view text :
         {c.client_order_id, c.account, c.strategy, c.instrument, c.venue, c.quantity.text, c.price.text})
        if (!is_short_ascii(text) && !is_clean_text(text)) return false;
    return true;
}

inline std::uint64_t content_hash(const schema::ReplaceCommand& command) {
    Hash hash(11);
    hash.add(command.order_id).add(command.client_order_id);
    hash_decimal(hash, command.quantity);
    hash_decimal(hash, command.price);
    if (command.has_terms) order::add_to(hash, command.terms);
    return hash.value();
}

inline std::uint64_t content_hash(const schema::CancelCommand& command) {
    return Hash(12).add(command.order_id).add(command.client_order_id).value();
}

// "1" and "1.0" are the same content here too. Each order's own id belongs to it.
inline std::uint64_t content_hash(const schema::LinkedOrders& command) {
    Hash hash(13);
    hash.add(static_cast<std::uint64_t>(command.kind))
        .add(static_cast<std::uint64_t>(command.on_partial_fill))
        .add(static_cast<std::uint64_t>(command.release));
    for (const schema::NewOrder& order : command.orders)
        hash.add(order.client_order_id).add(content_hash(order));
    return hash.value();
}

inline std::uint64_t content_hash(const schema::MassCancelCommand& command) {
    return Hash(14).add(command.account).add(command.strategy).add(command.instrument).value();
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
