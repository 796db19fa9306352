#include "venue.hpp"

#include <algorithm>

namespace gw::simulation {
namespace {

constexpr std::int64_t ns_per_ms = 1'000'000;
constexpr std::int64_t late_ms_max = 30'000;
constexpr int reason_duplicate = 6;      // OrdRejReason(103)
constexpr int reason_unknown_order = 5;  // OrdRejReason(103)
constexpr int cancel_too_late = 0;       // CxlRejReason(102)
constexpr int cancel_unknown_order = 1;  // CxlRejReason(102)
constexpr std::int64_t market_price = 10'000;

// A bust, a correction, or the refusal of a cancel or replace: no later report shows what a lost one had
// said.
bool must_arrive(const FixText& report) {
    const std::string type = report.get(150);
    const std::string trans = report.get(20);
    return report.type() == "9" || type == "H" || type == "G" || trans == "1" || trans == "2";
}

}  // namespace

Venue::Venue(std::string name, const Plan& plan, Dice& dice)
    : name_(std::move(name)),
      plan_(plan),
      dice_(dice),
      book_(name_),
      session_({plan.begin_string, name_, "GATEWAY"}, [this](const FixText& message) { take(message); }),
      copies_({plan.begin_string, name_ + "-COPY", "GATEWAY"}, [this](const FixText& message) {
          complaints_.push_back("sent a message where only copies come: " + message.type());
      }) {}

// ---- requests

void Venue::take(const FixText& message) {
    const std::string type = message.type();
    if (type == "H") return answer_status(message);
    if (type == "D") return take_order(message);
    if (type != "F" && type != "G") {
        complaints_.push_back("sent a message that this venue does not take: " + type);
        return;
    }
    book_.note(message.get(11));
    if (must_wait())
        waiting_.push_back(message);
    else
        decide(message, healed_ || !dice_.one_in(8), cancel_too_late, "refused by the venue");
}

// Requests are decided in their order.
bool Venue::must_wait() {
    return manual_ || !waiting_.empty() || (!healed_ && happens(dice_, plan_.slow_answer));
}

void Venue::take_order(const FixText& message) {
    const std::string cl_ord_id = message.get(11);
    if (book_.has_seen(cl_ord_id)) {
        if (message.poss_dup()) return;
        FixText reject("8");
        reject.add(37, "NONE").add(11, cl_ord_id).add(17, book_.next_exec_id());
        if (old_dialect()) reject.add(20, '0');
        reject.add(150, '8').add(39, '8').add(103, std::int64_t{reason_duplicate});
        reject.add(55, message.get(55)).add(54, message.get(54)).add(151, '0').add(14, '0').add(6, '0');
        return emit(reject);
    }
    if (!healed_ && happens(dice_, plan_.drop_order)) {
        ++dropped_;
        if (log_) log_(name_ + " loses the order " + cl_ord_id);
        return;
    }
    book_.note(cl_ord_id);
    VenueOrder order;
    order.cl_ord_ids = {cl_ord_id};
    order.account = message.get(1);
    order.symbol = message.get(55);
    order.buys = message.get(54) == "1";
    order.quantity = message.number(38);
    order.price = cents_of(message.get(44));
    book_.add(std::move(order));
    if (must_wait())
        waiting_.push_back(message);
    else
        decide(message, healed_ || !dice_.one_in(12), 0, "refused by the venue");
}

void Venue::decide(const FixText& message, bool accepted, int reason, const std::string& text) {
    const std::string type = message.type();
    if (type == "D") return decide_new(message, accepted, reason, text);
    if (type == "G") return decide_replace(message, accepted, reason, text);
    decide_cancel(message, accepted, reason, text);
}

void Venue::decide_new(const FixText& message, bool accepted, int reason, const std::string& text) {
    const auto order = book_.find(message.get(11), {});
    if (!order || !book_.order(*order).open()) return;
    if (accepted || book_.order(*order).stand != Stand::received) {
        book_.acknowledge(*order);
        return report(*order, '0');
    }
    book_.end(*order, Stand::rejected);
    FixText reject = report_of(*order, '8', book_.next_exec_id());
    emit(reject.add(11, message.get(11)).add(103, std::int64_t{reason}).add(58, text));
}

void Venue::decide_replace(const FixText& message, bool accepted, int reason, const std::string& text) {
    const auto at = book_.find(message.get(41), message.get(37));
    if (!at) return reject_request(message, nullptr, cancel_unknown_order, "unknown order");
    const VenueOrder& order = book_.order(*at);
    const std::int64_t quantity = message.number(38);
    const bool possible = order.open() || (order.stand == Stand::filled && quantity > order.cum);
    if (!possible) return reject_request(message, &order, cancel_too_late, "too late");
    if (!accepted) return reject_request(message, &order, reason, text);
    const std::string before = order.cl_ord_id();
    book_.replace(*at, message.get(11), quantity, cents_of(message.get(44)));
    report(*at, '5', message.get(11), before);
}

void Venue::decide_cancel(const FixText& message, bool accepted, int reason, const std::string& text) {
    const auto at = book_.find(message.get(41), message.get(37));
    if (!at) return reject_request(message, nullptr, cancel_unknown_order, "unknown order");
    if (!book_.order(*at).open())
        return reject_request(message, &book_.order(*at), cancel_too_late, "too late");
    if (!accepted) return reject_request(message, &book_.order(*at), reason, text);
    book_.end(*at, Stand::canceled);
    report(*at, '4', message.get(11), book_.order(*at).cl_ord_id());
}

void Venue::reject_request(const FixText& message, const VenueOrder* order, int reason,
                           const std::string& text) {
    FixText reject("9");
    reject.add(37, order != nullptr ? order->id : "NONE").add(11, message.get(11)).add(41, message.get(41));
    reject.add(39, order != nullptr ? static_cast<char>(order->stand) : '8');
    reject.add(434, message.type() == "F" ? '1' : '2').add(102, std::int64_t{reason}).add(58, text);
    emit(reject);
}

void Venue::answer_status(const FixText& message) {
    const auto order = book_.find(message.get(11), message.get(37));
    if (order) return report(*order, 'I');
    FixText unknown("8");
    unknown.add(37, "NONE").add(11, message.get(11)).add(17, book_.next_exec_id());
    if (old_dialect())
        unknown.add(20, '3').add(150, '8');
    else
        unknown.add(150, 'I');
    unknown.add(39, '8').add(103, std::int64_t{reason_unknown_order}).add(55, message.get(55));
    unknown.add(54, message.get(54)).add(151, '0').add(14, '0').add(6, '0').add(58, "unknown order");
    emit(unknown);
}

// ---- reports

// The stand as it is now; `exec_type` in the terms of FIX 4.4.
FixText Venue::report_of(std::size_t at, char exec_type, const std::string& exec_id) const {
    const VenueOrder& order = book_.order(at);
    const char stand = static_cast<char>(order.stand);
    FixText report("8");
    report.add(37, order.id).add(17, exec_id);
    if (old_dialect()) {
        const bool trade = exec_type == 'F';
        const char trans = exec_type == 'H' ? '1' : exec_type == 'G' ? '2' : exec_type == 'I' ? '3' : '0';
        report.add(20, trans);
        exec_type = trade || trans != '0' ? stand : exec_type;
        if (trade && stand != '1' && stand != '2') exec_type = '1';
    }
    report.add(150, exec_type).add(39, stand).add(1, order.account).add(55, order.symbol);
    report.add(54, order.buys ? '1' : '2').add(38, order.quantity);
    if (order.price != 0) report.add(44, price_text(order.price));
    report.add(151, order.leaves()).add(14, order.cum);
    // AvgPx to four places, as many venues do.
    const std::int64_t average = order.cum == 0 ? 0 : (order.notional * 100 + order.cum / 2) / order.cum;
    char text[32];
    std::snprintf(text, sizeof text, "%lld.%04lld", static_cast<long long>(average / 10'000),
                  static_cast<long long>(average % 10'000));
    return report.add(6, std::string(text)).add(60, utc(now_ns_));
}

void Venue::report(std::size_t order, char exec_type, const std::string& cl_ord_id,
                   const std::string& orig_cl_ord_id) {
    FixText report = report_of(order, exec_type, book_.next_exec_id());
    report.add(11, cl_ord_id.empty() ? book_.order(order).cl_ord_id() : cl_ord_id);
    if (!orig_cl_ord_id.empty()) report.add(41, orig_cl_ord_id);
    emit(report);
}

void Venue::report_trade(std::size_t at, char exec_type, const std::string& exec_id) {
    Execution& execution = book_.executions()[at];
    FixText report = report_of(execution.order, exec_type, exec_id);
    report.add(11, book_.order(execution.order).cl_ord_id());
    if (exec_type != 'F') report.add(19, execution.id);
    report.add(32, execution.quantity).add(31, price_text(execution.price));
    const std::uint64_t lost = lost_reports_;
    emit(report);
    if (exec_type == 'F') execution.sent = lost == lost_reports_;
}

Venue::Fate Venue::roll() {
    if (next_fate_ != Fate::sent) return std::exchange(next_fate_, Fate::sent);
    if (manual_) return manual_fate_;
    if (healed_) return Fate::sent;
    if (happens(dice_, plan_.lose_report)) return Fate::lost;
    if (happens(dice_, plan_.late_report)) return Fate::late;
    if (happens(dice_, plan_.double_report)) return Fate::doubled;
    return Fate::sent;
}

void Venue::emit(const FixText& report) {
    Fate fate = roll();
    if (fate == Fate::lost && must_arrive(report)) fate = Fate::late;
    said_.push_back(report);
    copy(report);
    const std::string text = report.type() + " 17=" + report.get(17) + " 150=" + report.get(150) +
                             " 39=" + report.get(39) + " 11=" + report.get(11);
    switch (fate) {
        case Fate::lost:
            ++lost_reports_;
            if (log_) log_(name_ + " loses its report " + text);
            return;
        case Fate::late:
            if (log_) log_(name_ + " is late with its report " + text);
            late_.push_back(
                {now_ns_ + static_cast<std::int64_t>(dice_.between(1, late_ms_max)) * ns_per_ms, report});
            return;
        case Fate::doubled:
            (void)session_.send(report, now_ns_);
            if (report.has(32) && !report.has(19) && happens(dice_, plan_.rename_report)) {
                if (log_) log_(name_ + " reports again, under another ExecID: " + text);
                FixText again = report;
                again.set(17, report.get(17) + "-R");
                (void)session_.send(again, now_ns_);
                return;
            }
            if (dice_.one_in(2)) {
                late_.push_back(
                    {now_ns_ + static_cast<std::int64_t>(dice_.between(1, late_ms_max)) * ns_per_ms, report});
                return;
            }
            break;
        case Fate::sent:
            break;
    }
    (void)session_.send(report, now_ns_);
}

// To the drop copy session: what happened to orders, and no answers to questions.
void Venue::copy(const FixText& report) {
    const bool answers = report.get(150) == "I" || report.get(20) == "3" || report.get(37) == "NONE";
    if (!plan_.drop_copy || report.type() != "8" || answers) return;
    if (!healed_ && happens(dice_, plan_.lose_copy)) return;
    if (!healed_ && happens(dice_, plan_.late_copy))
        late_copies_.push_back(
            {now_ns_ + static_cast<std::int64_t>(dice_.between(1, late_ms_max)) * ns_per_ms, report});
    else
        (void)copies_.send(report, now_ns_);
}

void Venue::release(bool all) {
    const auto release = [&](std::vector<Late>& late, VenueSession& session) {
        for (std::size_t at = 0; at < late.size();) {
            if (!all && late[at].due_ns > now_ns_) {
                ++at;
                continue;
            }
            (void)session.send(late[at].report, now_ns_);
            late.erase(late.begin() + static_cast<std::ptrdiff_t>(at));
        }
    };
    release(late_, session_);
    release(late_copies_, copies_);
}

// ---- by chance

void Venue::act() {
    release(false);
    if (!waiting_.empty() && dice_.one_in(2)) {
        const FixText message = waiting_.front();
        waiting_.erase(waiting_.begin());
        return decide(message, !dice_.one_in(8), 0, "refused by the venue");
    }
    if (!book_.executions().empty() && happens(dice_, plan_.bust))
        return act_on_execution(dice_.below(book_.executions().size()));
    std::vector<std::size_t> open;
    for (std::size_t at = 0; at < book_.orders().size(); ++at)
        if (book_.order(at).open() && !book_.order(at).forgotten) open.push_back(at);
    if (!open.empty()) act_on(open[dice_.below(open.size())]);
}

void Venue::act_on(std::size_t at) {
    const VenueOrder& order = book_.order(at);
    if (happens(dice_, plan_.forget_order)) {
        if (log_) log_(name_ + " forgets " + order.id);
        return book_.forget(at);
    }
    const std::int64_t leaves = order.leaves();
    if (leaves == 0) return;
    const std::int64_t price = order.price != 0 ? order.price : market_price;
    switch (dice_.below(8)) {
        case 0:
            return cancel(at);
        case 1:
            if (order.stand == Stand::received) return;
            book_.end(at, Stand::expired);
            return report(at, 'C');
        case 2:
        case 3:
            fill(at, leaves, price);
            return;
        default:
            fill(at, static_cast<std::int64_t>(dice_.between(1, static_cast<std::uint64_t>(leaves))), price);
            return;
    }
}

void Venue::act_on_execution(std::size_t at) {
    const Execution& execution = book_.executions()[at];
    if (execution.corrected || !execution.sent || book_.order(execution.order).forgotten) return;
    // What is late says a CumQty from before: behind a correction nothing shows that it is old.
    const std::string& id = book_.order(execution.order).id;
    for (const std::vector<Late>* late : {&late_, &late_copies_})
        for (const Late& each : *late)
            if (each.report.get(37) == id) return;
    if (dice_.one_in(2)) return bust(at);
    const auto quantity =
        static_cast<std::int64_t>(dice_.between(1, static_cast<std::uint64_t>(execution.quantity)));
    book_.correct(at, quantity, execution.price + 1);
    report_trade(at, 'G', book_.next_exec_id());
}

std::size_t Venue::fill(std::size_t order, std::int64_t quantity, std::int64_t cents, Fate fate) {
    const std::size_t execution = book_.trade(order, quantity, cents);
    if (fate != Fate::sent) next_fate_ = fate;
    report_trade(execution, 'F', book_.executions()[execution].id);
    return execution;
}

void Venue::bust(std::size_t execution, Fate fate) {
    book_.bust(execution);
    if (fate != Fate::sent) next_fate_ = fate;
    report_trade(execution, 'H', book_.next_exec_id());
}

void Venue::cancel(std::size_t order, Fate fate) {
    book_.end(order, Stand::canceled);
    if (fate != Fate::sent) next_fate_ = fate;
    report(order, '4');
}

void Venue::accept() {
    const FixText message = waiting_.front();
    waiting_.erase(waiting_.begin());
    decide(message, true, 0, {});
}

void Venue::refuse(int reason, const std::string& text) {
    const FixText message = waiting_.front();
    waiting_.erase(waiting_.begin());
    decide(message, false, reason, text);
}

void Venue::lose_connection() {
    if (healed_ || manual_) return;
    for (std::size_t at = 0; at < book_.orders().size(); ++at)
        if (book_.order(at).open() && !book_.order(at).forgotten &&
            happens(dice_, plan_.cancel_on_disconnect))
            cancel(at);
}

void Venue::restart() {
    // A request that was not yet decided is gone with the process, and its order with it. (Not a replace: the
    // gateway holds it for pending until its order ends.)
    std::erase_if(waiting_, [this](const FixText& message) {
        if (message.type() == "G" || !dice_.one_in(2)) return false;
        const auto order = book_.find(message.type() == "D" ? message.get(11) : std::string(), {});
        if (order && book_.order(*order).stand == Stand::received) {
            book_.end(*order, Stand::rejected);
            book_.forget(*order);
        }
        if (log_) log_(name_ + " loses the request " + message.get(11));
        return true;
    });
}

void Venue::heal() {
    healed_ = true;
    manual_ = false;
    next_fate_ = Fate::sent;
    while (!waiting_.empty()) accept();
    release(true);
}

}  // namespace gw::simulation
