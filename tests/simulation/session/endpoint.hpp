// One side: the session core on the real journal, driven the way the engine drives it, with the engine's
// records.
//
// The process may die at any commit, before it or behind it (Crash is thrown, and only start() may follow),
// and with durability `disk` the power may fail. What leaves an endpoint leaves it by take_sent(), once it
// may.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "common/dice.hpp"
#include "common/disk.hpp"
#include "engine/session_log.hpp"
#include "engine/venue_session.hpp"
#include "fix/message.hpp"
#include "journal/journal.hpp"
#include "profile.hpp"
#include "session/session.hpp"

namespace gw::simulation {

struct Crash {};

// An application message by its ClOrdID(11).
using Ids = std::vector<std::string>;

class Endpoint {
  public:
    Endpoint(const session::Config& config, const Profile& profile, Bug bug, Dice& dice);

    // Opens or recovers the journal. Empty, or why that failed.
    [[nodiscard]] std::string start();
    // What was committed survives the process. With power_cut only what was synced is sure to.
    void stop(bool power_cut);
    [[nodiscard]] bool running() const { return session_ != nullptr; }
    // The process dies at the commit that is so many away; 0: at none.
    void die_in(unsigned commits) { die_in_ = commits; }

    void connect(std::int64_t now_ns);
    void disconnect(std::int64_t now_ns);
    void receive(std::string_view bytes, std::int64_t now_ns);
    void tick(std::int64_t now_ns);
    // `at_risk`: a reset is under way, which loses what the other side has not got before it.
    bool send(std::int64_t now_ns, bool at_risk);
    void reset(std::int64_t now_ns);
    void log_out(std::int64_t now_ns);
    void sync();
    void maintain() { (void)journal_->maintain(); }

    // Whole messages that may go to the wire now.
    [[nodiscard]] std::vector<std::string> take_sent();
    // Whether the connection is to be closed behind them.
    [[nodiscard]] bool hung_up() const { return hung_up_ && waiting_.empty(); }

    [[nodiscard]] const session::State& state() const { return session_->state(); }
    // Nothing is lost by a power cut now.
    [[nodiscard]] bool is_durable() const {
        return !disk_mode_ || journal_->durable_lsn() == journal_->committed_lsn();
    }
    // Logged on, with no reset under way that this side knows of, nor would know of after a power cut.
    [[nodiscard]] bool is_settled() const {
        return state().link == session::Link::active && !state().reset_sent && !state().reset_next_logon &&
               is_durable();
    }
    [[nodiscard]] std::int64_t next_deadline_ns() const { return session_->next_deadline_ns(); }
    [[nodiscard]] bool is_tick_due(std::int64_t now_ns) const { return session_->is_tick_due(now_ns); }
    [[nodiscard]] const char* name() const {
        return config_.role == session::Role::initiator ? "initiator" : "acceptor";
    }

    // ---- the oracle's: from the journal alone
    struct Books {
        Ids sent;       // taken into the sequence, in order
        Ids delivered;  // to the order layer, in order
        std::unordered_set<std::string> messages_out;
        std::string problem;
        engine::Sequences numbers;
    };
    [[nodiscard]] Books read_books();
    [[nodiscard]] const std::vector<std::string>& on_the_wire() const { return on_the_wire_; }
    [[nodiscard]] const std::unordered_set<std::string>& not_resent() const { return not_resent_; }
    [[nodiscard]] const std::unordered_set<std::string>& at_risk() const { return at_risk_; }
    // What was refused with a Reject(3) for its SendingTime(52): the counterparty was told.
    [[nodiscard]] const std::unordered_set<std::string>& rejected() const { return rejected_; }

  private:
    struct Waiting {
        std::uint64_t lsn;
        std::string bytes;
    };
    struct Policy : session::ResendPolicy {
        std::int64_t max_age_ns = 0;  // 0: no limit
        [[nodiscard]] bool may_resend(const fix::Message&, std::int64_t sent_at_ns,
                                      std::int64_t now_ns) const override {
            return max_age_ns == 0 || now_ns - sent_at_ns <= max_age_ns;
        }
    };

    void commit(std::int64_t now_ns);
    void take_kept(std::int64_t now_ns);
    void die_if_due();
    void note_refusals();

    session::Config config_;
    bool disk_mode_;
    Bug bug_;
    Dice& dice_;
    Disk disk_;
    unsigned boots_ = 1;

    std::unique_ptr<journal::Journal> journal_;
    std::unique_ptr<engine::JournalStore> store_;
    Policy policy_;
    std::unique_ptr<session::Session> session_;
    engine::SessionLog session_log_;
    session::Step step_;
    fix::MessageBuffer<> message_;
    fix::MessageBuffer<> kept_message_;
    std::string input_;
    std::string frame_;

    std::vector<Waiting> waiting_;  // committed, not yet allowed to leave
    bool hung_up_ = false;
    unsigned die_in_ = 0;
    std::uint64_t next_id_ = 1;
    std::vector<std::string> on_the_wire_;
    std::unordered_set<std::string> not_resent_;  // by the policy, by id
    std::unordered_set<std::string> at_risk_;
    std::unordered_set<std::string> rejected_;
};

// ClOrdID(11) of a message that parses, else empty.
[[nodiscard]] std::string id_of(std::string_view message);

}  // namespace gw::simulation
