// The gateway in motion: journal, engine and transport, one lock, and the threads that drive them.
//
// Whoever has something for the engine takes the lock, calls it, and leaves with the bytes on the wire:
// clients' threads with commands, the loop's thread with what arrives. There is one order of events, the
// order of the lock.
//
//   loop           epoll; bytes from venues, timers, reconnects
//   housekeeping   prepares the journal's next segment and memory ahead of use; never holds the lock while
//                  it waits
//   syncing        with durability `disk`: syncs, then lets go what was waiting for it
//
// Files: runtime.cpp (opening, starting, stopping, clients), links.cpp (the connection of each session),
// signing.cpp (Logons that are signed outside), acceptors.cpp (connections that come in), sessions.cpp
// (sessions that come, change and go, and what operators do with them), message_log.cpp, threads.cpp.
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/histogram.hpp"
#include "engine/engine.hpp"
#include "journal/journal.hpp"
#include "net/admission.hpp"
#include "net/failover.hpp"
#include "net/kernel_transport.hpp"
#include "net/notices.hpp"
#include "net/signer_programs.hpp"

namespace gw::net {

struct LinkSettings {
    Endpoint endpoint;
    ConnectionOptions connection;
    std::vector<Endpoint> backup_hosts;  // an initiator's, tried in this order after `endpoint`
    ReturnToFirst return_to_first = ReturnToFirst::at_next_logon;
    std::int64_t return_after_ms = 0;
    SignerProgram signer;  // of Logons that are signed outside
    // An acceptor's: what the counterparty's certificate has to be for, and where it may come from.
    std::string client_name;
    std::vector<AddressRange> allowed_addresses;  // empty: from anywhere
    std::int64_t reconnect_min_ms = 250;
    std::int64_t reconnect_max_ms = 30'000;
};

struct SessionSetup {
    engine::SessionSettings session;
    LinkSettings link;
};

struct RuntimeSettings {
    std::string journal_path;
    journal::Options journal;
    engine::Settings engine;
    std::vector<LinkSettings> links;  // one a session, in the same order
    AdmissionSettings admission;
};

struct EventBatch {
    std::string data;
    std::uint64_t count = 0;
    std::uint64_t resume_lsn = 0;
};

// A record of the journal that holds a FIX message, secrets blanked.
struct LoggedMessage {
    std::uint64_t lsn;
    std::int64_t time_ns;
    bool inbound;
    std::uint16_t flags;
    std::uint64_t seq;
    std::string bytes;
};
struct MessagePage {
    std::vector<LoggedMessage> messages;  // newest first
    std::uint64_t next_before_lsn = 0;    // for the next page; 0 on the last
};

[[nodiscard]] Failover make_failover(const LinkSettings& settings);

class Runtime final : private engine::Wire, private Transport::Events {
  public:
    // Opens the journal and recovers. Null and `error` where that fails.
    [[nodiscard]] static std::unique_ptr<Runtime> open(const RuntimeSettings& settings, std::string& error);
    ~Runtime() override;

    // Empty, or what stops it (an address that is in use).
    [[nodiscard]] std::string start();
    void stop(std::int64_t timeout_ms);

    // Returns with the orders on the wire; with durability `disk`, once they are durable.
    [[nodiscard]] engine::CommandError command(std::string_view client, std::string_view request,
                                               std::int64_t deadline_ns, std::string& response);
    // `client` empty: events of all clients.
    [[nodiscard]] EventBatch events(std::uint64_t after_lsn, std::string_view client, std::size_t bytes_max);
    [[nodiscard]] int event_descriptor() const { return waiter_->descriptor(); }
    [[nodiscard]] bool arm_events(std::uint64_t after_lsn) { return waiter_->arm(after_lsn, visibility()); }
    // The last lsn that readers may see.
    [[nodiscard]] std::uint64_t visible_lsn() const;

    // Calls `use(engine, now_ns)` under the lock.
    template <class Use>
    auto with_engine(Use&& use) {
        const std::lock_guard<std::mutex> guard(lock_);
        return use(*engine_, now_ns());
    }
    [[nodiscard]] journal::Journal& journal() { return *journal_; }
    // As Journal::release_before, of segments that had ended before `before_ns`.
    std::size_t release_segments(std::uint64_t before_lsn, std::int64_t before_ns, journal::Release how,
                                 journal::Error& error) {
        const std::uint64_t lsn = std::min(before_lsn, journal_->first_lsn_at(before_ns));
        return journal_->release_before(lsn, error, how, &lock_);
    }
    [[nodiscard]] const Histogram& command_latency() const { return command_latency_; }
    [[nodiscard]] const Histogram& report_latency() const { return report_latency_; }
    [[nodiscard]] std::int64_t last_tick_ns() const { return last_tick_ns_.load(std::memory_order_relaxed); }
    [[nodiscard]] const journal::RecoveryReport& recovery() const { return recovery_; }
    // How many of each the ledger has room for.
    [[nodiscard]] const order::LedgerSizes& sizes() const { return settings_.engine.sizes; }
    // The port that an acceptor session listens on; 0 for an initiator.
    [[nodiscard]] std::uint16_t listening_port(std::size_t session);

    // --- sessions, while it runs (sessions.cpp)
    using Note = engine::Engine::Note;
    using SessionResult = engine::Engine::SessionResult;
    struct SessionAnswer {
        bool known = true;
        engine::Engine::Verdict verdict = engine::Engine::Verdict::done;
        std::string why;
        std::uint64_t lsn = 0;
        bool pending = false;  // it waits for the session's Logout
        bool durable = true;   // with durability `disk`: false where the sync failed; it may be lost
    };
    [[nodiscard]] SessionAnswer log_on(std::string_view session, const Note& note);
    [[nodiscard]] SessionAnswer log_out(std::string_view session, const Note& note);
    [[nodiscard]] SessionAnswer set_sequences(std::string_view session, std::optional<std::uint64_t> next_in,
                                              std::optional<std::uint64_t> next_out, const Note& note);
    [[nodiscard]] SessionAnswer reset(std::string_view session, bool force, const Note& note);
    [[nodiscard]] SessionAnswer add_session(const SessionSetup& setup, const std::vector<std::string>& venues,
                                            const Note& note);
    [[nodiscard]] SessionAnswer change_session(const SessionSetup& setup, bool force, const Note& note);
    [[nodiscard]] SessionAnswer remove_session(std::string_view session, bool force, const Note& note);
    [[nodiscard]] SessionAnswer set_windows(std::string_view session,
                                            std::vector<engine::SessionWindow> windows);
    [[nodiscard]] SessionAnswer change_windows(std::string_view session,
                                               std::vector<engine::SessionWindow> windows, const Note& note);
    // Messages before an lsn (0: from the newest), looking at a bounded number of records.
    [[nodiscard]] MessagePage messages(std::string_view session, bool inbound, bool outbound,
                                       std::uint64_t before_lsn, std::size_t count_max);

    // What the network did, counted since the start; and what people should read of it.
    [[nodiscard]] NetworkCounters network_counters();
    [[nodiscard]] std::vector<Notice> take_notices();

    [[nodiscard]] static std::int64_t now_ns();

  private:
    struct NextSettings {
        SessionSetup setup;
        std::unique_ptr<engine::DictionaryValidator> validator;
        Channel listener;  // the new address of an acceptor; no_channel: the old one
    };
    struct Link {
        LinkSettings settings;
        bool initiator = true;
        Channel channel = no_channel;
        Channel listener = no_channel;
        bool open = false;  // the connection stands, and its Logon is out where it is ours
        std::int64_t connect_at_ns = 0;
        std::int64_t backoff_ns = 0;  // how long the present wait is
        Failover failover;
        bool logged_on = false;      // the connection has seen a Logon answered
        Channel probe = no_channel;  // looks whether the first host is back
        struct Held {
            std::uint64_t lsn;
            std::size_t size;
        };
        std::vector<Held> held;  // with durability `disk`: written, not yet durable
        std::string held_bytes;
        std::string gathered;                // may go out; the engine's flush() sends it in one call
        bool gathering = false;              // is listed in gathering_
        std::unique_ptr<NextSettings> next;  // taken over once the connection is gone
    };
    struct Stranger {  // a connection that has not yet said who it is
        Channel channel;
        Channel listener;
        std::int64_t deadline_ns;  // of steady_ns()
        std::string host;
    };

    explicit Runtime(const RuntimeSettings& settings);

    void send(std::size_t session, std::string_view bytes, std::uint64_t lsn) override;
    void flush() override;
    void disconnect(std::size_t session, std::string_view reason) override;
    [[nodiscard]] std::size_t backlog_bytes(std::size_t session) const override;
    [[nodiscard]] std::size_t backlog_bytes_max(std::size_t session) const override;

    void opened(Channel channel) override;
    void accepted(Channel listener, Channel channel, const std::string& host) override;
    std::size_t received(Channel channel, std::string_view bytes) override;
    void closed(Channel channel, CloseCause cause, std::string_view reason) override;

    // sessions.cpp
    template <class Use>
    [[nodiscard]] SessionAnswer with_session(std::string_view name, Use&& use);
    template <class Use>
    [[nodiscard]] SessionAnswer with_locked_session(std::string_view name, Use&& use);
    [[nodiscard]] Link make_link(const SessionSetup& setup) const;
    [[nodiscard]] static std::string look_up_address(Link& link);
    [[nodiscard]] std::string listen(Link& link);
    SessionAnswer add_at_once(const SessionSetup& setup, const std::vector<std::string>& venues,
                              const Note& note);
    // With durability `disk`: until what was journalled through here is safe; false where it cannot be made
    // so.
    [[nodiscard]] bool wait_until_durable(std::uint64_t lsn);
    void leave_listener(Channel listener);
    void settle(std::size_t session);
    void connect_soon(Link& link);
    void hang_up_unwanted(std::size_t session);

    void stop_threads(std::int64_t timeout_ms);
    void run_loop();
    void run_housekeeping();
    void run_syncing();
    void connect_due(std::int64_t now);
    // signing.cpp
    void sign_logon(std::size_t session, std::int64_t now);
    void take_signatures();
    void refuse_signature(std::size_t session, const std::string& error);
    [[nodiscard]] static const Endpoint& host_of(const LinkSettings& settings, std::size_t host);
    void count_end(std::size_t session, CloseCause cause, std::string_view reason, std::size_t host_before);
    [[nodiscard]] bool is_logged_on(std::size_t session) const;
    void probe_due(std::int64_t now);
    [[nodiscard]] bool probe_opened(Channel channel, std::int64_t now);
    [[nodiscard]] bool probe_closed(Channel channel, std::int64_t now);
    void drop_strangers();
    void refuse(const Stranger& stranger, Refusal refusal, std::string_view text = {});
    [[nodiscard]] bool leave_door(Channel channel, CloseCause cause, std::string_view reason);
    [[nodiscard]] bool has_session_for(Channel listener, const std::string& host) const;
    [[nodiscard]] int poll_timeout_ms(std::int64_t now) const;
    [[nodiscard]] std::optional<std::size_t> session_of(Channel channel) const;
    // What a connection says before it is known whose it is.
    std::size_t received_first(Channel channel, std::string_view bytes);
    [[nodiscard]] std::optional<std::size_t> identify(const Stranger& stranger, std::string_view bytes,
                                                      bool& decided);
    [[nodiscard]] static bool may_come_from(const LinkSettings& settings, const std::string& host);
    [[nodiscard]] bool may_have(const LinkSettings& settings, const Stranger& stranger) const;
    void release_durable();
    void send_gathered(Link& link);
    [[nodiscard]] bool syncs() const { return settings_.journal.durability == journal::Durability::disk; }
    [[nodiscard]] journal::Visibility visibility() const {
        return syncs() ? journal::Visibility::durable : journal::Visibility::committed;
    }
    [[nodiscard]] std::int64_t jittered(std::int64_t backoff_ms);

    RuntimeSettings settings_;
    std::mutex lock_;
    std::unique_ptr<journal::Journal> journal_;
    journal::RecoveryReport recovery_;
    std::unique_ptr<journal::Waiter> waiter_;
    std::unique_ptr<engine::Engine> engine_;
    KernelTransport transport_;
    SignerPrograms signers_;
    std::vector<Link> links_;
    std::vector<std::size_t> gathering_;  // sessions that flush() has to look at
    std::vector<Stranger> strangers_;
    Admission admission_;
    NetworkCounters network_counters_;
    Notices notices_;
    std::vector<char> response_;
    fix::MessageBuffer<> first_message_;
    std::minstd_rand jitter_;

    std::atomic<bool> stopping_{false};
    std::atomic<std::int64_t> last_tick_ns_{0};
    std::mutex idle_lock_;
    std::condition_variable idle_;     // housekeeping and syncing sleep here
    std::condition_variable durable_;  // commands wait here for their sync
    std::thread loop_, housekeeping_, syncing_;
    std::atomic<bool> started_{false};
    Histogram command_latency_, report_latency_;
};

}  // namespace gw::net
