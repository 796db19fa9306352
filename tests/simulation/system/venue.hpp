// A venue: a small exchange that speaks FIX, with faults of its own by chance or by script.
//
// What it decides is at once in its book; what it says of it goes through the report queue, where reports get
// lost, late, doubled and out of order. `Hand` decides for it: the plan's dice, or a scripted case.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "common/dice.hpp"
#include "plan.hpp"
#include "venue_book.hpp"
#include "venue_session.hpp"

namespace gw::simulation {

class Venue {
  public:
    // What becomes of a report on its way to the session.
    enum class Fate : std::uint8_t { sent, lost, late, doubled };

    Venue(std::string name, const Plan& plan, Dice& dice);

    [[nodiscard]] VenueSession& session() { return session_; }
    [[nodiscard]] const VenueSession& session() const { return session_; }
    // By which copies of its reports come.
    [[nodiscard]] VenueSession& copies() { return copies_; }
    [[nodiscard]] const VenueSession& copies() const { return copies_; }
    [[nodiscard]] VenueBook& book() { return book_; }
    [[nodiscard]] const VenueBook& book() const { return book_; }
    [[nodiscard]] const std::string& name() const { return name_; }
    void set_time(std::int64_t now_ns) { now_ns_ = now_ns; }
    void set_log(std::function<void(const std::string&)> log) { log_ = std::move(log); }

    // --- by chance
    // Something happens to some order: an answer, a trade, a cancel, a bust.
    void act();
    // Late reports that are due; all of them where `all`.
    void release(bool all);
    // The connection has gone: a venue that promises to cancel then cancels some.
    void lose_connection();
    // The process dies and comes back: what waited to be decided or said may be gone.
    void restart();

    // --- by script: the venue waits for these instead of deciding by itself
    void set_manual(bool manual) { manual_ = manual; }
    // Messages that wait for a decision, oldest first.
    [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
    void accept();  // the oldest that waits
    void refuse(int reason, const std::string& text = "refused");
    std::size_t fill(std::size_t order, std::int64_t quantity, std::int64_t cents, Fate fate = Fate::sent);
    void bust(std::size_t execution, Fate fate = Fate::sent);
    void cancel(std::size_t order, Fate fate = Fate::sent);
    // Of every report from now on.
    void set_manual_fate(Fate fate) { manual_fate_ = fate; }
    // Any report once more, or one that is made by hand.
    void say(const FixText& report) { (void)session_.send(report, now_ns_); }
    [[nodiscard]] const std::vector<FixText>& said() const { return said_; }

    // --- the end
    // No faults any more: what waits is decided, what is late is said.
    void heal();
    [[nodiscard]] bool is_quiet() const { return waiting_.empty() && late_.empty() && late_copies_.empty(); }
    // Orders that were consumed by the session and never reached the book.
    [[nodiscard]] std::uint64_t dropped() const { return dropped_; }
    [[nodiscard]] std::uint64_t lost_reports() const { return lost_reports_; }
    [[nodiscard]] const std::vector<std::string>& complaints() const { return complaints_; }

  private:
    struct Late {
        std::int64_t due_ns;
        FixText report;
    };

    void take(const FixText& message);
    void decide(const FixText& message, bool accepted, int reason, const std::string& text);
    void decide_new(const FixText& message, bool accepted, int reason, const std::string& text);
    void decide_replace(const FixText& message, bool accepted, int reason, const std::string& text);
    void decide_cancel(const FixText& message, bool accepted, int reason, const std::string& text);
    void answer_status(const FixText& message);
    void take_order(const FixText& message);
    [[nodiscard]] bool must_wait();
    void act_on(std::size_t order);
    void act_on_execution(std::size_t execution);

    [[nodiscard]] FixText report_of(std::size_t order, char exec_type, const std::string& exec_id) const;
    void report(std::size_t order, char exec_type, const std::string& cl_ord_id = {},
                const std::string& orig_cl_ord_id = {});
    void report_trade(std::size_t execution, char exec_type, const std::string& exec_id);
    void reject_request(const FixText& message, const VenueOrder* order, int reason, const std::string& text);
    void emit(const FixText& report);
    void copy(const FixText& report);
    [[nodiscard]] Fate roll();
    [[nodiscard]] bool old_dialect() const { return plan_.begin_string == "FIX.4.2"; }

    std::string name_;
    const Plan& plan_;
    Dice& dice_;
    VenueBook book_;
    VenueSession session_;
    VenueSession copies_;
    std::int64_t now_ns_ = 0;
    bool manual_ = false;
    bool healed_ = false;
    std::vector<FixText> waiting_;  // requests that are not yet decided
    std::vector<Late> late_;
    std::vector<Late> late_copies_;
    std::vector<FixText> said_;
    std::function<void(const std::string&)> log_;
    Fate next_fate_ = Fate::sent;
    Fate manual_fate_ = Fate::sent;
    std::uint64_t dropped_ = 0, lost_reports_ = 0;
    std::vector<std::string> complaints_;
};

}  // namespace gw::simulation
