// Two sessions talk to each other in memory: over a pipe that loses nothing, and over one that breaks
// anywhere.
#include <algorithm>
#include <deque>
#include <random>

#include "session_fixture.hpp"

using namespace gw::session;
using gw::test::config_of;
using gw::test::Driver;
using gw::test::second;

namespace {

// Bytes in both directions, delivered in pieces; what is under way when it breaks is lost.
struct Pair {
    Driver initiator;
    Driver acceptor;
    std::string to_acceptor;
    std::string to_initiator;
    bool up = false;
    std::vector<std::string> sent_by_initiator;
    std::vector<std::string> sent_by_acceptor;

    explicit Pair(Config a = config_of(Role::initiator), Config b = config_of(Role::acceptor))
        : initiator(std::move(a)), acceptor(std::move(b)) {}

    void connect() {
        up = true;
        acceptor.connect();
        initiator.connect();
        collect();
    }
    void collect() {
        for (std::string& bytes : initiator.sent) to_acceptor += bytes;
        for (std::string& bytes : acceptor.sent) to_initiator += bytes;
        initiator.sent.clear();
        acceptor.sent.clear();
    }
    void cut() {
        up = false;
        to_acceptor.clear();
        to_initiator.clear();
        initiator.sent.clear();
        acceptor.sent.clear();
        initiator.forget_input();
        acceptor.forget_input();
        initiator.disconnect();
        acceptor.disconnect();
    }
    static void move_bytes(std::string& from, Driver& to, std::size_t count) {
        const std::string piece = from.substr(0, count);
        from.erase(0, count);
        to.receive(piece);
    }
    // Everything that is under way, until nothing is.
    void settle() {
        for (int guard = 0; guard < 100'000; ++guard) {
            collect();
            if (up && (initiator.hung_up || acceptor.hung_up)) return;
            if (!to_acceptor.empty()) {
                move_bytes(to_acceptor, acceptor, to_acceptor.size());
            } else if (!to_initiator.empty()) {
                move_bytes(to_initiator, initiator, to_initiator.size());
            } else if (initiator.session.replay_pending()) {
                initiator.tick();
            } else if (acceptor.session.replay_pending()) {
                acceptor.tick();
            } else {
                return;
            }
        }
        CHECK(!"the pair never settles");
    }
    void send(Driver& from, std::vector<std::string>& log) {
        const std::string id = std::to_string(log.size() + 1);
        if (from.send("D", {{11, id}})) log.push_back(id);
    }
    void pass(std::int64_t ns) {
        const std::int64_t until = initiator.now_ns + ns;
        while (initiator.now_ns < until) {
            const std::int64_t next =
                std::min({until, std::max(initiator.session.next_deadline_ns(), initiator.now_ns + 1),
                          std::max(acceptor.session.next_deadline_ns(), initiator.now_ns + 1)});
            initiator.now_ns = acceptor.now_ns = next;
            if (initiator.session.next_deadline_ns() <= next) initiator.tick();
            if (acceptor.session.next_deadline_ns() <= next) acceptor.tick();
            settle();
            if (initiator.hung_up || acceptor.hung_up) return;
        }
    }
};

std::vector<std::string> ids(const std::vector<std::string>& delivered) {
    std::vector<std::string> out;
    for (const std::string& text : delivered) {
        if (!text.starts_with("35=D|")) continue;
        const std::size_t at = text.find("|11=") + 4;
        out.push_back(text.substr(at, text.find('|', at) - at));
    }
    return out;
}

void check_agree(Pair& pair) {
    CHECK_EQ(pair.initiator.state().next_in, pair.acceptor.state().next_out);
    CHECK_EQ(pair.acceptor.state().next_in, pair.initiator.state().next_out);
    CHECK(ids(pair.acceptor.delivered) == pair.sent_by_initiator);
    CHECK(ids(pair.initiator.delivered) == pair.sent_by_acceptor);
}

// One run of random traffic, cuts and recoveries; then the pipe heals and both sides must agree.
bool run_seed(unsigned seed, Config a, Config b) {
    std::mt19937 random(seed);
    const auto below = [&](unsigned n) { return std::uniform_int_distribution<unsigned>(0, n - 1)(random); };
    Pair pair(std::move(a), std::move(b));
    const int failures = gw::test::failures();
    for (int round = 0; round < 60; ++round) {
        if (!pair.up) pair.connect();
        switch (below(12)) {
            case 0:
                pair.cut();
                break;
            case 1:
                pair.pass(below(40) * second);
                break;
            case 2:  // crash: only what the journal has survives
                pair.cut();
                pair.initiator.session.recover(pair.initiator.state().next_in,
                                               pair.initiator.state().next_out);
                break;
            case 3:
                pair.cut();
                pair.acceptor.session.recover(pair.acceptor.state().next_in, pair.acceptor.state().next_out);
                break;
            case 4:
            case 5:
            case 6:
                pair.send(pair.initiator, pair.sent_by_initiator);
                break;
            case 7:
            case 8:
                pair.send(pair.acceptor, pair.sent_by_acceptor);
                break;
            default: {
                pair.collect();
                const bool inbound = below(2) == 0;
                std::string& pipe = inbound ? pair.to_acceptor : pair.to_initiator;
                Driver& to = inbound ? pair.acceptor : pair.initiator;
                if (!pipe.empty()) Pair::move_bytes(pipe, to, 1 + below(static_cast<unsigned>(pipe.size())));
                if (pair.initiator.session.replay_pending() && below(2) == 0) pair.initiator.tick();
                if (pair.acceptor.session.replay_pending() && below(2) == 0) pair.acceptor.tick();
            }
        }
        if (pair.up && (pair.initiator.hung_up || pair.acceptor.hung_up)) pair.cut();
    }
    for (int attempt = 0; attempt < 3; ++attempt) {
        if (!pair.up) pair.connect();
        pair.settle();
        if (!pair.initiator.hung_up && !pair.acceptor.hung_up) break;
        pair.cut();
    }
    pair.send(pair.initiator, pair.sent_by_initiator);
    pair.send(pair.acceptor, pair.sent_by_acceptor);
    pair.settle();
    pair.pass(61 * second);
    CHECK_EQ(pair.initiator.state().link, Link::active);
    CHECK_EQ(pair.acceptor.state().link, Link::active);
    CHECK_EQ(pair.initiator.state().inbound, Inbound::in_sync);
    CHECK_EQ(pair.acceptor.state().inbound, Inbound::in_sync);
    check_agree(pair);
    if (gw::test::failures() != failures) {
        std::fprintf(stderr, "seed %u failed\n", seed);
        return false;
    }
    return true;
}

}  // namespace

TEST(pair_logs_on_trades_and_logs_out) {
    Pair pair;
    pair.connect();
    pair.settle();
    for (int i = 0; i < 20; ++i) {
        pair.send(pair.initiator, pair.sent_by_initiator);
        pair.send(pair.acceptor, pair.sent_by_acceptor);
    }
    pair.settle();
    check_agree(pair);
    pair.initiator.session.decide_logout({}, pair.initiator.now_ns, pair.initiator.step);
    pair.initiator.commit();
    pair.settle();
    pair.settle();
    CHECK(pair.acceptor.hung_up);
    Pair::move_bytes(pair.to_initiator, pair.initiator, pair.to_initiator.size());
    CHECK(pair.initiator.hung_up);
    check_agree(pair);
}

TEST(pair_that_is_idle_stays_up_on_heartbeats_alone) {
    Pair pair;
    pair.connect();
    pair.settle();
    pair.pass(3600 * second);
    CHECK(!pair.initiator.hung_up && !pair.acceptor.hung_up);
    check_agree(pair);
    CHECK(!pair.initiator.noticed(NoticeKind::test_request_sent));
}

TEST(pair_cut_at_every_byte_of_the_exchange_recovers) {
    // The cut falls after n bytes in one direction, for every n of a short exchange.
    for (std::size_t cut = 0; cut < 700; ++cut) {
        Pair pair;
        pair.connect();
        pair.settle();
        for (int i = 0; i < 3; ++i) {
            pair.send(pair.initiator, pair.sent_by_initiator);
            pair.send(pair.acceptor, pair.sent_by_acceptor);
        }
        pair.collect();
        Pair::move_bytes(pair.to_acceptor, pair.acceptor, std::min(cut, pair.to_acceptor.size()));
        Pair::move_bytes(pair.to_initiator, pair.initiator, std::min(cut / 2, pair.to_initiator.size()));
        pair.cut();
        pair.connect();
        pair.settle();
        check_agree(pair);
    }
}

TEST(pair_agrees_after_random_faults) {
    for (unsigned seed = 0; seed < 400; ++seed)
        if (!run_seed(seed, config_of(Role::initiator), config_of(Role::acceptor))) return;
}

TEST(pair_agrees_after_random_faults_with_chunks_and_paced_replies) {
    for (unsigned seed = 0; seed < 400; ++seed) {
        Config a = config_of(Role::initiator);
        Config b = config_of(Role::acceptor);
        a.resend_chunk = b.resend_chunk = 2;
        a.replay_messages_per_step = b.replay_messages_per_step = 1;
        a.kept_messages_max = b.kept_messages_max = 3;
        if (!run_seed(seed, std::move(a), std::move(b))) return;
    }
}

TEST(pair_agrees_after_random_faults_with_next_expected_numbers) {
    for (unsigned seed = 0; seed < 400; ++seed) {
        Config a = config_of(Role::initiator);
        Config b = config_of(Role::acceptor);
        a.next_expected_msg_seq_num = b.next_expected_msg_seq_num = true;
        a.replay_messages_per_step = b.replay_messages_per_step = 2;
        if (!run_seed(seed, std::move(a), std::move(b))) return;
    }
}

TEST_MAIN
