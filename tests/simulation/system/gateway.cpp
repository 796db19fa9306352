#include "gateway.hpp"

#include <algorithm>
#include <utility>

#include "fix_text.hpp"

namespace gw::simulation {
namespace {

constexpr std::size_t response_bytes = 64 * 1024;

}  // namespace

Gateway::Gateway(engine::Settings settings, const Plan& plan, Plant plant, Dice& dice)
    : settings_(std::move(settings)),
      plan_(plan),
      plant_(plant),
      dice_(dice),
      links_(settings_.sessions.size()),
      response_(response_bytes),
      input_(settings_.sessions.size()) {}

// ---- the process

std::string Gateway::start(std::int64_t now_ns) {
    std::string problem = recover(now_ns);
    if (problem.empty()) return {};
    engine_.reset();
    journal_.reset();
    return problem;
}

std::string Gateway::recover(std::int64_t now_ns) {
    journal::Options options;
    options.segment_bytes = plan_.segment_bytes;
    options.outbound_entries = 64;  // few, so that resends also look in the segments
    options.durability = plan_.disk ? journal::Durability::disk : journal::Durability::process;
    options.files = &disk_;
    options.boot_id = journal::BootId{std::byte(boots_)};
    journal::OpenedJournal opened = journal::Journal::open(disk_.directory(), options);
    if (!opened.journal) return opened.error.text;
    journal_ = std::move(opened.journal);
    disk_.opened();
    engine_ = std::make_unique<engine::Engine>(settings_, *journal_, *this);
    if (std::string problem = engine_->recover(); !problem.empty()) return problem;
    if (plant_ == Plant::replay_cache) apply_again(1);
    if (std::string problem = compare_state(); !problem.empty()) return problem;
    if (!engine_->open(now_ns)) return "the journal cannot be written";
    planted_through_ = journal_->committed_lsn();
    if (plan_.disk) (void)journal_->sync();
    note_state();
    return {};
}

void Gateway::stop(bool power_cut) {
    note_state();
    engine_.reset();
    if (power_cut) {
        disk_.cut(dice_);
        ++boots_;
    }
    journal_.reset();
    for (Link& link : links_) link = Link();
    answers_.clear();
    for (std::string& input : input_) input.clear();
    die_in_ = 0;
}

// DESIGN.md, invariant 7: a restart at any point gives the same state as no restart. The hashes were taken
// from the engine that was alive then.
void Gateway::note_state() {
    if (engine_ != nullptr) states_[journal_->committed_lsn()] = engine_->ledger().state_hash();
}

std::string Gateway::compare_state() {
    const std::uint64_t lsn = journal_->committed_lsn();
    const auto before = states_.find(lsn);
    // What a power cut has taken is decided anew: its lsn are given out again.
    states_.erase(states_.upper_bound(lsn), states_.end());
    if (before == states_.end()) return {};
    ++states_compared_;
    if (engine_->ledger().state_hash() == before->second) return {};
    return "invariant 7: recovery up to lsn " + std::to_string(lsn) + " gives another state than was there";
}

// ---- inputs

void Gateway::command(std::size_t client, const std::string& request, std::int64_t now_ns) {
    pb::Writer out(response_);
    (void)engine_->command(settings_.clients[client].name, request, now_ns, 0, out);
    const std::uint64_t lsn = journal_->committed_lsn();
    pb::Reader in(out.written());
    while (in.next()) {
        schema::CommandResult result;
        if (!result.decode(in.bytes())) continue;
        Answer answer;
        answer.id = result.client_request_id;
        answer.order_id = result.order_id;
        answer.cl_ord_id = result.cl_ord_id;
        answer.lsn = result.lsn;
        answer.duplicate = result.duplicate;
        if (result.has_denial) answer.denial = result.denial.code;
        for (const schema::LinkedOrderResult& leg : result.linked_orders)
            answer.legs.push_back({leg.order_id, std::string(leg.cl_ord_id)});
        answers_.push_back({lsn, {client, answer}});
    }
    note_state();
}

void Gateway::connected(std::size_t session, std::int64_t now_ns) {
    links_[session] = Link();
    links_[session].open = true;
    input_[session].clear();
    engine_->connected(session, now_ns);
    note_state();
}

void Gateway::disconnected(std::size_t session, std::int64_t now_ns) {
    links_[session] = Link();
    input_[session].clear();
    engine_->disconnected(session, "the connection ended", now_ns);
    note_state();
}

void Gateway::received(std::size_t session, std::string_view bytes, std::int64_t now_ns) {
    std::string& input = input_[session];
    input += bytes;
    input.erase(0, engine_->received(session, input, now_ns));
    apply_plant(now_ns);
    note_state();
}

void Gateway::tick(std::int64_t now_ns) {
    engine_->tick(now_ns);
    apply_plant(now_ns);
    note_state();
}

std::uint32_t Gateway::mass_cancel(const std::string& client, const std::string& instrument,
                                   std::int64_t now_ns) {
    engine::Engine::CancelFilter filter;
    filter.client = client;
    filter.instrument = instrument;
    const std::uint32_t cancels = engine_->cancel_orders(filter, now_ns);
    note_state();
    return cancels;
}

// Mistakes of the order layer, made from outside: see plants.hpp.
void Gateway::apply_plant(std::int64_t now_ns) {
    if (plant_ == Plant::unknown_is_rejected) {
        for (order::OrderId id = 1; id <= engine_->ledger().order_count(); ++id) {
            if (engine_->ledger().order(id).certainty != order::Certainty::unknown) continue;
            engine::Engine::Resolution resolution;
            resolution.order = id;
            resolution.outcome = schema::OrderStatus::rejected;
            resolution.reason = "no answer";
            resolution.resolved_by = "plant";
            std::uint64_t lsn = 0;
            (void)engine_->resolve(resolution, 0, lsn);
        }
    }
    if (plant_ == Plant::release_twice) take_sent_for_unsent(now_ns);
    if (plant_ == Plant::apply_twice) apply_again(planted_through_ + 1);
}

// Each order of a link once: whatever the venue has of it by then, the link sends it again.
void Gateway::take_sent_for_unsent(std::int64_t now_ns) {
    const order::Ledger& ledger = engine_->ledger();
    for (order::LinkId id = 1; id <= ledger.link_count(); ++id)
        for (std::size_t at = 0; at < ledger.link(id).count; ++at) {
            const order::OrderId leg = ledger.link(id).legs[at].order;
            const order::Order& order = ledger.order(leg);
            const bool sent = order.execution == order::Execution::pending_new &&
                              order.last_request == order.first_request &&
                              ledger.request(order.first_request).state == order::RequestState::pending;
            if (!sent) continue;
            schema::OrderNotSent event;
            event.order_id = leg;
            event.request_id = order.first_request;
            event.held_again = true;
            (void)engine_->record_call(event, now_ns);
        }
}

// Some trades from there on once more, past the journal.
void Gateway::apply_again(std::uint64_t from_lsn) {
    journal::Cursor cursor = journal_->cursor(from_lsn);
    journal::Record record;
    while (cursor.next(record)) {
        planted_through_ = record.lsn;
        if (record.kind != journal::Kind::event || record.lsn % 5 != 0) continue;
        const auto apply = [&](const auto& body, std::uint64_t lsn, std::int64_t time_ns) {
            if constexpr (std::is_same_v<std::decay_t<decltype(body)>, schema::ExecutionReported>)
                if (body.exec_type == schema::ExecType::trade && !body.busted_before)
                    const_cast<order::Ledger&>(engine_->ledger()).apply(body, lsn, time_ns);
        };
        (void)engine::visit_record(record.payload, apply);
    }
}

void Gateway::sync() {
    (void)journal_->sync();
    release();
}

std::uint64_t Gateway::visible_lsn() const {
    return plan_.disk ? journal_->durable_lsn() : journal_->committed_lsn();
}

// ---- outputs

void Gateway::send(std::size_t session, std::string_view bytes, std::uint64_t lsn) {
    if (die_in_ != 0 && --die_in_ == 0) throw Crash{};
    Link& link = links_[session];
    if (!link.open || link.hangs_up)
        return;  // the journal has it: the venue asks for it after the next logon
    std::string message(bytes);
    if (plant_ == Plant::resend_unflagged) {
        FixText text = parsed(message);
        if (text.poss_dup() && text.type() == "D") {
            text.remove(43);
            text.remove(122);
            message = framed(plan_.begin_string, text);
        }
    }
    const bool holds =
        plan_.disk && plant_ != Plant::send_before_sync && !(journal_->sync_failed() && link.held.empty());
    if (holds)
        link.held.push_back({lsn, std::move(message)});
    else
        put_out(session, message);
}

void Gateway::put_out(std::size_t session, const std::string& bytes) {
    wire_log_.push_back({session, bytes});
    links_[session].output += bytes;
}

void Gateway::release() {
    const std::uint64_t through =
        journal_->sync_failed() ? journal_->committed_lsn() : journal_->durable_lsn();
    for (std::size_t at = 0; at < links_.size(); ++at) {
        std::vector<Held>& held = links_[at].held;
        std::size_t count = 0;
        for (; count < held.size() && held[count].lsn <= through; ++count) put_out(at, held[count].bytes);
        held.erase(held.begin(), held.begin() + static_cast<std::ptrdiff_t>(count));
    }
}

void Gateway::disconnect(std::size_t session, std::string_view) {
    Link& link = links_[session];
    // What is said last goes out before the connection ends.
    if (!link.held.empty()) {
        (void)journal_->sync();
        for (const Held& held : std::exchange(link.held, {})) put_out(session, held.bytes);
    }
    link.hangs_up = true;
}

std::size_t Gateway::backlog_bytes(std::size_t session) const {
    std::size_t bytes = links_[session].output.size();
    for (const Held& held : links_[session].held) bytes += held.bytes.size();
    return bytes;
}

std::string Gateway::take_output(std::size_t session) {
    return std::exchange(links_[session].output, {});
}

std::vector<Gateway::Answered> Gateway::take_answers() {
    const std::uint64_t through =
        !plan_.disk || journal_->sync_failed() ? journal_->committed_lsn() : journal_->durable_lsn();
    std::vector<Answered> ready;
    std::erase_if(answers_, [&](const HeldAnswer& held) {
        if (held.lsn > through) return false;
        ready.push_back(held.answered);
        return true;
    });
    return ready;
}

}  // namespace gw::simulation
