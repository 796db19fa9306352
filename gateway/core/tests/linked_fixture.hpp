// A world with linked orders, and a venue that answers by hand.
#pragma once

#include <initializer_list>
#include <map>
#include <type_traits>

#include "engine_fixture.hpp"

namespace gw::test {

struct LinkedResult {
    order::OrderId order_id = 0;
    std::string cl_ord_id;
};

class Linked : public World {
  public:
    std::vector<LinkedResult> last_results;

    Linked() { up(); }

    // One of the orders that the next link is made of: 100 at 100 to buy, until it is changed.
    schema::NewOrder& leg(const std::string& id) {
        const auto [at, added] = legs_.try_emplace(id);
        if (added) at->second = new_order(at->first);
        return at->second;
    }

    Answer submit_linked(schema::LinkKind kind, const std::vector<std::string>& ids,
                         const std::string& link_id = "L",
                         schema::PartialFillPolicy on_partial_fill = schema::PartialFillPolicy::unspecified,
                         schema::ReleasePolicy release = schema::ReleasePolicy::unspecified) {
        schema::LinkedOrders command;
        command.client_request_id = link_id;
        command.kind = kind;
        command.on_partial_fill = on_partial_fill;
        command.release = release;
        for (const std::string& id : ids) *command.orders.add() = leg(id);
        const std::string bytes = framed_command(schema::number::Command::linked_orders, encoded(command));
        std::string buffer(engine::commands_max * engine::result_bytes_max, '\0');
        pb::Writer out(buffer);
        last_error = engine->command("alice", bytes, now, 0, out);
        pb::Reader in(out.written());
        REQUIRE(in.next());
        schema::CommandResult result;
        REQUIRE(result.decode(in.bytes()));
        CHECK(out.size() <= engine::result_bytes_max);
        last_results.clear();
        for (const schema::LinkedOrderResult& order : result.linked_orders)
            last_results.push_back({order.order_id, std::string(order.cl_ord_id)});
        return answers(out.written())[0];
    }
    Answer oco(schema::PartialFillPolicy on_partial_fill = schema::PartialFillPolicy::unspecified) {
        return submit_linked(schema::LinkKind::oco, {"a", "b"}, "L", on_partial_fill);
    }
    // To buy 100 at 100; then to sell them at 110, or with a stop at 90.
    Answer bracket(schema::ReleasePolicy release = schema::ReleasePolicy::unspecified) {
        schema::NewOrder& profit = leg("b");
        profit.side = schema::Side::sell;
        profit.price.text = "110";
        schema::NewOrder& stop = leg("c");
        stop = new_order("c", "100", "");
        stop.side = schema::Side::sell;
        stop.order_type = schema::OrderType::stop;
        stop.has_terms = true;
        stop.terms.stop_price = *Decimal::parse("90");
        return submit_linked(schema::LinkKind::bracket, {"a", "b", "c"}, "L",
                             schema::PartialFillPolicy::unspecified, release);
    }

    // --- the venue
    [[nodiscard]] std::string cl_ord_id(order::OrderId id) const {
        std::string buffer(4096, '\0');
        pb::Writer out(buffer);
        REQUIRE(engine->order("alice", id, {}, out));
        schema::Order order;
        REQUIRE(order.decode(out.written()));
        return std::string(order.cl_ord_id);
    }
    void work(std::initializer_list<order::OrderId> ids, const std::string& quantity = "100") {
        for (const order::OrderId id : ids)
            report(cl_ord_id(id), next_id("W"), '0', '0', "38=" + quantity + "|14=0|151=" + quantity + "|");
    }
    void fill(order::OrderId id, const std::string& quantity, std::string exec_id = "") {
        if (exec_id.empty()) exec_id = next_id("E");
        const Decimal cum = order(id).cum_quantity + *Decimal::parse(quantity);
        const bool all = cum >= order(id).quantity;
        report(cl_ord_id(id), exec_id, 'F', all ? '2' : '1',
               "32=" + quantity + "|31=100|14=" + show(cum) + "|38=" + show(order(id).quantity) + "|");
    }
    void accept_replace(order::OrderId id, const std::string& quantity) {
        const std::string orig = cl_ord_id(id);
        const Decimal cum = order(id).cum_quantity;
        report(last_request("35=G|", orig), next_id("R"), '5', cum.is_zero() ? '0' : '1',
               "41=" + orig + "|38=" + quantity + "|14=" + show(cum) + "|");
    }
    void reject_last(order::OrderId id) {
        const std::string orig = cl_ord_id(id);
        venue("35=9|37=V|11=" + last_request("35=G|", orig) + "|41=" + orig + "|39=0|434=2|102=99|");
    }
    void wait(unsigned seconds) {
        for (unsigned at = 0; at < seconds; ++at) {
            now += second;
            if (at % 10 == 9) venue("35=0|");
            engine->tick(now);
        }
    }
    void settle() { wait(3); }
    void log_on_unanswered() { log_on(); }

    // After a crash: connected again, and the venue says that each order it is asked about works.
    void come_back() {
        start();
        venue_seq = engine->venue_session(0).protocol.state().next_in;
        log_on();
        answer_questions();
        settle();
        answer_questions();
        settle();
    }
    // Entry in three fills, the exits sized along; then the take profit in two.
    void play_bracket() {
        bracket(schema::ReleasePolicy::in_proportion);
        work({1});
        fill(1, "40");
        work({2, 3}, "40");
        fill(1, "20");
        accept_replace(2, "60");
        accept_replace(3, "60");
        fill(1, "40");
        accept_replace(2, "100");
        accept_replace(3, "100");
        fill(2, "30");
        accept_replace(3, "70");
        fill(2, "70");
    }

    [[nodiscard]] std::size_t cancels_decided() const {
        std::size_t count = 0;
        for_each_event<schema::CancelRequested>([&](const auto&) { ++count; });
        return count;
    }

  private:
    std::string next_id(const std::string& prefix) { return prefix + "-" + std::to_string(++ids_); }
    [[nodiscard]] std::string last_request(std::string_view type, const std::string& orig) const {
        for (auto at = wire.sent.rbegin(); at != wire.sent.rend(); ++at)
            if (at->starts_with(type) && at->find("|41=" + orig + "|") != std::string::npos)
                return value(*at, "11");
        REQUIRE(false);
        return {};
    }
    [[nodiscard]] static std::string value(const std::string& message, const std::string& tag) {
        const std::size_t at = message.find("|" + tag + "=");
        if (at == std::string::npos) return {};
        const std::size_t from = at + tag.size() + 2;
        return message.substr(from, message.find('|', from) - from);
    }
    void answer_questions() {
        const std::vector<std::string> asked = wire.sent;
        for (const std::string& message : asked) {
            if (!message.starts_with("35=H|")) continue;
            const std::string id = value(message, "11");
            for (order::OrderId at = 1; at <= engine->ledger().order_count(); ++at)
                if (cl_ord_id(at) == id)
                    report(id, "0", 'I', order(at).cum_quantity.is_zero() ? '0' : '1',
                           "38=" + show(order(at).quantity) + "|14=" + show(order(at).cum_quantity) + "|");
        }
        std::erase_if(wire.sent, [](const std::string& message) { return message.starts_with("35=H|"); });
    }

    std::map<std::string, schema::NewOrder> legs_;
    unsigned ids_ = 0;
};

}  // namespace gw::test
