// What was sent, and what was read: invariants 1, 2, 5 and 8.

#include "invariants.hpp"

#include "engine/event_log.hpp"

namespace gw::simulation {
namespace {

bool is_request(const std::string& type) {
    return type == "D" || type == "G" || type == "F";
}

// What a copy has in common with its original: all but the fields that say that it is one.
std::string content(FixText message) {
    for (const int tag : {43, 52, 122}) message.remove(tag);
    return framed("", message);
}

std::string what(const std::string& bytes) {
    return ": " + shown(bytes);
}

}  // namespace

Judgement::Judgement(World& world) : world_(world) {
    read_journal();
    check_wire_is_journalled();
    check_sent_once();
    check_executions();
    check_order_sums();
    check_positions();
    check_sequences();
    check_ends();
    check_links();
    check_readers();
    check_reservations();
    for (std::size_t at = 0; at < world.venue_count(); ++at) {
        for (const std::string& complaint : world.venue(at).session().complaints())
            fail("invariant 5: " + world.venue(at).name() + " complains: " + complaint);
        for (const std::string& complaint : world.venue(at).copies().complaints())
            fail("invariant 5: " + world.venue(at).name() + "-COPY complains: " + complaint);
        for (const std::string& complaint : world.venue(at).complaints())
            fail(world.venue(at).name() + " complains: " + complaint);
    }
}

void Judgement::add_to_hash(std::string_view bytes) {
    for (const char c : bytes) hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 1'099'511'628'211ULL;
}

void Judgement::read_journal() {
    journal::Cursor cursor = world_.gateway().journal().cursor(1);
    journal::Record record;
    while (cursor.next(record)) {
        add_to_hash(record.payload);
        if (record.kind == journal::Kind::message_out) {
            messages_out_.emplace(record.payload);
            const FixText message = parsed(record.payload);
            if (is_request(message.type())) written_in_.emplace(message.get(11), record.batch_first_lsn());
        }
        if (record.kind != journal::Kind::event) continue;
        const auto take = [&](const auto& body, std::uint64_t, std::int64_t) {
            using Body = std::decay_t<decltype(body)>;
            if constexpr (std::is_same_v<Body, schema::OrderAccepted>) {
                decided_in_.emplace(body.cl_ord_id, record.batch_first_lsn());
                accepted_[{std::string(body.client), std::string(body.client_order_id)}].insert(
                    body.order_id);
            } else if constexpr (std::is_same_v<Body, schema::ReplaceRequested> ||
                                 std::is_same_v<Body, schema::CancelRequested>) {
                decided_in_.emplace(body.cl_ord_id, record.batch_first_lsn());
            } else if constexpr (std::is_same_v<Body, schema::ExecutionReported>) {
                const std::string exec_id(body.exec_id);
                if (body.in_question) {
                    questioned_.insert(exec_id);
                } else if (body.exec_type == schema::ExecType::trade) {
                    trades_.try_emplace(exec_id, Trade{body.order_id, 0}).first->second.count += 1;
                } else if (body.exec_type == schema::ExecType::trade_cancel ||
                           body.exec_type == schema::ExecType::trade_correct) {
                    ++corrections_[exec_id];
                    corrected_.emplace(body.exec_ref_id);
                }
            }
        };
        if (!engine::visit_record(record.payload, take)) fail("an event is not readable");
    }
    if (cursor.error()) fail(cursor.error().text);
    for (const Gateway::Wired& wired : world_.gateway().wire_log()) add_to_hash(wired.bytes);
    for (const Client& client : world_.clients())
        for (const Command& command : client.commands())
            if (command.answer) add_to_hash(command.id + command.answer->cl_ord_id);
}

// Nothing reaches the wire without a risk decision and a journal record.
void Judgement::check_wire_is_journalled() {
    for (const Gateway::Wired& wired : world_.gateway().wire_log()) {
        if (!messages_out_.contains(wired.bytes))
            return fail("invariant 1: on the wire, but not in the journal" + what(wired.bytes));
        const FixText message = parsed(wired.bytes);
        if (!is_request(message.type())) continue;
        const auto decided = decided_in_.find(message.get(11));
        const auto written = written_in_.find(message.get(11));
        if (decided == decided_in_.end() || written == written_in_.end() ||
            decided->second != written->second)
            return fail("invariant 1: no decision in the batch of the message" + what(wired.bytes));
        if (message.type() != "F") check_risk(message);
    }
}

// The limits once more, by whole numbers.
void Judgement::check_risk(const FixText& message) {
    const std::int64_t quantity = message.number(38);
    const std::int64_t cents = message.has(44) ? cents_of(message.get(44)) : reference_price * 100;
    const std::int64_t away =
        cents > reference_price * 100 ? cents - reference_price * 100 : reference_price * 100 - cents;
    if (quantity > quantity_max || quantity * cents > notional_max * 100 ||
        away > reference_price * collar_percent)
        fail("invariant 1: beyond the limits: ClOrdID " + message.get(11));
}

// No order reaches a venue twice, except as a flagged resend; and no client's order becomes two.
void Judgement::check_sent_once() {
    std::map<std::string, FixText> first;
    std::set<std::string> unflagged;
    for (const Gateway::Wired& wired : world_.gateway().wire_log()) {
        const FixText message = parsed(wired.bytes);
        if (!is_request(message.type())) continue;
        const std::string id = message.get(11);
        if (!message.poss_dup() && (!unflagged.insert(id).second || first.contains(id)))
            return fail("invariant 2: sent again without PossDupFlag" + what(wired.bytes));
        const auto [known, is_new] = first.emplace(id, message);
        if (!is_new && content(known->second) != content(message))
            return fail("invariant 2: a resend with other content" + what(wired.bytes));
    }
    for (const auto& [id, orders] : accepted_)
        if (orders.size() != 1)
            return fail("invariant 2: the command " + id.second + " became " + std::to_string(orders.size()) +
                        " orders");
    for (const auto& [id, orders] : accepted_)
        if (id.second.find('+') != std::string::npos)
            return fail("invariant 2: the retry of " + id.second + " became an order of its own");
}

// Sequence numbers never go back unless both sides agreed on a reset: by a Logon that says so.
void Judgement::check_sequences() {
    std::vector<std::uint64_t> last(world_.session_count(), 0);
    for (const Gateway::Wired& wired : world_.gateway().wire_log()) {
        const FixText message = parsed(wired.bytes);
        if (message.poss_dup() || message.type() == "4") continue;
        if (message.type() == "A" && message.get(141) == "Y") last[wired.session] = 0;
        if (message.seq() <= last[wired.session])
            return fail("invariant 5: MsgSeqNum goes back from " + std::to_string(last[wired.session]) +
                        what(wired.bytes));
        last[wired.session] = message.seq();
    }
}

// A subscriber that resumes sees every event once, in lsn order.
void Judgement::check_readers() {
    for (std::size_t at = 0; at < world_.readers().size(); ++at)
        if (std::string problem = world_.readers()[at].compare(world_.gateway().journal()); !problem.empty())
            return fail("invariant 8: reader " + std::to_string(at) + " " + problem);
}

}  // namespace gw::simulation
