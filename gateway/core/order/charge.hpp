// What trading costs: commission and fees, each in its currency, as booked with a fill.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/decimal.hpp"
#include "base/protobuf.hpp"
#include "schema/gateway_v1.hpp"

namespace gw::order {

inline constexpr std::size_t charges_max = 8;  // of one report
using ChargeList = pb::FixedList<schema::Charge, charges_max>;

// Its first four characters as a number: MiscFeeType(139) is "1" to "16", or a venue's own.
[[nodiscard]] constexpr std::uint32_t charge_type(std::string_view text) {
    std::uint32_t type = 0;
    for (const char c : text.substr(0, 4)) type = type << 8 | static_cast<unsigned char>(c);
    return type;
}

struct Charge {
    Decimal amount{};
    std::uint32_t currency = 0;
    std::uint32_t type = 0;
    std::uint32_t next_of_fill = 0;
    std::uint32_t previous_of_order = 0;
    schema::ChargeKind kind = schema::ChargeKind::unspecified;
    bool taken_back = false;
};

// Of one position in one currency.
struct PositionCharges {
    Product commission{};
    Product fees{};
    std::uint32_t currency = 0;
    std::uint32_t next = 0;  // of the same position
    bool saturated = false;
};

// Positions that were loaded together: how far, and what the whole of them was.
struct PositionBatch {
    std::uint64_t hash = 0;
    std::uint32_t rows = 0;
};

// How a venue reports what its fills cost.
enum class ChargePolicy : std::uint8_t {
    per_fill,    // each report tells of its own fill
    cumulative,  // each report tells of the order so far
    none,        // what is reported is not booked
};

// How an amount is told: CommType(13), or MiscFeeBasis(891).
enum class ChargeBasis : std::uint8_t { absolute, per_unit, percentage, per_contract_unit, unknown };

// As the report has it. Views into the message.
struct ReportedCharge {
    schema::ChargeKind kind = schema::ChargeKind::unspecified;
    pb::DecimalText amount;
    std::string_view currency;  // empty: not told
    std::string_view type;      // MiscFeeType(139)
    ChargeBasis basis = ChargeBasis::absolute;
};

struct ReportedCharges {
    pb::FixedList<ReportedCharge, charges_max> list;
    bool incomplete = false;  // there are more than can be kept
};

}  // namespace gw::order
