// Prices and volumes that limits are measured against, as price sources set them.

#include "engine/engine.hpp"

namespace gw::engine {

Engine::ControlResult Engine::set_reference_price(std::string_view instrument, Decimal price,
                                                  std::int64_t now_ns) {
    schema::ReferencePrice update;
    update.instrument = instrument;
    update.price = price;
    std::string fault;
    return set_references(update, now_ns, fault);
}

Engine::ControlResult Engine::set_references(const schema::ReferencePrice& update, std::int64_t now_ns,
                                             std::string& fault) {
    now_ns_ = now_ns;
    const std::uint32_t number = ledger_.names().instruments.find(update.instrument);
    if (number >= instruments_.size() || !instruments_[number].configured) return {};
    fault = risk::fault_of(update, instruments_[number].references, now_ns);
    if (!fault.empty()) return {true, 0, 0};
    schema::ReferencePriceSet event;
    event.instrument = update.instrument;
    event.price = update.price;
    event.as_of_ns = update.as_of_ns;
    event.has_references = update.has_references;
    event.references = update.references;
    const std::uint64_t lsn = commit_event(event);
    if (lsn == 0) return {true, 0, 0};
    watch_limits();
    return {true, lsn, 0};
}

void EngineState::apply(const schema::ReferencePriceSet& event, std::uint64_t, std::int64_t time_ns) {
    const std::uint32_t number = ledger_.names().instruments.add(event.instrument);
    if (number >= instruments_.size()) instruments_.resize(number + 1);
    risk::Instrument& instrument = instruments_[number];
    if (event.has_references) instrument.references.take(event.references, time_ns);
    if (event.price.present()) {
        instrument.reference_price = event.price.value;
        instrument.references.last_ns = event.as_of_ns != 0 ? event.as_of_ns : time_ns;
        control_.memory.set_mark(number, event.price.value, true, ledger_);
    }
    const bool revalues = event.price.present() || event.references.margin_rate_percent.present();
    if (configured_ && revalues) control_.exposures.reprice(number);
}

void EngineQueries::reference_prices(std::span<const std::string> instruments, pb::Writer& out) const {
    if (instruments.empty()) {
        for (std::uint32_t number = 0; number < instruments_.size(); ++number) write_reference(number, out);
        return;
    }
    for (const std::string& name : instruments) {
        const std::uint32_t number = ledger_.names().instruments.find(name);
        if (number != 0 && number < instruments_.size()) write_reference(number, out);
    }
}

void EngineQueries::write_reference(std::uint32_t number, pb::Writer& out) const {
    const risk::Instrument& instrument = instruments_[number];
    const risk::References& known = instrument.references;
    if (!instrument.configured || (!instrument.reference_price && known == risk::References{})) return;
    schema::ReferencePrice shown;
    shown.instrument = ledger_.names().instruments.name(number);
    if (instrument.reference_price) shown.price = *instrument.reference_price;
    shown.as_of_ns = known.last_ns;
    schema::MarketReferences& more = shown.references;
    const struct {
        pb::DecimalText& field;
        Decimal value;
    } values[] = {{more.bid, known.bid},
                  {more.ask, known.ask},
                  {more.close, known.close},
                  {more.average_daily_volume, known.daily_volume},
                  {more.price_band_low, known.band_low},
                  {more.price_band_high, known.band_high},
                  {more.margin_rate_percent, known.margin_rate}};
    for (const auto& [field, value] : values) {
        if (value.is_zero()) continue;
        field = value;
        shown.has_references = true;
    }
    more.quoted_at_ns = known.quoted_ns;
    more.closed_at_ns = known.closed_ns;
    more.volume_at_ns = known.volume_ns;
    more.price_band_at_ns = known.band_ns;
    more.margin_rate_at_ns = known.margin_ns;
    const auto at = out.open(schema::number::ListReferencePricesResponse::prices);
    shown.encode(out);
    out.close(at);
}

}  // namespace gw::engine
