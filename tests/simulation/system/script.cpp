#include "script.hpp"

#include <array>

#include "engine/event_log.hpp"

namespace gw::simulation {
namespace {

Plan quiet_plan(bool disk) {
    Plan plan;
    plan.disk = disk;
    return plan;
}

}  // namespace

Script::Script(bool trace, bool disk) : world_(1, quiet_plan(disk), {Plant::none, trace}) {}

void Script::start() {
    venue().set_manual(true);
    world_.start();
    run(5);
    expect(world_.gateway().engine().venue_session(0).phase == schema::SessionState::ready,
           "the session is up");
}

std::uint64_t Script::submit(std::int64_t quantity, std::int64_t cents, bool buys,
                             const std::string& account) {
    Command& command = client().submit(account, "s1", instrument_name(0), buys, quantity, cents);
    world_.send(client(), command);
    soon();
    expect(command.accepted(), "the order is accepted");
    return command.accepted() ? command.answer->order_id : 1;
}

std::uint64_t Script::submit_bracket(std::int64_t quantity, std::int64_t cents) {
    Command& command = client().bracket("A1", "s1", instrument_name(0), quantity, cents);
    world_.send(client(), command);
    soon();
    expect(command.accepted(), "the linked orders are accepted");
    const std::uint64_t first = command.answer ? command.answer->order_id : 0;
    return first;
}

std::string Script::replace(std::uint64_t order, std::int64_t quantity) {
    Command& command = client().replace(order, quantity, 0);
    world_.send(client(), command);
    soon();
    expect(command.accepted(), "the replace is accepted");
    return command.answer ? command.answer->cl_ord_id : std::string();
}

std::string Script::cancel(std::uint64_t order) {
    Command& command = client().cancel(order);
    world_.send(client(), command);
    soon();
    expect(command.accepted(), "the cancel is accepted");
    return command.answer ? command.answer->cl_ord_id : std::string();
}

void Script::accept() {
    expect(venue().waiting() != 0, "the venue has something to accept");
    if (venue().waiting() != 0) venue().accept();
    soon();
}

void Script::refuse(int reason, const std::string& text) {
    expect(venue().waiting() != 0, "the venue has something to refuse");
    if (venue().waiting() != 0) venue().refuse(reason, text);
    soon();
}

std::size_t Script::fill(std::size_t venue_order, std::int64_t quantity, Venue::Fate fate) {
    const std::size_t execution =
        venue().fill(venue_order, quantity, venue().book().order(venue_order).price, fate);
    soon();
    return execution;
}

void Script::bust(std::size_t execution) {
    venue().bust(execution);
    soon();
}

void Script::say_again(const FixText& report) {
    venue().say(report);
    soon();
}

void Script::lose_connection() {
    world_.hold_connections(true);
    world_.cut(0);
    run(60);  // until each side has noticed
}

void Script::reconnect() {
    world_.hold_connections(false);
    run(5);
}

void Script::crash_and_restart() {
    world_.crash();
    run(12);
}

void Script::finish() {
    if (failure().empty()) world_.heal();
    if (failure().empty()) world_.judge();
}

void Script::expect_status(std::uint64_t id, std::string_view status) {
    const std::string_view is = name_of(order::status_of(order(id)));
    expect(is == status,
           "order " + std::to_string(id) + " is " + std::string(status) + ", was " + std::string(is));
}

void Script::expect_cum(std::uint64_t id, std::int64_t cum) {
    const Decimal is = order(id).cum_quantity;
    expect(is == Decimal::from_units(cum), "order " + std::to_string(id) + " has traded " +
                                               std::to_string(cum) + ", was " + std::to_string(is.raw()) +
                                               "e-8");
}

void Script::expect_reserved(std::uint64_t id, std::int64_t quantity) {
    const Decimal is = order(id).reserved;
    expect(is == Decimal::from_units(quantity), "order " + std::to_string(id) + " reserves " +
                                                    std::to_string(quantity) + ", was " +
                                                    std::to_string(is.raw()) + "e-8");
}

void Script::expect_net(std::int64_t net, const std::string& account, const std::string& strategy) {
    const order::Ledger& ledger = world_.gateway().engine().ledger();
    Decimal is{};
    for (std::uint64_t at = 1; at <= ledger.positions().size(); ++at) {
        const order::Position& position = ledger.positions()[at];
        if (ledger.names().accounts.name(position.account) == account &&
            ledger.names().strategies.name(position.strategy) == strategy)
            is += position.net();
    }
    expect(is == Decimal::from_units(net), account + "/" + strategy + " has " + std::to_string(net) +
                                               ", was " + std::to_string(is.raw()) + "e-8");
}

std::size_t Script::sent(const std::string& type, bool copies) const {
    std::size_t count = 0;
    for (const Gateway::Wired& wired : world_.gateway().wire_log()) {
        const FixText message = parsed(wired.bytes);
        count += message.type() == type && message.poss_dup() == copies ? 1U : 0U;
    }
    return count;
}

std::vector<std::string> Script::execution_ids(const std::string& prefix) {
    std::vector<std::string> ids;
    journal::Cursor cursor = world_.gateway().journal().cursor(1);
    journal::Record record;
    while (cursor.next(record)) {
        if (record.kind != journal::Kind::event) continue;
        (void)engine::visit_record(record.payload, [&](const auto& body, std::uint64_t, std::int64_t) {
            if constexpr (std::is_same_v<std::decay_t<decltype(body)>, schema::ExecutionReported>)
                if (body.exec_id.starts_with(prefix) && body.exec_type == schema::ExecType::trade)
                    ids.emplace_back(body.exec_id);
        });
    }
    return ids;
}

}  // namespace gw::simulation
