#include "endpoint.hpp"

#include <algorithm>
#include <type_traits>

#include "fix/frame.hpp"

namespace gw::simulation {
namespace {

constexpr engine::SessionName session_name{1, "simulated"};
// Beside the engine's flags of a message record: it was delivered to the order layer.
constexpr std::uint16_t flag_delivered = 0x8000;
constexpr std::size_t segment_bytes = 256 * 1024;
constexpr std::int64_t stale_after_ns = 20'000'000'000;

}  // namespace

std::string id_of(std::string_view message) {
    constexpr std::uint32_t cl_ord_id = 11;
    fix::MessageBuffer<> parsed;
    if (parsed.parse(message) != fix::ParseError::none) return {};
    return std::string(parsed.get(cl_ord_id).value_or(std::string_view()));
}

Endpoint::Endpoint(const session::Config& config, const Profile& profile, Bug bug, Dice& dice)
    : config_(config), disk_mode_(profile.disk), bug_(bug), dice_(dice) {
    if (profile.stale_orders) policy_.max_age_ns = stale_after_ns;
}

// ---- the process

std::string Endpoint::start() {
    journal::Options options;
    options.segment_bytes = segment_bytes;
    options.outbound_entries = 64;  // few, so that resends also look in the segments
    options.durability = disk_mode_ ? journal::Durability::disk : journal::Durability::process;
    options.files = &disk_;
    options.boot_id = journal::BootId{std::byte(boots_)};
    journal::OpenedJournal opened = journal::Journal::open(disk_.directory(), options);
    if (!opened.journal) return opened.error.text;
    journal_ = std::move(opened.journal);
    disk_.opened();
    store_ = std::make_unique<engine::JournalStore>(*journal_, session_name.number);
    session_ =
        std::make_unique<session::Session>(config_, session::Ports{store_.get(), &policy_, nullptr, nullptr});
    const Books books = read_books();
    if (!books.problem.empty()) return books.problem;
    const std::uint64_t step_back = bug_ == Bug::stale_numbers && books.numbers.next_in > 1 ? 1 : 0;
    session_->recover(books.numbers.next_in - step_back, books.numbers.next_out, books.numbers.reset_open);
    return {};
}

void Endpoint::stop(bool power_cut) {
    session_.reset();
    if (power_cut) {
        disk_.cut(dice_);
        ++boots_;
    }
    store_.reset();
    journal_.reset();
    input_.clear();
    waiting_.clear();
    hung_up_ = false;
    die_in_ = 0;
}

void Endpoint::die_if_due() {
    if (die_in_ == 0 || --die_in_ != 0) return;
    throw Crash{};
}

// ---- inputs

void Endpoint::connect(std::int64_t now_ns) {
    input_.clear();
    hung_up_ = false;
    session_->decide_connected(now_ns, step_);
    commit(now_ns);
}

void Endpoint::disconnect(std::int64_t now_ns) {
    input_.clear();
    waiting_.clear();
    hung_up_ = false;
    session_->decide_disconnected(now_ns, step_);
    commit(now_ns);
}

void Endpoint::receive(std::string_view bytes, std::int64_t now_ns) {
    input_ += bytes;
    while (!hung_up_) {
        const fix::Frame frame = fix::frame(input_);
        if (frame.status == fix::FrameStatus::incomplete) return;
        frame_ = input_.substr(0, frame.length);
        input_.erase(0, frame.length);
        if (frame.status == fix::FrameStatus::garbled) {
            session_->decide_garbled(frame.error, now_ns, step_);
        } else if (const fix::ParseError error = message_.parse(frame_); error != fix::ParseError::none) {
            session_->decide_garbled(error, now_ns, step_);
        } else {
            session_->decide_received(message_, now_ns, step_);
        }
        commit(now_ns);
        take_kept(now_ns);
    }
}

void Endpoint::take_kept(std::int64_t now_ns) {
    while (!hung_up_ && session_->decide_kept(kept_message_, now_ns, step_)) commit(now_ns);
}

void Endpoint::tick(std::int64_t now_ns) {
    session_->decide_tick(now_ns, step_);
    commit(now_ns);
}

bool Endpoint::send(std::int64_t now_ns, bool at_risk) {
    const bool initiator = config_.role == session::Role::initiator;
    const std::string id = (initiator ? "I" : "A") + std::to_string(next_id_++);
    if (at_risk) at_risk_.insert(id);
    static constexpr session::HeaderField header[] = {{115, "DESK"}, {128, "VENUE"}};
    const auto with_header = std::span(header).first(dice_.one_in(5) ? 2 : 0);
    session_->begin(step_);
    fix::Encoder out = session_->begin_message(initiator ? "D" : "8", now_ns, step_, with_header);
    out.field(11, std::string_view(id));
    if (dice_.one_in(6)) out.field(58, std::string(dice_.below(400), 'x'));
    if (dice_.one_in(6))
        out.field(95, 7).field(96, std::string_view("a\x01"
                                                    "8=FIX",
                                                    7));
    const bool sent = session_->end_message(out, step_);
    commit(now_ns);
    return sent;
}

void Endpoint::reset(std::int64_t now_ns) {
    if (!session_->can_agree_on_reset()) return;  // the engine refuses it
    session_->decide_reset(now_ns, step_);
    commit(now_ns);
}

void Endpoint::log_out(std::int64_t now_ns) {
    session_->decide_logout("end of the day", now_ns, step_);
    commit(now_ns);
}

// ---- journal, apply, transmit

void Endpoint::commit(std::int64_t now_ns) {
    const bool bug_delivers = bug_ == Bug::deliver_twice && step_.fate == session::Fate::duplicate;
    const bool delivers = step_.deliver == session::Deliver::application || bug_delivers;
    if (bug_ == Bug::forget_kept && step_.keep == session::Step::Keep::message) {
        step_.keep = session::Step::Keep::placeholder;
    }
    if (bug_ == Bug::send_before_journal)
        for (const session::OutboundMessage& message : step_.outbound())
            waiting_.push_back({0, std::string(message.bytes)});
    engine::EventLog log(*journal_);
    log.begin(now_ns);
    session_log_.append_inbound(log, session_name, step_, delivers ? flag_delivered : std::uint16_t{0});
    session_log_.append_outbound(log, session_name, session_->state(), step_);
    try {
        die_if_due();
    } catch (const Crash&) {
        journal_->abandon();
        throw;
    }
    if (!log.commit()) {  // no room in the journal: nothing has happened, and the connection is given up
        hung_up_ = true;
        return;
    }
    note_refusals();
    session_->apply(step_);
    die_if_due();
    if (bug_ != Bug::send_before_journal)
        for (const session::OutboundMessage& message : step_.outbound())
            waiting_.push_back({journal_->committed_lsn(), std::string(message.bytes)});
    if (step_.disconnect) hung_up_ = true;
}

void Endpoint::note_refusals() {
    for (const session::Notice& notice : step_.notices()) {
        if (notice.kind == session::NoticeKind::not_resent) {
            if (const auto stored = store_->outbound(notice.a)) not_resent_.insert(id_of(stored->bytes));
        } else if (notice.kind == session::NoticeKind::message_rejected &&
                   notice.b == static_cast<std::uint64_t>(session::RejectReason::sending_time_accuracy)) {
            rejected_.insert(id_of(step_.inbound_bytes));
        }
    }
}

void Endpoint::sync() {
    (void)journal_->sync();
}

std::vector<std::string> Endpoint::take_sent() {
    const std::uint64_t through = disk_mode_ ? journal_->durable_lsn() : journal_->committed_lsn();
    const auto end =
        std::find_if(waiting_.begin(), waiting_.end(), [&](const Waiting& w) { return w.lsn > through; });
    std::vector<std::string> sent;
    for (auto at = waiting_.begin(); at != end; ++at) {
        on_the_wire_.push_back(at->bytes);
        sent.push_back(std::move(at->bytes));
    }
    waiting_.erase(waiting_.begin(), end);
    return sent;
}

// ---- what the journal says

Endpoint::Books Endpoint::read_books() {
    Books books;
    journal::Cursor cursor = journal_->cursor(1);
    journal::Record record;
    while (cursor.next(record)) {
        engine::recover_sequences(record, books.numbers);
        switch (record.kind) {
            case journal::Kind::message_in:
                if ((record.flags & flag_delivered) != 0) books.delivered.push_back(id_of(record.payload));
                break;
            case journal::Kind::message_out:
                books.messages_out.emplace(record.payload);
                if ((record.flags & (engine::flag_takes_sequence | journal::kAdmin)) ==
                    engine::flag_takes_sequence)
                    books.sent.push_back(id_of(record.payload));
                break;
            case journal::Kind::event:
                if (!engine::visit_record(record.payload, [&](const auto& body, std::uint64_t, std::int64_t) {
                        using Body = std::remove_cvref_t<decltype(body)>;
                        if constexpr (std::is_same_v<Body, schema::SequenceChanged>) {
                            books.numbers.next_in = body.next_in;
                            books.numbers.next_out = body.next_out;
                            books.numbers.reset_open = body.reset_open;
                        }
                    }))
                    books.problem = "an event is not readable";
                break;
            case journal::Kind::checkpoint:
                break;
        }
    }
    if (cursor.error()) books.problem = cursor.error().text;
    return books;
}

}  // namespace gw::simulation
