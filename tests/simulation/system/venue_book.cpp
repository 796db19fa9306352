#include "venue_book.hpp"

namespace gw::simulation {

std::size_t VenueBook::add(VenueOrder order) {
    order.id = name_ + "-" + std::to_string(orders_.size() + 1);
    by_cl_ord_id_[order.cl_ord_ids.front()] = orders_.size();
    orders_.push_back(std::move(order));
    return orders_.size() - 1;
}

std::optional<std::size_t> VenueBook::find(const std::string& cl_ord_id, const std::string& id) const {
    std::optional<std::size_t> found;
    if (const auto at = by_cl_ord_id_.find(cl_ord_id); at != by_cl_ord_id_.end()) found = at->second;
    for (std::size_t at = 0; !found && !id.empty() && at < orders_.size(); ++at)
        if (orders_[at].id == id) found = at;
    if (found && orders_[*found].forgotten) return std::nullopt;
    return found;
}

const VenueOrder* VenueBook::find_original(const std::string& cl_ord_id) const {
    const auto at = by_cl_ord_id_.find(cl_ord_id);
    return at != by_cl_ord_id_.end() ? &orders_[at->second] : nullptr;
}

std::string VenueBook::next_exec_id() {
    return name_ + "-E" + std::to_string(next_exec_++);
}

std::size_t VenueBook::trade(std::size_t order, std::int64_t quantity, std::int64_t price) {
    executions_.push_back({next_exec_id(), order, quantity, price});
    orders_[order].cum += quantity;
    orders_[order].notional += quantity * price;
    restate(orders_[order]);
    return executions_.size() - 1;
}

void VenueBook::bust(std::size_t execution) {
    Execution& gone = executions_[execution];
    gone.live = false;
    gone.corrected = true;
    VenueOrder& order = orders_[gone.order];
    order.cum -= gone.quantity;
    order.notional -= gone.quantity * gone.price;
    if (order.open() || order.stand == Stand::filled) restate(order);
}

void VenueBook::correct(std::size_t execution, std::int64_t quantity, std::int64_t price) {
    Execution& changed = executions_[execution];
    VenueOrder& order = orders_[changed.order];
    order.cum += quantity - changed.quantity;
    order.notional += quantity * price - changed.quantity * changed.price;
    changed.quantity = quantity;
    changed.price = price;
    changed.corrected = true;
    if (order.open() || order.stand == Stand::filled) restate(order);
}

void VenueBook::replace(std::size_t order, const std::string& cl_ord_id, std::int64_t quantity,
                        std::int64_t price) {
    VenueOrder& changed = orders_[order];
    changed.cl_ord_ids.push_back(cl_ord_id);
    by_cl_ord_id_[cl_ord_id] = order;
    changed.quantity = std::max(quantity, changed.cum);
    changed.price = price;
    restate(changed);
}

void VenueBook::acknowledge(std::size_t order) {
    if (orders_[order].stand == Stand::received) orders_[order].stand = Stand::working;
}

void VenueBook::restate(VenueOrder& order) {
    if (order.cum >= order.quantity)
        order.stand = Stand::filled;
    else
        order.stand = order.cum > 0 ? Stand::traded_in_part : Stand::working;
}

}  // namespace gw::simulation
