// What an instrument is, as the journal has it: the last InstrumentDefined.
#pragma once

#include <cstdint>

#include "base/decimal.hpp"
#include "schema/gateway_v1.hpp"

namespace gw::order {

// Names by their number in LedgerNames; 0: not given.
struct InstrumentFacts {
    // Money by which one unit of quantity changes when the price changes by one: 1 for a share or a currency
    // pair, 50 for a future of 50 times its index.
    Decimal multiplier = Decimal::from_units(1);
    std::uint32_t venue = 0;
    std::uint32_t currency = 0;
    std::uint32_t asset_class = 0;
    std::uint32_t sector = 0;
    std::uint32_t region = 0;
    std::uint64_t rules_hash = 0;  // of what checks read of it: see rules_hash()

    friend bool operator==(const InstrumentFacts&, const InstrumentFacts&) = default;
};

// Over the terms of the event that are no sums' business: maximum, expiry, margin and hours come from the
// configuration at each start, and the journal says when they change.
[[nodiscard]] std::uint64_t rules_hash(const schema::InstrumentDefined& event);

}  // namespace gw::order
