#include "risk/references.hpp"

#include "base/hash.hpp"

namespace gw::risk {

namespace {

std::string text_of(Decimal value) {
    std::string text(Decimal::text_size_max, '\0');
    text.resize(value.format(text.data()));
    return text;
}

void take_value(Decimal& value, const pb::DecimalText& update) {
    if (update.present()) value = update.value;
}

// A time goes with what it is of: it changes where any of that does.
void take_time(std::int64_t& known, bool changes, std::int64_t update_ns, std::int64_t time_ns) {
    if (changes) known = update_ns != 0 ? update_ns : time_ns;
}

std::string fault_of_value(std::string_view field, const pb::DecimalText& value, bool may_be_zero) {
    if (!value.present() ||
        (value.ok() && (value.value.is_positive() || (may_be_zero && value.value.is_zero()))))
        return {};
    return std::string(field) + ": expected a decimal number above zero" +
           (may_be_zero ? ", or 0 for none" : "") + ", was '" + std::string(value.text.substr(0, 40)) + "'";
}

std::string fault_of_time(std::string_view field, std::int64_t time_ns, std::int64_t now_ns) {
    if (time_ns >= 0 && time_ns <= now_ns + references_ahead_max_ns) return {};
    return std::string(field) +
           ": expected a time at most one minute ahead of the gateway's clock; a price of " +
           "the future would never be too old";
}

std::string fault_of_order(std::string_view low_field, Decimal low, std::string_view high_field,
                           Decimal high) {
    if (low.is_zero() || high.is_zero() || low <= high) return {};
    return std::string(low_field) + ": expected at most " + std::string(high_field) + ", which is " +
           text_of(high) + ", was " + text_of(low) + "; set both together";
}

}  // namespace

void References::take(const schema::MarketReferences& update, std::int64_t time_ns) {
    take_value(bid, update.bid);
    take_value(ask, update.ask);
    take_time(quoted_ns, update.bid.present() || update.ask.present(), update.quoted_at_ns, time_ns);
    take_value(close, update.close);
    take_time(closed_ns, update.close.present(), update.closed_at_ns, time_ns);
    take_value(daily_volume, update.average_daily_volume);
    take_time(volume_ns, update.average_daily_volume.present(), update.volume_at_ns, time_ns);
    take_value(band_low, update.price_band_low);
    take_value(band_high, update.price_band_high);
    take_time(band_ns, update.price_band_low.present() || update.price_band_high.present(),
              update.price_band_at_ns, time_ns);
    take_value(margin_rate, update.margin_rate_percent);
    take_time(margin_ns, update.margin_rate_percent.present(), update.margin_rate_at_ns, time_ns);
}

std::uint64_t References::hash() const {
    Hash hash(40);
    for (const Decimal value : {bid, ask, close, daily_volume, band_low, band_high, margin_rate})
        hash.add(value);
    for (const std::int64_t time : {last_ns, quoted_ns, closed_ns, volume_ns, band_ns, margin_ns})
        hash.add(static_cast<std::uint64_t>(time));
    return hash.value();
}

std::string fault_of(const schema::ReferencePrice& update, const References& known, std::int64_t now_ns) {
    const schema::MarketReferences& more = update.references;
    std::string fault = fault_of_value("price", update.price, false);
    const auto check = [&fault](std::string found) {
        if (fault.empty()) fault = std::move(found);
    };
    bool any = update.price.present();
    if (!any) check(update.as_of_ns == 0 ? std::string() : "as_of: goes with a price, and there is none");
    check(fault_of_time("as_of", update.as_of_ns, now_ns));
    if (update.has_references) {
        const struct {
            std::string_view name;
            const pb::DecimalText& value;
        } values[] = {{"bid", more.bid},
                      {"ask", more.ask},
                      {"close", more.close},
                      {"average_daily_volume", more.average_daily_volume},
                      {"price_band_low", more.price_band_low},
                      {"price_band_high", more.price_band_high},
                      {"margin_rate_percent", more.margin_rate_percent}};
        for (const auto& [name, value] : values) {
            any = any || value.present();
            check(fault_of_value("references." + std::string(name), value, true));
        }
        const struct {
            std::string_view name;
            std::int64_t time_ns;
        } times[] = {{"quoted_at", more.quoted_at_ns},
                     {"closed_at", more.closed_at_ns},
                     {"volume_at", more.volume_at_ns},
                     {"price_band_at", more.price_band_at_ns},
                     {"margin_rate_at", more.margin_rate_at_ns}};
        for (const auto& [name, time_ns] : times)
            check(fault_of_time("references." + std::string(name), time_ns, now_ns));
        References after = known;
        after.take(more, now_ns);
        check(fault_of_order("references.bid", after.bid, "references.ask", after.ask));
        check(fault_of_order("references.price_band_low", after.band_low, "references.price_band_high",
                             after.band_high));
    }
    check(any ? std::string() : "price: expected a decimal number above zero, was ''");
    return fault;
}

}  // namespace gw::risk
