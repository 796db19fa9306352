// Orders that were not made here. The venue's first report of one makes it an order of its own, so that its
// fills count in a position; whose position that is, the venue's profile says.

#include "base/utf8.hpp"
#include "engine/engine_reports.hpp"
#include "engine/step_commit.hpp"

namespace gw::engine {

using order::OrderId;
using schema::ExecType;

namespace {
constexpr std::string_view unknown_account = "(unknown)";
constexpr std::string_view external_strategy = "(external)";
constexpr std::size_t name_size_max = 64;
}  // namespace

std::uint32_t EngineSteps::venue_of(const VenueSession& vs) const {
    for (std::uint32_t venue = 1; venue < venue_sessions_.size(); ++venue)
        if (venue_sessions_[venue] != no_session && sessions_[venue_sessions_[venue]].get() == &vs)
            return venue;
    return 0;
}

OrderId EngineReports::match_external(std::uint32_t venue, const order::Report& report) const {
    if (venue == 0) return 0;
    const auto owner =
        ledger_.names().clients.find(order::external_client(ledger_.names().venues.name(venue)).view());
    if (owner == 0) return 0;
    for (const std::string_view text : {report.cl_ord_id, report.orig_cl_ord_id}) {
        if (text.empty()) continue;
        const order::RequestId request =
            ledger_.find_request(owner, cut_text(text, order::client_request_id_size_max));
        if (request != 0) return ledger_.request(request).order;
    }
    return 0;
}

// Only what tells of an order that works or has traded: a cancel or reject of what we never knew changes
// nothing.
bool EngineReports::is_adoptable(std::size_t session, const order::Report& report) const {
    const std::uint32_t venue = venue_of_report(*sessions_[session], report);
    if (venue == 0 || !profile_of(venue).adopt_orphans) return false;
    const bool trades = report.exec_type == ExecType::trade;
    const bool works = report.exec_type == ExecType::new_ || report.exec_type == ExecType::restated ||
                       report.exec_type == ExecType::order_status;
    const bool ended = report.ord_status == order::OrderStatus::rejected ||
                       report.ord_status == order::OrderStatus::canceled ||
                       report.ord_status == order::OrderStatus::expired;
    const bool named = !report.cl_ord_id.empty() || !report.venue_order_id.empty();
    const bool ours =
        ids_.number(report.cl_ord_id).has_value();  // a number of ours that leads nowhere is no order
    if (!(trades || (works && !ended)) || !named || ours) return false;
    if (trades && (report.exec_id.empty() || !report.last_quantity.ok() || !report.last_price.ok()))
        return false;
    return report.side != order::Side::unspecified && !report.instrument.empty() &&
           report.instrument.size() <= name_size_max && report.account.size() <= name_size_max &&
           ledger_.next_order_id() != 0 && ledger_.next_request_id() != 0 && ledger_.has_room_for_position();
}

// In a batch of its own, before the report: where that is not taken any more, the venue sends it again.
OrderId EngineReports::adopt(std::size_t session, const order::Report& report) {
    const std::uint32_t venue = venue_of_report(*sessions_[session], report);
    const VenueProfile& profile = profile_of(venue);
    const auto nobody = order::external_client(ledger_.names().venues.name(venue));
    schema::ExternalOrderAdopted event;
    event.order_id = ledger_.next_order_id();
    event.request_id = ledger_.next_request_id();
    event.client = profile.orphan_client.empty() ? nobody.view() : std::string_view(profile.orphan_client);
    event.strategy =
        profile.orphan_strategy.empty() ? external_strategy : std::string_view(profile.orphan_strategy);
    event.account = report.account.empty() ? unknown_account : report.account;
    event.instrument = report.instrument;
    event.venue = ledger_.names().venues.name(venue);
    event.side = report.side;
    const bool limit = report.price.ok() && report.price.value.is_positive();
    event.order_type = limit ? order::OrderType::limit : order::OrderType::market;
    if (limit) event.price = report.price.value;
    Decimal quantity = report.quantity.ok() ? report.quantity.value : Decimal{};
    if (report.cum_quantity.ok()) quantity = std::max(quantity, report.cum_quantity.value);
    if (report.last_quantity.ok()) quantity = std::max(quantity, report.last_quantity.value);
    event.quantity = quantity;
    event.cl_ord_id = report.cl_ord_id;
    event.venue_order_id = report.venue_order_id;
    if (commit_event(event, ledger_.names().clients.find(event.client)) == 0) return 0;
    return event.order_id;
}

// ExecID(17) is unique in this scope; empty: in the venue.
std::string_view EngineReports::execution_scope(const order::Report& report, OrderId id) {
    const order::Order& order = ledger_.order(id);
    const VenueProfile& profile = profile_of(order.venue);
    if (!profile.exec_id_per_account && !profile.exec_id_per_trade_date) return {};
    std::size_t size = 0;
    const auto add = [this, &size](std::string_view text) {
        size += text.copy(scope_.data() + size, scope_.size() - size);
    };
    add(ledger_.names().venues.name(order.venue));
    add("/");
    if (profile.exec_id_per_account) add(ledger_.names().accounts.name(order.account));
    add("/");
    if (profile.exec_id_per_trade_date) {
        if (!report.trade_date.empty()) {
            add(report.trade_date.substr(0, 8));
        } else {
            std::array<char, fix::timestamp_size_max> text;
            const std::int64_t at_ns = report.transact_time_ns != 0 ? report.transact_time_ns : now_ns_;
            const std::size_t length = fix::format_timestamp(at_ns, fix::TimePrecision::seconds, text.data());
            add(std::string_view{text.data(), length}.substr(0, 8));
        }
    }
    return {scope_.data(), size};
}

}  // namespace gw::engine
