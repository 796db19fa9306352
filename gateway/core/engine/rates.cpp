// Rates between currencies, as the control plane sets them.

#include "base/utf8.hpp"
#include "engine/engine.hpp"

namespace gw::engine {

void Engine::apply(const schema::RateSet& event, std::uint64_t lsn, std::int64_t time_ns) {
    Rate& rate = rates_[{std::string(event.from_currency), std::string(event.to_currency)}];
    rate.value = event.rate.value;
    rate.source = event.source;
    rate.as_of_ns = event.as_of_ns;
    rate.set_ns = time_ns;
    rate.lsn = lsn;
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
    log_.begin(now_ns);
    const std::uint64_t lsn = log_.event(event, 0);
    if (!log_.commit()) return {true, 0, 0};
    apply(event, lsn, now_ns);
    return {true, lsn, 0};
}

void Engine::rates(pb::Writer& out) const {
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
