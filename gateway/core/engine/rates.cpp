// Rates between currencies, as the control plane sets them.

#include <tuple>

#include "base/utf8.hpp"
#include "engine/engine.hpp"

namespace gw::engine {

void EngineState::read_rates() {
    control_.memory.set_rates(
        [this](std::string_view from, std::string_view to) { return rate_between(from, to).first; });
}

void EngineState::apply(const schema::RateSet& event, std::uint64_t lsn, std::int64_t time_ns) {
    Rate& rate = rates_[{std::string(event.from_currency), std::string(event.to_currency)}];
    rate.value = event.rate.value;
    rate.source = event.source;
    rate.as_of_ns = event.as_of_ns;
    rate.set_ns = time_ns;
    rate.lsn = lsn;
    // As state: also while the journal is read back.
    if (control_.memory.converts()) control_.memory.revalue_all(ledger_);
    if (configured_) convert_instruments();
}

// What one unit of a currency is worth in another: as it was set, or the inverse of what was set the other
// way, whichever is newer; zero where neither is known.
std::pair<Decimal, std::int64_t> EngineState::rate_between(std::string_view from, std::string_view to) const {
    const std::string own(from), other(to);
    const auto direct = rates_.find({own, other});
    const auto inverse = rates_.find({other, own});
    const bool has_inverse = inverse != rates_.end() && inverse->second.value.is_positive();
    if (direct != rates_.end() && (!has_inverse || direct->second.as_of_ns >= inverse->second.as_of_ns))
        return {direct->second.value, direct->second.as_of_ns};
    if (!has_inverse) return {};
    const Product one(Decimal::from_units(1), Decimal::from_units(1));
    return {one.divided_by(inverse->second.value), inverse->second.as_of_ns};
}

// By the rates in force. Instruments whose rate has changed are valued anew.
void EngineState::convert_instruments() {
    if (settings_.base_currency.empty()) return;
    control_.rate_max_age_ns = settings_.rate_max_age_ns;
    for (std::uint32_t number = 1; number < instruments_.size(); ++number) {
        risk::Instrument& instrument = instruments_[number];
        const std::string_view currency = ledger_.names().currencies.name(instrument.currency);
        instrument.is_foreign = instrument.configured && currency != settings_.base_currency;
        if (!instrument.is_foreign) continue;
        std::tie(instrument.rate, instrument.rate_ns) = rate_between(currency, settings_.base_currency);
        control_.exposures.reprice(number);
    }
}

Engine::ControlResult Engine::set_rate(const RateSetting& setting, std::int64_t now_ns) {
    now_ns_ = now_ns;
    const bool known = rates_.contains({std::string(setting.from), std::string(setting.to)});
    if (!known && rates_.size() >= rates_max) return {};
    schema::RateSet event;
    event.from_currency = setting.from;
    event.to_currency = setting.to;
    event.rate = setting.rate;
    event.source = cut_text(setting.source, event_text_max);
    event.as_of_ns = setting.as_of_ns;
    const std::uint64_t lsn = commit_event(event);
    if (lsn == 0) return {true, 0, 0};
    if (control_.memory.converts()) {
        control_.memory.all_due();
        watch_limits();
    }
    return {true, lsn, 0};
}

void EngineQueries::rates(pb::Writer& out) const {
    for (const auto& [pair, rate] : rates_) {
        schema::RateSet shown;
        shown.from_currency = pair.first;
        shown.to_currency = pair.second;
        shown.rate = rate.value;
        shown.source = rate.source;
        shown.as_of_ns = rate.as_of_ns;
        const auto at = out.open(schema::number::ListRatesResponse::rates);
        shown.encode(out);
        out.close(at);
    }
}

}  // namespace gw::engine
