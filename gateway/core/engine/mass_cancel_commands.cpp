// A client's mass cancel, as a command among others.
//
// The cancels are in the journal before the event that ends the command is: after a restart between both, the
// command is not known yet, its repetition cancels what is still open, and what was sent is pending and not
// sent again. Once it is known, its repetition cancels nothing: not what the client has submitted since.

#include "engine/command_parts.hpp"
#include "engine/engine_orders.hpp"

namespace gw::engine {

using schema::DenialCode;
using schema::MassCancelCommand;

namespace {

bool is_readable(const MassCancelCommand& command) {
    return is_clean_text(command.client_request_id) && is_clean_text(command.account) &&
           is_clean_text(command.strategy) && is_clean_text(command.instrument);
}

}  // namespace

// Like other cancels it has no deadline, and nothing but a full or failed journal refuses it.
void EngineOrders::take_mass_cancel(std::uint32_t client, std::string_view bytes, pb::Writer& out) {
    DenialText denial;
    MassCancelCommand command;
    if (!command.decode(bytes) || !is_readable(command)) {
        denial.refuse(DenialCode::malformed_command, "mass_cancel");
        denial.allowed("a valid MassCancelCommand of clean UTF-8 text");
        return answer_unrecorded({}, 0, denial.denial(), out);
    }
    const std::string_view id = command.client_request_id;
    const std::uint64_t hash = content_hash(command);
    if (!check_id(id, denial)) return answer_unrecorded(id, 0, denial.denial(), out);
    if (answer_repeated(client, id, hash, out)) return;
    if (!check_service(false, denial)) return answer_unrecorded(id, 0, denial.denial(), out);

    schema::MassCancelTaken event;
    event.client_request_id = id;
    event.client = ledger_.names().clients.name(client);
    event.account = cut(command.account);
    event.strategy = cut(command.strategy);
    event.instrument = cut(command.instrument);
    event.content_hash = hash;
    event.cancels_sent =
        cancel_fitting({event.client, command.account, command.strategy, command.instrument});
    event.request_id = ledger_.next_request_id();
    if (event.request_id == 0) {  // the cancels took the last room
        denial.refuse(DenialCode::capacity_exhausted, "orders_max");
        return answer_unrecorded(id, 0, denial.denial(), out);
    }
    const std::uint64_t lsn = commit_event(event, client);
    if (lsn == 0) {
        denial.refuse(DenialCode::journal_unavailable, "journal");
        return answer_unrecorded(id, 0, denial.denial(), out);
    }
    schema::CommandResult result;
    result.client_request_id = id;
    result.lsn = lsn;
    result.cancels_sent = event.cancels_sent;
    write_result(out, result);
}

}  // namespace gw::engine
