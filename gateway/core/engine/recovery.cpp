// From the journal to the state.

#include <algorithm>

#include "engine/engine_state.hpp"
#include "journal/checkpoint_file.hpp"

namespace gw::engine {

namespace {

constexpr std::size_t expiries_reserved = 64 * 1024;  // orders with an ExpireTime; more of them allocate

class NoWire final : public Wire {
    void send(std::size_t, std::string_view, std::uint64_t) override {}
    void disconnect(std::size_t, std::string_view) override {}
    [[nodiscard]] std::size_t backlog_bytes(std::size_t) const override { return 0; }
};

Wire& no_wire() {
    static NoWire wire;
    return wire;
}

}  // namespace

EngineState::EngineState(const Settings& settings, journal::Journal& journal, Wire& wire)
    : settings_(settings), log_(journal), wire_(wire), ledger_(settings.sizes) {
    inquiries_.reserve(64);
    not_sent_.reserve(session::Step::notices_max);
    doubtful_.reserve(session::Step::notices_max);
    read_rates();
    control_.memory.set_groups(&control_.groups);
    expiries_.reserve(expiries_reserved);
}

EngineState::EngineState(const order::LedgerSizes& sizes) : wire_(no_wire()), ledger_(sizes) {
    read_rates();
    control_.memory.set_groups(&control_.groups);
}

std::string EngineState::recover() {
    journal::Journal& journal = log_.journal();
    std::string problem;
    {
        journal::Cursor cursor = journal.cursor(journal.oldest_lsn());
        journal::CheckpointMark ignored;
        problem = take_checkpoint(journal.directory(), cursor, journal.oldest_lsn(), ignored);
    }
    if (!problem.empty()) return problem;
    journal::Cursor cursor = journal.cursor(std::max(journal.oldest_lsn(), checkpoint_lsn_ + 1));
    journal::CheckpointMark ignored;
    std::uint64_t records = 0;
    return replay(cursor, journal.committed_lsn(), ignored, records);
}

std::string EngineState::follow(journal::Reader& reader, journal::Visibility visibility,
                                std::uint64_t last_lsn, journal::CheckpointMark& last,
                                std::uint64_t& records) {
    std::string problem;
    {
        journal::Cursor cursor = reader.cursor(reader.oldest_lsn(), visibility);
        problem = take_checkpoint(reader.directory(), cursor, reader.oldest_lsn(), last);
    }
    if (!problem.empty()) return problem;
    journal::Cursor cursor = reader.cursor(std::max(reader.oldest_lsn(), checkpoint_lsn_ + 1), visibility);
    problem = replay(cursor, last_lsn, last, records);
    if (problem.empty() && last.lsn != last_lsn)
        problem = "expected records up to lsn " + std::to_string(last_lsn) + ", was " +
                  std::to_string(last.lsn) + "; run `gateway journal verify`";
    return problem;
}

// The newest checkpoint that is whole and of this journal, where there is one.
std::string EngineState::take_checkpoint(const std::string& directory, journal::Cursor& cursor,
                                         std::uint64_t oldest_lsn, journal::CheckpointMark& taken) {
    for (const std::uint64_t lsn : journal::list_checkpoints(directory)) {
        std::string why;
        const auto file = journal::CheckpointFile::open(directory, lsn, why);
        const std::string name = directory + "/" + journal::checkpoint_name(lsn);
        if (file == nullptr) {
            recovery_notes_.push_back("not used: " + why);
            continue;
        }
        if (!file->mark().is_of(cursor)) {
            recovery_notes_.push_back("not used: " + name + ": the journal does not hold its last record");
            continue;
        }
        bool too_small = false;
        why = take_image(file->image(), too_small);
        if (too_small) return name + ": " + why;
        if (!why.empty()) {
            recovery_notes_.push_back("not used: " + name + ": " + why);
            continue;
        }
        taken = file->mark();
        checkpoint_lsn_ = lsn;
        return {};
    }
    if (oldest_lsn <= 1) return {};
    std::string problem = "the journal in " + directory + " begins at lsn " + std::to_string(oldest_lsn) +
                          " and no checkpoint there can be used";
    for (const std::string& note : recovery_notes_) problem += "; " + note;
    return problem + ". Bring the archived segments back (see docs/journal.md), or a checkpoint from a copy";
}

std::string EngineState::replay(journal::Cursor& cursor, std::uint64_t last_lsn,
                                journal::CheckpointMark& last, std::uint64_t& records) {
    std::string problem;
    journal::Record record;
    while (problem.empty() && cursor.next_lsn() <= last_lsn && cursor.next(record)) {
        ++records;
        SessionMemory& memory = memory_of(record.session);
        switch (record.kind) {
            case journal::Kind::message_in:
            case journal::Kind::message_out:
                recover_sequences(record, memory);
                // Journals of before the flag in SequenceChanged: a Logon that was taken has settled a reset.
                if (memory.reset_open && record.kind == journal::Kind::message_in &&
                    (record.flags & flag_consumed) != 0 &&
                    record.payload.find("\x01"
                                        "35=A\x01") != std::string_view::npos)
                    memory.reset_open = false;
                break;
            case journal::Kind::event:
                if (!visit_record(record.payload,
                                  [this](const auto& body, std::uint64_t lsn, std::int64_t time_ns) {
                                      apply(body, lsn, time_ns);
                                  }))
                    problem = "the event with lsn " + std::to_string(record.lsn) +
                              " is not known to this version; use the version that wrote the journal, or a "
                              "newer one";
                break;
            case journal::Kind::checkpoint:
                break;
        }
        if (record.lsn < last_lsn) continue;
        last = journal::CheckpointMark::of(record);
        break;
    }
    if (cursor.error()) problem = cursor.error().text;
    return problem;
}

void EngineState::apply(const schema::SequenceChanged& event, std::uint64_t, std::int64_t) {
    SessionMemory& memory = memory_of(session_names_.find(event.session));
    memory.next_in = event.next_in;
    memory.next_out = event.next_out;
    memory.reset_open = event.reset_open;
}

SessionMemory& EngineState::memory_of(std::uint32_t session_number) {
    if (session_number >= memory_.size()) memory_.resize(session_number + 1);
    return memory_[session_number];
}

void EngineState::apply(const schema::PasswordChanged& event, std::uint64_t, std::int64_t) {
    password_changes_.insert_or_assign(std::string(event.session), std::string(event.change_id));
    for (const auto& vs : sessions_)
        if (vs->name == event.session && vs->credentials->change_id() == event.change_id)
            vs->credentials->set_changed();
}

void EngineState::apply(const schema::TradingStateChanged& event, std::uint64_t, std::int64_t) {
    const auto level = add_level(event.level);
    if (!level) return;
    // A person who resumes an instrument resumes it whatever its venue last said.
    if (level->kind == risk::LevelKind::instrument && event.state == schema::TradingState::active &&
        level->number < instruments_.size())
        instruments_[level->number].halted = false;
    risk::LevelState& state = control_.states.set(*level, event.state);
    if (event.state == schema::TradingState::active) control_.memory.forgive(*level);
    state.reason = event.reason;
    state.changed_by = event.changed_by;
}

void EngineState::apply(const schema::NameRegistered& event, std::uint64_t, std::int64_t) {
    if (event.kind == schema::NameKind::client) ledger_.names().clients.add(event.name);
    if (event.kind == schema::NameKind::session) session_names_.add(event.name);
}

void EngineState::apply(const schema::GatewayStarted& event, std::uint64_t, std::int64_t) {
    ids_.set_prefix(event.cl_ord_id_prefix);
}

std::size_t EngineState::session_of_venue(std::uint32_t venue) const {
    return venue < venue_sessions_.size() ? venue_sessions_[venue] : no_session;
}

std::uint32_t EngineState::client_number(std::string_view client) const {
    const std::uint32_t number = ledger_.names().clients.find(client);
    return number < clients_.size() && clients_[number].configured ? number : 0;
}

}  // namespace gw::engine
