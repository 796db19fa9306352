// What is known of an instrument's market: prices and volumes that limits are measured against, each with the
// time that it is of.
#pragma once

#include <cstdint>
#include <string>

#include "base/decimal.hpp"
#include "schema/gateway_v1.hpp"

namespace gw::risk {

// How far ahead of our clock a source's may be.
inline constexpr std::int64_t references_ahead_max_ns = 60'000'000'000;

// A price or volume of zero is not known. A time of zero is not known either: too old for any limit that
// asks.
struct References {
    std::int64_t last_ns = 0;  // of the instrument's reference price
    Decimal bid{}, ask{};
    std::int64_t quoted_ns = 0;
    Decimal close{};
    std::int64_t closed_ns = 0;
    Decimal daily_volume{};
    std::int64_t volume_ns = 0;
    Decimal band_low{}, band_high{};
    std::int64_t band_ns = 0;
    Decimal margin_rate{};  // by a model, in percent of the exposure
    std::int64_t margin_ns = 0;

    friend bool operator==(const References&, const References&) = default;

    // Takes what is there in `update`; zero takes away. Times that it does not name are `time_ns`.
    void take(const schema::MarketReferences& update, std::int64_t time_ns);
    // Halfway between bid and ask, rounded down; zero where one of them is missing.
    [[nodiscard]] Decimal mid() const {
        return bid.is_zero() || ask.is_zero() ? Decimal{}
                                              : Decimal::from_raw(bid.raw() + (ask.raw() - bid.raw()) / 2);
    }
    [[nodiscard]] std::uint64_t hash() const;
};

// What is wrong with a ReferencePrice as a change of `known`: "field: expected X, was Y"; empty where nothing
// is.
[[nodiscard]] std::string fault_of(const schema::ReferencePrice& update, const References& known,
                                   std::int64_t now_ns);

}  // namespace gw::risk
