// Overrides of one order: limits that it need not hold, once and until a time.
//
// They are looked up after a refusal alone, so an order that passes never waits for them. Trading states,
// what the instrument asks for, and lists of what may be traded are no limits that can be waived.
//
// All of it is state: it changes by events, and recovery and checkpoints bring it back.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/decimal.hpp"
#include "schema/gateway_v1.hpp"

namespace gw::risk {

inline constexpr std::size_t order_overrides_max = 256;  // that were not used, nor have expired

using WaivedLimits = pb::FixedList<schema::WaivedLimit, 8>;

// Not lists, markings, located quantities and own orders: what is against a rule stays so.
[[nodiscard]] constexpr bool may_be_waived(schema::LimitKind kind) {
    using schema::LimitKind;
    return kind != LimitKind::unspecified && kind != LimitKind::restricted && kind != LimitKind::permitted &&
           kind != LimitKind::short_sale_marking && kind != LimitKind::locate &&
           kind != LimitKind::self_trade;
}

struct OrderOverride {
    std::uint64_t id = 0;
    std::string client, client_order_id;
    std::int64_t expires_ns = 0;
    std::uint64_t order = 0;  // that it was used for and that waits to be sent; 0: it was not used
    std::string event;        // OrderOverrideGranted, as it was written
};

class OrderOverrides {
  public:
    [[nodiscard]] bool empty() const { return all_.empty(); }
    [[nodiscard]] const std::vector<OrderOverride>& all() const { return all_; }
    // Null where there is none of this order, or its time is over.
    [[nodiscard]] const OrderOverride* find(std::string_view client, std::string_view client_order_id,
                                            std::int64_t now_ns) const;
    // Of an order that waits to be sent; null where it has none.
    [[nodiscard]] const OrderOverride* of_order(std::uint64_t order) const;
    [[nodiscard]] const OrderOverride* with_id(std::uint64_t id) const;
    [[nodiscard]] std::size_t unexpired(std::int64_t now_ns) const;

    // --- what events change
    void grant(const schema::OrderOverrideGranted& event, std::int64_t time_ns);
    void end(std::uint64_t id);
    // The order was accepted by it; it is kept for as long as the order waits.
    void use(std::uint64_t id, std::uint64_t order, bool waits);
    // An order that waited was sent, or has ended.
    void settle(std::uint64_t order);

    [[nodiscard]] std::uint64_t state_hash() const;
    // For a checkpoint; `orders` side by side with `events`.
    void take_image(const std::vector<std::string>& events, const std::vector<std::uint64_t>& orders);

  private:
    std::vector<OrderOverride> all_;  // the oldest first
};

// Whether an order is the one that an override is for: these terms and no more.
[[nodiscard]] bool is_for(const schema::OrderOverrideTerms& terms, std::string_view instrument,
                          schema::Side side, Decimal quantity);

}  // namespace gw::risk
