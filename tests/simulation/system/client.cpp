#include "client.hpp"

#include <array>

#include "engine/event_log.hpp"
#include "fix_text.hpp"

namespace gw::simulation {
namespace {

constexpr std::size_t command_bytes_max = 1024;

pb::DecimalText decimal(std::string_view text) {
    pb::DecimalText decimal;
    decimal.text = text;  // as the client wrote it
    decimal.state = pb::DecimalText::State::malformed;
    return decimal;
}

template <class Body>
std::string encoded(const Body& body) {
    std::array<char, command_bytes_max> buffer;
    pb::Writer out(buffer);
    body.encode(out);
    return std::string(out.written());
}

}  // namespace

// ---- the reader

bool Reader::wants(const journal::Record& record) const {
    return record.kind == journal::Kind::event &&
           (client_ == 0 || record.client == client_ || (record.flags & engine::flag_public) != 0);
}

void Reader::read(journal::Journal& journal, journal::Visibility visibility, std::uint64_t records_max) {
    journal::Cursor cursor = journal.cursor(resume_lsn_ + 1, visibility);
    journal::Record record;
    for (std::uint64_t count = 0; count < records_max && cursor.next(record); ++count) {
        if (wants(record)) seen_.push_back({record.lsn, std::string(record.payload)});
        resume_lsn_ = record.lsn;
    }
}

void Reader::restart(bool skip) {
    seen_.resize(saved_.count);
    resume_lsn_ = saved_.resume_lsn + (skip ? 3 : 0);
}

std::string Reader::compare(journal::Journal& journal) const {
    std::size_t at = 0;
    journal::Cursor cursor = journal.cursor(1);
    journal::Record record;
    while (cursor.next(record)) {
        if (!wants(record)) continue;
        if (at == seen_.size()) return "the event with lsn " + std::to_string(record.lsn) + " was not seen";
        if (seen_[at].lsn != record.lsn || seen_[at].payload != record.payload)
            return "saw lsn " + std::to_string(seen_[at].lsn) + " where the journal has " +
                   std::to_string(record.lsn);
        ++at;
    }
    if (at == seen_.size()) return {};
    return "saw lsn " + std::to_string(seen_[at].lsn) + ", which the journal does not have";
}

// ---- the client

std::string Client::next_id() {
    return name_ + "-" + std::to_string(commands_.size() + 1);
}

Command& Client::add(Ask ask, std::string id, std::uint32_t action, std::string_view body) {
    std::array<char, command_bytes_max> buffer;
    pb::Writer out(buffer);
    const auto command = out.open(schema::number::TradeRequest::commands);
    out.bytes(action, body);
    out.close(command);
    Command made;
    made.ask = ask;
    made.id = std::move(id);
    made.request = std::string(out.written());
    return commands_.emplace_back(std::move(made));
}

Command& Client::submit(const std::string& account, const std::string& strategy,
                        const std::string& instrument, bool buys, std::int64_t quantity, std::int64_t cents) {
    const std::string id = next_id();
    const std::string quantity_text = std::to_string(quantity);
    const std::string price = price_text(cents);
    schema::NewOrder order;
    order.client_order_id = id;
    order.account = account;
    order.strategy = strategy;
    order.instrument = instrument;
    order.side = buys ? schema::Side::buy : schema::Side::sell;
    order.order_type = cents != 0 ? schema::OrderType::limit : schema::OrderType::market;
    order.quantity = decimal(quantity_text);
    if (cents != 0) order.price = decimal(price);
    Command& command = add(Ask::submit, id, schema::number::Command::new_order, encoded(order));
    command.account = account;
    command.strategy = strategy;
    command.instrument = instrument;
    command.buys = buys;
    command.quantity = quantity;
    command.cents = cents;
    return command;
}

Command& Client::bracket(const std::string& account, const std::string& strategy,
                         const std::string& instrument, std::int64_t quantity, std::int64_t cents) {
    const std::string id = next_id();
    const std::string quantity_text = std::to_string(quantity);
    const std::string prices[] = {price_text(cents), price_text(cents + 500), price_text(cents - 500)};
    const std::string ids[] = {id + "a", id + "b", id + "c"};
    schema::LinkedOrders link;
    link.client_request_id = id;
    link.kind = schema::LinkKind::bracket;
    link.release = schema::ReleasePolicy::in_proportion;
    for (std::size_t at = 0; at < std::size(ids); ++at) {
        schema::NewOrder& order = *link.orders.add();
        order.client_order_id = ids[at];
        order.account = account;
        order.strategy = strategy;
        order.instrument = instrument;
        order.side = at == 0 ? schema::Side::buy : schema::Side::sell;
        order.order_type = at == 2 ? schema::OrderType::stop : schema::OrderType::limit;
        order.quantity = decimal(quantity_text);
        if (at == 2) {
            order.has_terms = true;
            order.terms.stop_price = decimal(prices[at]);
        } else {
            order.price = decimal(prices[at]);
        }
    }
    Command& command = add(Ask::link, id, schema::number::Command::linked_orders, encoded(link));
    command.account = account;
    command.strategy = strategy;
    command.instrument = instrument;
    command.quantity = quantity;
    return command;
}

void Client::know_leg(const Command& link, const std::string& id, bool buys, const Answer& answer) {
    Command leg = link;
    leg.ask = Ask::submit;
    leg.id = id;
    leg.buys = buys;
    leg.answer = answer;
    commands_.push_back(std::move(leg));
}

Command& Client::replace(std::uint64_t order_id, std::int64_t quantity, std::int64_t cents) {
    const std::string id = next_id();
    const std::string quantity_text = std::to_string(quantity);
    const std::string price = price_text(cents);
    schema::ReplaceCommand replace;
    replace.client_request_id = id;
    replace.order_id = order_id;
    if (quantity != 0) replace.quantity = decimal(quantity_text);
    if (cents != 0) replace.price = decimal(price);
    Command& command = add(Ask::replace, id, schema::number::Command::replace, encoded(replace));
    command.order_id = order_id;
    command.quantity = quantity;
    command.cents = cents;
    return command;
}

Command& Client::cancel(std::uint64_t order_id) {
    const std::string id = next_id();
    schema::CancelCommand cancel;
    cancel.client_request_id = id;
    cancel.order_id = order_id;
    Command& command = add(Ask::cancel, id, schema::number::Command::cancel, encoded(cancel));
    command.order_id = order_id;
    return command;
}

std::string Client::take(const Answer& answer) {
    for (Command& command : commands_) {
        if (command.id != answer.id) continue;
        if (!command.answer || command.answer->lsn == 0) {
            command.answer = answer;
            return {};
        }
        const Answer& first = *command.answer;
        const bool same = answer.duplicate && first.order_id == answer.order_id && first.lsn == answer.lsn &&
                          first.cl_ord_id == answer.cl_ord_id && first.denial == answer.denial;
        if (same) return {};
        return "the command " + answer.id + " was answered with lsn " + std::to_string(first.lsn) +
               " and then with " + std::to_string(answer.lsn);
    }
    return "an answer to a command that was never sent: " + answer.id;
}

}  // namespace gw::simulation
