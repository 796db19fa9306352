// The ledger as an image: what a checkpoint holds of it, and how it comes back. See base/image.hpp.
//
// Numbers of states and kinds stand in checkpoints as they are: enumerators keep their values for ever.
#pragma once

#include "base/image.hpp"
#include "order/ledger.hpp"

namespace gw {

template <>
struct ImageFields<order::Order> {
    using T = order::Order;
    static constexpr std::array list{
        GW_IMAGE_FIELD(T, lsn),
        GW_IMAGE_FIELD(T, created_ns),
        GW_IMAGE_FIELD(T, updated_ns),
        GW_IMAGE_FIELD(T, quantity),
        GW_IMAGE_FIELD(T, price),
        GW_IMAGE_FIELD(T, cum_quantity),
        GW_IMAGE_FIELD(T, claimed_quantity),
        GW_IMAGE_FIELD(T, traded_notional),
        GW_IMAGE_FIELD(T, reserved),
        GW_IMAGE_FIELD(T, reserved_price),
        GW_IMAGE_FIELD(T, first_request),
        GW_IMAGE_FIELD(T, live_request),
        GW_IMAGE_FIELD(T, newest_request),
        GW_IMAGE_FIELD(T, last_request),
        GW_IMAGE_FIELD(T, client),
        GW_IMAGE_FIELD(T, account),
        GW_IMAGE_FIELD(T, strategy),
        GW_IMAGE_FIELD(T, instrument),
        GW_IMAGE_FIELD(T, venue),
        GW_IMAGE_FIELD(T, position),
        GW_IMAGE_FIELD(T, terms),
        GW_IMAGE_FIELD(T, link),
        GW_IMAGE_FIELD(T, inferred_fill),
        GW_IMAGE_FIELD(T, question),
        GW_IMAGE_FIELD(T, newest_fill),
        GW_IMAGE_FIELD(T, side),
        GW_IMAGE_FIELD(T, type),
        GW_IMAGE_FIELD(T, time_in_force),
        GW_IMAGE_FIELD(T, execution),
        GW_IMAGE_FIELD(T, certainty),
        GW_IMAGE_FIELD(T, pending_replaces),
        GW_IMAGE_FIELD(T, pending_cancels),
        GW_IMAGE_FIELD(T, status_differs),
        GW_IMAGE_FIELD(T, unsettled_answers),
        GW_IMAGE_FIELD(T, unsettled_ns),
        GW_IMAGE_FIELD(T, leg),
        GW_IMAGE_FIELD(T, external),
        GW_IMAGE_FIELD(T, in_question),
        GW_IMAGE_FIELD(T, cancel_promised),
        GW_IMAGE_FIELD(T, disconnected_ns),
        GW_IMAGE_FIELD(T, charges),
        GW_IMAGE_FIELD(T, venue_order_id),
    };
};

template <>
struct ImageFields<order::Request> {
    using T = order::Request;
    static constexpr std::array list{
        GW_IMAGE_FIELD(T, order),    GW_IMAGE_FIELD(T, builds_on),
        GW_IMAGE_FIELD(T, previous), GW_IMAGE_FIELD(T, content_hash),
        GW_IMAGE_FIELD(T, lsn),      GW_IMAGE_FIELD(T, quantity),
        GW_IMAGE_FIELD(T, price),    GW_IMAGE_FIELD(T, client),
        GW_IMAGE_FIELD(T, kind),     GW_IMAGE_FIELD(T, state),
        GW_IMAGE_FIELD(T, denial),   GW_IMAGE_FIELD(T, terms),
        GW_IMAGE_FIELD(T, link),     GW_IMAGE_FIELD(T, client_request_id),
    };
};

template <>
struct ImageFields<order::Fill> {
    using T = order::Fill;
    static constexpr std::array list{
        GW_IMAGE_FIELD(T, key_low),    GW_IMAGE_FIELD(T, key_high),          GW_IMAGE_FIELD(T, alias_of),
        GW_IMAGE_FIELD(T, order),      GW_IMAGE_FIELD(T, quantity),          GW_IMAGE_FIELD(T, price),
        GW_IMAGE_FIELD(T, busted),     GW_IMAGE_FIELD(T, corrected),         GW_IMAGE_FIELD(T, kind),
        GW_IMAGE_FIELD(T, next_entry), GW_IMAGE_FIELD(T, charges),           GW_IMAGE_FIELD(T, reported),
        GW_IMAGE_FIELD(T, questioned), GW_IMAGE_FIELD(T, previous_of_order), GW_IMAGE_FIELD(T, claimed),
    };
};

template <>
struct ImageFields<order::Question> {
    using T = order::Question;
    static constexpr std::array list{
        GW_IMAGE_FIELD(T, fill),
        GW_IMAGE_FIELD(T, lsn),
        GW_IMAGE_FIELD(T, previous),
        GW_IMAGE_FIELD(T, exec_id),
    };
};

template <>
struct ImageFields<order::Position> {
    using T = order::Position;
    static constexpr std::array list{
        GW_IMAGE_FIELD(T, account),       GW_IMAGE_FIELD(T, strategy),      GW_IMAGE_FIELD(T, instrument),
        GW_IMAGE_FIELD(T, bought),        GW_IMAGE_FIELD(T, sold),          GW_IMAGE_FIELD(T, cost),
        GW_IMAGE_FIELD(T, realized),      GW_IMAGE_FIELD(T, open_buy),      GW_IMAGE_FIELD(T, open_sell),
        GW_IMAGE_FIELD(T, first_entry),   GW_IMAGE_FIELD(T, last_entry),    GW_IMAGE_FIELD(T, charges),
        GW_IMAGE_FIELD(T, saturated),     GW_IMAGE_FIELD(T, carried),       GW_IMAGE_FIELD(T, restored),
        GW_IMAGE_FIELD(T, open_notional), GW_IMAGE_FIELD(T, open_unpriced), GW_IMAGE_FIELD(T, open_orders),
        GW_IMAGE_FIELD(T, short_day),     GW_IMAGE_FIELD(T, short_sold),    GW_IMAGE_FIELD(T, open_short),
    };
};

template <>
struct ImageFields<order::Charge> {
    using T = order::Charge;
    static constexpr std::array list{
        GW_IMAGE_FIELD(T, amount),       GW_IMAGE_FIELD(T, currency),          GW_IMAGE_FIELD(T, type),
        GW_IMAGE_FIELD(T, next_of_fill), GW_IMAGE_FIELD(T, previous_of_order), GW_IMAGE_FIELD(T, kind),
        GW_IMAGE_FIELD(T, taken_back),
    };
};

template <>
struct ImageFields<order::PositionCharges> {
    using T = order::PositionCharges;
    static constexpr std::array list{
        GW_IMAGE_FIELD(T, commission), GW_IMAGE_FIELD(T, fees),      GW_IMAGE_FIELD(T, currency),
        GW_IMAGE_FIELD(T, next),       GW_IMAGE_FIELD(T, saturated),
    };
};

template <>
struct ImageFields<order::PositionBatch> {
    using T = order::PositionBatch;
    static constexpr std::array list{GW_IMAGE_FIELD(T, hash), GW_IMAGE_FIELD(T, rows)};
};

template <>
struct ImageFields<order::InstrumentFacts> {
    using T = order::InstrumentFacts;
    static constexpr std::array list{
        GW_IMAGE_FIELD(T, multiplier),  GW_IMAGE_FIELD(T, venue),  GW_IMAGE_FIELD(T, currency),
        GW_IMAGE_FIELD(T, asset_class), GW_IMAGE_FIELD(T, sector), GW_IMAGE_FIELD(T, region),
        GW_IMAGE_FIELD(T, rules_hash),
    };
};

template <>
struct ImageFields<order::Terms> {
    using T = order::Terms;
    static constexpr std::array list{
        GW_IMAGE_FIELD(T, stop_price),
        GW_IMAGE_FIELD(T, display_quantity),
        GW_IMAGE_FIELD(T, min_quantity),
        GW_IMAGE_FIELD(T, offset),
        GW_IMAGE_FIELD(T, expire_time_ns),
        GW_IMAGE_FIELD(T, expire_date),
        GW_IMAGE_FIELD(T, offset_type),
        GW_IMAGE_FIELD(T, exec_inst),
        GW_IMAGE_FIELD(T, target_strategy),
        ImageField{"strategy_text", offsetof(T, target_strategy_parameters),
                   sizeof(T::target_strategy_parameters)},  // its own name is too long for an image
        GW_IMAGE_FIELD(T, parameter_count),
        GW_IMAGE_FIELD(T, parameters),
    };
};

template <>
struct ImageFields<order::Link> {
    using T = order::Link;
    static constexpr std::array list{
        GW_IMAGE_FIELD(T, request),
        GW_IMAGE_FIELD(T, lsn),
        GW_IMAGE_FIELD(T, client),
        GW_IMAGE_FIELD(T, kind),
        GW_IMAGE_FIELD(T, on_partial_fill),
        GW_IMAGE_FIELD(T, release),
        GW_IMAGE_FIELD(T, count),
        GW_IMAGE_FIELD(T, overfilled),
        GW_IMAGE_FIELD(T, legs),
    };
};
// The legs go as one field of Link: a leg that changes its layout has to take another name there.
static_assert(sizeof(order::LinkLeg) == 32);

}  // namespace gw

namespace gw::order {

template <class Image>
void Ledger::image(Image& image) {
    image.names("clients", names_.clients);
    image.names("accounts", names_.accounts);
    image.names("strategies", names_.strategies);
    image.names("instruments", names_.instruments);
    image.names("venues", names_.venues);
    image.names("currencies", names_.currencies);
    image.names("asset classes", names_.asset_classes);
    image.names("sectors", names_.sectors);
    image.names("regions", names_.regions);
    image.slab("orders", orders_);
    image.slab("requests", requests_);
    image.slab("fills", fills_);
    image.slab("positions", positions_);
    image.slab("terms", terms_);
    image.slab("links", links_);
    image.slab("questions", questions_);
    image.table("instrument facts", facts_);
    image.slab("charges", charges_);
    image.slab("position charges", position_charges_);
    image.names("position batches", position_batch_ids_);
    image.table("position batch rows", position_batches_);
    std::vector<ImageNumber> by_venue_id;
    if constexpr (Image::writes)
        venue_order_index_.for_each([&](std::uint64_t order) { by_venue_id.push_back({order}); });
    image.table("orders by venue id", by_venue_id);
    if constexpr (Image::loads) rebuild(by_venue_id);
}

}  // namespace gw::order
