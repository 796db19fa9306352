// The venue's books: orders and executions in whole lots and cents. They are the oracle, so they share
// nothing with the gateway's order code.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace gw::simulation {

// OrdStatus(39) as the venue sees it.
enum class Stand : char {
    received = 'A',
    working = '0',
    traded_in_part = '1',
    filled = '2',
    canceled = '4',
    rejected = '8',
    expired = 'C',
};

struct VenueOrder {
    std::string id;                       // OrderID(37)
    std::vector<std::string> cl_ord_ids;  // of the order and each replace that was done; the last is live
    std::string account, symbol;
    bool buys = true;
    std::int64_t quantity = 0;
    std::int64_t price = 0;  // cents; 0: market
    std::int64_t cum = 0;
    std::int64_t notional = 0;  // cents x lots
    Stand stand = Stand::received;
    bool forgotten = false;  // the venue does not know it any more

    [[nodiscard]] bool open() const {
        return stand == Stand::received || stand == Stand::working || stand == Stand::traded_in_part;
    }
    [[nodiscard]] std::int64_t leaves() const { return open() && quantity > cum ? quantity - cum : 0; }
    [[nodiscard]] const std::string& cl_ord_id() const { return cl_ord_ids.back(); }
};

struct Execution {
    std::string id;  // ExecID(17)
    std::size_t order = 0;
    std::int64_t quantity = 0;
    std::int64_t price = 0;  // cents
    bool live = true;        // false: busted
    bool sent = false;       // the gateway was sent its report
    bool corrected = false;  // once: venues do not overtake themselves with a second correction
};

class VenueBook {
  public:
    explicit VenueBook(std::string name) : name_(std::move(name)) {}

    // Whether a request was ever taken under this ClOrdID(11).
    [[nodiscard]] bool has_seen(const std::string& cl_ord_id) const { return seen_.contains(cl_ord_id); }
    void note(const std::string& cl_ord_id) { seen_.insert(cl_ord_id); }
    std::size_t add(VenueOrder order);
    // By any ClOrdID of its chain, or OrderID; not what was forgotten.
    [[nodiscard]] std::optional<std::size_t> find(const std::string& cl_ord_id, const std::string& id) const;
    // By the ClOrdID of its NewOrderSingle, also what was forgotten.
    [[nodiscard]] const VenueOrder* find_original(const std::string& cl_ord_id) const;

    std::size_t trade(std::size_t order, std::int64_t quantity, std::int64_t price);
    void bust(std::size_t execution);
    // Other quantity and price for an execution. Returns nothing new: its key stays.
    void correct(std::size_t execution, std::int64_t quantity, std::int64_t price);
    // New terms; a quantity at or below what has traded ends the order as filled.
    void replace(std::size_t order, const std::string& cl_ord_id, std::int64_t quantity, std::int64_t price);
    void end(std::size_t order, Stand stand) { orders_[order].stand = stand; }
    void acknowledge(std::size_t order);
    void forget(std::size_t order) { orders_[order].forgotten = true; }

    [[nodiscard]] std::string next_exec_id();
    [[nodiscard]] const VenueOrder& order(std::size_t at) const { return orders_[at]; }
    [[nodiscard]] const std::vector<VenueOrder>& orders() const { return orders_; }
    [[nodiscard]] std::vector<Execution>& executions() { return executions_; }
    [[nodiscard]] const std::vector<Execution>& executions() const { return executions_; }

  private:
    void restate(VenueOrder& order);

    std::string name_;
    std::vector<VenueOrder> orders_;
    std::vector<Execution> executions_;
    std::set<std::string> seen_;
    std::map<std::string, std::size_t> by_cl_ord_id_;
    std::uint64_t next_exec_ = 1;
};

}  // namespace gw::simulation
