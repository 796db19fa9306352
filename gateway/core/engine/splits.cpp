// Stock splits: every position of an instrument at once, as one batch.
//
// The venue restates its orders by itself, with ExecType(150)=D and ExecRestatementReason(378)=0; what nobody
// restates are the positions, and the prices that they are valued at.

#include <vector>

#include "base/checked.hpp"
#include "base/hash.hpp"
#include "base/utf8.hpp"
#include "engine/engine.hpp"

namespace gw::engine {

namespace {

constexpr std::size_t positions_max = 1000;  // of one instrument: what a batch of the journal surely holds

std::uint64_t hash_of(const Split& split) {
    return Hash(53).add(split.instrument).add(split.new_units).add(split.old_units).value();
}

}  // namespace

SplitResult Engine::split_positions(const Split& split, std::int64_t now_ns) {
    now_ns_ = now_ns;
    const order::LedgerNames& names = ledger_.names();
    const std::uint32_t instrument = names.instruments.find(split.instrument);
    if (instrument >= instruments_.size() || !instruments_[instrument].configured)
        return {SplitVerdict::unknown_instrument};
    const std::uint64_t hash = hash_of(split);
    if (const order::PositionBatch* batch = ledger_.find_position_batch(split.split_id))
        return {batch->hash == hash ? SplitVerdict::done_before : SplitVerdict::other_split};

    std::vector<std::uint32_t> wanted;
    for (std::uint32_t id = 1; id <= ledger_.positions().size(); ++id)
        if (ledger_.positions()[id].instrument == instrument) wanted.push_back(id);
    if (wanted.empty()) return {SplitVerdict::no_position};
    if (wanted.size() > positions_max || !ledger_.has_room_for_fill(wanted.size()) ||
        ledger_.position_batch_count() >= position_batches_max)
        return {SplitVerdict::no_room};
    for (const std::uint32_t id : wanted) {
        const order::Position& position = ledger_.positions()[id];
        for (const Decimal quantity : {position.bought, position.sold})
            if (!checked_ratio(quantity, split.new_units, split.old_units))
                return {SplitVerdict::does_not_fit};
    }

    schema::PositionAdjusted event;
    event.kind = schema::PositionAdjustmentKind::split;
    event.instrument = split.instrument;
    event.new_units = split.new_units;
    event.old_units = split.old_units;
    event.reason = cut_text(split.reason, event_text_max);
    event.changed_by = cut_text(split.changed_by, event_text_max);
    event.batch_id = split.split_id;
    event.batch_hash = hash;
    const auto describe = [&](std::size_t at) {
        const order::Position& position = ledger_.positions()[wanted[at]];
        event.account = names.accounts.name(position.account);
        event.strategy = names.strategies.name(position.strategy);
        event.batch_row = static_cast<std::uint32_t>(at + 1);
    };
    // One that was set while running; the configuration's is changed there.
    schema::ReferencePriceSet price;
    price.instrument = split.instrument;
    const std::int64_t set_ns = instruments_[instrument].references.last_ns;
    if (const auto& before = instruments_[instrument].reference_price; before && set_ns != 0) {
        price.as_of_ns = set_ns;
        if (const auto after = checked_ratio(*before, split.old_units, split.new_units)) price.price = *after;
    }
    std::vector<std::uint64_t> lsns;
    std::uint64_t price_lsn = 0;
    log_.begin(now_ns);
    for (std::size_t at = 0; at < wanted.size(); ++at) {
        describe(at);
        lsns.push_back(log_.event(event, 0));
    }
    if (price.price.present()) price_lsn = log_.event(price, 0);
    if (!log_.commit()) return {SplitVerdict::not_recorded};
    for (std::size_t at = 0; at < wanted.size(); ++at) {
        describe(at);
        apply(event, lsns[at], now_ns);
    }
    if (price_lsn != 0) apply(price, price_lsn, now_ns);
    watch_limits();
    return {SplitVerdict::done, lsns.back(), static_cast<std::uint32_t>(wanted.size())};
}

}  // namespace gw::engine
