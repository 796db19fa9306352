// Drop copy sessions: a second source of what a venue did, over a session on which nothing is sent.
//
// A copy goes through the same reducer as the report of the order session, under the same execution key, so
// that whichever comes first counts and the other is a duplicate. What a copy says of an order beside its
// executions may be older than what is known here: only an end, an acknowledgement or an answer that is still
// waited for is taken from it, and its silence says nothing at all.

#include <algorithm>

#include "base/utf8.hpp"
#include "engine/engine_reports.hpp"
#include "engine/step_commit.hpp"

namespace gw::engine {

using order::OrderId;
using schema::ExecType;

bool EngineReports::copies(const VenueSession& vs, std::uint32_t venue) {
    return std::ranges::find(vs.copied_venues, venue) != vs.copied_venues.end();
}

// Whether some drop copy session brings copies of this venue's reports.
bool EngineReports::is_copied(std::uint32_t venue) const {
    return std::ranges::any_of(sessions_, [venue](const auto& vs) {
        return vs->drop_copy && vs->life != VenueSession::Life::gone && copies(*vs, venue);
    });
}

// Whether the session tells of orders at this venue.
bool EngineReports::tells_of(const VenueSession& vs, std::uint32_t venue) const {
    if (vs.drop_copy) return copies(vs, venue);
    const std::size_t at = session_of_venue(venue);
    return at != no_session && sessions_[at].get() == &vs;
}

// The venue that a report of an order which is not known here is of. A copy of several venues' reports is by
// its instrument's; where that says nothing, by the first that the session copies.
std::uint32_t EngineReports::venue_of_report(const VenueSession& vs, const order::Report& report) const {
    if (!vs.drop_copy) return venue_of(vs);
    const std::uint32_t instrument = ledger_.names().instruments.find(report.instrument);
    const std::uint32_t own = ledger_.facts(instrument).venue;
    if (own != 0 && copies(vs, own)) return own;
    return vs.copied_venues.empty() ? 0 : vs.copied_venues.front();
}

// The fields by which the order session's report is found again, where the copy has them elsewhere.
void EngineReports::take_copied_ids(const fix::Message& message, std::uint32_t venue, order::Report& report) {
    const VenueProfile& profile = profile_of(venue);
    const auto take = [this, &message](std::uint32_t tag, std::string_view& id, std::size_t buffer) {
        if (tag == 0) return;
        if (const auto text = message.get(tag)) id = clean_text(*text, copied_ids_[buffer]);
    };
    take(profile.drop_copy_exec_id_tag, report.exec_id, 0);
    take(profile.drop_copy_exec_ref_id_tag, report.exec_ref_id, 1);
    take(profile.drop_copy_cl_ord_id_tag, report.cl_ord_id, 2);
}

bool EngineReports::is_taken_from_copy(const order::Report& report, OrderId id,
                                       order::RequestId request) const {
    switch (report.exec_type) {
        case ExecType::trade:
        case ExecType::trade_cancel:
        case ExecType::trade_correct:
            return true;
        case ExecType::new_:
            return id == 0 || ledger_.order(id).execution == order::Execution::pending_new;
        case ExecType::canceled:
        case ExecType::expired:
        case ExecType::done_for_day:
            return id != 0 && ledger_.order(id).open();
        case ExecType::rejected:
            return id != 0 && ledger_.order(id).execution == order::Execution::pending_new;
        case ExecType::replaced:
            return request != 0 && ledger_.request(request).state == order::RequestState::pending;
        default:
            return false;
    }
}

void EngineReports::take_drop_copy(std::size_t session, const fix::Message& message) {
    const std::string_view type = message.msg_type();
    if (type != "8") {
        commit_step(session);  // it is in the journal; what it tells is the order session's to tell
        return;
    }
    VenueSession& vs = *sessions_[session];
    order::Report report = read_report(message, vs.dialect, texts_);
    if (!vs.copied_venues.empty()) take_copied_ids(message, vs.copied_venues.front(), report);
    order::RequestId request = 0;
    OrderId id = match(vs, report, request);
    if (!is_taken_from_copy(report, id, request)) {
        commit_step(session);
        return;
    }
    take_known_report(session, message, report, id, request);
}

}  // namespace gw::engine
