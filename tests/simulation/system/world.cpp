#include "world.hpp"

#include <algorithm>
#include <cstdarg>
#include <cstdio>

#include "invariants.hpp"

namespace gw::simulation {
namespace {

constexpr std::int64_t start_ns = 1'795'255'200 * ns_per_s;  // 2026-11-21 10:00:00
constexpr std::int64_t tick_ns = 500 * ns_per_ms;
constexpr std::int64_t poll_ns_max = 100 * ns_per_ms;

struct Desk {
    const char* name;
    std::vector<std::string> accounts;
};
const Desk desks[] = {{"alice", {"A1", "A2"}}, {"bob", {"B1"}}, {"carol", {"C1", "A2"}}};

// Venue output, message by message.
std::vector<std::string> split(const std::string& bytes) {
    std::vector<std::string> messages;
    std::size_t begin = 0;
    while (begin < bytes.size()) {
        std::size_t end = bytes.find(
            "\x01"
            "8=FIX",
            begin);
        end = end == std::string::npos ? bytes.size() : end + 1;
        messages.push_back(bytes.substr(begin, end - begin));
        begin = end;
    }
    return messages;
}

}  // namespace

std::string venue_name(std::size_t at) {
    return at == 0 ? "XV" : "XW";
}

std::string instrument_name(std::size_t at) {
    return at == 0 ? "ACME" : "ZINC";
}

engine::Settings make_settings(const Plan& plan) {
    engine::Settings settings;
    const auto add_session = [&](const std::string& name, const std::string& comp_id, bool drop_copy) {
        engine::SessionSettings session;
        session.name = name;
        session.config.begin_string = plan.begin_string;
        session.config.sender_comp_id = "GATEWAY";
        session.config.target_comp_id = comp_id;
        session.config.heartbeat_interval_s = plan.heartbeat_s;
        session.config.resend_chunk = plan.resend_chunk;
        session.config.kept_messages_max = plan.kept_messages;
        session.config.resend_stall_timeout_ms = 5'000;
        session.drop_copy = drop_copy;
        settings.sessions.push_back(session);
    };
    for (std::size_t at = 0; at < plan.venues; ++at) {
        add_session("S-" + venue_name(at), venue_name(at), false);
        settings.venues.push_back({venue_name(at), "S-" + venue_name(at)});
        if (plan.drop_copy) settings.venues.back().drop_copies = {"C-" + venue_name(at)};
        engine::InstrumentSettings instrument;
        instrument.symbol = instrument_name(at);
        instrument.venue = venue_name(at);
        instrument.tick_size = *Decimal::parse("0.01");
        instrument.lot_size = instrument.min_quantity = Decimal::from_units(1);
        instrument.reference_price = Decimal::from_units(reference_price);
        settings.instruments.push_back(instrument);
    }
    for (std::size_t at = 0; plan.drop_copy && at < plan.venues; ++at)
        add_session("C-" + venue_name(at), venue_name(at) + "-COPY", true);
    for (std::size_t at = 0; at < plan.clients; ++at)
        settings.clients.push_back({desks[at].name, desks[at].accounts});
    engine::LimitSettings firm;
    firm.level = "firm";
    firm.limits.max_order_quantity = Decimal::from_units(quantity_max);
    firm.limits.max_order_notional = Decimal::from_units(notional_max);
    firm.limits.price_collar_percent = Decimal::from_units(collar_percent);
    settings.limits.push_back(firm);
    settings.sizes = {plan.orders_max, 8'000, 8'000, 100};
    settings.version = "simulation";
    settings.cl_ord_id_prefix = "TOUJS0";
    return settings;
}

World::World(std::uint64_t seed, const Plan& plan, const Options& options)
    : dice_(seed), plan_(plan), options_(options), inbound_plant_(options.plant), now_ns_(start_ns) {
    gateway_ = std::make_unique<Gateway>(make_settings(plan_), plan_, options_.plant, dice_);
    for (std::size_t at = 0; at < plan_.venues; ++at) {
        venues_.push_back(std::make_unique<Venue>(venue_name(at), plan_, dice_));
        venues_[at]->set_log([this](const std::string& text) { log("%s", text.c_str()); });
        venues_[at]->set_time(now_ns_);
        links_.emplace_back().venue = venues_[at].get();
    }
    for (std::size_t at = 0; plan_.drop_copy && at < plan_.venues; ++at) {
        Link& link = links_.emplace_back();
        link.venue = venues_[at].get();
        link.copies = true;
    }
    for (std::size_t at = 0; at < plan_.clients; ++at) {
        clients_.emplace_back(at, desks[at].name, desks[at].accounts);
        readers_.emplace_back(static_cast<std::uint32_t>(at + 1));
    }
    readers_.emplace_back();
    outcome_.plan = plan_.describe();
}

World::World(std::uint64_t seed, const Options& options)
    : World(
          seed,
          [seed] {
              Dice dice(seed ^ 0x9E3779B97F4A7C15ULL);
              return make_plan(dice, later_of(seed));
          }(),
          options) {}

World::~World() = default;

void World::log(const char* format, ...) {
    if (!options_.trace) return;
    std::va_list arguments;
    va_start(arguments, format);
    std::printf("%10.3f  ", static_cast<double>(now_ns_ - start_ns) / 1e9);
    std::vprintf(format, arguments);
    std::printf("\n");
    va_end(arguments);
}

// ---- the gateway's process

void World::on_gateway(const std::function<void(Gateway&)>& input) {
    if (!gateway_->running()) return;
    try {
        input(*gateway_);
    } catch (const Crash&) {
        kill_gateway(happens(dice_, plan_.power_cut));
        return;
    }
    carry();
}

void World::start() {
    if (std::string problem = gateway_->start(gateway_clock()); !problem.empty()) {
        if (!gateway_->disk().fails()) return fail(problem);
        log("the gateway does not start: %s", problem.c_str());
        back_at_ns_ = now_ns_ + ns_per_s;
        return;
    }
    log("the gateway starts, lsn %llu", static_cast<unsigned long long>(gateway_->journal().committed_lsn()));
}

void World::crash(bool power_cut) {
    if (gateway_->running()) kill_gateway(power_cut);
}

void World::kill_gateway(bool power_cut) {
    // After a failed sync nothing is durable any more, and what was sent rests on the machine staying up.
    if (gateway_->sync_failed()) power_cut = false;
    ++outcome_.crashes;
    log("the gateway dies%s", power_cut ? ", its power fails" : "");
    gateway_->stop(power_cut);
    gateway_->disk().fail_syncs(0);
    for (Link& link : links_) {
        link.gateway_connected = false;
        link.to_venue.cut(dice_, false);
        link.to_gateway.cut(dice_, false);
    }
    back_at_ns_ = now_ns_ + static_cast<std::int64_t>(dice_.between(1, 8'000)) * ns_per_ms;
}

// ---- the network

void World::carry() {
    for (std::size_t at = 0; at < links_.size(); ++at) {
        Link& link = links_[at];
        const std::string output = gateway_->take_output(at);
        for (const std::string& message : split(output)) {
            log("gateway > %s  %s", link.name().c_str(), shown(message).c_str());
            link.to_venue.write(message);
        }
        if (link.gateway_connected && gateway_->hangs_up(at)) {
            log("the gateway hangs up on %s", link.name().c_str());
            link.to_venue.closed = true;
            link.to_gateway.cut(dice_, false);
            gateway_side_down(at);
            if (!gateway_->running()) return;
        }
    }
    take_answers();
}

void World::gateway_side_down(std::size_t at) {
    links_[at].gateway_connected = false;
    links_[at].connect_at_ns = now_ns_ + static_cast<std::int64_t>(dice_.between(1, 3'000)) * ns_per_ms;
    on_gateway([&](Gateway& gateway) { gateway.disconnected(at, gateway_clock()); });
}

void World::venue_side_down(std::size_t at) {
    Link& link = links_[at];
    link.venue_connected = false;
    link.venue->set_time(now_ns_);
    link.session().disconnected();
    if (!link.copies) link.venue->lose_connection();
}

void World::carry_venue(Link& link) {
    for (const std::string& message : split(link.session().take_output())) {
        log("gateway < %s  %s", link.name().c_str(), shown(message).c_str());
        link.to_gateway.write(inbound_plant_.change(message));
        if (parsed(message).get(141) == "Y") link.to_gateway.forget();
    }
    if (link.venue_connected && link.session().hangs_up()) {
        log("%s hangs up", link.name().c_str());
        link.to_gateway.closed = true;
        link.to_venue.cut(dice_, false);
        venue_side_down(static_cast<std::size_t>(&link - links_.data()));
    }
}

void World::connect(std::size_t at) {
    Link& link = links_[at];
    if (!gateway_->running() || link.gateway_connected) return;
    link.connect_at_ns = now_ns_ + static_cast<std::int64_t>(dice_.between(100, 3'000)) * ns_per_ms;
    if (link.venue_connected) return;  // it believes that the old connection lives, and refuses
    log("%s is connected", link.name().c_str());
    link.to_gateway.open();
    link.to_venue.open();
    link.gateway_connected = link.venue_connected = true;
    link.session().connected(now_ns_);
    on_gateway([&](Gateway& gateway) { gateway.connected(at, gateway_clock()); });
}

void World::cut(std::size_t at) {
    ++outcome_.cuts;
    log("the connection to %s breaks", links_[at].name().c_str());
    links_[at].to_gateway.cut(dice_, dice_.one_in(3));
    links_[at].to_venue.cut(dice_, dice_.one_in(3));
}

void World::deliver_to_gateway(std::size_t at, std::size_t bytes) {
    Link& link = links_[at];
    Pipe& pipe = link.to_gateway;
    if (!link.gateway_connected || !gateway_->running()) return;
    if (!pipe.bytes.empty()) {
        const std::string piece = pipe.bytes.substr(0, bytes);
        pipe.bytes.erase(0, bytes);
        on_gateway([&](Gateway& gateway) { gateway.received(at, piece, gateway_clock()); });
    }
    if (link.gateway_connected && pipe.bytes.empty() && pipe.closed && !pipe.end_unseen) {
        log("the gateway sees the end of its connection to %s", link.name().c_str());
        link.to_venue.cut(dice_, !healed_ && dice_.one_in(4));
        gateway_side_down(at);
    }
}

void World::deliver_to_venue(std::size_t at, std::size_t bytes) {
    Link& link = links_[at];
    Pipe& pipe = link.to_venue;
    if (!link.venue_connected) return;
    link.venue->set_time(now_ns_);
    if (!pipe.bytes.empty()) {
        const std::string piece = pipe.bytes.substr(0, bytes);
        pipe.bytes.erase(0, bytes);
        link.session().received(piece, now_ns_);
        carry_venue(link);
    }
    if (link.venue_connected && pipe.bytes.empty() && pipe.closed && !pipe.end_unseen) {
        log("%s sees the end of the connection", link.name().c_str());
        link.to_gateway.cut(dice_, !healed_ && dice_.one_in(4));
        venue_side_down(at);
    }
}

void World::deliver_all() {
    for (std::size_t at = 0; at < links_.size(); ++at) {
        deliver_to_venue(at, links_[at].to_venue.bytes.size());
        deliver_to_gateway(at, links_[at].to_gateway.bytes.size());
    }
}

// ---- time

void World::tick_due() {
    if (!gateway_->running()) {
        if (now_ns_ >= back_at_ns_) start();
        if (!gateway_->running()) return;
    }
    // As the loop of gateway/core/net does it: when something is due, and some times a second in any case.
    if (gateway_->engine().next_deadline_ns() <= gateway_clock() || now_ns_ - ticked_at_ns_ >= poll_ns_max) {
        ticked_at_ns_ = now_ns_;
        on_gateway([&](Gateway& gateway) { gateway.tick(gateway_clock()); });
    }
    for (std::size_t at = 0; at < links_.size(); ++at) {
        Link& link = links_[at];
        link.venue->set_time(now_ns_);
        link.session().tick(now_ns_);
        link.venue->release(false);
        carry_venue(link);
        if (!held_ && now_ns_ >= link.connect_at_ns) connect(at);
    }
}

void World::pass(std::int64_t ns) {
    const std::int64_t until = now_ns_ + ns;
    while (now_ns_ < until && outcome_.failure.empty()) {
        std::int64_t next = std::min(until, now_ns_ + tick_ns);
        const std::int64_t due =
            gateway_->running() ? gateway_->engine().next_deadline_ns() : session::Session::never_ns;
        if (due != session::Session::never_ns)
            next = std::min(next, std::max(due - clock_offset_ns_, now_ns_ + ns_per_ms));
        now_ns_ = next;
        tick_due();
    }
}

void World::settle(std::int64_t ns) {
    const std::int64_t until = now_ns_ + ns;
    while (now_ns_ < until && outcome_.failure.empty()) {
        on_gateway([](Gateway& gateway) { gateway.sync(); });
        deliver_all();
        pass(100 * ns_per_ms);
    }
}

// ---- clients

void World::send(Client& client, Command& command) {
    ++command.times_sent;
    std::string request = command.request;
    if (options_.plant == Plant::new_id_on_retry && command.times_sent > 1)
        if (const std::size_t at = request.find(client.name() + "-"); at != std::string::npos)
            request[at + client.name().size()] = '+';
    log("%s asks %s%s", client.name().c_str(), command.id.c_str(), command.times_sent > 1 ? " again" : "");
    on_gateway([&](Gateway& gateway) { gateway.command(client.number(), request, gateway_clock()); });
}

void World::take_answers() {
    for (Gateway::Answered& answered : gateway_->take_answers()) {
        if (options_.plant == Plant::new_id_on_retry)
            std::replace(answered.answer.id.begin(), answered.answer.id.end(), '+', '-');
        const Answer& answer = answered.answer;
        if (!healed_ && happens(dice_, plan_.lose_reply)) {
            log("the answer to %s is lost", answer.id.c_str());
            continue;
        }
        log("answer to %s: order %llu %s%s%s", answer.id.c_str(),
            static_cast<unsigned long long>(answer.order_id), answer.cl_ord_id.c_str(),
            answer.duplicate ? " (again)" : "",
            answer.denial != schema::DenialCode::unspecified ? " denied" : "");
        if (std::string problem = clients_[answered.client].take(answer); !problem.empty()) fail(problem);
    }
}

Outcome World::run() {
    log("%s", outcome_.plan.c_str());
    start();
    if (outcome_.failure.empty()) chaos();
    if (outcome_.failure.empty()) heal();
    // A mistake that was built in is judged even where the world does not come to rest for it.
    if (outcome_.failure.empty() || (options_.plant != Plant::none && gateway_->running())) judge();
    return outcome_;
}

void World::judge() {
    Judgement judgement(*this);
    fail(judgement.problem());
    outcome_.problems = judgement.problems();
    outcome_.hash = judgement.hash();
    outcome_.states_compared = gateway_->states_compared();
    for (const auto& venue : venues_) {
        outcome_.orders += venue->book().orders().size();
        outcome_.executions += venue->book().executions().size();
        outcome_.lost_reports += venue->lost_reports();
    }
}

}  // namespace gw::simulation
