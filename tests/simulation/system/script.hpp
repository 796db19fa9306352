// A small scripted world: one gateway, one venue that decides nothing by itself, clients by hand. Each case
// is a failure that other systems are known for, with what has to be true instead.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "world.hpp"

namespace gw::simulation {

struct Unexpected {};  // an expectation did not hold; the world says which

class Script {
  public:
    // `disk`: durability `disk` in place of `process`.
    explicit Script(bool trace, bool disk = false);
    void start();

    // --- what happens
    // Sends it and lets the bytes arrive; the venue then holds it undecided.
    std::uint64_t submit(std::int64_t quantity, std::int64_t cents, bool buys = true,
                         const std::string& account = "A1");
    // An entry, take profit and stop; the number of the first.
    std::uint64_t submit_bracket(std::int64_t quantity, std::int64_t cents);
    std::string replace(std::uint64_t order, std::int64_t quantity);
    std::string cancel(std::uint64_t order);
    void accept();  // what waits longest at the venue
    void refuse(int reason, const std::string& text);
    std::size_t fill(std::size_t venue_order, std::int64_t quantity, Venue::Fate fate = Venue::Fate::sent);
    void bust(std::size_t execution);
    void say_again(const FixText& report);
    // The connection breaks and stays down.
    void lose_connection();
    void reconnect();
    void crash_and_restart();
    void run(std::int64_t seconds) { world_.settle(seconds * ns_per_s); }
    // Everything heals, all orders are canceled, and every invariant is looked at.
    void finish();

    // --- what is true
    void expect(bool holds, const std::string& what) {
        if (holds) return;
        world_.fail("expected that " + what);
        throw Unexpected{};
    }
    void expect_status(std::uint64_t order, std::string_view status);
    void expect_cum(std::uint64_t order, std::int64_t cum);
    void expect_reserved(std::uint64_t order, std::int64_t quantity);
    void expect_net(std::int64_t net, const std::string& account = "A1", const std::string& strategy = "s1");
    [[nodiscard]] const order::Order& order(std::uint64_t id) {
        return world_.gateway().engine().ledger().order(id);
    }
    // Messages of this type that the gateway has put on the wire.
    [[nodiscard]] std::size_t sent(const std::string& type, bool copies = false) const;
    // Events of the journal whose ExecID begins so.
    [[nodiscard]] std::vector<std::string> execution_ids(const std::string& prefix);

    [[nodiscard]] World& world() { return world_; }
    [[nodiscard]] Venue& venue() { return world_.venue(std::size_t{0}); }
    [[nodiscard]] Client& client() { return world_.client(); }
    [[nodiscard]] const std::string& failure() const { return world_.outcome().failure; }

  private:
    void soon() { world_.settle(300 * ns_per_ms); }
    World world_;
};

}  // namespace gw::simulation
