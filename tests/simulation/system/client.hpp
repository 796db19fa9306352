// A client of the gateway: what it has asked for, what it was answered, and its event stream.
//
// It knows a command by its own id and sends it again, with the same bytes, until it is answered.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "gateway.hpp"
#include "journal/journal.hpp"

namespace gw::simulation {

enum class Ask : std::uint8_t { submit, replace, cancel, link };

struct Command {
    Ask ask = Ask::submit;
    std::string id;
    std::string request;  // a TradeRequest
    std::string account, strategy, instrument;
    bool buys = true;
    std::int64_t quantity = 0;
    std::int64_t cents = 0;      // 0: market order, or price kept
    std::uint64_t order_id = 0;  // that is to be replaced or canceled
    std::uint32_t times_sent = 0;
    std::optional<Answer> answer;  // the first that reached the client
    std::vector<bool> legs_buy{};  // of linked orders: which of them buy

    [[nodiscard]] bool accepted() const {
        return answer && answer->denial == schema::DenialCode::unspecified;
    }
};

// Reads events as a subscriber does: from where it stands, in steps, with stops.
class Reader {
  public:
    // `client` 0: everybody's events, as the projector reads them.
    explicit Reader(std::uint32_t client = 0) : client_(client) {}

    void read(journal::Journal& journal, journal::Visibility visibility, std::uint64_t records_max);
    // What was read so far is kept for good, with the place to resume from.
    void save() { saved_ = {resume_lsn_, seen_.size()}; }
    // The reader dies: what was not saved is forgotten. `skip`: it resumes one event too late.
    void restart(bool skip);
    // What its stream should have been, by the journal, and what it was: empty, or the difference.
    [[nodiscard]] std::string compare(journal::Journal& journal) const;
    [[nodiscard]] std::size_t count() const { return seen_.size(); }

  private:
    struct Event {
        std::uint64_t lsn;
        std::string payload;
        friend bool operator==(const Event&, const Event&) = default;
    };
    struct Saved {
        std::uint64_t resume_lsn = 0;
        std::size_t count = 0;
    };
    [[nodiscard]] bool wants(const journal::Record& record) const;

    std::uint32_t client_;
    std::uint64_t resume_lsn_ = 0;
    std::vector<Event> seen_;
    Saved saved_;
};

struct LinkRequest {
    schema::LinkKind kind = schema::LinkKind::bracket;
    schema::PartialFillPolicy on_partial_fill = schema::PartialFillPolicy::unspecified;
    schema::ReleasePolicy release = schema::ReleasePolicy::in_proportion;
    std::size_t orders = 3;
    std::string account, strategy, instrument;
    bool buys = true;  // the first; children of a parent do the opposite
    std::int64_t quantity = 0;
    std::int64_t cents = 0;
};

class Client {
  public:
    Client(std::size_t number, std::string name, std::vector<std::string> accounts)
        : number_(number), name_(std::move(name)), accounts_(std::move(accounts)) {}

    // Each makes a command; whoever calls sends it.
    Command& submit(const std::string& account, const std::string& strategy, const std::string& instrument,
                    bool buys, std::int64_t quantity, std::int64_t cents);
    Command& replace(std::uint64_t order_id, std::int64_t quantity, std::int64_t cents);
    Command& cancel(std::uint64_t order_id);
    Command& link(const LinkRequest& request);
    // An entry to buy with a take profit and a stop, which its fill releases.
    Command& bracket(const std::string& account, const std::string& strategy, const std::string& instrument,
                     std::int64_t quantity, std::int64_t cents);

    // Empty, or how the answer contradicts an earlier one.
    [[nodiscard]] std::string take(const Answer& answer);

    [[nodiscard]] std::size_t number() const { return number_; }
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] const std::vector<std::string>& accounts() const { return accounts_; }
    [[nodiscard]] std::deque<Command>& commands() { return commands_; }
    [[nodiscard]] const std::deque<Command>& commands() const { return commands_; }

  private:
    Command& add(Ask ask, std::string id, std::uint32_t action, std::string_view body);
    void know_legs(const Command& link);
    [[nodiscard]] std::string next_id();

    std::size_t number_;
    std::string name_;
    std::vector<std::string> accounts_;
    std::deque<Command> commands_;
};

}  // namespace gw::simulation
