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

Command& Client::link(const LinkRequest& request) {
    const std::string id = next_id();
    const std::string quantity_text = std::to_string(request.quantity);
    std::vector<std::string> ids, prices;
    schema::LinkedOrders link;
    link.client_request_id = id;
    link.kind = request.kind;
    link.on_partial_fill = request.on_partial_fill;
    link.release = request.release;
    std::vector<bool> legs_buy;
    for (std::size_t at = 0; at < request.orders; ++at) {
        ids.push_back(id + static_cast<char>('a' + at));
        const bool exits = at != 0 && request.kind != schema::LinkKind::oco;
        legs_buy.push_back(exits ? !request.buys : request.buys);
        const std::int64_t away = (at % 2 == 0 ? -500 : 500) * (request.buys ? 1 : -1);
        prices.push_back(price_text(at == 0 ? request.cents : request.cents + away));
    }
    for (std::size_t at = 0; at < request.orders; ++at) {
        schema::NewOrder& order = *link.orders.add();
        order.client_order_id = ids[at];
        order.account = request.account;
        order.strategy = request.strategy;
        order.instrument = request.instrument;
        order.side = legs_buy[at] ? schema::Side::buy : schema::Side::sell;
        const bool stops = request.kind == schema::LinkKind::bracket && at == 2;
        order.order_type = stops ? schema::OrderType::stop : schema::OrderType::limit;
        order.quantity = decimal(quantity_text);
        if (stops) {
            order.has_terms = true;
            order.terms.stop_price = decimal(prices[at]);
        } else {
            order.price = decimal(prices[at]);
        }
    }
    Command& command = add(Ask::link, id, schema::number::Command::linked_orders, encoded(link));
    command.account = request.account;
    command.strategy = request.strategy;
    command.instrument = request.instrument;
    command.quantity = request.quantity;
    command.legs_buy = legs_buy;
    return command;
}

Command& Client::bracket(const std::string& account, const std::string& strategy,
                         const std::string& instrument, std::int64_t quantity, std::int64_t cents) {
    LinkRequest request;
    request.account = account;
    request.strategy = strategy;
    request.instrument = instrument;
    request.quantity = quantity;
    request.cents = cents;
    return link(request);
}

// The orders of a link, as if each had been submitted alone: so that the oracle knows them.
void Client::know_legs(const Command& link) {
    for (std::size_t at = 0; at < link.answer->legs.size(); ++at) {
        Command leg = link;
        leg.ask = Ask::submit;
        leg.id = link.id + static_cast<char>('a' + at);
        leg.buys = link.legs_buy[at];
        leg.answer->order_id = link.answer->legs[at].order_id;
        leg.answer->cl_ord_id = link.answer->legs[at].cl_ord_id;
        commands_.push_back(std::move(leg));
    }
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
            const bool first_told = command.ask == Ask::link && !command.answer && answer.lsn != 0;
            command.answer = answer;
            if (first_told && command.accepted()) know_legs(Command(command));
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
