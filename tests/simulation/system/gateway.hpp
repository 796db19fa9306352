// The gateway's process: the real engine on the real journal, driven as gateway/core/net drives it, but by
// the simulation's clock, wire and disk.
//
// With durability `disk` messages and answers are held until they are synced. The process may die between any
// two inputs and at any message that it sends (Crash is thrown, and only stop() may follow).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/dice.hpp"
#include "common/disk.hpp"
#include "engine/engine.hpp"
#include "journal/journal.hpp"
#include "plan.hpp"
#include "plants.hpp"

namespace gw::simulation {

struct Crash {};

// What the gateway has answered to a command, and from which lsn on that stands.
struct Answer {
    std::string id;
    std::uint64_t order_id = 0;
    std::string cl_ord_id;
    std::uint64_t lsn = 0;  // 0: not recorded
    bool duplicate = false;
    schema::DenialCode denial = schema::DenialCode::unspecified;
    struct Leg {
        std::uint64_t order_id;
        std::string cl_ord_id;
    };
    std::vector<Leg> legs{};  // of linked orders, in their order
};

class Gateway final : public engine::Wire {
  public:
    Gateway(engine::Settings settings, const Plan& plan, Plant plant, Dice& dice);

    // Recovers and opens. Empty, or what is wrong.
    [[nodiscard]] std::string start(std::int64_t now_ns);
    void stop(bool power_cut);
    [[nodiscard]] bool running() const { return engine_ != nullptr; }
    // The process dies at the message that is so many away; 0: at none.
    void die_at_send(unsigned messages) { die_in_ = messages; }

    // --- inputs
    // Answers that may leave at once; others follow by take_answers().
    void command(std::size_t client, const std::string& request, std::int64_t now_ns);
    void connected(std::size_t session, std::int64_t now_ns);
    void disconnected(std::size_t session, std::int64_t now_ns);
    void received(std::size_t session, std::string_view bytes, std::int64_t now_ns);
    void tick(std::int64_t now_ns);
    std::uint32_t mass_cancel(const std::string& client, const std::string& instrument, std::int64_t now_ns);
    void sync();
    void maintain() { (void)journal_->maintain(); }

    // --- outputs
    [[nodiscard]] std::string take_output(std::size_t session);
    [[nodiscard]] bool hangs_up(std::size_t session) const { return links_[session].hangs_up; }
    struct Answered {
        std::size_t client;
        Answer answer;
    };
    [[nodiscard]] std::vector<Answered> take_answers();

    [[nodiscard]] engine::Engine& engine() { return *engine_; }
    [[nodiscard]] const engine::Engine& engine() const { return *engine_; }
    [[nodiscard]] journal::Journal& journal() { return *journal_; }
    [[nodiscard]] Disk& disk() { return disk_; }
    [[nodiscard]] const engine::Settings& settings() const { return settings_; }
    [[nodiscard]] bool sync_failed() const { return journal_->sync_failed(); }
    [[nodiscard]] std::uint64_t visible_lsn() const;

    // --- for the oracle
    struct Wired {
        std::size_t session;
        std::string bytes;
    };
    // Everything that has left, in order.
    [[nodiscard]] const std::vector<Wired>& wire_log() const { return wire_log_; }
    [[nodiscard]] std::uint64_t states_compared() const { return states_compared_; }

  private:
    struct Held {
        std::uint64_t lsn;
        std::string bytes;
    };
    struct Link {
        bool open = false;
        bool hangs_up = false;
        std::vector<Held> held;
        std::string output;
    };
    struct HeldAnswer {
        std::uint64_t lsn;
        Answered answered;
    };

    void send(std::size_t session, std::string_view bytes, std::uint64_t lsn) override;
    void disconnect(std::size_t session, std::string_view reason) override;
    [[nodiscard]] std::size_t backlog_bytes(std::size_t session) const override;

    [[nodiscard]] std::string recover(std::int64_t now_ns);
    void release();
    void put_out(std::size_t session, const std::string& bytes);
    void note_state();
    [[nodiscard]] std::string compare_state();
    void apply_plant(std::int64_t now_ns);
    void take_sent_for_unsent(std::int64_t now_ns);
    void apply_again(std::uint64_t from_lsn);

    engine::Settings settings_;
    const Plan& plan_;
    Plant plant_;
    Dice& dice_;
    Disk disk_;
    unsigned boots_ = 1;
    std::unique_ptr<journal::Journal> journal_;
    std::unique_ptr<engine::Engine> engine_;
    std::vector<Link> links_;
    std::vector<HeldAnswer> answers_;
    std::vector<char> response_;
    std::vector<std::string> input_;
    unsigned die_in_ = 0;
    std::vector<Wired> wire_log_;
    // The ledger's hash as it was when this lsn was the last: what a recovery up to there must give.
    std::map<std::uint64_t, std::uint64_t> states_;
    std::uint64_t states_compared_ = 0;
    std::uint64_t planted_through_ = 0;
};

}  // namespace gw::simulation
