// The whole system on one thread: a gateway, its venues and clients, the network between them, and the clock.
//
// A run by chance (run()) has faults on for a while, then everything heals, and the oracle looks at what is
// left (invariants.hpp). A scripted case calls the same pieces by hand.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "client.hpp"
#include "common/dice.hpp"
#include "common/network.hpp"
#include "gateway.hpp"
#include "plan.hpp"
#include "plants.hpp"
#include "venue.hpp"

namespace gw::simulation {

inline constexpr std::int64_t ns_per_ms = 1'000'000;
inline constexpr std::int64_t ns_per_s = 1'000 * ns_per_ms;

struct Outcome {
    std::string failure;   // empty: all is well
    std::string problems;  // all that the judgement found
    std::string plan;
    std::uint64_t hash = 0;  // of all that was on the wire, answered and journalled
    std::uint64_t orders = 0, executions = 0, crashes = 0, cuts = 0, lost_reports = 0, states_compared = 0;
};

class World {
  public:
    struct Options {
        Plant plant = Plant::none;
        bool trace = false;
    };
    World(std::uint64_t seed, const Plan& plan, const Options& options);
    // The plan itself comes from the seed.
    World(std::uint64_t seed, const Options& options);
    ~World();

    // Chaos, healing, judgement.
    Outcome run();

    // --- by hand
    void start();
    void crash(bool power_cut = false);
    void cut(std::size_t venue);
    void send(Client& client, Command& command);
    // Answers, bytes and time go on until nothing is under way, or for so long.
    void settle(std::int64_t ns = 5 * ns_per_s);
    void deliver_all();
    void pass(std::int64_t ns);
    void connect(std::size_t venue);
    void heal();
    void judge();
    void fail(const std::string& what) {
        if (outcome_.failure.empty()) outcome_.failure = what;
    }
    void hold_connections(bool hold) { held_ = hold; }

    [[nodiscard]] Gateway& gateway() { return *gateway_; }
    [[nodiscard]] const Gateway& gateway() const { return *gateway_; }
    [[nodiscard]] Client& client(std::size_t at = 0) { return clients_[at]; }
    [[nodiscard]] Venue& venue(std::size_t at = 0) { return *venues_[at]; }
    [[nodiscard]] const Plan& plan() const { return plan_; }
    [[nodiscard]] const std::vector<Client>& clients() const { return clients_; }
    [[nodiscard]] std::size_t venue_count() const { return venues_.size(); }
    [[nodiscard]] std::size_t session_count() const { return links_.size(); }
    [[nodiscard]] const Venue& venue(std::size_t at) const { return *venues_[at]; }
    [[nodiscard]] std::vector<Reader>& readers() { return readers_; }
    [[nodiscard]] std::int64_t now_ns() const { return now_ns_; }
    [[nodiscard]] const Outcome& outcome() const { return outcome_; }
    // Bytes that have been read from the venue by the gateway's side of the connection.
    [[nodiscard]] std::uint64_t crashes() const { return outcome_.crashes; }

  private:
    struct Link {
        Venue* venue = nullptr;
        bool copies = false;  // its drop copy session
        Pipe to_gateway, to_venue;
        bool gateway_connected = false;
        bool venue_connected = false;
        std::int64_t connect_at_ns = 0;

        [[nodiscard]] VenueSession& session() const { return copies ? venue->copies() : venue->session(); }
        [[nodiscard]] std::string name() const { return venue->name() + (copies ? "-COPY" : ""); }
    };

    void log(const char* format, ...) __attribute__((format(printf, 2, 3)));
    [[nodiscard]] std::int64_t gateway_clock() const { return now_ns_ + clock_offset_ns_; }

    // Runs an input of the gateway and carries off what comes of it; a crash inside ends the process.
    void on_gateway(const std::function<void(Gateway&)>& input);
    void carry();
    void carry_venue(Link& link);
    void kill_gateway(bool power_cut);
    void gateway_side_down(std::size_t venue);
    void venue_side_down(std::size_t venue);
    void deliver_to_gateway(std::size_t venue, std::size_t bytes);
    void deliver_to_venue(std::size_t venue, std::size_t bytes);
    void tick_due();
    void take_answers();

    // chaos.cpp
    void chaos();
    void fault();
    [[nodiscard]] bool owes_nothing(std::size_t venue) const;
    void work();
    void link(Client& client);
    void trade();
    void retry();
    void read_events();
    void meddle(std::size_t venue);
    [[nodiscard]] std::uint64_t some_order(const Client& client);

    // healing.cpp
    [[nodiscard]] bool is_quiet() const;
    void settle_or_fail(const char* what);
    void reconnect_all();
    void reset_lost_stores();
    void resolve_forgotten();
    void wind_down();

    Dice dice_;
    Plan plan_;
    Options options_;
    InboundPlant inbound_plant_;
    std::int64_t now_ns_;
    std::int64_t clock_offset_ns_ = 0;
    std::int64_t ticked_at_ns_ = 0;
    std::int64_t back_at_ns_ = 0;  // when a dead gateway is started again
    bool healed_ = false;
    bool reconnected_ = false;  // since everything healed
    bool held_ = false;         // no connection is made by itself
    std::unique_ptr<Gateway> gateway_;
    std::vector<std::unique_ptr<Venue>> venues_;
    std::vector<Link> links_;  // as the gateway's sessions: one a venue, then those that bring copies
    std::vector<Client> clients_;
    std::vector<Reader> readers_;  // one a client, then the projector's
    Outcome outcome_;
};

[[nodiscard]] engine::Settings make_settings(const Plan& plan);
// The names that make_settings() gives.
[[nodiscard]] std::string venue_name(std::size_t at);
[[nodiscard]] std::string instrument_name(std::size_t at);

}  // namespace gw::simulation
