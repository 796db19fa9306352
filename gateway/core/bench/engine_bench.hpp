// An engine as a benchmark drives it: sixteen accounts, sixty-four instruments, one venue with one session,
// limits of every kind at every level, and the requests that it is asked to take.
#pragma once

#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "bench/messages.hpp"
#include "engine/engine.hpp"
#include "journal/journal.hpp"

namespace gw::bench {

inline constexpr std::string_view client_name = "bench";
inline constexpr std::string_view venue_name = "VENUE";
inline constexpr std::size_t account_count = 16;
inline constexpr std::size_t instrument_count = 64;

// Takes bytes into memory, as a transport's buffer would.
class MemoryWire : public engine::Wire {
  public:
    void send(std::size_t, std::string_view bytes, std::uint64_t) override {
        if (bytes.size() > buffer_.size() - used_) used_ = 0;
        last_ = {buffer_.data() + used_, bytes.size()};
        std::memcpy(buffer_.data() + used_, bytes.data(), bytes.size());
        used_ += bytes.size();
    }
    void disconnect(std::size_t, std::string_view reason) override { give_up(reason); }
    [[nodiscard]] std::size_t backlog_bytes(std::size_t) const override { return 0; }
    [[nodiscard]] std::string_view last() const { return last_; }

  private:
    std::array<char, 64 * 1024> buffer_{};
    std::size_t used_ = 0;
    std::string_view last_;
};

inline std::string account(std::size_t at) {
    return numbered("ACC", 100 + at % account_count);
}
inline std::string instrument(std::size_t at) {
    return numbered("SYM", 100 + at % instrument_count);
}

inline risk::Limits wide_limits(std::int64_t factor) {
    risk::Limits limits;
    limits.max_order_quantity = Decimal::from_units(100'000 * factor);
    limits.max_order_notional = Decimal::from_units(10'000'000 * factor);
    limits.price_collar_percent = Decimal::from_units(10 * factor);
    return limits;
}

inline engine::Settings engine_settings(std::size_t orders_max) {
    engine::Settings settings;
    engine::SessionSettings session;
    session.name = venue_name;
    session.config = session_config(session::Role::initiator);
    session.order_status_requests = false;
    settings.sessions.push_back(session);
    settings.venues.push_back({std::string(venue_name), session.name});
    settings.clients.push_back({std::string(client_name), {}});
    for (std::size_t at = 0; at < account_count; ++at) {
        settings.clients[0].accounts.push_back(account(at));
        settings.limits.push_back({joined({"account:", account(at)}), wide_limits(2)});
    }
    for (std::size_t at = 0; at < instrument_count; ++at) {
        engine::InstrumentSettings one;
        one.symbol = instrument(at);
        one.venue = venue_name;
        one.tick_size = Decimal::from_raw(1'000'000);
        one.lot_size = one.min_quantity = Decimal::from_units(1);
        one.reference_price = Decimal::from_units(100);
        settings.instruments.push_back(one);
        settings.limits.push_back({joined({"instrument:", instrument(at)}), wide_limits(1)});
    }
    settings.limits.push_back({"firm", wide_limits(5)});
    settings.limits.push_back({joined({"client:", client_name}), wide_limits(3)});
    settings.limits.push_back({joined({"venue:", venue_name}), wide_limits(4)});
    settings.sizes.orders = orders_max;
    settings.sizes.requests = 4 * orders_max;  // as the bindings size it
    settings.sizes.fills = 8 * orders_max;
    settings.version = "bench";
    return settings;
}

// The venue's half of the session, as far as a benchmark needs one: numbered messages with a time.
class VenueMessages {
  public:
    [[nodiscard]] std::string make(std::string_view msg_type, const std::string& body, std::int64_t now_ns) {
        char time[fix::timestamp_size_max];
        const std::size_t size = fix::format_timestamp(now_ns, fix::TimePrecision::milliseconds, time);
        return framed(joined({"35=", msg_type, "|34=", std::to_string(seq_++),
                              "|49=VENUE|52=", std::string_view(time, size), "|56=GATEWAY|", body}));
    }

  private:
    std::uint64_t seq_ = 1;
};

// The bytes of a TradeRequest with `count` limit orders, the first of them number `first`.
class Requests {
  public:
    explicit Requests(std::size_t orders_max, std::string_view strategy = "bench")
        : buffer_(orders_max * 160), strategy_(strategy) {}
    // Lives until the next call.
    [[nodiscard]] std::string_view orders(std::uint64_t first, std::size_t count) {
        pb::Writer out(buffer_);
        for (std::uint64_t number = first; number < first + count; ++number) {
            const std::string id = numbered("bench-", 1'000'000'000 + number);
            const std::string account_name = account(number * 7), symbol_name = instrument(number * 5);
            schema::NewOrder order;
            order.client_order_id = id;
            order.account = account_name;
            order.strategy = strategy_;
            order.instrument = symbol_name;
            order.side = number % 2 == 0 ? schema::Side::buy : schema::Side::sell;
            order.order_type = schema::OrderType::limit;
            order.time_in_force = schema::TimeInForce::day;
            order.quantity = Decimal::from_units(static_cast<std::int64_t>(1 + number % 900));
            order.price = Decimal::from_raw(static_cast<std::int64_t>(9'500 + number % 1'000) * 1'000'000);
            const auto command = out.open(schema::number::TradeRequest::commands);
            const auto action = out.open(schema::number::Command::new_order);
            order.encode(out);
            out.close(action);
            out.close(command);
        }
        require(!out.overflowed(), "the buffer for requests is too small");
        return out.written();
    }

  private:
    std::vector<char> buffer_;
    std::string_view strategy_;  // a literal
};

// Journal, engine and wire, logged on and ready.
class ReadyEngine {
  public:
    ReadyEngine(const std::string& directory, std::size_t orders_max, engine::Wire& wire)
        : response_(engine::commands_max * engine::result_bytes_max) {
        journal::OpenedJournal opened = journal::Journal::open(directory);
        require(!opened.error, opened.error.text);
        journal_ = std::move(opened.journal);
        engine_ = std::make_unique<engine::Engine>(engine_settings(orders_max), *journal_, wire);
        const std::string problem = engine_->recover();
        require(problem.empty(), problem);
        require(engine_->open(now()), "the journal cannot be written");
    }
    // The session connects and the venue answers the Logon.
    void log_on() {
        engine_->connected(0, now());
        receive(venue_.make("A", "98=0|108=30|", now()));
        engine_->tick(now());
        require(engine_->venue_session(0).phase == schema::SessionState::ready, "the session is not ready");
    }
    void receive(std::string_view bytes) {
        require(engine_->received(0, bytes, now()) == bytes.size(), "a message was not taken");
    }
    // Returns the response's bytes.
    std::string_view command(std::string_view request) {
        pb::Writer out(response_);
        require(engine_->command(client_name, request, now(), 0, out) == engine::CommandError::none,
                "a request was not taken");
        return out.written();
    }
    // What the daemon's housekeeping thread does twenty times a second.
    void keep_house() {
        require(!journal_->maintain(), "the journal cannot prepare its next segment");
        engine_->ledger().prefault(house_kept_++);
    }
    // What it has done some seconds after its start.
    void settle() { engine_->ledger().prefault_all(); }
    [[nodiscard]] engine::Engine& engine() { return *engine_; }
    [[nodiscard]] journal::Journal& journal() { return *journal_; }
    [[nodiscard]] VenueMessages& venue() { return venue_; }
    // The engine's own clock in the daemon.
    [[nodiscard]] static std::int64_t now() {
        return std::chrono::duration_cast<std::chrono::nanoseconds>(
                   std::chrono::system_clock::now().time_since_epoch())
            .count();
    }

  private:
    std::unique_ptr<journal::Journal> journal_;
    std::unique_ptr<engine::Engine> engine_;
    std::size_t house_kept_ = 0;
    std::vector<char> response_;
    VenueMessages venue_;
};

// A directory of its own below `parent`, removed at the end.
class TemporaryDirectory {
  public:
    explicit TemporaryDirectory(std::string_view parent) : path_(joined({parent, "/gateway-bench-XXXXXX"})) {
        require(::mkdtemp(path_.data()) != nullptr,
                joined({"cannot make a directory like ", path_, "; name another"}));
    }
    ~TemporaryDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    std::string path_;
};

}  // namespace gw::bench
