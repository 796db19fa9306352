// Trades in question, and fills that were inferred for nothing: what the venue's CumQty(14) says of them.
//
// A trade that would make our sum larger than any the venue has said is kept aside (order/order.hpp,
// Question). It counts once the venue's sum is larger than ours by just that; where the two agree without it,
// it was told before under another ExecID(17). An inferred fill is our own guess: it is taken back where the
// venue's sum has fallen below ours.

#include "engine/engine_reports.hpp"
#include "engine/step_commit.hpp"

namespace gw::engine {

using order::OrderId;
using schema::ExecType;

// A decision of our own about an execution: a batch of its own.
bool EngineReports::record_execution(OrderId id, const order::Report& report) {
    schema::ExecutionReported event;
    if (order::decide_report(ledger_, id, 0, report, event) != order::ReportOutcome::take) return false;
    const order::Order& order = ledger_.order(id);
    const order::Execution before = order.execution;
    if (commit_event(event, order.client) == 0) return false;
    count(event, before);
    return true;
}

bool EngineReports::count_question(OrderId id, std::uint64_t number) {
    const order::Question& question = ledger_.question(number);
    const order::Fill& fill = ledger_.fill(question.fill);
    order::Report report;
    report.exec_type = ExecType::trade;
    report.exec_id = question.exec_id.view();
    report.last_quantity = fill.quantity;
    report.last_price = fill.price;
    report.cum_quantity = ledger_.order(id).cum_quantity + fill.quantity;
    report.text = "was in question, and counts: CumQty(14) includes it";
    report.question = number;
    return record_execution(id, report);
}

// True where the venue's sum is explained by what was in question.
bool EngineReports::settle_questions(OrderId id, Decimal venue_cum, Decimal venue_average) {
    const order::Order& order = ledger_.order(id);
    const Decimal missing = venue_cum - order.cum_quantity;
    if (order.question == 0 || !missing.is_positive()) return false;
    const auto explains = [&](Decimal quantity, Product notional) {
        if (quantity != missing) return false;
        const Decimal average = (order.traded_notional + notional).divided_by(venue_cum);
        return !venue_average.is_positive() || !order::differs_by_more_than_rounding(venue_average, average);
    };
    Decimal all;
    Product all_notional{};
    std::uint64_t alone = 0;
    for (std::uint64_t at = order.question; at != 0; at = ledger_.question(at).previous) {
        const order::Fill& fill = ledger_.fill(ledger_.question(at).fill);
        if (!fill.questioned) continue;
        const Product notional(fill.quantity, fill.price);
        all += fill.quantity;
        all_notional += notional;
        if (alone == 0 && explains(fill.quantity, notional)) alone = at;
    }
    if (alone != 0) return count_question(id, alone);
    if (!explains(all, all_notional)) return false;
    for (std::uint64_t at = order.question; at != 0; at = ledger_.question(at).previous)
        if (ledger_.fill(ledger_.question(at).fill).questioned && !count_question(id, at)) return false;
    return true;
}

// The execution that it stood for was canceled unseen, never was, or is not the only one that is missing.
void EngineReports::withdraw_inferred(OrderId id, Decimal venue_cum) {
    const order::Order& order = ledger_.order(id);
    if (order.inferred_fill == 0 || venue_cum >= order.cum_quantity) return;
    order::Report report;
    report.exec_type = ExecType::trade_cancel;
    report.exec_ref_id = inferred_exec_id(id, ledger_.fill(order.inferred_fill).reported);
    report.cum_quantity = venue_cum;
    report.text = "an inferred trade is taken back: CumQty(14) says otherwise";
    report.inferred = true;
    record_execution(id, report);
}

// The venue's sum is not ours, or a trade is in question: what its word on the order as a whole settles.
void EngineReports::weigh(std::size_t session, OrderId id, const order::Report& report,
                          const schema::ExecutionReported& event) {
    const bool whole =
        report.exec_type == ExecType::order_status || !sessions_[session]->order_status_requests;
    if (!whole || !event.cum_quantity_differs) return;
    const Decimal average = report.average_price.ok() ? report.average_price.value : Decimal{};
    withdraw_inferred(id, report.cum_quantity.value);
    settle_questions(id, report.cum_quantity.value, average);
}

}  // namespace gw::engine
